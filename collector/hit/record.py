"""What a record is: a `Contact` is what one listener saw, a `Hit` is a contact made durable.

Pure values, standard library only. A chain shows that nothing before its last hash was changed; that its end was not
cut off, and that it was not made anew, is shown by checkpoints kept elsewhere (docs/decisions/0101, 0111).
"""

import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from collector import limits
from collector.errors import HitError
from collector.translation import _

FORMAT_VERSION = 1
LATER_VERSION = 2  # of two forms that came later: sealed and erased hits
GENESIS = "00" * 32  # what the first hit of a log is chained to
# Kept, because json.dumps with options makes a new encoder for every call.
canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_quoted = json.encoder.encode_basestring  # how that writes a text


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

    In a sealed contact `sealed` holds all of it, `event_id` is a keyed hash, and the rest is empty
    (`collector.hit.sealing`). A listener hands one over only where it had to keep it sealed before.
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
    sealed: bytes = b""

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


def raw_bytes(contacts: Iterable[Contact]) -> int:
    """Return how much the originals of contacts take in memory, where neighbours may share one."""
    octets, last = 0, b""
    for contact in contacts:
        if contact.raw is not last:
            last = contact.raw
            octets += len(last)
    return octets


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
        return _line(self.to_json())

    @property
    def channel(self) -> Channel:
        """Return how the contact came in."""
        return self.contact.channel

    def body(self) -> bytes:
        """Return the SHA-256 of what the hash covers besides `prev`.

        Raises:
            HitError: the contact holds text that UTF-8 cannot hold; `Contact.bounded` mends that.
        """
        return _digest_body(self.contact, self.seq, self.received_at, self.log)

    def erased(self) -> "ErasedHit":
        """Return what is left of this hit when its contents go."""
        return ErasedHit(self.seq, self.received_at, self.channel, self.log, self.body().hex(), self.prev, self.hash)


@dataclass(frozen=True, slots=True)
class ErasedHit:
    """A hit whose contents are gone. The chain runs on through `body`, the SHA-256 of what was there.

    `received_at` and `channel` are told for the reader; with the contents gone, nothing proves them.
    """

    seq: int
    received_at: datetime
    channel: Channel
    log: str
    erased: str
    prev: str
    hash: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that `parse_record` reads back."""
        return {
            "v": LATER_VERSION,
            "seq": self.seq,
            "received_at": format_at(self.received_at),
            "channel": self.channel.value,
            "erased": self.erased,
            "log": self.log,
            "prev": self.prev,
            "hash": self.hash,
        }

    def to_line(self) -> str:
        """Return the JSON form on one line of ASCII."""
        return _line(self.to_json())

    def body(self) -> bytes:
        """Return the SHA-256 that the contents had."""
        return bytes.fromhex(self.erased)


Record = Hit | ErasedHit


def clean_text(text: str, max_chars: int) -> str:
    """Cut `text` and replace lone surrogates, which UTF-8 cannot hold."""
    cut = text[:max_chars]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=64)  # the hits of one commit share their time
def format_at(at: datetime) -> str:
    """Return an aware datetime as UTC with microseconds and a final Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def seal(contact: Contact, *, seq: int, received_at: datetime, log: str, prev: str, claims: str | None = None) -> Hit:
    """Chain a contact: hash = SHA-256(prev || SHA-256(canonical JSON without prev and hash)).

    `claims` are the contact's in canonical JSON, where the caller has them already.

    Raises:
        HitError: the contact holds text that UTF-8 cannot hold; `Contact.bounded` mends that.
    """
    digest = chained(prev, _digest_body(contact, seq, received_at, log, claims))
    return Hit(contact, seq, received_at, log, prev, digest)


def claims_text(claims: Mapping[str, str]) -> str:
    """Return claims in canonical JSON."""
    return f"{{{','.join([f'{_quoted(name)}:{_quoted(value)}' for name, value in sorted(claims.items())])}}}"


def chained(prev: str, body: bytes) -> str:
    """Return the hash of a record from the hash before it and the SHA-256 of its body."""
    return hashlib.sha256(bytes.fromhex(prev) + body).hexdigest()


# --- inside ----------------------------------------------------------------------------------------------------------


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _digest_body(contact: Contact, seq: int, received_at: datetime, log: str, claims: str | None = None) -> bytes:
    at = format_at(received_at)
    if contact.sealed:
        return _sha256(seq, canonical_json(_sealed_body(contact, seq, at, log)))
    claims = claims_text(contact.claims) if claims is None else claims
    return _sha256(seq, _plain_text(contact, claims, seq=seq, at=at, log=log))


def _sha256(seq: int, text: str) -> bytes:
    try:
        return hashlib.sha256(text.encode()).digest()
    except UnicodeEncodeError as exc:
        raise HitError(_("hit {seq}: text with lone surrogates cannot be recorded", seq=seq)) from exc


def _base64(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).decode()


def _or_null(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def _plain_text(contact: Contact, claims: str, *, seq: int, at: str, log: str) -> str:
    """Return what `canonical_json(_body(...))` does in a third of the time; this runs for every hit."""
    occurred_at = None if contact.occurred_at is None else format_at(contact.occurred_at)
    return (
        f'{{"beacon":{_quoted(contact.beacon)},"channel":"{contact.channel._value_}","claims":{claims},'
        f'"event_id":{_or_null(contact.event_id)},"log":{_quoted(log)},"occurred_at":{_or_null(occurred_at)},'
        f'"peer":{_quoted(contact.peer)},"provider":{_or_null(contact.provider)},"raw":"{_base64(contact.raw)}",'
        f'"received_at":"{at}","seq":{seq},"v":{FORMAT_VERSION},"verified":{"true" if contact.verified else "false"}}}'
    )


def _sealed_body(contact: Contact, seq: int, at: str, log: str) -> dict[str, Any]:
    return {
        "v": LATER_VERSION,
        "seq": seq,
        "received_at": at,
        "channel": contact.channel.value,
        "event_id": contact.event_id,
        "sealed": _base64(contact.sealed),
        "log": log,
    }


def _body(contact: Contact, seq: int, received_at: datetime, log: str) -> dict[str, Any]:
    if contact.sealed:
        return _sealed_body(contact, seq, format_at(received_at), log)
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
        "raw": _base64(contact.raw),
        "log": log,
    }
