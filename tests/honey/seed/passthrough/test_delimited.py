"""CSV records are split without losing a byte and written like their neighbours."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.errors import InputError
from honey.seed.passthrough.delimited import MAX_RECORD_BYTES, Splitter
from honey.seed.passthrough.dialect import Dialect
from honey.seed.passthrough.table import Record

PLAIN = Splitter(Dialect(), "utf-8")


def split(text: bytes, splitter: Splitter = PLAIN) -> list[Record]:
    return list(splitter(io.BytesIO(text)))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")), min_size=2, max_size=5)
    ),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_records_add_up_to_the_file_and_hold_its_cells(rows: list[list[str]], quoting: int, end: str) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]  # a csv constant
    records = split(text.getvalue().encode())
    assert b"".join(record.raw for record in records) == text.getvalue().encode()
    assert [list(record.cells) for record in records] == rows
    assert [record.offset for record in records] == [
        sum(len(r.raw) for r in records[:at]) for at in range(len(records))
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_split_or_refused_in_one_line(raw: bytes) -> None:
    for codec in ("utf-8", "gb18030", "big5"):
        fault = ""
        try:
            records = split(raw, Splitter(Dialect(), codec))
        except InputError as exc:
            fault = str(exc)
        assert re.fullmatch("row .*", fault) if fault else b"".join(record.raw for record in records) == raw


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(b'a,b\n1,"2\n3,4\n', "row 2: a quoted field is never closed", id="a quote never closed"),
        pytest.param(
            b'a,b\n1,"2"x\n', "row 2: a quoted field goes on after its closing quote", id="text after a quote"
        ),
        pytest.param(b'a\n1\n"' + b"x\n" * 100_000, "row 3: a quoted field is never closed", id="a runaway field"),
        pytest.param(b"a\n" + b"x" * (MAX_RECORD_BYTES + 1), "row 2: longer than", id="a runaway line"),
        pytest.param(b"a\n\xff\n", "row 2: byte 0xff is not UTF-8", id="a byte of another encoding"),
    ],
)
def test_a_broken_record_is_named(raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        split(raw)


def test_bytes_of_wide_characters_are_no_delimiters() -> None:
    """The second byte of GB18030 倈 is a bar: cells are cut in the decoded text."""
    raw = "倈|b\n".encode("gb18030")
    assert raw.count(b"|") == 2
    assert [list(record.cells) for record in split(raw, Splitter(Dialect("|"), "gb18030"))] == [["倈", "b"]]


@pytest.mark.parametrize(
    ("neighbours", "cells", "expected"),
    [
        pytest.param(b"1,a\n2,b\n", ["3", "c"], b"3,c", id="no quotes, none written"),
        pytest.param(b'"1","a"\n"2","b"\n', ["3", ""], b'"3",""', id="all quoted"),
        pytest.param(b'1,"a"\n2,"b"\n', ["3", "c"], b'3,"c"', id="text quoted, numbers not"),
        pytest.param(b'"1",\n"2","b"\n', ["3", ""], b'"3",', id="filled fields quoted, empty ones not"),
        pytest.param(b'1,a\n2,"b,c"\n', ["3", 'd"e'], b'3,"d""e"', id="quoted only where it must be"),
        pytest.param(b"1,a\n", ["3", "d\ne"], b'3,"d\ne"', id="a line break must be quoted"),
    ],
)
def test_a_record_is_quoted_as_its_neighbours_are(neighbours: bytes, cells: list[str], expected: bytes) -> None:
    records = split(neighbours)
    assert PLAIN.compose(cells, records[0], records) == expected


def test_backslash_escapes_are_written_where_they_are_read() -> None:
    splitter = Splitter(Dialect(doubled=False), "utf-8")
    records = split(b'"a\\"b","c"\n', splitter)
    assert records[0].cells == ['a"b', "c"]
    assert splitter.compose(['d"e', "f\\g"], records[0], records) == b'"d\\"e","f\\\\g"'


def test_a_character_the_encoding_lacks_is_named() -> None:
    splitter = Splitter(Dialect(), "big5")
    records = split(b"1,a\n", splitter)
    with pytest.raises(InputError, match="'区', which BIG5 cannot write"):
        splitter.compose(["余杭区", "x"], records[0], records)
