"""Candidates of a scan: the best few of each set of decoys, wherever they were found. Values only."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from honey.model.decoy import DecoyId
from honey.trace.match import Candidate

MAX_PER_DECOYS = 20  # rows kept for the same decoys; more of them say nothing new
# A match is reported if fewer than one in a hundred such scans of innocent rows would show it for these decoys.
MAX_CHANCE = 1e-2
WEED_FROM = 1024  # sets of decoys: fewer are not worth a look


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate stood; `row` counts from 1."""

    file: str
    row: int
    columns: tuple[str, ...]


@dataclass(slots=True)
class Kept:
    """The best candidates so far; earlier ones win ties, so that putting parts together in order changes nothing.

    A dump of masked rows agrees a little with thousands of decoys. What is too likely to be accidental among the rows
    so far will be so among all rows: it is forgotten, so that memory does not grow with the dump.
    """

    best: dict[frozenset[DecoyId], list[tuple[float, int, Candidate, Place]]] = field(default_factory=dict)
    repeated: int = 0  # beyond MAX_PER_DECOYS
    weak: int = 0  # forgotten
    _order: Iterator[int] = field(default_factory=count)
    _weed_at: int = WEED_FROM

    def add(self, candidate: Candidate, place: Place) -> None:
        """Keep `candidate` if it is among the best of its decoys."""
        heap = self.best.setdefault(candidate.decoys, [])
        item = (-candidate.chance_per_row, -next(self._order), candidate, place)
        if len(heap) < MAX_PER_DECOYS:
            heapq.heappush(heap, item)
        else:
            heapq.heappushpop(heap, item)
            self.repeated += 1

    def weed(self, rows: int) -> None:
        """Forget what could not be reported among `rows` rows; cheap to call often."""
        if len(self.best) < self._weed_at:
            return
        for decoys, heap in list(self.best.items()):
            good = [item for item in heap if -item[0] * rows < MAX_CHANCE]
            self.weak += len(heap) - len(good)
            if good:
                heapq.heapify(good)
                self.best[decoys] = good
            else:
                del self.best[decoys]
        self._weed_at = max(WEED_FROM, 2 * len(self.best))

    def renumber(self, rows_before: int) -> None:
        """Count rows from those before."""
        if rows_before:
            for decoys, heap in self.best.items():
                self.best[decoys] = [
                    (chance, order, candidate, replace(place, row=place.row + rows_before))
                    for chance, order, candidate, place in heap
                ]

    def merge(self, later: "Kept") -> None:
        """Add what was found behind everything kept here."""
        for candidate, place in later.in_order():
            self.add(candidate, place)
        self.repeated += later.repeated
        self.weak += later.weak

    def in_order(self) -> list[tuple[Candidate, Place]]:
        """Return every kept candidate in the order found."""
        items = sorted((item for heap in self.best.values() for item in heap), key=lambda item: -item[1])
        return [(candidate, place) for _, _, candidate, place in items]

    def all(self) -> list[tuple[Candidate, Place]]:
        """Return every kept candidate, best first, then in the order found."""
        items = sorted((item for heap in self.best.values() for item in heap), key=lambda item: (-item[0], -item[1]))
        return [(candidate, place) for _, _, candidate, place in items]
