"""Addresses as sellers rewrite them: widths, spaces, dropped suffixes, Chinese numerals, units cut off. Pure.

A Chinese address is compared as its road and the numbers after it (house, building, unit, room); any other as its
words in order.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import islice

from honey.model.beacon import PostalAddress
from honey.trace.normalise import MASKS, fold

_NUMERALS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNIT_WORDS = "号楼|号院|大楼|单元|号|栋|幢|座|楼|室|层|弄|期|区|门|组|院|房|户|#|-"
_NUMERAL_RUN = re.compile(rf"[零〇一二两三四五六七八九十百]+(?=(?:{_UNIT_WORDS}))")
_STEP = re.compile(rf"(?:{_UNIT_WORDS}){{0,3}}([0-9]{{1,5}}(?![0-9])|[*]+)")  # longer is a phone
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[^\w*]+(?=[0-9])")
_NOISE = re.compile(r"[^\w*#-]+|_+|(?<![0-9])-|-(?![0-9])")
_MASK_RUN = re.compile(rf"[{re.escape(MASKS)}]+|(?<=[^A-Za-z])[xX]{{2,}}")
_SUFFIX = re.compile(
    r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|地区|新区|省|市|区|县|盟|旗)$"
)
_UNIT = re.compile(r"\b(?:apt|apartment|unit|flat|suite|ste|room|rm)\b\.?\s*\w+|#\s*\w+", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_HOUSE_NUMBER = re.compile("(?<=[\u4e00-\u9fff])[0-9]+")
_CHINESE = re.compile("[\u4e00-\u9fff]")
MIN_LATIN_BASE = 8  # "12 main" is too little to be anybody's address
MIN_ROAD = 8  # characters that make an address without any number unmistakable
MAX_UNIT_NUMBERS = 6  # building, unit, floor, room and what sellers add
MAX_STRETCH_WORDS = 10  # words of one address
MAX_STRETCHES = 4000  # per cell
_REMEMBERED = 4096  # divisions: China has about 3,300
ROAD_TAIL = 4  # characters of the road's name that must stand before its number


class Agreement(IntEnum):
    """How far a text agrees with an address, weakest first."""

    NONE = 0
    OTHER_UNIT = 1  # the same house, and a unit or room that is not ours
    BASE = 2  # the same house, the rest cut off or hidden
    FULL = 3


@dataclass(frozen=True, slots=True)
class AddressKey:
    """One decoy address, ready to be looked for."""

    province: str
    city: str
    district: str
    detail: str  # as planted
    road: str  # "" where the detail is not Chinese
    numbers: tuple[str, ...]
    words: str  # the whole detail as words, for all other scripts
    base_words: str
    anchor: str  # end of the road and its number: what a text must hold to be compared; "" if there is none

    @classmethod
    def of(cls, address: PostalAddress) -> "AddressKey":
        """Prepare an address for comparison."""
        province, city, district = (short(part) for part in (address.province, address.city, address.district))
        road, words, base = "", "", ""
        numbers: tuple[str, ...] = ()
        if _CHINESE.search(address.detail):
            road, numbers = _road_and_numbers(squash(address.detail))
        else:
            words = latin(address.detail)
            base = latin(_UNIT.sub("", address.detail).partition(",")[0])
            base = base if len(base) >= MIN_LATIN_BASE and any(map(str.isdigit, base)) else ""
        anchor = road[-ROAD_TAIL:] + numbers[0] if road and numbers else ""
        return cls(province, city, district, address.detail, road, numbers, words, base, anchor)


@lru_cache(_REMEMBERED)
def short(division: str) -> str:
    """Return a division's name without 省, 市, 区 and the like; one that would become a single character is kept."""
    folded = fold(division).strip()
    cut = _SUFFIX.sub("", folded)
    return cut if len(cut) >= 2 else folded


