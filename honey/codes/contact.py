"""E-values from contacts alone: which accounts' numbers rang, and how often, when nothing else is known.

An account holds a random k of the N numbers. Its value is the product of its numbers' likelihood ratios over the
mean of that product for a fresh random k-subset, which is exact by elementary symmetric polynomials (literature.md
section 10.1). Averaged over the unknown contact probability and number of colluders, never maximised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, lgamma

import numpy as np
from numpy.typing import NDArray

from honey.codes.background import Counts, Floats
from honey.codes.draw import SubsetCode, Subsets
from honey.codes.logs import log_sum

CONTACT_RATES = (0.02, 0.05, 0.1, 0.2, 0.4)  # of decoys; unknown for courier data (literature.md section 13)
MOST_COUNTED = 63  # contacts on one number; more are counted as this many
_STORM_CHANCE = 1e-6  # that a number gets any count at all for no reason foreseen: caps what one number can say
_LEARNT_SHARE = 0.5  # of the weight goes by how well a hypothesis foretells the counts, the rest by its prior
_BLOCK_ACCOUNTS = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """One epoch's observation, ready to weigh accounts; hypotheses are pairs of contact rate and coalition size.

    `log_gain[h, n]`: ln of the likelihood ratio of number n being held by the account. `pair_gain[h, m, n]`: the same
    when m = 0 or 1 given accomplices hold it (of no meaning for a coalition of one). `log_norm[h]`: ln of the mean
    likelihood ratio of a fresh subset; `log_fit[h]`: ln P(counts); `log_quiet`: the same if nothing leaked.
    """

    code: SubsetCode
    colluders: NDArray[np.int64]
    log_gain: Floats
    pair_gain: Floats
    log_norm: Floats
    log_fit: Floats
    log_quiet: float

    @property
    def log_prior(self) -> Floats:
        """Return ln of the hypotheses' prior: each further colluder is half as likely, every contact rate alike."""
        prior = -np.log(2) * self.colluders
        return np.asarray(prior - log_sum(prior))


def weigh_contacts(
    code: SubsetCode,
    counts: Counts,
    background: Floats,
    decoys: int,
    *,
    most_colluders: int = 2,
    rates: Sequence[float] = CONTACT_RATES,
) -> Epoch:
    """Prepare to weigh accounts by `counts` (numbers,), each account having `decoys` decoys over its numbers.

    `background` is ln P(y stray contacts on n), (numbers, MOST_COUNTED + 1).
    """
    if counts.shape != (code.numbers,) or background.shape != (code.numbers, MOST_COUNTED + 1):
        raise ValueError(f"counts and background are needed for each of the {code.numbers} numbers")
    seen = np.clip(counts, 0, MOST_COUNTED)
    stray = (1 - _STORM_CHANCE) * np.exp(background) + _STORM_CHANCE / (MOST_COUNTED + 1)
    density = code.size / code.numbers
    singles, pairs, sizes = [], [], []
    for rate in rates:
        held = _held_by(max(2, most_colluders), through_leak(decoys, code.size, rate), stray, seen)
        for colluders in range(1, most_colluders + 1):
            sizes.append(colluders)
            singles.append(_log_given(held, 1, colluders - 1, density))
            pairs.append(_log_given(held, 2, max(0, colluders - 2), density))
    single, pair = np.stack(singles), np.stack(pairs)
    gain = single[:, 1] - single[:, 0]
    norm = log_mean_product(gain, code.size)
    fit = single[:, 0].sum(axis=1) + norm
    quiet = float(np.log(stray[np.arange(code.numbers), seen]).sum())
    return Epoch(code, np.array(sizes), gain, np.diff(pair, axis=1), norm, fit, quiet)


def contact_e_values(epochs: Sequence[Epoch], subsets: Sequence[Subsets]) -> Floats:
    """Return ln E of every account, (accounts,), from its numbers in each epoch.

    The epochs share their hypotheses; their draws are independent, so under each hypothesis the values multiply.
    """
    return weighted_scores(epochs, subsets, log_weights(epochs))


def weighted_scores(epochs: Sequence[Epoch], subsets: Sequence[Subsets], weights: Floats) -> Floats:
    """Return ln of the sum over hypotheses of exp(weight + score), for every account: (accounts,)."""
    result = np.empty(len(subsets[0]))
    for start in range(0, len(result), _BLOCK_ACCOUNTS):
        block = slice(start, start + _BLOCK_ACCOUNTS)
        scores = log_scores(epochs, [one[block] for one in subsets])
        result[block] = log_sum(scores + weights[:, None], axis=0)
    return result


