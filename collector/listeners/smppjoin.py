"""Short messages in parts: joined when all are there, given back as they are when they are not. Pure but for `now`.

Also what one message becomes on record. SMPP gives incoming messages no id: the same bytes within the same hour count
as the message centre sending again, so that a retry is one hit.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collector.hit import Channel, Contact
from collector.listeners.linenumber import Numbering
from collector.listeners.smpptext import Content, Part, content_of, decode
from collector.listeners.smppwire import TLV_MESSAGE_REFERENCE, Delivery, Party, Pdu, parse_delivery, pdu

PROVIDER = "smpp"
MAX_MESSAGES = 1000  # not complete yet
MAX_PARTS = 10_000  # of all of them; at most 80 KiB each, mostly 200 bytes
MAX_DONE = 10_000  # messages remembered, whose parts may come again
RETRY_SECONDS = 3600
TON_INTERNATIONAL, TON_ALPHANUMERIC = 1, 5

Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """One received message or part of one."""

    delivery: Delivery
    content: Content
    octets: bytes  # the whole PDU
    received_at: datetime

    @classmethod
    def of(cls, received: Pdu, received_at: datetime) -> "Piece":
        """Read a deliver_sm or data_sm.

        Raises:
            SmppError: it cannot be read.
        """
        delivery = parse_delivery(received.command, received.body)
        octets = pdu(received.command, received.sequence, status=received.status, body=received.body)
        return cls(delivery, content_of(delivery), octets, received_at)

    @property
    def digest(self) -> str:
        """What a repetition has in common with its original; the PDU's sequence number is not part of it."""
        return hashlib.sha256(self.octets[16:]).hexdigest()[:40]

    @property
    def key(self) -> Key | None:
        """What the parts of a message have in common; None if this is a whole one."""
        part = self.content.part
        if part is None:
            return None
        return self.delivery.source.address, self.delivery.destination.address, part.reference, part.total


@dataclass(slots=True)
class _Open:
    began_at: datetime
    parts: dict[int, Piece] = field(default_factory=dict)


