"""The Asterisk Manager Interface as bytes: packets of "Name: value" lines, and the contacts in its events. Pure.

Any bytes give a packet; an event gives a contact or None.
"""

from collections import Counter
from collections.abc import Mapping

from collector.hit import Contact
from collector.listeners.cdr import Exchange, contact_of_fields

MAX_PACKET_BYTES = 64 << 10
MAX_LINES = 200
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


def contact_of_event(octets: bytes, exchange: Exchange) -> Contact | None:
    """Return the contact of an event; None if it does not tell of a call that came in to one of our numbers.

    Asterisk writes the dialled number as it is, line breaks included. An id that stands there twice may be the
    caller's, who could hide another call behind it: the packet then counts by itself.
    """
    event = parse_packet(octets)
    times = Counter(name for name, _ in _pairs(octets))
    for name in ("uniqueid", "linkedid"):
        if times[name] > 1:
            del event[name]
    names = CALL_FIELDS.get(event.get("event", "").lower())
    if names is None:
        return None
    if event.get("linkedid", event.get("uniqueid")) != event.get("uniqueid"):
        return None  # a leg the exchange itself made for the call
    if event.get("channelstatedesc") == "Down":
        return None  # a call the exchange itself makes: one that comes in begins with Ring
    fields = {column: event[name] for name, column in names.items() if event.get(name) and event[name] != "<unknown>"}
    if "dst" not in fields:
        return None
    return contact_of_fields(fields, exchange, raw=octets)


# --- inside ----------------------------------------------------------------------------------------------------------


def _pairs(octets: bytes) -> list[tuple[str, str]]:
    # Not str.splitlines: to it U+2028 and others end a line, and callers may have them in their names.
    lines = octets.split(b"\r\n", MAX_LINES)[:MAX_LINES]
    parted = [line.decode("utf-8", "replace").partition(":") for line in lines]
    return [(name.strip().lower(), value.strip()) for name, colon, value in parted if colon]
