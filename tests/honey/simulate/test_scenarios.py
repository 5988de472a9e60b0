"""Each scenario produces what its name says."""

from collections.abc import Iterator

import numpy as np
import pytest

from honey.simulate import contacts
from honey.simulate.coalition import Strategy, put_together
from honey.simulate.leak import Leak, Scenario
from honey.simulate.plan import SimulatedPlan
from honey.simulate.population import stated_shares
from honey.simulate.scenarios import SCENARIOS
from honey.simulate.world import World, draw_world
from honey.trace import chances

PLAN = SimulatedPlan(accounts=60, outlets=6, numbers=100)
BY_NAME = {one.name: one for one in SCENARIOS}
COPIES = [np.array([1, 2, 3, 4]), np.array([2, 3, 4, 5]), np.array([3, 4, 5, 6])]


def played(name: str, times: int = 60) -> Iterator[Leak]:
    for case in range(times):
        yield BY_NAME[name].play(PLAN, np.random.default_rng([3, case]))


def single(leak: Leak) -> set[int]:
    """Decoys that the evidence names alone and beyond chance."""
    return {one.decoys[0] for one in leak.seen if len(one.decoys) == 1 and one.chance < 1}


def held(leak: Leak) -> set[int]:
    return {decoy for at in range(len(leak.world.takings)) for decoy in leak.world.taken(at).tolist()}


