"""From a simulated world to the `Inquiry` the real attribution is asked: only the releases the evidence touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, HitPlace, Match, Sighting
from honey.simulate.world import Bools, Ints, World
from honey.trace.inquiry import Inquiry, Settings, Stock

# The stock a small company starts with: see the README's beacons.csv.
ROOMS = 288
WAYBILL_NUMBERS = 100_000
ENDINGS = 100  # last two digits of a masked number


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting as integers. `chance` is what the matcher states, 1 for a contact that says nothing."""

    decoys: tuple[int, ...]
    chance: float
    fields: Mapping[str, Match]  # what agrees, the deciding field first
    channel: str = ""  # empty for a row of a dump


@lru_cache(maxsize=4)
def decoy_ids(count: int) -> tuple[DecoyId, ...]:
    """Names of decoys 0 to count - 1."""
    return tuple(DecoyId(f"D-{at}") for at in range(count))


@lru_cache(maxsize=4)
def account_ids(count: int) -> tuple[AccountId, ...]:
    """Names of accounts 0 to count - 1."""
    return tuple(AccountId(f"A-{at}") for at in range(count))


def inquire(world: World, seen: Sequence[Seen]) -> Inquiry:
    """Ask about this evidence, with the releases it touches, as the command line does."""
    ids = decoy_ids(_room(len(world.owner)))
    touched = np.zeros(len(world.owner), np.bool_)
    touched[list({decoy for one in seen for decoy in one.decoys})] = True
    releases = _exports(world, touched, ids) + _reads(world, touched, ids)
    plan = world.plan
    settings = Settings(
        accounts=plan.accounts,
        threshold=plan.threshold,
        no_leak_prior=plan.no_leak_prior,
        unrecorded_prior=plan.unrecorded_prior,
        outlets=plan.outlets,
        has_record=True,
        residents=plan.residents,
        alpha=plan.alpha,
        stock=Stock(
            phones=plan.planted_numbers,
            phone_endings=min(plan.planted_numbers, ENDINGS),
            rooms=ROOMS,
            waybill_numbers=WAYBILL_NUMBERS,
            decoys=len(world.owner),
        ),
    )
    return Inquiry(
        sightings=tuple(_sighting(at, one, ids) for at, one in enumerate(seen, start=2)),
        releases=tuple(releases),
        residents=_residents(world, touched, ids),
        release_counts=_counts(world, releases),
        settings=settings,
    )


def _room(count: int) -> int:
    """Round up, so that worlds of slightly different size share one table of names."""
    return -(-count // 4096) * 4096


def _sighting(at: int, one: Seen, ids: Sequence[DecoyId]) -> Sighting:
    place = HitPlace(at, one.channel) if one.channel else DumpPlace("dump.csv", at)
    field, match = next(iter(one.fields.items()))
    return Sighting(frozenset([ids[decoy] for decoy in one.decoys]), field, match, place, one.chance, one.fields)


def _exports(world: World, touched: Bools, ids: Sequence[DecoyId]) -> list[Release]:
    of, plan, names = world.exports, world.plan, account_ids(world.plan.accounts)
    shelves = np.zeros((plan.outlets, plan.days + 1), np.int64)  # seen residents before each day, of each outlet
    seen = np.flatnonzero(touched[: plan.residents])
    np.add.at(shelves, (world.outlet[seen], world.day[seen] + 1), 1)
    shelves = shelves.cumsum(axis=1)
    hit = shelves[of.outlet, of.last_day + 1] > shelves[of.outlet, of.first_day]
    hit |= touched[plan.residents :].reshape(len(of.account), plan.export_decoys).any(axis=1)
    return [
        Release(
            names[of.account[at]],
            ExportId(f"E-{at}"),
            frozenset([ids[decoy] for decoy in world.carried_by(at).tolist()]),
            drawn=_households(world, at, ids) if of.through_honey[at] else (),
        )
        for at in np.flatnonzero(hit).tolist()
    ]


def _households(world: World, export: int, ids: Sequence[DecoyId]) -> tuple[frozenset[DecoyId], ...]:
    """Return the decoys honey added to an export, those on one number together."""
    on_number: dict[int, list[DecoyId]] = {}
    for decoy in world.added_to(export).tolist():
        on_number.setdefault(int(world.number[decoy]), []).append(ids[decoy])
    return tuple(map(frozenset, on_number.values()))


def _reads(world: World, touched: Bools, ids: Sequence[DecoyId]) -> list[Release]:
    names = account_ids(world.plan.accounts)
    readers = np.unique(world.reader[touched[world.read]])
    return [
        Release(names[account], None, frozenset([ids[decoy] for decoy in world.read_by(account).tolist()]))
        for account in readers.tolist()
    ]


def _residents(world: World, touched: Bools, ids: Sequence[DecoyId]) -> dict[str, frozenset[DecoyId]]:
    plan = world.plan
    outlets = np.unique(world.outlet[touched[: plan.residents]])
    return {
        f"OUT-{outlet}": frozenset([ids[decoy] for decoy in world.lying_in(outlet, 0, plan.days - 1).tolist()])
        for outlet in outlets.tolist()
    }


def _counts(world: World, releases: Sequence[Release]) -> dict[AccountId, int]:
    plan, names = world.plan, account_ids(world.plan.accounts)
    counts: Ints = np.bincount(world.exports.account, minlength=plan.accounts)
    counts[np.unique(world.reader)] += 1
    numbers = counts.tolist()
    concerned = {one.account for one in releases}
    return {name: numbers[at] for at, name in enumerate(names) if name in concerned}
