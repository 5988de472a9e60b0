"""How colluders put their copies together: which decoys survive. Pure; the RNG is passed in."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from honey.simulate.world import Ints


class Strategy(StrEnum):
    """What is done with a row, given how many of the colluders hold it (literature: the six attacks)."""

    MERGE = "merge"  # kept if anybody holds it
    INTERSECT = "intersect"  # kept if all hold it
    MAJORITY = "majority"  # kept if more than half hold it
    MINORITY = "minority"  # kept if at most half hold it
    INTERLEAVE = "interleave"  # each row is copied from one colluder drawn at random, if that one has it
    COIN = "coin"  # kept if all hold it, else by the toss of a coin


def put_together(copies: Sequence[Ints], strategy: Strategy, rng: np.random.Generator) -> Ints:
    """Return the decoys in the common dump, ascending, each once."""
    decoys, held = np.unique(np.concatenate(copies), return_counts=True)
    colluders = len(copies)
    chance = {
        Strategy.MERGE: np.ones(len(decoys)),
        Strategy.INTERSECT: held == colluders,
        Strategy.MAJORITY: 2 * held > colluders,
        Strategy.MINORITY: 2 * held <= colluders,
        Strategy.INTERLEAVE: held / colluders,
        Strategy.COIN: np.where(held == colluders, 1.0, 0.5),
    }[strategy]
    kept: Ints = decoys[rng.random(len(decoys)) < chance]
    return kept
