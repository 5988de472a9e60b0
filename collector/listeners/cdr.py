"""Call records of Asterisk and FreeSWITCH: one line or document in, one contact or None out. Pure.

Any bytes give a contact, None (a call that is not to us) or `CdrError`. Several records of one call to one number
have one event id, which the events of [ami] and [ari] share.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import unquote_plus

from collector.hit import Channel, Contact
from collector.listeners.linenumber import Numbering, call_event_id, is_dialled

ASTERISK_COLUMNS = (  # cdr/cdr_csv.c; the last five only where the exchange is told to write them
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
    *("peeraccount", "linkedid", "sequence"),
)
FREESWITCH_COLUMNS = (  # the template "example" of cdr_csv.conf.xml
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp"),
    *("end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode", "read_codec"),
    "write_codec",
)
PROVIDERS = {"asterisk": "asterisk", "freeswitch-csv": "freeswitch", "freeswitch-json": "freeswitch"}
COLUMNS = {"asterisk": ASTERISK_COLUMNS, "freeswitch-csv": FREESWITCH_COLUMNS}
CLAIMS = {  # field -> claim
    "clid": "caller_id",
    "caller_id_name": "caller_name",
    "dcontext": "context",
    "context": "context",
    "disposition": "disposition",
    "hangup_cause": "disposition",
    "duration": "duration_seconds",
    "billsec": "talk_seconds",
    "start": "start",
    "start_stamp": "start",
    "channel": "channel",
    "accountcode": "account",
    "userfield": "userfield",
    "uuid": "call_uuid",
    "linkedid": "linked_id",
    "uniqueid": "unique_id",
    "rdnis": "diverted_from",
    "connected": "connected_line",
    "protocol_id": "call_id",
    "network_addr": "source",
}
# Asterisk's channels that no caller is behind: both ends of a call it makes to itself (its Originate and Dial(Local/…)
# among them), the one that runs the dialplan for short messages, and stand-ins for a channel that is being moved.
CHANNELS_OF_ITS_OWN = ("Local/", "Message/", "AsyncGoto/", "Surrogate/", "Snoop/")
MIN_EPOCH = 1_000_000_000  # 2001: what is smaller is a counter, not a time


class CdrError(ValueError):
    """Not a call record; the message is a few words."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Whose records these are, and which of its calls count."""

    format: str
    numbering: Numbering
    columns: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    timezone: tzinfo | None = None


def contact_of_line(line: bytes, exchange: Exchange) -> Contact | None:
    """Read one line of a CSV file.

    Raises:
        CdrError: it is no record of that format.
    """
    try:
        rows = list(csv.reader([line.decode("utf-8", "replace")], strict=True))
    except csv.Error as exc:
        raise CdrError("not CSV") from exc
    if len(rows) != 1 or len(rows[0]) < 3:
        raise CdrError("not a call record")
    columns = exchange.columns or COLUMNS[exchange.format]
    if tuple(rows[0][:3]) == columns[:3]:
        return None  # a heading
    return contact_of_fields(dict(zip(columns, rows[0], strict=False)), exchange, raw=line)


def contact_of_json(document: bytes, exchange: Exchange) -> Contact | None:
    """Read one document of FreeSWITCH's mod_json_cdr; only the leg that came in counts.

    Raises:
        CdrError: it is not one.
    """
    try:
        record: Any = json.loads(document)
    except (ValueError, RecursionError) as exc:
        raise CdrError("not JSON") from exc
    variables = _object(record, "variables")
    if not variables:
        raise CdrError("not a call record")
    if _text(variables, "direction") == "outbound":
        return None
    flows = record.get("callflow")
    flow = flows[-1] if isinstance(flows, list) and flows else flows  # the last is the first: how the call came in
    profile = _object(flow, "caller_profile")
    fields = {
        "caller_id_name": _text(profile, "caller_id_name"),
        "caller_id_number": _text(variables, "sip_from_user") or _text(profile, "caller_id_number", "ani"),
        "destination_number": _text(variables, "sip_req_user") or _text(profile, "destination_number"),
        "context": _text(profile, "context") or _text(variables, "user_context"),
        "rdnis": _text(profile, "rdnis"),
        "uuid": _text(variables, "uuid") or _text(profile, "uuid"),
        "network_addr": _text(profile, "network_addr") or _text(variables, "sip_network_ip"),
        **{name: _text(variables, name) for name in ("start_epoch", "duration", "billsec", "hangup_cause")},
        "start_stamp": unquote_plus(_text(variables, "start_stamp")),
    }
    return contact_of_fields(fields, exchange, raw=document)


def contact_of_fields(fields: Mapping[str, str], exchange: Exchange, *, raw: bytes) -> Contact | None:
    """Return the contact of one record whose fields have names; None if it is not a call to one of our numbers.

    Raises:
        CdrError: the record does not say who was called.
    """
    called = fields.get("dst", fields.get("destination_number"))
    if called is None:
        raise CdrError("a record without called number")
    context = fields.get("dcontext", fields.get("context", ""))
    if not is_dialled(called) or (exchange.contexts and context not in exchange.contexts):
        return None
    if exchange.format == "asterisk" and fields.get("channel", "").startswith(CHANNELS_OF_ITS_OWN):
        return None
    beacon = exchange.numbering.e164(called)
    if not exchange.numbering.covers(beacon):
        return None
    caller = fields.get("src", fields.get("caller_id_number", ""))
    own_id = fields.get("linkedid") or fields.get("uniqueid") or fields.get("uuid") or ""
    return Contact(
        channel=Channel.CALL,
        beacon=beacon,
        peer=exchange.numbering.e164(caller),
        occurred_at=_occurred_at(fields, exchange.timezone),
        event_id=call_event_id(own_id or f"line {raw.decode('latin-1').strip()}", beacon),
        provider=PROVIDERS[exchange.format],
        claims={claim: fields[name] for name, claim in CLAIMS.items() if fields.get(name)},
        raw=raw,
    ).bounded()


# --- inside ----------------------------------------------------------------------------------------------------------


def _occurred_at(fields: Mapping[str, str], zone: tzinfo | None) -> datetime | None:
    """Return when the call began: from a UNIX time where there is one, else from local time if the zone is known."""
    unique = fields.get("uniqueid", "").rpartition("-")[2]  # [system name-]seconds.number, Asterisk's own clock
    for stated in (fields.get("start_epoch", ""), unique.partition(".")[0]):
        if stated.isascii() and stated.isdigit() and len(stated) <= 11 and int(stated) >= MIN_EPOCH:
            return datetime.fromtimestamp(int(stated), UTC)
    stated = fields.get("start", fields.get("start_stamp", ""))
    try:
        at = datetime.fromisoformat(stated.strip())
        if at.tzinfo is None and zone is None:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(value: object, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(document: Mapping[str, Any], *keys: str) -> str:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            try:
                return str(value)
            except ValueError:  # a number of thousands of digits
                continue
    return ""
