"""The leaks that are simulated: one entry per scenario, each a pure function of the plan and a generator.

`leakers` are the accounts the data truly left through and whose taking is in the record; empty where there is nobody
to name: no leak, or a leak the record knows nothing of. Every other account is innocent.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from honey.simulate import contacts
from honey.simulate.coalition import Strategy, put_together
from honey.simulate.dump import Columns
from honey.simulate.leak import (
    BACKGROUND,
    DROPS,
    SILENT,
    TALKATIVE,
    Leak,
    Scenario,
    draw_account,
    draw_days,
    elsewhere,
    noise,
    reached,
    scanned,
    thinned,
)
from honey.simulate.plan import SimulatedPlan
from honey.simulate.world import Ints, Taking, World, draw_world

FILTERS = (0.3, 0.6, 0.9)  # shares of the decoys that the thief recognises and removes
MAX_COLLUDERS = 5
MISTAKE = 10.0  # by how much a stated chance may be wrong


def _dumped(
    world: World,
    leakers: Sequence[int],
    decoys: Ints,
    rng: np.random.Generator,
    *,
    columns: Columns = Columns.FULL,
    mistake: float = 1.0,
) -> Leak:
    return Leak(world, frozenset(leakers), scanned(world, decoys, rng, columns=columns, mistake=mistake))


def _taking(plan: SimulatedPlan, rng: np.random.Generator, *, exported: bool, rented: bool) -> Taking:
    account = draw_account(plan, rng)
    own = account % plan.outlets
    outlet = elsewhere(plan, rng, own) if rented else own
    return Taking(account, outlet, *draw_days(plan, rng), exported=exported)


def _single(
    plan: SimulatedPlan,
    rng: np.random.Generator,
    *,
    exported: bool = True,
    rented: bool = False,
    columns: Columns = Columns.FULL,
    lost: Sequence[float] = DROPS,
) -> Leak:
    taking = _taking(plan, rng, exported=exported, rented=rented)
    world = draw_world(plan, rng, [taking])
    return _dumped(world, [taking.account], thinned(world.taken(0), rng, lost), rng, columns=columns)


def _coalition(plan: SimulatedPlan, rng: np.random.Generator, *, strategy: Strategy) -> Leak:
    """Two to five accounts export the same rows, or each some days of one outlet or of its own."""
    size = min(int(rng.integers(2, MAX_COLLUDERS + 1)), plan.accounts)
    accounts = [int(one) for one in rng.choice(plan.accounts, size, replace=False)]
    kind, days = int(rng.integers(0, 3)), draw_days(plan, rng)
    outlet = int(rng.integers(0, plan.outlets))
    takings = [
        Taking(
            account, account % plan.outlets if kind == 2 else outlet, *(days if kind == 0 else draw_days(plan, rng))
        )
        for account in accounts
    ]  # fmt: skip
    world = draw_world(plan, rng, takings)
    decoys = put_together([world.taken(at) for at in range(size)], strategy, rng)
    return _dumped(world, accounts, thinned(decoys, rng), rng)


def _leaked_again(plan: SimulatedPlan, rng: np.random.Generator) -> Leak:
    """One account leaks two to four exports into one dump, each mostly dropped."""
    account = draw_account(plan, rng)
    takings = [
        Taking(account, account % plan.outlets, *draw_days(plan, rng)) for _ in range(int(rng.integers(2, 5)))
    ]  # fmt: skip
    world = draw_world(plan, rng, takings)
    copies = [thinned(world.taken(at), rng, (0.5, 0.7, 0.9)) for at in range(len(takings))]
    return _dumped(world, [account], np.unique(np.concatenate(copies)), rng)


def _contacted(
    plan: SimulatedPlan,
    rng: np.random.Generator,
    *,
    talk: contacts.Talk | None,
    times: Sequence[float] = (1.0,),
    storms: bool = False,
) -> Leak:
    """An export is leaked and never found; some of its decoys are called, or with no `talk` sent an SMS."""
    taking = _taking(plan, rng, exported=True, rented=bool(rng.integers(0, 2)))
    world = draw_world(plan, rng, [taking])
    seen = reached(world, world.taken(0), talk, rng)
    seen += noise(world, rng, times=float(rng.choice(times)), storms=storms)
    return Leak(world, frozenset([taking.account]), contacts=tuple(seen))


def _only_noise(plan: SimulatedPlan, rng: np.random.Generator, *, storms: bool = False, mistake: float = 1.0) -> Leak:
    world = draw_world(plan, rng)
    seen = noise(world, rng, times=float(rng.choice(BACKGROUND)), storms=storms, mistake=mistake)
    return Leak(world, frozenset(), contacts=tuple(seen))


def _innocent_dump(plan: SimulatedPlan, rng: np.random.Generator, *, mistake: float = 1.0) -> Leak:
    """A dump without a decoy, in which some live rows agree with one by accident."""
    world = draw_world(plan, rng)
    columns = rng.choice([Columns.MASKED, Columns.MASKED, Columns.PHONE, Columns.WAYBILL])
    return _dumped(world, [], np.zeros(0, np.int64), rng, columns=Columns(columns), mistake=mistake)


def _overlapping(plan: SimulatedPlan, rng: np.random.Generator) -> Leak:
    """An innocent account exported or read the very rows that another leaked."""
    days = draw_days(plan, rng)
    leaker, other = (int(one) for one in rng.choice(plan.accounts, 2, replace=False))
    outlet = leaker % plan.outlets
    kinds = rng.random(4) < 0.5
    takings = [
        Taking(leaker, outlet, *days, exported=bool(kinds[0]), through_honey=bool(kinds[1])),
        Taking(other, outlet, *days, exported=bool(kinds[2]), through_honey=bool(kinds[3])),
    ]
    world = draw_world(plan, rng, takings)
    return _dumped(world, [leaker], thinned(world.taken(0), rng), rng)


def _unrecorded(plan: SimulatedPlan, rng: np.random.Generator) -> Leak:
    """The taking is missing from the record: whoever is named did not do it."""
    account = draw_account(plan, rng)
    taking = Taking(account, int(rng.integers(0, plan.outlets)), *draw_days(plan, rng), recorded=False)
    world = draw_world(plan, rng, [taking])
    return _dumped(world, [], thinned(world.taken(0), rng), rng)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("export", "one account's export, whole rows, 0-90 % dropped", _single),
    Scenario("reads", "rows one account read one by one, 0-90 % dropped", partial(_single, exported=False)),
    Scenario("rented, export", "a rented account exports another outlet's rows", partial(_single, rented=True)),
    Scenario(
        "rented, reads", "a rented account reads another outlet's rows", partial(_single, exported=False, rented=True)
    ),
    *(
        Scenario(f"coalition, {one}", f"2-5 accounts' copies, put together by {one}", partial(_coalition, strategy=one))
        for one in Strategy
    ),
    Scenario("masked", "masked number, masked name and city only", partial(_single, columns=Columns.MASKED)),
    Scenario("phone column", "only the phone numbers, which accounts share", partial(_single, columns=Columns.PHONE)),
    Scenario("name column", "only the names", partial(_single, columns=Columns.NAME)),
    Scenario("waybill column", "only the waybill numbers", partial(_single, columns=Columns.WAYBILL)),
    Scenario("decoys filtered", "the thief removes 30-90 % of the decoys", partial(_single, lost=FILTERS)),
    Scenario("re-leaks", "2-4 exports of one account in one dump", _leaked_again),
    Scenario("overlap", "an innocent account took the very same rows", _overlapping),
    Scenario("calls, content", "calls only, 60 % of which cite something", partial(_contacted, talk=TALKATIVE)),
    Scenario("calls, silent", "calls only, none says anything", partial(_contacted, talk=SILENT)),
    Scenario("SMS", "messages that name the decoy", partial(_contacted, talk=None)),
    Scenario(
        "calls, background", "cited calls among 0-10 times the stray calls",
        partial(_contacted, talk=TALKATIVE, times=BACKGROUND),
    ),
    Scenario(
        "calls, storm", "cited calls while campaigns sweep all numbers",
        partial(_contacted, talk=TALKATIVE, times=BACKGROUND, storms=True),
    ),
    Scenario("record gap", "the taking is missing from the record", _unrecorded, somebody=False),
    Scenario("no leak, calls", "0-10 times the stray calls", _only_noise, somebody=False),
    Scenario("no leak, storm", "campaigns that sweep all numbers", partial(_only_noise, storms=True), somebody=False),
    Scenario(
        "no leak, calls x10", "strangers name decoys 10 times as often as stated",
        partial(_only_noise, mistake=MISTAKE), somebody=False,
    ),
    Scenario("no leak, dump", "innocent rows that agree by accident", _innocent_dump, somebody=False),
    Scenario(
        "no leak, dump x10", "they agree 10 times as often as stated",
        partial(_innocent_dump, mistake=MISTAKE), somebody=False,
    ),
)  # fmt: skip
