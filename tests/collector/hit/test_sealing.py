"""Sealed contacts: closed by whoever has the public key, opened by the private half alone, one by one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from collector import limits
from collector.errors import HitError
from collector.hit import GENESIS, Channel, Contact, Hit, parse_record, seal, verify_chain
from collector.hit.sealing import (
    LEAST_PLAIN_BYTES,
    UNNUMBERED,
    Opener,
    Sealer,
    key_id,
    opened,
    parse_public,
    public_text,
)

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PRIVATE, OTHER_PRIVATE = bytes(range(32)), bytes(range(1, 33))
PUBLIC = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
SEALER = Sealer(PUBLIC, b"event key", random=lambda size: b"\5" * size)
CALL = Contact(
    Channel.CALL,
    "+8614012345678",
    "+12025550100",
    occurred_at=AT,
    event_id="CA1",
    provider="twilio",
    verified=True,
    claims={"text": "王女士", "name": ""},
    raw=b"\x00\xff" * 40,
)


def closed(contact: Contact, seq: int = 1, prev: str = GENESIS) -> Hit:
    sealed = SEALER.batch().close(contact, SEALER.event_tag(contact), log="0123abcd", seq=seq)
    return seal(sealed, seq=seq, received_at=AT, log="0123abcd", prev=prev)


def open_with(hit: Hit, private: bytes = PRIVATE) -> Contact:
    return opened(hit, Opener([private]).hit_key(hit)).contact


def test_a_sealed_contact_comes_back_whole() -> None:
    assert open_with(closed(CALL)) == CALL


def test_what_is_outside_names_the_channel_and_nothing_else() -> None:
    document = closed(CALL).to_json()
    assert set(document) == {"v", "seq", "received_at", "channel", "event_id", "sealed", "log", "prev", "hash"}
    line = closed(CALL).to_line()
    for secret in ("8614012345678", "12025550100", "CA1", "twilio", "\\u738b"):
        assert secret not in line


def test_the_chain_is_checked_without_the_key() -> None:
    first = closed(CALL)
    second = closed(replace(CALL, event_id="CA2"), 2, first.hash)
    assert verify_chain([parse_record(one.to_line()) for one in (first, second)]) == second.hash
    altered = replace(second, contact=replace(second.contact, sealed=second.contact.sealed[:-1] + b"\0"))
    with pytest.raises(HitError, match="hit 2: was changed"):
        verify_chain([first, altered])


@given(st.binary(max_size=3000), st.text(max_size=300).filter(lambda text: text.isprintable()))
@example(b"", "")
@example(b"x" * limits.MAX_RAW_BYTES, "x" * limits.MAX_BEACON_CHARS)
def test_any_contact_under_the_caps_comes_back(raw: bytes, text: str) -> None:
    contact = Contact(Channel.WEB, text, text[:300], claims={"a": text}, raw=raw).bounded()
    hit = closed(contact)
    assert open_with(hit) == contact
    assert len(hit.contact.sealed) <= limits.MAX_SEALED_BYTES


def test_the_largest_contact_fits_the_caps_of_a_reader() -> None:
    claims = {f"{number:064d}": "\x01" * limits.MAX_CLAIM_CHARS for number in range(limits.MAX_CLAIMS - 2)}
    largest = Contact(
        Channel.WEB, "\x01" * 2048, "\x01" * 320, claims=claims, raw=b"x" * limits.MAX_RAW_BYTES
    ).bounded()
    hit = closed(largest)
    assert parse_record(hit.to_line()) == hit
    assert open_with(hit) == largest


def test_lengths_fall_into_classes() -> None:
    """Two queries of other lengths look alike."""
    lengths = {
        len(closed(Contact(Channel.DNS, "x" * size, "192.0.2.1", raw=b"x" * size)).contact.sealed)
        for size in range(1, 60)
    }
    assert len(lengths) == 1
    assert min(lengths) > LEAST_PLAIN_BYTES


def test_equal_contacts_look_different() -> None:
    assert closed(CALL).contact.sealed != closed(CALL).contact.sealed
    batch = SEALER.batch()
    one, other = (batch.close(CALL, None, log="0123abcd", seq=seq).sealed for seq in (1, 2))
    assert one[-300:] != other[-300:]


def test_the_same_event_has_the_same_tag_and_another_one_another() -> None:
    tag = SEALER.event_tag(CALL)
    assert tag == SEALER.event_tag(replace(CALL, claims={}, raw=b""))
    others = [
        replace(CALL, event_id="CA2"),
        replace(CALL, provider=None),
        replace(CALL, channel=Channel.SMS),
    ]
    assert len({tag, *map(SEALER.event_tag, others), Sealer(PUBLIC, b"another").event_tag(CALL)}) == 5
    assert SEALER.event_tag(replace(CALL, event_id=None)) is None


def test_another_private_key_does_not_open_it() -> None:
    with pytest.raises(HitError, match=f"sealed to key {key_id(PUBLIC)}, whose private half is not here"):
        open_with(closed(CALL), OTHER_PRIVATE)


def test_the_key_of_one_hit_opens_no_other_of_its_commit() -> None:
    batch = SEALER.batch()
    hits = [
        seal(batch.close(CALL, None, log="0123abcd", seq=seq), seq=seq, received_at=AT, log="0123abcd", prev=GENESIS)
        for seq in (1, 2)
    ]
    keys = [Opener([PRIVATE]).hit_key(one) for one in hits]
    assert [opened(one, key).contact for one, key in zip(hits, keys, strict=True)] == [CALL, CALL]
    with pytest.raises(HitError, match="not closed with this key"):
        opened(hits[0], keys[1])


def test_an_altered_moved_or_cut_envelope_is_refused() -> None:
    hit = closed(CALL)
    key = Opener([PRIVATE]).hit_key(hit)
    sealed = hit.contact.sealed
    for changed in (sealed[:-1] + bytes((sealed[-1] ^ 1,)), sealed[:130], b"\2" + sealed[1:]):
        with pytest.raises(HitError, match="envelope"):
            opened(replace(hit, contact=replace(hit.contact, sealed=changed)), key)
    with pytest.raises(HitError, match="envelope"):
        opened(replace(hit, contact=replace(hit.contact, channel=Channel.SMS)), key)
    with pytest.raises(HitError, match="envelope"):
        open_with(replace(hit, seq=2))


@given(st.binary(max_size=300))
def test_any_envelope_is_a_contact_or_one_error(octets: bytes) -> None:
    start = closed(CALL).contact.sealed[:9]
    for sealed in (octets, start + octets):
        hit = seal(Contact(Channel.CALL, "", "", sealed=sealed), seq=1, received_at=AT, log="0123abcd", prev=GENESIS)
        with pytest.raises(HitError):
            open_with(hit)


def test_public_keys_are_text() -> None:
    assert parse_public(public_text(PUBLIC)) == PUBLIC
    for text in ("", PUBLIC.hex(), "x25519:", "x25519:" + "g" * 64):
        with pytest.raises(ValueError, match="public key"):
            parse_public(text)


def test_secrets_do_not_show_themselves() -> None:
    shown = repr((SEALER, SEALER.batch(), Opener([PRIVATE])))
    for secret in (b"\5" * 32, PRIVATE, b"event key"):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


def test_what_was_closed_before_its_number_was_known_opens_under_any_number_and_no_other_channel() -> None:
    early = SEALER.unnumbered(CALL)
    assert (early.sealed[:1], early.event_id) == (UNNUMBERED, SEALER.event_tag(CALL))
    for seq in (1, 7):
        hit = seal(early, seq=seq, received_at=AT, log="0123abcd", prev=GENESIS)
        assert open_with(hit) == CALL
        with pytest.raises(HitError, match="whose private half is not here"):
            open_with(hit, OTHER_PRIVATE)
        with pytest.raises(HitError, match="was altered"):
            open_with(replace(hit, contact=replace(early, channel=Channel.SMS)))


def test_an_envelope_does_not_pass_for_one_of_the_other_kind() -> None:
    for contact, version in ((closed(CALL).contact, UNNUMBERED), (SEALER.unnumbered(CALL), b"\1")):
        moved = replace(contact, sealed=version + contact.sealed[1:])
        with pytest.raises(HitError, match="not closed with this key"):
            open_with(seal(moved, seq=1, received_at=AT, log="0123abcd", prev=GENESIS))


def test_two_contacts_closed_early_share_no_key() -> None:
    sealer = Sealer(PUBLIC, b"event key")
    hits = [seal(sealer.unnumbered(CALL), seq=1, received_at=AT, log="0123abcd", prev=GENESIS) for _ in range(2)]
    keys = [Opener([PRIVATE]).hit_key(hit) for hit in hits]
    assert keys[0] != keys[1]
    with pytest.raises(HitError, match="not closed with this key"):
        opened(hits[0], keys[1])
