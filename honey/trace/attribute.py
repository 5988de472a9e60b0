"""Rank accounts for one case: pure, and replaceable without touching anything around it.

The question is which release (one account's export, or all one account read) the seen decoys came from. "No leak" is
always a candidate, and so is a leak past the access record, because that record is taken on trust. A release is
weighed by all its decoys: those seen speak for it as far as chance does not explain them, those not seen against it.
Owning the row a decoy lies in is no part of it. Nobody is named by one shared number, and without an access record
nobody by decoys that lay in the host.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from honey.model.account import AccountId
from honey.model.attribution import Attribution, Release, Suspect, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting
from honey.trace.inquiry import Inquiry, Settings
from honey.trace.weighing import Group, Weighing, log_sum

MAX_COALITION = 5  # accounts named together in one case
_MAX_LEAKS = 4 * MAX_COALITION  # looked for in one case
_MIN_CHANCE = 1e-12  # no match is trusted further: forged or misfiled evidence is likelier than that
_MAX_LOG10_RATIO = 12.0  # nor is a case stated with more: beyond it an error of ours is likelier than chance
_PART_PRIOR = 0.1  # of leaks are one part of a release that also lies in another account's; a judgement
_SHORTLIST_PROBABILITY = 0.01
_SHORTLIST_ACCOUNTS = 20
_EXPORT_RATIO = 0.05  # exports of an account shown beside it: this likely, measured by its likeliest one

# Upper bounds of log10 likelihood ratio and their words (ENFSI guideline, 2015).
_SUPPORT = (
    (0.0, "none"),
    (1.0, "weak"),
    (2.0, "moderate"),
    (3.0, "moderately strong"),
    (4.0, "strong"),
    (6.0, "very strong"),
)


@dataclass(frozen=True, slots=True)
class _Scored:
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


def attribute(inquiry: Inquiry) -> Attribution:
    """Return the ranked accounts for this evidence.

    Several leaks may lie in one dump. An account is named for what none of the others explains, and only if it alone
    passes the threshold on that; what nobody passes on makes a shortlist.
    """
    groups = _groups(inquiry.sightings)
    weighed = _weighed(groups, inquiry)
    ranking, no_leak = _rank(_with_parts(_score(weighed, inquiry), weighed), groups)
    named = _named(_shares(weighed, inquiry), inquiry, groups)
    accused = sorted(named.values(), key=lambda one: (-one.log10_likelihood_ratio, one.account))[:MAX_COALITION]
    if not named and not inquiry.settings.has_record:  # decoys in the host still make a shortlist
        ranking, no_leak = _rank(_score(groups, inquiry), groups)
    return _conclude(inquiry, accused, ranking, no_leak, rest=_unexplained(groups, accused))


def _named(shares: Sequence[Sequence[Group]], inquiry: Inquiry, groups: Sequence[Group]) -> dict[AccountId, Suspect]:
    """Return who passes on a share of the evidence, also without whatever else lay in the hands of others who pass.

    Who leaked one export is the likeliest to have leaked the next. The weakest of those who then fail goes first.
    """
    passing: dict[AccountId, list[Sequence[Group]]] = defaultdict(list)
    for share in shares:
        if best := _passing(share, inquiry, groups):
            passing[best.account].append(share)
    while True:
        named, failing = dict[AccountId, Suspect](), list[AccountId]()
        for account, evidence in passing.items():
            held = [one.decoys for one in inquiry.releases if one.account in passing and one.account != account]
            found = [_passing(_outside(share, held), inquiry, groups) for share in evidence]
            for one in found:
                if one and one.account == account:
                    named[account] = _joined(named.get(account), one)
            if account not in named:
                failing.append(account)
        if not failing:
            return named
        del passing[failing[-1]]


def _passing(evidence: Sequence[Group], inquiry: Inquiry, groups: Sequence[Group]) -> Suspect | None:
    """Return the account that this evidence alone names."""
    best = next(iter(_rank(_with_parts(_score(evidence, inquiry), evidence), groups)[0]), None)
    return best if best and best.probability >= inquiry.settings.threshold and _tells(evidence, best) else None


def _shares(groups: Sequence[Group], inquiry: Inquiry) -> list[list[Group]]:
    """Explain the evidence by as few leaks as do, and return for each account's what no other of them explains."""
    left, leaks = list(groups), list[_Scored]()
    while left and len(leaks) < _MAX_LEAKS:
        none, *others = _score(left, inquiry)
        best = max(others, key=lambda one: (one.log_posterior, one.name), default=none)
        if best.log_posterior <= none.log_posterior:
            break
        leaks.append(best)
        left = _outside(left, [best.decoys])
    for one in leaks[:]:  # a leak found early may be explained by the later ones together
        if not _own(groups, one, [other for other in leaks if other is not one]):
            leaks.remove(one)
    return [
        _own(groups, one, [other for other in leaks if other.account != one.account]) for one in leaks if one.release
    ]


def _own(groups: Sequence[Group], leak: _Scored, others: Sequence[_Scored]) -> list[Group]:
    """Return the evidence of one leak that none of the others explains."""
    return [one for one in _outside(groups, [one.decoys for one in others]) if one.decoys & leak.decoys]


