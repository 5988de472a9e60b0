"""Search dumps for decoys: files -> rows -> candidates -> sightings, one pass, bounded memory.

Whether a match is worth reporting depends on how many rows were searched, so candidates are kept (the best of each
kind) until the end. Holds nothing of the dump but the rows that matched.
"""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Sighting
from honey.trace.background import Background
from honey.trace.index import DecoyIndex
from honey.trace.match import Candidate, match_record
from honey.trace.prefilter import Prefilter
from honey.trace.read.files import open_dump
from honey.trace.read.source import Batch, Lines, Source, Unreadable, UnreadableError

# A match is reported if fewer than one in a hundred such scans of innocent rows would show it for these decoys.
MAX_CHANCE = 1e-2
# What rests on masked or cut values alone must also stand out among all decoys searched for: at most one in twenty of
# what is reported may be accidental (Benjamini and Hochberg 1995, the procedure for many tests at once).
MAX_FALSE_SHARE = 0.05
MAX_PER_DECOYS = 20  # rows kept for the same decoys; more of them say nothing new
MAX_SEEN_CHARS = 120

Progressed = Callable[[int, int], None]  # bytes read, rows read
Observed = Callable[[Sequence[str]], None]  # the texts of consecutive rows


@dataclass(frozen=True, slots=True)
class Scan:
    """What was searched and what was found. `weak` and `repeated` count matches that were not reported."""

    sightings: tuple[Sighting, ...]
    files: int
    rows: int
    bytes: int
    seconds: float
    unreadable: tuple[Unreadable, ...]
    encodings: Mapping[str, str]  # by file
    weak: int = 0  # too likely to be accidental
    repeated: int = 0  # beyond MAX_PER_DECOYS for the same decoys
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by file: digits that were lost, and the like

    def scanned_json(self) -> dict[str, Any]:
        """Return the contract's `scanned` object, with the extra keys `encodings`, `weak`, `repeated` and `notes`."""
        return {
            "files": self.files,
            "rows": self.rows,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "unreadable": [{"file": one.file, "reason": one.reason} for one in self.unreadable],
            "encodings": dict(self.encodings),
            "weak": self.weak,
            "repeated": self.repeated,
            "notes": [{"file": file, "note": note} for file, notes in self.notes.items() for note in notes],
        }


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    row: int
    columns: tuple[str, ...]


@dataclass(slots=True)
class _Kept:
    """Candidates of the whole scan, the best few of each set of decoys."""

    best: dict[frozenset[DecoyId], list[tuple[float, int, Candidate, _Place]]] = field(default_factory=dict)
    repeated: int = 0
    _order: Iterator[int] = field(default_factory=count)

    def add(self, candidate: Candidate, place: _Place) -> None:
        """Keep `candidate` if it is among the best of its decoys; earlier rows win ties."""
        heap = self.best.setdefault(candidate.decoys, [])
        item = (-candidate.chance_per_row, -next(self._order), candidate, place)
        if len(heap) < MAX_PER_DECOYS:
            heapq.heappush(heap, item)
        else:
            heapq.heappushpop(heap, item)
            self.repeated += 1

    def all(self) -> list[tuple[Candidate, _Place]]:
        """Return every kept candidate, best first, then in the order found."""
        items = sorted((item for heap in self.best.values() for item in heap), key=lambda item: (-item[0], -item[1]))
        return [(candidate, place) for _, _, candidate, place in items]


def scan(
    paths: Iterable[str | Path],
    index: DecoyIndex,
    *,
    progress: Progressed | None = None,
    clock: Callable[[], float] = time.perf_counter,
    stdin: BinaryIO | None = None,
    observe: Observed | None = None,
) -> Scan:
    """Search files, folders, archives and standard input (`-`) for every decoy of `index`.

    `observe` is shown every row on the way, so that one pass serves whoever else reads the dump.
    """
    started, prefilter, kept, background = clock(), Prefilter(index), _Kept(), Background()
    files, rows, size = 0, 0, 0
    unreadable: list[Unreadable] = []
    encodings: dict[str, str] = {}
    notes: dict[str, Sequence[str]] = {}
    for source in open_dump(paths, stdin=stdin):
        if isinstance(source, Unreadable):
            unreadable.append(source)
            continue
        files, before = files + 1, rows
        try:
            for batch in source.batches():
                background.observe(batch)
                if observe:
                    observe(batch.texts)
                _search(batch, source, (index, prefilter), kept)
                rows += len(batch)
                if progress:
                    progress(size + source.progress.bytes, rows)
        except UnreadableError as exc:
            unreadable.append(Unreadable(source.name, f"{exc}; the {rows - before:,} rows before that were searched"))
        size += source.progress.bytes
        encodings[source.name] = " + ".join(sorted(source.progress.encodings)) or "empty"
        if source.progress.notes:
            notes[source.name] = tuple(source.progress.notes)
    sightings, weak = _report(kept.all(), background, rows=rows, decoys=len(index))
    return Scan(
        sightings, files, rows, size, clock() - started, tuple(unreadable), encodings,
        weak=weak, repeated=kept.repeated, notes=notes,
    )  # fmt: skip


def _search(batch: Batch | Lines, source: Source, found_by: tuple[DecoyIndex, Prefilter], kept: _Kept) -> None:
    index, prefilter = found_by
    for at in prefilter.lines(batch.utf8) if isinstance(batch, Lines) else prefilter.select(batch.texts):
        text = batch.text(at)
        if not prefilter.may_hold(text):
            continue
        cells = source.split(text)
        for candidate in match_record(cells.values, index):
            kept.add(candidate, _Place(source.name, batch.row(at), cells.columns))


def _report(
    found: list[tuple[Candidate, _Place]], background: Background, *, rows: int, decoys: int
) -> tuple[tuple[Sighting, ...], int]:
    """Return the matches that chance does not explain, best first, and how many were dropped."""
    measured = [(candidate.measured(background), place) for candidate, place in found]
    ranked = sorted(measured, key=lambda item: item[0].chance_per_row)  # stable: earlier rows win ties
    accepted = 0
    for rank, (candidate, _) in enumerate(ranked, start=1):
        expected = candidate.chance_per_row * rows * decoys / candidate.tried
        if expected <= MAX_FALSE_SHARE * rank:
            accepted = rank
    sightings = []
    for rank, (candidate, place) in enumerate(ranked, start=1):
        chance = candidate.chance_per_row * rows
        if chance < MAX_CHANCE and (rank <= accepted or candidate.rests_on_full_value):
            sightings.append(_sighting(candidate, place, chance))
    return tuple(sightings), len(ranked) - len(sightings)


def _sighting(candidate: Candidate, place: _Place, chance: float) -> Sighting:
    deciding = candidate.fields[candidate.deciding]
    at = deciding.found.cell
    column = place.columns[at] if at < len(place.columns) and place.columns[at] else str(at + 1)
    return Sighting(
        decoys=candidate.decoys,
        field=candidate.deciding,
        match=deciding.match,
        place=DumpPlace(place.file, place.row, column, deciding.found.seen[:MAX_SEEN_CHARS]),
        chance=chance,
        fields={role: one.match for role, one in candidate.fields.items()},
    )
