"""Archives of every kind are read through, and none of them reaches further than is safe."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honey.trace.read import budget
from tests.honey.trace.read import making
from tests.honey.trace.read.conftest import Read

ROWS = b"name,phone\nWang,14012345678\n"


def test_members_are_read_and_listed_one_by_one(tmp_path: Path, read: Read) -> None:
    members = {
        "t.csv": ROWS,
        "in.zip": making.zipped({"x.csv": ROWS}),
        "p.png": b"\x89PNG\r\n",
        "e/": b"",
        "n.txt": b"",
    }
    (tmp_path / "a.zip").write_bytes(making.zipped(members))
    seen = read(tmp_path / "a.zip")
    assert list(seen.rows) == ["a.zip!t.csv", "a.zip!in.zip!x.csv", "a.zip!n.txt"]
    assert list(seen.unreadable) == ["a.zip!p.png"]


@pytest.mark.parametrize(
    ("flag", "encoding"),
    [(0, "gb18030"), (0, "utf-8"), (0x800, "utf-8")],
    ids=["GBK", "UTF-8 unmarked", "UTF-8 marked"],
)
def test_chinese_names_are_read_as_they_were_written(flag: int, encoding: str, tmp_path: Path, read: Read) -> None:
    name = "快递面单/十一月.csv".encode(encoding)
    content = making.zipped({"x" * len(name): ROWS}).replace(b"x" * len(name), name)
    for at in (6, content.index(b"PK\x01\x02") + 8):
        content = content[:at] + struct.pack("<H", flag) + content[at + 2 :]
    (tmp_path / "a.zip").write_bytes(content)
    assert list(read(tmp_path / "a.zip").rows) == ["a.zip!快递面单/十一月.csv"]


def test_names_in_tape_archives_may_be_gbk(tmp_path: Path, read: Read) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT, encoding="gb18030") as archive:
        member = tarfile.TarInfo("面单.csv")
        member.size = len(ROWS)
        archive.addfile(member, io.BytesIO(ROWS))
    (tmp_path / "a.tar").write_bytes(raw.getvalue())
    assert list(read(tmp_path / "a.tar").rows) == ["a.tar!面单.csv"]


def test_an_encrypted_member_is_listed_and_the_others_are_read(tmp_path: Path, read: Read) -> None:
    content = bytearray(making.zipped({"secret.csv": ROWS, "open.csv": ROWS}))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + flags] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    seen = read(tmp_path / "a.zip")
    assert list(seen.rows) == ["a.zip!open.csv"]
    assert "encrypted; unpack it with its password" in seen.unreadable["a.zip!secret.csv"]


def test_an_encrypted_7z_is_listed(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.7z").write_bytes(making.sevenzipped({"a.csv": ROWS}, password="x"))
    seen = read(tmp_path / "a.7z")
    assert "encrypted" in seen.unreadable["a.7z"]
    assert not seen.rows


def test_a_damaged_member_is_listed_and_the_others_are_read(tmp_path: Path, read: Read) -> None:
    content = bytearray(making.zipped({"1.csv": ROWS * 99, "2.csv": ROWS}, zipfile.ZIP_STORED))
    content[content.index(b"Wang")] = ord("w")
    (tmp_path / "a.zip").write_bytes(content)
    seen = read(tmp_path / "a.zip")
    assert "broken in the archive" in seen.unreadable["a.zip!1.csv"]
    assert len(seen.rows["a.zip!2.csv"]) == 2


def test_links_in_archives_lead_nowhere(tmp_path: Path, read: Read) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, kind, target in (("l", tarfile.SYMTYPE, "/etc/passwd"), ("h", tarfile.LNKTYPE, "/etc/passwd")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
        member = tarfile.TarInfo("../../escape.csv")
        member.size = len(ROWS)
        archive.addfile(member, io.BytesIO(ROWS))
    (tmp_path / "a.tar").write_bytes(raw.getvalue())
    seen = read(tmp_path / "a.tar")
    assert set(seen.unreadable) == {"a.tar!l", "a.tar!h"}
    assert list(seen.rows) == ["a.tar!../../escape.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_what_comes_before_a_break_is_read(pack: object, tmp_path: Path, read: Read) -> None:
    assert callable(pack)
    lines = "".join(f"{at * 7919 % 100003},{at * 104729 % 99991}\n" for at in range(150_000)).encode()
    whole = pack(lines)
    (tmp_path / "a").write_bytes(whole[: len(whole) * 9 // 10])
    seen = read(tmp_path / "a")
    assert "breaks off" in seen.unreadable["a"]
    assert len(seen.rows["a"]) > 20_000


def test_compressed_files_written_one_after_the_other_are_one(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))
    assert len(read(tmp_path / "a.gz").rows["a.gz"]) == 3


MEBIBYTE = 1 << 20
BOMBS = {
    "zeros.gz": lambda: gzip.compress(b"0" * 8 * MEBIBYTE, 1),
    "lines.bz2": lambda: bz2.compress(b"0\n" * 4 * MEBIBYTE),
    "zeros.xz": lambda: lzma.compress(b"0," * 4 * MEBIBYTE, preset=0),
    "zeros.zip": lambda: making.zipped({"a.txt": b"0\n" * 4 * MEBIBYTE}),
    "many.zip": lambda: making.zipped({f"{at}.txt": b"0\n" * (MEBIBYTE // 8) for at in range(30)}),
    "zeros.7z": lambda: making.sevenzipped({"a.txt": b"0\n" * 2 * MEBIBYTE}),
    "zeros.tar.gz": lambda: making.tarred({"a.txt": b"0\n" * 4 * MEBIBYTE}),
    "gz in gz": lambda: gzip.compress(gzip.compress(b"0\n" * 4 * MEBIBYTE)),
    "picture.zip": lambda: making.zipped({"a.png": b"\x89PNG" + bytes(8 * MEBIBYTE), "b.csv": ROWS}),
}


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small files unpack to a mebibyte, so that bombs can be small too."""
    monkeypatch.setattr(budget, "RATIO_FREE_BYTES", MEBIBYTE)


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_gives_one_line_and_keeps_nothing_else_from_being_read(name: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(BOMBS[name]())
    (tmp_path / "in" / "z.csv").write_bytes(ROWS)
    seen = read(tmp_path / "in")
    spent = [reason for reason in seen.unreadable.values() if "unpacks to more than is safe to read" in reason]
    assert len(spent) == 1
    assert len(seen.rows["in/z.csv"]) == 2
    others = set(seen.unreadable.values()) - set(spent)
    assert all("picture" in reason for reason in others)


def nested(levels: int, width: int) -> bytes:
    """Archives of copies of an archive, as 42.zip: width ** levels files of a quarter of a mebibyte."""
    content = making.zipped({"zeros.txt": b"0" * (MEBIBYTE // 4)})
    for _ in range(levels):
        content = making.zipped({f"{at}.zip": content for at in range(width)})
    return content


@pytest.mark.usefixtures("little_room")
def test_archives_of_archives_of_zeros_end_with_one_line(tmp_path: Path, read: Read) -> None:
    (tmp_path / "42.zip").write_bytes(nested(3, 16))
    seen = read(tmp_path / "42.zip")
    assert len(seen.unreadable) == 1
    assert "unpacks to more than is safe" in next(iter(seen.unreadable.values()))


def test_archives_within_archives_without_end_are_left(tmp_path: Path, read: Read) -> None:
    content = making.zipped({"deep.csv": ROWS})
    for _ in range(4):
        content = making.tarred({"a.zip": making.zipped({"b.tar.gz": content})})
    (tmp_path / "a.tar.gz").write_bytes(content)
    seen = read(tmp_path / "a.tar.gz")
    ((name, reason),) = seen.unreadable.items()
    assert name.count("!") == budget.MAX_DEPTH
    assert "one in the other" in reason
    assert not seen.rows


def test_too_many_files_end_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Read) -> None:
    monkeypatch.setattr(budget, "MAX_FILES", 10)
    inner = making.zipped({f"{at}.csv": ROWS for at in range(6)})
    (tmp_path / "a.zip").write_bytes(making.zipped({"1.zip": inner, "2.zip": inner, "3.zip": inner}))
    seen = read(tmp_path / "a.zip")
    assert len(seen.rows) == 8  # with the archives, ten files
    ((_, reason),) = seen.unreadable.items()
    assert "holds more than 10 files" in reason


def test_zeros_without_end_are_no_text_and_are_left(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(8 * MEBIBYTE)))
    assert "no text" in read(tmp_path / "a.gz").unreadable["a.gz"]


def test_a_workbook_or_document_that_is_a_bomb_is_refused(tmp_path: Path, read: Read) -> None:
    for name, member in (("a.xlsx", "xl/workbook.xml"), ("a.docx", "word/document.xml")):
        bomb = making.zipped({"[Content_Types].xml": b"<Types/>", member: bytes(100 << 20)})
        (tmp_path / name).write_bytes(bomb)
        assert "no real document" in read(tmp_path / name).unreadable[name]


@pytest.mark.usefixtures("little_room")
def test_a_small_file_of_endless_rows_is_cut_off(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.parquet").write_bytes(making.parquet_file([("a",), *([("王" * 1000,)] * 3000)]))
    seen = read(tmp_path / "a.parquet")
    assert "unpacks to more than is safe" in seen.unreadable["a.parquet"]
    assert len(seen.rows["a.parquet"]) > 300


PACKED = {
    "zip": making.zipped({"a.csv": ROWS * 9, "b/b.csv": ROWS}),
    "7z": making.sevenzipped({"a.csv": ROWS * 9, "b/b.csv": ROWS}),
    "tar": making.tarred({"a.csv": ROWS * 9, "b/b.csv": ROWS}, "w"),
    "tar.xz": making.tarred({"a.csv": ROWS * 9, "b/b.csv": ROWS}, "w:xz"),
}


@given(
    kind=st.sampled_from(sorted(PACKED)),
    changes=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, 40),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True, max_examples=20)
def test_a_damaged_archive_is_read_or_listed(
    tmp_path: Path, kind: str, changes: list[tuple[int, int]], cut: int, read: Read
) -> None:
    content = bytearray(PACKED[kind])
    for at, value in changes:
        content[at % len(content)] = value
    (tmp_path / "a").write_bytes(content[: len(content) - cut])
    seen = read(tmp_path / "a")
    assert seen.rows or seen.unreadable
