"""Chinese addresses in a block: the end of a road's name with its house number. Pure.

Follows the anchors of `prefilter`. A number that is not written in ASCII digits right behind the road is not read
here: the line is passed on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from honey.trace.block.keys import Bytes, Flags, Hashes, KeySet, Places, ending, hashes_of, mixed
from honey.trace.block.layout import Layout, Pair, is_digit
from honey.trace.normalise import CHINESE_DIGITS

_TAIL_BYTES = 8  # of a road's name, at most: two characters and a part of a third
_CELL_LOOK = 288  # bytes behind a road in which a number of another cell may begin: 67 characters
_NAMES = 2  # names of fields with digits in them that are passed over on the way
_NUMERAL_LOOK = 64  # bytes behind a road in which a Chinese numeral may begin
_MAX_NUMBER = 6  # digits, as in `prefilter`
_NUMBER_SALT = 1000  # apart from those of `ending`, which are lengths
_NUMERALS = np.array(sorted(int.from_bytes(sign.encode(), "big") for sign in [*CHINESE_DIGITS, "十", "百"]), np.uint32)
_KEEP = np.uint64((1 << 8 * _MAX_NUMBER) - 1)
# Masks for the eight bytes of a word at once: digits, the first bits of bytes, two characters of three bytes.
_ZEROS, _BEYOND_NINE, _HIGH = (
    np.uint64(0x3030303030303030),
    np.uint64(0x7676767676767676),
    np.uint64(0x8080808080808080),
)
_TWO_MASK, _TWO = np.uint64(0xC0C0F0C0C0F0), np.uint64(0x8080E08080E0)  # 1110.... 10...... 10......, little-endian
_UNDERSCORE, _BYTE = np.uint64(95), np.uint64(0xFF)


@dataclass(frozen=True, slots=True, eq=False)
class PlaceTables:
    """Roads by their last characters, and with their numbers."""

    last: tuple[bytes, ...]  # characters that roads end in
    widths: tuple[int, ...]  # bytes compared of roads: all of short ones
    tails: KeySet
    houses: KeySet
    numbers: KeySet  # without their roads

    @classmethod
    def of(cls, anchors: Iterable[str]) -> "PlaceTables":
        """Take `AddressKey.anchor`s."""
        pairs = [(road, anchor[len(road) :]) for anchor in anchors if (road := anchor.rstrip("0123456789"))]
        tails = [road.encode()[-_TAIL_BYTES:] for road, _ in pairs]
        roads = hashes_of(tails)
        numbers = np.array([_read(number.encode()[:_MAX_NUMBER]) for _, number in pairs], np.uint64)
        return cls(
            tuple(sorted({road[-1].encode() for road, _ in pairs})), tuple(sorted({len(tail) for tail in tails})),
            KeySet.of(roads), KeySet.of(_house(numbers, roads)),
            KeySet.of(_house(numbers, np.zeros_like(numbers))),
        )  # fmt: skip

    def pairs(self) -> Iterator[tuple[Pair, Iterable[int], Iterable[int]]]:
        """Yield the last two bytes of the characters that roads end in, and of numerals that are no digits."""
        yield from ((Pair.ROAD, [*last[-2:-1]] or range(256), [last[-1]]) for last in self.last)
        yield from ((Pair.NUMERAL, [ten[1]], [ten[2]]) for ten in map(str.encode, "十百"))


def _read(number: bytes) -> int:
    return int.from_bytes(number, "little")


def _house(numbers: Hashes, roads: Hashes) -> Hashes:
    return mixed(numbers, roads, _NUMBER_SALT)


def places_in(layout: Layout, tables: PlaceTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the addresses."""
    behind = layout.are(Pair.ROAD) + 2
    if not behind.size:
        return
    spaced = behind[_signs_before(layout, behind)]  # in the road's name: the number alone decides
    yield from _with_numbers(layout, spaced, np.zeros(len(spaced), np.uint64), tables.numbers)
    for width in tables.widths:
        roads = ending(layout.words, behind, width)
        ours = np.flatnonzero(tables.tails.may_hold(roads))
        yield from _with_numbers(layout, behind[ours], roads[ours], tables.houses)


