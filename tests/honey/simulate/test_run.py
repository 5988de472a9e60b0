"""Counts depend on the seed, the plan and the cases, and on nothing else."""

import pytest

from honey.errors import ConfigError
from honey.simulate.judge import Method, ours
from honey.simulate.plan import SimulatedPlan
from honey.simulate.record import inquire
from honey.simulate.run import BLOCK_CASES, Count, Job, Outcome, chosen, play, run_block, simulate
from honey.simulate.scenarios import SCENARIOS

SMALL = SimulatedPlan(accounts=30, outlets=3, numbers=40)
JOB = Job(SMALL, 5, ())


def test_the_same_seed_gives_the_same_counts_and_another_seed_others() -> None:
    assert simulate(JOB, 60) == simulate(JOB, 60)
    assert simulate(JOB, 60) != simulate(Job(SMALL, 6, ()), 60)


def test_two_processes_count_what_one_counts() -> None:
    told = list[int]()
    cases = 2 * BLOCK_CASES + 7
    job = Job(SMALL, 5, ("export", "no leak, dump"))
    assert simulate(job, cases, workers=2, done=told.append) == simulate(job, cases)
    assert sum(told) == cases


def test_more_cases_begin_with_the_same_ones() -> None:
    assert run_block(JOB, range(60)) == run_block(JOB, range(30)).plus(run_block(JOB, range(30, 60)))


def test_every_scenario_and_method_is_counted_even_where_nothing_was_played() -> None:
    outcome = simulate(JOB, 3)
    assert set(outcome.counts) == {(one.name, method) for one in SCENARIOS for method in Method}
    assert outcome.total(Method.OURS).cases == 3


def test_counts_never_exceed_the_cases() -> None:
    for one in simulate(JOB, 112).counts.values():
        assert one.identified <= one.detected <= one.cases == 4
        assert one.false_accusations <= one.cases


def test_nobody_is_identified_where_there_is_nobody_to_name() -> None:
    outcome = simulate(Job(SMALL, 5, tuple(one.name for one in SCENARIOS if not one.somebody)), 60)
    assert all(one.identified == one.detected == 0 for one in outcome.counts.values())


def test_a_wrong_case_can_be_played_again_by_its_number() -> None:
    """Leaks the record knows nothing of are where ours is wrong: see docs/results.md."""
    job = Job(SimulatedPlan(), 1, ("record gap",))
    outcome = simulate(job, 150)
    assert len(outcome.wrong_cases) == outcome.total(Method.OURS).false_accusations > 0
    scenario, leak = play(job, outcome.wrong_cases[0])
    assert scenario.name == "record gap"
    assert ours(inquire(leak.world, leak.seen), by_contact=False).named - leak.leakers


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no scenario 'exports': known are export, reads"):
        chosen(["exports"])


def test_outcomes_add_up() -> None:
    key = ("export", Method.OURS)
    one, other = Outcome({key: Count(2, 1, 1, 0)}, (7,)), Outcome({key: Count(3, 2, 1, 1)}, (3,))
    assert one.plus(other) == Outcome({key: Count(5, 3, 2, 1)}, (3, 7))
