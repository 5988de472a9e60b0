"""From paths to readable sources: files, folders, ZIP archives one level deep, standard input (`-`).

Every file is either yielded as sources or as `Unreadable` with one reason; none is skipped in silence. A file is
open only while its sources are being read.
"""

import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from honey.trace.read.csv import csv_source, sniff
from honey.trace.read.decode import detect
from honey.trace.read.jsonl import json_source, jsonl_source
from honey.trace.read.sheet import EXTENSIONS, sheet_sources
from honey.trace.read.source import (
    MAX_MEMBER_BYTES,
    MAX_RATIO,
    MAX_SHEET_BYTES,
    RATIO_FREE_BYTES,
    Readable,
    Source,
    Unreadable,
    UnreadableError,
)
from honey.trace.read.text import text_source

STDIN = "-"
SAMPLE_BYTES = 64 * 1024  # looked at to tell encoding and kind
SAMPLE_LINES = 50
MAX_FILES = 100_000  # in one folder or archive
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and DOC and others that calamine refuses by itself
_OTHERS = (
    (b"Rar!", "is a RAR archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it first"),
    (b"\x1f\x8b", "is gzip-compressed; unpack it first (gunzip)"),
    (b"\x28\xb5\x2f\xfd", "is zstd-compressed; unpack it first"),
    (b"BZh", "is bzip2-compressed; unpack it first"),
    (b"%PDF", "is a PDF; convert it to text first"),
    (b"\x89PNG", "is a picture; read its text with OCR first"),
    (b"\xff\xd8\xff", "is a picture; read its text with OCR first"),
    (b"SQLite format 3\x00", "is an SQLite database; export its tables as CSV first"),
)
_SHEET_MEMBERS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


class _After:
    """A stream whose first bytes have been read already, with a cap on what may still come."""

    def __init__(self, head: bytes, rest: Readable, limit: int) -> None:
        self._head = head
        self._rest = rest
        self._left = limit - len(head)

    def read(self, size: int, /) -> bytes:
        """Return the head first; raises UnreadableError where the rest is broken or too long."""
        if self._head:
            taken, self._head = self._head[:size], self._head[size:]
            return taken
        try:
            block = self._rest.read(size)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
            raise UnreadableError(f"broken after what was read ({_reason(exc)})") from exc
        self._left -= len(block)
        if self._left < 0:
            raise UnreadableError("unpacks to more than is safe to read; unpack it by hand and trace the files")
        return block


def open_dump(paths: Iterable[str | Path], *, stdin: BinaryIO | None = None) -> Iterator[Source | Unreadable]:
    """Yield every source under `paths` in order; `-` reads `stdin`, by default the process's own."""
    for path in paths:
        if str(path) == STDIN:
            yield from _from_stdin(stdin)
        elif Path(path).is_dir():
            yield from _from_folder(Path(path))
        else:
            yield from _from_file(Path(path), str(path))


def _from_stdin(stdin: BinaryIO | None) -> Iterator[Source | Unreadable]:
    try:
        yield _plain(STDIN, stdin or sys.stdin.buffer, limit=1 << 62)
    except UnreadableError as exc:
        yield Unreadable(STDIN, str(exc))


def _from_folder(folder: Path) -> Iterator[Source | Unreadable]:
    for count, path in enumerate(sorted(path for path in folder.rglob("*") if not path.is_dir())):
        if count >= MAX_FILES:
            yield Unreadable(str(folder), f"holds more than {MAX_FILES:,} files; the rest was not read")
            return
        yield from _from_file(path, str(path))


def _from_file(path: Path, name: str) -> Iterator[Source | Unreadable]:
    if not path.is_file():
        yield Unreadable(name, "is no file" if path.exists() else "does not exist")
        return
    try:
        with path.open("rb") as stream:
            yield from _from_stream(name, stream, nested=False)
    except UnreadableError as exc:
        yield Unreadable(name, str(exc))
    except OSError as exc:
        yield Unreadable(name, f"cannot be opened ({_reason(exc)})")


