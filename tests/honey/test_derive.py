"""Keyed streams: repeatable with the key, apart by purpose and context, unlike without it."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.derive import digest, stream, token

KEY = bytes(range(32))
parts = st.lists(st.text(st.characters(codec="utf-8"), max_size=4) | st.integers(), max_size=4)


def test_the_digest_is_hmac_sha256_over_length_prefixed_parts() -> None:
    """Computed with `openssl dgst -sha256 -mac HMAC` over 00000001 "a" 00000002 "bc"."""
    assert digest(KEY, "a", "bc").hex() == "7281caf026ca30a3a915c06b7f9c266bd0ba77f782615b6a0553f2c7cd649020"


@given(parts, parts)
def test_contexts_are_kept_apart_wherever_they_are_cut(one: list[str | int], other: list[str | int]) -> None:
    same = [str(part) for part in one] == [str(part) for part in other]
    assert (digest(KEY, "p", *one) == digest(KEY, "p", *other)) == same


def test_purpose_context_and_key_each_give_another_stream() -> None:
    draws = [
        stream(KEY, "a", 1).getrandbits(64), stream(KEY, "b", 1).getrandbits(64), stream(KEY, "a", 2).getrandbits(64),
        stream(bytes(32), "a", 1).getrandbits(64), stream(KEY, "a").getrandbits(64), stream(KEY, "a1").getrandbits(64),
    ]  # fmt: skip
    assert len(set(draws)) == len(draws)
    assert stream(KEY, "a", 1).getrandbits(64) == draws[0]


def test_neighbouring_contexts_share_no_draws() -> None:
    """A stream that began with its neighbour's second draw would let codewords be guessed from one another."""
    streams = [[stream(KEY, "x", at).random() for _ in range(1)] + [stream(KEY, "x", at).getrandbits(32)]
               for at in range(200)]  # fmt: skip
    flat = [value for one in streams for value in one]
    assert len(set(flat)) == len(flat)
    assert all(one != other for one, other in pairwise(streams))


@pytest.mark.parametrize("length", [1, 12, 16, 51])
def test_a_token_has_the_asked_length_in_lower_case_base32(length: int) -> None:
    found = token(KEY, "decoy", "x", length=length)
    assert re.fullmatch(rf"[a-z2-7]{{{length}}}", found)
    assert token(KEY, "decoy", "x", length=51).startswith(found)
