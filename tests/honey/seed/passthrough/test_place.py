"""Places for decoys."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.seed.passthrough.place import positions


@given(st.integers(0, 40), st.integers(3, 500), st.integers())
def test_no_decoy_is_first_or_last(count: int, rows: int, seed: int) -> None:
    found = positions(count, rows, Random(seed))
    assert len(found) == count
    assert all(0 <= place <= rows - 2 for place in found)
    assert found == sorted(found)


@given(st.integers(0, 40), st.integers(3, 500), st.integers())
def test_places_differ_while_there_are_enough(count: int, rows: int, seed: int) -> None:
    assert len(set(positions(count, rows, Random(seed)))) == min(count, rows - 1)


@given(st.integers(2, 10), st.integers(100, 500), st.integers())
def test_decoys_lie_apart(count: int, rows: int, seed: int) -> None:
    """Each stretch of the file gets one, so no part holds most of them."""
    found = positions(count, rows, Random(seed))
    assert all((rows - 1) * at // count <= place < (rows - 1) * (at + 1) // count for at, place in enumerate(found))


@pytest.mark.parametrize(("rows", "expected"), [pytest.param(1, [0, 0], id="one"), pytest.param(2, [0, 0], id="two")])
def test_tiny_files_still_take_decoys(rows: int, expected: list[int]) -> None:
    assert positions(2, rows, Random(1)) == expected


def test_a_better_row_nearby_is_taken() -> None:
    assert all(place % 50 == 7 for place in positions(3, 1000, Random(4), lambda row: int(row % 50 == 7)))


def test_of_equally_good_rows_the_drawn_one_is_taken() -> None:
    assert positions(3, 1000, Random(4), lambda _: 1) == positions(3, 1000, Random(4))


def test_the_same_stream_gives_the_same_places() -> None:
    assert positions(4, 1000, Random(9)) == positions(4, 1000, Random(9)) != positions(4, 1000, Random(10))


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        positions(1, 0, Random(1))
