"""Decoy records stand between the originals, line ends and byte order marks where they were."""

import io

import pytest

from honey.seed.passthrough.charset import Charset
from honey.seed.passthrough.delimited import Splitter
from honey.seed.passthrough.dialect import Dialect
from honey.seed.passthrough.table import Insert, Table
from honey.seed.passthrough.writing import TextWriter


@pytest.mark.parametrize(
    ("raw", "after", "expected"),
    [
        pytest.param(b"1,a\n2,b\n", [0], b"1,a\n9,x\n2,b\n", id="between"),
        pytest.param(b"1,a\r\n2,b\n", [0], b"1,a\r\n9,x\r\n2,b\n", id="with the line end of the row before"),
        pytest.param(b"1,a\n2,b", [1], b"1,a\n2,b\n9,x", id="after a last line without an end"),
        pytest.param(b"1,a\r\n2,b", [1, 1], b"1,a\r\n2,b\r\n9,x\r\n9,x", id="twice there"),
        pytest.param(b"1,a", [0], b"1,a\n9,x", id="after the only line"),
        pytest.param(b"1,a\n2,b\n", [-1], b"9,x\n1,a\n2,b\n", id="before the first"),
        pytest.param(b"\xef\xbb\xbf1,a\n2,b\n", [-1], b"\xef\xbb\xbf9,x\n1,a\n2,b\n", id="but after the mark"),
        pytest.param(b"1,a\n\n\n2,b\n", [0], b"1,a\n9,x\n\n\n2,b\n", id="blank lines stay where they are"),
    ],
)
def test_a_record_is_put_between(raw: bytes, after: list[int], expected: bytes) -> None:
    file, read = io.BytesIO(raw), Splitter(Dialect(), "utf-8")
    table = Table(file, read, ("1", "2"), has_header=False)
    table.survey(next(read(file)), lambda _: None)
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef") else b""
    target = io.BytesIO()
    writer = TextWriter(table, read, Charset("utf-8", mark))
    writer.write(target, [Insert(place, 0, ("9", "x")) for place in after])
    assert target.getvalue() == expected
