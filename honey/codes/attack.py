"""What colluders may do with the shared rows of their exports, and each such attack as a probability table.

An attack says how likely a row is to be in the dump, given how many of the colluders held it. Rows that none of them
held cannot be there (the marking assumption), up to SLIP.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

DROP_RATES = (0.0, 0.1, 0.3)  # of rows lost at random on top of the attack (literature.md section 2)
SLIP = 1e-3  # a row matched wrongly or overlooked: one stray observation costs ten bits, not the whole hypothesis


class Attack(StrEnum):
    """How colluders merge their exports."""

    MERGE = "merge"  # rows that any of them held
    INTERSECT = "intersect"  # rows that all of them held
    MAJORITY = "majority"  # rows that most held; a tie is a coin flip
    MINORITY = "minority"  # rows that few held, or all
    INTERLEAVE = "interleave"  # each row as one colluder, picked at random, had it
    COIN = "coin"  # rows that some but not all held: a coin flip


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """`present[m]`: chance that a row is in the dump when m of the len(present) - 1 colluders held it."""

    present: tuple[float, ...]
    weight: float  # prior; all hypotheses of a decoder sum to 1

    @property
    def colluders(self) -> int:
        """Size of the coalition."""
        return len(self.present) - 1


def present(attack: Attack, colluders: int) -> NDArray[np.float64]:
    """Return P(row in the dump | m colluders held it), m = 0..colluders, before rows are dropped at random."""
    if colluders < 1:
        raise ValueError("an attack needs at least one colluder")
    held = np.arange(colluders + 1)
    tied = held * 2 == colluders
    chances = {
        Attack.MERGE: np.ones(colluders + 1),
        Attack.INTERSECT: np.zeros(colluders + 1),
        Attack.MAJORITY: np.where(tied, 0.5, held * 2 > colluders),
        Attack.MINORITY: np.where(tied, 0.5, held * 2 < colluders),
        Attack.INTERLEAVE: held / colluders,
        Attack.COIN: np.full(colluders + 1, 0.5),
    }
    chance = chances[attack].astype(np.float64)
    chance[0], chance[colluders] = 0.0, 1.0
    return chance


def hypotheses(most_colluders: int, drop_rates: tuple[float, ...] = DROP_RATES) -> tuple[Hypothesis, ...]:
    """Return every distinct attack of 1..most_colluders accounts at these drop rates.

    Each further colluder is half as likely; the attacks of one coalition size share its weight evenly.
    """
    found = []
    for colluders in range(1, most_colluders + 1):
        tables = {
            tuple(float(one) for one in np.clip(present(attack, colluders) * (1 - rate), SLIP, 1 - SLIP))
            for attack in Attack
            for rate in drop_rates
        }
        weight = 0.5**colluders / (1 - 0.5**most_colluders) / len(tables)
        found += [Hypothesis(table, weight) for table in sorted(tables)]
    return tuple(found)


def leak(
    words: NDArray[np.bool_], attack: Attack, rng: np.random.Generator, *, drop_rate: float = 0.0
) -> NDArray[np.bool_]:
    """Return which positions are in the dump of the colluders whose (colluders, positions) words are given."""
    chance = present(attack, len(words))[words.sum(axis=0)] * (1 - drop_rate)
    return np.asarray(rng.random(len(chance)) < chance)
