"""Events of the Asterisk REST Interface: any bytes are a contact, none, or AriError."""

import json
from collections.abc import Mapping

from collector.listeners.ariwire import AriError, contact_of_event, parse_event
from collector.listeners.cdr import Exchange
from collector.listeners.linenumber import Numbering
from fuzz import recordable

EXCHANGES = [Exchange("asterisk", Numbering(country)) for country in ("", "86")]


def check(data: bytes) -> None:
    """Read the bytes as one message."""
    try:
        event = parse_event(data)
    except AriError as exc:
        assert str(exc)
        assert "\n" not in str(exc)
        return
    for exchange in EXCHANGES:
        contact = contact_of_event(event, exchange, raw=data)
        recordable.require([contact] if contact else [])


def seeds() -> Mapping[str, bytes]:
    """Return the kinds that are read."""
    channel = {
        "id": "1795248000.7",
        "name": "PJSIP/trunk-1",
        "state": "Ring",
        "protocol_id": "c1@192.0.2.7",
        "caller": {"name": "A", "number": "14012345678"},
        "connected": {"name": "", "number": ""},
        "accountcode": "",
        "dialplan": {"context": "from-trunk", "exten": "14012345679", "priority": 1},
        "creationtime": "2026-11-21T08:00:00.000+0800",
    }
    text = {
        "from": '"A" <sip:+12025550100@192.0.2.7>',
        "to": "pjsip:carrier/sip:14012345679@203.0.113.9",
        "body": "\u5305\u88f9",
        "variables": {"Call-ID": "c2@192.0.2.7", "CSeq": "1 MESSAGE"},
    }
    listed = {**text, "variables": [{"key": "Call-ID", "value": "c3"}], "to": "tel:14012345679"}
    at = "2026-11-21T08:00:00.000+0000"
    events = {
        "created": {"type": "ChannelCreated", "channel": channel},
        "dial": {"type": "Dial", "caller": channel, "peer": {}, "dialstatus": "BUSY"},
        "text": {"type": "TextMessageReceived", "timestamp": at, "message": text, "endpoint": {"technology": "PJSIP"}},
        "listed": {"type": "TextMessageReceived", "timestamp": at, "message": listed},
        "replaced": {"type": "ApplicationReplaced"},
    }
    return {name: json.dumps(event).encode() for name, event in events.items()}
