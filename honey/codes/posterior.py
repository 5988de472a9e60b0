"""How probable it is that an account leaked: for ranking and display only, never for an accusation.

Plain Bayes over "nothing leaked", every listed set of accounts and every other account alone. It believes its
models and its priors, which the accusation rule does not have to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from honey.codes.background import Floats
from honey.codes.joint import Level
from honey.codes.logs import log_sum


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """`probability[n]` that `accounts[n]` is among the leakers, most probable first; `no_leak` that nobody is."""

    accounts: NDArray[np.intp]
    probability: Floats
    no_leak: float
    unlisted: float  # that it is an account that was not listed


def posterior(
    levels: Sequence[Level], accounts: int, *, log_no_leak: float = -np.inf, no_leak_prior: float = 0.5
) -> Posterior:
    """Weigh the listed sets; every set of one size is as likely as any other beforehand.

    `log_no_leak` is ln of the likelihood ratio of no leak against a leak by nobody knows whom; -inf when the rows
    were seen and so there was one. Sets that a level neither lists nor sums up are left out: they matter only where
    the evidence is too weak to place anybody.
    """
    listed = [np.log1p(-no_leak_prior) - _log_sets(accounts, one.members.shape[1]) for one in levels]
    rest = log_sum([share + one.log_unlisted for share, one in zip(listed, levels, strict=True)])
    logs = [np.array([np.log(no_leak_prior) + log_no_leak, float(rest)])]
    logs += [share + one.log_ratios for share, one in zip(listed, levels, strict=True)]
    total = log_sum(np.concatenate(logs))
    chance: dict[int, float] = {}
    for one, values in zip(levels, logs[1:], strict=True):
        for members, value in zip(one.members, np.exp(values - total), strict=True):
            for account in members:
                chance[int(account)] = chance.get(int(account), 0.0) + float(value)
    ordered = sorted(chance, key=lambda account: (-chance[account], account))
    none, unlisted = np.exp(logs[0] - total)
    return Posterior(
        np.array(ordered, np.intp), np.array([chance[one] for one in ordered]), float(none), float(unlisted)
    )


def _log_sets(accounts: int, size: int) -> float:
    return lgamma(accounts + 1) - lgamma(size + 1) - lgamma(accounts - size + 1)
