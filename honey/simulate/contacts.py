"""What the listeners would bring: calls and messages of fraudsters and of strangers, with the real chances.

Mirrors `honey.trace.hits`: a bare ring names all decoys on the number and carries no weight. Pure; the RNG is an
argument.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from honey.model.sighting import Match
from honey.model.waybill import Role
from honey.simulate.population import draw_surnames, stated_shares, surname_shares
from honey.simulate.record import Seen
from honey.simulate.world import Ints, World
from honey.trace import chances
from honey.trace.statements import TELLING, log_campaign

WINDOW_DAYS = 30.0  # of one case
STRAY_CALL_DAYS = 8.42  # between stray calls on an unpublished number (USENIX Security 2020)
# What strangers say, per stray call: assumptions, high on purpose. Robocalls read out a name from some other list.
SAYS_SURNAME = 0.05
SAYS_FULL_NAME = 0.01
SHORT_NAME_EVERY = 7  # one decoy in so many has two characters, which are said by accident ten times as often


_REACHED = {Role.RECIPIENT_PHONE.value: Match.EXACT}
_NAME, _SURNAME = {Role.RECIPIENT_NAME.value: Match.EXACT}, {Role.RECIPIENT_NAME.value: Match.PARTIAL}
_TAIL = {Role.WAYBILL_NUMBER.value: Match.PARTIAL}


@dataclass(frozen=True, slots=True)
class Talk:
    """Shares of the fraudsters' calls that name the decoy, give a surname and the waybill's end, or say nothing."""

    full_name: float
    surname_and_tail: float

    def __post_init__(self) -> None:
        """Refuse shares above one."""
        if min(self.full_name, self.surname_and_tail) < 0 or self.full_name + self.surname_and_tail > 1:
            raise ValueError("shares of calls lie between 0 and 1 and sum to at most 1")


def call_decoys(world: World, decoys: Ints, talk: Talk, rng: np.random.Generator) -> list[Seen]:
    """Return one call to each of these decoys."""
    spoken = rng.random(len(decoys))
    made = []
    for decoy, share in zip(decoys.tolist(), spoken.tolist(), strict=True):
        if share < talk.full_name:
            made.append(_named(decoy, "call"))
        elif share < talk.full_name + talk.surname_and_tail:
            chance = stated_shares()[world.surname[decoy]] * chances.LAST_FOUR
            made.append(Seen((decoy,), chance, _TAIL | _REACHED | _SURNAME, "call"))
        else:
            made.append(bare(world, int(world.number[decoy])))
    return made


def message_decoys(decoys: Ints) -> list[Seen]:
    """Return one SMS to each of these decoys that states the name and the end of the waybill number."""
    chance = chances.STATED_NAME * chances.LAST_FOUR
    return [Seen((decoy,), chance, _NAME | _REACHED | _TAIL, "sms") for decoy in decoys.tolist()]


def bare(world: World, number: int) -> Seen:
    """Return a ring that says nothing."""
    return Seen(world.on_number(number), chances.BARE_CONTACT, _REACHED, "call")


def background(world: World, rng: np.random.Generator, *, times: float, mistake: float = 1.0) -> list[Seen]:
    """Return a month of stray calls, `times` the assumed rate.

    `mistake` is how much oftener a stranger states a decoy's full name than the tracer takes it to.
    """
    calls = rng.poisson(times * WINDOW_DAYS / STRAY_CALL_DAYS, world.plan.planted_numbers)
    rung = [bare(world, number) for number in np.flatnonzero(calls).tolist() if world.on_number(number)]
    surnames = rng.poisson(calls * SAYS_SURNAME)
    asked = np.repeat(np.arange(len(calls)), surnames)
    said = _surnames_said(world, asked, draw_surnames(rng, len(asked)))
    planted = np.flatnonzero(world.number >= 0)
    short = planted % SHORT_NAME_EVERY == 0
    each = np.where(short, chances.STATED_SHORT_NAME, chances.STATED_NAME) * SAYS_FULL_NAME * mistake
    struck = rng.random(len(planted)) < each * calls[world.number[planted]]
    full = [_named(decoy, "call") for decoy in planted[struck].tolist()]
    return rung + said + full


def storm(world: World, rng: np.random.Generator) -> list[Seen]:
    """Return one campaign that sweeps all planted numbers: silent, with one surname for all, or with another list's.

    It spares the controls, else the tracer would leave it out whole. It is weighed once for each surname, as there.
    """
    numbers = np.arange(world.plan.planted_numbers)
    rung = [bare(world, number) for number in numbers.tolist() if world.on_number(number)]
    kind = rng.integers(0, 4)
    if kind < 2:
        return rung
    said = draw_surnames(rng, len(numbers)) if kind == 2 else np.repeat(draw_surnames(rng, 1), len(numbers))
    return rung + _weighed_once(_surnames_said(world, numbers, said), world, said)


def _weighed_once(found: Sequence[Seen], world: World, said: Ints) -> list[Seen]:
    """Raise the chances of a campaign's sightings until together they weigh what it does (`honey.trace.statements`)."""
    spoken, times = np.unique(said, return_counts=True)
    agreed = {int(world.surname[one.decoys[0]]) for one in found}
    if not agreed:
        return []
    shares = stated_shares()
    prices = [min(1.0, shares[at] * int(count)) for at, count in zip(spoken, times, strict=True) if int(at) in agreed]
    most = -sum(math.log(one.chance) for one in found)
    share = max(0.0, min(1.0, log_campaign(prices, len(spoken) - len(agreed)) / most))
    raised = [replace(one, chance=one.chance**share) for one in found]
    return [one for one in raised if one.chance < TELLING]


def _named(decoy: int, channel: str) -> Seen:
    chance = chances.STATED_NAME if decoy % SHORT_NAME_EVERY else chances.STATED_SHORT_NAME
    return Seen((decoy,), chance, _NAME | _REACHED, channel)


def _surnames_said(world: World, numbers: Ints, surnames: Ints) -> list[Seen]:
    """Return what calls to these numbers name by accident: all decoys of that surname on the number."""
    size = len(surname_shares())
    planted = np.flatnonzero(world.number >= 0)
    looks = world.number[planted] * size + world.surname[planted]
    struck = np.isin(looks, numbers * size + surnames)
    named: dict[int, list[int]] = {}
    for decoy, look in zip(planted[struck].tolist(), looks[struck].tolist(), strict=True):
        named.setdefault(look, []).append(decoy)
    return [
        Seen(tuple(decoys), stated_shares()[look % size], _SURNAME | _REACHED, "call") for look, decoys in named.items()
    ]


def numbers_of(world: World, sightings: Iterable[Iterable[int]]) -> frozenset[int]:
    """Return the numbers that sightings of these decoys point at: what a decoder of the shared numbers is given."""
    return frozenset(world.number[sorted({decoy for decoys in sightings for decoy in decoys})].tolist())
