"""Entries commit without showing, checkpoints are bound to every word they state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from honey.errors import EvidenceError
from honey.evidence.commitment import Checkpoint, Entry, canonical, fingerprint, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 11, 1, 8, 0, 0, 123456, tzinfo=UTC)
SIGNED = sign(7, b"\x11" * 32, AT, KEY)


def test_a_checkpoint_verifies_before_and_after_json() -> None:
    again = Checkpoint.from_json(SIGNED.to_json())
    assert again == SIGNED
    again.verify(KEY.public_key())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"size": 8}, id="another size"),
        pytest.param({"size": 6}, id="a smaller size"),
        pytest.param({"root": b"\x12" + b"\x11" * 31}, id="another root"),
        pytest.param({"signed_at": AT - timedelta(microseconds=1)}, id="a microsecond earlier"),
        pytest.param({"signature": bytes(64)}, id="another signature"),
        pytest.param({"signature": b""}, id="no signature"),
    ],
)
def test_a_checkpoint_that_states_anything_else_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(EvidenceError, match="not signed by this key"):
        replace(SIGNED, **changed).verify(KEY.public_key())  # type: ignore[arg-type]  # a table of field values


def test_a_checkpoint_of_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    with pytest.raises(EvidenceError):
        SIGNED.verify(other.public_key())
    assert fingerprint(other.public_key()) != fingerprint(KEY.public_key())


def test_the_same_moment_in_another_zone_is_the_same_statement() -> None:
    replace(SIGNED, signed_at=AT.astimezone(timezone(timedelta(hours=8)))).verify(KEY.public_key())


def test_an_entry_is_the_same_leaf_after_json_and_another_with_another_salt_kind_or_value() -> None:
    entry = Entry("planting", {"decoy": "D-1", "account": "A", "名": "王"}, b"s" * 16)
    assert Entry.from_json(entry.to_json()).leaf == entry.leaf
    for other in (
        replace(entry, salt=b"t" * 16),
        replace(entry, kind="hit"),
        replace(entry, document={**entry.document, "account": "B"}),
        replace(entry, document={**entry.document, "extra": None}),
    ):
        assert other.leaf != entry.leaf


def test_the_canonical_form_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": {"d": "王", "c": None}}) == canonical({"a": {"c": None, "d": "王"}, "b": 1})
    assert canonical({"a": "王"}) == '{"a":"王"}'.encode()
