"""Rank accounts for one case: pure, and replaceable without touching anything around it.

The question is which release (one account's export, or all one account read) the seen decoys came from. "No leak" is
always a candidate, and so is a leak past the access record, because that record is taken on trust. A release is
weighed by all its decoys: those seen speak for it as far as chance does not explain them, those not seen against it.
Owning the row a decoy lies in is no part of it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from honey.model.account import AccountId
from honey.model.attribution import Attribution, Release, Suspect, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting
from honey.trace.inquiry import Inquiry, Settings

MAX_COALITION = 5  # accounts named together in one case
_SHARE_NODES = 64  # quadrature nodes for the share of a release that surfaces; halving them moves no digit shown
_MIN_CHANCE = 1e-12  # no match is trusted further: forged or misfiled evidence is likelier than that
_SHORTLIST_PROBABILITY = 0.01
_SHORTLIST_ACCOUNTS = 20
_EXPORT_PROBABILITY = 0.05  # exports of a named account shown beside it

# Upper bounds of log10 likelihood ratio and their words (ENFSI guideline 2015; literature.md section 8).
_SUPPORT = (
    (0.0, "none"),
    (1.0, "weak"),
    (2.0, "moderate"),
    (3.0, "moderately strong"),
    (4.0, "strong"),
    (6.0, "very strong"),
)

# Jeffreys' prior for the share: equal weights at the Chebyshev nodes of the arcsine distribution.
_SHARES = tuple(math.sin(math.pi * (at + 0.5) / (2 * _SHARE_NODES)) ** 2 for at in range(_SHARE_NODES))


@dataclass(frozen=True, slots=True)
class _Group:
    """All sightings that name the same set of decoys; the best of them counts, repeats do not add."""

    decoys: frozenset[DecoyId]
    weight: float  # likelihood ratio of "one of these leaked" against chance, above 1
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class _Scored:
    release: Release | None  # None: no leak, or a leak past the record
    log_posterior: float  # natural, not normalised
    log_ratio: float  # natural log of the likelihood ratio against no leak


def attribute(inquiry: Inquiry) -> Attribution:
    """Return the ranked accounts for this evidence.

    Stage by stage the best release is sought; while its account passes the threshold it is named, what it explains
    is set aside and the rest is asked again, up to MAX_COALITION accounts.
    """
    groups = _groups(inquiry.sightings)
    named: list[Suspect] = []
    no_leak = 1.0
    ranking: list[Suspect] = []
    while groups and len(named) < MAX_COALITION:
        scored = _score(groups, inquiry)
        ranking, clean = _rank(scored, groups)
        no_leak = clean if not named else no_leak
        if not ranking or ranking[0].probability < inquiry.settings.threshold:
            break
        named.append(ranking[0])
        groups = _unexplained(groups, ranking[0])
        ranking = []
    return _conclude(inquiry, named, ranking, no_leak, rest=sum(len(one.sightings) for one in groups))


def _groups(sightings: Sequence[Sighting]) -> list[_Group]:
    by_decoys: dict[frozenset[DecoyId], list[Sighting]] = defaultdict(list)
    for one in sightings:
        by_decoys[one.decoys].append(one)
    # A bare contact (chance 1) is no observation: counting it as one would excuse the decoys nobody saw.
    return [
        _Group(decoys, 1.0 / max(_MIN_CHANCE, min(one.chance for one in found)), tuple(found))
        for decoys, found in by_decoys.items()
        if min(one.chance for one in found) < 1
    ]


def _score(groups: Sequence[_Group], inquiry: Inquiry) -> list[_Scored]:
    """Weigh every hypothesis that the evidence can tell from "no leak"."""
    settings = inquiry.settings
    by_decoy: dict[DecoyId, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        for decoy in group.decoys:
            by_decoy[decoy].append(at)
    recorded = 1.0 - settings.no_leak_prior - settings.unrecorded_prior
    scored = [_Scored(None, math.log(settings.no_leak_prior), 0.0)]
    for release in inquiry.releases:
        counted = _touched(release.decoys, by_decoy)
        if counted:
            ratio = _log_ratio(counted, len(release.decoys), by_decoy, groups, release.decoys)
            share = recorded / settings.accounts / inquiry.release_counts.get(release.account, 1)
            scored.append(_Scored(release, math.log(share) + ratio, ratio))
    for decoys in inquiry.residents.values():
        counted = _touched(decoys, by_decoy)
        if counted:
            ratio = _log_ratio(counted, len(decoys), by_decoy, groups, decoys)
            share = settings.unrecorded_prior / max(settings.outlets, len(inquiry.residents))
            scored.append(_Scored(None, math.log(share) + ratio, ratio))
    return scored


def _touched(decoys: frozenset[DecoyId], by_decoy: Mapping[DecoyId, list[int]]) -> dict[int, int]:
    """Count, per evidence group, how many of its decoys are in the release."""
    counted: dict[int, int] = defaultdict(int)
    smaller, larger = (decoys, by_decoy) if len(decoys) < len(by_decoy) else (by_decoy, decoys)
    for decoy in smaller:
        if decoy in larger:
            for at in by_decoy[decoy]:
                counted[at] += 1
    return counted


def _log_ratio(
    counted: Mapping[int, int],
    size: int,
    by_decoy: Mapping[DecoyId, list[int]],
    groups: Sequence[_Group],
    decoys: frozenset[DecoyId],
) -> float:
    """Natural log of P(evidence | this release leaked) / P(evidence | no leak), the leaked share integrated out."""
    unseen = size - sum(1 for decoy in by_decoy if decoy in decoys)
    tallies: dict[tuple[float, int], int] = defaultdict(int)
    for at, held in counted.items():
        tallies[groups[at].weight, held] += 1
    terms = []
    for share in _SHARES:
        total = unseen * math.log1p(-share)
        for (weight, held), times in tallies.items():
            surfaced = -math.expm1(held * math.log1p(-share))
            total += times * math.log(surfaced * weight + 1.0 - surfaced)
        terms.append(total)
    return _log_sum(terms) - math.log(len(terms))


def _rank(scored: Sequence[_Scored], groups: Sequence[_Group]) -> tuple[list[Suspect], float]:
    """Turn scores into accounts by probability; also return the probability of no leak."""
    total = _log_sum([one.log_posterior for one in scored])
    by_account: dict[AccountId, list[_Scored]] = defaultdict(list)
    for one in scored:
        if one.release:
            by_account[one.release.account].append(one)
    suspects = [_suspect(account, found, total, groups) for account, found in by_account.items()]
    clean = math.exp(scored[0].log_posterior - total)
    return sorted(suspects, key=lambda one: (-one.probability, one.account)), clean


def _suspect(account: AccountId, scored: Sequence[_Scored], total: float, groups: Sequence[_Group]) -> Suspect:
    within = _log_sum([one.log_posterior for one in scored])
    ratio = (_log_sum([one.log_ratio for one in scored]) - math.log(len(scored))) / math.log(10)
    likely = [one for one in scored if one.log_posterior - within > math.log(_EXPORT_PROBABILITY)]
    likely.sort(key=lambda one: -one.log_posterior)
    releases = [one.release for one in likely if one.release]
    held = frozenset[DecoyId]().union(*(one.decoys for one in releases))
    return Suspect(
        account=account,
        probability=math.exp(within - total),
        log10_likelihood_ratio=ratio,
        support=support(ratio),
        exports=tuple(one.export for one in releases if one.export),
        evidence=tuple(one for group in groups if held & group.decoys for one in group.sightings),
    )


def support(log10_ratio: float) -> str:
    """Return the verbal scale's words for a log10 likelihood ratio; shown beside the figure, never instead of it."""
    return next((words for bound, words in _SUPPORT if log10_ratio < bound), "extremely strong")


