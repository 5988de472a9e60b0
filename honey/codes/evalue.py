"""E-values of single accounts for a Bernoulli code: how much likelier is this dump if the account had a hand in it?

The account's word is compared with a fresh draw of it, everything else held fixed. So the mean over an innocent's
possible words is exactly 1 under every hypothesis, hence under any average of them (literature.md sections 10.1 and
10.2): weights may depend on the observation and on other accounts' words, never on the account's own.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from honey.codes.attack import Hypothesis
from honey.codes.draw import BernoulliCode, Words, pack_bits
from honey.codes.logs import log_sum

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]

_BLOCK_ACCOUNTS = 1 << 14  # held at once: a few MB, which stay in the cache
# Accounts of one matrix product: so few that OpenBLAS does it on one thread. On several it is no faster, and many times
# slower where other programs want the cores.
_PRODUCT_ACCOUNTS = 1 << 10
_LEARNT_SHARE = 0.5  # of the weight goes by how well a hypothesis foretells the dump, the rest by its prior


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """One observation and the hypotheses it is weighed under.

    `segments` is (2 * runs, positions): row 2 * run + seen marks the observed positions of that run and outcome.
    `log_weights[h]` is ln of hypothesis h's weight over the probability it gives the observation with no account
    known, so that exp(log_weights + ln P_h(observation | accounts)) sums to those accounts' likelihood ratio.
    `log_prior` does the same with the prior alone: that is for posteriors.
    """

    code: BernoulliCode
    hypotheses: tuple[Hypothesis, ...]
    segments: Bits
    log_weights: Floats
    log_prior: Floats

    def beyond(self, size: int) -> "Weighing":
        """Return the same weighing under coalitions of more than `size` accounts only."""
        return self._only([at for at, one in enumerate(self.hypotheses) if one.colluders > size])

    def by_prior(self, size: int) -> "Weighing":
        """Return the same weighing by prior, under coalitions of exactly `size` accounts."""
        kept = self._only([at for at, one in enumerate(self.hypotheses) if one.colluders == size])
        return replace(kept, log_weights=kept.log_prior)

    def _only(self, kept: list[int]) -> "Weighing":
        named = tuple(self.hypotheses[at] for at in kept)
        return Weighing(self.code, named, self.segments, self.log_weights[kept], self.log_prior[kept])


def weigh(
    code: BernoulliCode, hypotheses: tuple[Hypothesis, ...], seen: Bits, observed: Bits | None = None
) -> Weighing:
    """Prepare to weigh accounts: `seen` and `observed` are (positions,) bits; unobserved positions say nothing."""
    if seen.shape != (code.length,) or (observed is not None and observed.shape != seen.shape):
        raise ValueError(f"the code has {code.length} positions")
    if not hypotheses:
        raise ValueError("at least one hypothesis is needed")
    known = np.ones_like(seen) if observed is None else observed
    runs = code.run_of == np.arange(len(code.lengths))[:, None]
    segments = np.stack([runs & known & ~seen, runs & known & seen], axis=1).reshape(-1, code.length)
    unknown = log_tables(code, hypotheses, 0)[:, :, 0] @ segments.sum(axis=1)
    prior = np.log([one.weight for one in hypotheses])
    prior -= log_sum(prior)
    total = log_sum(prior + unknown)
    learnt = prior + unknown - total
    mixed = np.logaddexp(np.log(1 - _LEARNT_SHARE) + prior, np.log(_LEARNT_SHARE) + learnt)
    return Weighing(code, hypotheses, segments, mixed - unknown, prior - total)


@lru_cache(maxsize=64)
def log_tables(code: BernoulliCode, hypotheses: tuple[Hypothesis, ...], size: int) -> Floats:
    """Return ln P(outcome | m of `size` given colluders hold the row), shape (hypotheses, 2 * runs, size + 1).

    The other colluders of a hypothesis hold it by chance, each with the bias of its run. Do not write to the result.
    """
    tables = np.empty((len(hypotheses), len(code.lengths), 2, size + 1))
    for at, one in enumerate(hypotheses):
        others = one.colluders - size
        chance = np.array([_binomial(others, bias) for bias in code.biases])
        held = np.array([[one.present[m + extra] for extra in range(others + 1)] for m in range(size + 1)])
        tables[at, :, 1] = chance @ held.T
        tables[at, :, 0] = chance @ (1 - held).T
    logs = np.log(tables).reshape(len(hypotheses), -1, size + 1)
    logs.flags.writeable = False
    return logs


def log_e_values(weighing: Weighing, words: Words) -> Floats:
    """Return ln E for every account: (accounts,), from their packed (accounts, words) codewords."""
    return extend_all(weighing, np.zeros(weighing.code.length, np.int8), 0, words)


def extend_all(weighing: Weighing, held: NDArray[np.int8], size: int, words: Words) -> Floats:
    """Return ln of the likelihood ratio of (a given set of accounts and account j), for every j: (accounts,).

    `held` counts at each position how many of the `size` given accounts hold it. Hypotheses of no more than `size`
    colluders must have been left out (`Weighing.beyond`).
    """
    tables = log_tables(weighing.code, weighing.hypotheses, size + 1)
    parts = held == np.arange(size + 1)[:, None, None]  # (size + 1, 1, positions)
    features = (parts & weighing.segments).reshape(-1, weighing.code.length)
    gains = np.diff(tables, axis=2).transpose(0, 2, 1).reshape(len(tables), -1)
    lowest = tables[:, :, :-1].transpose(0, 2, 1).reshape(len(tables), -1)
    base = lowest @ features.sum(axis=1) + weighing.log_weights
    used = np.flatnonzero(features.any(axis=1))
    masks, gains = pack_bits(features[used]), np.ascontiguousarray(gains[:, used])
    result = np.empty(len(words))
    for start in range(0, len(words), _BLOCK_ACCOUNTS):
        counts = _held_in(words[start : start + _BLOCK_ACCOUNTS], masks)
        for at in range(0, counts.shape[1], _PRODUCT_ACCOUNTS):
            scores = gains @ counts[:, at : at + _PRODUCT_ACCOUNTS] + base[:, None]
            result[start + at : start + at + scores.shape[1]] = log_sum(scores, axis=0)
    return result


def _held_in(words: Words, masks: Words) -> Floats:
    """Count the positions of each mask that each account holds: (masks, accounts)."""
    counts = np.zeros((len(masks), len(words)), np.uint16)
    for column in range(words.shape[1]):
        word = np.ascontiguousarray(words[:, column])
        for at in np.flatnonzero(masks[:, column]):
            counts[at] += np.bitwise_count(word & masks[at, column])
    return counts.astype(np.float64)


def _binomial(count: int, chance: float) -> list[float]:
    return [comb(count, m) * chance**m * (1 - chance) ** (count - m) for m in range(count + 1)]
