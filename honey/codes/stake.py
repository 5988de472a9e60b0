"""An all-or-nothing bet: part of an e-value staked on the account scoring so high that chance would hardly do it.

A likelihood ratio is valid at every bar at once and pays for that with some bits at the one bar that counts. Given a
set of accomplices and one hypothesis, an innocent's score is a sum of independent binomial counts, so the chance of
reaching the account's own score is known exactly; a bet at fair odds that it would be below a limit fixed beforehand
has mean at most 1, whatever is true.
"""

import numpy as np
from numpy.typing import NDArray

from honey.codes.evalue import Bits, Floats, Weighing, log_tables
from honey.codes.logs import log_sum
from honey.codes.sets import Held, set_ratios

STAKED = 0.75  # of the e-value, when there is a bar to aim at
_VOTES_NEEDED = 0.5  # of the weight of sets and hypotheses, for the stake alone to reach the bar
_BETS = 8  # set and hypothesis pairs bet on, by weight; the others are lost
_STEP_NATS = 0.01  # scores are rounded up to this in the tail, in the account's favour


def log_stake(weighing: Weighing, held: Held, size: int, bits: Bits, bar: float) -> float:
    """Return ln of the pay-out, mean at most 1, for one account with these (positions,) bits given the sets.

    `bar` is ln of the e-value to reach. Sets and hypotheses vote by their weight without the account.
    """
    ratios = set_ratios(weighing, held, size)
    weights = np.exp(ratios - log_sum(ratios.reshape(-1)))
    gains = np.diff(log_tables(weighing.code, weighing.hypotheses, size + 1), axis=2)
    chances = np.repeat(weighing.code.biases, 2)[:, None] + np.zeros(size + 1)
    limit = np.log(STAKED * _VOTES_NEEDED) - bar
    votes = 0.0
    for flat in np.argsort(-weights, axis=None, kind="stable")[:_BETS]:
        at, hypothesis = divmod(int(flat), weights.shape[1])
        inside = (held[at] == np.arange(size + 1)[:, None, None]) & weighing.segments  # (size + 1, segments, positions)
        trials, hits = inside.sum(axis=2).T, (inside & bits).sum(axis=2).T
        gain = gains[hypothesis]
        score = float((gain * hits).sum())
        if log_tail(gain.reshape(-1), trials.reshape(-1), chances.reshape(-1), score) <= limit:
            votes += float(weights[at, hypothesis])
    return float(np.log(votes) - limit) if votes > 0 else -np.inf


def log_tail(gains: Floats, trials: NDArray[np.int64], chances: Floats, score: float) -> float:
    """Return ln P(sum of gains x counts >= score) for independent binomial counts, never less than the truth.

    Each term is rounded up to whole steps, so the distribution found lies above the true one.
    """
    law, lowest = np.ones(1), 0
    for gain, count, chance in zip(gains, trials, chances, strict=True):
        if count == 0:
            continue
        shifts = np.ceil(gain * np.arange(count + 1) / _STEP_NATS).astype(np.int64)
        base = int(shifts.min())
        wider = np.zeros(len(law) + int(shifts.max()) - base)
        for shift, weight in zip(shifts - base, _binomial(int(count), float(chance)), strict=True):
            wider[shift : shift + len(law)] += weight * law
        law, lowest = wider, lowest + base
    first = max(0, int(np.floor(score / _STEP_NATS - 1e-6)) - lowest)
    with np.errstate(divide="ignore"):
        return float(np.log(law[first:].sum()))


def _binomial(count: int, chance: float) -> Floats:
    """Return P(0..count), by logarithms."""
    at = np.arange(count + 1)
    facts = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, count + 1)))])
    return np.asarray(
        np.exp(facts[count] - facts - facts[::-1] + at * np.log(chance) + (count - at) * np.log1p(-chance))
    )
