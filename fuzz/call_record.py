"""Call records and exchange events: any bytes are a contact, none, or CdrError."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC

from collector.listeners.amiwire import Joiner, contact_of_event
from collector.listeners.cdr import PROVIDERS, CdrError, Exchange, contact_of_json, contact_of_line
from collector.listeners.cdrlines import asterisk_records
from collector.listeners.linenumber import Numbering
from fuzz import recordable

EXCHANGES = [Exchange(name, Numbering("86"), timezone=zone) for name in PROVIDERS for zone in (None, UTC)]


def check(data: bytes) -> None:
    """Read the bytes as lines, a document and events of every exchange."""
    _take_apart(data)
    for exchange in EXCHANGES:
        for read in (contact_of_json if exchange.format.endswith("json") else contact_of_line, contact_of_event):
            try:
                contact = read(data, exchange)
            except CdrError as exc:
                assert str(exc)
                assert "\n" not in str(exc)
            else:
                recordable.require([contact] if contact else [])


def _take_apart(data: bytes) -> None:
    records, left = asterisk_records(data)
    ended = data[: data.rfind(b"\n") + 1]
    assert b"".join(record + b"\n" for record in records) == ended[: len(ended) - left]
    joiner = Joiner()
    for packet in data.split(b"\r\n\r\n"):
        with suppress(CdrError):
            contact = joiner.contact(packet + b"\r\n\r\n", EXCHANGES[0])
            recordable.require([contact] if contact else [])


def seeds() -> Mapping[str, bytes]:
    """Return one of each."""
    return {
        "asterisk": b'"","14012345678","14012345679","from-trunk","""A"" <1>","SIP/1","","Hangup","",'
        b'"2026-11-21 08:00:00","","2026-11-21 08:00:09",9,0,"NO ANSWER","DOCUMENTATION","1795248000.7",""',
        "freeswitch": b'"A","14012345678","14012345679","public","2026-11-21 08:00:00","",'
        b'"2026-11-21 08:00:09","9","0","NORMAL_CLEARING","0b5f","","","PCMA","PCMA"',
        "document": b'{"variables":{"direction":"inbound","sip_req_user":"14012345679","start_epoch":"1795248000",'
        b'"uuid":"0b5f"},"callflow":[{"caller_profile":{"ani":"14012345678","network_addr":"192.0.2.7"}}]}',
        "event": b"Event: Newchannel\r\nChannel: PJSIP/1\r\nChannelState: 4\r\nCallerIDNum: 14012345678\r\n"
        b"Context: in\r\nExten: 14012345679\r\nUniqueid: 1795248000.7\r\nLinkedid: 1795248000.7\r\n\r\n",
        "cut-event": b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/1\r\nChannelState: 4\r\n"
        b"ChannelStateDesc: Ring\r\nCallerIDNum: \r\n\r\nEvent: X\r\n\r\nCallerIDName: \r\nConnectedLineNum: \r\n"
        b"ConnectedLineName: \r\nContext: in\r\nExten: 14012345679\r\nPriority: 1\r\nUniqueid: 7.7\r\n"
        b"Linkedid: 7.7\r\n\r\n",
        "cdr-event": b"Event: Cdr\r\nDestination: 14012345679\r\nSource: anonymous\r\nDestinationContext: in\r\n"
        b"Channel: PJSIP/1\r\nStartTime: 2026-11-21 08:00:00\r\nDisposition: BUSY\r\nUniqueID: 7.7\r\n\r\n",
        "rows": b'"","1\n""2","14012345679","in","","c"\n"","cut\n"","1","14012345679","in","","c"\n',
    }
