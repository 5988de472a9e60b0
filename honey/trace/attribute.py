"""Rank accounts for one case: pure, and replaceable without touching anything around it.

The question is which release (one account's export, or all one account read) the seen decoys came from. "No leak" is
always a candidate, and so is a leak past the access record, because that record is taken on trust. A release is
weighed by all its decoys: those seen speak for it as far as chance does not explain them, those not seen against it.
Owning the row a decoy lies in is no part of it. Probability ranks; an account is named only if what proves it
(`honey.trace.proof`) reaches the bar as well. Nobody is named by one shared number, and without an access record nobody
by decoys that lay in the host.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from honey.model.account import AccountId
from honey.model.attribution import Attribution, Basis, Missing, Suspect, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting
from honey.trace import proof
from honey.trace.hypotheses import MAX_LEAKS, Scored, best_without, outside, score, with_parts
from honey.trace.inquiry import Inquiry
from honey.trace.weighing import Group, log_sum
from honey.translation import _, joined

MAX_COALITION = 5  # accounts named together in one case
_MIN_CHANCE = 1e-12  # no match is trusted further: forged or misfiled evidence is likelier than that
_MAX_LOG10_RATIO = 12.0  # nor is a case stated with more: beyond it an error of ours is likelier than chance
_SHORTLIST_PROBABILITY = 0.01
_SHORTLIST_ACCOUNTS = 20
_EXPORT_RATIO = 0.05  # exports of an account shown beside it: this likely, measured by its likeliest one
_LN10 = math.log(10.0)

# Upper bounds of log10 likelihood ratio and their words (ENFSI guideline, 2015).
_SUPPORT = (
    (0.0, _("none")),
    (1.0, _("weak")),
    (2.0, _("moderate")),
    (3.0, _("moderately strong")),
    (4.0, _("strong")),
    (6.0, _("very strong")),
)


@dataclass(frozen=True)
class _Case:
    """One inquiry with what is asked of it again and again."""

    inquiry: Inquiry

    @cached_property
    def groups(self) -> list[Group]:
        """All evidence that carries weight."""
        return _groups(self.inquiry.sightings)

    @cached_property
    def weighed(self) -> list[Group]:
        """What may name an account: without a record, nothing that anybody may have read in the host."""
        return self.groups if self.inquiry.settings.has_record else self._beside(residents=False)

    @cached_property
    def draws(self) -> proof.Draws:
        """The e-values by draws."""
        return proof.Draws(self.inquiry)

    def rank(self, evidence: Sequence[Group]) -> tuple[list[Suspect], float]:
        """Return the accounts by probability on this evidence, and the probability of no leak."""
        return _rank(with_parts(score(evidence, self.inquiry), evidence), self.groups)

    def passing(self, evidence: Sequence[Group]) -> Suspect | None:
        """Return the account that this evidence alone names: probable, proven, and by more than one shared value."""
        best = next(iter(self.rank(evidence)[0]), None)
        if best is None or best.probability < self.inquiry.settings.threshold or not _tells(evidence, best):
            return None
        best = self.proven(best, evidence)
        return best if best.log10_e_value * _LN10 >= proof.log_bar(self.inquiry, best.basis) else None

    def proven(self, suspect: Suspect, evidence: Sequence[Group]) -> Suspect:
        """Return the suspect with its e-value: by draws, times what the record shows on this evidence."""
        by_record = [self.inquiry.by_record[suspect.account]] if suspect.account in self.inquiry.by_record else []
        if self.inquiry.settings.has_record and (lain := self._beside(residents=True, among=evidence)):
            by_record.append(self._record_ratio(suspect.account, lain))
        draws = self.by_draws(suspect.account)
        proven = proof.log_combined(draws, by_record)
        if draws >= proof.log_bar(self.inquiry) or proven <= draws:
            return replace(suspect, log10_e_value=draws / _LN10)
        return replace(suspect, log10_e_value=proven / _LN10, basis=Basis.RECORD)

    def by_draws(self, account: AccountId) -> float:
        """Return ln of the e-value by draws: the mean of decoys named and numbers rung, which rest on one draw."""
        named, numbers = self.draws.log_e_value(account), self.inquiry.by_numbers
        return named if numbers is None else log_sum([named, numbers.get(account, 0.0)]) - math.log(2)

    def _record_ratio(self, account: AccountId, evidence: Sequence[Group]) -> float:
        """Return ln of how much better one account explains decoys that lay in the host than all others do."""
        own = [one for one in score(evidence, self.inquiry) if one.account == account]
        if not own:
            return -math.inf
        ratio = log_sum([one.log_posterior for one in own]) - log_sum([one.log_prior for one in own])
        return ratio - best_without(evidence, self.inquiry, max(own, key=lambda one: (one.log_posterior, one.name)))

    def _beside(self, *, residents: bool, among: Sequence[Group] | None = None) -> list[Group]:
        """Return the evidence that does, or does not, name decoys of the host alone."""
        lain = frozenset[DecoyId]().union(*self.inquiry.residents.values())
        return [one for one in (self.groups if among is None else among) if (one.decoys <= lain) is residents]


def attribute(inquiry: Inquiry) -> Attribution:
    """Return the ranked accounts for this evidence.

    Several leaks may lie in one dump. An account is named for what none of the others explains, and only if it alone
    passes on that; what nobody passes on makes a shortlist.
    """
    case = _Case(inquiry)
    ranking, no_leak = case.rank(case.weighed)
    named = _named(_shares(case.weighed, inquiry), case)
    accused = sorted(named.values(), key=lambda one: (-one.log10_likelihood_ratio, one.account))[:MAX_COALITION]
    if not named and not inquiry.settings.has_record:  # decoys in the host still make a shortlist
        ranking, no_leak = _rank(score(case.groups, inquiry), case.groups)
    return _conclude(case, accused, ranking, no_leak)


def likeliest(inquiry: Inquiry) -> Suspect | None:
    """Return the account that explains a share of this evidence best, whether or not that is proof; None if nobody."""
    case = _Case(inquiry)
    leading = [one for share in _shares(case.weighed, inquiry) for one in case.rank(share)[0][:1]]
    probable = [one for one in leading if one.probability >= inquiry.settings.threshold]
    if probable:
        return max(probable, key=lambda one: (one.log10_likelihood_ratio, one.account))
    evidence = case.weighed if inquiry.settings.has_record else case.groups
    return next(iter(case.rank(evidence)[0]), None)


def _named(shares: Sequence[Sequence[Group]], case: _Case) -> dict[AccountId, Suspect]:
    """Return who passes on a share of the evidence, also without whatever else lay in the hands of others who pass.

    Who leaked one export is the likeliest to have leaked the next. The weakest of those who then fail goes first.
    """
    passing: dict[AccountId, list[Sequence[Group]]] = defaultdict(list)
    for share in shares:
        if best := case.passing(share):
            passing[best.account].append(share)
    while True:
        named, failing = dict[AccountId, Suspect](), list[AccountId]()
        for account, evidence in passing.items():
            held = [one.decoys for one in case.inquiry.releases if one.account in passing and one.account != account]
            found = [case.passing(outside(share, held)) for share in evidence]
            for one in found:
                if one and one.account == account:
                    named[account] = _joined(named.get(account), one)
            if account not in named:
                failing.append(account)
        if not failing:
            return named
        del passing[failing[-1]]


def _shares(groups: Sequence[Group], inquiry: Inquiry) -> list[list[Group]]:
    """Explain the evidence by as few leaks as do, and return for each account's what no other of them explains."""
    left, leaks = list(groups), list[Scored]()
    while left and len(leaks) < MAX_LEAKS:
        none, *others = score(left, inquiry)
        best = max(others, key=lambda one: (one.log_posterior, one.name), default=none)
        if best.log_posterior <= none.log_posterior:
            break
        leaks.append(best)
        left = outside(left, [best.decoys])
    for one in leaks[:]:  # a leak found early may be explained by the later ones together
        if not _own(groups, one, [other for other in leaks if other is not one]):
            leaks.remove(one)
    return [
        _own(groups, one, [other for other in leaks if other.account != one.account]) for one in leaks if one.release
    ]