def test_names_are_unique_and_every_scenario_says_what_it_is() -> None:
    assert len(BY_NAME) == len(SCENARIOS)
    assert all(one.what for one in SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_leakers_are_there_exactly_where_there_is_somebody_to_name(scenario: Scenario) -> None:
    for leak in played(scenario.name, 20):
        assert bool(leak.leakers) is scenario.somebody
        assert all(0 <= one < PLAN.accounts for one in leak.leakers)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_the_same_generator_gives_the_same_case(scenario: Scenario) -> None:
    one, other = (scenario.play(PLAN, np.random.default_rng(9)) for _ in range(2))
    assert (one.leakers, one.seen) == (other.leakers, other.seen)


@pytest.mark.parametrize(
    "name",
    ["export", "reads", "rented, export", "rented, reads", "waybill column", "decoys filtered", "re-leaks", "overlap"],
)
def test_a_dump_holds_only_decoys_that_were_taken_and_misses_some(name: str) -> None:
    shares = []
    for leak in played(name):
        assert single(leak) <= held(leak)
        shares.append(len(single(leak)) / max(1, len(held(leak))))
    assert min(shares) < 0.5


@pytest.mark.parametrize(("name", "least", "most"), [("export", 1, 1), ("re-leaks", 2, 4), ("overlap", 2, 2)])
def test_as_many_takings_as_the_scenario_says(name: str, least: int, most: int) -> None:
    counts = {len(leak.world.takings) for leak in played(name)}
    assert (min(counts), max(counts)) == (least, most)


def test_a_rented_account_takes_rows_of_another_outlet() -> None:
    for leak in played("rented, export"):
        (taking,) = leak.world.takings
        assert leak.world.outlet_of[taking.account] != taking.outlet
        assert leak.leakers == {taking.account}


def test_coalitions_have_two_to_five_different_accounts() -> None:
    sizes = {len(leak.leakers) for leak in played("coalition, merge")}
    assert sizes == {2, 3, 4, 5}


@pytest.mark.parametrize(
    ("strategy", "always", "sometimes"),
    [
        (Strategy.MERGE, {1, 2, 3, 4, 5, 6}, set()),
        (Strategy.INTERSECT, {3, 4}, set()),
        (Strategy.MAJORITY, {2, 3, 4, 5}, set()),
        (Strategy.MINORITY, {1, 6}, set()),
        (Strategy.INTERLEAVE, {3, 4}, {1, 2, 5, 6}),
        (Strategy.COIN, {3, 4}, {1, 2, 5, 6}),
    ],
)
def test_a_strategy_keeps_what_it_says(strategy: Strategy, always: set[int], sometimes: set[int]) -> None:
    kept = [set(put_together(COPIES, strategy, np.random.default_rng(at)).tolist()) for at in range(200)]
    assert set.intersection(*kept) == always
    assert set.union(*kept) == always | sometimes


def test_interleaving_keeps_a_row_as_often_as_colluders_hold_it() -> None:
    rng = np.random.default_rng(1)
    times = sum(1 in put_together(COPIES, Strategy.INTERLEAVE, rng).tolist() for _ in range(3000))
    assert times / 3000 == pytest.approx(1 / 3, abs=0.03)


def test_a_column_of_phones_names_no_decoy_alone_where_numbers_are_shared() -> None:
    sizes = [len(one.decoys) for leak in played("phone column") for one in leak.seen]
    assert max(sizes) > 3
    assert sizes.count(1) < len(sizes) / 5


def test_a_column_of_names_is_no_evidence() -> None:
    assert not any(leak.seen for leak in played("name column"))


def test_silent_calls_state_nothing_but_what_strangers_do() -> None:
    for leak in played("calls, silent"):
        assert {one.chance for one in leak.seen} <= {chances.BARE_CONTACT, *stated_shares()}


def test_messages_name_leaked_decoys() -> None:
    for leak in played("SMS"):
        messages = {one.decoys[0] for one in leak.seen if one.channel == "sms"}
        assert messages <= held(leak)


def test_what_overlaps_is_the_very_same_rows_of_one_innocent_account() -> None:
    for leak in played("overlap"):
        thief, other = leak.world.takings
        assert (thief.outlet, thief.first_day, thief.last_day) == (other.outlet, other.first_day, other.last_day)
        assert leak.leakers == {thief.account} != {other.account}


def test_a_gap_leaves_the_record_as_if_nothing_was_taken() -> None:
    for leak in played("record gap"):
        (taking,) = leak.world.takings
        assert not taking.recorded
        assert single(leak) <= set(range(PLAN.residents))


def test_no_leak_names_a_decoy_only_by_accident() -> None:
    full = [one for leak in played("no leak, calls") for one in leak.seen]
    assert {one.chance for one in full} <= {chances.BARE_CONTACT, *stated_shares(), chances.STATED_NAME}
    rows = [len(leak.seen) for leak in played("no leak, dump", 200)]
    more = [len(leak.seen) for leak in played("no leak, dump x10", 200)]
    assert sum(rows) < sum(more) < 400


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(PLAN, np.random.default_rng(1))


def test_stray_calls_come_as_often_as_they_were_counted_on_unpublished_numbers(world: World) -> None:
    rng = np.random.default_rng(2)
    rung = [
        len({one.decoys for one in contacts.background(world, rng, times=0.1) if one.chance == 1}) for _ in range(100)
    ]
    expected = -np.expm1(-0.1 * 30 / 8.42) * PLAN.planted_numbers
    assert np.mean(rung) == pytest.approx(expected, rel=0.1)
    assert not contacts.background(world, rng, times=0.0)


def test_a_storm_sweeps_every_number_that_carries_a_decoy(world: World) -> None:
    carrying = sum(1 for number in range(PLAN.planted_numbers) if world.on_number(number))
    for at in range(8):
        swept = contacts.storm(world, np.random.default_rng(at))
        assert sum(1 for one in swept if one.chance == 1) == carrying


def test_shares_of_calls_above_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        contacts.Talk(0.7, 0.4)


def test_a_storm_weighs_little_however_many_numbers_it_rings() -> None:
    """Hundreds of decoys lie on its numbers, so some agree by accident; for one account the mean is 1."""
    weights = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        told = [one for one in contacts.storm(draw_world(PLAN, rng), rng) if one.chance < 1]
        weights.append(float(np.prod([1 / one.chance for one in told])))
    assert np.mean(weights) < 5
    assert np.quantile(weights, 0.95) < 20
