"""Accounts ranked for 100 leaked real rows by the access record: how often right, how often wrong, how fast.

100,000 accounts that accessed 500 to 50,000 of 10,000,000 rows each, in crews that share outlets and days, under a
manager of each outlet who accessed every row there; everything from SEED. "by count" ranks by leaked rows accessed
alone. CPU seconds of one core.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from honey.model.account import AccountId
from honey.trace.access_rank import rank_accounts
from honey.trace.accesslog.proof import log_e_values
from honey.trace.accesslog.record import AccessEvidence
from honey.trace.accesslog.score import Hypotheses
from honey.trace.accesslog.simulated import Told, World, WorldSize, simulate_leak

SEED = 20261122
ROWS = 100
ALPHA = 1e-6  # a case
LOOSE = 1e-3  # shown beside it, for false accusations
GROWTH = (25_000, 50_000, 100_000, 200_000)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of leak, tried `cases` times."""

    name: str
    cases: int
    leakers: int = 1
    told: Told = field(default_factory=Told)
    shift_share: float = 0.0
    same_crew: bool = False  # the leakers work the same outlet on the same days


SCENARIOS = (
    Scenario("one leaker", 400),
    Scenario("one leaker, exports by day", 30, told=Told(exports=True)),
    Scenario("two leakers", 60, leakers=2),
    Scenario("two leakers of one crew", 40, leakers=2, same_crew=True),
    Scenario("three leakers", 30, leakers=3),
    Scenario("leaker not in the record", 100, told=Told(leakers=False)),
    Scenario("same, fixed shifts, half days", 30, told=Told(leakers=False, halves=True), shift_share=0.6),
    Scenario("same, fixed shifts, whole days", 30, told=Told(leakers=False), shift_share=0.6),
)


@dataclass(slots=True)
class Tally:
    """What the cases of a scenario came to."""

    first: int = 0  # every leaker among the first suspects
    by_count: int = 0
    proven: int = 0  # every leaker, at ALPHA
    wrong: int = 0  # cases that prove an innocent, at LOOSE
    log10_e: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = field(default_factory=list)  # of innocents


def main() -> None:
    """Run the scenarios, then the growth with the number of accounts."""
    print(
        f"{ROWS} leaked rows, {WorldSize().accounts:,} accounts, seed {SEED}; proven at {ALPHA:g}, wrong at {LOOSE:g}"
    )
    print(f"  {'':32}{'cases':>6} {'all first':>20} {'by count':>9} {'all proven':>11} {'wrong':>6}"
          f" {'mean E':>8} {'E>=10':>8} {'E>=100':>8}")  # fmt: skip
    worlds: dict[float, World] = {}
    for one in SCENARIOS:
        if one.shift_share not in worlds:
            worlds[one.shift_share] = World.draw(WorldSize(shift_share=one.shift_share), SEED)
        _show(one, _run(one, worlds[one.shift_share]))
    print("growth: M, accounts that accessed a leaked row, accesses to leaked rows, CPU seconds, accounts a second")
    for accounts in GROWTH:
        _growth(accounts)


def _run(scenario: Scenario, world: World) -> Tally:
    tally, rng = Tally(), np.random.default_rng(SEED)
    for case in range(scenario.cases):
        guilty = _leakers(scenario, world, rng)
        evidence = simulate_leak(world, guilty, rows=ROWS, seed=SEED + case, told=scenario.told)
        truth = {AccountId(f"A{one:06d}") for one in guilty}
        found = rank_accounts(evidence)
        tally.first += all(truth & set(one.accounts) for one in found.suspects[: len(guilty)])
        tally.by_count += set(_by_count(evidence)[: len(guilty)]) == truth
        tally.proven += truth <= {name for one in found.proven(ALPHA) for name in one.accounts}
        tally.wrong += any(not truth & set(one.accounts) for one in found.proven(LOOSE))
        log_e = log_e_values(evidence, Hypotheses.of(evidence), np.ones(evidence.rows, dtype=np.bool_))
        tally.log10_e.append(log_e[[name not in truth for name in evidence.accounts]] / math.log(10))
    return tally


def _leakers(scenario: Scenario, world: World, rng: np.random.Generator) -> list[int]:
    if not scenario.same_crew:
        return [
            int(one)
            for one in world.size.outlets
            + rng.choice(world.size.accounts - world.size.outlets, scenario.leakers, replace=False)
        ]
    first = int(rng.integers(world.size.outlets, world.size.accounts))
    mates = np.flatnonzero((world.home == world.home[first]) & (world.crew == world.crew[first]))
    others = rng.choice(mates[mates != first], scenario.leakers - 1, replace=False)
    return [first, *(int(one) for one in others)]


def _by_count(evidence: AccessEvidence) -> list[AccountId]:
    pairs = {
        (int(evidence.release_account[release]), int(row))
        for release, row in zip(evidence.access_release, evidence.access_row, strict=True)
    }
    counts = np.bincount([account for account, _ in pairs], minlength=len(evidence.accounts))
    return [evidence.accounts[at] for at in np.argsort(-counts, kind="stable")]


def _show(scenario: Scenario, tally: Tally) -> None:
    low, high = _interval(tally.first, scenario.cases)
    e = np.concatenate(tally.log10_e)
    caught = f"{tally.first / scenario.cases:6.1%} ({low:.1%}-{high:.1%})" if scenario.told.leakers else "-"
    count, proven = (
        f"{one / scenario.cases:.1%}" if scenario.told.leakers else "-" for one in (tally.by_count, tally.proven)
    )
    print(f"  {scenario.name:32}{scenario.cases:6} {caught:>20} {count:>9} {proven:>11} {tally.wrong:6}"
          f" {np.mean(10.0**e):8.2g} {np.mean(e >= 1):8.1e} {np.mean(e >= 2):8.1e}", flush=True)  # fmt: skip


def _interval(hits: int, cases: int) -> Iterator[float]:
    """Yield the ends of the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, hits / cases
    middle, width = share + z * z / (2 * cases), z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases**2))
    yield max(0.0, (middle - width) / (1 + z * z / cases))
    yield min(1.0, (middle + width) / (1 + z * z / cases))


def _growth(accounts: int) -> None:
    world = World.draw(WorldSize(accounts=accounts), SEED)
    evidence = simulate_leak(world, [accounts // 2], rows=ROWS, seed=SEED)
    rank_accounts(evidence)  # caches warm
    started = time.process_time()
    for _ in range(5):
        rank_accounts(evidence)
    seconds = (time.process_time() - started) / 5
    print(f"  {accounts:9,} {len(evidence.accounts):8,} {len(evidence.access_row):9,} {seconds:8.3f}"
          f" {accounts / seconds:12,.0f}", flush=True)  # fmt: skip
