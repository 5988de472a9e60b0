"""A simulated company holds what its plan says, and takings lie where they were put."""

import numpy as np
import pytest

from honey.errors import ConfigError
from honey.simulate.plan import SimulatedPlan
from honey.simulate.world import Taking, World, draw_world

PLAN = SimulatedPlan(accounts=60, outlets=6, numbers=50)
EXPORTED = Taking(account=11, outlet=2, first_day=3, last_day=5)
READ = Taking(account=12, outlet=4, first_day=0, last_day=9, exported=False)
HIDDEN = Taking(account=13, outlet=1, first_day=2, last_day=4, recorded=False)


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(PLAN, np.random.default_rng(5), [READ, EXPORTED, HIDDEN])


def test_every_account_holds_as_many_different_planted_numbers_as_planned(world: World) -> None:
    assert world.codewords.shape == (60, 4)
    assert all(len(set(word)) == 4 for word in world.codewords.tolist())
    assert 0 <= world.codewords.min() <= world.codewords.max() < PLAN.planted_numbers == 40


@pytest.mark.parametrize("size", [1, 2, 6, 7, 39, 40])
def test_codewords_of_any_size_repeat_no_number(size: int) -> None:
    plan = SimulatedPlan(accounts=30, outlets=3, numbers=50, numbers_per_account=size)
    words = draw_world(plan, np.random.default_rng(1)).codewords
    assert all(len(set(word)) == size for word in words.tolist())


def test_codewords_use_all_numbers_alike() -> None:
    words = draw_world(SimulatedPlan(accounts=20_000), np.random.default_rng(1)).codewords
    counts = np.bincount(words.ravel(), minlength=160)
    assert counts.min() > 400
    assert counts.max() < 600


def test_every_planted_decoy_carries_a_number_of_its_accounts_codeword(world: World) -> None:
    for decoy in np.flatnonzero(world.number >= 0).tolist():
        assert world.number[decoy] in world.codewords[world.owner[decoy]]


def test_exports_that_bypass_honey_carry_no_decoys_of_their_own(world: World) -> None:
    past = int(np.flatnonzero(~world.exports.through_honey)[0])
    assert (world.number[world.added_to(past)] == -1).all()
    assert world.carried_by(past).max(initial=0) < PLAN.residents


def test_an_exported_taking_holds_its_outlets_rows_of_those_days_and_its_own_decoys(world: World) -> None:
    taken = world.taken(1)
    residents = taken[taken < PLAN.residents]
    assert set(world.outlet[residents].tolist()) == {2}
    assert set(world.day[residents].tolist()) <= {3, 4, 5}
    wanted = np.flatnonzero((world.outlet == 2) & (world.day >= 3) & (world.day <= 5))
    assert sorted(residents.tolist()) == wanted.tolist()
    assert len(taken) - len(residents) == PLAN.export_decoys
    assert set(world.owner[taken[taken >= PLAN.residents]].tolist()) == {11}


def test_a_reading_taking_is_in_the_readers_record(world: World) -> None:
    assert set(world.taken(0).tolist()) == set(np.flatnonzero(world.outlet == 4).tolist())
    assert set(world.taken(0).tolist()) <= set(world.read_by(12).tolist())


def test_an_unrecorded_taking_leaves_no_trace_in_the_record() -> None:
    alone = draw_world(PLAN, np.random.default_rng(5), [HIDDEN])
    without = draw_world(PLAN, np.random.default_rng(5))
    assert (alone.exports.account == without.exports.account).all()
    assert alone.read.tolist() == without.read.tolist()
    assert len(alone.taken(0))


def test_decoys_on_a_number_are_all_that_carry_it(world: World) -> None:
    for number in range(PLAN.planted_numbers):
        assert world.on_number(number) == tuple(np.flatnonzero(world.number == number).tolist())


def test_nobody_reads_a_row_twice_and_own_rows_are_mostly_read(world: World) -> None:
    pairs = list(zip(world.reader.tolist(), world.read.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    own = sum(1 for reader, decoy in pairs if decoy // PLAN.decoys == reader)
    assert own > 0.8 * PLAN.residents


@pytest.mark.parametrize(
    "wrong",
    [
        {"accounts": 1}, {"outlets": 0}, {"outlets": 300}, {"numbers": 4}, {"numbers_per_account": 161}, {"decoys": 0},
        {"export_decoys": 0}, {"threshold": 1.0}, {"threshold": 0.5}, {"accounts": 10_000_000},
    ],
    ids=str,
)  # fmt: skip
def test_counts_that_make_no_world_are_refused_by_name(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong)).split("_")[0]):
        SimulatedPlan(**wrong)
