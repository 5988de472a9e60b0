"""The prefilter passes every row that holds a decoy value and stops nearly all others."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
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


@pytest.mark.parametrize(
    "text",
    [
        *(
            "云南,14O-OOOO-0000,x",
            "l40OO000000",
            "l4O****0000",
            "Y,1400 OOOO OOO",
            "单号YTBOOOO000000",
            "YTB000000000O",
        ),
        *("文一西路,969号", "文一西路\t969号", "文一西路|969", "文一西路;969", "文一西路----969", '"文一西路","969号"'),
        *("'文一西路', '969'", '{"c1": "文一西路", "c2": "969号"}', "文一西路,,969", "文一西路，九百六十九号"),
        *("1400000****", "140-0000-****", "(1400) 000-xxxx", "140 0000●●●●", "+86 1400000-****", "140.0000.**,x"),
        *("文一西路          969号", "彩田路,文一西路,969号", "文一西路\r\n969号"),
        *("1400000000零", "一4000000000", "1400〇000000", "壹400000****", "单号YT8000000000零"),
    ],
)
def test_a_number_misread_or_a_house_in_the_next_column_passes(text: str) -> None:
    address = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋")
    decoy = Decoy(DecoyId("D1"), "王芳", E164("+8614000000000"), address, None, "YT80000000000")
    assert list(Prefilter(DecoyIndex.build([decoy])).select(["x", text, "y"])) == [1]


@pytest.mark.parametrize(
    "text", ["文一西路附近,969号", "文一西路,96号", '{"c969": "文一西路", "c1": "1号"}', "OOOOOOOOOOO", "12BOO567"]
)
def test_what_only_looks_alike_is_stopped(text: str) -> None:
    address = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋")
    decoy = Decoy(DecoyId("D1"), "王芳", E164("+8614000000000"), address, None, "YT80000000000")
    assert list(Prefilter(DecoyIndex.build([decoy])).select([text])) == []