def _unexplained(groups: Sequence[_Group], named: Suspect) -> list[_Group]:
    explained = {one.decoys for one in named.evidence}
    return [one for one in groups if one.decoys not in explained]


def _conclude(
    inquiry: Inquiry, named: Sequence[Suspect], ranking: Sequence[Suspect], no_leak: float, rest: int
) -> Attribution:
    notes = list(inquiry.settings.notes())
    count = len(inquiry.sightings)
    if named:
        if rest:
            notes.append(f"{rest} sightings are not explained by the named accounts and name nobody else")
        return Attribution(Verdict.IDENTIFIED, no_leak, tuple(named), count, tuple(notes))
    listed = [one for one in ranking if one.probability >= _SHORTLIST_PROBABILITY][:_SHORTLIST_ACCOUNTS]
    if not listed and no_leak < 1 - inquiry.settings.threshold:
        notes.append("decoys are out, but no account's recorded exports and reads explain it: the record has a gap")
    if not listed:
        return Attribution(Verdict.NONE, no_leak, (), count, tuple(notes))
    notes.append(_abstention(listed, inquiry.settings))
    return Attribution(Verdict.SHORTLIST, no_leak, tuple(listed), count, tuple(notes))


def _abstention(listed: Sequence[Suspect], settings: Settings) -> str:
    odds = settings.threshold / (1.0 - settings.threshold)
    best = listed[0].probability
    missing = math.log2(odds * (1.0 - best) / best)
    return f"{len(listed)} accounts on the shortlist; {missing:.1f} bits of evidence are missing to name one"


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(one - top) for one in values))
