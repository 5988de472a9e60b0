"""Two leaks at a time: a dump of one account's rows while another's are called, and the calls of two mixed.

Pure, like all scenarios. They are no part of the ordinary run, whose cases stay what they were: ask for them by name,
or for all of them as "together".
"""

from functools import partial

import numpy as np

from honey.simulate.dump import Columns
from honey.simulate.leak import (
    BACKGROUND,
    TALKATIVE,
    Leak,
    Scenario,
    draw_days,
    elsewhere,
    noise,
    reached,
    scanned,
    thinned,
)
from honey.simulate.plan import SimulatedPlan
from honey.simulate.record import Seen
from honey.simulate.world import Taking, World, draw_world

_HALF = 0.5  # whatever may be either way is so in half of the cases


def _dump_beside_calls(
    plan: SimulatedPlan,
    rng: np.random.Generator,
    *,
    columns: Columns = Columns.FULL,
    same_rows: bool = False,
    both_called: bool = False,
) -> Leak:
    """One account's rows are found in a dump while fraudsters contact those that another let out."""
    takings = _takings(plan, rng, same_rows=same_rows)
    world = draw_world(plan, rng, takings)
    dump = scanned(world, thinned(world.taken(0), rng), rng, columns=columns)
    called = _contacts(world, rng, leaks=(0, 1) if both_called else (1,))
    return Leak(world, frozenset([takings[0].account]), dump, called)


def _two_called(plan: SimulatedPlan, rng: np.random.Generator, *, same_rows: bool = False) -> Leak:
    """No dump is found; fraudsters contact what two accounts let out."""
    takings = _takings(plan, rng, same_rows=same_rows)
    world = draw_world(plan, rng, takings)
    return Leak(world, frozenset(one.account for one in takings), contacts=_contacts(world, rng, leaks=(0, 1)))


def _contacts(world: World, rng: np.random.Generator, *, leaks: tuple[int, ...]) -> tuple[Seen, ...]:
    """Calls or messages for the decoys of these leaks, among the calls of strangers."""
    seen = list[Seen]()
    for at in leaks:
        talk = TALKATIVE if rng.random() < _HALF else None
        seen += reached(world, world.taken(at), talk, rng)
    return tuple(seen + noise(world, rng, times=float(rng.choice(BACKGROUND))))


def _takings(plan: SimulatedPlan, rng: np.random.Generator, *, same_rows: bool) -> list[Taking]:
    """Two accounts' takings: each an export of its own, or with `same_rows` both from one outlet, read or exported."""
    accounts = [int(one) for one in rng.choice(plan.accounts, 2, replace=False)]
    if not same_rows:
        return [_export(plan, rng, one) for one in accounts]
    outlet, days = accounts[0] % plan.outlets, draw_days(plan, rng)
    later = days if rng.random() < _HALF else draw_days(plan, rng)
    return [
        Taking(one, outlet, *when, exported=bool(rng.random() < _HALF), through_honey=bool(rng.random() < _HALF))
        for one, when in zip(accounts, (days, later), strict=True)
    ]


def _export(plan: SimulatedPlan, rng: np.random.Generator, account: int) -> Taking:
    own = account % plan.outlets
    return Taking(account, elsewhere(plan, rng, own) if rng.random() < _HALF else own, *draw_days(plan, rng))


TOGETHER: tuple[Scenario, ...] = (
    Scenario("dump, other called", "one account's export in a dump, another's is called", _dump_beside_calls),
    Scenario(
        "masked, other called", "the same with masked rows", partial(_dump_beside_calls, columns=Columns.MASKED)
    ),
    Scenario(
        "phones, other called", "the same with a column of phone numbers",
        partial(_dump_beside_calls, columns=Columns.PHONE),
    ),
    Scenario(
        "masked, both called", "masked rows, and both accounts' exports are called",
        partial(_dump_beside_calls, columns=Columns.MASKED, both_called=True),
    ),
    Scenario(
        "dump, same rows called", "both read or exported rows of one outlet, the same ones in half of the cases",
        partial(_dump_beside_calls, same_rows=True),
    ),
    Scenario(
        "masked, same rows called", "the same with masked rows",
        partial(_dump_beside_calls, columns=Columns.MASKED, same_rows=True),
    ),
    Scenario(
        "phones, same rows called", "the same with a column of phone numbers",
        partial(_dump_beside_calls, columns=Columns.PHONE, same_rows=True),
    ),
    Scenario("two called", "two accounts' exports are called, no dump", _two_called),
    Scenario(
        "two called, same rows", "both read or exported rows of one outlet", partial(_two_called, same_rows=True)
    ),
)  # fmt: skip
