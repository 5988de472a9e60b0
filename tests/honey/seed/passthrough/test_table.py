"""Rows are read again by number, and their columns have names of their own."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.errors import InputError
from honey.seed.passthrough.delimited import Splitter
from honey.seed.passthrough.dialect import Dialect
from honey.seed.passthrough.table import MAX_COLUMNS, STRIDE_ROWS, Table, spread_sample, unique_names


def table_of(rows: int, blank_every: int = 7) -> Table:
    """A table of numbered rows with a blank line after every seventh."""
    text = "id,x\n" + "".join(f"{at},x\n" + "\n" * (at % blank_every == 0) for at in range(rows))
    file = io.BytesIO(text.encode())
    read = Splitter(Dialect(), "utf-8")
    table = Table(file, read, ("id", "x"), has_header=True)
    records = list(read(file))
    table.survey(records[1], lambda _: None)
    return table


@given(st.integers(-5, 3 * STRIDE_ROWS), st.integers(-5, 3 * STRIDE_ROWS))
def test_any_stretch_of_rows_can_be_read_again(start: int, stop: int) -> None:
    rows = 2 * STRIDE_ROWS + 3
    found = table_of(rows).between(start, stop)
    assert [int(record.cells[0]) for record in found] == list(range(max(0, start), min(rows, stop)))


def test_record_numbers_count_headers_and_blank_lines() -> None:
    table = table_of(10)
    assert table.rows == 10
    assert [table.row(at).number for at in (0, 1, 8)] == [2, 4, 12]
    assert table.number_after(-1) == 2
    assert table.number_after(8) == 13


def test_a_sample_is_spread_over_the_whole_file() -> None:
    table = table_of(5000)
    found = [int(record.cells[0]) for record in spread_sample(table, 500)]
    assert len(found) == 500
    assert (found[0], found[-1]) == (0, 4999)
    assert found == sorted(found)
    assert len(spread_sample(table_of(40), 500)) == 40


@pytest.mark.parametrize(
    ("header", "width", "expected"),
    [
        pytest.param(["a", "b"], 2, ("a", "b"), id="plain"),
        pytest.param(["a", "a", "a"], 3, ("a", "a (2)", "a (3)"), id="repeated"),
        pytest.param(["a", "a (2)", "a"], 3, ("a", "a (2)", "a (3)"), id="taken already"),
        pytest.param(["", "b"], 3, ("1", "b", "3"), id="nameless ones are numbered"),
        pytest.param([], 2, ("1", "2"), id="no header"),
    ],
)
def test_names_are_unique(header: list[str], width: int, expected: tuple[str, ...]) -> None:
    assert unique_names(header, width) == expected


def test_thousands_of_equal_names_are_quick() -> None:
    assert len(set(unique_names(["a"] * MAX_COLUMNS, MAX_COLUMNS))) == MAX_COLUMNS


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(InputError, match="columns, more than"):
        unique_names([], MAX_COLUMNS + 1)
