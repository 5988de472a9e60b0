"""The ways the data may have left, each with its prior and what the evidence says of it. Pure.

A hypothesis is one release (one account's export, or all one account read), a part of one, no leak, or a leak past
the access record. Several leaks are told apart by what each of them explains.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from honey.model.account import AccountId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.trace.inquiry import Inquiry
from honey.trace.weighing import Group, Weighing

MAX_LEAKS = 20  # looked for in one case
_PART_PRIOR = 0.1  # of leaks are one part of a release that also lies in another account's; a judgement


@dataclass(frozen=True, slots=True)
class Scored:
    """A hypothesis: one release, or with None no leak (no decoys) or a leak past the record."""

    release: Release | None
    decoys: frozenset[DecoyId]
    log_prior: float  # natural, like all logarithms here
    log_ratio: float  # of the likelihoods, against no leak

    @property
    def log_posterior(self) -> float:
        """Not normalised."""
        return self.log_prior + self.log_ratio

    @property
    def account(self) -> AccountId | None:
        """Whose release it is."""
        return self.release.account if self.release else None

    @property
    def name(self) -> tuple[str, str]:
        """Orders equally likely hypotheses."""
        return (self.release.account, self.release.export or "") if self.release else ("", "")


def outside(groups: Sequence[Group], held: Sequence[frozenset[DecoyId]]) -> list[Group]:
    """Return the evidence that names none of the decoys held."""
    decoys = frozenset[DecoyId]().union(*held)
    return [one for one in groups if not one.decoys & decoys]


def score(groups: Sequence[Group], inquiry: Inquiry) -> list[Scored]:
    """Weigh every hypothesis that the evidence can tell from "no leak", which takes the rest of the prior."""
    settings, weighing = inquiry.settings, Weighing.of(groups)
    per_account = (1.0 - settings.no_leak_prior - settings.unrecorded_prior) / settings.accounts
    listed = Counter(one.account for one in inquiry.releases)
    scored = _past_the_record(weighing, inquiry)
    named = frozenset(weighing.by_decoy)
    for release in inquiry.releases:
        ratio = None if release.decoys.isdisjoint(named) else weighing.log_ratio(release.decoys)
        if ratio is not None:
            count = max(listed[release.account], inquiry.release_counts.get(release.account, 1))
            scored.append(Scored(release, release.decoys, math.log(per_account / count), ratio))
    left = 1.0 - sum(math.exp(one.log_prior) for one in scored)
    return [Scored(None, frozenset(), math.log(max(left, settings.no_leak_prior)), 0.0), *scored]


def with_parts(scored: list[Scored], groups: Sequence[Group]) -> list[Scored]:
    """Add that the leak was no whole release but the part of the leading one that also lies in another account's.

    Who read many rows and sold one day's is not cleared because somebody's export holds that day and nothing else.
    A release falls into about as many such parts as this one fits into it, so the part gets that share of what is
    set aside for parts; a release that is the part keeps its whole prior.
    """
    leading = max((one for one in scored if one.release), key=lambda one: (one.log_posterior, one.name), default=None)
    if leading is None:
        return scored
    weighing = Weighing.of(groups)
    parts = {one.decoys & leading.decoys for one in scored if one.release and one.account != leading.account}
    weighed = [(ratio, sorted(part)) for part in parts if (ratio := weighing.log_ratio(part)) is not None]
    if not weighed:
        return scored
    ratio, names = max(weighed)
    part, known = frozenset(names), list[Scored]()
    for one in scored:
        if not one.release or not part <= one.decoys:
            known.append(one)
            continue
        share = math.log(_PART_PRIOR * len(part) / len(one.decoys))
        whole = replace(one, log_prior=one.log_prior + math.log1p(-_PART_PRIOR))
        known += [whole, Scored(one.release, part, one.log_prior + share, ratio)]
    return known


def _past_the_record(weighing: Weighing, inquiry: Inquiry) -> list[Scored]:
    """Leaks the access record does not show: of one outlet, of the outlets touched, of the whole host.

    Which of the three it was is unknown, so each gets the whole prior: too much for one of them errs towards nobody.
    """
    settings, residents = inquiry.settings, inquiry.residents
    outlets = max(settings.outlets, len(residents))
    everywhere = frozenset[DecoyId]().union(*residents.values())
    drawn = [(decoys, len(decoys), outlets) for decoys in residents.values()]
    if outlets > 1:
        drawn += [(everywhere, len(everywhere), outlets), (everywhere, max(settings.residents, len(everywhere)), 1)]
    scored = []
    for decoys, size, among in drawn:
        ratio = weighing.log_ratio(decoys, size)
        if ratio is not None:
            scored.append(Scored(None, decoys, math.log(settings.unrecorded_prior / among), ratio))
    return scored


def best_without(groups: Sequence[Group], inquiry: Inquiry, suspect: Scored) -> float:
    """Return ln of the likelihood ratio, against no leak, of what explains this evidence best without one account.

    Any number of other releases and leaks past the record together, each at its full likelihood whatever its prior;
    only a part of a release cut to the suspect's own carries the share it is of all such parts.
    """
    left, total = list(groups), 0.0
    for _ in range(MAX_LEAKS):
        others = [
            one for one in score(left, inquiry) if one.decoys and (not one.release or one.account != suspect.account)
        ]
        best = max([*others, *_cut(others, left, suspect)], key=lambda one: (one.log_ratio, one.name), default=None)
        if best is None or best.log_ratio <= 0.0:
            break
        total += best.log_ratio
        left = outside(left, [best.decoys])
    return total


def _cut(others: Sequence[Scored], groups: Sequence[Group], suspect: Scored) -> list[Scored]:
    weighing, cut = Weighing.of(groups), []
    for one in others:
        part = one.decoys & suspect.decoys
        ratio = weighing.log_ratio(part) if one.release and part != one.decoys else None
        if ratio is not None:
            cut.append(replace(one, decoys=part, log_ratio=ratio + math.log(_PART_PRIOR * len(part) / len(one.decoys))))
    return cut
