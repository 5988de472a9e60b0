"""Which columns an export is sorted by, and whether a row added between two others keeps it so."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Key = Callable[[str], Any]  # text -> something comparable, or None where the text is not of the kind

MAX_NUMBER_CHARACTERS = 40  # longer digit runs are no numbers, and int() of a hostile one is slow

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}(?!\d)", re.ASCII)
_YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(?!\d)", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


def _number(text: str) -> int | float | None:
    if len(text) > MAX_NUMBER_CHARACTERS or not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _moment(text: str) -> tuple[int, ...]:
    parts = _DIGITS.findall(text[:40])
    whole = tuple(int(part) for part in parts[:6])
    fraction = (int(parts[6][:9].ljust(9, "0")),) if len(parts) > 6 else ()
    return whole + fraction


def _year_first(text: str) -> tuple[int, ...] | None:
    return _moment(text) if _YEAR_FIRST.match(text) else None


def _month_first(text: str) -> tuple[int, ...] | None:
    if not _YEAR_LAST.match(text):
        return None
    month, day, year, *clock = _moment(text)
    return (year, month, day, *clock) if month <= 12 else None


def _day_first(text: str) -> tuple[int, ...] | None:
    if not _YEAR_LAST.match(text):
        return None
    day, month, year, *clock = _moment(text)
    return (year, month, day, *clock) if month <= 12 else None


def _text(text: str) -> str | None:
    return text


def _kinds(text: str) -> tuple[Key, ...]:
    """Return the readings of a column whose first value is `text`."""
    if _number(text) is not None:
        return (_number,)
    if _YEAR_FIRST.match(text):
        return (_year_first,)
    if _YEAR_LAST.match(text):
        return (_month_first, _day_first)
    return (_text,)


@dataclass(frozen=True, slots=True)
class SortedColumn:
    """A column the whole file is sorted by. `changes` counts the rows that differ from the one before."""

    index: int
    key: Key
    descending: bool
    strict: bool  # no value stands twice in a row
    changes: int

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.key is _number

    def in_order(self, first: str, second: str) -> bool:
        """Whether `second` may follow `first`; an empty or unreadable value may stand anywhere."""
        one, two = self.read(first), self.read(second)
        if one is None or two is None:
            return True
        if one == two:
            return not self.strict
        return bool((one > two) if self.descending else (one < two))

    def has_room(self, before: str, after: str) -> bool:
        """Whether a whole number fits strictly between two cells."""
        low, high = self.read(before), self.read(after)
        return not (isinstance(low, int) and isinstance(high, int)) or bool(abs(high - low) >= 2)

    def fill(self, before: str, after: str, rng: Random) -> str:
        """Return a value that stands between two neighbours; the one before again where nothing lies between."""
        low, high = self.read(before), self.read(after)
        if not (isinstance(low, int) and isinstance(high, int)):
            return before or after
        low, high = min(low, high), max(low, high)
        if high - low < 2:
            return before
        return str(rng.randrange(low + 1, high)).zfill(len(before) if before.startswith("0") else 0)

    def read(self, text: str) -> Any:  # noqa: ANN401 - number, date parts or text, compared among themselves only
        """Return a cell as something to compare with others of the column; None where it is empty or unreadable."""
        return self.key(text) if text else None


class _Watch:
    """Follows one reading of one column down the file."""

    __slots__ = ("changes", "down", "index", "key", "last", "strict", "up")

    def __init__(self, index: int, key: Key, first: object) -> None:
        self.index, self.key = index, key
        self.last: Any = first
        self.up = self.down = self.strict = True
        self.changes = 0

    def follows(self, text: str) -> bool:
        """Take the next value; False once neither direction holds."""
        value = self.key(text)
        if value is None:
            return False
        last, self.last = self.last, value
        if value == last:
            self.strict = False
            return True
        self.changes += 1
        if value > last:
            self.down = False
        else:
            self.up = False
        return self.up or self.down


class SortWatch:
    """Told every row once, in order; unsorted columns drop out within a few rows and cost nothing after."""

    def __init__(self, width: int) -> None:
        self._unseen = set(range(width))
        self._watches: list[_Watch] = []

    def feed(self, cells: Sequence[str]) -> None:
        """Take the next row; empty cells are passed over."""
        width = len(cells)
        kept = [
            watch
            for watch in self._watches
            if watch.index >= width or not (text := cells[watch.index]) or watch.follows(text)
        ]
        if self._unseen:
            for index in sorted(self._unseen):
                if index < width and cells[index]:
                    self._unseen.discard(index)
                    keys = _kinds(cells[index])
                    kept += [_Watch(index, key, first) for key in keys if (first := key(cells[index])) is not None]
        self._watches = kept

    def sorted_columns(self) -> tuple[SortedColumn, ...]:
        """Return the columns in order from the first row to the last; constant ones are not among them."""
        found: dict[int, SortedColumn] = {}
        for watch in self._watches:
            if watch.changes and watch.index not in found:
                found[watch.index] = SortedColumn(watch.index, watch.key, not watch.up, watch.strict, watch.changes)
        return tuple(found[index] for index in sorted(found))
