"""Stretches of a file, read by themselves, are together the file: every row once, under its number."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.trace.read.files import is_divisible, open_file
from honey.trace.read.source import MAX_LINE_BYTES, Source
from honey.trace.read.spans import spans

HEADER = "单号,姓名,手机\n"
QUOTED = HEADER + "".join(f'YT{at},"王小红\n{at} 号\n楼",1400000{at:04d}\n' for at in range(300))
PLAIN = HEADER + "".join(f"YT{at},王小红,1400000{at:04d}\n" for at in range(300))
JSON = "".join(f'{{"no": "YT{at}", "name": "\\u738b{at}"}}\n' for at in range(300))
CHAT = "".join(f"[2026-11-22 08:{at % 60:02d}] 王小红 1400000{at:04d}\r\n" for at in range(300))


def rows(path: Path, span_bytes: int | None) -> list[tuple[int, str]]:
    """Every row with its number in the file."""
    found: list[tuple[int, str]] = []
    ends = spans(path.stat().st_size, span_bytes) if span_bytes else [(0, None)]
    rows_before = 0
    for start, end in ends:
        for source in open_file(str(path), start, end):
            assert isinstance(source, Source)
            last = 0
            for batch in source.batches():
                found += [(rows_before + batch.row(at), text) for at, text in enumerate(batch.texts)]
                last = batch.row(len(batch) - 1)
            rows_before += last - source.progress.cut
    return found


@pytest.mark.parametrize("span_bytes", [97, 1_000, 4_099])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (PLAIN, "utf-8"), (PLAIN, "gb18030"), (PLAIN.removesuffix("\n"), "utf-8-sig"), (QUOTED, "utf-8"),
        (QUOTED, "big5"), (JSON, "utf-8"), (CHAT, "gb18030"), ("\n\n\n" + PLAIN, "utf-8"),
    ],
    ids=["csv", "csv in GB18030", "csv without a last line end", "cells over several lines", "the same in Big5",
         "JSON lines", "chat", "empty lines first"],
)  # fmt: skip
def test_rows_of_all_stretches_are_the_rows_of_the_file(
    tmp_path: Path, text: str, encoding: str, span_bytes: int
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(text.encode(encoding, "replace"))
    assert is_divisible(str(path))
    assert rows(path, span_bytes) == rows(path, None)


@settings(max_examples=150)
@given(st.lists(st.text("aé王,\"\r\n;'", max_size=30), min_size=3, max_size=40), st.integers(20, 300))
def test_no_text_loses_a_character_between_stretches(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], span_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "dump"
    path.write_bytes("\n".join(texts).encode())
    if not is_divisible(str(path)):
        return

    def characters(found: list[tuple[int, str]]) -> str:
        return "".join(text for _, text in found).replace("\n", "").replace("\r", "")

    assert characters(rows(path, span_bytes)) == characters(rows(path, None))


def test_a_line_without_end_is_cut_between_values_and_keeps_its_number(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("first\n" + "王小红 14000001234," * (MAX_LINE_BYTES // 8) + "\nlast\n")
    found = rows(path, MAX_LINE_BYTES + 13)
    assert {row for row, _ in found} == {1, 2, 3}
    assert sum(text.count("王小红 14000001234") for row, text in found if row == 2) >= MAX_LINE_BYTES // 8
    assert found[-1] == (3, "last")


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode("utf-16"), b"PK\x03\x04" + bytes(60), b"INSERT INTO t VALUES (1,'a'),(2,'b');\n" * 9,
        b'[{"a": 1},\n{"a": 2}]', b"<html><table><tr><td>1</td></tr></table>", b"",
    ],
    ids=["UTF-16", "zip", "SQL", "a JSON document", "HTML", "nothing"],
)  # fmt: skip
def test_what_is_no_text_of_lines_stays_in_one_piece(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "dump"
    path.write_bytes(data)
    assert not is_divisible(str(path)) or not data


def test_a_file_that_is_not_there_is_in_no_pieces(tmp_path: Path) -> None:
    assert not is_divisible(str(tmp_path / "none"))
    assert not is_divisible("file:///none/there.csv")
    assert not is_divisible("nosuchscheme://x/y")
