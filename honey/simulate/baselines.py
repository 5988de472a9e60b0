"""Four published or obvious rules, on the same evidence as ours. Pure; each returns the accounts it accuses."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

GUESS = 0.01  # p of the guilt model: chance that a leaked object was come by otherwise
TARDOS_ALPHA = 0.01  # of a case; at 0.001 four of 160 numbers could not name anybody


def guilt(objects: Iterable[Collection[int]], guess: float = GUESS) -> dict[int, float]:
    """Return Pr{G_i | S} of every account that holds a leaked object; each object is given as its holders.

    1 - prod over the account's leaked objects of (1 - (1 - p) / holders): Papadimitriou & Garcia-Molina, TKDE 23(1).
    """
    innocent: dict[int, float] = defaultdict(lambda: 1.0)
    for holders in objects:
        for account in holders:
            innocent[account] *= 1 - (1 - guess) / len(holders)
    return {account: 1 - one for account, one in innocent.items()}


def comp(codewords: NDArray[np.int64], positives: Collection[int]) -> NDArray[np.int64]:
    """Return the accounts all of whose numbers were seen; (accounts, k) codewords.

    COMP clears every item of a negative test and accuses the rest (Chan et al. 2011).
    """
    if not positives:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.isin(codewords, sorted(positives)).all(axis=1))


def tardos(
    codewords: NDArray[np.int64], positives: Collection[int], numbers: int, alpha: float = TARDOS_ALPHA
) -> NDArray[np.int64]:
    """Return the accounts whose symmetric score passes the threshold of a normal distribution.

    Every number is a position that an account holds with probability k / numbers. A position where account and
    evidence agree scores sqrt(odds of the other symbol), else minus its inverse (Skoric et al. 2008); for an innocent
    the sum has mean 0 and variance `numbers`, so the threshold is sqrt(numbers) times the normal quantile of
    1 - alpha / accounts.
    """
    accounts, size = codewords.shape
    if not positives or size >= numbers:
        return np.zeros(0, np.int64)
    up = math.sqrt((numbers - size) / size)
    seen = len(positives)
    hits = np.isin(codewords, sorted(positives)).sum(axis=1)
    both, neither = hits * up, (numbers - size - (seen - hits)) / up
    only_seen, only_held = (seen - hits) / up, (size - hits) * up
    score = both + neither - only_seen - only_held
    return np.flatnonzero(score > math.sqrt(numbers) * NormalDist().inv_cdf(1 - alpha / accounts))


def owner(sightings: Iterable[Sequence[int]], planted_for: Mapping[int, int] | NDArray[np.int64]) -> frozenset[int]:
    """Return for whom the seen decoys were planted; of decoys that share a number, the one who was given it first."""
    return frozenset(int(planted_for[min(decoys)]) for decoys in sightings if decoys)
