"""Values that identify a row, made anew: running numbers, order numbers, nearly unique amounts.

Pure.
"""

import math
import random
import struct
from datetime import datetime
from decimal import Decimal

from honey.generate.around import Bounds
from honey.host.amounts import is_fraction
from honey.host.columnprofile import ColumnProfile
from honey.host.rising import Rising, between
from honey.host.shape import Shape, draw_code, skeleton

_TRIES = 32
_LONG = 4  # decimals; a price with more went through a binary float
_SINGLE = 1e-6  # relative precision of a 32-bit float
_SPREAD = 0.08  # of an amount: unlike the donor's, in the same bracket


def new_code(
    column: ColumnProfile, donor_value: object, rng: random.Random, *, at: datetime | None, bounds: Bounds[int]
) -> object:
    """Return a value of the column's shape that no sampled row has; it keeps to the bounds where it can."""
    shape = _shape_like(column, donor_value)
    if column.rising is not None and (shape is None or shape.stamp is None):
        made = column.rising.write(_number(column.rising, rng, at, bounds))
    elif shape is not None:
        made = _within(column, shape, rng, at, bounds)
    else:
        return donor_value
    return int(made) if column.integer and made.isdigit() else made


def new_measure(value: object, rng: random.Random) -> object:
    """Return an amount near the donor's with as many decimals, of the same Python type."""
    text = str(value)
    if not is_fraction(value) or "e" in text.lower():
        return value
    decimals = len(text.partition(".")[2])
    amount = float(text)
    moved = amount * (1 + _SPREAD * (2 * rng.random() - 1))
    if isinstance(value, str):
        return f"{moved:.{decimals}f}"
    if isinstance(value, Decimal):
        return Decimal(f"{moved:.{decimals}f}")
    if decimals > _LONG and math.isclose(amount, round(amount, 2), rel_tol=_SINGLE):
        return float(f"{struct.unpack('f', struct.pack('f', round(moved, 2)))[0]:.9g}")  # 32.3800011: once 32 bits
    return round(moved, decimals)


def _shape_like(column: ColumnProfile, donor_value: object) -> Shape | None:
    form = skeleton(str(donor_value))
    return next((one for one in column.shapes if one.skeleton == form), column.shapes[0] if column.shapes else None)


def _number(rising: Rising, rng: random.Random, at: datetime | None, bounds: Bounds[int]) -> int:
    found = between(rng, bounds.low, bounds.high)
    if found is not None:
        return found
    step = rng.randrange(1, 2 * rising.step + 1)
    if bounds.high is None and bounds.low is not None:
        return bounds.low + step
    if bounds.low is None and bounds.high is not None and bounds.high > step:
        return bounds.high - step
    return rising.at(rng, at)


def _within(column: ColumnProfile, shape: Shape, rng: random.Random, at: datetime | None, bounds: Bounds[int]) -> str:
    made = draw_code(rng, shape, at, column.seen)
    if column.rising is None:
        return made
    for _ in range(_TRIES):
        number = column.rising.number(made)
        low_kept = bounds.low is None or (number is not None and number > bounds.low)
        if low_kept and (bounds.high is None or (number is not None and number < bounds.high)):
            break
        made = draw_code(rng, shape, at, column.seen)
    return made
