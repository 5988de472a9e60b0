"""All times of a row moved together, so that their order holds.

Pure. Times with a clock move by one common offset; columns of whole days move by the days the row's own date moved.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from honey.generate.around import Bounds
from honey.host.columnprofile import ColumnProfile, naive
from honey.host.profile import Profile
from honey.host.timestyle import DAY, TimeStyle
from honey.model.waybill import Row

JITTER = timedelta(minutes=45)  # keeps the time of day, hence the load curve of the host's rows
WEEK = timedelta(weeks=1)
_WEEKS = 2  # of a table of whole days: keeps the day of the week
_TRIES = 12
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class MovedTimes:
    """The row's time columns as values to write, and when the new row was made."""

    values: dict[str, object] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Time:
    column: ColumnProfile
    value: object
    at: datetime
    style: TimeStyle

    @property
    def coarse(self) -> bool:
        return self.style.quantum >= DAY


def move_times(donor: Row, profile: Profile, rng: random.Random, bounds: Bounds[datetime]) -> MovedTimes:
    """Return the donor's times moved to lie within the bounds, or a little to and fro when there are none."""
    times = _read(donor, profile)
    if not times:
        return MovedTimes()
    anchor = next((one for one in times if one.column.column.name == profile.created_at), times[0])
    bounded = anchor.column.column.name == profile.created_at and (bounds.low is not None or bounds.high is not None)
    fixed = [one for one in times if not one.coarse]
    coarse = len(fixed) < len(times)
    offset = _NONE
    for _ in range(_TRIES):
        offset = _between(rng, anchor, bounds, profile) if bounded else _jitter(rng, anchor, times)
        # A clock time that crosses midnight alone would pass a whole-day column it must not pass.
        if not coarse or len({_days(one.at, offset) for one in fixed}) <= 1:
            break
    moved = [_moved(one, anchor, offset) for one in times]
    start = moved[times.index(anchor)]
    if bounded:
        moved = _pulled_in(times, moved, start)
    return MovedTimes(
        {one.column.column.name: one.style.write(at, one.value) for one, at in zip(times, moved, strict=True)}, start
    )


def _read(donor: Row, profile: Profile) -> list[_Time]:
    times = []
    for column in profile.times:
        value = donor.get(column.column.name)
        found = column.times.read(value) if column.times is not None and value is not None and value != "" else None
        if found is not None:
            times.append(_Time(column, value, *found))
    return times


def _days(at: datetime, offset: timedelta) -> int:
    return ((at + offset).date() - at.date()).days


def _moved(one: _Time, anchor: _Time, offset: timedelta) -> datetime:
    if one.coarse:
        return one.style.floor(one.at + DAY * _days(anchor.at, offset))
    return one.style.floor(one.at + offset)


def _between(rng: random.Random, anchor: _Time, bounds: Bounds[datetime], profile: Profile) -> timedelta:
    """Return the offset to a time within the bounds, one typical step outside when only one side is known."""
    step = profile.gap * (0.5 + rng.random())
    if bounds.low is not None and bounds.high is not None:
        target = bounds.low + (bounds.high - bounds.low) * rng.random()
    elif bounds.low is not None:
        target = bounds.low + step
    else:
        target = (bounds.high or naive(anchor.at)) - step
    floored = anchor.style.floor(target)
    if bounds.low is not None and floored < bounds.low:
        floored = bounds.low
    return floored - naive(anchor.at)


def _jitter(rng: random.Random, anchor: _Time, times: Sequence[_Time]) -> timedelta:
    """Return a small offset after which no column shows a later time than the host ever wrote."""
    if anchor.coarse:
        room = min((one.column.newest - naive(one.at) for one in times if one.column.newest is not None), default=_NONE)
        return WEEK * rng.randint(-_WEEKS, max(0, min(_WEEKS, room // WEEK)))
    fine = [one for one in times if not one.coarse]
    room = min((one.column.newest - naive(one.at) for one in fine if one.column.newest is not None), default=_NONE)
    upper = max(_NONE, min(JITTER, room))
    quantum = max(one.style.quantum for one in fine)
    steps = (JITTER + upper) // quantum
    return quantum * int(rng.random() * (steps + 1)) - JITTER // quantum * quantum


def _pulled_in(times: Sequence[_Time], moved: Sequence[datetime], start: datetime) -> list[datetime]:
    """Shorten the times after `start` by one common factor when one would lie later than the host ever wrote."""
    factor = 1.0
    for one, at in zip(times, moved, strict=True):
        newest = one.column.newest
        if newest is not None and naive(at) > newest > naive(start):
            factor = min(factor, (newest - naive(start)) / (naive(at) - naive(start)))
    if factor == 1.0:
        return list(moved)
    return [
        one.style.floor(start + (at - start) * factor) if at > start else at
        for one, at in zip(times, moved, strict=True)
    ]
