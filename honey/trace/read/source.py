"""What every reader gives: batches of row texts, and a way to take one text apart. Values and caps only."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from honey.errors import InputError
from honey.translation import _

BLOCK_BYTES = 512 * 1024  # read at a time: large enough that calls cost nothing, small enough for the cache
MAX_LINE_BYTES = 1024 * 1024  # a longer line is read in parts
MAX_RECORD_CHARS = 4096  # a longer row is weighed in parts, so that two customers are never read as one
BATCH_ROWS = 1000  # rows of a sheet or a JSON document handed over at a time
_SURROGATE = re.compile("[\ud800-\udfff]")


class UnreadableError(InputError):
    """A file that cannot be read, or not to its end; the message is the reason alone, without the file's name."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows. `part` marks texts that all belong to row `first_row`: pieces of it, or records on one line."""

    first_row: int
    texts: Sequence[str]
    part: bool = False

    def row(self, at: int) -> int:
        """Return the row number of the text at position `at`."""
        return self.first_row if self.part else self.first_row + at

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, at: int) -> str:
        """Return one row."""
        return self.texts[at]

    def some(self, stride: int) -> list[str]:
        """Return about one row in `stride`, evenly chosen."""
        return list(self.texts[stride // 2 :: stride])

    @property
    def utf8(self) -> bytes:
        """All rows, for whoever only looks for something in them."""
        return "\n".join(self.texts).encode("utf-8", "surrogatepass")


class Lines:
    """Consecutive rows, one a line, as they stand in the file: what needs no decoding to be passed over.

    `utf8` is UTF-8 whose line feeds all end rows, and whose lines are no longer than MAX_RECORD_CHARS.
    """

    def __init__(self, first_row: int, utf8: bytes, count: int) -> None:
        self.first_row = first_row
        self.utf8 = utf8
        self._count = count

    def __len__(self) -> int:
        return self._count

    def renumbered(self, first_row: int) -> "Lines":
        """Return the same lines, counted from another row."""
        return self if first_row == self.first_row else Lines(first_row, self.utf8, self._count)

    def row(self, at: int) -> int:
        """Return the row number of the text at position `at`."""
        return self.first_row + at

    def text(self, at: int) -> str:
        """Return one row; only rows that are asked for are decoded."""
        return self._split[at].decode("utf-8", "surrogatepass")

    def some(self, stride: int) -> list[str]:
        """Return about one row in `stride`, evenly chosen, without looking for all line ends."""
        count, size = len(self), len(self.utf8)
        found = []
        for at in range(stride // 2, count, stride):
            within = at * size // count
            start, end = self.utf8.rfind(b"\n", 0, within) + 1, self.utf8.find(b"\n", within)
            found.append(self.utf8[start : end if end >= 0 else size].decode("utf-8", "surrogatepass"))
        return found

    @cached_property
    def _split(self) -> list[bytes]:
        return self.utf8.split(b"\n")

    @property
    def texts(self) -> list[str]:
        """All rows."""
        return self.utf8.removesuffix(b"\n").decode("utf-8", "surrogatepass").split("\n")


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
    notes: list[str] = field(default_factory=list)  # what an investigator should know of a file that was read
    cut: bool = False  # the last row goes on in the next stretch of the file


@dataclass(frozen=True, slots=True)
class Source:
    """One readable file: its name as reported, its rows, and how to take one apart."""

    name: str
    kind: str  # "csv", "text", "jsonl", "json", "sql", "sheet", "html", "document", "pdf", "parquet", "sqlite", "photo"
    batches: Callable[[], Iterator[Batch | Lines]]  # raises UnreadableError where reading must stop
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


class After:
    """A stream whose first bytes have been read already."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        """Return the head first; raises UnreadableError where the rest is broken."""
        if self._head:
            taken, self._head = self._head[:size], self._head[size:]
            return taken
        try:
            return self._rest.read(size)
        except (OSError, EOFError) as exc:
            raise UnreadableError(
                _("breaks off or is damaged ({reason}); copy it again from where it lay", reason=stated(exc))
            ) from exc


def sample(stream: Readable, size: int) -> bytes:
    """Read the first `size` bytes, even if the stream gives them in small parts (a pipe).

    Raises:
        UnreadableError: there is nothing to read. A stream that breaks off later raises it again when read on.
    """
    found, rest = b"", After(b"", stream)
    try:
        while len(found) < size and (block := rest.read(size - len(found))):
            found += block
    except UnreadableError:
        if not found:
            raise
    return found


def stated(exc: BaseException) -> str:
    """Return what an exception says as part of one line."""
    return (" ".join(str(exc).split()) or type(exc).__name__)[:200]


def without_surrogates(text: str) -> str:
    """Join halves of characters, and replace single ones: no store and no terminal takes those."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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


def batched(rows: Iterator[str], first_row: int = 1) -> Iterator[Batch]:
    """Hand rows over in batches of bounded size; a row longer than MAX_RECORD_CHARS comes alone, in parts."""
    row, texts, chars = first_row, list[str](), 0
    for text in rows:
        if len(text) > MAX_RECORD_CHARS:
            if texts:
                yield Batch(row, texts)
            row += len(texts)
            yield from (Batch(row, parts, part=True) for parts in _few(pieces(text)))
            row, texts, chars = row + 1, [], 0
            continue
        texts.append(text)
        chars += len(text)
        if len(texts) >= BATCH_ROWS or chars >= MAX_LINE_BYTES:
            yield Batch(row, texts)
            row, texts, chars = row + len(texts), [], 0
    if texts:
        yield Batch(row, texts)


def _few(parts: list[str]) -> Iterator[list[str]]:
    size = MAX_LINE_BYTES // MAX_RECORD_CHARS
    for at in range(0, len(parts), size):
        yield parts[at : at + size]
