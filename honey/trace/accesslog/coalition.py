"""Several leakers: each is sought among the rows that the others do not explain as well. Pure.

Accounts whose accesses to the leaked rows are identical form one group and are picked together. A stage asks for the
group that explains the rows best beside those picked so far; the weights are then fitted anew (expectation maximisation
over sum_i eta_i / |A_i|, with "elsewhere" always among them). Who is no longer needed beside the others is dropped: a
manager who saw everything is often picked first, and two couriers then explain the rows better.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from honey.trace.accesslog.record import AccessEvidence, Bools, Floats, Ints
from honey.trace.accesslog.score import Hypotheses, log_sums

MAX_LEAKERS = 5
_MAX_WAYS = 100  # of one group: exports that leaked together
_MAX_ROUNDS = 100  # of the fit; it settles in ten to thirty
_SETTLED = 1e-6  # largest change of a weight
_ELSEWHERE = 1e-3  # weight that "elsewhere" never falls below: a few rows may always be someone else's


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """One group among the leakers found. Natural logarithms."""

    group: int
    log_ratios: Floats  # of all accounts, beside the other leakers and elsewhere
    log_ratio: float  # of the group
    lead: float  # of it over the next best group that is no leaker
    share: float  # of the rows
    rows: Bools  # accessed by it


@dataclass(frozen=True, slots=True, eq=False)
class Leakers:
    """The groups found, the most certain first, and what every account would add to them."""

    picks: tuple[Pick, ...]
    log_ratios: Floats


class Coalition:
    """One body of evidence, searched with and without given groups."""

    def __init__(self, evidence: AccessEvidence, hypotheses: Hypotheses) -> None:
        self.evidence = evidence
        self.hypotheses = hypotheses
        self.group_of = _groups(evidence, hypotheses)  # of each account
        self.groups = int(self.group_of.max(initial=-1)) + 1
        self._sizes = np.bincount(self.group_of, minlength=self.groups)
        # From nobody in particular: in proportion to how many accounts accessed a row.
        self.elsewhere = evidence.row_popularity / max(1, evidence.record_accesses)

    def members(self, group: int) -> Ints:
        """Return the accounts of a group."""
        return np.flatnonzero(self.group_of == group)

    def mean(self, log_values: Floats) -> Floats:
        """Average natural-log values per account over each group's accounts."""
        return log_sums(log_values, self.group_of, self.groups) - np.log(self._sizes)

    def log_ratios(self, elsewhere: Floats) -> tuple[Floats, Floats]:
        """Return ln of the likelihood ratios of all hypotheses, and of all accounts."""
        each = self.hypotheses.log_ratios(elsewhere)
        return each, self.hypotheses.per_account(each, len(self.evidence.accounts))

    def search(self, *, without: int | None = None) -> Leakers:
        """Pick groups while the next explains more than one in `population` accounts would by the prior.

        The group `without` is left out, and has no influence on the others.
        """
        bar = math.log(self.evidence.population)
        densities: dict[int, Floats] = {}  # by group, in order of discovery
        for _ in range(2 * MAX_LEAKERS):
            best, ratio, density = self._next(densities, without)
            if best < 0 or len(densities) >= MAX_LEAKERS or (densities and ratio < bar):
                break
            densities[best] = density
            needless = self._needless(densities, bar)
            if needless == best:
                del densities[best]
                break
            if needless is not None:
                del densities[needless]
        _, accounts = self.log_ratios(self._mixture(densities)[0])
        picks = sorted((self._pick(one, densities) for one in densities), key=lambda one: -one.log_ratio)
        return Leakers(tuple(picks), accounts)

    def rows_of(self, group: int) -> Bools:
        """Return the leaked rows that a group accessed."""
        return self.hypotheses.rows_of(int(self.members(group)[0]), self.evidence.rows)

    def _mixture(self, densities: Mapping[int, Floats]) -> tuple[Floats, Floats]:
        """Return the fitted density of every row, and the weights: elsewhere first."""
        each = np.stack([self.elsewhere, *densities.values()])
        weights = fit_shares(each)
        mixed: Floats = weights @ each
        return mixed, weights

    def _next(self, densities: Mapping[int, Floats], without: int | None) -> tuple[int, float, Floats]:
        """Return the best group beside those given, its log ratio, and its density; -1 when nobody is left."""
        closed = [*densities, *([] if without is None else [without])]
        if len(closed) >= self.groups:
            return -1, -math.inf, self.elsewhere
        each, accounts = self.log_ratios(self._mixture(densities)[0])
        groups = self.mean(accounts)
        groups[closed] = -np.inf
        best = int(groups.argmax())
        return best, float(groups[best]), self._density(best, each)

    def _needless(self, densities: Mapping[int, Floats], bar: float) -> int | None:
        """Return the group that adds least beside the others, if that is too little."""
        if len(densities) < 2:
            return None
        added = {one: self.mean(self._beside(one, densities))[one] for one in densities}
        least = min(added, key=lambda one: float(added[one]))
        return least if added[least] < bar else None

    def _beside(self, group: int, densities: Mapping[int, Floats]) -> Floats:
        """Return the log ratios of all accounts beside the leakers other than `group`."""
        others = {one: density for one, density in densities.items() if one != group}
        return self.log_ratios(self._mixture(others)[0])[1]

    def _pick(self, group: int, densities: Mapping[int, Floats]) -> Pick:
        accounts = self._beside(group, densities)
        groups = self.mean(accounts)
        free = np.delete(groups, list(densities)).max(initial=-np.inf)
        share = self._mixture(densities)[1][1 + list(densities).index(group)]
        ratio = float(groups[group])
        return Pick(group, accounts, ratio, ratio - float(free), float(share), self.rows_of(group))

    def _density(self, group: int, each: Floats) -> Floats:
        """Return the density of each row under the group: its likeliest ways, mixed as they fit the rows best.

        Several exports of one account may have leaked together; what they explain is left for nobody else.
        """
        hypotheses, rows = self.hypotheses, self.evidence.rows
        own = np.flatnonzero(np.isin(hypotheses.account, self.members(group)))
        ways = own[np.argsort(-(each + hypotheses.log_prior)[own], kind="stable")][:_MAX_WAYS]
        densities = np.zeros((1 + len(ways), rows))
        densities[0] = self.elsewhere
        position = np.full(len(hypotheses.size), -1, dtype=np.int64)
        position[ways] = 1 + np.arange(len(ways))
        inside = np.flatnonzero(position[hypotheses.at] > 0)
        at = hypotheses.at[inside]
        densities[position[at], hypotheses.row[inside]] = 1.0 / hypotheses.size[at]
        weights = fit_shares(densities)[1:]
        mixed: Floats = weights @ densities[1:] / weights.sum()
        return mixed


def fit_shares(densities: Floats) -> Floats:
    """Fit the weights of a mixture to one observation per column; the first component keeps a floor."""
    weights = np.full(len(densities), 1.0 / len(densities))
    for _ in range(_MAX_ROUNDS):
        joint = weights[:, None] * densities
        fitted = (joint / joint.sum(axis=0)).mean(axis=1)
        fitted[0] = max(fitted[0], _ELSEWHERE)
        fitted /= fitted.sum()
        settled = np.abs(fitted - weights).max() < _SETTLED
        weights = fitted
        if settled:
            break
    return weights


def _groups(evidence: AccessEvidence, hypotheses: Hypotheses) -> Ints:
    """Number the accounts by the set of leaked rows they accessed, in order of first appearance."""
    count = len(evidence.accounts)
    whole = hypotheses.at < count
    at, row = hypotheses.at[whole], hypotheses.row[whole]
    rows = row[np.lexsort((row, at))]
    ends = np.cumsum(np.bincount(at, minlength=count)).tolist()
    numbers: dict[bytes, int] = {}
    found = [
        numbers.setdefault(rows[start:end].tobytes(), len(numbers))
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    ]
    return np.array(found, dtype=np.int64)
