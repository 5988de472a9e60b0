"""What contacts can tell at best: bits a leak gives about one leaker, and the numbers needed for so many bits."""

import numpy as np

from honey.codes.background import poisson_log_pmf
from honey.codes.contact import MOST_COUNTED, through_leak

_MOST_NUMBERS = 1 << 14


def leak_bits(numbers: int, size: int, decoys: int, rate: float, stray: float, *, counted: bool = True) -> float:
    """Return the information, in bits, that one leak gives about the leaker's numbers, at most log2 of the subsets.

    A number gets a stray contact with probability `stray`. Without `counted` only whether a number rang is used.
    """
    quiet = np.exp(poisson_log_pmf(np.array([max(-np.log1p(-stray), 1e-12)]), MOST_COUNTED))[0]
    held = np.convolve(quiet, through_leak(decoys, size, rate))[: MOST_COUNTED + 1]
    laws = np.stack([quiet, held])
    if not counted:
        laws = np.stack([laws[:, 0], 1 - laws[:, 0]], axis=1)
    density = size / numbers
    share = np.array([1 - density, density])
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(laws > 0, laws * np.log2(laws / (share @ laws)), 0.0)
    return float(numbers * (share @ gains.sum(axis=1)))


def best_size(numbers: int, decoys: int, rate: float, stray: float, *, counted: bool = True) -> int:
    """Return how many numbers an account should hold for a leak to tell most."""
    sizes = range(1, min(numbers // 2, decoys) + 1)
    return max(sizes, key=lambda size: leak_bits(numbers, size, decoys, rate, stray, counted=counted))


def numbers_bound(bits: float, decoys: int, rate: float, stray: float, *, counted: bool = False) -> int | None:
    """Return the fewest numbers that could tell `bits` about one leaker in one leak; None if no number of them can."""
    low, high = 2, _MOST_NUMBERS
    if _most_bits(high, decoys, rate, stray, counted=counted) < bits:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _most_bits(middle, decoys, rate, stray, counted=counted) < bits:
            low = middle
        else:
            high = middle
    return high


def _most_bits(numbers: int, decoys: int, rate: float, stray: float, *, counted: bool) -> float:
    return leak_bits(
        numbers, best_size(numbers, decoys, rate, stray, counted=counted), decoys, rate, stray, counted=counted
    )
