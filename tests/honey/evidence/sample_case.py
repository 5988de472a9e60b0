"""One small case through the real registry: two exports, one of them leaked, calls and a dump that show it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.hit import GENESIS, Channel, Contact, Hit, seal
from collector.hit.sealing import Batch, Opener, Sealer
from honey.evidence.bundle import HIT_KEYS, MANIFEST, SIGNATURE, pack, pretty, write
from honey.evidence.commitment import canonical, fingerprint
from honey.evidence.report import render_html, render_tables
from honey.model.account import Account, AccountId, ExportId
from honey.model.beacon import E164, PostalAddress
from honey.model.case import Case, CaseId, CaseState, Origin
from honey.model.decoy import Decoy, DecoyId
from honey.model.planting import Planting, PlantingKind, PlantingState
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.registry import access, accounts, exports, hits, log, plantings
from honey.registry.journal import commitment
from honey.registry.plantings import Placed
from honey.registry.seal import Seal
from honey.registry.store import Registry, Session
from honey.trace.attribute import attribute
from honey.trace.hits import resolve
from honey.trace.index import DecoyIndex
from honey.trace.inquiry import Inquiry, Settings, Stock

PLANTED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
OPENED_AT = PLANTED_AT + timedelta(days=9)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE = bytes(range(2, 34))
PUBLIC = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
LOG = "00c0ffee"
SETTINGS = Settings(
    accounts=40, threshold=0.999, no_leak_prior=0.5, unrecorded_prior=0.001, outlets=1, has_record=True, residents=1,
    stock=Stock(phones=200, phone_endings=100, rooms=288, waybill_numbers=100_000, decoys=100),
)  # fmt: skip


def make_decoy(at: int) -> Decoy:
    """Four decoys share two numbers; names, rooms and waybills are their own."""
    return Decoy(
        DecoyId(f"D-{at}"),
        ("欧阳梓涵", "司徒浩然", "上官轩宇", "慕容诗雨")[at],
        E164(f"+861400070000{at % 2}"),
        PostalAddress("浙江省", "杭州市", "余杭区", f"文一西路969号3栋2单元{at + 1:02d}01室"),
        waybill_number=f"YT8000000000{at}",
    )


DECOYS = [make_decoy(at) for at in range(4)]
OWNERS = {"A": ("E-1", DECOYS[:2]), "B": ("E-2", DECOYS[2:])}


def said(seq: int, prev: str, number: str, text: str, batch: Batch | None = None) -> Hit:
    contact = Contact(Channel.SMS, number, "+12025550147", claims={"text": text}, raw=b"raw")
    if batch is not None:
        contact = batch.close(contact, None, log=LOG, seq=seq)
    return seal(contact, seq=seq, received_at=OPENED_AT - timedelta(hours=9 - seq), log=LOG, prev=prev)


@dataclass(frozen=True)
class Bundle:
    """A packed case; `resigned` packs it again after a change, as the holder of the evidence key could."""

    files: Mapping[str, bytes]

    def document(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.files[name])
        return document

    def changed(self, name: str, content: bytes) -> "Bundle":
        return Bundle({**self.files, name: content})

    def resigned(self, changes: Mapping[str, bytes], key: Ed25519PrivateKey = KEY) -> "Bundle":
        files = {**self.files, **changes}
        manifest = {
            **self.document(MANIFEST),
            "public_key": key.public_key().public_bytes_raw().hex(),
            "key_fingerprint": fingerprint(key.public_key()),
            "files": {
                name: hashlib.sha256(content).hexdigest()
                for name, content in sorted(files.items())
                if name not in (MANIFEST, SIGNATURE)
            },
        }
        signature = key.sign(canonical(manifest)).hex().encode() + b"\n"
        return Bundle({**files, MANIFEST: pretty(manifest), SIGNATURE: signature})

    def write(self, folder: Path) -> Path:
        write(self.files, folder)
        return folder


def build(path: Path, *, planted_at: datetime = PLANTED_AT, is_sealed: bool = False) -> Bundle:
    """Run the case from planting to bundle."""
    registry = Registry.create(f"sqlite:///{path}", Seal(b"\x05" * 32))
    with registry.begin() as session:
        accounts.add(session, [Account(AccountId(name), "courier", name, "OUT-1") for name in "AB"])
        placed = [
            Placed(one, Planting(one.id, PlantingKind.EXPORT, AccountId(name), "OUT-1", ExportId(export)),
                   PlantingState.CONFIRMED, None)
            for name, (export, decoys) in OWNERS.items() for one in decoys
        ]  # fmt: skip
        for name, (export, _) in OWNERS.items():
            exports.start(session, ExportId(export), AccountId(name), PLANTED_AT)
        plantings.add(session, placed)
        log.append(session, [(one.decoy.id, log.new_entry("planting", commitment(one, 1))) for one in placed])
        log.checkpoint(session, KEY, planted_at)
    with registry.begin() as session:
        found = _hits(Sealer(PUBLIC, b"").batch() if is_sealed else None)
        hits.add(session, found, Opener([PRIVATE]))
        entries = [log.new_entry("hit", {"log": one.log, "seq": one.seq, "hash": one.hash}) for one in found]
        log.append(session, [(f"hit:{one.log}:{one.seq}", entry) for one, entry in zip(found, entries, strict=True)])
        log.checkpoint(session, KEY, planted_at + timedelta(days=8))
        return _bundle(session, placed, found)


def _hits(batch: Batch | None) -> list[Hit]:
    first = said(1, GENESIS, "+8614000700000", "欧阳梓涵您好，您的快递破损，请联系客服理赔", batch)
    second = said(2, first.hash, "+8614000700001", "司徒浩然，请点击退款", batch)
    third = said(3, second.hash, "+8614000700000", "您好", batch)  # it names both decoys on its number
    return [first, second, third]


def _bundle(session: Session, placed: list[Placed], recorded: list[Hit]) -> Bundle:
    found = hits.all_hits(session)
    keys = {f"{one.record.log}:{one.record.seq}": one.key.hex() for one in hits.stored(session) if one.key}
    index = DecoyIndex.build(DECOYS)
    sightings = [one for hit in found for one in resolve(hit, index, frozenset()).sightings]
    place = DumpPlace("bought.csv", 7, "运单号", "YT80000000000")
    sightings.append(Sighting(frozenset({DECOYS[0].id}), "waybill_number", Match.EXACT, place, 1e-9))
    releases = tuple(access.releases(session, placed))
    inquiry = Inquiry(tuple(sightings), releases, {}, access.release_counts(session), SETTINGS)
    files = {"bought.csv": "ab" * 32}
    case = Case(
        CaseId("C-20261110-0001"), Origin.DUMP, CaseState.OPEN, OPENED_AT, OPENED_AT, inquiry.to_json(),
        attribute(inquiry).to_json(), {"files": 1, "rows": 9, "bytes": 99, "seconds": 0.1, "unreadable": []}, files,
    )  # fmt: skip
    points = log.checkpoints(session)
    subjects = {one.id for one in DECOYS} | {f"hit:{one.log}:{one.seq}" for one in found}
    proven = log.prove(session, subjects, points[-1].size)
    rendered = {
        "report.html": render_html(
            case, fingerprint=fingerprint(KEY.public_key()), hits={f"{one.log}:{one.seq}": one for one in found},
            now=OPENED_AT,
        ),
        "case.db": render_tables(case, found),
        **({HIT_KEYS: pretty(keys)} if keys else {}),
    }  # fmt: skip
    packed = pack(case, proven=proven, checkpoints=points, hits=recorded, rendered=rendered, key=KEY, now=OPENED_AT)
    return Bundle(packed)


def judged_again(case: dict[str, Any], inquiry: Inquiry) -> dict[str, Any]:
    """Return the case with another inquiry and the verdict that follows from it."""
    return {**case, "inquiry": inquiry.to_json(), "attribution": attribute(inquiry).to_json()}
