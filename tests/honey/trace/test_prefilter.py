"""The prefilter passes every row that holds a decoy value and stops nearly all others."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.prefilter import Prefilter


def test_innocent_rows_are_stopped(index: DecoyIndex, live_rows: Callable[[int, int], Iterator[list[str]]]) -> None:
    rows = [",".join(row) for row in live_rows(5000, 11)]
    assert len(list(Prefilter(index).select(rows))) < 50


@pytest.mark.parametrize("at", [0, 63, 64, 999, 4999])
def test_one_row_among_thousands_is_selected(
    at: int, index: DecoyIndex, decoys: list[Decoy], live_rows: Callable[[int, int], Iterator[list[str]]]
) -> None:
    rows = [",".join(row) for row in live_rows(5000, 12)]
    rows[at] = f"x,{decoys[0].waybill_number},y"
    assert at in list(Prefilter(index).select(rows))


def test_selected_rows_come_in_order(index: DecoyIndex, decoys: list[Decoy]) -> None:
    rows = [str(decoys[at % 300].waybill_number) for at in range(1000)]
    assert list(Prefilter(index).select(rows)) == list(range(1000))


def test_an_index_without_decoys_selects_nothing() -> None:
    assert list(Prefilter(DecoyIndex.build([])).select(["14012345678", "", "a@b.example.com"])) == []


@given(st.text(max_size=3000))
def test_any_text_is_answered(index: DecoyIndex, text: str) -> None:
    Prefilter(index).may_hold(text)