def _from_stream(name: str, stream: BinaryIO, *, nested: bool) -> Iterator[Source | Unreadable]:
    head = stream.read(len(_OLE))
    stream.seek(0)
    if name.lower().endswith(EXTENSIONS) or head.startswith(_OLE) or (head.startswith(_ZIP) and _is_sheet(stream)):
        yield from sheet_sources(name, stream)
    elif head.startswith(_ZIP):
        if nested:
            raise UnreadableError("is an archive inside an archive; unpack it first")
        yield from _from_archive(name, stream)
    else:
        yield _plain(name, stream, limit=MAX_MEMBER_BYTES if nested else 1 << 62)


def _is_sheet(stream: BinaryIO) -> bool:
    try:
        with zipfile.ZipFile(stream) as archive:
            return any(member in archive.namelist() for member in _SHEET_MEMBERS)
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    finally:
        stream.seek(0)


def _from_archive(name: str, stream: BinaryIO) -> Iterator[Source | Unreadable]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        raise UnreadableError(f"broken archive ({_reason(exc)})") from exc
    with archive:
        for count, member in enumerate(archive.infolist()):
            if count >= MAX_FILES:
                yield Unreadable(name, f"holds more than {MAX_FILES:,} files; the rest was not read")
                return
            if not member.is_dir():
                yield from _from_member(f"{name}/{_member_name(member)}", archive, member)


def _member_name(member: zipfile.ZipInfo) -> str:
    """Chinese archivers write GBK names without the UTF-8 flag; zipfile reads those as code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _from_member(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Source | Unreadable]:
    limit = min(MAX_MEMBER_BYTES, max(RATIO_FREE_BYTES, MAX_RATIO * member.compress_size))
    try:
        with archive.open(member) as stream:
            head = stream.read(len(_OLE))
            kept = _After(head, stream, limit)
            if name.lower().endswith(EXTENSIONS) or head.startswith((_ZIP, _OLE)):
                yield from _from_stream(name, BytesIO(_whole(kept, min(limit, MAX_SHEET_BYTES))), nested=True)
            else:
                yield _plain(name, kept, limit=limit)
    except UnreadableError as exc:
        yield Unreadable(name, str(exc))
    except RuntimeError:
        yield Unreadable(name, "is encrypted; unpack it first")
    except (OSError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as exc:
        yield Unreadable(name, f"broken in the archive ({_reason(exc)})")


def _whole(stream: Readable, limit: int) -> bytes:
    found = bytearray()
    while block := stream.read(1 << 20):
        found += block
        if len(found) > limit:
            raise UnreadableError(f"larger than {limit:,} bytes; unpack it and save it as CSV")
    return bytes(found)


def _plain(name: str, stream: Readable, *, limit: int) -> Source:
    """Tell encoding and kind by the first bytes; raises UnreadableError if they are no text."""
    head = _whole_sample(stream)
    if head.startswith((_ZIP, _OLE)):
        raise UnreadableError("is an archive or workbook; give it as a file")
    reason = next((reason for magic, reason in _OTHERS if head.startswith(magic)), None)
    encoding = detect(head) if reason is None else None
    if encoding is None:
        raise UnreadableError(reason or "is no text in any known encoding")
    whole = _After(head, stream, limit)
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    first = text.lstrip()[:1]
    if first in {"{", "["} and text.strip():
        return _json(name, whole, encoding, text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sampled = lines[: SAMPLE_LINES if len(lines) > 1 else 1]
    dialect = sniff(sampled if len(head) < SAMPLE_BYTES or len(sampled) == 1 else sampled[:-1] or sampled)
    return csv_source(name, whole, encoding, dialect) if dialect else text_source(name, whole, encoding)


def _whole_sample(stream: Readable) -> bytes:
    """Read the sample even if the stream gives it in small parts (a pipe)."""
    found = b""
    while len(found) < SAMPLE_BYTES and (block := _After(b"", stream, 1 << 62).read(SAMPLE_BYTES - len(found))):
        found += block
    return found


def _json(name: str, stream: Readable, encoding: str, text: str) -> Source:
    first_line = text.strip().partition("\n")[0].rstrip()
    by_line = first_line.startswith("{") and first_line.endswith("}")
    return jsonl_source(name, stream, encoding) if by_line else json_source(name, stream, encoding)


def _reason(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
