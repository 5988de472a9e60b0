"""What the scan of a dump would report: sightings with the chances the real matcher states. Pure; the RNG is passed in.

Mirrors `honey.trace.match` and `honey.trace.search.report`; a test holds the chances against them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from honey.model.sighting import Match
from honey.model.waybill import Role
from honey.simulate.population import stated_shares, surname_shares
from honey.simulate.record import Seen
from honey.simulate.world import Ints, World
from honey.trace import chances
from honey.trace.search.kept import MAX_CHANCE, MAX_PER_DECOYS
from honey.trace.search.report import MAX_FALSE_SHARE

MASK_PREFIX, MASK_SUFFIX = 3, 4  # visible digits of a masked number, as couriers print it


class Columns(StrEnum):
    """Which columns of the rows were sold, and how."""

    FULL = "full"  # number, name, address, waybill number
    MASKED = "masked"  # masked number, masked name, city
    PHONE = "phone"
    NAME = "name"
    WAYBILL = "waybill"


_NUMBER_ALONE = {Role.WAYBILL_NUMBER.value: Match.EXACT}
_WHOLE_ROW = _NUMBER_ALONE | {
    role.value: Match.EXACT for role in (Role.RECIPIENT_PHONE, Role.RECIPIENT_NAME, Role.RECIPIENT_ADDRESS)
}
_MASKED_ROW = {role.value: Match.MASKED for role in (Role.RECIPIENT_PHONE, Role.RECIPIENT_NAME)}


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of a dump that agree with the same decoys."""

    decoys: tuple[int, ...]
    per_row: float  # chance that a live row agrees as well
    tried: int  # decoys that share the value it was found by
    whole: bool  # found by a full value
    fields: Mapping[str, Match]  # what agrees, the deciding field first


def read_dump(
    world: World, rows_of: Ints, columns: Columns, rng: np.random.Generator, *, rows: int, mistake: float = 1.0
) -> list[Seen]:
    """Return the sightings of a dump of `rows` rows that holds the rows of these decoys.

    `mistake` is how much commoner accidental agreement is than the matcher takes it to be.
    """
    if columns is Columns.NAME:
        return []  # a name alone points at nobody: the matcher only lets it support another value
    found = _FINDERS[columns](world, rows_of.tolist())
    found += _accidental(world, columns, rng, rows * mistake)
    return _reported(found, rows, decoys=int(np.count_nonzero(world.number >= 0)))


def _by_row(_: World, decoys: Iterable[int]) -> list[_Found]:
    per_row = chances.EXACT_PHONE * chances.EXACT_NAME * chances.FULL_ADDRESS * chances.UNIQUE_TOKEN
    return [_Found((decoy,), per_row, 1, True, _WHOLE_ROW) for decoy in decoys]


def _by_waybill(_: World, decoys: Iterable[int]) -> list[_Found]:
    return [_Found((decoy,), chances.UNIQUE_TOKEN, 1, True, _NUMBER_ALONE) for decoy in decoys]


def _by_phone(world: World, decoys: Iterable[int]) -> list[_Found]:
    return [_on_number(world, int(world.number[decoy])) for decoy in decoys]


def _on_number(world: World, number: int) -> _Found:
    held = world.on_number(number)
    return _Found(held, chances.EXACT_PHONE, len(held), True, {Role.RECIPIENT_PHONE.value: Match.EXACT})


def _by_mask(world: World, decoys: Iterable[int]) -> list[_Found]:
    return [_like(world, decoy) for decoy in decoys]


def _like(world: World, decoy: int) -> _Found:
    """All decoys that a masked row of this one agrees with: number, surname and city look the same."""
    numbers = np.flatnonzero(world.suffix == world.suffix[world.number[decoy]])
    pointed = [one for number in numbers.tolist() for one in world.on_number(number)]
    surname, city = world.surname[decoy], world.city[decoy]
    alike = tuple(one for one in pointed if world.surname[one] == surname and world.city[one] == city)
    each = (chances.masked_phone(MASK_PREFIX, MASK_SUFFIX), stated_shares()[surname], chances.CITY)
    per_row = min(len(pointed) * each[0] * each[1] * each[2], *each)
    return _Found(alike, per_row, len(pointed), False, _MASKED_ROW)


_FINDERS = {
    Columns.FULL: _by_row,
    Columns.WAYBILL: _by_waybill,
    Columns.PHONE: _by_phone,
    Columns.MASKED: _by_mask,
}


def _accidental(world: World, columns: Columns, rng: np.random.Generator, rows: float) -> list[_Found]:
    """Rows of live customers that agree with a decoy. A whole row never does: its other values would speak against."""
    if columns is Columns.PHONE:
        numbers = world.plan.planted_numbers
        struck = rng.integers(0, numbers, rng.poisson(rows * numbers * chances.EXACT_PHONE))
        return [_on_number(world, number) for number in struck.tolist() if world.on_number(number)]
    planted = np.flatnonzero(world.number >= 0)
    if columns is Columns.WAYBILL:
        return _by_waybill(world, _some(rng, planted, rows * len(planted) * chances.UNIQUE_TOKEN))
    if columns is Columns.MASKED:
        return _by_mask(world, _masked_strangers(world, rng, planted, rows))
    return []


def _masked_strangers(world: World, rng: np.random.Generator, planted: Ints, rows: float) -> list[int]:
    shares = surname_shares()[world.surname[planted]]
    kinds, first = np.unique(_looks(world, planted), return_index=True)
    each = shares[first] * (chances.masked_phone(MASK_PREFIX, MASK_SUFFIX) * chances.CITY * rows)
    struck = rng.poisson(each.sum())
    if not struck:
        return []
    chosen = rng.choice(len(kinds), struck, p=each / each.sum())
    return [int(one) for one in planted[first[chosen]]]


def _looks(world: World, decoys: Ints) -> Ints:
    """What a masked row shows of each decoy, as one number."""
    surnames, cities = len(surname_shares()), int(world.city.max()) + 1
    shown = world.suffix[world.number[decoys]] * surnames + world.surname[decoys]
    return shown * cities + world.city[decoys]


def _some(rng: np.random.Generator, among: Ints, expected: float) -> list[int]:
    return [int(one) for one in among[rng.integers(0, len(among), rng.poisson(expected))]]


def _reported(found: Sequence[_Found], rows: int, *, decoys: int) -> list[Seen]:
    """Keep what the scan keeps: few rows of the same decoys, and only what chance does not explain."""
    kept: dict[tuple[int, ...], int] = {}
    ranked = []
    for one in sorted(found, key=lambda found: found.per_row):
        kept[one.decoys] = kept.get(one.decoys, 0) + 1
        if kept[one.decoys] <= MAX_PER_DECOYS:
            ranked.append(one)
    accepted = 0
    for rank, one in enumerate(ranked, start=1):
        if one.per_row * rows * decoys / one.tried <= MAX_FALSE_SHARE * rank:
            accepted = rank
    return [
        Seen(one.decoys, one.per_row * rows, one.fields)
        for rank, one in enumerate(ranked, start=1)
        if one.per_row * rows < MAX_CHANCE and (rank <= accepted or one.whole)
    ]
