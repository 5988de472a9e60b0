"""Rank accounts for leaked real rows by the host's access record: by rate, not by count. Pure.

Two figures per suspect. The *likelihood ratio* ranks: how much better the rows are explained by this account than by
those before it. The *e-value* proves: it compares the account with innocent work at the same outlets on the same days,
so an account that accessed everything there ranks high and proves nothing. `AccessRanking.proven` is the rule for
naming. An account is not a person, and what rests on the record is as complete as the record.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from honey.model.account import AccountId, ExportId
from honey.trace.accesslog.coalition import Coalition
from honey.trace.accesslog.proof import Proof
from honey.trace.accesslog.rates import Rates
from honey.trace.accesslog.record import UNPLACED, AccessEvidence, Bools, Floats, Ints
from honey.trace.accesslog.score import ALL, Hypotheses, log_mean

MAX_SUSPECTS = 20  # listed beside the leakers found
MIN_LEAD = 3.0  # log10: a proven suspect is a thousand times likelier than the next, else the record tells them badly
WIDER = 3.0  # times as many rows of the leak's outlets and days: more than colleagues of one shift differ by
_LIKELY = math.log(
    0.05
)  # exports shown beside an account: a twentieth as likely as the best of its ways, as for decoys
_LN10 = math.log(10.0)


@dataclass(frozen=True, slots=True)
class AccessSuspect:
    """One account, or several that accessed exactly the same leaked rows and cannot be told apart by them.

    `wider` accessed exactly the same leaked rows too, but at least WIDER times as many rows there, so that the rate
    speaks a thousandfold against them: a manager who sees all that the leaker saw. Whoever picked the rows to look like
    someone else's would be among them. The ratio is beside the other leakers found and rows leaked from nobody in
    particular. `expected_overlap` counts rows with a known outlet only.
    """

    accounts: tuple[AccountId, ...]
    wider: tuple[AccountId, ...]
    exports: tuple[ExportId, ...]  # the likely ones; none if it fits no single export
    log10_likelihood_ratio: float
    log10_lead: float  # over the best who accessed other rows; negative for all but the leakers found
    log10_e_value: float
    overlap: int  # leaked rows accessed
    expected_overlap: float  # that innocent activity at these outlets and days predicts
    share: float  # of the leaked rows, fitted; 0 for those not among the leakers found

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "accounts": list(self.accounts),
            "wider": list(self.wider),
            "exports": list(self.exports),
            "log10_likelihood_ratio": self.log10_likelihood_ratio,
            "log10_lead": self.log10_lead if math.isfinite(self.log10_lead) else None,
            "log10_e_value": self.log10_e_value,
            "overlap": self.overlap,
            "expected_overlap": self.expected_overlap,
            "share": self.share,
        }


@dataclass(frozen=True, slots=True)
class AccessRanking:
    """Suspects, likeliest first: the leakers found in their order, then the best of the rest."""

    suspects: tuple[AccessSuspect, ...]
    rows_known: int
    rows_unknown: int
    rows_unplaced: int  # known, but without an outlet: they rank and prove nothing
    population: int

    def proven(self, alpha: float) -> tuple[AccessSuspect, ...]:
        """Return who may be named if at most `alpha` of all cases may name an innocent account.

        E >= population / alpha, and far enough ahead of the next. Several accounts in one suspect are named as a set.
        """
        bar = math.log10(self.population / alpha)
        return tuple(one for one in self.suspects if one.log10_e_value >= bar and one.log10_lead >= MIN_LEAD)

    @property
    def log_explained(self) -> dict[AccountId, float]:
        """Return ln of how much better each account that stands alone explains the rows than anybody else does.

        Anybody else: the next account, or rows leaked from nobody in particular.
        """
        better = {one.accounts: min(one.log10_likelihood_ratio, one.log10_lead) for one in self.suspects}
        return {accounts[0]: ratio * _LN10 for accounts, ratio in better.items() if len(accounts) == 1 and ratio > 0.0}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "suspects": [one.to_json() for one in self.suspects],
            "rows_known": self.rows_known,
            "rows_unknown": self.rows_unknown,
            "rows_unplaced": self.rows_unplaced,
            "population": self.population,
        }


def rank_accounts(evidence: AccessEvidence) -> AccessRanking:
    """Rank everybody who accessed a leaked row. Cost: linear in the accesses to leaked rows, for each leaker found."""
    ranking = AccessRanking(
        suspects=(),
        rows_known=evidence.rows,
        rows_unknown=evidence.rows_unknown,
        rows_unplaced=int(np.count_nonzero(evidence.row_stratum == UNPLACED)),
        population=evidence.population,
    )
    if not evidence.rows or not evidence.accounts:
        return ranking
    search = _Search(evidence)
    return replace(ranking, suspects=(*search.leakers(), *search.others()))


class _Search:
    """The leakers as found, and what is needed to weigh each suspect beside them."""

    def __init__(self, evidence: AccessEvidence) -> None:
        self._evidence = evidence
        self._rates = Rates(evidence)
        self._coalition = Coalition(evidence, Hypotheses.of(evidence, self._rates))
        self._alone = self._hypotheses.log_ratios(self._coalition.elsewhere)  # nobody else having leaked
        self._leakers = self._coalition.search()
        self._proof = Proof(self._coalition, self._leakers)

    def leakers(self) -> list[AccessSuspect]:
        found, left = [], np.ones(self._evidence.rows, dtype=np.bool_)
        for pick in self._leakers.picks:
            suspect = self._suspect(pick.group, pick.log_ratios, left)
            found.append(replace(suspect, log10_lead=pick.lead / _LN10, share=pick.share))
            left = left & ~pick.rows
        return found

    def others(self) -> list[AccessSuspect]:
        """The best of those that are no leakers."""
        picks, accounts = self._leakers.picks, self._leakers.log_ratios
        left = np.ones(self._evidence.rows, dtype=np.bool_)
        for pick in picks:
            left = left & ~pick.rows
        ratios = self._coalition.mean(accounts)
        picked = {one.group for one in picks}
        order = [int(one) for one in np.argsort(-ratios, kind="stable") if one not in picked][:MAX_SUSPECTS]
        best = max(one.log_ratio for one in picks)
        return [
            replace(self._suspect(group, accounts, left), log10_lead=float(ratios[group] - best) / _LN10)
            for group in order
        ]

    def _suspect(self, group: int, log_ratios: Floats, left: Bools) -> AccessSuspect:
        """Weigh a group; `left` are the rows that those ranked before it did not access."""
        near, wider = self._told_apart(group, log_ratios)
        log_e = self._proof.log_e_values(group, left)
        return AccessSuspect(
            accounts=self._names(near),
            wider=self._names(wider),
            exports=self._exports(near),
            # The mean over those who cannot be told apart: an e-value for "all of them are innocent".
            log10_likelihood_ratio=float(log_mean(log_ratios[near])) / _LN10,
            log10_lead=-math.inf,
            log10_e_value=float(log_mean(log_e[near])) / _LN10,
            overlap=int(self._coalition.rows_of(group).sum()),
            expected_overlap=max(self._rates.expected(int(one)) for one in near),
            share=0.0,
        )

    def _told_apart(self, group: int, log_ratios: Floats) -> tuple[Ints, Ints]:
        """Split the accounts of a group into those that cannot be told apart and those that saw far more."""
        members = self._coalition.members(group)
        best = members[log_ratios[members].argmax()]
        seen = np.array([self._rates.activity(int(one)) for one in members])
        far = log_ratios[members] < log_ratios[best] - MIN_LEAD * _LN10
        wider = far & (seen >= WIDER * self._rates.activity(int(best)))
        return members[~wider], members[wider]

    def _names(self, accounts: Ints) -> tuple[AccountId, ...]:
        return tuple(sorted(self._evidence.accounts[one] for one in accounts))

    def _exports(self, accounts: Ints) -> tuple[ExportId, ...]:
        """Return the likely exports, and every other that holds exactly the same leaked rows as one of them."""
        hypotheses = self._hypotheses
        own = np.flatnonzero(np.isin(hypotheses.account, accounts))
        each = self._alone[own] + hypotheses.log_prior[own]
        contents = [np.sort(hypotheses.row[hypotheses.at == one]).tobytes() for one in own]
        exported = [self._export(int(one)) for one in own]
        likely = {contents[at] for at in np.flatnonzero(each >= each.max() + _LIKELY) if exported[at]}
        return tuple(sorted(one for one, held in zip(exported, contents, strict=True) if one and held in likely))

    def _export(self, hypothesis: int) -> ExportId | None:
        """Return the export a hypothesis is about; an account that only ever made one is that export."""
        release, account = (int(one[hypothesis]) for one in (self._hypotheses.release, self._hypotheses.account))
        if release == ALL and self._evidence.account_releases[account] == 1:
            release = int(np.flatnonzero(self._evidence.release_account == account)[0])
        return self._evidence.releases[release] if release != ALL else None

    @property
    def _hypotheses(self) -> Hypotheses:
        return self._coalition.hypotheses
