"""Likelihoods of the leaked rows under "they came from this release", for all accounts in one pass. Pure.

Each row comes with probability eta from the release, evenly from all its rows, else from elsewhere; eta is averaged
over a grid. That makes it a rate: who accessed a hundred times as much explains each row a hundred times less well.
The cost is linear in the accesses to leaked rows.
"""

import math
from dataclasses import dataclass

import numpy as np

from honey.trace.accesslog.rates import Rates
from honey.trace.accesslog.record import AccessEvidence, Bools, Floats, Ints

_SHARE_NODES = 16  # of the grid for eta
# Jeffreys' prior for a share: equal weights at the Chebyshev nodes of the arcsine distribution.
SHARES = tuple(math.sin(math.pi * (at + 0.5) / (2 * _SHARE_NODES)) ** 2 for at in range(_SHARE_NODES))
ALL = -1  # the "release" that is everything an account accessed


@dataclass(frozen=True, slots=True, eq=False)
class Hypotheses:
    """Every way an account may have let rows out: all it accessed (half its prior), or one of its releases.

    `at`, `row` and `chance` are parallel: the hypothesis, the leaked row it holds, and how likely an innocent account
    was to hold it. Hypotheses that hold no leaked row are left out; what prior they had counts for nothing.
    """

    account: Ints
    release: Ints  # or ALL
    size: Ints  # distinct rows
    log_prior: Floats  # within the account
    at: Ints
    row: Ints
    chance: Floats

    @classmethod
    def of(cls, evidence: AccessEvidence, rates: Rates | None = None) -> "Hypotheses":
        """Lay out whole accounts first, then the releases of those that have several."""
        rates, count = rates or Rates(evidence), len(evidence.accounts)
        pairs = evidence.release_account[evidence.access_release] * evidence.rows + evidence.access_row
        whole = np.unique(pairs)  # a row both read and exported is one row
        account, row = whole // max(1, evidence.rows), whole % max(1, evidence.rows)
        several = evidence.account_releases > 1
        kept = np.flatnonzero(several[evidence.release_account])
        number = np.full(len(evidence.releases), -1, dtype=np.int64)
        number[kept] = count + np.arange(len(kept))
        inside = np.flatnonzero(number[evidence.access_release] >= 0)
        release, release_row = evidence.access_release[inside], evidence.access_row[inside]
        owner = evidence.release_account[kept]
        prior = np.concatenate([np.where(several, 0.5, 1.0), 0.5 / evidence.account_releases[owner]])
        return cls(
            account=np.concatenate([np.arange(count), owner]),
            release=np.concatenate([np.full(count, ALL), kept]),
            size=np.concatenate([evidence.account_rows, evidence.release_rows[kept]]),
            log_prior=np.log(prior),
            at=np.concatenate([account, number[release]]),
            row=np.concatenate([row, release_row]),
            chance=np.concatenate([rates.of_accounts(account, row), rates.of_releases(release, release_row)]),
        )

    def log_ratios(self, elsewhere: Floats) -> Floats:
        """Return ln P(rows | this hypothesis and elsewhere) / P(rows | elsewhere), eta averaged, per hypothesis.

        `elsewhere` is the probability of each row where it did not come from here.
        """
        gain = 1.0 / (self.size[self.at] * elsewhere[self.row])
        return _mixture(gain, self.at, rows=len(elsewhere), count=len(self.size))

    def per_account(self, log_values: Floats, accounts: int) -> Floats:
        """Average a hypothesis' natural-log values over each account's ways, by their prior."""
        return log_sums(log_values + self.log_prior, self.account, accounts)

    def rows_of(self, account: int, rows: int) -> Bools:
        """Return which leaked rows the account accessed in any way."""
        held = np.zeros(rows, dtype=np.bool_)
        held[self.row[self.at == account]] = True  # hypothesis numbers of whole accounts are account numbers
        return held


def _mixture(gain: Floats, at: Ints, *, rows: int, count: int) -> Floats:
    """Return ln mean over eta of prod over rows of (1 - eta + eta * gain), gain 0 where nothing is listed."""
    terms = []
    for share in SHARES:
        lifted = np.log1p(share / (1.0 - share) * gain)
        terms.append(np.bincount(at, lifted, minlength=count) + rows * math.log1p(-share))
    return log_mean(np.stack(terms))


def log_mean(terms: Floats) -> Floats:
    """Return the logarithm of the mean over the first axis of exp(terms)."""
    top = terms.max(axis=0)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(np.isneginf(top), top, top + np.log(np.exp(terms - top).mean(axis=0)))
    return mean


def log_sums(values: Floats, group: Ints, count: int) -> Floats:
    """Return ln of the sum of exp(values) in each group; -inf for a group without values."""
    top = np.full(count, -np.inf)
    np.maximum.at(top, group, values)
    total = np.bincount(group, np.exp(values - top[group]), minlength=count)
    with np.errstate(divide="ignore"):
        sums: Floats = top + np.log(total)
    return sums
