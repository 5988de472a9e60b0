"""ZIP containers: workbooks and documents by what they hold, else archives, member by member."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from honey.trace.read.apart import office
from honey.trace.read.apart.frames import Frame, Lost, Member, Piece
from honey.trace.read.apart.sheets import read_workbook
from honey.trace.read.budget import MAX_RATIO, RATIO_FREE_BYTES
from honey.trace.read.source import BLOCK_BYTES, UnreadableError, stated
from honey.translation import _

_SHEETS = ("xl/workbook.xml", "xl/workbook.bin")
_METHODS = _("its compression is none that Python reads; unpack it by hand and trace the files")


def read(path: Path) -> Iterator[Frame]:
    """Yield the tables of an office file, or the members of an archive.

    Raises:
        UnreadableError: the directory at the end of the archive is missing or broken.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
        raise UnreadableError(
            _("broken archive ({reason}); copy it again, or repair it with `zip -FF`", reason=stated(exc))
        ) from exc
    with archive:
        names = set(archive.namelist())
        kind = archive.read("mimetype")[:100] if _is_small(archive, "mimetype") else b""
        document = office.parts(names, kind)
        is_workbook = bool(names.intersection(_SHEETS)) or b"opendocument.spreadsheet" in kind
        if is_workbook or document:
            _refuse_bomb(archive, path.stat().st_size)
        if is_workbook:
            yield from read_workbook(path)
        elif document:
            yield from office.read_document(archive, document)
        else:
            for member in archive.infolist():
                if not member.is_dir():
                    yield from _member(archive, member)


def _refuse_bomb(archive: zipfile.ZipFile, packed_bytes: int) -> None:
    """Members of an archive are counted while they are unpacked; an office file's parts are its library's business."""
    unpacked_bytes = sum(member.file_size for member in archive.infolist())
    if unpacked_bytes > max(RATIO_FREE_BYTES, MAX_RATIO * packed_bytes):
        raise UnreadableError(
            _(
                "unpacks to {unpacked_bytes:,} bytes, which is no real document; save it as CSV or text",
                unpacked_bytes=unpacked_bytes,
            )
        )


def _is_small(archive: zipfile.ZipFile, name: str) -> bool:
    return name in archive.NameToInfo and archive.getinfo(name).file_size < 1000


def member_name(member: zipfile.ZipInfo) -> str:
    """Chinese archivers write GBK names without the UTF-8 flag; zipfile reads those as code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeError:
            continue
    return member.filename


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Frame]:
    name = member_name(member)
    if member.flag_bits & 0x1:
        yield Lost(name, _("is encrypted; unpack it with its password and trace the files"))
        return
    yield Member(name)
    try:
        with cast("zipfile.ZipExtFile", archive.open(member)) as stream:
            while block := stream.read1(BLOCK_BYTES):  # read() would lose what comes before a break
                yield Piece(block)
    except (NotImplementedError, RuntimeError) as exc:
        yield Lost(name, _("cannot be unpacked ({reason}): {methods}", reason=stated(exc), methods=_METHODS))
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as exc:
        yield Lost(name, _("broken in the archive ({reason}); copy the archive again", reason=stated(exc)))
