"""Every file is read as what it is or listed with one reason."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honey.trace.read import files
from honey.trace.read.files import open_dump
from honey.trace.read.source import Source, Unreadable, UnreadableError


def opened(*paths: Path) -> list[tuple[str, str]]:
    """Read everything; return (name, kind or reason)."""
    found = []
    for one in open_dump(paths):
        if isinstance(one, Source):
            found.append((one.name, one.kind))
            for batch in one.batches():
                for text in batch.texts:
                    one.split(text)
        else:
            found.append((one.file, one.reason))
    return found


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.csv", b"a,b\n1,2\n", "csv"),
        ("a.txt", "你好\n世界\n".encode(), "text"),
        ("a.txt", b"", "text"),
        ("a.json", b'[{"a": 1}]', "json"),
        ("a.json", b'{\n "a": 1\n}', "json"),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.txt", b'\xef\xbb\xbf{"a": 1}\n', "jsonl"),
    ],
)
def test_the_content_tells_the_kind(name: str, data: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert opened(tmp_path / name) == [(str(tmp_path / name), kind)]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.rar", b"Rar!\x1a\x07", "RAR archive"),
        ("a.gz", b"\x1f\x8b\x08\x00abc", "gunzip"),
        ("a.pdf", b"%PDF-1.7", "convert it to text"),
        ("a.db", b"SQLite format 3\x00", "export its tables"),
        ("a.bin", bytes(range(256)) * 9, "no text"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken workbook"),
        ("a.xlsx", b"plain text", "broken workbook"),
        ("a.xlsx", b"", "broken workbook"),
        ("a.zip", b"PK\x03\x04abc", "broken archive"),
    ],
)
def test_what_is_no_dump_gives_one_reason(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    ((file, said),) = opened(tmp_path / name)
    assert file == str(tmp_path / name)
    assert reason in said
    assert "\n" not in said


def test_a_sheet_counts_its_empty_rows_and_is_named_after_the_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("二")["A2"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert opened(tmp_path / "a.xlsx") == [(str(tmp_path / "a.xlsx"), "sheet"), (f"{tmp_path / 'a.xlsx'}#二", "sheet")]


def test_members_of_an_archive_are_read_and_listed_one_by_one(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.csv", "a,b\n1,2")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("t.csv", "a,b\n1,2")
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("p.png", b"\x89PNG")
    found = dict(opened(tmp_path / "a.zip"))
    root = str(tmp_path / "a.zip")
    assert found[f"{root}/t.csv"] == "csv"
    assert "archive inside an archive" in found[f"{root}/inner.zip"]
    assert "picture" in found[f"{root}/p.png"]


def test_an_archive_bomb_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "RATIO_FREE_BYTES", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", b"0\n" * (8 << 20))
    with pytest.raises(UnreadableError, match="unpacks to more than is safe"):
        opened(tmp_path / "bomb.zip")


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(300 << 20))
    ((_, reason),) = opened(tmp_path / "bomb.xlsx")
    assert "unpacks to" in reason


def test_a_folder_is_read_through_in_order(tmp_path: Path) -> None:
    for name in ("b/2.csv", "a.csv", "b/1.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a,b\n1,2")
    assert [Path(name).name for name, _ in opened(tmp_path)] == ["a.csv", "1.csv", "2.csv"]


def test_a_missing_file_is_listed(tmp_path: Path) -> None:
    assert list(open_dump([tmp_path / "no.csv"])) == [Unreadable(str(tmp_path / "no.csv"), "does not exist")]


def test_standard_input_that_is_a_workbook_is_listed() -> None:
    (found,) = open_dump(["-"], stdin=io.BytesIO(b"PK\x03\x04" + bytes(100)))
    assert isinstance(found, Unreadable)
    assert "give it as a file" in found.reason


@given(
    data=st.binary(max_size=2000),
    name=st.sampled_from(["a.csv", "a.xlsx", "a.zip", "a.json", "a"]),
    magic=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_any_file_are_read_or_listed(tmp_path: Path, data: bytes, name: str, *, magic: bool) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04" + data if magic else data)
    assert opened(tmp_path / name)


@given(at=st.integers(0, 5000), value=st.integers(0, 255), cut=st.integers(0, 6000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_damaged_workbook_is_read_or_listed(tmp_path: Path, at: int, value: int, cut: int) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["a", 14012345678])
    whole = io.BytesIO()
    book.save(whole)
    data = bytearray(whole.getvalue())
    data[at % len(data)] = value
    (tmp_path / "a.xlsx").write_bytes(data[: cut % len(data)] if cut % 2 else data)
    with suppress(UnreadableError):  # found out while reading
        assert opened(tmp_path / "a.xlsx")
