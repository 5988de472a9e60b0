"""Split the evidence of contacts into cases, and let a dump take in the contacts that belong to it. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting
from honey.trace.attribute import attribute, likeliest
from honey.trace.inquiry import Inquiry

MAX_CASES = 200  # a run never opens more; what is left over is asked again by the next run
_RATHER_A_LEAK = 0.5  # probability of no leak below which contacts that no account explains open a case


def partition(inquiry: Inquiry) -> list[tuple[Sighting, ...]]:
    """Split the sightings into groups that one account each explains best, most telling group first.

    Contacts that say nothing (chance 1) belong to no case. What is rather a leak than chance, but explained by no
    account, makes one last case: the access record has a gap.
    """
    left, cases = [one for one in inquiry.sightings if one.chance < 1], list[tuple[Sighting, ...]]()
    while left and len(cases) < MAX_CASES:
        held = union(one.decoys for one in _leading(replace(inquiry, sightings=tuple(left))))
        taken = tuple(one for one in left if one.decoys & held)
        if not taken:
            clean = attribute(replace(inquiry, sightings=tuple(left))).no_leak_probability
            return [*cases, tuple(left)] if clean < _RATHER_A_LEAK else cases
        cases.append(taken)
        left = [one for one in left if not one.decoys & held]
    return cases


def _leading(inquiry: Inquiry, least: float = 0.0) -> list[Release]:
    """Return the releases of the account that explains the evidence best, named or not, if it is at least so likely."""
    best = likeliest(inquiry)
    if best is None or best.probability < least:
        return []
    seen = union(one.decoys for one in best.evidence)
    return [one for one in inquiry.releases if one.account == best.account and one.decoys & seen]


def about(field: Inquiry, sightings: Iterable[Sighting]) -> Inquiry:
    """Ask about these sightings, with the releases of the field that they touch and no others."""
    asked = tuple(sightings)
    seen = union(one.decoys for one in asked)
    releases = tuple(one for one in field.releases if not seen.isdisjoint(one.decoys))
    concerned = {one.account for one in releases}
    residents = {outlet: held for outlet, held in field.residents.items() if not seen.isdisjoint(held)}
    counts = {account: count for account, count in field.release_counts.items() if account in concerned}
    return Inquiry(asked, releases, residents, counts, field.settings)


def dump_inquiry(
    ask: Callable[[Iterable[Sighting]], Inquiry], dump: Sequence[Sighting], contacts: Sequence[Sighting]
) -> Inquiry:
    """Return what a dump's case asks: about its own sightings and the contacts that belong to its leak."""
    return ask([*dump, *joining(ask(dump), contacts)])


def joining(dump: Inquiry, contacts: Sequence[Sighting]) -> list[Sighting]:
    """Return the contacts that belong to the leak a dump shows.

    They reach a decoy that a row of the dump names alone, or one drawn for an export that holds such a decoy, of the
    account that the dump by itself makes as likely as whoever is named must be. Not an export of the first of a
    shortlist, nor decoys that lay in the host: another thief of the same rows, or an innocent reader of both thieves',
    would bring the contacts of another leak into this case, and be named in it for that.
    """
    if not contacts:
        return []
    seen = union(one.decoys for one in dump.sightings if len(one.decoys) == 1)
    led = _leading(dump, dump.settings.threshold) if seen else []
    held = union(household for one in led if one.decoys & seen for household in one.drawn) | seen
    return [one for one in contacts if one.decoys & held]


def union(sets: Iterable[frozenset[DecoyId]]) -> frozenset[DecoyId]:
    """Return every decoy in any of the sets."""
    return frozenset[DecoyId]().union(*sets)