def _own(groups: Sequence[Group], leak: Scored, others: Sequence[Scored]) -> list[Group]:
    """Return the evidence of one leak that none of the others explains."""
    return [one for one in outside(groups, [one.decoys for one in others]) if one.decoys & leak.decoys]


def _groups(sightings: Sequence[Sighting]) -> list[Group]:
    by_decoys: dict[frozenset[DecoyId], list[Sighting]] = defaultdict(list)
    for one in sightings:
        by_decoys[one.decoys].append(one)
    # A bare contact (chance 1) is no observation: counting it as one would excuse the decoys nobody saw.
    return [
        Group(decoys, 1.0 / max(_MIN_CHANCE, min(one.chance for one in found)), tuple(found))
        for decoys, found in by_decoys.items()
        if min(one.chance for one in found) < 1
    ]


def _tells(weighed: Sequence[Group], suspect: Suspect) -> bool:
    """Whether the evidence is more than one shared value: a decoy named alone, or two values of different decoys."""
    shown = {one.decoys for one in suspect.evidence}
    sets = [one.decoys for one in weighed if one.decoys in shown]
    return any(len(one) == 1 for one in sets) or any(one.isdisjoint(other) for one, other in combinations(sets, 2))


def _joined(earlier: Suspect | None, later: Suspect) -> Suspect:
    """One account that leaked twice is one suspect; the figures of the stronger evidence stand."""
    if earlier is None:
        return later
    stronger, other = sorted((earlier, later), key=lambda one: -one.log10_likelihood_ratio)
    exports = (*stronger.exports, *(one for one in other.exports if one not in stronger.exports))
    evidence = (*stronger.evidence, *(one for one in other.evidence if one not in stronger.evidence))
    return replace(stronger, exports=exports, evidence=evidence)


