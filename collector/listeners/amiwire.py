"""The Asterisk Manager Interface as bytes: packets of "Name: value" lines, and the contacts in its events. Pure.

Any bytes give a packet; an event gives a contact or None.
"""

from collections import Counter
from collections.abc import Mapping

from collector.hit import Contact
from collector.listeners.cdr import CdrError, Exchange, contact_of_fields

MAX_PACKET_BYTES = 64 << 10
MAX_LINES = 200
MAX_PARTS = 24  # of a packet that a caller has cut: 79 characters hold 19 empty lines
# What a packet, the beginning and the rest of a cut one must have. None of the three has room in the 79 characters that
# Asterisk takes of a caller's number (AST_CHANNEL_NAME), so nobody can write a packet of his own.
REQUIRED = {
    "newchannel": ("channel", "channelstate", "calleridnum", "context", "exten", "uniqueid"),
    "cdr": ("source", "destination", "destinationcontext", "channel", "starttime", "disposition", "uniqueid"),
}
UP_TO_THE_CALLER = ("privilege", "channel", "channelstate", "channelstatedesc", "calleridnum")
BEHIND_THE_CALLER = (  # in Newchannel, where of these the last one counts
    *("calleridname", "connectedlinenum", "connectedlinename"),
    *("context", "exten", "priority", "uniqueid", "linkedid"),
)
CALL_FIELDS = {  # event -> its field -> the call record's column
    "newchannel": {
        "exten": "dst",
        "calleridnum": "src",
        "calleridname": "clid",
        "connectedlinenum": "connected",
        "context": "dcontext",
        "channel": "channel",
        "uniqueid": "uniqueid",
        "linkedid": "linkedid",
        "accountcode": "accountcode",
    },
    "cdr": {
        "destination": "dst",
        "source": "src",
        "callerid": "clid",
        "destinationcontext": "dcontext",
        "channel": "channel",
        "uniqueid": "uniqueid",
        "starttime": "start",
        "duration": "duration",
        "billableseconds": "billsec",
        "disposition": "disposition",
        "accountcode": "accountcode",
        "userfield": "userfield",
    },
}


def parse_packet(octets: bytes) -> dict[str, str]:
    """Return the fields of one packet, names in lower case; of a repeated name the first."""
    return dict(reversed(_pairs(octets)))


def action(name: str, fields: Mapping[str, str]) -> bytes:
    """Write one action. The values hold no line breaks: the configuration refuses them."""
    lines = [f"Action: {name}", *(f"{key}: {value}" for key, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode()


class CutPacketError(CdrError):
    """A packet that ends before its time: the caller's number holds an empty line."""


def contact_of_event(octets: bytes, exchange: Exchange, *, is_joined: bool = False) -> Contact | None:
    """Return the contact of an event; None if it does not tell of a call that came in to one of our numbers.

    Asterisk writes the caller's number as it is, line breaks included. `is_joined` says that the packet was put
    together again from several.

    Raises:
        CdrError: it lacks a field, or has one of those that count twice where one cannot tell which is Asterisk's.
    """
    pairs = _pairs(octets)
    first, last = dict(reversed(pairs)), dict(pairs)
    kind = first.get("event", "").lower()
    names = CALL_FIELDS.get(kind)
    if names is None:
        return None
    needed = (*REQUIRED[kind], *(BEHIND_THE_CALLER if is_joined else ()))
    if not first.keys() >= set(needed):
        raise CutPacketError("a packet that is cut")
    if kind == "cdr" and any(count > 1 for name, count in Counter(name for name, _ in pairs).items() if name in names):
        raise CdrError("a field that stands twice")
    event = {**first, **{name: last[name] for name in BEHIND_THE_CALLER if name in last and kind == "newchannel"}}
    if event.get("linkedid", event["uniqueid"]) != event["uniqueid"]:
        return None  # a leg the exchange itself made for the call
    if event.get("channelstatedesc") == "Down":
        return None  # a call the exchange itself makes: one that comes in begins with Ring
    fields = {column: event[name] for name, column in names.items() if event.get(name) and event[name] != "<unknown>"}
    if "dst" not in fields:
        return None
    return contact_of_fields(fields, exchange, raw=octets)


class Joiner:
    """Puts packets together again that a caller's empty lines have cut; nothing else comes between their parts."""

    def __init__(self) -> None:
        self._begun = b""
        self._parts = 0

    def contact(self, packet: bytes, exchange: Exchange) -> Contact | None:
        """Return the contact of a packet, or of the cut one that it ends.

        Raises:
            CdrError: as `contact_of_event`; for a cut packet only where no other one can end it.
        """
        try:
            found = contact_of_event(packet, exchange)
        except CutPacketError:
            if dict(_pairs(packet)).keys() >= set(UP_TO_THE_CALLER):
                self._begun, self._parts = packet, 1
                return None
            if not self._begun:
                raise
        else:
            if found is not None:
                self._begun = b""
            if not self._begun:
                return found
        return self._joined(packet, exchange)

    def _joined(self, packet: bytes, exchange: Exchange) -> Contact | None:
        self._begun, self._parts = self._begun + packet, self._parts + 1
        try:
            found = contact_of_event(self._begun, exchange, is_joined=True)
        except CutPacketError:
            if self._parts < MAX_PARTS:
                return None
            self._begun = b""
            raise
        self._begun = b""
        return found


# --- inside ----------------------------------------------------------------------------------------------------------


def _pairs(octets: bytes) -> list[tuple[str, str]]:
    # Not str.splitlines: to it U+2028 and others end a line, and callers may have them in their names.
    lines = octets.split(b"\r\n", MAX_LINES)[:MAX_LINES]
    parted = [line.decode("utf-8", "replace").partition(":") for line in lines]
    return [(name.strip().lower(), value.strip()) for name, colon, value in parted if colon]
