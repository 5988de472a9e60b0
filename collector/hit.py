"""The record format: a `Contact` is what one listener saw, a `Hit` is a contact made durable.

Pure values and functions on them, standard library only: `honey` imports this module to read and verify what a
collector wrote. A chain shows that nothing before its last hash was changed; it cannot show that the last hits were
not cut off, nor bind the host's owner, until a hash has been shipped elsewhere (docs/decisions/0101).
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from collector import limits
from collector.errors import HitError

FORMAT_VERSION = 1
GENESIS = "00" * 32  # what the first hit of a log is chained to
# Kept, because json.dumps with options makes a new encoder for every call.
canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Channel(StrEnum):
    """How a contact came in; the value is the word of the JSON form."""

    CALL = "call"
    SMS = "sms"
    MAIL = "mail"
    DNS = "dns"
    WEB = "web"
    POST = "post"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Contact:
    """What one listener saw, before anybody thinks about it.

    `beacon` is the contact point that was reached and `peer` who reached it: E.164 numbers where they can be, else as
    received; the queried name (lower-case, no final dot); the URL as requested; the envelope recipient (lower-case).
    `verified` says that the provider's signature was checked. `claims` is what the contact says of itself.
    `event_id` is the provider's own id: the same id of the same provider and channel is the same contact.
    """

    channel: Channel
    beacon: str
    peer: str
    occurred_at: datetime | None = None
    event_id: str | None = None
    provider: str | None = None
    verified: bool = False
    claims: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    def __post_init__(self) -> None:
        if self.occurred_at is not None and self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at must be an aware datetime")

    def bounded(self) -> "Contact":
        """Return this contact under the caps of `limits`, in text that every JSON reader accepts.

        A cut `raw` is described by the claims `raw_bytes` and `raw_sha256` of the whole.
        """
        claims = {
            clean_text(name, limits.MAX_CLAIM_NAME_CHARS): clean_text(value, limits.MAX_CLAIM_CHARS)
            for name, value in list(self.claims.items())[: limits.MAX_CLAIMS - 2]
        }
        if len(self.raw) > limits.MAX_RAW_BYTES:
            claims["raw_bytes"] = str(len(self.raw))
            claims["raw_sha256"] = hashlib.sha256(self.raw).hexdigest()
        return Contact(
            channel=self.channel,
            beacon=clean_text(self.beacon, limits.MAX_BEACON_CHARS),
            peer=clean_text(self.peer, limits.MAX_PEER_CHARS),
            occurred_at=self.occurred_at,
            event_id=None if self.event_id is None else clean_text(self.event_id, limits.MAX_EVENT_ID_CHARS),
            provider=None if self.provider is None else clean_text(self.provider, limits.MAX_PROVIDER_CHARS),
            verified=self.verified,
            claims=claims,
            raw=self.raw[: limits.MAX_RAW_BYTES],
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A contact made durable: numbered, timed and chained. `hash` covers everything but `prev` and itself, and `prev`.

    `log` names the log the hit stands in (8 hexadecimal digits): sequence numbers count per log.
    """

    contact: Contact
    seq: int
    received_at: datetime
    log: str
    prev: str
    hash: str

    def to_json(self) -> dict[str, Any]:
        """Return the contract's hit object, with the extra key `log`; `parse_hit` reads it back."""
        body = _body(self.contact, self.seq, self.received_at, self.log)
        return {**body, "prev": self.prev, "hash": self.hash}

    def to_line(self) -> str:
        """Return the JSON form on one line of ASCII: safe in a terminal and for every way of splitting lines."""
        return json.dumps(self.to_json(), separators=(",", ":"))


def clean_text(text: str, max_chars: int) -> str:
    """Cut `text` and replace lone surrogates, which UTF-8 cannot hold."""
    cut = text[:max_chars]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=64)  # the hits of one commit share their time