def _rank(scored: Sequence[Scored], groups: Sequence[Group]) -> tuple[list[Suspect], float]:
    """Turn scores into accounts by probability, those below the shortlist's left out; also return that of no leak."""
    total = log_sum([one.log_posterior for one in scored])
    by_account: dict[AccountId, list[Scored]] = defaultdict(list)
    for one in scored:
        if one.release:
            by_account[one.release.account].append(one)
    suspects = []
    for account, found in by_account.items():
        probability = min(1.0, math.exp(log_sum([one.log_posterior for one in found]) - total))
        if probability >= _SHORTLIST_PROBABILITY:
            suspects.append(_suspect(account, probability, found, groups))
    clean = math.exp(scored[0].log_posterior - total)
    return sorted(suspects, key=lambda one: (-one.probability, one.account)), clean


def _suspect(account: AccountId, probability: float, scored: Sequence[Scored], groups: Sequence[Group]) -> Suspect:
    ratio = (log_sum([one.log_posterior for one in scored]) - log_sum([one.log_prior for one in scored])) / math.log(10)
    best = max(one.log_posterior for one in scored)
    likely = [one for one in scored if one.log_posterior - best > math.log(_EXPORT_RATIO)]
    likely.sort(key=lambda one: (-one.log_posterior, one.name))
    releases = list(dict.fromkeys(one.release for one in likely if one.release))
    held = frozenset[DecoyId]().union(*(one.decoys for one in releases))
    return Suspect(
        account=account,
        probability=probability,
        log10_likelihood_ratio=ratio,
        support=support(ratio),
        exports=tuple(one.export for one in releases if one.export),
        evidence=tuple(one for group in groups if held & group.decoys for one in group.sightings),
    )


