"""Surnames, cities and the numbers' visible digits as they are drawn in a simulated world. Pure constants."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from honey.trace import chances

# The twenty surnames that `chances` knows; everybody else has one of OTHER_SURNAMES equally rare ones.
COMMON_SURNAMES = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗")
OTHER_SURNAMES = 200
CITIES = round(1 / chances.CITY)
MASKED_SUFFIXES = 10_000  # a masked number shows its last four digits


@cache
def surname_shares() -> NDArray[np.float64]:
    """Share of people with each surname, the common ones first."""
    common = np.array([chances.surname_share(name) for name in COMMON_SURNAMES])
    rest = np.full(OTHER_SURNAMES, (1 - common.sum()) / OTHER_SURNAMES)
    return np.concatenate([common, rest])


@cache
def cumulative_shares() -> NDArray[np.float64]:
    """Cumulative shares, for drawing surnames by binary search."""
    summed = np.cumsum(surname_shares())
    summed[-1] = 1.0
    return summed


@cache
def stated_shares() -> tuple[float, ...]:
    """What the matcher takes each surname's share to be: it errs towards common."""
    return tuple(
        chances.surname_share(COMMON_SURNAMES[at] if at < len(COMMON_SURNAMES) else "")
        for at in range(len(COMMON_SURNAMES) + OTHER_SURNAMES)
    )


def draw_surnames(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return surnames as places in the table, drawn as they occur among people."""
    return np.searchsorted(cumulative_shares(), rng.random(count), side="right").astype(np.int64)