def format_at(at: datetime) -> str:
    """Return an aware datetime as UTC with microseconds and a final Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def seal(contact: Contact, *, seq: int, received_at: datetime, log: str, prev: str) -> Hit:
    """Chain a contact: hash = SHA-256(prev || SHA-256(canonical JSON without prev and hash)).

    Raises:
        HitError: the contact holds text that UTF-8 cannot hold; `Contact.bounded` mends that.
    """
    try:
        body = canonical_json(_body(contact, seq, received_at, log)).encode()
    except UnicodeEncodeError as exc:
        raise HitError(f"hit {seq}: text with lone surrogates cannot be recorded") from exc
    digest = hashlib.sha256(bytes.fromhex(prev) + hashlib.sha256(body).digest()).hexdigest()
    return Hit(contact, seq, received_at, log, prev, digest)


def verify_chain(hits: Iterable[Hit], prev: str | None = None) -> str:
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
            raise HitError(f"hit {hit.seq}: expected {expected_seq}, so hits are missing or out of order")
        if log is not None and hit.log != log:
            raise HitError(f"hit {hit.seq}: belongs to log {hit.log}, not {log}")
        if hit.prev != last:
            raise HitError(f"hit {hit.seq}: does not follow the hit before it")
        sealed = seal(hit.contact, seq=hit.seq, received_at=hit.received_at, log=hit.log, prev=last)
        if sealed.hash != hit.hash:
            raise HitError(f"hit {hit.seq}: was changed after it was recorded")
        last, log, expected_seq = hit.hash, hit.log, hit.seq + 1
    return last


def parse_hit(document: dict[str, Any] | str) -> Hit:
    """Read one hit of the JSON form. The hash is not checked: that is `verify_chain`'s part.

    Raises:
        HitError: anything that `Hit.to_json` cannot have written, or that is over the caps.
    """
    if isinstance(document, str):
        document = _load(document)
    version = document.get("v")
    if type(version) is not int or version != FORMAT_VERSION:
        raise HitError(f"unknown hit format version {str(version)[:20]!r}; this reader knows {FORMAT_VERSION}")
    seq = document.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= limits.MAX_SEQ:
        raise HitError("a hit needs a sequence number of 1 or more")
    if set(document) != _KEYS:
        odd = ", ".join(sorted(str(key)[:40] for key in set(document) ^ _KEYS)[:5])
        raise HitError(f"hit {seq}: missing or unknown keys: {odd}")
    try:
        return _read(document, seq)
    except ValueError as exc:
        raise HitError(f"hit {seq}: {exc}") from exc


# --- inside ----------------------------------------------------------------------------------------------------------

_KEYS = frozenset(
    (
        *("v", "seq", "received_at", "channel", "beacon", "peer", "occurred_at", "event_id", "provider", "verified"),
        *("claims", "raw", "log", "prev", "hash"),
    )
)
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_LOG = re.compile(r"[0-9a-f]{8}")
_HASH = re.compile(r"[0-9a-f]{64}")


def _body(contact: Contact, seq: int, received_at: datetime, log: str) -> dict[str, Any]:
    return {
        "v": FORMAT_VERSION,
        "seq": seq,
        "received_at": format_at(received_at),
        "channel": contact.channel.value,
        "beacon": contact.beacon,
        "peer": contact.peer,
        "occurred_at": None if contact.occurred_at is None else format_at(contact.occurred_at),
        "event_id": contact.event_id,
        "provider": contact.provider,
        "verified": contact.verified,
        "claims": dict(contact.claims),
        "raw": binascii.b2a_base64(contact.raw, newline=False).decode(),
        "log": log,
    }


def _load(text: str) -> dict[str, Any]:
    if len(text) > limits.MAX_HIT_JSON_CHARS:
        raise HitError(f"a hit may be {limits.MAX_HIT_JSON_CHARS} characters long, this one is {len(text)}")
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as exc:
        raise HitError("a hit must be one JSON object on one line") from exc
    if not isinstance(document, dict):
        raise HitError("a hit must be one JSON object")
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
        raw=_parse_raw(document["raw"]),
    )
    for name, form in (("log", _LOG), ("prev", _HASH), ("hash", _HASH)):
        if not isinstance(document[name], str) or not form.fullmatch(document[name]):
            raise ValueError(f"{name} must be lower-case hexadecimal of its fixed length")
    received_at = _parse_at(document["received_at"])
    return Hit(contact, seq, received_at, document["log"], document["prev"], document["hash"])


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


def _parse_raw(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > limits.MAX_RAW_BYTES * 4 // 3 + 4:
        raise ValueError(f"raw must be base64 of at most {limits.MAX_RAW_BYTES} bytes")
    raw = base64.b64decode(value, validate=True)  # binascii.Error is a ValueError
    if base64.b64encode(raw).decode() != value:
        raise ValueError("raw must be canonical base64")
    return raw
