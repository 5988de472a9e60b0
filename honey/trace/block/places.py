"""Chinese addresses in a block: the end of a road's name with its house number. Pure.

Follows the anchors of `prefilter`. A number that is not written in ASCII digits right behind the road is not read
here: the line is passed on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honey.trace.block.keys import Bytes, Flags, Hashes, KeySet, Places, ending, hashes_of, mixed, words_at
from honey.trace.block.layout import Layout
from honey.trace.normalise import CHINESE_DIGITS

_TAIL_BYTES = 8  # of a road's name, at most: two characters and a part of a third
_ROAD_LOOK = 9  # bytes before a number that are looked through for signs
_CELL_LOOK = 288  # bytes behind a road in which a number of another cell may begin: 67 characters
_NAMES = 2  # names of fields with digits in them that are passed over on the way
_NUMERAL_LOOK = 64  # bytes behind a road in which a Chinese numeral may begin
_MAX_NUMBER = 6  # digits, as in `prefilter`
_NUMBER_SALT = 1000  # apart from those of `ending`, which are lengths
_NUMERALS = np.array(sorted(int.from_bytes(sign.encode(), "big") for sign in [*CHINESE_DIGITS, "十", "百"]), np.uint32)
_KEEP = np.array([(1 << 8 * length) - 1 for length in range(_MAX_NUMBER + 1)], np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class PlaceTables:
    """Roads by their last characters, and with their numbers."""

    last: tuple[bytes, ...]  # characters that roads end in
    tail_bytes: int
    tails: KeySet
    houses: KeySet
    numbers: KeySet  # without their roads

    @classmethod
    def of(cls, anchors: Iterable[str]) -> "PlaceTables":
        """Take `AddressKey.anchor`s."""
        pairs = [(road, anchor[len(road) :]) for anchor in anchors if (road := anchor.rstrip("0123456789"))]
        width = min([_TAIL_BYTES, *(len(road.encode()) for road, _ in pairs)])
        last = {road[-1].encode() for road, _ in pairs}
        written = [(road.encode()[-width:], number.encode()) for road, number in pairs if len(number) <= _MAX_NUMBER]
        tails = hashes_of(road for road, _ in written)  # all of one length: they stay in order
        numbers = np.array([int.from_bytes(number, "little") for _, number in written], np.uint64)
        return cls(
            tuple(sorted(last)), width, KeySet.of(hashes_of(road.encode()[-width:] for road, _ in pairs)),
            KeySet.of(_house(numbers, tails)), KeySet.of(_house(numbers, np.zeros_like(numbers))),
        )  # fmt: skip


def _house(numbers: Hashes, roads: Hashes) -> Hashes:
    return mixed(numbers, roads, _NUMBER_SALT)


def places_in(layout: Layout, tables: PlaceTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the addresses."""
    a = layout.raw
    for character in tables.last:
        alike = a[: len(a) - len(character)] == character[0]
        for offset, byte in enumerate(character[1:], start=1):
            alike &= a[offset : offset - len(character)] == byte
        behind = np.flatnonzero(alike) + len(character)
        if behind.size:
            yield from _at_roads(layout, behind, len(character), tables)


def _at_roads(layout: Layout, behind: Places, width: int, tables: PlaceTables) -> Iterator[Places]:
    """Look at what follows a road's last character: a number, what might become one, signs and another cell."""
    a = layout.raw
    ours = tables.tails.holds(ending(a, behind, tables.tail_bytes))
    spaced = _signs_before(a, behind, width)  # in the road's name: the number alone decides
    behind, ours, spaced = behind[ours | spaced], ours[ours | spaced], spaced[ours | spaced]
    digits = layout.digit[behind]
    yield from _at_numbers(layout, (behind[digits], behind[digits], spaced[digits]), tables)
    behind, spaced = behind[~digits], spaced[~digits]
    follows = _signs_or_numerals(a, behind)
    behind, spaced = behind[follows], spaced[follows]
    if behind.size:
        numbers, numeral = _in_next_cell(layout, behind)
        yield behind[numeral]
        near = numbers >= 0
        yield from _at_numbers(layout, (behind[near], numbers[near], spaced[near]), tables)


def _at_numbers(layout: Layout, found: tuple[Places, Places, Flags], tables: PlaceTables) -> Iterator[Places]:
    """Look up the roads that end before places, with the numbers that begin at others."""
    behind, numbers, spaced = found
    a = layout.raw
    runs = np.searchsorted(layout.starts, numbers)
    numerals = words_at(a, numbers) & _KEEP[np.minimum(layout.lengths[runs], _MAX_NUMBER)]
    held = tables.houses.holds(_house(numerals, ending(a, behind, tables.tail_bytes)))
    held |= spaced & tables.numbers.holds(_house(numerals, np.zeros_like(numerals)))
    held |= a[layout.ends[runs]] == 95  # an underscore within the number
    yield behind[held] - 1


def _in_next_cell(layout: Layout, behind: Places) -> tuple[Places, Flags]:
    """Return where the next number within reach begins (-1: nowhere), and whether a Chinese numeral is near.

    Digits of a field's name, as in `"col2": `, are no number.
    """
    a, size = layout.raw, layout.raw.size
    starts, ends = np.append(layout.starts, [size] * (_NAMES + 1)), np.append(layout.ends, [size - 3] * (_NAMES + 1))
    runs = np.searchsorted(starts, behind)
    for _ in range(_NAMES):
        end = ends[runs]
        runs = runs + ((a[end] == 34) & ((a[end + 1] == 58) | (a[end + 2] == 58)))
    numbers = np.where(starts[runs] - behind <= _CELL_LOOK, starts[runs], -1)
    around = a[behind[:, None] + np.arange(_NUMERAL_LOOK)]
    code = (around[:, :-2].astype(np.uint32) << 16) | (around[:, 1:-1].astype(np.uint32) << 8) | around[:, 2:]
    return numbers, _is_numeral(code).any(axis=1)


def _signs_before(a: Bytes, behind: Places, width: int) -> Flags:
    """Tell whether a sign or a wide space stands among the characters before the last one."""
    before = a[behind[:, None] + np.arange(-_ROAD_LOOK, -width)]
    found: Flags = ((before < 0x80) | (before == 0xE3) | (before == 0xEF) | (before == 0xE2)).any(axis=1)
    return found


def _signs_or_numerals(a: Bytes, behind: Places) -> Flags:
    """Tell whether a sign or a Chinese numeral follows."""
    first = a[behind]
    code = (first.astype(np.uint32) << 16) | (a[behind + 1].astype(np.uint32) << 8) | a[behind + 2]
    letter = ((first | 32) - np.uint8(97)) < 26
    hanzi = (first >= 0xE4) & (first <= 0xE9)
    found: Flags = _is_numeral(code) | ~(hanzi | letter | (first == 10))
    return found


def _is_numeral(codes: npt.NDArray[np.uint32]) -> Flags:
    found: Flags = _NUMERALS[np.minimum(np.searchsorted(_NUMERALS, codes), len(_NUMERALS) - 1)] == codes
    return found