def _outside(groups: Sequence[Group], held: Sequence[frozenset[DecoyId]]) -> list[Group]:
    """Return the evidence that names none of the decoys held."""
    decoys = frozenset[DecoyId]().union(*held)
    return [one for one in groups if not one.decoys & decoys]


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


def _weighed(groups: Sequence[Group], inquiry: Inquiry) -> list[Group]:
    """Return what may name an account: without a record, nothing that anybody may have read in the host."""
    if inquiry.settings.has_record:
        return list(groups)
    residents = frozenset[DecoyId]().union(*inquiry.residents.values())
    return [one for one in groups if not one.decoys <= residents]


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


def _score(groups: Sequence[Group], inquiry: Inquiry) -> list[_Scored]:
    """Weigh every hypothesis that the evidence can tell from "no leak", which takes the rest of the prior."""
    settings, weighing = inquiry.settings, Weighing.of(groups)
    per_account = (1.0 - settings.no_leak_prior - settings.unrecorded_prior) / settings.accounts
    listed = Counter(one.account for one in inquiry.releases)
    scored = _past_the_record(weighing, inquiry)
    for release in inquiry.releases:
        ratio = weighing.log_ratio(release.decoys)
        if ratio is not None:
            count = max(listed[release.account], inquiry.release_counts.get(release.account, 1))
            scored.append(_Scored(release, release.decoys, math.log(per_account / count), ratio))
    left = 1.0 - sum(math.exp(one.log_prior) for one in scored)
    return [_Scored(None, frozenset(), math.log(max(left, settings.no_leak_prior)), 0.0), *scored]


def _with_parts(scored: list[_Scored], groups: Sequence[Group]) -> list[_Scored]:
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
    part, known = frozenset(names), list[_Scored]()
    for one in scored:
        if not one.release or not part <= one.decoys:
            known.append(one)
            continue
        share = math.log(_PART_PRIOR * len(part) / len(one.decoys))
        whole = replace(one, log_prior=one.log_prior + math.log1p(-_PART_PRIOR))
        known += [whole, _Scored(one.release, part, one.log_prior + share, ratio)]
    return known


def _past_the_record(weighing: Weighing, inquiry: Inquiry) -> list[_Scored]:
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
            scored.append(_Scored(None, decoys, math.log(settings.unrecorded_prior / among), ratio))
    return scored


def _rank(scored: Sequence[_Scored], groups: Sequence[Group]) -> tuple[list[Suspect], float]:
    """Turn scores into accounts by probability, those below the shortlist's left out; also return that of no leak."""
    total = log_sum([one.log_posterior for one in scored])
    by_account: dict[AccountId, list[_Scored]] = defaultdict(list)
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


def _suspect(account: AccountId, probability: float, scored: Sequence[_Scored], groups: Sequence[Group]) -> Suspect:
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
    return next((words for bound, words in _SUPPORT if log10_ratio < bound), "extremely strong")


def _unexplained(groups: Sequence[Group], named: Sequence[Suspect]) -> int:
    """Count the sightings that no named account's evidence holds."""
    explained = {sighting.decoys for one in named for sighting in one.evidence}
    return sum(len(one.sightings) for one in groups if one.decoys not in explained)


def _conclude(
    inquiry: Inquiry, named: Sequence[Suspect], ranking: Sequence[Suspect], no_leak: float, rest: int
) -> Attribution:
    notes = list(inquiry.settings.notes())
    count, least = len(inquiry.sightings), 10.0**-_MAX_LOG10_RATIO
    no_leak, named = max(no_leak, least), [_stated(one) for one in named]
    if named:
        if rest:
            notes.append(f"{rest} sightings are not explained by the named accounts and name nobody else")
        return Attribution(Verdict.IDENTIFIED, no_leak, tuple(named), count, tuple(notes))
    listed = ranking[:_SHORTLIST_ACCOUNTS]
    if not listed and no_leak < 1 - inquiry.settings.threshold:
        notes.append("decoys are out, but no account's recorded exports and reads explain it: the record has a gap")
    if not listed:
        return Attribution(Verdict.NONE, no_leak, (), count, tuple(notes))
    notes.append(_abstention(listed, inquiry.settings))
    return Attribution(Verdict.SHORTLIST, no_leak, tuple(_stated(one) for one in listed), count, tuple(notes))


def _stated(suspect: Suspect) -> Suspect:
    """Cut the figures to what may be stated; they were ranked by what they are."""
    return replace(
        suspect,
        probability=min(suspect.probability, 1.0 - 10.0**-_MAX_LOG10_RATIO),
        log10_likelihood_ratio=min(suspect.log10_likelihood_ratio, _MAX_LOG10_RATIO),
    )


def _abstention(listed: Sequence[Suspect], settings: Settings) -> str:
    best = listed[0].probability
    if best >= settings.threshold:
        return f"{len(listed)} accounts on the shortlist; nothing seen names one decoy of an export alone"
    odds = settings.threshold / (1.0 - settings.threshold)
    missing = math.log2(odds * (1.0 - best) / best)
    return f"{len(listed)} accounts on the shortlist; {missing:.1f} bits of evidence are missing to name one"
