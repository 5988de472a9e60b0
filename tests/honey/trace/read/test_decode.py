"""Encodings are told apart, lines keep their numbers, and no bytes break a reader."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace.read.decode import lines
from honey.trace.read.encoding import detect
from honey.trace.read.source import MAX_LINE_BYTES, MAX_RECORD_CHARS, Progress

TEXT = "序号,姓名\r\n1,王小红\n2,歐陽\n3,résumé"
CHINESE = "收货人,手机\n王小红,14012345678\n" * 20


@pytest.mark.parametrize(
    ("sample", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig"),
        (CHINESE.encode("gbk"), "gb18030"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("utf-32"), "utf-32"),
        (b"plain\n", "utf-8"),
        (CHINESE.encode()[:-2], "utf-8"),
        (b"", "utf-8"),
        (b"\xff\xfe\xfa\xff\xff\xff"[2:], "latin-1"),
        (bytes(range(256)) * 4, None),
    ],
)
def test_an_encoding_is_told_by_the_first_bytes(sample: bytes, encoding: str | None) -> None:
    assert detect(sample) == encoding


def read(data: bytes, encoding: str) -> tuple[list[tuple[int, str]], Progress]:
    progress = Progress()
    batches = list(lines(io.BytesIO(data), encoding, progress))
    return [(batch.row(at), text.rstrip("\r")) for batch in batches for at, text in enumerate(batch.texts)], progress


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32"])
def test_lines_come_whole_and_numbered(encoding: str) -> None:
    found, progress = read(TEXT.encode(encoding), encoding)
    assert found == [(at, line) for at, line in enumerate(TEXT.replace("\r", "").split("\n"), start=1)]
    assert progress.bytes == len(TEXT.encode(encoding))


def test_many_lines_over_block_borders_keep_their_numbers() -> None:
    texts = [f"{at},王小红{'号' * (at % 50)}" for at in range(1, 60_000)]
    assert read("\n".join(texts).encode(), "utf-8")[0] == list(enumerate(texts, start=1))


def test_a_block_in_another_encoding_is_read_in_its_own() -> None:
    ascii_first = b"a,b\n" * 200_000
    found, progress = read(ascii_first + "王小红,上海\n".encode("gb18030"), "utf-8")
    assert found[-1] == (200_001, "王小红,上海")
    assert progress.encodings == {"utf-8", "gb18030"}


def test_old_macintosh_line_ends_are_line_ends() -> None:
    assert read(b"a\rb\rc", "utf-8")[0] == [(1, "a"), (2, "b"), (3, "c")]


def test_a_long_line_comes_in_overlapping_parts_of_one_row() -> None:
    long = "x" * (MAX_RECORD_CHARS - 5) + "14012345678" + "y" * 100
    found, _ = read(f"a\n{long}\nb".encode(), "utf-8")
    assert found[0] == (1, "a")
    assert found[-1] == (3, "b")
    parts = [text for row, text in found if row == 2]
    assert len(parts) == 2
    assert any("14012345678" in part for part in parts)


def test_a_line_longer_than_a_block_is_bounded_and_keeps_the_numbers() -> None:
    long = "(1,'王小红')," * (3 * MAX_LINE_BYTES // 10)
    found, _ = read(f"a\n{long}\nb\nc\n".encode("gb18030"), "gb18030")
    assert max(len(text) for _, text in found) <= MAX_RECORD_CHARS
    assert [row for row, _ in found if row != 2] == [1, 3, 4]
    assert sum(text.count("王小红") for _, text in found) >= 3 * MAX_LINE_BYTES // 10


@given(st.binary(max_size=3000), st.sampled_from(["utf-8", "gb18030", "big5", "utf-16-le", "latin-1", "utf-32-be"]))
def test_any_bytes_are_read_without_failing(data: bytes, encoding: str) -> None:
    found, progress = read(data, encoding)
    assert progress.bytes == len(data)
    assert [row for row, _ in found] == sorted(row for row, _ in found)