def support(log10_ratio: float) -> str:
    """Return the verbal scale's words for a log10 likelihood ratio; shown beside the figure, never instead of it."""
    return next((words for bound, words in _SUPPORT if log10_ratio < bound), _("extremely strong"))


def _unexplained(groups: Sequence[Group], named: Sequence[Suspect]) -> int:
    """Count the sightings that no named account's evidence holds."""
    explained = {sighting.decoys for one in named for sighting in one.evidence}
    return sum(len(one.sightings) for one in groups if one.decoys not in explained)


def _conclude(case: _Case, named: Sequence[Suspect], ranking: Sequence[Suspect], no_leak: float) -> Attribution:
    settings = case.inquiry.settings
    notes, bar = list(settings.notes()), proof.log_bar(case.inquiry) / _LN10
    count, clean = len(case.inquiry.sightings), max(no_leak, 10.0**-_MAX_LOG10_RATIO)
    if named:
        if rest := _unexplained(case.groups, named):
            notes.append(_("{rest} sightings are not explained by the named accounts and name nobody else", rest=rest))
        if by_record := [one.account for one in named if one.basis is Basis.RECORD]:
            notes.append(
                _("{by_record}: proven by the access record, as far as it is complete", by_record=", ".join(by_record))
            )
        stated = tuple(_stated(one) for one in named)
        return Attribution(Verdict.IDENTIFIED, clean, stated, count, tuple(notes), bar)
    listed = [_drawn(one, case) for one in ranking[:_SHORTLIST_ACCOUNTS]]
    if not listed and no_leak < 1 - settings.threshold:
        notes.append(_("decoys are out, but no account's recorded exports and reads explain it: the record has a gap"))
    if not listed:
        return Attribution(Verdict.NONE, clean, (), count, tuple(notes), bar)
    listed[0] = case.proven(listed[0], case.weighed)
    missing = _missing(listed, case)
    notes.append(_abstention(missing))
    stated = tuple(_stated(one) for one in listed)
    return Attribution(Verdict.SHORTLIST, clean, stated, count, tuple(notes), bar, missing)


def _drawn(suspect: Suspect, case: _Case) -> Suspect:
    return replace(suspect, log10_e_value=case.by_draws(suspect.account) / _LN10)


def _stated(suspect: Suspect) -> Suspect:
    """Cut the figures to what may be stated; they were ranked by what they are."""
    return replace(
        suspect,
        probability=min(suspect.probability, 1.0 - 10.0**-_MAX_LOG10_RATIO),
        log10_likelihood_ratio=min(suspect.log10_likelihood_ratio, _MAX_LOG10_RATIO),
    )


def _missing(listed: Sequence[Suspect], case: _Case) -> Missing:
    """Say what the first of the list lacks, by probability or by proof, whichever is more."""
    best, settings = listed[0], case.inquiry.settings
    odds = settings.threshold / (1.0 - settings.threshold)
    likely = math.log2(odds * (1.0 - best.probability) / best.probability) if best.probability < 1 else 0.0
    proven = (proof.log_bar(case.inquiry, best.basis) - best.log10_e_value * _LN10) / math.log(2)
    bits = max(0.0, likely, proven)
    row, contact = proof.bits_per_row(settings.stock), proof.bits_per_contact(settings.stock)
    return Missing(len(listed), bits, *(math.ceil(bits / one) if one else 0 for one in (row, contact)))


def _abstention(missing: Missing) -> str:
    """Say what would name an account."""
    more = []
    if missing.rows:
        more.append(_("{count} more rows of one export seen whole", count=missing.rows))
    if missing.contacts:
        more.append(_("{count} more contacts that cite a customer of one export", count=missing.contacts))
    said = _(": about {more}", more=joined(_(", or "), more)) if more else ""
    lacking = _("{bits:.1f} bits of evidence are missing to name one", bits=missing.bits)
    return _(
        "{shortlist} accounts on the shortlist; {lacking}{said}",
        shortlist=missing.shortlist,
        lacking=lacking,
        said=said,
    )
