"""SMPP 3.4 and 5.0 on the wire: the PDUs a receiver needs, bounded. Pure.

Any bytes give a `Pdu` or a `Delivery`, or `SmppError`. Field sizes are the specification's, read leniently: what is
longer than it should be is taken as long as the PDU itself is within its cap.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

HEADER = struct.Struct("!IIII")  # length, command, status, sequence number
MAX_PDU_BYTES = 80 << 10  # message_payload holds up to 64 KiB
MAX_TLVS = 100

BIND_RECEIVER, BIND_TRANSCEIVER = 0x0000_0001, 0x0000_0009
UNBIND, ENQUIRE_LINK = 0x0000_0006, 0x0000_0015
DELIVER_SM, DATA_SM = 0x0000_0005, 0x0000_0103
ALERT_NOTIFICATION, GENERIC_NACK = 0x0000_0102, 0x8000_0000
RESPONSE = 0x8000_0000

ROK, RINVMSGLEN, RINVCMDLEN, RINVCMDID = 0x00, 0x01, 0x02, 0x03
RSYSERR, RMSGQFUL, RTEMPAPPERR = 0x08, 0x14, 0x64
VERSIONS = {"3.4": 0x34, "5.0": 0x50}

TLV_PAYLOAD, TLV_RECEIPTED_ID = 0x0424, 0x001E
TLV_SAR_REF, TLV_SAR_TOTAL, TLV_SAR_SEQ = 0x020C, 0x020E, 0x020F
TLV_MESSAGE_REFERENCE = 0x0204

_MESSAGE_TYPE = 0x3C  # bits 5 to 2 of esm_class
_RECEIPTS = frozenset((0x04, 0x20))  # delivery receipt, intermediate notification
_UDHI = 0x40


class SmppError(ValueError):
    """Not a PDU, or not the one it says it is; the message is a few words."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU: its header and what follows."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Party:
    """An address with its type of number."""

    ton: int
    npi: int
    address: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """deliver_sm or data_sm, with the message from wherever it stood."""

    source: Party
    destination: Party
    esm_class: int
    protocol_id: int
    data_coding: int
    user_data: bytes
    tlvs: Mapping[int, bytes]

    @property
    def is_receipt(self) -> bool:
        """Whether this tells of a message of ours, and is no contact."""
        return self.esm_class & _MESSAGE_TYPE in _RECEIPTS

    @property
    def message_type(self) -> int:
        """Bits 5 to 2 of esm_class; 0 is an ordinary message."""
        return self.esm_class & _MESSAGE_TYPE

    @property
    def has_header(self) -> bool:
        """Whether the user data begin with a header (UDHI)."""
        return bool(self.esm_class & _UDHI)


def pdu_length(head: bytes) -> int:
    """Return the whole length of the PDU whose first four bytes these are.

    Raises:
        SmppError: no PDU has that length, or it is above the cap.
    """
    length = int.from_bytes(head[:4], "big")
    if not HEADER.size <= length <= MAX_PDU_BYTES:
        raise SmppError("a PDU of impossible length")
    return length


def parse_pdu(octets: bytes) -> Pdu:
    """Read one whole PDU.

    Raises:
        SmppError: its length is not that of the bytes.
    """
    if len(octets) < HEADER.size or pdu_length(octets) != len(octets):
        raise SmppError("a PDU of wrong length")
    _, command, status, sequence = HEADER.unpack_from(octets)
    return Pdu(command, status, sequence, octets[HEADER.size :])


def pdu(command: int, sequence: int, *, status: int = ROK, body: bytes = b"") -> bytes:
    """Write one PDU."""
    return HEADER.pack(HEADER.size + len(body), command, status, sequence) + body


def bind_body(system_id: str, password: str, *, system_type: str, version: str) -> bytes:
    """Write the body of bind_receiver or bind_transceiver, for whatever addresses the message centre has for us."""
    texts = b"".join(text.encode() + b"\0" for text in (system_id, password, system_type))
    return texts + bytes((VERSIONS[version], 0, 0)) + b"\0"


def parse_delivery(command: int, body: bytes) -> Delivery:
    """Read the body of deliver_sm or data_sm.

    Raises:
        SmppError: it breaks off, or has more optional parameters than any message.
    """
    fields = _Fields(body)
    fields.text()  # service_type
    source = Party(fields.octet(), fields.octet(), fields.text())
    destination = Party(fields.octet(), fields.octet(), fields.text())
    esm_class = fields.octet()
    protocol_id, short_message = 0, b""
    if command == DELIVER_SM:
        protocol_id, _ = fields.octet(), fields.octet()  # and priority_flag
        fields.text()  # schedule_delivery_time
        fields.text()  # validity_period
        fields.octet()  # registered_delivery
        fields.octet()  # replace_if_present_flag
        data_coding, _ = fields.octet(), fields.octet()  # and sm_default_msg_id
        short_message = fields.octets(fields.octet())
    else:
        fields.octet()  # registered_delivery
        data_coding = fields.octet()
    tlvs = fields.tlvs()
    payload = tlvs.get(TLV_PAYLOAD, b"")
    return Delivery(source, destination, esm_class, protocol_id, data_coding, payload or short_message, tlvs)


class _Fields:
    """Reads mandatory parameters one after another."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def octet(self) -> int:
        return self.octets(1)[0]

    def octets(self, count: int) -> bytes:
        taken = self._body[self._at : self._at + count]
        if len(taken) < count:
            raise SmppError("the PDU breaks off")
        self._at += count
        return taken

    def text(self) -> str:
        end = self._body.find(b"\0", self._at)
        if end < 0:
            raise SmppError("a text without end")
        taken = self._body[self._at : end]
        self._at = end + 1
        return taken.decode("utf-8", "replace")

    def tlvs(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while self._at < len(self._body):
            tag, length = int.from_bytes(self.octets(2), "big"), int.from_bytes(self.octets(2), "big")
            found.setdefault(tag, self.octets(length))
            if len(found) > MAX_TLVS:
                raise SmppError("too many optional parameters")
        return found
