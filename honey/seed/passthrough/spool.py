"""Bytes on their way in and out: a seekable copy of what cannot be read twice, and output that is whole or absent.

Temporary files are unnamed (or beside the target, for its rename) and are gone with the process that made them.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

BLOCK_BYTES = 1024 * 1024


class Sink(Protocol):
    """Takes bytes in order."""

    def write(self, block: bytes, /) -> object:
        """Take a block."""


def seekable(source: BinaryIO) -> tuple[BinaryIO, bool]:
    """Return a file that can be read twice, from its start, and whether it is a copy the caller must close.

    A pipe is copied to an unnamed temporary file on disk, a megabyte at a time.
    """
    if _rewinds(source):
        return source, False
    copy = temporary()
    while block := source.read(BLOCK_BYTES):
        copy.write(block)
    copy.seek(0)
    return copy, True


def _rewinds(source: BinaryIO) -> bool:
    try:
        if not source.seekable():
            return False
        source.seek(0)
    except (OSError, io.UnsupportedOperation):
        return False
    return True


def temporary() -> BinaryIO:
    """Return an unnamed temporary file."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - its taker closes it
    return cast("BinaryIO", file)


def sha256(file: BinaryIO) -> str:
    """Return the digest of the whole file in hexadecimal, leaving it at its start."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def copy_range(source: BinaryIO, target: Sink, start: int, stop: int | None) -> None:
    """Append the bytes of `source` from `start` to `stop` (None: its end) to `target`."""
    source.seek(start)
    while stop is None or start < stop:
        block = source.read(BLOCK_BYTES if stop is None else min(BLOCK_BYTES, stop - start))
        if not block:
            return
        target.write(block)
        start += len(block)


@contextmanager
def whole_or_nothing(target: BinaryIO | Path) -> Iterator[BinaryIO]:
    """Yield a file to write; once the block ends without an error its content is at `target`, before that nothing is.

    For a path: written beside it, synchronised, renamed over it. For a stream (stdout): spooled, then copied; a
    reader that goes away half-way is the one way to leave part of it.
    """
    if isinstance(target, Path):
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            part = Path(file.name)
            try:
                yield cast("BinaryIO", file)
                file.flush()
                os.fsync(file.fileno())
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        return
    with temporary() as file:
        yield file
        file.seek(0)
        while block := file.read(BLOCK_BYTES):
            target.write(block)
        target.flush()
