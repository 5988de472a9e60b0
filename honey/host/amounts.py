"""Which amounts of a row add up: their sum must still be right in a decoy's row.

Pure.
"""

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations, permutations

from honey.model.waybill import Row

_ROWS = 60  # rows looked at
_AGREE = 0.95
_MOST_COLUMNS = 16  # n columns are n^3 triples
_FRACTION = re.compile(r"-?\d{1,12}\.\d{1,9}", re.ASCII)
_CENT = 0.005
_ENOUGH_ROWS = 8


def related_amounts(rows: Sequence[Row], columns: Sequence[str]) -> frozenset[str]:
    """Return the columns that equal another one, or the sum of two others, in nearly every row."""
    table = {name: [_number(row.get(name)) for row in rows[:_ROWS]] for name in list(columns)[:_MOST_COLUMNS]}
    moving = [name for name, values in table.items() if len(set(values)) > 1]
    related: set[str] = set()
    for one, other in combinations(moving, 2):
        if _agree(zip(table[one], table[other], strict=True)):
            related |= {one, other}
    for total, first, second in permutations(moving, 3):
        if first < second:
            sums = [None if a is None or b is None else a + b for a, b in zip(table[first], table[second], strict=True)]
            if _agree(zip(table[total], sums, strict=True)):
                related |= {total, first, second}
    return frozenset(related)


def _agree(pairs: Iterable[tuple[float | None, float | None]]) -> bool:
    """Whether nearly all pairs are equal; stops at the first miss too many."""
    compared = missed = 0
    for a, b in pairs:
        if a is None or b is None:
            continue
        compared += 1
        missed += abs(a - b) > _CENT
        if missed > (1 - _AGREE) * _ROWS:
            return False
    return compared >= _ENOUGH_ROWS and missed <= (1 - _AGREE) * compared


def is_fraction(value: object) -> bool:
    """Whether a value is an amount with decimals, as a number or written out."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, str) and _FRACTION.fullmatch(value) is not None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not (isinstance(value, int) or is_fraction(value)):
        return None
    return float(str(value))
