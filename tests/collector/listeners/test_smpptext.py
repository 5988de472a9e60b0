"""Short messages: alphabets, headers, parts and numbers as the specifications show them, and that bytes do no harm."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.hit import Contact
from collector.listeners import smppjoin
from collector.listeners.linenumber import Numbering
from collector.listeners.smppjoin import EventIds, Joiner, Piece, contact_of
from collector.listeners.smpptext import GSM7, GSM7_EXTENSION, Part, content_of, decode, decode_gsm7
from collector.listeners.smppwire import DATA_SM, DELIVER_SM, Pdu, SmppError, parse_delivery, parse_pdu, pdu
from tests.collector.listeners.smsc import concatenated, deliver, frame, tlv

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def piece(body: bytes, at: datetime = NOON, command: int = DELIVER_SM) -> Piece:
    return Piece.of(Pdu(command, 0, 1, body), at)


def contact(body: bytes, alphabet: str = "gsm7") -> Contact:
    return contact_of([piece(body)], "id", Numbering("86"), alphabet)


def test_the_default_alphabet_is_the_specifications() -> None:
    """3GPP TS 23.038 6.2.1: 128 characters, and ten behind the escape."""
    assert len(GSM7) == 128
    assert decode_gsm7(bytes(range(0x20, 0x24))) == ' !"#'
    assert decode_gsm7(b"\x00\x01\x02\x03\x04\x05") == "@£$¥èé"
    assert decode_gsm7(b"\x10\x11\x12\x5b\x5e\x60\x7b\x7c") == "Δ_ΦÄÜ¿äö"
    assert decode_gsm7(b"\x1b\x65\x1b\x14\x1b\x28\x1b\x29\x1b\x2f\x1b\x3c\x1b\x3d\x1b\x3e\x1b\x40") == "€^{}\\[~]|"
    assert len(GSM7_EXTENSION) == 10


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"a\x1b", "a"), (b"\x1bA", "A"), (b"\x1b\x1b", "\ufffd"), (b"\x80\xff", "\ufffd\ufffd")],
    ids=["an escape at the end", "an escape before a plain character", "two escapes", "octets that are no septets"],
)
def test_what_the_alphabet_does_not_have_is_survived(octets: bytes, text: str) -> None:
    assert decode_gsm7(octets) == text


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0x00, b"\x11", "_"),
        (0x01, b"_", "_"),
        (0x03, b"\xe9", "é"),
        (0x06, b"\xdf", "п"),
        (0x08, "快递".encode("utf-16-be"), "快递"),
        (0x08, b"\x4e", "\ufffd"),
        (0x0E, "택배".encode("euc_kr"), "택배"),
        (0x11, b"\x11", "_"),
        (0x18, "快".encode("utf-16-be"), "快"),
        (0xF1, b"\x11", "_"),
        (0xE0, "快".encode("utf-16-be"), "快"),
        (0x02, b"\x00", None),
        (0x04, b"\x00", None),
        (0x15, b"\x00", None),
        (0xF5, b"\x00", None),
    ],
)
def test_each_data_coding_has_its_alphabet(data_coding: int, octets: bytes, text: str | None) -> None:
    assert decode(octets, data_coding, "gsm7") == text


def test_the_operators_default_alphabet_is_configured() -> None:
    assert contact(deliver(b"\x11\xe9"), "latin-1").claims["text"] == "\x11é"
    assert contact(deliver("é".encode()), "utf-8").claims["text"] == "é"


def test_a_binary_message_is_kept_in_hexadecimal() -> None:
    claims = contact(deliver(b"\x01\xff", data_coding=4)).claims
    assert "text" not in claims
    assert claims["binary"] == "01ff"


def test_the_text_of_message_payload_counts() -> None:
    found = contact(deliver(b"", tlvs=tlv(0x0424, b"a" * 300) + tlv(0x0204, b"\x00\x07")))
    assert found.claims["text"] == "a" * 300
    assert found.claims["message_reference"] == "7"


def test_a_data_sm_is_read_as_well() -> None:
    body = b"\0\x01\x018614012340000\0\x01\x018614012345678\0\x00\x00\x08" + tlv(0x0424, "快".encode("utf-16-be"))
    found = contact_of([piece(body, command=DATA_SM)], "id", Numbering(), "gsm7")
    assert (found.beacon, found.claims["text"]) == ("+8614012345678", "快")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("0500037b0302", Part(0x7B, 3, 2)),
        ("060804123402 01".replace(" ", ""), Part(0x1234, 2, 1)),
        ("0a0003070201 0504 0b84".replace(" ", "") + "23f0", Part(7, 2, 1)),
        ("0500037b0304", None),
        ("0500037b0000", None),
        ("0500037b0101", None),
        ("0500", None),
        ("ff00037b0302", None),
        ("", None),
    ],
    ids=[
        "8-bit reference",
        "16-bit reference",
        "beside another element",
        "a part beyond the total",
        "no parts",
        "one part",
        "a header that breaks off",
        "a length beyond the message",
        "no header at all",
    ],
)
def test_which_part_it_is_stands_in_the_header(header: str, part: Part | None) -> None:
    octets = bytes.fromhex(header)
    assert content_of(parse_delivery(DELIVER_SM, deliver(octets, esm_class=0x40))).part == part


@pytest.mark.parametrize(
    ("ton", "source", "peer"),
    [
        (1, "8614012340000", "+8614012340000"),
        (1, "+8614012340000", "+8614012340000"),
        (2, "14012340000", "+8614012340000"),
        (0, "106900001234", "106900001234"),
        (5, "SF-EXPRESS", "SF-EXPRESS"),
        (5, "14012340000", "14012340000"),
    ],
    ids=["international", "with its plus", "national", "a gateway", "a name", "a name of digits"],
)
def test_senders_are_e164_where_their_type_says_so(ton: int, source: str, peer: str) -> None:
    assert contact(deliver(b"x", source=source, ton=ton)).peer == peer


def test_a_joined_message_has_all_pdus_as_its_original() -> None:
    parts = [piece(deliver(concatenated(1, 2, number, b"x"), esm_class=0x40)) for number in (1, 2)]
    assert contact_of(parts, "id", Numbering(), "gsm7").raw == b"".join(one.octets for one in parts)


def test_parts_beyond_the_caps_are_given_back_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smppjoin, "MAX_MESSAGES", 3)
    joiner = Joiner(300)
    for reference in range(5):
        one = piece(deliver(concatenated(reference, 2, 1, b"x"), esm_class=0x40))
        assert one.key is not None
        assert one.content.part is not None
        assert joiner.add(one.key, one, one.content.part) == []
    assert [key[2] for key, _ in joiner.overdue(NOON)] == [0, 1]
    for key, _ in joiner.overdue(NOON):
        joiner.forget(key, NOON)
    assert joiner.overdue(NOON) == []
    assert len(joiner.overdue(NOON + timedelta(seconds=300))) == 3
    assert len(joiner.overdue(NOON - timedelta(hours=2))) == 3, "a clock set back keeps nothing waiting for ever"


def test_the_same_bytes_within_an_hour_have_one_id_across_the_full_hour_too() -> None:
    ids = EventIds()
    at = NOON + timedelta(minutes=59)
    first = ids.of([piece(deliver(b"x"), at)])
    assert ids.of([piece(deliver(b"x"), at + timedelta(minutes=30))]) == first
    assert ids.of([piece(deliver(b"x"), at + timedelta(minutes=61))]) != first
    assert ids.of([piece(deliver(b"y"), at)]) != first
    later = piece(deliver(b"x"), at + timedelta(minutes=30))
    assert EventIds([(first, at)]).of([later]) == first, "and after a restart, for what is on record"


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([DELIVER_SM, DATA_SM]), st.integers(0, 255), st.integers(0, 255))
def test_any_body_gives_a_contact_or_the_one_error(body: bytes, command: int, esm_class: int, coding: int) -> None:
    for candidate in (body, deliver(body[:254], esm_class=esm_class, data_coding=coding, tlvs=body[254:])):
        try:
            found = piece(candidate, command=command)
        except SmppError:
            continue
        assert contact_of([found, found], "id", Numbering("86"), "gsm7").raw
        assert contact_of([found], "id", Numbering("86"), "gsm7").claims["data_coding"]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=64))
def test_any_frame_gives_a_pdu_or_the_one_error(octets: bytes) -> None:
    try:
        found = parse_pdu(octets)
    except SmppError:
        return
    assert pdu(found.command, found.sequence, status=found.status, body=found.body) == octets


def test_a_frame_of_the_centre_is_read() -> None:
    assert parse_pdu(frame(DELIVER_SM, 7, b"abc", 0)) == Pdu(DELIVER_SM, 0, 7, b"abc")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(alphabet=[char for char in GSM7 if char != "\ufffd"], max_size=160))
def test_every_text_of_the_default_alphabet_comes_back(text: str) -> None:
    assert decode_gsm7(bytes(GSM7.index(char) for char in text)) == text
