"""The rows an export decoy will stand between.

Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from honey.host.columnprofile import ColumnProfile, naive
from honey.host.profile import Profile
from honey.model.waybill import Row

T = TypeVar("T", int, datetime)


@dataclass(frozen=True, slots=True)
class Around:
    """The row before and the row after a decoy's place, in file order; None at either end of the file."""

    before: Row | None = None
    after: Row | None = None


@dataclass(frozen=True, slots=True)
class Bounds(Generic[T]):
    """What a new value must lie between; None on an open side."""

    low: T | None = None
    high: T | None = None


def time_bounds(around: Around | None, profile: Profile) -> Bounds[datetime]:
    """Return the times the new row lies between."""
    if around is None:
        return Bounds()
    column = profile.column(profile.created_at)

    def read(value: object) -> datetime | None:
        found = column.times.read(value) if column is not None and column.times is not None else None
        return naive(found[0]) if found else None

    return _bounds(around, profile.created_at, read, descending=profile.descending)


def number_bounds(around: Around | None, column: ColumnProfile, *, descending: bool) -> Bounds[int]:
    """Return the running numbers the new row's number lies between."""
    rising = column.rising
    if rising is None or around is None:
        return Bounds()
    return _bounds(around, column.column.name, rising.number, descending=descending)


def has_room(profile: Profile, around: Around) -> bool:
    """Whether every running number leaves a free value between the two rows, so that a sorted file stays sorted."""
    for column in profile.columns:
        if column.rising is not None:
            bounds = number_bounds(around, column, descending=profile.descending)
            if bounds.low is not None and bounds.high is not None and bounds.high - bounds.low < 2:
                return False
    return True


def _bounds(around: Around, name: str, read: Callable[[object], T | None], *, descending: bool) -> Bounds[T]:
    before = read(around.before.get(name)) if around.before is not None else None
    after = read(around.after.get(name)) if around.after is not None else None
    if before is not None and after is not None:
        return Bounds(min(before, after), max(before, after))
    return Bounds(after, before) if descending else Bounds(before, after)
