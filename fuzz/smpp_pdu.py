"""SMPP: any bytes are a PDU or SmppError; any delivery is a contact, whole, in parts, or malformed."""

from collections.abc import Mapping
from dataclasses import replace

from collector.listeners.linenumber import Numbering
from collector.listeners.smppjoin import EventIds, Joiner, Piece, contact_of, malformed
from collector.listeners.smppwire import DATA_SM, DELIVER_SM, Pdu, SmppError, parse_pdu, pdu, pdu_length
from fuzz import recordable

ALPHABETS = ("gsm7", "latin-1", "utf-16-be")


def check(data: bytes) -> None:
    """Read the bytes as a whole PDU, and as the body of a delivery."""
    try:
        received = parse_pdu(data)
        assert pdu_length(data) == len(data)
        assert pdu(received.command, received.sequence, status=received.status, body=received.body) == data
    except SmppError:
        pass
    for command in (DELIVER_SM, DATA_SM):
        _deliver(Pdu(command, 0, 1, data))


def _deliver(received: Pdu) -> None:
    try:
        piece = Piece.of(received, recordable.NOON)
    except SmppError as exc:
        recordable.require([malformed(received.body, str(exc))])
        return
    event_id = EventIds().of([piece])
    recordable.require(contact_of([piece], event_id, Numbering("86"), alphabet) for alphabet in ALPHABETS)
    part = piece.content.part
    if piece.key is None or part is None:
        return
    joiner = Joiner(60.0)
    for number in range(1, part.total + 1):
        whole = joiner.add(piece.key, piece, replace(part, number=number))
        assert bool(whole) == (number == part.total)
    recordable.require([contact_of(whole, EventIds().of(whole), Numbering("86"), "gsm7")])
    joiner.forget(piece.key, recordable.NOON)
    assert joiner.is_repeated(piece)
    assert not joiner.overdue(recordable.NOON)


def seeds() -> Mapping[str, bytes]:
    """Return bodies of deliver_sm and data_sm, and a PDU around one."""
    parties = b"\0\1\1" + b"8614012345678\0" + b"\5\0" + b"Courier\0"

    def body(text: bytes, *, esm_class: int = 0, coding: int = 0, tlvs: bytes = b"") -> bytes:
        return parties + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(text))) + text + tlvs

    chinese = "您的快递".encode("utf-16-be")
    joined = b"\x02\x0c\0\2\0\1\x02\x0e\0\1\2\x02\x0f\0\1\1"
    return {
        "plain": body(b"hello"),
        "ucs2": body(chinese, coding=8),
        "part": body(b"\5\0\3\7\2\1" + chinese, esm_class=0x40, coding=8),
        "part-16": body(b"\6\x08\4\0\7\3\2abc", esm_class=0x40),
        "ports": body(b"\6\5\4\x15\x81\0\0abc", esm_class=0x40, coding=4),
        "sar": body(b"abc", tlvs=joined),
        "payload": body(b"", tlvs=b"\x04\x24\0\5hello\x02\x04\0\2\0\1"),
        "receipt": body(b"id:1 stat:DELIVRD", esm_class=4, tlvs=b"\0\x1e\0\2ab"),
        "broken-header": body(b"\xff\0", esm_class=0x40),
        "data-sm": parties + b"\0\0\3" + b"\x04\x24\0\2hi",
        "pdu": pdu(DELIVER_SM, 9, body=body(b"hello")),
    }
