"""What a short message says: alphabets, user data headers and parts (3GPP TS 23.038 and 23.040). Pure.

Any bytes give a text. What an alphabet does not have becomes U+FFFD; binary messages have no text.
"""

from dataclasses import dataclass

from collector.listeners.smppwire import TLV_SAR_REF, TLV_SAR_SEQ, TLV_SAR_TOTAL, Delivery

ESCAPE = 0x1B
GSM7 = (  # TS 23.038 6.2.1, default alphabet; U+FFFD stands for the escape
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\ufffdÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = {  # TS 23.038 6.2.1.1
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
CODECS = {  # data_coding -> Python's codec (SMPP 3.4 5.2.19)
    1: "ascii",
    3: "latin-1",
    5: "iso2022_jp",
    6: "iso8859_5",
    7: "iso8859_8",
    8: "utf-16-be",
    10: "iso2022_jp",
    13: "iso2022_jp_3",
    14: "euc_kr",
}
BINARY = (2, 4)  # data_coding of octets without text
IE_CONCAT_8, IE_CONCAT_16 = 0x00, 0x08
IE_PORTS_8, IE_PORTS_16 = 0x04, 0x05
IE_SHIFTS = (0x24, 0x25)  # national language tables, which are not applied


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of which message."""

    reference: int
    total: int
    number: int  # counts from 1


@dataclass(frozen=True, slots=True)
class Content:
    """User data without their header."""

    octets: bytes
    part: Part | None
    notes: dict[str, str]  # claims about the header


def content_of(delivery: Delivery) -> Content:
    """Take the user data header off and say which part this is."""
    octets, part = delivery.user_data, None
    notes: dict[str, str] = {}
    if delivery.has_header:
        length = octets[0] + 1 if octets else 0
        if not length or length > len(octets):
            notes["malformed"] = "the user data header breaks off"
        else:
            part, notes = _header(octets[1:length])
            octets = octets[length:]
    return Content(octets, part or _sar(delivery), notes)


def decode(octets: bytes, data_coding: int, alphabet: str) -> str | None:
    """Return the text of user data; None for binary messages. `alphabet` is what the operator's data_coding 0 means."""
    codec = _codec(data_coding, alphabet)
    if codec is None:
        return None
    if codec == "gsm7":
        return decode_gsm7(octets)
    return octets.decode(codec, "replace")


def decode_gsm7(octets: bytes) -> str:
    """Decode the default alphabet, one septet an octet, with its extension table."""
    text, escaped = [], False
    for octet in octets:
        if escaped:
            # TS 23.038: what the extension table lacks is shown as in the default alphabet.
            text.append(GSM7_EXTENSION.get(octet) or (GSM7[octet] if octet < len(GSM7) else "\ufffd"))
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            text.append(GSM7[octet] if octet < len(GSM7) else "\ufffd")
    return "".join(text)


def _codec(data_coding: int, alphabet: str) -> str | None:
    if data_coding == 0:
        return alphabet
    if data_coding in BINARY:
        return None
    if data_coding in CODECS:
        return CODECS[data_coding]
    if data_coding >> 4 == 0xF:  # a message class
        return None if data_coding & 0x04 else "gsm7"
    if data_coding >> 6 == 0 and data_coding >= 0x10:  # TS 23.038 4, general group
        return {0x00: "gsm7", 0x04: None, 0x08: "utf-16-be"}.get(data_coding & 0x0C, "gsm7")
    return {0xC: "gsm7", 0xD: "gsm7", 0xE: "utf-16-be"}.get(data_coding >> 4, alphabet)  # message waiting


def _header(header: bytes) -> tuple[Part | None, dict[str, str]]:
    part, notes, at = None, {}, 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        at += 2 + length
        if len(value) < length:
            notes["malformed"] = "the user data header breaks off"
        elif kind == IE_CONCAT_8 and length == 3:
            part = _part(value[0], value[1], value[2])
        elif kind == IE_CONCAT_16 and length == 4:
            part = _part(int.from_bytes(value[:2], "big"), value[2], value[3])
        elif kind in (IE_PORTS_8, IE_PORTS_16) and length in (2, 4):
            notes["destination_port"] = str(int.from_bytes(value[: length // 2], "big"))
        elif kind in IE_SHIFTS and length == 1:
            notes["language_table"] = str(value[0])
    return part, notes


def _sar(delivery: Delivery) -> Part | None:
    values = [delivery.tlvs.get(tag, b"") for tag in (TLV_SAR_REF, TLV_SAR_TOTAL, TLV_SAR_SEQ)]
    if not all(1 <= len(value) <= 2 for value in values):
        return None
    reference, total, number = (int.from_bytes(value, "big") for value in values)
    return _part(reference, total, number)


def _part(reference: int, total: int, number: int) -> Part | None:
    return Part(reference, total, number) if 2 <= total <= 255 and 1 <= number <= total else None
