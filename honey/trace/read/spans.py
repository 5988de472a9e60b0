"""Stretches of a large text file, so that several processes can read it: where rows begin, found by looking at them.

Every reader of a file cuts it alike, because a cut depends on the bytes around it and on the file's beginning alone.
"""

from dataclasses import dataclass
from typing import BinaryIO

from honey.trace.read.csv import MAX_JOINED_LINES, Dialect
from honey.trace.read.decode import SAFE_CUTS, WIDE
from honey.trace.read.source import MAX_LINE_BYTES

SPAN_BYTES = 64 * 1024 * 1024  # large enough that starting on one costs nothing, small enough for progress and retries


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text file is to be read, as its beginning tells."""

    kind: str  # "csv", "text", "jsonl", "json" or "sql"
    encoding: str
    text: str  # the beginning
    dialect: Dialect | None = None  # of a "csv"

    @property
    def divisible(self) -> bool:
        """Whether its rows are lines whose ends can be seen from anywhere."""
        return self.kind in {"csv", "text", "jsonl"} and not self.encoding.startswith(WIDE)


def spans(size: int, span_bytes: int = SPAN_BYTES) -> list[tuple[int, int]]:
    """Return the stretches of a divisible file of `size` bytes."""
    return [(start, min(start + span_bytes, size)) for start in range(0, size, span_bytes)]


class Stretch:
    """The bytes of the rows that begin in a stretch, as a stream. `cut` tells that the last row goes on behind it."""

    def __init__(self, file: BinaryIO, start: int, end: int, reading: Reading) -> None:
        self._at = _row_start(file, start, reading)
        self._end = max(self._at, _row_start(file, end, reading))
        self._file = file
        file.seek(max(0, self._end - 1))
        self.cut = file.read(1) not in {b"\n", b""} and file.read(1) != b""
        file.seek(self._at)

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        found = self._file.read(max(0, min(size, self._end - self._at)))
        self._at += len(found)
        return found


def _row_start(file: BinaryIO, at: int, reading: Reading) -> int:
    """Return where the first row at or behind `at` begins.

    Of separated values it must be a whole record by itself: that is how a line within a quoted cell is passed over.
    Within a line without end, any place between two characters will do.
    """
    if at == 0:
        return 0
    file.seek(at - 1)
    window = file.read(MAX_LINE_BYTES)
    first = window.find(b"\n") + 1
    if not first:
        cut = min((found + 1 for mark in SAFE_CUTS if (found := window.find(mark)) >= 0), default=len(window))
        return at - 1 + cut
    start, dialect = first, reading.dialect
    for _ in range(MAX_JOINED_LINES if dialect else 0):
        end = window.find(b"\n", start)
        if end < 0 or (dialect and _is_record(window[start:end].decode(reading.encoding, "replace"), dialect)):
            return at - 1 + start
        start = end + 1
    return at - 1 + first


def _is_record(text: str, dialect: Dialect) -> bool:
    return not text.count('"') & 1 and len(dialect.split(text).values) == dialect.width
