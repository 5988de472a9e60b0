"""E-values from contacts for accounts beside a likely accomplice, as `joint` does it for dumps.

Account j is tested given each of the other leading accounts i: E_j = sum_i w_i E_{j|i}, where the list and its
weights are those of all accounts but j, and E_{j|i} compares j's numbers with a fresh subset, exactly.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from honey.codes.background import Floats
from honey.codes.contact import (
    Epoch,
    contact_e_values,
    log_bayes_weights,
    log_mean_product,
    log_scores,
    log_weights,
    weighted_scores,
)
from honey.codes.draw import Subsets
from honey.codes.joint import EVEN_SHARE, Joint, Level, Members, best_of, log_size_weights
from honey.codes.logs import log_sum

CANDIDATES = 200  # leading accounts taken as possible accomplices
_SETS = 200  # best pairs returned


def joint_contact_e_values(
    epochs: Sequence[Epoch], subsets: Sequence[Subsets], *, candidates: int = CANDIDATES
) -> Joint:
    """Return ln E of every account, alone and beside an accomplice, averaged over whether there is one."""
    alone = contact_e_values(epochs, subsets)
    ranked = best_of(alone, candidates + 1)
    count = len(ranked)
    kept = np.flatnonzero(epochs[0].colluders > 1)
    if count < 2 or not len(kept):
        return Joint(alone, (_singles(epochs, subsets, ranked),))
    held = [one[ranked] for one in subsets]
    scores = log_scores(epochs, held)
    another = _given_another(epochs, held, kept)
    beside = (scores + log_weights(epochs)[:, None])[kept]  # (hypotheses, accounts)
    pairs = log_sum(beside[:, :, None] + another, axis=0)  # [i, j]: i given, j tested
    np.fill_diagonal(pairs, -np.inf)
    others = np.where(np.eye(count, dtype=np.bool_), -np.inf, log_sum(beside, axis=0)[:, None])
    explained = log_sum(others, axis=0)
    weights = log_size_weights(np.stack([np.zeros(count), explained]), len(alone))
    result = alone + np.log(EVEN_SHARE / 2)
    result[ranked] = np.logaddexp(weights[0] + alone[ranked], weights[1] + log_sum(pairs, axis=0) - explained)
    return Joint(result, (_singles(epochs, subsets, ranked), _pairs(epochs, ranked, scores, another)))


def _singles(epochs: Sequence[Epoch], subsets: Sequence[Subsets], listed: Members) -> Level:
    weights = np.where(epochs[0].colluders == 1, log_bayes_weights(epochs)[0], -np.inf)
    ratios = weighted_scores(epochs, subsets, weights)
    return Level(listed[:, None], ratios[listed], float(log_sum(np.delete(ratios, listed))))


def _pairs(epochs: Sequence[Epoch], ranked: Members, scores: Floats, another: Floats) -> Level:
    """Return the best of the leading accounts' pairs, each as "the leakers, all of them", by prior."""
    colluders = epochs[0].colluders
    known = (scores + log_bayes_weights(epochs)[0][:, None])[colluders == 2]
    first, second = np.triu_indices(len(ranked), 1)
    ratios = log_sum((known[:, :, None] + another[colluders[colluders > 1] == 2])[:, first, second], axis=0)
    leading = np.argsort(-ratios, kind="stable")[:_SETS]
    members = np.stack([ranked[first[leading]], ranked[second[leading]]], axis=1)
    return Level(members, ratios[leading])


def _given_another(epochs: Sequence[Epoch], held: Sequence[Subsets], kept: NDArray[np.intp]) -> Floats:
    """Return ln E_{j|i} under each kept hypothesis, shape (hypotheses, i, j), all epochs multiplied."""
    count = len(held[0])
    total = np.zeros((len(kept), count, count))
    for one, numbers in zip(epochs, held, strict=True):
        holds = np.zeros((count, one.code.numbers))
        np.put_along_axis(holds, numbers.astype(np.intp), 1.0, axis=1)
        gain = one.pair_gain[kept]
        for at in range(len(kept)):
            ratios = np.where(holds > 0, gain[at, 1], gain[at, 0])  # (i, numbers)
            total[at] += ratios @ holds.T - log_mean_product(ratios, one.code.size)[:, None]
    return total
