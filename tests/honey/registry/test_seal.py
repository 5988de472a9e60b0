"""What is sealed opens under its own key and its own place only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.errors import RegistryError
from honey.registry.seal import Seal

SEAL = Seal(b"\x05" * 32)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=5,
)


@given(JSON)
def test_any_json_comes_back(document: object) -> None:
    assert SEAL.open(SEAL.close(document, "decoy:D-1"), "decoy:D-1") == document


def test_the_same_document_never_looks_the_same_twice() -> None:
    assert SEAL.close("x", "c") != SEAL.close("x", "c")


@pytest.mark.parametrize("context", ["decoy:D-2", "row:D-1", "decoy:D-1 ", ""])
def test_a_blob_moved_to_another_place_is_refused(context: str) -> None:
    with pytest.raises(RegistryError, match="cannot be opened"):
        SEAL.open(SEAL.close({"name": "王"}, "decoy:D-1"), context)


def test_another_key_is_refused() -> None:
    with pytest.raises(RegistryError, match=r"keys/registry\.key"):
        Seal(b"\x06" * 32).open(SEAL.close(1, "c"), "c")


def test_every_changed_byte_and_every_cut_is_refused() -> None:
    sealed = SEAL.close({"name": "王"}, "c")
    for at in range(len(sealed)):
        with pytest.raises(RegistryError):
            SEAL.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "c")
        with pytest.raises(RegistryError):
            SEAL.open(sealed[:at], "c")


def test_tags_are_equal_for_equal_texts_under_one_key_only() -> None:
    assert SEAL.tag("王") == SEAL.tag("王") != SEAL.tag("李")
    assert Seal(b"\x06" * 32).tag("王") != SEAL.tag("王")
    assert "王" not in SEAL.tag("王")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(RegistryError, match="bytes, not 32"):
        Seal(b"k" * size)


def test_the_key_is_never_shown() -> None:
    key = bytes(range(32, 64))
    shown = repr(Seal(key)) + str(Seal(key))
    assert key.hex() not in shown
    assert repr(key) not in shown
