"""The bundle: the evidence of one case in files that an outsider can check without us.

Whoever alters a bundle must forge the manifest's signature; whoever holds our evidence key can sign another bundle,
but cannot make it agree with checkpoints that were handed out before the leak. It holds the values of the decoys that
were seen and no other, and no account's codeword but those decoys.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.hit import Record
from honey.errors import EvidenceError, InputError
from honey.evidence.commitment import Checkpoint, Entry, canonical, fingerprint
from honey.evidence.merkle import verify_inclusion
from honey.model.case import Case
from honey.translation import _

BUNDLE_VERSION = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CASE, LOG, HITS, REPORT, TABLES = "case.json", "log.json", "hits.jsonl", "report.html", "case.db"
HIT_CHAIN = "hit_chain.json"  # where the collector signs: from the first cited hit of each log to its checkpoint
HIT_KEYS = "hit_keys.json"  # where hits are sealed: for each the key that opens it and no other


@dataclass(frozen=True, slots=True)
class Proven:
    """An opened log entry with its place and the audit path to the first checkpoint that covers it.

    The first, because that is the one handed out before the leak: a log forged later does not agree with it.
    """

    position: int
    entry: Entry
    path: tuple[bytes, ...]

    def covering(self, checkpoints: Iterable[Checkpoint]) -> Checkpoint:
        """Return the first checkpoint that covers the entry; raises EvidenceError when none does."""
        for one in checkpoints:
            if one.size > self.position:
                return one
        raise EvidenceError(_("entry {position} lies beyond the newest checkpoint", position=self.position))

    def verify(self, checkpoint: Checkpoint) -> None:
        """Raise EvidenceError unless the entry stands in the log under this checkpoint."""
        verify_inclusion(self.entry.leaf, self.position, checkpoint.size, self.path, checkpoint.root)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back."""
        return {"position": self.position, **self.entry.to_json(), "path": [one.hex() for one in self.path]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Proven":
        """Read what `to_json` wrote."""
        entry = Entry.from_json({name: value[name] for name in ("kind", "document", "salt")})
        return cls(value["position"], entry, tuple(bytes.fromhex(one) for one in value["path"]))


def case_json(case: Case) -> dict[str, Any]:
    """Return the case as the bundle states it."""
    return {
        "case": case.id,
        "origin": case.origin.value,
        "opened_at": case.opened_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
        "attribution": case.attribution,
        "inquiry": case.inquiry,
        "access": case.access,
        "scanned": case.scanned,
        "files": case.files,
    }


def pack(
    case: Case,
    *,
    proven: Sequence[Proven],
    checkpoints: Sequence[Checkpoint],
    hits: Iterable[Record],
    rendered: Mapping[str, bytes],
    key: Ed25519PrivateKey,
    now: datetime,
) -> dict[str, bytes]:
    """Return the bundle's files by name; `rendered` holds the forms for people, made by the caller."""
    log = {
        "entries": [one.to_json() for one in proven],
        "checkpoints": [one.to_json() for one in checkpoints],
    }
    files = {
        CASE: pretty(case_json(case)),
        LOG: pretty(log),
        HITS: "".join(hit.to_line() + "\n" for hit in hits).encode(),
        **rendered,
    }
    manifest = {
        "v": BUNDLE_VERSION,
        "case": case.id,
        "made_at": now.isoformat(),
        "public_key": key.public_key().public_bytes_raw().hex(),
        "key_fingerprint": fingerprint(key.public_key()),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    signature = key.sign(canonical(manifest)).hex().encode() + b"\n"
    return {**files, MANIFEST: pretty(manifest), SIGNATURE: signature}


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the bundle into a new or empty folder; raises InputError for any other."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(_("{folder} exists and is not empty: a bundle gets a folder of its own", folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def pretty(document: object) -> bytes:
    """Return the one form in which a bundle's JSON files are written."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
