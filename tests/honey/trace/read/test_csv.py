"""Separators are told apart, quoted records stay whole, and a stray quote swallows nothing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace.read.csv import Dialect, csv_source, sniff


@pytest.mark.parametrize(
    ("sample", "delimiter", "header"),
    [
        (["姓名,手机", "王小红,14012345678"], ",", ("姓名", "手机")),
        (["姓名\t手机", "王,小红\t14012345678"], "\t", ("姓名", "手机")),
        (["王小红----14012345678----杭州", "李明----14012345679----上海"], "----", ()),
        (["a|b|c", "1|2|3"], "|", ("a", "b", "c")),
        (["a;b", "1;2", "3;4"], ";", ("a", "b")),
        (["王小红，14012345678", "李明，14012345679"], "，", ()),
        (['"a,b",c', '"1,2",3'], ",", ("a,b", "c")),
        (["14012345678,王**"], ",", ()),
    ],
)
def test_a_dialect_is_told_by_the_first_lines(sample: list[str], delimiter: str, header: tuple[str, ...]) -> None:
    dialect = sniff(sample)
    assert dialect is not None
    assert (dialect.delimiter, dialect.header) == (delimiter, header)


@pytest.mark.parametrize("sample", [[], [""], ["just words"], ["one, two", "three", "four"], ["你好"]])
def test_free_text_has_no_dialect(sample: list[str]) -> None:
    assert sniff(sample) is None


def records(text: str) -> list[tuple[int, tuple[str, ...]]]:
    dialect = sniff(text.split("\n")[:50])
    assert dialect is not None
    source = csv_source("x", io.BytesIO(text.encode()), "utf-8", dialect)
    return [
        (batch.row(at), source.split(one).values) for batch in source.batches() for at, one in enumerate(batch.texts)
    ]


def test_a_quoted_line_end_stays_in_its_record() -> None:
    text = 'a,b,c\n1,"two\nlines",3\n4,5,6\n'
    assert records(text) == [(1, ("a", "b", "c")), (2, ("1", "two\nlines", "3")), (3, ("4", "5", "6"))]


def test_a_stray_quote_costs_no_row() -> None:
    rows = ["a,b,c", '1,5" pipe,3', "4,5,6", '7,8" pipe,9', "10,11,12"]
    found = records("\n".join(rows))
    assert [row for row, _ in found] == [1, 2, 3, 4, 5]
    assert found[2] == (3, ("4", "5", "6"))


def test_a_quote_that_never_closes_costs_no_row() -> None:
    rows = ["a,b", '1,"open', *(f"{at},x" for at in range(500))]
    found = records("\n".join(rows))
    assert len(found) == 502
    assert found[-1] == (502, ("499", "x"))


def test_ragged_rows_are_kept_as_they_are() -> None:
    assert records("a,b,c\n1\n1,2,3,4,5\n1,2,3\n4,5,6\n7,8,9")[1:3] == [(2, ("1",)), (3, ("1", "2", "3", "4", "5"))]


@given(st.text(alphabet='a1,"\n;\t|王-', max_size=400))
def test_any_text_gives_every_line_back_once(text: str) -> None:
    dialect = sniff(text.split("\n"))
    if dialect:
        source = csv_source("x", io.BytesIO(text.encode()), "utf-8", dialect)
        found = [one for batch in source.batches() for one in batch.texts]
        assert "\n".join(found) == text.removesuffix("\n")
        for one in found:
            source.split(one)


def test_escaped_characters_in_a_cell_are_read_as_such() -> None:
    text = '单号,内容\nYT1,"{""name"": ""\\u738b""}"\nYT2,C:\\users\nYT3,x\n'
    source = csv_source("x", io.BytesIO(text.encode()), "utf-8", Dialect(",", 2))
    rows = [source.split(one).values for batch in source.batches() for one in batch.texts]
    assert rows[1:] == [("YT1", '{"name": "王"}'), ("YT2", "C:\\users"), ("YT3", "x")]
