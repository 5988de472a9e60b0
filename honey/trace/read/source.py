"""What every reader gives: batches of row texts, and a way to take one text apart. Values and caps only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from honey.errors import InputError

BLOCK_BYTES = 256 * 1024  # read at a time: large enough that calls cost nothing, small enough for the cache
MAX_LINE_BYTES = 1024 * 1024  # a longer line is read in parts
MAX_RECORD_CHARS = 4096  # a longer row is weighed in parts, so that two customers are never read as one
BATCH_ROWS = 1000  # rows of a sheet or a JSON document handed over at a time
MAX_SHEET_BYTES = 256 * 1024 * 1024  # a workbook is read whole; its unpacked size is capped
MAX_MEMBER_BYTES = 16 * 1024 * 1024 * 1024  # one file in an archive, unpacked
MAX_RATIO = 200  # unpacked to packed; text packs about 10:1, a bomb 1000:1 and more
RATIO_FREE_BYTES = 64 * 1024 * 1024  # below this any ratio is harmless


class UnreadableError(InputError):
    """A file that cannot be read, or not to its end; the message is the reason alone, without the file's name."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows. `part` marks a piece of one over-long row: all its texts are row `first_row`."""

    first_row: int
    texts: Sequence[str]
    part: bool = False

    def row(self, at: int) -> int:
        """Return the row number of the text at position `at`."""
        return self.first_row if self.part else self.first_row + at


@dataclass(frozen=True, slots=True)
class Cells:
    """One row taken apart. `columns` is empty where the row itself names no columns."""

    values: tuple[str, ...]
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Progress:
    """What has been read of one file so far; the reader updates it, the scan looks at it."""

    bytes: int = 0
    encodings: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)  # "row 5000: longer than ..., read in parts"


@dataclass(frozen=True, slots=True)
class Source:
    """One readable file: its name as reported, its rows, and how to take one apart."""

    name: str
    kind: str  # "csv", "text", "jsonl", "json", "sheet"
    batches: Callable[[], Iterator[Batch]]  # raises UnreadableError where reading must stop
    split: Callable[[str], Cells]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or the rest of one, that was not searched."""

    file: str
    reason: str


class Readable(Protocol):
    """The one thing asked of a byte stream that is read front to back."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


def pieces(text: str) -> list[str]:
    """Cut an over-long row where a record may end, else anywhere; neighbours overlap by one customer's length."""
    step, overlap = MAX_RECORD_CHARS, MAX_RECORD_CHARS // 8
    found, start = [], 0
    while start < len(text):
        end = min(start + step, len(text))
        if end < len(text):
            cut = max(text.rfind(mark, start + step // 2, end) for mark in ("),(", "},{", "\t", ";", ", "))
            found.append(text[start : cut if cut > 0 else end])
            start = cut + 1 if cut > 0 else end - overlap
        else:
            found.append(text[start:end])
            start = end
    return found
