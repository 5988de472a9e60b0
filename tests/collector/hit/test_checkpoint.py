"""Signed checkpoints: whoever keeps one can tell that a log was cut off or made anew."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import HitError
from collector.hit import GENESIS, Channel, Contact, Hit, seal
from collector.hit.checkpoint import (
    ED25519,
    Checkpoint,
    follow,
    key_id_of,
    open_note,
    parse_verifier_key,
    read_note,
    sign,
    verifier_key,
)

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC, OTHER_PUBLIC = (one.public_key().public_bytes_raw() for one in (KEY, OTHER))
POINT = Checkpoint("0123abcd", 1042, "ab" * 32, AT)
NOTE = sign(POINT, KEY)


def chain(count: int, text: str = "x") -> list[Hit]:
    hits: list[Hit] = []
    for seq in range(1, count + 1):
        contact = Contact(Channel.WEB, f"{text}{seq}", "192.0.2.1")
        hits.append(seal(contact, seq=seq, received_at=AT, log="0123abcd", prev=hits[-1].hash if hits else GENESIS))
    return hits


def point(hit: Hit) -> Checkpoint:
    return Checkpoint(hit.log, hit.seq, hit.hash, AT)


def test_a_note_has_the_lines_of_the_standard() -> None:
    """c2sp.org/tlog-checkpoint: origin, size, base64 hash, an extension line; then an empty line and the signature."""
    origin, size, root, at, empty, signature, end = NOTE.split("\n")
    assert (origin, size, at) == ("waybill-hit-log/0123abcd", "1042", "2026-11-22T08:00:00.000000Z")
    assert root == "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="
    assert (empty, end) == ("", "")
    assert signature.startswith("— waybill-hit-log/0123abcd ")


def test_keys_and_signatures_are_those_of_the_reference_implementation() -> None:
    """The example of golang.org/x/mod/sumdb/note: its key id, and its signature over the text without the last line."""
    name, key_id, encoded = ["PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    key = base64.b64decode(encoded)
    assert key[:1] == ED25519
    assert key_id_of(name, key[1:]).hex() == key_id
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signed = base64.b64decode(signature)
    assert signed[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signed[4:], text.encode())


def test_what_was_signed_is_read_back_with_the_key() -> None:
    assert open_note(NOTE, PUBLIC) == read_note(NOTE) == POINT


def test_a_witness_may_add_a_line() -> None:
    assert open_note(NOTE + "— witness.example.org AAAAAAAA\n", PUBLIC) == POINT


def test_another_key_is_named() -> None:
    with pytest.raises(HitError, match="signed by another key"):
        open_note(NOTE, OTHER_PUBLIC)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n1042\n", "\n1041\n", "signature does not fit"),
        ("q6urq6", "q7urq6", "signature does not fit"),
        ("T08:00", "T09:00", "signature does not fit"),
        ("0123abcd\n1042", "0123abce\n1042", "signed by another key"),
        ("\n1042\n", "\n01042\n", "no checkpoint"),
        ("\n1042\n", "\n99999999999999999999\n", "no checkpoint"),
        ("11-22", "13-22", "no time"),
        ("\n\n", "\n", "no checkpoint"),
        ("— waybill-hit-log/0123abcd ", "- waybill-hit-log/0123abcd ", "no checkpoint"),
    ],
    ids=[
        *("a smaller number", "another hash", "another time", "another log", "a leading zero"),
        *("a number beyond the format", "a month that is none", "no empty line", "no dash"),
    ],
)
def test_a_changed_note_is_refused(old: str, new: str, reason: str) -> None:
    assert old in NOTE
    with pytest.raises(HitError, match=reason):
        open_note(NOTE.replace(old, new, 1), PUBLIC)


@given(st.text(max_size=400) | st.text(max_size=200).map(lambda text: NOTE[:150] + text))
def test_any_text_is_a_checkpoint_or_one_error(text: str) -> None:
    try:
        assert open_note(text, PUBLIC) == POINT
    except HitError:
        return


def test_a_key_is_text_to_be_copied() -> None:
    text = verifier_key("0123abcd", PUBLIC)
    assert text.startswith("waybill-hit-log/0123abcd+")
    assert parse_verifier_key(text + "\n") == ("0123abcd", PUBLIC)
    for broken in (text[:-4], text.replace("0123", "0124"), "", "x+y+z", text.replace("+", " ")):
        with pytest.raises(HitError, match=r"no key|base64"):
            parse_verifier_key(broken)


def test_hits_that_lead_to_the_checkpoint_or_past_it_are_good() -> None:
    hits = chain(5)
    follow(hits, log="0123abcd", checkpoint=point(hits[4]))
    follow(hits, log="0123abcd", checkpoint=point(hits[2]))
    follow(hits[3:], (3, hits[2].hash), log="0123abcd", checkpoint=point(hits[2]))
    follow([], log="0123abcd", checkpoint=Checkpoint("0123abcd", 0, GENESIS, AT))


def test_a_cut_off_end_a_rewritten_past_and_another_log_are_found() -> None:
    hits = chain(5)
    with pytest.raises(HitError, match="ends at hit 3, but 5 were signed for"):
        follow(hits[:3], log="0123abcd", checkpoint=point(hits[4]))
    with pytest.raises(HitError, match=r"hit 3: .*rewritten"):
        follow(chain(5, "y"), log="0123abcd", checkpoint=point(hits[2]))
    with pytest.raises(HitError, match="of log ffffffff"):
        follow(hits, log="0123abcd", checkpoint=Checkpoint("ffffffff", 2, hits[1].hash, AT + timedelta(1)))
