"""An export laid open for reading: its rows are counted, checked and indexed once, then read again by number.

The table owns no file: it reads the spooled one it was given. Row numbers count data rows from 0; record numbers
count everything in the file from 1, header and blank lines included, as sightings do.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from honey.errors import InputError
from honey.seed.passthrough.order import SortedColumn, SortWatch
from honey.translation import _

STRIDE_ROWS = 256  # one index entry per so many rows: 64 KiB of index per million rows
PROGRESS_ROWS = 10_000
MAX_COLUMNS = 16_384  # ECMA-376's limit for a sheet; a CSV with more is not an export of waybills


class Record(NamedTuple):
    """One record as it stands in the file: its bytes, line end included, its cells, its number and its place."""

    raw: bytes
    cells: Sequence[str]
    number: int
    offset: int

    @property
    def end(self) -> int:
        """The offset after the record."""
        return self.offset + len(self.raw)


Reader = Callable[[BinaryIO, int, int], Iterator[Record]]  # (file, offset, number of the record there)


@dataclass(frozen=True, slots=True)
class Insert:
    """A row to add after original row `after` (-1: before the first), shaped like original row `donor`."""

    after: int
    donor: int
    cells: tuple[str, ...]


@dataclass(slots=True)
class Table:
    """The rows of one export. `names` are unique; `width` is the usual number of cells."""

    file: BinaryIO
    read: Reader
    names: tuple[str, ...]
    has_header: bool
    rows: int = 0
    records: int = 0
    sorted_columns: tuple[SortedColumn, ...] = ()
    _offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    _numbers: "array[int]" = field(default_factory=lambda: array("Q"))

    def survey(self, first: Record, progress: Callable[[int], None]) -> None:
        """Read every row from the first data row on; raises `InputError` for the first one that cannot be read."""
        watch = SortWatch(len(self.names))
        for record in self.read(self.file, first.offset, first.number):
            self.records = record.number
            if not any(record.cells):
                continue
            if self.rows % STRIDE_ROWS == 0:
                self._offsets.append(record.offset)
                self._numbers.append(record.number)
            watch.feed(record.cells)
            self.rows += 1
            if self.rows % PROGRESS_ROWS == 0:
                progress(self.rows)
        self.sorted_columns = watch.sorted_columns()

    def between(self, start: int, stop: int) -> list[Record]:
        """Return rows `start` up to, not including, `stop`, both cut to what there is."""
        start, stop = max(0, start), min(self.rows, stop)
        if start >= stop:
            return []
        entry = start // STRIDE_ROWS
        row = entry * STRIDE_ROWS
        found: list[Record] = []
        for record in self.read(self.file, self._offsets[entry], self._numbers[entry]):
            if not any(record.cells):
                continue
            if row >= start:
                found.append(record)
            row += 1
            if row >= stop:
                break
        return found

    def every(self) -> Iterator[Record]:
        """Read all rows once more, one at a time."""
        if self.rows:
            for record in self.read(self.file, self._offsets[0], self._numbers[0]):
                if any(record.cells):
                    yield record

    def row(self, number: int) -> Record:
        """Return one row."""
        return self.between(number, number + 1)[0]

    def number_after(self, row: int) -> int:
        """Return the record number a record put after `row` (-1: before the first) takes."""
        return self.row(0).number if row < 0 else self.row(row).number + 1


def spread_sample(table: Table, limit: int) -> list[Record]:
    """Return at most `limit` rows in file order: all of them, or runs of neighbours spread evenly over the file."""
    if table.rows <= limit:
        return table.between(0, table.rows)
    run = 50
    runs = max(1, limit // run)
    step = (table.rows - run) / max(1, runs - 1)
    found: list[Record] = []
    for at in range(runs):
        start = int(at * step)
        found.extend(table.between(start, start + run))
    return found


def unique_names(header: Sequence[str], width: int) -> tuple[str, ...]:
    """Return `width` names, no two alike: a nameless column is called by its number, a second "x" is "x (2)"."""
    if width > MAX_COLUMNS:
        raise InputError(
            _(
                "the export has {width} columns, more than {max_columns}: it is no table of waybills",
                width=width,
                max_columns=MAX_COLUMNS,
            )
        )
    names: dict[str, None] = {}
    again: dict[str, int] = {}  # keeps a header of one name repeated from costing its square
    for at in range(width):
        name = wanted = header[at] if at < len(header) and header[at].strip() else str(at + 1)
        while name in names:
            again[wanted] = again.get(wanted, 1) + 1
            name = f"{wanted} ({again[wanted]})"
        names[name] = None
    return tuple(names)
