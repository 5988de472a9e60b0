"""Provinces, cities and districts of decoys: a few thousand triples, and which of them a row names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from honey.trace.alike.codes import Codes, Column, Phrases
from honey.trace.row import Row, as_in_text

MIN_DIVISION = 2  # characters; a single one stands everywhere
_REMEMBERED = 1024  # sets of divisions named together: the rows of a dump repeat them
Triple = tuple[str, str, str]  # province, city, district, as `addresses.short` leaves them


@dataclass(slots=True, eq=False)
class Divisions:
    """Every (province, city, district) of the decoys by code; 0 is no address at all."""

    triples: Sequence[Triple | None]
    city: Column  # of each triple, numbered
    any_city: re.Pattern[str] | None  # any decoy's city, unless it is part of a road's name (南京西路)
    _phrases: Phrases
    _written: dict[str, list[int]]  # folded division -> triples that have it
    _known: dict[frozenset[str], Column] = field(default_factory=dict)

    @classmethod
    def of(cls, triples: Sequence[Triple | None]) -> "Divisions":
        """Take every triple once; the first is None."""
        cities = Codes("")
        written: dict[str, list[int]] = {}
        for code, triple in enumerate(triples):
            for phrase in {as_in_text(one) for one in triple or () if len(one) >= MIN_DIVISION}:
                written.setdefault(phrase, []).append(code)
        city = np.array([cities[triple[1] if triple else ""] for triple in triples], np.int32)
        return cls(triples, city, _any_city(cities), Phrases(written), written)

    def named(self, row: Row) -> Column:
        """Return for each triple which division of it the row names: 0 no address, 1 none, else alike for the same."""
        named = frozenset(
            piece for cell in row.folded for piece in self._phrases.within(cell) if piece in self._written
        )
        if named not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[named] = self._read(named)
        return self._known[named]

    def _read(self, named: frozenset[str]) -> Column:
        found = np.ones(len(self.triples), np.int32)
        found[0] = 0
        readings: Codes[tuple[int, str]] = Codes((0, ""))
        for code in {code for phrase in named for code in self._written[phrase]}:
            for level, division in enumerate(reversed(self.triples[code] or ())):
                if len(division) >= MIN_DIVISION and as_in_text(division) in named:
                    found[code] = 1 + readings[level, division]
                    break
        return found


def _any_city(cities: Iterable[str]) -> re.Pattern[str] | None:
    words = sorted((re.escape(city) for city in cities if len(city) >= MIN_DIVISION), key=lambda one: (-len(one), one))
    return re.compile(f"(?:{'|'.join(words)})(?!.{{0,2}}[路街道])") if words else None
