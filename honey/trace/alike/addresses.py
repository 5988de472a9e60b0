"""Addresses of decoys, hundreds of decoys to a house: which of them a row's houses and words agree with."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honey.model.beacon import PostalAddress
from honey.model.decoy import Decoy
from honey.trace.addresses import MAX_UNIT_NUMBERS, MIN_ROAD, AddressKey, Agreement, House, word_stretches
from honey.trace.alike.codes import NOWHERE, Codes, Column, Flags, Partition, Phrases, Positions, Shared
from honey.trace.alike.divisions import Divisions, Triple
from honey.trace.row import Row
from honey.trace.traditional import spellings

_ROOM = MAX_UNIT_NUMBERS + 1  # numbers of a room that are kept: one more than a text shows
_ENDED, _TOO_LONG = -1, -2  # after the last number; in place of one that no text shows
_MOST_DIGITS = 9
_HIDDEN = "*"
_BEST = max(Agreement)
Rooms = npt.NDArray[np.int32]  # _ROOM x decoys: the numbers after the house number


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """One address for each decoy, code 0 for none."""

    details: Sequence[str]  # as planted
    divisions: Divisions
    division_at: Column
    anchors: Codes[str]  # see `AddressKey.anchor`
    spelt: Sequence[str]  # each anchor by its code
    anchor_at: Column
    rooms: Rooms
    texts: Codes[str]  # of addresses without an anchor: words, the words without the unit, or a long road
    text_at: Column
    base_at: Column
    phrases: Phrases
    by_anchor: Shared  # in traditional characters too
    by_words: Shared

    @classmethod
    def of(cls, decoys: Iterable[Decoy]) -> "Addresses":
        """Take every address apart once."""
        triples: Codes[Triple | None] = Codes(None)
        anchors, texts, words = Codes(""), Codes(""), Codes("")
        columns = tuple(array("i") for _ in range(6))
        rooms, details = array("i"), list[str]()
        for decoy in decoys:
            details.append(decoy.address.detail if decoy.address else "")
            key = AddressKey.of(decoy.address) if decoy.address else _NOWHERE
            text, base = _texts(key)
            codes = (triples[(key.district, key.city, key.province) if decoy.address else None], anchors[key.anchor],
                     texts[text], texts[base], words[key.words], words[key.base_words])  # fmt: skip
            for column, code in zip(columns, codes, strict=True):
                column.append(code)
            rooms.extend(_room(key.numbers[1:]))
        division, anchor, text_at, base_at, worded, based = (np.array(column, np.int32) for column in columns)
        based[based == worded] = 0  # once is enough
        room_at = np.array(rooms, np.int32).reshape(-1, _ROOM).T.copy()
        ways = {way: code for one, code in anchors.items() for way in spellings(one)} | anchors
        return cls(
            details, Divisions.of(list(triples)), division, anchors, list(anchors), anchor,
            room_at, texts, text_at, base_at, Phrases(one for one in texts if one),
            by_anchor=Shared.of(ways, anchor), by_words=Shared.of(words, worded, based),
        )  # fmt: skip

    def of_decoy(self, place: int) -> tuple[Triple | None, str]:
        """Return (district, city, province) of one decoy, None without an address, and its anchor."""
        return self.divisions.triples[self.division_at[place]], self.spelt[self.anchor_at[place]]

    def pointed_at(self, row: Row) -> Iterator[Column]:
        """Yield the decoys of each house and each address in words that the row shows."""
        for anchor, houses in row.houses.items():
            places = self.by_anchor.places(anchor)
            if len(places):
                exact = np.zeros(len(places), np.bool_)
                if anchor in self.anchors:
                    for numbers in {house.numbers for house in houses}:
                        exact |= compare_rooms(self.rooms, places, numbers) == Agreement.FULL
                    exact |= self.rooms[0, places] == _ENDED
                # neighbours matter only where the room is cut off or hidden
                yield places[exact] if exact.any() else places
        if len(self.by_words):
            for words in row.latin:
                for stretch in word_stretches(words):
                    yield self.by_words.places(stretch)

    def split(self, alike: Partition, places: Column, row: Row) -> None:
        """Tell these decoys apart by how far the row agrees with their addresses, or with parts of them."""
        agreeing, whole = np.zeros((2, len(places)), np.bool_)
        self._split_by_houses(alike, places, row, (agreeing, whole))
        self._split_by_texts(alike, places, row, (agreeing, whole))
        if whole.any():
            self._split_as_planted(alike, places, np.flatnonzero(whole), row)
        division = self.division_at[places]
        named = self.divisions.named(row)[division]
        if agreeing.any():  # then only the city's name counts beside
            named[agreeing] = 0
            alike.by(agreeing & (self.divisions.in_city(row)[division] > 0))
        alike.by(named, len(self.divisions.triples))

    def _split_by_houses(self, alike: Partition, places: Column, row: Row, agrees: tuple[Flags, Flags]) -> None:
        shown = [(code, houses) for anchor, houses in row.houses.items() if (code := self.anchors.get(anchor))]
        anchors = self.anchor_at[places] if shown else NOWHERE
        for code, houses in shown:
            here = np.flatnonzero(anchors == code)
            best, first = np.zeros(len(here), np.int32), np.zeros(len(here), np.int32)
            for at, house in _different(houses):
                agreement = compare_rooms(self.rooms, places[here], house.numbers)
                better = agreement > best
                best[better], first[better] = agreement[better], at
            agrees[0][here] = True
            agrees[1][here] = best == Agreement.FULL
            alike.among(here, first * (_BEST + 1) + best, len(houses) * (_BEST + 1))

    def _split_by_texts(self, alike: Partition, places: Column, row: Row, agrees: tuple[Flags, Flags]) -> None:
        if len(self.texts) == 1:
            return
        cells = (*(f" {words} " for words in row.latin), *row.squashed)
        shown = {code for cell in cells for piece in self.phrases.within(cell) if (code := self.texts.get(piece))}
        for column in (self.text_at, self.base_at) if shown else ():
            codes = column[places]
            held = np.flatnonzero(np.isin(codes, list(shown)))
            alike.among(held, codes[held], len(self.texts))
            for flags in agrees:
                flags[held] = True

    def _split_as_planted(self, alike: Partition, places: Column, whole: Positions, row: Row) -> None:
        """Tell addresses that agree in full apart by the cells they stand in character for character."""
        known: Codes[tuple[bool, ...]] = Codes(())
        by_detail: dict[str, int] = {}
        found = []
        for place in places[whole].tolist():
            detail = self.details[place]
            if detail not in by_detail:
                by_detail[detail] = known[tuple(detail in cell for cell in row.raw)]
            found.append(by_detail[detail])
        alike.among(whole, np.array(found, np.int32), len(known))


def _different(houses: Sequence[House]) -> list[tuple[int, House]]:
    """Return the first house with each numbers, and which one it is."""
    first: dict[tuple[str, ...], tuple[int, House]] = {}
    for at, house in enumerate(houses):
        first.setdefault(house.numbers, (at, house))
    return list(first.values())


_NOWHERE = AddressKey.of(PostalAddress("", "", "", ""))


def _texts(key: AddressKey) -> tuple[str, str]:
    """Return what `addresses.compare_words` looks for: all of it, and without the unit."""
    if key.anchor or not key.words:
        return (key.road, "") if len(key.road) >= MIN_ROAD and not key.anchor else ("", "")
    return f" {key.words} ", f" {key.base_words} " if key.base_words else ""


def _room(numbers: Sequence[str]) -> list[int]:
    found = [_number(one) for one in numbers[:_ROOM]]
    return found + [_ENDED] * (_ROOM - len(found))


def _number(digits: str) -> int:
    kept = digits.lstrip("0")
    return int(kept or 0) if len(kept) <= _MOST_DIGITS else _TOO_LONG


def compare_rooms(rooms: Rooms, places: Column, shown: tuple[str, ...]) -> npt.NDArray[np.int8]:
    """Return for each decoy's room what `addresses.compare_house` says of a house that shows these numbers."""
    seen = shown.index(_HIDDEN) if _HIDDEN in shown else len(shown)
    ended = rooms[seen, places] == _ENDED
    found = np.where(ended, np.int8(Agreement.FULL), np.int8(Agreement.BASE))
    for at in range(seen):
        numbers = rooms[at, places]
        if not at:
            found[numbers == _ENDED] = Agreement.BASE  # any room of a house that is ours whole
        found[(numbers != _number(shown[at])) & (numbers != _ENDED)] = Agreement.OTHER_UNIT
    return found
