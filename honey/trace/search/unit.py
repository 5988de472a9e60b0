"""One unit of work, a file or a stretch of one, searched by itself: depends on its arguments alone, keeps nothing.

Any process of any machine may search it, twice if need be: the result is the same, and is known by the unit's key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from honey.trace.background import Background
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record
from honey.trace.prefilter import Prefilter
from honey.trace.read.files import open_file, open_stdin
from honey.trace.read.source import Batch, Lines, Source, Unreadable, UnreadableError
from honey.trace.read_waybills import WaybillReader
from honey.trace.search.kept import Kept, Place
from honey.trace.search.workbook import Looker, may_be_workbook
from honey.translation import _

STDIN = "-"
MIN_WORKBOOK_BYTES = 256 * 1024  # smaller ones are read by cells at once
THIN_BYTES = 16 * 1024 * 1024  # of a unit; in larger ones a sample of numbers is taken from some blocks only
THIN_EVERY = 8  # blocks: 8,000 rows of 250 bytes are left of the smallest, more than a sample holds

Told = Callable[[int, int], None]  # bytes and rows searched since it was told last


@dataclass(frozen=True, slots=True)
class Unit:
    """A file, or the rows of it that begin in bytes `start` to `end`."""

    url: str  # path, `-`, or anything fsspec opens
    start: int = 0
    end: int | None = None  # None: the whole file, in one piece
    size: int = 0  # bytes of the file or stretch, where known

    @property
    def key(self) -> str:
        """Name the unit among all units of a scan."""
        return f"{self.url}[{self.start}:{'' if self.end is None else self.end}]"


@dataclass(frozen=True, slots=True)
class Searcher:
    """All that is looked for. `readers` are empty ones: each unit fills copies of its own."""

    index: DecoyIndex
    prefilter: Prefilter
    readers: Mapping[str, WaybillReader] = field(default_factory=dict)
    workbooks: Looker | None = None  # None: every workbook is read by cells

    @classmethod
    def of(cls, index: DecoyIndex, readers: Mapping[str, WaybillReader]) -> "Searcher":
        """Build all look-ups of an index."""
        prefilter = Prefilter(index)
        return cls(index, prefilter, readers, Looker.of(prefilter, index.by_anchor))


@dataclass(slots=True)
class Searched:
    """What one unit came to; rows are numbered from the unit's own first."""

    key: str
    readers: dict[str, WaybillReader]
    files: int = 0  # that begin here
    rows: int = 0
    bytes: int = 0
    rows_ended: int = 0  # by which the row numbers of the file's next unit are raised
    kept: Kept = field(default_factory=Kept)
    background: Background = field(default_factory=Background)
    unreadable: list[Unreadable] = field(default_factory=list)
    encodings: dict[str, set[str]] = field(default_factory=dict)  # by file
    notes: dict[str, list[str]] = field(default_factory=dict)  # by file

    def add(self, later: "Searched", *, goes_on: bool) -> None:
        """Take what the next unit came to, and number its candidates' rows as in its file.

        `goes_on` says that it begins within the file of the unit before.
        """
        rows_before = self.rows_ended if goes_on else 0
        later.kept.renumber(rows_before)
        self.rows_ended = rows_before + later.rows_ended
        self.kept.merge(later.kept)
        self.background.merge(later.background)
        for name, reader in self.readers.items():
            reader.merge(later.readers[name])
        self.files += later.files
        self.rows += later.rows
        self.kept.weed(self.rows)
        self.bytes += later.bytes
        self.unreadable += later.unreadable
        for file, encodings in later.encodings.items():
            self.encodings.setdefault(file, set()).update(encodings)
        for file, notes in later.notes.items():
            self.notes.setdefault(file, []).extend(notes)


Run = Callable[[Sequence[Unit], Searcher, Told], Iterator[Searched]]  # yields in the order of the units


def lost(unit: Unit, searcher: Searcher, reason: str) -> Searched:
    """Return what a unit came to that no process could search."""
    readers = {name: reader.empty() for name, reader in searcher.readers.items()}
    return Searched(unit.key, readers, unreadable=[Unreadable(unit.url, reason)])


def search_unit(unit: Unit, searcher: Searcher, *, told: Told | None = None, stdin: BinaryIO | None = None) -> Searched:
    """Search one unit for every decoy."""
    found = Searched(unit.key, {name: reader.empty() for name, reader in searcher.readers.items()})
    if unit.end is None and _is_clean_workbook(unit, searcher, found, told):
        return found
    opened = open_stdin(stdin) if unit.url == STDIN else open_file(unit.url, unit.start, unit.end)
    for source in opened:
        if isinstance(source, Unreadable):
            found.unreadable.append(source)
        else:
            _search_source(source, searcher, found, told, thin=unit.size >= THIN_BYTES)
            found.files += not unit.start
    return found


def _is_clean_workbook(unit: Unit, searcher: Searcher, found: Searched, told: Told | None) -> bool:
    """Tell whether the unit is a workbook without a decoy, and count it if so."""
    path = Path(unit.url)
    if searcher.workbooks is None or unit.size < MIN_WORKBOOK_BYTES or not may_be_workbook(path):
        return False

    def observe(rows: bytes) -> None:
        for reader in found.readers.values():
            reader.observe(rows)

    rows = searcher.workbooks.rows_if_clean(path, observe)
    if rows is None:
        return False
    found.files, found.rows, found.bytes = 1, rows, unit.size
    found.encodings[unit.url] = {"sheet"}
    if told:
        told(unit.size, rows)
    return True


def _search_source(source: Source, searcher: Searcher, found: Searched, told: Told | None, *, thin: bool) -> None:
    rows_before, bytes_told, last_row = found.rows, 0, 0
    try:
        for at, rows in enumerate(source.batches()):
            found.background.observe(rows)
            for reader in found.readers.values():
                if reader.exhaustive or not thin or not at % THIN_EVERY:
                    reader.observe(rows.utf8)
            _search_rows(rows, source, searcher, found.kept)
            found.rows += len(rows)
            found.kept.weed(found.rows)
            last_row = rows.row(len(rows) - 1)
            if told:
                told(source.progress.bytes - bytes_told, len(rows))
                bytes_told = source.progress.bytes
    except UnreadableError as exc:
        done = _("{exc}; the {number:,} rows before that were searched", exc=exc, number=found.rows - rows_before)
        found.unreadable.append(Unreadable(source.name, done))
    found.bytes += source.progress.bytes
    found.rows_ended = last_row - source.progress.cut
    found.encodings.setdefault(source.name, set()).update(source.progress.encodings)
    if source.progress.notes:
        found.notes.setdefault(source.name, []).extend(source.progress.notes)


def _search_rows(rows: Batch | Lines, source: Source, searcher: Searcher, kept: Kept) -> None:
    prefilter = searcher.prefilter
    for at in prefilter.lines(rows.utf8) if isinstance(rows, Lines) else prefilter.select(rows.texts):
        text = rows.text(at)
        if isinstance(rows, Lines) and not prefilter.may_hold(text):
            continue
        cells = source.split(text)
        for candidate in match_record(cells.values, searcher.index):
            kept.add(candidate, Place(source.name, rows.row(at), cells.columns))
