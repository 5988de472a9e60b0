"""Weigh what campaigns state: once for each thing a campaign says, not once for each number it says it on. Pure.

A caller with another list, or with one surname for everybody, agrees with a decoy now and then, and the more numbers
it rings the oftener. So a campaign is held against "a share q of what it says is from leaked rows", q unknown: each
different thing said counts (1 - q) + q / p where it agrees with a decoy, p the chance that it would somewhere by
accident, and 1 - q where it does not. That mean over q is all its agreements may weigh together.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collector.hit import Hit
from honey.model.decoy import DecoyId
from honey.model.sighting import Match, Sighting
from honey.model.waybill import Role
from honey.trace import chances, normalise
from honey.trace.campaigns import Campaign, campaigns_of
from honey.trace.hits import Resolution
from honey.trace.index import DecoyIndex, Profile
from honey.trace.weighing import log_sum
from honey.trace.wording import Wording, wording_of

# What no stranger can know stays evidence in a campaign that touched a control: callers are forged, and a hotline's
# number is shown by honest and dishonest alike.
KNOWN_FROM_ROWS_ONLY = chances.STATED_WAYBILL
_LEAST_CHANCE = 1e-12  # as in `attribute`
TELLING = 0.999  # chance above which a statement is none
_MAX_NAME = 40  # characters
# Nodes of the share q: Jeffreys' prior, equal weights at the Chebyshev nodes of the arcsine law.
_NODES = 32
_SHARES = tuple(math.sin(math.pi * (at + 0.5) / (2 * _NODES)) ** 2 for at in range(_NODES))

_Said = tuple[str, ...]  # one thing stated: roles and values


@dataclass(frozen=True, slots=True)
class Weighed:
    """Contacts by campaign. `sightings` say something, each with the chance its campaign leaves it."""

    campaigns: tuple[Campaign, ...]
    sightings: tuple[Sighting, ...]
    bare: int  # hits that reached a decoy and say nothing that counts
    background: int  # hits on controls, and of campaigns that touched one
    unresolved: int


def weigh_campaigns(hits: Sequence[Hit], resolutions: Sequence[Resolution], index: DecoyIndex) -> Weighed:
    """Weigh resolved hits by campaign; sightings come in the order of the hits."""
    campaigns = campaigns_of(hits, [one.background for one in resolutions])
    kept: dict[int, tuple[Sighting, ...]] = {}
    voided: set[int] = set()
    for one in campaigns:
        found = {at: _telling(resolutions[at].sightings) for at in one.members}
        if one.background:
            found = {at: _unknowable(sightings) for at, sightings in found.items()}
            voided.update(at for at in one.members if not found[at])
        elif one.repeated:
            found = _once(found, hits, index)
        kept |= found
    bare = sum(1 for at, one in enumerate(resolutions) if one.sightings and not kept[at] and at not in voided)
    unresolved = sum(1 for at, one in enumerate(resolutions) if not one.sightings and at not in voided)
    sightings = tuple(one for at in range(len(hits)) for one in kept[at])
    return Weighed(tuple(campaigns), sightings, bare, len(voided), unresolved)


def _telling(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    return tuple(one for one in sightings if one.chance < 1)


def _unknowable(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    return tuple(one for one in sightings if one.chance <= KNOWN_FROM_ROWS_ONLY)


def _once(
    found: Mapping[int, tuple[Sighting, ...]], hits: Sequence[Hit], index: DecoyIndex
) -> dict[int, tuple[Sighting, ...]]:
    """Raise the chances of one campaign's sightings until together they weigh what the campaign does."""
    if not any(found.values()):
        return dict(found)
    agreed: dict[_Said, float] = {}  # least chance of each thing that agrees with a decoy
    best: dict[frozenset[DecoyId], float] = defaultdict(float)
    for one in (one for sightings in found.values() for one in sightings):
        said, chance = _said(one, index), max(one.chance, _LEAST_CHANCE)
        agreed[said] = min(agreed.get(said, 1.0), chance)
        best[one.decoys] = max(best[one.decoys], -math.log(chance))
    spread = _spread(found, hits)
    prices = [min(1.0, chance * spread.places(said)) for said, chance in agreed.items()]
    others = spread.others - {said[-1] for said in agreed}
    share = max(0.0, min(1.0, log_campaign(prices, len(others)) / sum(best.values())))
    return {at: _telling_still(replace(one, chance=one.chance**share) for one in kept) for at, kept in found.items()}


def _telling_still(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    return tuple(one for one in sightings if one.chance < TELLING)


def log_campaign(prices: Sequence[float], failed: int) -> float:
    """Return ln of what a campaign weighs that agrees at these chances and says `failed` other things that do not.

    The mean over q; if all agree q is taken as 1, as for a contact alone.
    """
    if not failed:
        return -sum(map(math.log, prices))
    terms = [
        failed * math.log1p(-share) + sum(math.log1p(share * (1.0 / price - 1.0)) for price in prices)
        for share in _SHARES
    ]
    return log_sum(terms) - math.log(len(terms))


def _said(sighting: Sighting, index: DecoyIndex) -> _Said:
    """Return what the sighting's contact stated, alike for every decoy of which the same was said."""
    profile = index.profiles[min(sighting.decoys)]
    fields = {role: match for role, match in sighting.fields.items() if role != Role.RECIPIENT_PHONE.value}
    if fields == {Role.RECIPIENT_NAME.value: Match.PARTIAL}:
        return (Role.RECIPIENT_NAME.value, profile.surname)
    if set(fields) == {Role.GOODS.value}:
        return (Role.GOODS.value, profile.goods)
    return (*sorted(fields), _own_value(profile))


def _own_value(profile: Profile) -> str:
    return profile.waybill or profile.id


@dataclass(frozen=True, slots=True)
class _Spread:
    """On how many contact points a campaign said what."""

    reached: int
    said: Counter[str]  # names, and words with digits
    others: set[str]  # what was said where nothing agrees: a name, else a word with digits said there only

    def places(self, said: _Said) -> int:
        """Return on how many contact points this was, or may have been, said."""
        return self.reached if said[0] == Role.GOODS.value else max(1, self.said[said[-1]])


def _spread(found: Mapping[int, tuple[Sighting, ...]], hits: Sequence[Hit]) -> _Spread:
    contacts = {at: hits[at].contact for at in found}
    wordings = {at: wording_of(one.claims) for at, one in contacts.items()}
    names = {at: _name(one.claims.get("name", ""), wordings[at]) for at, one in contacts.items()}
    places = {(word, one.beacon) for at, one in contacts.items() for word in {names[at], *_words(wordings[at])}}
    said = Counter(word for word, _ in places)
    others: set[str] = set()
    for at, one in wordings.items():
        own = names[at] or min((word for word in one.numbers if said[word] == 1), default="")
        if own and not found[at]:
            others.add(own)
    return _Spread(len({one.beacon for one in contacts.values()}), said, others)


def _name(claimed: str, wording: Wording) -> str:
    """Return the name a contact states: as claimed, without 女士, else the surname before the title in its text."""
    return normalise.name(claimed[:_MAX_NAME]) or min(wording.titled, key=lambda one: (len(one), one), default="")


def _words(wording: Wording) -> frozenset[str]:
    return wording.titled | wording.numbers