class Joiner:
    """The parts that wait for the rest of their message. Nothing leaves it but by `forget`."""

    def __init__(self, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self._open: OrderedDict[Key, _Open] = OrderedDict()
        self._count = 0
        self._done: OrderedDict[str, datetime] = OrderedDict()

    def is_repeated(self, piece: Piece) -> bool:
        """Say whether this part belongs to a message that was recorded within the hour."""
        done_at = self._done.get(piece.digest)
        return done_at is not None and (piece.received_at - done_at).total_seconds() < RETRY_SECONDS

    def add(self, key: Key, piece: Piece, part: Part) -> list[Piece]:
        """Take a part; return all of its message if that is complete now, in order, else nothing."""
        message = self._open.setdefault(key, _Open(piece.received_at))
        self._count += part.number not in message.parts
        message.parts[part.number] = piece
        return _in_order(message) if len(message.parts) == part.total else []

    def overdue(self, now: datetime) -> list[tuple[Key, list[Piece]]]:
        """Return what has waited too long, and the oldest of what is beyond the caps."""
        late = [
            key
            for key, message in self._open.items()
            if not 0 <= (now - message.began_at).total_seconds() < self._wait_seconds
        ]
        surplus = max(0, len(self._open) - MAX_MESSAGES)
        if self._count > MAX_PARTS:
            surplus = max(surplus, len(self._open) // 2, 1)
        keys = dict.fromkeys([*late, *list(self._open)[:surplus]])
        return [(key, _in_order(self._open[key])) for key in keys]

    def forget(self, key: Key, now: datetime) -> None:
        """Drop a message that is on record, and remember its parts for a while."""
        message = self._open.pop(key, None)
        if message is None:
            return
        self._count -= len(message.parts)
        for piece in message.parts.values():
            self._done[piece.digest] = now
        while len(self._done) > MAX_DONE:
            self._done.popitem(last=False)


class EventIds:
    """Event ids of messages: their digest and the hour they first came in. `known` are those on record, with times."""

    def __init__(self, known: Iterable[tuple[str, datetime]] = ()) -> None:
        self._recent: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        for event_id, at in known:
            self._recent[event_id.partition("-")[0]] = (event_id, at)

    def of(self, pieces: Sequence[Piece]) -> str:
        """Return the same id for the same bytes within an hour."""
        digest = pieces[0].digest if len(pieces) == 1 else _digest(piece.digest for piece in pieces)
        at = min(piece.received_at for piece in pieces)
        found = self._recent.get(digest)
        if found is not None and abs((at - found[1]).total_seconds()) < RETRY_SECONDS:
            return found[0]
        event_id = f"{digest}-{int(at.timestamp()) // RETRY_SECONDS}"
        self._recent[digest] = (event_id, at)
        while len(self._recent) > MAX_DONE:
            self._recent.popitem(last=False)
        return event_id


def contact_of(pieces: Sequence[Piece], event_id: str, numbering: Numbering, alphabet: str) -> Contact:
    """Return the contact of a whole message, of all parts of one in order, or of a part alone."""
    first = pieces[0]
    delivery, part = first.delivery, first.content.part
    claims = {"data_coding": str(delivery.data_coding), **first.content.notes}
    text = _text(pieces, alphabet)
    if text is not None:
        claims["text"] = text
    else:
        claims["binary"] = b"".join(piece.content.octets for piece in pieces).hex()
    if len(pieces) > 1:
        claims["parts"] = str(len(pieces))
    elif part is not None:
        claims |= {
            "concat_reference": str(part.reference),
            "concat_part": str(part.number),
            "concat_total": str(part.total),
        }
    if delivery.message_type:
        claims["message_type"] = f"0x{delivery.message_type:02x}"
    if delivery.source.ton == TON_ALPHANUMERIC:
        claims["sender_is_text"] = "yes"
    reference = delivery.tlvs.get(TLV_MESSAGE_REFERENCE, b"")
    if len(reference) == 2:
        claims["message_reference"] = str(int.from_bytes(reference, "big"))
    return Contact(
        channel=Channel.SMS,
        beacon=number_of(delivery.destination, numbering),
        peer=number_of(delivery.source, numbering),
        event_id=event_id,
        provider=PROVIDER,
        claims=claims,
        raw=b"".join(piece.octets for piece in pieces),
    ).bounded()


def malformed(octets: bytes, reason: str) -> Contact:
    """Return the contact of a delivery nobody can read. The same bytes again are the same event."""
    digest = hashlib.sha256(octets[16:]).hexdigest()
    claims = {"malformed": reason}
    return Contact(
        Channel.SMS, "", "", event_id=f"malformed:{digest}", provider=PROVIDER, claims=claims, raw=octets
    ).bounded()


def number_of(party: Party, numbering: Numbering) -> str:
    """Return an address as E.164 where its type of number or the country says so, else as received."""
    if party.ton == TON_ALPHANUMERIC:
        return party.address.strip()
    if party.ton == TON_INTERNATIONAL:
        return Numbering().e164("+" + party.address.strip().lstrip("+"))
    return numbering.e164(party.address)


# --- inside ----------------------------------------------------------------------------------------------------------


def _text(pieces: Sequence[Piece], alphabet: str) -> str | None:
    codings = {piece.delivery.data_coding for piece in pieces}
    if len(codings) == 1:  # joined before decoding: a character may be cut in two by the end of a part
        joined = b"".join(piece.content.octets for piece in pieces)
        return decode(joined, codings.pop(), alphabet)
    texts = [decode(piece.content.octets, piece.delivery.data_coding, alphabet) for piece in pieces]
    return "".join(text or "" for text in texts)


def _in_order(message: _Open) -> list[Piece]:
    return [piece for _, piece in sorted(message.parts.items())]


def _digest(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:40]
