"""The simulated record is what it says it is."""

import numpy as np
import pytest

from honey.trace.accesslog.record import AccessEvidence
from honey.trace.accesslog.simulated import EVERY_DAY, Told, World, WorldSize, simulate_leak

SIZE = WorldSize(accounts=2_000, outlets=10, days=12, rows_a_day=300, least_rows=50, most_rows=2_000)


@pytest.fixture(scope="module")
def world() -> World:
    return World.draw(SIZE, 7)


def account(evidence: AccessEvidence, number: int) -> int:
    return next(at for at, name in enumerate(evidence.accounts) if name == f"A{number:06d}")


def test_the_same_seed_gives_the_same_record(world: World) -> None:
    first, second = (simulate_leak(world, [500], rows=40, seed=3) for _ in range(2))
    assert first.accounts == second.accounts
    assert first.access_row.tolist() == second.access_row.tolist()


def test_the_leaker_accessed_every_leaked_row_and_nobody_accessed_more_than_there_is(world: World) -> None:
    evidence = simulate_leak(world, [500], rows=40, seed=3)
    own = evidence.access_release[evidence.release_account[evidence.access_release] == account(evidence, 500)]
    assert len(own) == 40
    assert (evidence.by_account.rows <= evidence.stratum_rows[evidence.by_account.stratum]).all()


def test_the_manager_of_an_outlet_accessed_every_row_there(world: World) -> None:
    assert (world.crew[: SIZE.outlets] == EVERY_DAY).all()
    evidence = simulate_leak(world, [500], rows=40, seed=3)
    manager = account(evidence, int(world.home[500]))
    there = evidence.by_account.rows[evidence.by_account.holder == manager]
    assert (there == SIZE.rows_a_day).all()


def test_a_leaker_that_the_record_misses_is_in_no_part_of_it(world: World) -> None:
    evidence = simulate_leak(world, [500], rows=40, seed=3, told=Told(leakers=False))
    assert "A000500" not in evidence.accounts


def test_exports_by_day_have_one_release_for_each_stratum(world: World) -> None:
    evidence = simulate_leak(world, [500], rows=40, seed=3, told=Told(exports=True))
    own = np.flatnonzero(evidence.release_account == account(evidence, 500))
    assert len(own) == len({int(evidence.row_stratum[row]) for row in range(evidence.rows)})
    assert all(evidence.releases[one] for one in own)


def test_told_by_halves_a_stratum_holds_half_the_rows_of_a_day(world: World) -> None:
    evidence = simulate_leak(world, [500], rows=40, seed=3, told=Told(halves=True))
    assert set(evidence.stratum_rows.tolist()) == {SIZE.rows_a_day // 2}
