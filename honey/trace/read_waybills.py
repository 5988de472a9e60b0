"""Collect waybill numbers from a dump while it is scanned, to ask the access record about them. Pure.

Only what looks like the host's own numbers is taken, written plainly: full-width and lower-case letters are read;
numbers broken by spaces, masked, or beginning in both cases mixed are not. Memory is bounded: of more than `limit`
distinct numbers a fair sample is kept, those with the smallest hash, whatever their order and repetitions.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from zlib import crc32

from honey.trace import normalise

MAX_NUMBERS = 2_000  # kept; a hundred rows identify a leaker (literature.md section 7)
MAX_SHAPES = 64  # more kinds of numbers than a host has
MIN_LENGTH = 8  # shorter ones are amounts, dates and house numbers
MAX_LENGTH = 40
_HASHES = 1 << 32  # of CRC-32: it spreads running numbers evenly, and there is nothing to gain by aiming at it
_LETTERS = re.compile(r"[A-Z]*")
_WIDE = re.compile(rb"\xef(?:\xbc[\x90-\x99\xa1-\xba]|\xbd[\x81-\x9a])")  # full-width digits and letters in UTF-8


class Shape(NamedTuple):
    """What the numbers of one kind have in common."""

    prefix: str  # of capitals
    length: int  # of what follows
    digits: bool  # what follows is digits alone


def shapes_of(numbers: Iterable[str]) -> frozenset[Shape]:
    """Return the shapes of known waybill numbers; those too short, or of the rarest kinds of many, are left out."""
    counted: dict[Shape, int] = {}
    for number in numbers:
        plain = normalise.waybill(number)
        if MIN_LENGTH <= len(plain) <= MAX_LENGTH and plain.isascii():
            prefix = _LETTERS.match(plain)
            assert prefix  # noqa: S101 - the pattern matches the empty string
            rest = plain[prefix.end() :]
            shape = Shape(prefix.group(), len(rest), rest.isdigit())
            counted[shape] = counted.get(shape, 0) + 1
    return frozenset(sorted(counted, key=lambda one: (-counted[one], one))[:MAX_SHAPES])


def shapes_of_blocks(blocks: Iterable[tuple[str, str]]) -> frozenset[Shape]:
    """Return the shapes of blocks given by first and last number: what both begin with, and the digits that follow."""
    found = set()
    for first, last in blocks:
        one, other = normalise.waybill(first), normalise.waybill(last)
        shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))
        found.add(Shape(one[:shared], len(one) - shared, digits=True))
    return frozenset(found)


class WaybillReader:
    """Feed it the rows of a scan; then take the numbers. An `exhaustive` one must be shown every row."""

    def __init__(self, shapes: Iterable[Shape], *, limit: int = MAX_NUMBERS, exhaustive: bool = False) -> None:
        if limit < 1:
            raise ValueError("a sample holds at least one number")
        known = frozenset(shapes)
        self.exhaustive = exhaustive
        self._shapes = known
        self._patterns = _patterns(known)
        self._lower = tuple({one.prefix.lower().encode() for one in known if one.prefix})
        self._any_case = any(not one.digits for one in known)
        self._limit = limit
        self._kept: dict[bytes, int] = {}  # number -> its hash
        self._ceiling = _HASHES  # hashes from here on are no longer kept

    def empty(self) -> "WaybillReader":
        """Return a reader of the same numbers that has seen nothing."""
        return WaybillReader(self._shapes, limit=self._limit, exhaustive=self.exhaustive)

    def observe(self, rows: bytes) -> None:
        """Take the numbers out of consecutive rows, as UTF-8, of a dump."""
        if not self._patterns:
            return
        block = rows
        if _WIDE.search(block):
            block = unicodedata.normalize("NFKC", block.decode("utf-8", "replace")).encode()
        if self._any_case or any(prefix in block for prefix in self._lower):
            block = block.upper()
        for pattern in self._patterns:
            for number in pattern.findall(block):
                rank = crc32(number)
                if rank < self._ceiling:
                    self._kept[number] = rank
        if len(self._kept) > 2 * self._limit:
            self._shrink()

    def merge(self, other: "WaybillReader") -> None:
        """Take what a reader of the same numbers has seen elsewhere; a number seen by both counts once."""
        self._ceiling = min(self._ceiling, other._ceiling)
        self._kept.update(other._kept)
        self._kept = {number: rank for number, rank in self._kept.items() if rank < self._ceiling}
        self._shrink()

    def to_json(self) -> dict[str, Any]:
        """Return what it has seen."""
        self._shrink()
        return {"numbers": sorted(map(bytes.decode, self._kept)), "ceiling": self._ceiling}

    def restore(self, seen: Mapping[str, Any]) -> None:
        """Take what `to_json` of a reader of the same numbers said."""
        self._kept = {number: crc32(number) for number in map(str.encode, seen["numbers"])}
        self._ceiling = seen["ceiling"]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The distinct numbers seen, in order; a sample of them if there were more than the limit."""
        self._shrink()
        return tuple(sorted(map(bytes.decode, self._kept)))

    @property
    def distinct(self) -> int:
        """How many distinct numbers were seen: exact up to the limit, beyond it estimated to within a few per cent."""
        self._shrink()
        if self._ceiling == _HASHES:
            return len(self._kept)
        return round((self._limit - 1) / (self._ceiling - 1) * _HASHES)  # k-th smallest of n uniform values

    @property
    def sampled(self) -> bool:
        """Whether `numbers` is a sample."""
        self._shrink()
        return self._ceiling != _HASHES

    def _shrink(self) -> None:
        if len(self._kept) > self._limit:
            best = sorted(self._kept.items(), key=lambda item: item[1])[: self._limit]
            self._kept = dict(best)
            self._ceiling = best[-1][1] + 1


def _patterns(shapes: Iterable[Shape]) -> list[re.Pattern[bytes]]:
    """Return one pattern per prefix. Each starts with plain characters and looks back after them, which is fast."""
    by_prefix: dict[str, list[Shape]] = {}
    for shape in sorted(shapes, key=lambda one: -one.length):  # alternatives are tried in order: longest first
        by_prefix.setdefault(shape.prefix, []).append(shape)
    patterns = []
    for prefix, known in sorted(by_prefix.items()):
        taken = 0 if prefix else 1  # numbers without letters start with a digit
        start = re.escape(prefix) or "[0-9]"
        parts = [f"{'[0-9]' if one.digits else '[0-9A-Z]'}{{{one.length - taken}}}" for one in known]
        pattern = rf"{start}(?<![0-9A-Z]{start})(?:{'|'.join(parts)})(?![0-9A-Z])"
        patterns.append(re.compile(pattern.encode()))
    return patterns
