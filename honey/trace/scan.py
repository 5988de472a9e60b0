"""Search dumps for decoys: files -> units -> candidates -> sightings, one pass, bounded memory.

Whether a match is worth reporting depends on how many rows were searched, so candidates are kept (the best of each
kind) until the end. Holds nothing of the dump but the rows that matched.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from honey.model.sighting import Sighting
from honey.trace.index import DecoyIndex
from honey.trace.read.source import Unreadable
from honey.trace.read.spans import SPAN_BYTES
from honey.trace.read_waybills import WaybillReader
from honey.trace.search.local import search_serially
from honey.trace.search.plan import plan
from honey.trace.search.report import report
from honey.trace.search.unit import Run, Searched, Searcher, Told, Unit


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
    repeated: int = 0  # beyond the best few for the same decoys
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by file: digits that were lost, and the like
    readers: Mapping[str, WaybillReader] = field(default_factory=dict)

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


def _nothing(_bytes: int, _rows: int) -> None:
    """Tell nobody."""


def scan(
    paths: Iterable[str | Path],
    index: DecoyIndex,
    *,
    run: Run = search_serially,
    readers: Mapping[str, WaybillReader] | None = None,
    told: Told = _nothing,
    passed: Callable[[Searched], None] | None = None,
    clock: Callable[[], float] = time.perf_counter,
    span_bytes: int = SPAN_BYTES,
) -> Scan:
    """Search files, folders, archives, URLs and standard input (`-`) for every decoy of `index`.

    `run` searches the units, `readers` take their numbers on the same pass, `told` hears of bytes and rows searched,
    `passed` of each unit in order, with the rows of its candidates numbered as in the file.
    """
    started = clock()
    searcher = Searcher.of(index, readers or {})
    units: list[Unit] = []
    whole = Searched("", {name: reader.empty() for name, reader in searcher.readers.items()})
    for planned in plan(paths, span_bytes=span_bytes):
        if isinstance(planned, Unreadable):
            whole.unreadable.append(planned)
        else:
            units.append(planned)
    for unit, found in zip(units, run(units, searcher, told), strict=True):
        whole.add(found, goes_on=unit.start > 0)
        if passed:
            passed(found)
    sightings, weak = report(whole.kept.all(), whole.background, rows=whole.rows, decoys=len(index))
    return Scan(
        sightings, whole.files, whole.rows, whole.bytes, clock() - started, tuple(whole.unreadable),
        {file: " + ".join(sorted(found)) or "empty" for file, found in whole.encodings.items()},
        weak=weak + whole.kept.weak, repeated=whole.kept.repeated, notes=whole.notes, readers=whole.readers,
    )  # fmt: skip
