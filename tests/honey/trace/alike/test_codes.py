"""Look-ups by code and classes by reading, against the obvious way."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.trace.alike.codes import Codes, Partition, Phrases, Shared, Single, places_among


def test_keys_are_numbered_in_turn_and_none_is_0() -> None:
    codes = Codes("")
    assert [codes[key] for key in ("a", "", "b", "a")] == [1, 0, 2, 1]


def test_a_text_of_one_and_of_several_decoys() -> None:
    held = Single()
    for place, text in enumerate(["a", "b", "a", "a"]):
        held.add(text, place)
    assert [list(held.places(text)) for text in ("a", "b", "c")] == [[0, 2, 3], [1], []]
    assert list(held) == ["a", "b"]


@settings(derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "a", "d"])), max_size=30))
def test_shared_texts_lead_to_all_their_decoys_in_order(pairs: list[tuple[str, str]]) -> None:
    codes = Codes("")
    columns = np.array([[codes[one], codes[other]] for one, other in pairs], np.int32).reshape(-1, 2)
    held = Shared.of(codes, *columns.T)
    for text in codes.keys() - {""}:
        want = [at for at, pair in enumerate(pairs) for one in pair if one == text]
        assert held.places(text).tolist() == want
    assert "" not in held
    assert held.places("z").tolist() == []


@settings(derandomize=True)
@given(st.sets(st.text("abc", min_size=1, max_size=4), max_size=8), st.text("abcd", max_size=12))
def test_phrases_are_found_wherever_they_stand(phrases: set[str], text: str) -> None:
    found = set(Phrases(phrases).within(text))
    assert {one for one in phrases if one in text} == found & phrases


@settings(derandomize=True)
@given(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), max_size=40), st.sets(st.integers(0, 5)))
def test_positions_are_told_apart_by_every_reading(readings: list[list[int]], alone: set[int]) -> None:
    """Forty readings of two bits overflow the joint code, which is then numbered anew."""
    alike = Partition(6)
    for at, reading in enumerate(readings):
        column = np.array(reading, np.int32)
        if at % 2:
            some = np.flatnonzero(column > 1)
            alike.among(some, column[some], 3)
        else:
            alike.by(column, 3)
    seen = [tuple(one[at] if not nr % 2 or one[at] > 1 else -1 for nr, one in enumerate(readings)) for at in range(6)]
    keys = [(at, *seen[at]) if at in alone else seen[at] for at in range(6)]
    want = {frozenset(at for at in range(6) if keys[at] == key) for key in keys}
    found = alike.classes(np.array(sorted(alone), np.intp))
    assert {frozenset(one.tolist()) for one in found} == want
    assert sum(map(len, found)) == 6


def test_wanted_decoys_are_found_among_places() -> None:
    places = np.array([4, 9, 2, 7], np.int32)
    assert [places_among(wanted, places).tolist() for wanted in ([], [9], [2, 4, 5])] == [[], [1], [0, 2]]