def squash(text: str) -> str:
    """Return a Chinese address without spaces and signs, numerals before unit words as digits, masks as `*`.

    A sign between two digits becomes one dash, so that 3-2-1203 keeps its three numbers.
    """
    folded = _MASK_RUN.sub("*", fold(text)).replace("之", "-")
    folded = _BETWEEN_DIGITS.sub("-", folded)
    return _NUMERAL_RUN.sub(lambda found: _numeral(found.group()), _NOISE.sub("", folded))


def _numeral(run: str) -> str:
    """Read 十二 as 12, 一百零三 as 103 and 二〇三 as 203."""
    if not any(character in "十百" for character in run):
        return "".join(str(_NUMERALS[character]) for character in run)
    total, digit = 0, 0
    for character in run:
        if character in "十百":
            total += max(digit, 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _NUMERALS[character]
    return str(total + digit)


def _road_and_numbers(squashed: str) -> tuple[str, tuple[str, ...]]:
    first = re.search(r"[0-9]+", squashed)
    if first is None:
        return squashed, ()
    return squashed[: first.start()], tuple(re.findall(r"[0-9]+", squashed))


def latin(text: str) -> str:
    """Return the words of an address in lower case, one space between."""
    return " ".join(_WORDS.findall(fold(text).casefold()))


@dataclass(frozen=True, slots=True)
class House:
    """A house number in a text: the cell it stands in and the numbers that follow it, `*` where they are hidden."""

    cell: int
    numbers: tuple[str, ...]


def houses_in(squashed: str, cell: int) -> Iterator[tuple[str, House]]:
    """Yield every anchor (see `AddressKey`) of a squashed text with its house, for roads of one to four characters."""
    for number in _HOUSE_NUMBER.finditer(squashed):
        start, end = number.span()
        house = House(cell, tuple(_following(squashed, end)))
        for width in range(1, min(ROAD_TAIL, start) + 1):
            yield squashed[start - width : end], house


def _following(squashed: str, at: int) -> Iterator[str]:
    for _ in range(MAX_UNIT_NUMBERS):
        step = _STEP.match(squashed, at)
        if step is None:
            return
        yield "*" if step.group(1)[0] == "*" else step.group(1).lstrip("0")
        at = step.end()


def unit_key(anchor: str, numbers: Iterable[str]) -> str:
    """Return the look-up key of one room: its anchor and the numbers after the house number."""
    return "/".join([anchor, *(number.lstrip("0") for number in numbers)])


def compare_house(key: AddressKey, house: House) -> Agreement:
    """Compare a decoy's address with a house at its own anchor."""
    wanted = [number.lstrip("0") for number in key.numbers[1:]]
    for at, number in enumerate(wanted):
        if at >= len(house.numbers) or house.numbers[at] == "*":
            return Agreement.BASE
        if house.numbers[at] != number:
            return Agreement.OTHER_UNIT
    more = house.numbers[len(wanted) :]
    return Agreement.BASE if not wanted and more and more[0] != "*" else Agreement.FULL


def compare_words(key: AddressKey, squashed: str, words: str) -> Agreement:
    """Compare an address that has no house number after a Chinese road with one cell."""
    if key.words:
        if _holds_words(words, key.words):
            return Agreement.FULL
        return Agreement.BASE if key.base_words and _holds_words(words, key.base_words) else Agreement.NONE
    return Agreement.FULL if len(key.road) >= MIN_ROAD and key.road in squashed else Agreement.NONE


def _holds_words(words: str, wanted: str) -> bool:
    return f" {wanted} " in f" {words} "


def word_stretches(words: str) -> list[str]:
    """Return every run of two to ten words that holds a number, to be looked up whole."""
    split = words.split()
    starts = (
        (first, last)
        for first in range(len(split))
        for last in range(first + 2, min(first + MAX_STRETCH_WORDS, len(split)) + 1)
    )
    found = (" ".join(split[first:last]) for first, last in starts)
    numbered = (stretch for stretch in found if any(map(str.isdigit, stretch)))
    return list(islice(numbered, MAX_STRETCHES))
