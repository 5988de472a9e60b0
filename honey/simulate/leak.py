"""A simulated case, and what the scenarios are put together from. Pure; the generator is an argument."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from honey.simulate import contacts
from honey.simulate.dump import Columns, read_dump
from honey.simulate.plan import SimulatedPlan
from honey.simulate.record import Seen
from honey.simulate.world import Ints, World

DROPS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)  # shares of the rows that never surface
DUMP_ROWS = (300, 100_000)  # of one dump, log-uniform
MAX_DAYS = 5  # one taking holds up to so many days of an outlet
CALLED = (0.1, 1.0)  # share of the leaked decoys that fraudsters contact, uniform
BACKGROUND = (0.0, 1.0, 3.0, 10.0)  # times the assumed rate of stray calls
TALKATIVE, SILENT = contacts.Talk(0.3, 0.3), contacts.Talk(0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Leak:
    """One simulated case: a dump with the contacts of its time, or contacts alone.

    `leakers` let out what the dump holds, or what is contacted where there is none. Contacts that come from another's
    leak may lie beside a dump: whoever is named in the dump's case for them is innocent of it.
    """

    world: World
    leakers: frozenset[int]
    dump: tuple[Seen, ...] | None = None
    contacts: tuple[Seen, ...] = ()

    @property
    def seen(self) -> tuple[Seen, ...]:
        """All evidence, rows of the dump first."""
        return (self.dump or ()) + self.contacts


Play = Callable[[SimulatedPlan, np.random.Generator], Leak]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`somebody`: there is an account to name; without one, naming anybody is a false accusation."""

    name: str
    what: str
    play: Play
    somebody: bool = True


def scanned(
    world: World,
    decoys: Ints,
    rng: np.random.Generator,
    *,
    columns: Columns = Columns.FULL,
    mistake: float = 1.0,
) -> tuple[Seen, ...]:
    """Return what the scan of a dump with the rows of these decoys reports."""
    low, high = np.log(DUMP_ROWS)
    rows = int(np.exp(rng.uniform(low, high)))
    return tuple(read_dump(world, decoys, columns, rng, rows=rows, mistake=mistake))


def thinned(decoys: Ints, rng: np.random.Generator, shares: Sequence[float] = DROPS) -> Ints:
    """Return the decoys whose rows surface."""
    left: Ints = decoys[rng.random(len(decoys)) >= rng.choice(shares)]
    return left


def draw_days(plan: SimulatedPlan, rng: np.random.Generator) -> tuple[int, int]:
    """Return the first and the last day of a taking."""
    length = int(rng.integers(1, min(MAX_DAYS, plan.days) + 1))
    first = int(rng.integers(0, plan.days - length + 1))
    return first, first + length - 1


def draw_account(plan: SimulatedPlan, rng: np.random.Generator) -> int:
    """Return any account."""
    return int(rng.integers(0, plan.accounts))


def elsewhere(plan: SimulatedPlan, rng: np.random.Generator, own: int) -> int:
    """Return another outlet than this one, if there is another."""
    return (own + int(rng.integers(1, plan.outlets))) % plan.outlets if plan.outlets > 1 else own


def reached(world: World, decoys: Ints, talk: contacts.Talk | None, rng: np.random.Generator) -> list[Seen]:
    """Return how fraudsters contact a share of these decoys: by calls or, with no `talk`, by SMS."""
    decoys = decoys[rng.random(len(decoys)) < rng.uniform(*CALLED)]
    return contacts.call_decoys(world, decoys, talk, rng) if talk else contacts.message_decoys(decoys)


def noise(
    world: World, rng: np.random.Generator, *, times: float, storms: bool = False, mistake: float = 1.0
) -> list[Seen]:
    """Return what strangers bring."""
    seen = contacts.background(world, rng, times=times, mistake=mistake)
    for _ in range(int(rng.integers(1, 4)) if storms else 0):
        seen += contacts.storm(world, rng)
    return seen
