"""How likely an innocent account was to access a leaked row, given outlet, day, its own activity and the row's. Pure.

In one stratum, account j accessed a_j of N rows and m accounts accessed row t. The chance that j is among them has the
odds pi/(1-pi) * y with pi = a_j/N; y is the row's popularity, set so that the chances of all accounts add up to m
(the Rasch model of two-way margins, each row's margin met exactly).
"""

from dataclasses import dataclass

import numpy as np

from honey.trace.accesslog.record import UNPLACED, AccessEvidence, Floats, Held, Ints

_STEPS = 50  # bisections of the log odds: 80 / 2**50 is far below any digit shown
_MAX_LOG = 40.0  # beyond it the chance is 0 or 1 in double precision


class Rates:
    """Chances under the null for one body of evidence: made once, then asked for pairs of holder and row."""

    def __init__(self, evidence: AccessEvidence) -> None:
        self._evidence = evidence
        self._row_log_odds = _popularity(evidence)
        self._accounts = _Counts.of(evidence.by_account, len(evidence.strata))
        self._releases = _Counts.of(evidence.by_release, len(evidence.strata))

    def of_accounts(self, account: Ints, row: Ints) -> Floats:
        """Return the chance of each pair; 1 for rows without a stratum, which prove nothing."""
        chance = np.ones(len(row))
        placed = np.flatnonzero(self._evidence.row_stratum[row] != UNPLACED)
        stratum = self._evidence.row_stratum[row[placed]]
        rows = self._accounts.rows_of(account[placed], stratum)
        share = np.clip(rows / self._evidence.stratum_rows[stratum], None, 1.0)
        chance[placed] = _tilted(share, self._row_log_odds[row[placed]])
        return chance

    def of_releases(self, release: Ints, row: Ints) -> Floats:
        """Return the chance that the account accessed the row, and that it lay in this one of its releases."""
        account = self._evidence.release_account[release]
        chance, stratum = self.of_accounts(account, row), self._evidence.row_stratum[row]
        part = self._releases.rows_of(release, stratum) / self._accounts.rows_of(account, stratum)
        return np.where(stratum == UNPLACED, chance, chance * np.minimum(part, 1.0))

    def expected(self, account: int) -> float:
        """Return how many of the leaked rows this account's activity predicts, innocent as it may be."""
        held, evidence = self._evidence.by_account, self._evidence
        own = held.stratum[held.holder == account]
        rows = np.flatnonzero(np.isin(evidence.row_stratum, own))
        return float(self.of_accounts(np.full(len(rows), account, dtype=np.int64), rows).sum())

    def activity(self, account: int) -> int:
        """Return the rows the account accessed in the strata of leaked rows; in all, if no row has a stratum."""
        held = self._evidence.by_account
        own = held.rows[held.holder == account].sum()
        return int(own or self._evidence.account_rows[account])


def _tilted(share: Floats, log_odds: Floats) -> Floats:
    factor = np.exp(np.clip(log_odds, -_MAX_LOG, _MAX_LOG))
    chance: Floats = share * factor / (1.0 - share + share * factor)
    return chance


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Rows by holder and stratum, sorted for look-ups."""

    keys: Ints
    rows: Ints
    strata: int

    @classmethod
    def of(cls, held: Held, strata: int) -> "_Counts":
        keys = held.holder * strata + held.stratum
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], held.rows[order], strata)

    def rows_of(self, holder: Ints, stratum: Ints) -> Ints:
        """Return each holder's rows there: at least one, for who accessed a row, whatever was counted."""
        if not len(self.keys):
            return np.ones(len(stratum), dtype=np.int64)
        asked = holder * self.strata + stratum
        at = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        return np.where(self.keys[at] == asked, np.maximum(self.rows[at], 1), 1)


def _popularity(evidence: AccessEvidence) -> Floats:
    """Return ln y per row. Rows of one stratum with one popularity are solved once."""
    log_odds = np.zeros(evidence.rows)
    placed = np.flatnonzero(evidence.row_stratum != UNPLACED)
    if not len(placed):
        return log_odds
    pairs = np.stack([evidence.row_stratum[placed], evidence.row_popularity[placed]], axis=1)
    groups, group_of = np.unique(pairs, axis=0, return_inverse=True)
    log_odds[placed] = _solve(evidence, groups[:, 0], groups[:, 1])[group_of.reshape(-1)]
    return log_odds


def _solve(evidence: AccessEvidence, stratum: Ints, popularity: Ints) -> Floats:
    held = evidence.by_account
    order = np.argsort(held.stratum, kind="stable")
    share = np.clip(held.rows[order] / evidence.stratum_rows[held.stratum[order]], None, 1.0)
    first = np.searchsorted(held.stratum[order], stratum, side="left")
    count = np.searchsorted(held.stratum[order], stratum, side="right") - first
    group = np.repeat(np.arange(len(stratum)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    shares = share[first[group] + within]
    low, high = np.full(len(stratum), -_MAX_LOG), np.full(len(stratum), _MAX_LOG)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        total = np.bincount(group, _tilted(shares, middle[group]), minlength=len(stratum))
        short = total < popularity  # where everybody accessed the row the odds run off to the top: chance 1
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return high
