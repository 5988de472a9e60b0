"""Every file is read as what it is, told by its content, or listed with one reason."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.honey.trace.read.conftest import Read


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"a,b\n1,2\n", "csv"),
        ("a.txt", "你好\n世界\n".encode(), "text"),
        ("a.txt", b"", "text"),
        ("a.json", b'[{"a": 1}]', "json"),
        ("a.json", b'{\n "a": 1\n}', "json"),
        ("a.json", b'{"code": 0, "rows": [{"a": 1}, {"a": 2}]}', "json"),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.txt", b'\xef\xbb\xbf{"a": 1}\n', "jsonl"),
        ("a.log", b"[2026-11-21 08:00:00] started\n", "text"),
        ("a.log", b"{name} is not set\n", "text"),
        ("a.sql", b"INSERT INTO t VALUES (1);\n", "sql"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "html"),
        ("a.xls", b"a\tb\n1\t2\n", "csv"),
        ("a.xlsx", b"plain text", "text"),
        ("a.txt", b"BZhang is a name\n", "text"),
        ("a.txt", b"BMW 3\n", "text"),
    ],
)
def test_the_content_tells_the_kind(name: str, content: bytes, kind: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / name).write_bytes(content)
    seen = read(tmp_path / name)
    assert seen.kinds == {name: kind}
    assert not seen.unreadable


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "RAR archive; unpack it"),
        ("a.zst", b"\x28\xb5\x2f\xfd\x00", "zstd -d"),
        ("a.gz", b"\x1f\x8b\x08\x00abc", "breaks off"),
        ("a.bz2", b"BZh91AY&SYabc", "breaks off"),
        ("a.xz", b"\xfd7zXZ\x00abc", "breaks off"),
        ("a.7z", b"7z\xbc\xaf\x27\x1cabc", "broken"),
        ("a.pdf", b"%PDF-1.7", "broken PDF"),
        ("a.db", b"SQLite format 3\x00", "broken database"),
        ("a.db-wal", b"\x37\x7f\x06\x82" + bytes(28), "wal_checkpoint"),
        ("a.parquet", b"PAR1abcPAR1", "broken Parquet"),
        ("a.bin", bytes(range(256)) * 9, "no text"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(99), "paste the text"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "paste the text"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "paste the text"),
        ("a.mp4", b"\x00\x00\x00\x20ftypisom", "recording"),
        ("a.rtf", b"{\\rtf1 hello}", "save it as .docx"),
        ("a.dump", b"PGDMP\x01\x0e", "pg_restore"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken workbook"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "save it as .docx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.xlsx", b"", "it is empty"),
        ("a.zip", b"PK\x03\x04abc", "broken archive"),
        ("a.docx", b"PK\x03\x04" + b"rubbish" * 99, "broken archive"),
    ],
)
def test_what_cannot_be_read_gives_one_reason_and_a_mend(
    name: str, content: bytes, reason: str, tmp_path: Path, read: Read
) -> None:
    (tmp_path / name).write_bytes(content)
    seen = read(tmp_path / name)
    assert list(seen.unreadable) == [name]
    assert reason in seen.unreadable[name]
    assert not any(seen.rows.values())


def test_a_broken_file_keeps_no_other_from_being_read(tmp_path: Path, read: Read) -> None:
    (tmp_path / "1.xlsx").write_bytes(b"PK\x03\x04rubbish")
    (tmp_path / "2.csv").write_text("a,b\n1,2\n", "utf-8")
    seen = read(tmp_path)
    assert [Path(name).name for name in seen.rows] == ["2.csv"]
    assert [Path(name).name for name in seen.unreadable] == ["1.xlsx"]


def test_a_folder_is_read_through_in_order(tmp_path: Path, read: Read) -> None:
    for name in ("b/2.csv", "a.csv", "b/1.csv"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "in" / name).write_text("a,b\n1,2")
    assert list(read(tmp_path / "in").rows) == ["in/a.csv", "in/b/1.csv", "in/b/2.csv"]


def test_links_in_circles_and_special_files_are_told_and_not_followed(tmp_path: Path, read: Read) -> None:
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    (folder / "a.csv").write_text("a,b\n1,2")
    (folder / "deeper" / "up").symlink_to(folder)
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / "self").symlink_to(folder / "self")
    os.mkfifo(folder / "pipe")
    seen = read(folder)
    assert list(seen.rows) == ["in/a.csv"]
    assert set(seen.unreadable) == {"in/deeper/up", "in/gone", "in/self", "in/pipe"}


def test_a_missing_file_is_listed(tmp_path: Path, read: Read) -> None:
    assert read(tmp_path / "no.csv").unreadable == {"no.csv": "does not exist"}


def test_the_current_folder_lends_no_module_to_the_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    (tmp_path / "a.xls").write_text("<table><tr><td>14012345678</td></tr></table>")
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path / "a.xls").values("a.xls") == [("14012345678",)]


@given(
    content=st.binary(max_size=2000),
    name=st.sampled_from(["a.csv", "a.xlsx", "a.json", "a.html", "a"]),
    start=st.sampled_from([b"", b"[", b"{", b"\xff\xfe", b"INSERT INTO a VALUES (", b"COPY a FROM stdin;\n"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True)
def test_any_bytes_in_any_file_are_read_or_listed(
    tmp_path: Path, content: bytes, name: str, start: bytes, read: Read
) -> None:
    (tmp_path / name).write_bytes(start + content)
    seen = read(tmp_path / name)
    assert seen.rows or seen.unreadable


MAGIC = [
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh91AY&SY",
    b"\xfd7zXZ\x00", b"SQLite format 3\x00", b"PAR1", b"%PDF-1.4\n", b"<table>",
]  # fmt: skip


@given(content=st.binary(max_size=1500), magic=st.sampled_from(MAGIC))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True, max_examples=40)
def test_any_bytes_behind_any_magic_are_read_or_listed(
    tmp_path: Path, content: bytes, magic: bytes, read: Read
) -> None:
    (tmp_path / "a").write_bytes(magic + content)
    seen = read(tmp_path / "a")
    assert seen.rows or seen.unreadable
