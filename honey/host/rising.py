"""Numbers that grow with time: row ids and running numbers, with a fixed text before them or not.

Pure. A new number keeps the order of the rows around it; see `Rising.between` for what that takes.
"""

import random
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

_NUMBERED = re.compile(r"([^\d]*)(\d{1,20})", re.ASCII)
_RISING = 0.95  # share of neighbouring rows, in order of time, whose numbers grow
_ENOUGH_ROWS = 8
_BEYOND = 1000  # numbers after the last one to draw from, at least
_SPARSE = 1000  # mean step from which a number between two sampled ones is almost surely free


@dataclass(frozen=True, slots=True)
class Rising:
    """A running number. `points` are the sampled (time, number) pairs in order of number."""

    prefix: str
    width: int  # digits, zero filled; 0 when the width varies
    points: tuple[tuple[datetime, int], ...]

    @property
    def step(self) -> int:
        """Mean distance between sampled numbers, at least 1."""
        first, last = self.points[0][1], self.points[-1][1]
        return max(1, (last - first) // max(1, len(self.points) - 1))

    def number(self, value: object) -> int | None:
        """Return the number in a value of this column."""
        match = _NUMBERED.fullmatch(str(value))
        return int(match.group(2)) if match and match.group(1) == self.prefix else None

    def write(self, number: int) -> str:
        """Return a number as this column writes it."""
        return f"{self.prefix}{number:0{self.width}d}" if self.width else f"{self.prefix}{number}"

    def at(self, rng: random.Random, at: datetime | None) -> int:
        """Return a number for a row of that time: between its neighbours' when those lie far apart, else a new one."""
        if at is not None and self.step >= _SPARSE:
            place = bisect_left([time for time, _ in self.points], at)
            if 0 < place < len(self.points):
                found = between(rng, self.points[place - 1][1], self.points[place][1])
                if found is not None:
                    return found
        last = self.points[-1][1]
        room = 10 ** len(str(last)) - 1 - last  # keeps the number of digits
        return last + rng.randrange(1, (room if room >= _BEYOND else _BEYOND * self.step) + 1)


def between(rng: random.Random, low: int | None, high: int | None) -> int | None:
    """Return a number strictly between two, or None when there is none."""
    if low is None or high is None:
        return None
    low, high = min(low, high), max(low, high)
    return rng.randrange(low + 1, high) if high - low >= 2 else None


def learn_rising(values: Sequence[object], times: Sequence[datetime | None]) -> Rising | None:
    """Return how a column's numbers grow with the rows' times, None when they do not."""
    matches = [
        (at, match)
        for value, at in zip(values, times, strict=True)
        if at is not None and value is not None and (match := _NUMBERED.fullmatch(str(value)))
    ]
    if len(matches) < _ENOUGH_ROWS or len(matches) < _RISING * sum(value is not None for value in values):
        return None
    prefixes = {match.group(1) for _, match in matches}
    points = sorted((at, int(match.group(2))) for at, match in matches)
    grows = sum(b[1] > a[1] for a, b in pairwise(points))
    if len(prefixes) != 1 or grows < _RISING * (len(points) - 1):
        return None
    widths = {len(match.group(2)) for _, match in matches}
    zero_filled = any(match.group(2).startswith("0") for _, match in matches)
    width = widths.pop() if len(widths) == 1 and zero_filled else 0
    return Rising(prefixes.pop(), width, tuple(sorted(points, key=lambda point: point[1])))
