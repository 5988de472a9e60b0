"""Provinces, cities and districts of decoys: a few thousand triples, and which of them a row names."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from honey.trace.addresses import short
from honey.trace.alike.codes import Codes, Column, Phrases
from honey.trace.row import Row, as_in_text

MIN_DIVISION = 2  # characters; a single one stands everywhere
_REMEMBERED = 1024  # sets of divisions named together: the rows of a dump repeat them
Triple = tuple[str, str, str]  # district, city, province, as `addresses.short` leaves them


@dataclass(slots=True, eq=False)
class Divisions:
    """Every (district, city, province) of the decoys by code; 0 is no address at all."""

    triples: Sequence[Triple | None]
    any_city: re.Pattern[str] | None  # any decoy's city, unless it is part of a road's name (南京西路)
    _named: "_Known"
    _in_city: "_Known"

    @classmethod
    def of(cls, triples: Sequence[Triple | None]) -> "Divisions":
        """Take every triple once; the first is None."""
        divisions = [[as_in_text(one) for one in triple or () if len(one) >= MIN_DIVISION] for triple in triples]
        cities = [triple[1] if triple else "" for triple in triples]
        return cls(triples, _any_city(set(cities)), _Known(divisions), _Known([[short(one)] for one in cities]))

    def named(self, row: Row) -> Column:
        """Return for each triple what the row names of it: alike for the same division, 0 for nothing."""
        return self._named.read(row.folded, self._read_named)

    def in_city(self, row: Row) -> Column:
        """Return for each triple whether the row names its city; one without a city counts as named."""
        return self._in_city.read((row.text,), self._read_cities)

    def _read_named(self, named: frozenset[str], touched: Iterable[int]) -> Column:
        found = np.zeros(len(self.triples), np.int32)
        readings: Codes[tuple[int, str]] = Codes((0, ""))
        found[0] = readings[-1, ""]  # no address
        for code in touched:
            for level, division in enumerate(self.triples[code] or ()):
                if len(division) >= MIN_DIVISION and as_in_text(division) in named:
                    found[code] = readings[level, division]
                    break
        return found

    def _read_cities(self, _: frozenset[str], touched: Iterable[int]) -> Column:
        found = np.array([not triple or not triple[1] for triple in self.triples], np.int32)
        found[list(touched)] = 1
        return found


class _Known:
    """Which of the triples' texts stand in a row, read anew for each set of texts only."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._touched: dict[str, list[int]] = {}
        for code, each in enumerate(texts):
            for text in set(each) - {""}:
                self._touched.setdefault(text, []).append(code)
        self._phrases = Phrases(self._touched)
        self._known: dict[frozenset[str], Column] = {}

    def read(self, cells: Sequence[str], reader: Callable[[frozenset[str], Iterable[int]], Column]) -> Column:
        found = frozenset(piece for cell in cells for piece in self._phrases.within(cell) if piece in self._touched)
        known = self._known.get(found)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[found] = reader(found, {code for text in found for code in self._touched[text]})
        return known


def _any_city(cities: Iterable[str]) -> re.Pattern[str] | None:
    words = sorted((re.escape(city) for city in cities if len(city) >= MIN_DIVISION), key=lambda one: (-len(one), one))
    return re.compile(f"(?:{'|'.join(words)})(?!.{{0,2}}[路街道])") if words else None
