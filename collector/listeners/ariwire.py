"""The Asterisk REST Interface as values: where its events are, and the contacts in them. Pure.

Any text gives a contact, None or `AriError`. A channel in the state Ring is one that a caller made and nobody has
answered: the exchange's own legs are Down, then Ringing. Its id is the linkedid that [ami] and [cdr] tell of the call.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from collector.config.lines import AriConfig
from collector.hit import Channel, Contact
from collector.listeners.cdr import Exchange, contact_of_fields
from collector.listeners.linenumber import call_event_id, is_dialled
from collector.listeners.sipcall import user_of
from collector.listeners.sipwire import name_and_uri

MAX_MESSAGE_BYTES = 1 << 20  # an event has 500 to 2,000; a text of PJSIP's 32,000 bytes escaped as \uXXXX has 192,000
CALLER = {  # event -> where it has the channel a call came in by
    "ChannelCreated": "channel",
    "ChannelStateChange": "channel",
    "ChannelDialplan": "channel",
    "StasisStart": "channel",
    "Dial": "caller",
    "ChannelDestroyed": "channel",
}
REPLACED = "ApplicationReplaced"
RINGING_IN = "Ring"  # channel.c, ast_state2str: "Ring" is an incoming call, "Ringing" one of ours at the other end


class AriError(ValueError):
    """Not an event; the message is a few words."""


def events_url(config: AriConfig) -> str:
    """Return where the events are; the password is not part of it."""
    scheme = "wss" if config.tls else "ws"
    query = urlencode({"app": config.application, "subscribeAll": "true"})
    prefix = f"/{quote(config.prefix)}" if config.prefix else ""
    return f"{scheme}://{config.connect}{prefix}/ari/events?{query}"


def login(config: AriConfig) -> dict[str, str]:
    """Return the headers that say who we are."""
    pair = f"{config.username}:{config.password.reveal()}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def parse_event(text: str | bytes) -> Mapping[str, Any]:
    """Read one message.

    Raises:
        AriError: it is no JSON object with a type.
    """
    try:
        event: Any = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise AriError("not JSON") from exc
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise AriError("not an event")
    return event


def contact_of_event(event: Mapping[str, Any], exchange: Exchange, *, raw: bytes) -> Contact | None:
    """Return the contact of an event; None if it tells of no call or text that came in to one of our numbers."""
    if event["type"] == "TextMessageReceived":
        return _text_message(event, exchange, raw)
    place = CALLER.get(event["type"])
    channel = _object(event, place) if place else {}
    if _text(channel, "state") != RINGING_IN:
        return None
    caller, connected, dialplan = (_object(channel, key) for key in ("caller", "connected", "dialplan"))
    fields = {
        "dst": _text(dialplan, "exten"),
        "dcontext": _text(dialplan, "context"),
        "src": _text(caller, "number"),
        "clid": _text(caller, "name"),
        "connected": " ".join(filter(None, (_text(connected, "name"), _text(connected, "number")))),
        "rdnis": _text(channel, "caller_rdnis"),
        "channel": _text(channel, "name"),
        "uniqueid": _text(channel, "id"),
        "accountcode": _text(channel, "accountcode"),
        "start": _text(channel, "creationtime"),
        "protocol_id": _text(channel, "protocol_id"),
    }
    return contact_of_fields(fields, exchange, raw=raw)


# --- inside ----------------------------------------------------------------------------------------------------------


def _text_message(event: Mapping[str, Any], exchange: Exchange, raw: bytes) -> Contact | None:
    message, endpoint = _object(event, "message"), _object(event, "endpoint")
    headers = _variables(message.get("variables"))
    receiver, sender = _text(message, "to"), _text(message, "from")
    called = _party(receiver)
    beacon = exchange.numbering.e164(called)
    if not is_dialled(called) or not exchange.numbering.covers(beacon):
        return None
    call_id, body = headers.get("Call-ID", ""), _text(message, "body")
    told = "\0".join((_text(event, "timestamp"), sender, receiver, body))
    # One Call-ID may carry many texts (RFC 3428 8), told apart by CSeq.
    own_id = f"{call_id} {headers.get('CSeq', '')}" if call_id else _digest(told)
    claims = {
        "text": body,
        "from": sender,
        "to": receiver,
        "call_id": call_id,
        "content_type": headers.get("Content-Type", ""),
        "source": headers.get("PJSIP_RECVADDR", ""),
        "endpoint": "/".join(filter(None, (_text(endpoint, "technology"), _text(endpoint, "resource")))),
    }
    return Contact(
        channel=Channel.SMS,
        beacon=beacon,
        peer=exchange.numbering.e164(_party(sender)),
        occurred_at=_at(_text(event, "timestamp")),
        event_id=call_event_id(own_id, beacon),
        provider="asterisk",
        claims={name: value for name, value in claims.items() if value},
        raw=raw,
    ).bounded()


def _party(address: str) -> str:
    """Return the user of `"Name" <sip:user@host>`, `pjsip:user@host` or `pjsip:endpoint/sip:user@host`."""
    uri = name_and_uri(address)[1]
    begin = max(uri.rfind("sip:"), uri.rfind("sips:"), uri.rfind("tel:"))
    return (user_of(uri[begin:]) if begin >= 0 else "") or uri


def _variables(value: object) -> dict[str, str]:
    """Return the variables of a text message: an object, or in some releases a list of key and value."""
    if isinstance(value, list):
        pairs = [(one.get("key"), one.get("value")) for one in value if isinstance(one, dict)]
    elif isinstance(value, dict):
        pairs = list(value.items())
    else:
        return {}
    return {name: text for name, text in pairs if isinstance(name, str) and isinstance(text, str)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _at(stated: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(stated)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
