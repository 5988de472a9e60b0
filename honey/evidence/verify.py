"""Check a bundle offline: no registry, no key of ours, no network. Each step raises at the first thing that is wrong.

What is checked:
 1. the manifest is signed, and every file has the digest it states;
 2. the checkpoints are signed by the same key, sizes and times never run backwards;
 3. every opened log entry stands in the log under the first checkpoint that covers it;
 4. every decoy that was seen was committed to that log once, with the account and export the case states;
 5. every cited hit carries its own hash and was committed to the log; a sealed one opens with the key stated for it;
    where the collector signs, the hits stand in the chain it signed for, and under checkpoints kept elsewhere;
 6. every sighting really shows the decoy it names;
 7. attributing the same inquiry again gives the stated verdict;
 8. the plantings were committed before the case was opened.

What cannot be checked here is left to the caller: that the key is the one deposited earlier (compare its
fingerprint), that the checkpoint step 8 names was in a third party's hands before the leak (compare its root), that
the access record is complete.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from collector.errors import HitError
from collector.hit import Hit, chained, parse_hit
from collector.hit.checkpoint import Checkpoint as HitCheckpoint
from collector.hit.sealing import opened
from honey.errors import EvidenceError
from honey.evidence.bundle import (
    BUNDLE_VERSION,
    CASE,
    HIT_CHAIN,
    HIT_KEYS,
    HITS,
    LOG,
    MANIFEST,
    SIGNATURE,
    Proven,
    pretty,
)
from honey.evidence.commitment import Checkpoint, canonical, fingerprint
from honey.evidence.hitchain import HitChain, verify_chains
from honey.evidence.recheck import Recheck
from honey.model.decoy import Decoy, DecoyId
from honey.trace.attribute import attribute
from honey.trace.inquiry import Inquiry
from honey.translation import _, joined

MAX_FILE_BYTES = 512 * 1024 * 1024  # a bundle of a million sightings is far smaller
_RELATIVE_ERROR = 1e-9  # libm differs in the last digits between machines
_SMALLEST = 1e-300  # below this two probabilities are both nothing
# What odd JSON leads to: missing keys, other types, numbers out of range, nesting without end.
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, OSError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class Step:
    """One check that passed."""

    number: int
    name: str
    detail: str


@dataclass(slots=True)
class _Bundle:
    folder: Path
    manifest: dict[str, Any]
    key: Ed25519PublicKey
    case: dict[str, Any] = field(default_factory=dict)
    inquiry: Inquiry | None = None
    checkpoints: list[Checkpoint] = field(default_factory=list)
    entries: list[Proven] = field(default_factory=list)
    hits: dict[tuple[str, int], Hit] = field(default_factory=dict)
    decoys: dict[DecoyId, Decoy] = field(default_factory=dict)
    kept: Sequence[HitCheckpoint] = ()


def verify_bundle(
    folder: Path, *, expected_fingerprint: str | None = None, kept: Sequence[HitCheckpoint] = ()
) -> list[Step]:
    """Return the steps that passed; raises EvidenceError naming the step that did not.

    `kept` are checkpoints of collectors that somebody was given earlier: the cited hits must stand under them.
    """
    bundle = _open(folder)
    bundle.kept = kept
    steps: list[Step] = []
    checks: tuple[tuple[str, Callable[[_Bundle], str]], ...] = (
        (_("manifest and files"), _check_files),
        (_("checkpoints"), _check_checkpoints),
        (_("log entries"), _check_entries),
        (_("decoys"), _check_decoys),
        (_("hits"), _check_hits),
        (_("sightings"), _check_sightings),
        (_("verdict"), _check_verdict),
        (_("order"), _check_order),
    )
    for number, (name, check) in enumerate(checks, start=1):
        try:
            steps.append(Step(number, name, check(bundle)))
        except _UNREADABLE as error:
            raise EvidenceError(
                _("step {number} ({name}): the bundle cannot be read: {error}", number=number, name=name, error=error)
            ) from error
        except EvidenceError as error:
            raise EvidenceError(_("step {number} ({name}): {error}", number=number, name=name, error=error)) from error
    found = fingerprint(bundle.key)
    if expected_fingerprint and found != expected_fingerprint.lower():
        raise EvidenceError(
            _(
                "the bundle is signed by key {found}, not by {expected_fingerprint}",
                found=found,
                expected_fingerprint=expected_fingerprint,
            )
        )
    return steps


def _open(folder: Path) -> _Bundle:
    try:
        manifest = json.loads(_read(folder, MANIFEST))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest["public_key"]))
        if manifest["v"] != BUNDLE_VERSION:
            raise EvidenceError(
                _(
                    "{folder}: a bundle of version {v}; this release reads {bundle_version}",
                    folder=folder,
                    v=manifest["v"],
                    bundle_version=BUNDLE_VERSION,
                )
            )
    except _UNREADABLE as error:
        raise EvidenceError(
            _("{folder} is no bundle: {manifest}: {error}", folder=folder, manifest=MANIFEST, error=error)
        ) from error
    return _Bundle(folder, manifest, key)


def _check_files(bundle: _Bundle) -> str:
    written = _read(bundle.folder, SIGNATURE)
    signature = bytes.fromhex(written.decode("ascii").strip())
    if written != signature.hex().encode() + b"\n":
        raise EvidenceError(_("{signature} was altered: it is not written as a signature is", signature=SIGNATURE))
    if _read(bundle.folder, MANIFEST) != pretty(bundle.manifest):
        raise EvidenceError(_("{manifest} was altered: it is not written as a bundle writes it", manifest=MANIFEST))
    try:
        bundle.key.verify(signature, canonical(bundle.manifest))
    except InvalidSignature:
        raise EvidenceError(_("{manifest} was altered: its signature does not fit", manifest=MANIFEST)) from None
    stated = bundle.manifest["files"]
    present = {one.name for one in bundle.folder.iterdir()} - {MANIFEST, SIGNATURE}
    if present != set(stated):
        raise EvidenceError(_("files missing or added: {files}", files=", ".join(sorted(present ^ set(stated)))))
    for name, digest in stated.items():
        if hashlib.sha256(_read(bundle.folder, name)).hexdigest() != digest:
            raise EvidenceError(
                _("{name} was altered: its SHA-256 is not the one in {manifest}", name=name, manifest=MANIFEST)
            )
    bundle.case = json.loads(_read(bundle.folder, CASE))
    bundle.inquiry = Inquiry.from_json(bundle.case["inquiry"])
    log = json.loads(_read(bundle.folder, LOG))
    bundle.entries = [Proven.from_json(one) for one in log["entries"]]
    bundle.checkpoints = [Checkpoint.from_json(one) for one in log["checkpoints"]]
    return f"{len(stated)} files"


def _check_checkpoints(bundle: _Bundle) -> str:
    if not bundle.checkpoints:
        raise EvidenceError(_("the bundle holds no checkpoint"))
    for one in bundle.checkpoints:
        one.verify(bundle.key)
    for earlier, later in pairwise(bundle.checkpoints):
        if earlier.size >= later.size or earlier.signed_at > later.signed_at:
            raise EvidenceError(_("checkpoint of {size} entries runs backwards", size=later.size))
    return _(
        "{count}, the newest over {size:,} entries", count=len(bundle.checkpoints), size=bundle.checkpoints[-1].size
    )


def _check_entries(bundle: _Bundle) -> str:
    for one in bundle.entries:
        one.verify(one.covering(bundle.checkpoints))
    return _("{count} entries proven", count=len(bundle.entries))


def _check_decoys(bundle: _Bundle) -> str:
    assert bundle.inquiry is not None  # noqa: S101 - set by step 1
    plantings = [one.entry.document for one in bundle.entries if one.entry.kind == "planting"]
    bundle.decoys = {DecoyId(one["decoy"]): Decoy.from_json(one["values"]) for one in plantings}
    owners = {one["decoy"]: (one["account"], one["export"]) for one in plantings}
    if len(owners) != len(plantings):
        raise EvidenceError(_("{log} opens two plantings of one decoy", log=LOG))
    seen = {decoy for one in bundle.inquiry.sightings for decoy in one.decoys}
    missing = sorted(seen - set(bundle.decoys))
    if missing:
        raise EvidenceError(_("decoy {missing} was seen but is not opened in {log}", missing=missing[0], log=LOG))
    for release in bundle.inquiry.releases:
        for decoy in release.decoys & set(bundle.decoys):
            account, export = owners[decoy]
            drawn = any(decoy in household for household in release.drawn)
            if (export or drawn) and (account, export) != (release.account, release.export):
                place = (
                    _("export {export} of account {account}", export=export, account=account)
                    if export
                    else _("the host")
                )
                raise EvidenceError(_("decoy {decoy} was committed to {place}", decoy=decoy, place=place))
    return _("{count} decoys seen, each committed", count=len(seen))


def _check_hits(bundle: _Bundle) -> str:
    committed = {
        (one.entry.document["log"], one.entry.document["seq"]): one.entry.document["hash"]
        for one in bundle.entries
        if one.entry.kind == "hit"
    }
    keys = json.loads(_read(bundle.folder, HIT_KEYS)) if HIT_KEYS in bundle.manifest["files"] else {}
    for line in _read(bundle.folder, HITS).decode("utf-8").splitlines():
        try:
            hit = parse_hit(line)
            is_whole = chained(hit.prev, hit.body()) == hit.hash
            if is_whole and hit.contact.sealed:
                hit = opened(hit, bytes.fromhex(keys[f"{hit.log}:{hit.seq}"]))
        except HitError as error:
            raise EvidenceError(error.message) from error
        if not is_whole:
            raise EvidenceError(
                _("hit {seq} of log {log} was altered: its hash does not fit", seq=hit.seq, log=hit.log)
            )
        if committed.get((hit.log, hit.seq)) != hit.hash:
            raise EvidenceError(_("hit {seq} of log {log} is not in the log", seq=hit.seq, log=hit.log))
        bundle.hits[hit.log, hit.seq] = hit
    sealed = _("; {count} sealed, opened", count=len(keys)) if keys else ""
    return _(
        "{count} hits, each with its own hash{sealed}{chains}",
        count=len(bundle.hits),
        sealed=sealed,
        chains=_check_chains(bundle),
    )


def _check_chains(bundle: _Bundle) -> str:
    stated = json.loads(_read(bundle.folder, HIT_CHAIN)) if HIT_CHAIN in bundle.manifest["files"] else []
    chains = [HitChain.from_json(one) for one in stated]
    points = verify_chains(chains, bundle.hits.values(), bundle.kept)
    signed = joined(
        "",
        (
            _(
                "; log {log} signed for up to hit {seq} at {at} by {key}",
                log=one.log,
                seq=one.seq,
                at=one.at.isoformat(),
                key=chain.key,
            )
            for one, chain in zip(points, chains, strict=True)
        ),
    )
    return signed + (_("; {count} checkpoints kept elsewhere are met", count=len(bundle.kept)) if bundle.kept else "")


def _check_sightings(bundle: _Bundle) -> str:
    assert bundle.inquiry is not None  # noqa: S101 - set by step 1
    recheck = Recheck(bundle.decoys, bundle.hits)
    for one in bundle.inquiry.sightings:
        recheck.check(one)
    return _("{count} sightings show what they name", count=len(bundle.inquiry.sightings))


def _check_verdict(bundle: _Bundle) -> str:
    assert bundle.inquiry is not None  # noqa: S101 - set by step 1
    again = attribute(bundle.inquiry).to_json()
    difference = _difference(again, bundle.case["attribution"], "attribution")
    if difference:
        raise EvidenceError(_("attributing again gives another {difference}", difference=difference))
    named = ", ".join(one["account"] for one in again["suspects"])
    return _("{verdict}: {named}", verdict=again["verdict"], named=named or _("nobody"))


def _check_order(bundle: _Bundle) -> str:
    assert bundle.inquiry is not None  # noqa: S101 - set by step 1
    opened_at = datetime.fromisoformat(bundle.case["opened_at"])
    seen = {decoy for one in bundle.inquiry.sightings for decoy in one.decoys}
    latest: Checkpoint | None = None
    for one in bundle.entries:
        if one.entry.kind == "planting" and one.entry.document["decoy"] in seen:
            covering = one.covering(bundle.checkpoints)
            if covering.signed_at > opened_at:
                raise EvidenceError(
                    _("decoy {decoy} was committed after the case was opened", decoy=one.entry.document["decoy"])
                )
            latest = covering if latest is None or covering.size > latest.size else latest
    if latest is None:
        return _("no decoy seen")
    under = _(
        "by {signed_at} under the checkpoint of {size:,} entries, root {root}",
        signed_at=latest.signed_at.isoformat(),
        size=latest.size,
        root=latest.root.hex(),
    )
    return _("committed {under}; case opened {opened_at}", under=under, opened_at=opened_at.isoformat())


def _difference(found: object, stated: object, name: str) -> str:
    """Return the path of the first difference between two JSON documents, or an empty string."""
    if isinstance(found, float | int) and isinstance(stated, float | int):
        return "" if math.isclose(found, stated, rel_tol=_RELATIVE_ERROR, abs_tol=_SMALLEST) else name
    if isinstance(found, dict) and isinstance(stated, dict):
        if set(found) != set(stated):
            return name
        return next((bad for key in found if (bad := _difference(found[key], stated[key], f"{name}.{key}"))), "")
    if isinstance(found, list) and isinstance(stated, list):
        if len(found) != len(stated):
            return name
        pairs = enumerate(zip(found, stated, strict=True))
        return next((bad for at, (one, other) in pairs if (bad := _difference(one, other, f"{name}[{at}]"))), "")
    return "" if found == stated else name


def _read(folder: Path, name: str) -> bytes:
    if Path(name).name != name:
        raise EvidenceError(_("{name!r} is not the name of a file in the bundle", name=name))
    with (folder / name).open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise EvidenceError(
            _("{name} is larger than {max_file_bytes:,} bytes", name=name, max_file_bytes=MAX_FILE_BYTES)
        )
    return content
