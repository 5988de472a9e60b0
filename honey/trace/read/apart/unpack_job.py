"""gzip, bzip2, xz and tar, alone or one in the other, front to back."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase, BufferedReader
from pathlib import Path

from honey.trace.read.apart.frames import Frame, Lost, Member, Piece
from honey.trace.read.kinds import TAR_MARK
from honey.trace.read.source import BLOCK_BYTES, UnreadableError, sample, stated
from honey.translation import _

_TAR_BYTES = 512  # of a header
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError)


def read(path: Path) -> Iterator[Frame]:
    """Yield the one file of a compressed one, or the members of a tape archive.

    Raises:
        UnreadableError: the file breaks off, or was changed on the way.
    """
    try:
        with _opened(path) as stream:
            is_tar = sample(stream, _TAR_BYTES)[TAR_MARK] == b"ustar"
        with _opened(path) as stream:
            yield from _tar(stream) if is_tar else _single(stream)
    except _BROKEN as exc:
        raise UnreadableError(
            _("breaks off or is damaged ({reason}); copy it again from where it lay", reason=stated(exc))
        ) from exc


def _opened(path: Path) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile | BufferedReader:
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(path)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(path)
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(path)
    return path.open("rb")


def _single(stream: BufferedIOBase) -> Iterator[Frame]:
    yield Member("")
    while block := stream.read1(BLOCK_BYTES):  # read() would lose what comes before the break
        yield Piece(block)


def _tar(stream: BufferedIOBase) -> Iterator[Frame]:
    with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
        for member in archive:
            name = _name(member.name)
            if member.isreg():
                yield Member(name)
                content = archive.extractfile(member)
                while content and (block := content.read(BLOCK_BYTES)):
                    yield Piece(block)
            elif not member.isdir():
                yield Lost(name, _("is a link or a device, which holds nothing itself; trace the file it stands for"))
            archive.members.clear()  # type: ignore[attr-defined]  # else all headers stay in memory


def _name(name: str) -> str:
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeError:
        return raw.decode("gb18030", "replace")
