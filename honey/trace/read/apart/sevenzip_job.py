"""7z archives by py7zr (the extra `sevenzip`), member by member in one pass, nothing written to disk.

py7zr pushes bytes where the readers here are pulled: this reader writes its frames as they come.
"""

from collections.abc import Iterator
from pathlib import Path

import py7zr
from py7zr import exceptions

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Member, Piece
from honey.trace.read.source import BLOCK_BYTES, UnreadableError, stated
from honey.translation import _

_ENCRYPTED = _("is encrypted; unpack it with its password and trace the files")


class _Sent(py7zr.Py7zIO):
    """One member, sent on as it is unpacked; nothing is kept."""

    def __init__(self, name: str) -> None:
        self._sent = 0
        told.write(Member(name))

    def write(self, s: bytes | bytearray) -> int:
        """Send on what was unpacked."""
        for at in range(0, len(s), BLOCK_BYTES):
            told.write(Piece(bytes(s[at : at + BLOCK_BYTES])))
        self._sent += len(s)
        return len(s)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002  # py7zr's interface
        """Return nothing."""
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002  # py7zr's interface
        """Stay."""
        return 0

    def flush(self) -> None:
        """Do nothing."""

    def size(self) -> int:
        """Return how much was unpacked."""
        return self._sent


class _Sender(py7zr.WriterFactory):
    def create(self, filename: str) -> _Sent:
        return _Sent(filename)


def read(path: Path) -> Iterator[Frame]:
    """Yield nothing: members go out while they are unpacked. Raises UnreadableError if it is encrypted or broken."""
    try:
        with path.open("rb") as stream, py7zr.SevenZipFile(stream, "r") as archive:
            if archive.needs_password():
                raise UnreadableError(_ENCRYPTED)
            archive.extractall(factory=_Sender())
    except exceptions.PasswordRequired as exc:
        raise UnreadableError(_ENCRYPTED) from exc
    except exceptions.UnsupportedCompressionMethodError as exc:
        raise UnreadableError(
            _("is packed in a way py7zr does not know; unpack it by hand and trace the files")
        ) from exc
    except exceptions.ArchiveError as exc:
        raise UnreadableError(
            _("broken archive ({reason}); copy it again, or unpack it by hand", reason=stated(exc))
        ) from exc
    yield from ()
