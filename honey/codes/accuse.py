"""The accusation rule, and what is said instead when it names nobody.

An account is named only if its e-value reaches accounts / alpha: by Markov's inequality and the union bound, the
chance that a case names any innocent account is at most alpha, whatever the leak, the stray callers and the number of
colluders. Successive cases share one budget. Posteriors have no part in this.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from honey.codes.background import Floats
from honey.codes.logs import log_mean

ALPHA = 1e-6  # chance that any innocent account is ever named, over all cases together
_SHORTLIST_SHARE = 0.95  # of the posterior that the shortlist holds


@dataclass(frozen=True, slots=True)
class Abstention:
    """What may be said when nobody is named: how many accounts are in question, and what is missing."""

    shortlist: int  # accounts that hold the bulk of the posterior between them
    missing_bits: float  # that the leading account's e-value lacks
    extra_contacts: float  # expected, to supply those bits


def case_alpha(case: int, alpha: float = ALPHA) -> float:
    """Return the share of `alpha` that the case-th case may spend, case = 1, 2...; they sum to `alpha` for ever."""
    if case < 1 or not 0 < alpha < 1:
        raise ValueError("cases count from 1, and alpha lies between 0 and 1")
    return float(6 * alpha / (np.pi * case) ** 2)


def log_bar(accounts: int, alpha: float) -> float:
    """Return ln of the e-value that names an account among so many, alpha being this case's share."""
    if accounts < 1 or not 0 < alpha < 1:
        raise ValueError("at least one account is needed, and alpha lies between 0 and 1")
    return float(np.log(accounts) - np.log(alpha))


def accused(log_e: Floats, alpha: float) -> NDArray[np.intp]:
    """Return the accounts named, strongest first: those of all `log_e` (accounts,) that reach the bar."""
    named = np.flatnonzero(log_e >= log_bar(len(log_e), alpha))
    return named[np.argsort(-log_e[named], kind="stable")]


def independent(log_e: list[Floats]) -> Floats:
    """Combine ln e-values from codes drawn independently of each other (epochs, channels): they multiply.

    The observations need not be independent; a later one may even have been chosen in view of an earlier one.
    """
    return np.asarray(np.sum(log_e, axis=0))


def dependent(log_e: list[Floats]) -> Floats:
    """Combine ln e-values that rest on the same draw: they are averaged, which is valid whatever ties them."""
    return log_mean(np.stack(log_e), axis=0)


def abstain(log_e: Floats, posterior: Floats, alpha: float, *, bits_per_contact: float) -> Abstention:
    """Say what is missing when `accused` is empty; `posterior` (accounts,) ranks, see `honey.codes.posterior`."""
    missing = max(0.0, (log_bar(len(log_e), alpha) - float(np.max(log_e))) / np.log(2))
    ordered = np.cumsum(np.sort(posterior)[::-1])
    shortlist = int(np.searchsorted(ordered, _SHORTLIST_SHARE * ordered[-1])) + 1
    return Abstention(
        min(shortlist, len(log_e)), missing, missing / bits_per_contact if bits_per_contact > 0 else np.inf
    )