def log_weights(epochs: Sequence[Epoch]) -> Floats:
    """Return ln of the weight of each hypothesis: its prior in part, and in part how well it foretells the counts."""
    prior = epochs[0].log_prior
    fit = prior + np.sum([one.log_fit for one in epochs], axis=0)
    learnt = fit - log_sum(fit)
    return np.asarray(np.logaddexp(np.log(1 - _LEARNT_SHARE) + prior, np.log(_LEARNT_SHARE) + learnt))


def log_bayes_weights(epochs: Sequence[Epoch]) -> tuple[Floats, float]:
    """Return ln of the posterior weight of each hypothesis with no account known, and of "nothing leaked" beside them.

    Sums of exp(weights + scores) are likelihood ratios against not knowing any account; the second figure is the
    likelihood ratio of no leak against the same.
    """
    fit = epochs[0].log_prior + np.sum([one.log_fit for one in epochs], axis=0)
    total = log_sum(fit)
    return fit - total, float(sum(one.log_quiet for one in epochs) - total)


def log_scores(epochs: Sequence[Epoch], subsets: Sequence[Subsets]) -> Floats:
    """Return ln of each account's e-value under each hypothesis, (hypotheses, accounts), all epochs multiplied."""
    total = np.zeros((len(epochs[0].colluders), len(subsets[0])))
    for one, held in zip(epochs, subsets, strict=True):
        gain = one.log_gain
        for place in range(held.shape[1]):
            total += gain[:, held[:, place]]
        total -= one.log_norm[:, None]
    return total


def log_mean_product(log_ratios: Floats, size: int) -> Floats:
    """Return ln of the mean, over all `size`-subsets of the last axis, of the product of their ratios.

    That is the elementary symmetric polynomial of this degree over the number of subsets, by the recursion that adds
    one number at a time; sums of logarithms, so nothing over- or underflows.
    """
    numbers = log_ratios.shape[-1]
    sums = np.full((size + 1, *log_ratios.shape[:-1]), -np.inf)
    sums[0] = 0.0
    for at in range(numbers):
        top = min(at + 1, size)
        sums[1 : top + 1] = np.logaddexp(sums[1 : top + 1], sums[:top] + log_ratios[..., at])
    return np.asarray(sums[size] - (lgamma(numbers + 1) - lgamma(size + 1) - lgamma(numbers - size + 1)))


def through_leak(decoys: int, size: int, rate: float) -> Floats:
    """Return P(x contacts through one number of a leaked account), x = 0..MOST_COUNTED.

    Decoys are spread over the numbers as evenly as they go.
    """
    fewer, rest = divmod(decoys, size)
    share = rest / size
    pmf = [share * _binomial(fewer + 1, x, rate) + (1 - share) * _binomial(fewer, x, rate) for x in range(MOST_COUNTED)]
    return np.array([*pmf, max(0.0, 1.0 - sum(pmf))])


def _held_by(most: int, contacts: Floats, background: Floats, seen: Counts) -> Floats:
    """Return P(count on n | exactly m leaked accounts hold n), (most + 1, numbers)."""
    rows = np.arange(len(seen))
    shift = seen[:, None] - np.arange(MOST_COUNTED + 1)  # stray contacts left when x came through the leak
    left = np.where(shift >= 0, background[rows[:, None], np.maximum(shift, 0)], 0.0)
    leaked = np.zeros(MOST_COUNTED + 1)
    leaked[0] = 1.0
    result = []
    for _ in range(most + 1):
        result.append(left @ leaked)
        leaked = np.convolve(leaked, contacts)[: MOST_COUNTED + 1]
    return np.stack(result)


def _log_given(held: Floats, given: int, others: int, density: float) -> Floats:
    """Return ln P(count on n | m of `given` accounts hold n), (given + 1, numbers); the others hold it by chance."""
    chances = [_binomial(others, extra, density) for extra in range(others + 1)]
    rows = [sum(chance * held[m + extra] for extra, chance in enumerate(chances)) for m in range(given + 1)]
    return np.asarray(np.log(np.stack(rows)))


def _binomial(count: int, at: int, chance: float) -> float:
    return comb(count, at) * chance**at * (1 - chance) ** (count - at)