def _with_numbers(layout: Layout, behind: Places, roads: Hashes, houses: KeySet) -> Iterator[Places]:
    """Look at what follows the ends of roads: a number, what might become one, signs and another cell."""
    if not behind.size:
        return
    yield behind[_held(layout, behind, roads, houses)] - 1
    other = np.flatnonzero(~is_digit(layout.raw[behind]))
    other = other[_signs_or_numerals(layout.raw, behind[other])]
    if other.size:
        numbers, numeral = _in_next_cell(layout, behind[other])
        yield behind[other[numeral]]
        other, numbers = other[numbers >= 0], numbers[numbers >= 0]
        yield numbers[_held(layout, numbers, roads[other], houses)]


def _held(layout: Layout, numbers: Places, roads: Hashes, houses: KeySet) -> Flags:
    """Look up the roads with the numbers that begin at these places; an underscore may stand within them."""
    words = layout.words[numbers]
    first_other = _first_bit(_other_than_digits(words))
    numerals = words & (first_other - np.uint64(1)) & _KEEP
    found: Flags = (words & first_other * _BYTE == first_other * _UNDERSCORE) & (first_other != 0)
    return np.logical_or(found, houses.holds(_house(numerals, roads)), out=found)


def _other_than_digits(words: Hashes) -> Hashes:
    """Return ones where the bytes of the words are no digits; right up to the first of them."""
    value = words ^ _ZEROS
    return ((value + _BEYOND_NINE | value) & _HIGH) >> np.uint64(7)


def _first_bit(words: Hashes) -> Hashes:
    return words & (~words + np.uint64(1))


def _in_next_cell(layout: Layout, behind: Places) -> tuple[Places, Flags]:
    """Return where the next number within reach begins (-1: nowhere), and whether only reading the line tells.

    Digits of a field's name, as in `"col2": `, are no number. Numerals, and wide signs behind a name, are read.
    """
    a, size = layout.raw, layout.raw.size
    starts, ends = np.append(layout.starts, [size] * (_NAMES + 1)), np.append(layout.ends, [size - 3] * (_NAMES + 1))
    runs, wide = np.searchsorted(starts, behind), np.zeros(len(behind), np.bool_)
    for _ in range(_NAMES):
        end = ends[runs]
        wide |= (a[end] == 34) & (a[end + 1] >= 0x80)
        runs = runs + ((a[end] == 34) & ((a[end + 1] == 58) | (a[end + 2] == 58)))
    numbers = np.where(starts[runs] - behind <= _CELL_LOOK, starts[runs], -1)
    numerals = layout.are(Pair.NUMERAL) - 1
    numerals = np.append(numerals[_is_numeral(a, numerals)], size)
    return numbers, wide | (numerals[np.searchsorted(numerals, behind)] - behind < _NUMERAL_LOOK)


def _signs_before(layout: Layout, behind: Places) -> Flags:
    """Tell whether anything but two Chinese characters (U+4000 to U+9FFF) stands before the last one."""
    first = behind - 9
    leads = (layout.raw.take(first) - np.uint8(0xE4)) | (layout.raw.take(first + 3) - np.uint8(0xE4))
    found: Flags = (layout.words[first] & _TWO_MASK != _TWO) | (leads > 7)
    return found


def _signs_or_numerals(a: Bytes, behind: Places) -> Flags:
    """Tell whether a sign or a Chinese numeral follows."""
    first = a[behind]
    letter = ((first | 32) - np.uint8(97)) < 26
    hanzi = (first >= 0xE4) & (first <= 0xE9)
    found: Flags = _is_numeral(a, behind) | ~(hanzi | letter | (first == 10))
    return found


def _is_numeral(a: Bytes, places: Places) -> Flags:
    codes = (a[places].astype(np.uint32) << 16) | (a[places + 1].astype(np.uint32) << 8) | a[places + 2]
    found: Flags = _NUMERALS[np.minimum(np.searchsorted(_NUMERALS, codes), len(_NUMERALS) - 1)] == codes
    return found
