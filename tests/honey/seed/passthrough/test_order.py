"""Sorted columns are noticed and kept."""

from random import Random

import pytest

from honey.seed.passthrough.order import SortedColumn, SortWatch


def watch(*values: str) -> SortedColumn | None:
    seen = SortWatch(1)
    for value in values:
        seen.feed([value])
    return next(iter(seen.sorted_columns()), None)


@pytest.mark.parametrize(
    ("values", "descending"),
    [
        pytest.param(["9", "10", "11"], False, id="numbers, not as text"),
        pytest.param(["11", "10", "9"], True, id="numbers downwards"),
        pytest.param(["2026/9/30 9:00", "2026/10/1 8:00"], False, id="dates without leading zeros"),
        pytest.param(["10/31/2026", "11/01/2026"], False, id="month first"),
        pytest.param(["30.09.2026", "01.10.2026"], False, id="day first"),
        pytest.param(["2026-11-01 08:00:00.5", "2026-11-01 08:00:00.25"], True, id="fractions of seconds"),
        pytest.param(["YT01", "YT02", "YT02"], False, id="text with repeats"),
        pytest.param(["1", "", "2"], False, id="empty cells are passed over"),
    ],
)
def test_sorted_columns_are_noticed(values: list[str], descending: bool) -> None:
    found = watch(*values)
    assert found is not None
    assert found.descending is descending


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["1", "3", "2"], id="unsorted"),
        pytest.param(["1", "1"], id="constant"),
        pytest.param(["1", "x", "2"], id="mixed"),
        pytest.param(["9" * 5000, "1" * 5000], id="runaway digits"),
    ],
)
def test_other_columns_are_not(values: list[str]) -> None:
    found = watch(*values)
    assert found is None or not found.numeric


def test_ragged_rows_do_no_harm() -> None:
    seen = SortWatch(2)
    for row in (["1", "a"], ["2"], ["3", "b", "c"]):
        seen.feed(row)
    assert [column.index for column in seen.sorted_columns()] == [0, 1]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("10", "12", "11", id="the one number between"),
        pytest.param("0010", "0012", "0011", id="with its zeros"),
        pytest.param("10", "11", "10", id="no room: the one before again"),
    ],
)
def test_a_gap_is_filled(before: str, after: str, expected: str) -> None:
    found = watch("1", "2", "9")
    assert found is not None
    assert found.fill(before, after, Random(1)) == expected


def test_a_date_between_is_the_one_before() -> None:
    found = watch("2026-11-01", "2026-11-02")
    assert found is not None
    assert found.fill("2026-11-01", "2026-11-02", Random(1)) == "2026-11-01"
    assert found.in_order("2026-11-01", "2026-11-02")
    assert not found.in_order("2026-11-02", "2026-11-01")
    assert found.in_order("", "2026-11-01")
