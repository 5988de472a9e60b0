"""Our verdict and the four baselines' on one simulated case. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from honey.model.account import AccountId
from honey.model.attribution import Verdict
from honey.model.decoy import DecoyId
from honey.simulate.baselines import comp, guilt, owner, tardos
from honey.simulate.contacts import numbers_of
from honey.simulate.leak import Leak
from honey.simulate.record import Seen, inquire
from honey.trace.attribute import attribute
from honey.trace.cases import about, dump_inquiry, partition
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
    """Accounts accused, accounts mentioned at all (for ours the shortlist, too), and those that lead a case of ours."""

    named: frozenset[int]
    listed: frozenset[int]
    leading: frozenset[int] = frozenset()


def judge(leak: Leak) -> Mapping[Method, Judgement]:
    """Return every method's judgement."""
    inquiry = evidence(leak)
    codewords, numbers = leak.world.codewords, leak.world.plan.planted_numbers
    seen = [[_place(decoy) for decoy in one.decoys] for one in inquiry.sightings]
    positives = numbers_of(leak.world, seen)
    suspicion = guilt(_objects(inquiry))
    accused = {
        Method.GUILT: frozenset(one for one, p in suspicion.items() if p >= leak.world.plan.threshold),
        Method.COMP: frozenset(comp(codewords, positives).tolist()),
        Method.TARDOS: frozenset(tardos(codewords, positives, numbers).tolist()),
        Method.OWNER: owner(seen, leak.world.owner),
    }
    judged = {Method.OURS: ours(inquiry, by_contact=leak.dump is None)}
    return judged | {method: Judgement(named, named) for method, named in accused.items()}


def evidence(leak: Leak) -> Inquiry:
    """Return what all five judge: a dump with the contacts that join it, as `honey trace` does, or all contacts."""
    dump, contacts = _telling(leak.dump or ()), _telling(leak.contacts)
    field = inquire(leak.world, [*dump, *contacts])
    if leak.dump is None:
        return field
    rows, hits = field.sightings[: len(dump)], field.sightings[len(dump) :]
    return dump_inquiry(partial(about, field), rows, hits)


def _telling(seen: Iterable[Seen]) -> list[Seen]:
    """Leave out bare rings: they are kept from all five alike, as by the tracer."""
    return [one for one in seen if one.chance < 1]


def ours(inquiry: Inquiry, *, by_contact: bool) -> Judgement:
    """Judge as the command line does: a dump is one case, contacts are split into cases first."""
    named, listed, leading = set[int](), set[int](), set[int]()
    for sightings in partition(inquiry) if by_contact else [inquiry.sightings]:
        found = attribute(about(inquiry, sightings) if by_contact else inquiry)
        suspects = [_place(one.account) for one in found.suspects]
        listed.update(suspects)
        leading.update(suspects[:1])
        if found.verdict is Verdict.IDENTIFIED:
            named.update(suspects)
    return Judgement(frozenset(named), frozenset(listed), frozenset(leading))


def _objects(inquiry: Inquiry) -> list[set[int]]:
    """Return for every sighting the accounts that hold one of its decoys."""
    holders: dict[DecoyId, set[int]] = defaultdict(set)
    for release in inquiry.releases:
        account = _place(release.account)
        for decoy in release.decoys:
            holders[decoy].add(account)
    empty = set[int]()
    return [empty.union(*(holders[decoy] for decoy in one.decoys if decoy in holders)) for one in inquiry.sightings]


def _place(name: AccountId | DecoyId) -> int:
    return int(name[2:])
