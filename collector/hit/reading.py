"""Reading and checking records that somebody else wrote: strict, under the caps, one HitError for whatever is wrong."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from collector import limits
from collector.errors import HitError
from collector.hit.record import (
    FORMAT_VERSION,
    GENESIS,
    LATER_VERSION,
    Channel,
    Contact,
    ErasedHit,
    Hit,
    Record,
    chained,
    clean_text,
)
from collector.translation import _


def verify_chain(hits: Iterable[Record], prev: str | None = None) -> str:
    """Check that `hits` follow each other without gap or change and return the last hash.

    `prev` is the hash before the first hit; without it the hits must start the log (sequence number 1).

    Raises:
        HitError: naming the sequence number where the chain breaks.
    """
    last = GENESIS if prev is None else prev
    expected_seq = 1 if prev is None else None
    log: str | None = None
    for hit in hits:
        if expected_seq is not None and hit.seq != expected_seq:
            raise HitError(
                _(
                    "hit {seq}: expected {expected_seq}, so hits are missing or out of order",
                    seq=hit.seq,
                    expected_seq=expected_seq,
                )
            )
        if log is not None and hit.log != log:
            raise HitError(_("hit {seq}: belongs to log {log}, not {wanted}", seq=hit.seq, log=hit.log, wanted=log))
        if hit.prev != last:
            raise HitError(_("hit {seq}: does not follow the hit before it", seq=hit.seq))
        if chained(last, hit.body()) != hit.hash:
            raise HitError(_("hit {seq}: was changed after it was recorded", seq=hit.seq))
        last, log, expected_seq = hit.hash, hit.log, hit.seq + 1
    return last


def parse_hit(document: dict[str, Any] | str) -> Hit:
    """Read one hit of the JSON form, which must have its contents. The hash is not checked: `verify_chain` does that.

    Raises:
        HitError: anything that `Hit.to_json` cannot have written, or that is over the caps.
    """
    record = parse_record(document)
    if isinstance(record, ErasedHit):
        raise HitError(_("hit {seq}: its contents were erased", seq=record.seq))
    return record


def parse_record(document: dict[str, Any] | str) -> Record:
    """Read one hit of the JSON form, whole, sealed or erased. The hash is not checked: `verify_chain` does that.

    Raises:
        HitError: anything that `to_json` cannot have written, or that is over the caps.
    """
    if isinstance(document, str):
        document = _load(document)
    version = document.get("v")
    if type(version) is not int or version not in (FORMAT_VERSION, LATER_VERSION):
        known = f"{FORMAT_VERSION} and {LATER_VERSION}"
        raise HitError(
            _(
                "unknown hit format version {version!r}; this reader knows {known}",
                version=str(version)[:20],
                known=known,
            )
        )
    seq = document.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= limits.MAX_SEQ:
        raise HitError(_("a hit needs a sequence number of 1 or more"))
    keys, read = _FORMS[version == LATER_VERSION, "erased" in document]
    if set(document) != keys:
        odd = ", ".join(sorted(ascii(str(key)[:40])[1:-1] for key in set(document) ^ keys)[:5])
        raise HitError(_("hit {seq}: missing or unknown keys: {odd}", seq=seq, odd=odd))
    try:
        return read(document, seq)
    except ValueError as exc:
        raise HitError(_("hit {seq}: {exc}", seq=seq, exc=exc)) from exc


# --- inside ----------------------------------------------------------------------------------------------------------

_IN_ALL = frozenset(("v", "seq", "received_at", "channel", "log", "prev", "hash"))
_KEYS = _IN_ALL | {"beacon", "peer", "occurred_at", "event_id", "provider", "verified", "claims", "raw"}
_SEALED_KEYS = _IN_ALL | {"event_id", "sealed"}
_ERASED_KEYS = _IN_ALL | {"erased"}
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_LOG = re.compile(r"[0-9a-f]{8}")
_HASH = re.compile(r"[0-9a-f]{64}")


def _load(text: str) -> dict[str, Any]:
    if len(text) > limits.MAX_HIT_JSON_CHARS:
        raise HitError(
            _(
                "a hit may be {max_hit_json_chars} characters long, this one is {count}",
                max_hit_json_chars=limits.MAX_HIT_JSON_CHARS,
                count=len(text),
            )
        )
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as exc:
        raise HitError(_("a hit must be one JSON object on one line")) from exc
    if not isinstance(document, dict):
        raise HitError(_("a hit must be one JSON object"))
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ in which of two equal keys they believe, so a hit may not have any.
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _read(document: dict[str, Any], seq: int) -> Hit:
    occurred_at = document["occurred_at"]
    contact = Contact(
        channel=Channel(_text(document, "channel", 16)),
        beacon=_text(document, "beacon", limits.MAX_BEACON_CHARS),
        peer=_text(document, "peer", limits.MAX_PEER_CHARS),
        occurred_at=None if occurred_at is None else _parse_at(occurred_at),
        event_id=_optional_text(document, "event_id", limits.MAX_EVENT_ID_CHARS),
        provider=_optional_text(document, "provider", limits.MAX_PROVIDER_CHARS),
        verified=_flag(document["verified"]),
        claims=_parse_claims(document["claims"]),
        raw=_parse_bytes(document, "raw", limits.MAX_RAW_BYTES),
    )
    return _hit(contact, document, seq)


def _read_sealed(document: dict[str, Any], seq: int) -> Hit:
    sealed = _parse_bytes(document, "sealed", limits.MAX_SEALED_BYTES)
    if not sealed:
        raise ValueError("sealed is empty")
    contact = Contact(
        channel=Channel(_text(document, "channel", 16)),
        beacon="",
        peer="",
        event_id=_optional_text(document, "event_id", limits.MAX_EVENT_ID_CHARS),
        sealed=sealed,
    )
    return _hit(contact, document, seq)


def _read_erased(document: dict[str, Any], seq: int) -> ErasedHit:
    erased, log, prev, digest = (_hexadecimal(document, name) for name in ("erased", "log", "prev", "hash"))
    channel = Channel(_text(document, "channel", 16))
    return ErasedHit(seq, _parse_at(document["received_at"]), channel, log, erased, prev, digest)


_FORMS: Mapping[tuple[bool, bool], tuple[frozenset[str], Callable[[dict[str, Any], int], Record]]] = {
    (False, False): (_KEYS, _read),
    (False, True): (_KEYS, _read),
    (True, False): (_SEALED_KEYS, _read_sealed),
    (True, True): (_ERASED_KEYS, _read_erased),
}


def _hit(contact: Contact, document: Mapping[str, Any], seq: int) -> Hit:
    log, prev, digest = (_hexadecimal(document, name) for name in ("log", "prev", "hash"))
    return Hit(contact, seq, _parse_at(document["received_at"]), log, prev, digest)


def _hexadecimal(document: Mapping[str, Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or not (_LOG if name == "log" else _HASH).fullmatch(value):
        raise ValueError(f"{name} must be lower-case hexadecimal of its fixed length")
    return value


def _text(document: Mapping[str, Any], name: str, max_chars: int) -> str:
    value = document[name]
    if not isinstance(value, str) or len(value) > max_chars or value != clean_text(value, max_chars):
        raise ValueError(f"{name} must be text of at most {max_chars} characters")
    return value


def _optional_text(document: Mapping[str, Any], name: str, max_chars: int) -> str | None:
    return None if document[name] is None else _text(document, name, max_chars)


def _flag(value: object) -> bool:
    if value is True or value is False:
        return value
    raise ValueError("verified must be true or false")


def _parse_at(value: object) -> datetime:
    if not isinstance(value, str) or not _AT.fullmatch(value):
        raise ValueError("times are written 2026-11-21T08:15:30.123456Z")
    return datetime.fromisoformat(value)


def _parse_claims(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > limits.MAX_CLAIMS:
        raise ValueError(f"claims must be an object of at most {limits.MAX_CLAIMS} texts")
    for name in value:
        if len(name) > limits.MAX_CLAIM_NAME_CHARS or name != clean_text(name, limits.MAX_CLAIM_NAME_CHARS):
            raise ValueError("a claim's name is too long or not text")
        _text(value, name, limits.MAX_CLAIM_CHARS)
    return value


def _parse_bytes(document: Mapping[str, Any], name: str, most: int) -> bytes:
    value = document[name]
    if not isinstance(value, str) or len(value) > most * 4 // 3 + 4:
        raise ValueError(f"{name} must be base64 of at most {most} bytes")
    octets = base64.b64decode(value, validate=True)  # binascii.Error is a ValueError
    if base64.b64encode(octets).decode() != value:
        raise ValueError(f"{name} must be canonical base64")
    return octets
