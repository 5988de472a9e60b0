"""Our verdict and the four baselines' on one simulated case. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from honey.model.account import AccountId
from honey.model.attribution import Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting
from honey.simulate.baselines import comp, guilt, owner, tardos
from honey.simulate.contacts import numbers_of
from honey.simulate.record import inquire
from honey.simulate.scenarios import Leak
from honey.trace.attribute import attribute
from honey.trace.cases import partition, union
from honey.trace.inquiry import Inquiry


class Method(StrEnum):
    """Who judges."""

    OURS = "ours"
    GUILT = "guilt"
    COMP = "comp"
    TARDOS = "tardos"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Accounts accused, and accounts mentioned at all: those and, for ours, the shortlist."""

    named: frozenset[int]
    listed: frozenset[int]


def judge(leak: Leak) -> Mapping[Method, Judgement]:
    """Return every method's judgement."""
    seen = [one for one in leak.seen if one.chance < 1]  # a bare ring is kept from all five alike, as by the tracer
    inquiry = inquire(leak.world, seen)
    codewords, numbers = leak.world.codewords, leak.world.plan.planted_numbers
    positives = numbers_of(leak.world, seen)
    suspicion = guilt(_objects(inquiry))
    accused = {
        Method.GUILT: frozenset(one for one, p in suspicion.items() if p >= leak.world.plan.threshold),
        Method.COMP: frozenset(comp(codewords, positives).tolist()),
        Method.TARDOS: frozenset(tardos(codewords, positives, numbers).tolist()),
        Method.OWNER: owner([one.decoys for one in seen], leak.world.owner),
    }
    judged = {Method.OURS: ours(inquiry, by_contact=leak.by_contact)}
    return judged | {method: Judgement(named, named) for method, named in accused.items()}


def ours(inquiry: Inquiry, *, by_contact: bool) -> Judgement:
    """Judge as the command line does: a dump is one case, contacts are split into cases first."""
    named, listed = set[int](), set[int]()
    for sightings in partition(inquiry) if by_contact else [inquiry.sightings]:
        found = attribute(_about(inquiry, sightings) if by_contact else inquiry)
        suspects = [_place(one.account) for one in found.suspects]
        listed.update(suspects)
        if found.verdict is Verdict.IDENTIFIED:
            named.update(suspects)
    return Judgement(frozenset(named), frozenset(listed))


def _about(inquiry: Inquiry, sightings: tuple[Sighting, ...]) -> Inquiry:
    """Ask about some of the sightings, with the releases they touch."""
    seen = union(one.decoys for one in sightings)
    releases = tuple(one for one in inquiry.releases if not seen.isdisjoint(one.decoys))
    concerned = {one.account for one in releases}
    residents = {outlet: held for outlet, held in inquiry.residents.items() if not seen.isdisjoint(held)}
    counts = {account: count for account, count in inquiry.release_counts.items() if account in concerned}
    return Inquiry(sightings, releases, residents, counts, inquiry.settings)


def _objects(inquiry: Inquiry) -> list[set[int]]:
    """Return for every sighting the accounts that hold one of its decoys."""
    holders: dict[DecoyId, set[int]] = defaultdict(set)
    for release in inquiry.releases:
        account = _place(release.account)
        for decoy in release.decoys:
            holders[decoy].add(account)
    empty = set[int]()
    return [empty.union(*(holders[decoy] for decoy in one.decoys if decoy in holders)) for one in inquiry.sightings]


def _place(account: AccountId) -> int:
    return int(account[2:])
