"""Opens an export of either format as a row table and a writer for it. Everything is checked before it returns."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import BinaryIO, Protocol

from honey.errors import InputError
from honey.seed.passthrough import charset, delimited, dialect, jsonl, xlsx
from honey.seed.passthrough.columns import IDENTITY_ROLES, has_header, recognise
from honey.seed.passthrough.formats import HEAD_BYTES, Format, detect
from honey.seed.passthrough.spool import temporary
from honey.seed.passthrough.table import Insert, Reader, Record, Table, unique_names
from honey.seed.passthrough.writing import TextWriter
from honey.translation import _

HEAD_RECORDS = 200  # looked at to tell delimiter, header and width

NO_ROWS = _("the export has no rows: nothing to hide a decoy among")

Progress = Callable[[int], None]  # told how many rows were read so far


class Writer(Protocol):
    """Writes the export with added rows."""

    def write(self, target: BinaryIO, inserts: Sequence[Insert]) -> None:
        """Write everything to an empty seekable file."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An export ready to be read at random and written. `codec` is what its text is encoded in."""

    table: Table
    writer: Writer
    format: Format
    codec: str


def open_export(
    file: BinaryIO, format_: Format | None, name: str | None, stack: ExitStack, progress: Progress
) -> Opened:
    """Open, check and count a seekable export; what it needs meanwhile is closed by `stack`.

    Raises `InputError` naming the first row that cannot be read, or for an export without rows.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head.strip():
        raise InputError(NO_ROWS)
    found = format_ or detect(head, name)
    opened = _open_xlsx(file, stack, progress) if found is Format.XLSX else _open_text(file, found, stack, progress)
    if not opened.table.rows:
        raise InputError(NO_ROWS)
    return opened


def _open_text(file: BinaryIO, format_: Format, stack: ExitStack, progress: Progress) -> Opened:
    own = charset.learn(file)
    codec = own.codec
    if own.wide:
        narrow = stack.enter_context(temporary())
        charset.to_utf8(file, narrow, own)
        file, codec = narrow, "utf-8"
    _refuse_binary(file)
    composer: jsonl.Lines | delimited.Splitter
    if format_ is Format.JSONL:
        lines = list(islice(jsonl.raw_lines(file, 0, 1, codec), HEAD_RECORDS))
        names = tuple(dict.fromkeys(path for line in lines for path in jsonl.parse(line)))
        composer = jsonl.Lines(names, codec)
        table = Table(file, composer, names, has_header=True)  # every line names its columns
        _survey(table, next(composer(file), None), progress)
    else:
        head, whole = _head_text(file, codec)
        composer = delimited.Splitter(dialect.learn(head, whole=whole), codec)
        table = _tabulate(file, composer, progress)
    return Opened(table, TextWriter(table, composer, own), format_, own.codec)


def _refuse_binary(file: BinaryIO) -> None:
    file.seek(0)
    if b"\x00" in file.read(HEAD_BYTES):
        raise InputError(
            _("the export is no text (it holds zero bytes): give CSV, JSON lines or XLSX, UTF-16 with its mark")
        )
    file.seek(0)


def _head_text(file: BinaryIO, codec: str) -> tuple[str, bool]:
    """Return the beginning of the file, and whether that is all of it."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    text = io.TextIOWrapper(io.BytesIO(head), codec, "replace", newline="").read()
    return text.removeprefix("\ufeff"), len(head) < HEAD_BYTES


def _tabulate(file: BinaryIO, read: Reader, progress: Progress) -> Table:
    """Find header and first row by content, then read everything."""
    head = [record for record in islice(_until_fault(read(file, 0, 1)), HEAD_RECORDS) if any(record.cells)]
    if not head:
        _survey(Table(file, read, (), has_header=False), next(read(file, 0, 1), None), progress)  # states the fault
        raise InputError(NO_ROWS)
    width = delimited.usual_width(head)
    start = first_whole(head, width)
    header = has_header([record.cells for record in head[start:]])
    names = unique_names(head[start].cells if header else (), width)
    table = Table(file, read, names, has_header=header)
    first = head[start]
    if header:
        rest = read(file, first.end, first.number + 1)
        _survey(table, next(rest, None), progress)
    else:
        _survey(table, first, progress)
    return table


def _until_fault(records: Iterator[Record]) -> Iterator[Record]:
    """Yield records up to a broken one: the full pass reports it."""
    try:
        yield from records
    except InputError:
        return


def first_whole(head: Sequence[Record], width: int) -> int:
    """Return which of the first records begins the table: titles above it have fewer cells, or mostly empty ones."""
    usual = median(sum(map(bool, record.cells)) for record in head)
    for at, record in enumerate(head):
        if abs(len(record.cells) - width) <= 1 and 2 * sum(map(bool, record.cells)) >= usual:
            return at
    return 0


def _survey(table: Table, first: Record | None, progress: Progress) -> None:
    if first is not None:
        table.survey(first, progress)


def _open_xlsx(file: BinaryIO, stack: ExitStack, progress: Progress) -> Opened:
    book = xlsx.Book.open(file)
    stack.callback(book.close)
    heads = book.heads()
    sheet = max(range(len(heads)), key=lambda at: (_likeness(heads[at]), -at))
    mirror = stack.enter_context(temporary())
    book.mirror(sheet, mirror)
    width = max((len(cells) for cells in heads[sheet]), default=0)
    table = _tabulate(mirror, xlsx.MirrorReader(width), progress)
    return Opened(table, xlsx.SheetWriter(book, sheet, table), Format.XLSX, "utf-8")


def _likeness(rows: Sequence[Sequence[str]]) -> int:
    """Return how many identity columns the first rows of a sheet show: which sheet holds the waybills."""
    if not rows:
        return -1
    width = max(len(cells) for cells in rows)
    padded = [[*cells, *[""] * (width - len(cells))] for cells in rows]
    header = padded[0] if has_header(padded) else None
    return len(IDENTITY_ROLES & set(recognise(header, padded[1:] if header else padded, {}, {})))
