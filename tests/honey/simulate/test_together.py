"""Two leaks at a time: each scenario is what its name says, and a dump's case knows only its own leak."""

from collections.abc import Iterator

import numpy as np
import pytest

from honey.model.sighting import DumpPlace, HitPlace
from honey.simulate.judge import Method, evidence, judge, ours
from honey.simulate.leak import Leak
from honey.simulate.plan import SimulatedPlan
from honey.simulate.run import ALL_TOGETHER, Count, Job, chosen, simulate
from honey.simulate.scenarios import SCENARIOS
from honey.simulate.together import TOGETHER

PLAN = SimulatedPlan(accounts=60, outlets=6, numbers=100)
BY_NAME = {one.name: one for one in TOGETHER}
DUMPS = [name for name in BY_NAME if not name.startswith("two")]


def played(name: str, times: int = 30) -> Iterator[Leak]:
    for case in range(times):
        yield BY_NAME[name].play(PLAN, np.random.default_rng([3, case]))


def messages(leak: Leak) -> set[int]:
    """Decoys that a message named: what strangers bring are calls."""
    return {one.decoys[0] for one in leak.contacts if one.channel == "sms"}


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_is_one_accounts_and_the_other_is_contacted(name: str) -> None:
    contacted = set[int]()
    for leak in played(name):
        first, second = leak.world.takings
        assert leak.leakers == {first.account} != {second.account}
        assert leak.dump is not None
        assert not any(one.channel for one in leak.dump)
        assert all(one.channel for one in leak.contacts)
        mine, others = (set(leak.world.taken(at).tolist()) for at in (0, 1))
        assert messages(leak) <= (mine | others if name == "masked, both called" else others)
        contacted |= messages(leak)
    assert contacted


@pytest.mark.parametrize("name", ["dump, other called", "dump, same rows called"])
def test_whole_rows_of_a_dump_are_those_of_its_leak(name: str) -> None:
    for leak in played(name):
        assert {decoy for one in leak.dump or () for decoy in one.decoys} <= set(leak.world.taken(0).tolist())


@pytest.mark.parametrize("name", [one for one in BY_NAME if "same rows" in one])
def test_the_same_rows_are_of_one_outlet_and_in_half_of_the_cases_of_the_same_days(name: str) -> None:
    takings = [leak.world.takings for leak in played(name, 60)]
    assert all(first.outlet == second.outlet for first, second in takings)
    same = sum((one.first_day, one.last_day) == (other.first_day, other.last_day) for one, other in takings)
    assert 20 < same < 50
    assert {one.exported for pair in takings for one in pair} == {True, False}


@pytest.mark.parametrize("name", ["two called", "two called, same rows"])
def test_two_are_called_and_no_dump_is_found(name: str) -> None:
    for leak in played(name):
        assert leak.dump is None
        assert len(leak.leakers) == 2


def test_a_dumps_case_holds_all_its_rows_and_those_contacts_that_join_it() -> None:
    joined = 0
    for leak in played("masked, both called"):
        asked = evidence(leak)
        rows = [one for one in asked.sightings if isinstance(one.place, DumpPlace)]
        hits = [one for one in asked.sightings if isinstance(one.place, HitPlace)]
        assert len(rows) == len(leak.dump or ())
        assert len(hits) <= sum(one.chance < 1 for one in leak.contacts)
        joined += bool(hits)
    assert 0 < joined < 30


@pytest.mark.parametrize(
    ("name", "seed", "case"),
    [
        pytest.param("masked, same rows called", 20261122, 113, id="the other thief, who led"),
        pytest.param("dump, same rows called", 20261122, 670, id="the other thief, as likely as the first"),
        pytest.param("dump, same rows called", 20261122, 562, id="who read rows of both"),
        pytest.param("masked, same rows called", 77, 11958, id="the other thief, by rows the dump lacks"),
    ],
)
def test_who_was_once_named_for_anothers_dump_is_named_no_more(name: str, seed: int, case: int) -> None:
    """Contacts joined through the first of a shortlist, or by decoys that lay in the host: docs/decisions/0010."""
    leak = BY_NAME[name].play(SimulatedPlan(), np.random.default_rng([seed, case]))
    assert ours(evidence(leak), by_contact=False).named <= leak.leakers


def test_together_stands_for_all_scenarios_of_two_leaks_and_the_ordinary_run_for_none() -> None:
    assert chosen([ALL_TOGETHER]) == TOGETHER
    assert chosen([]) == SCENARIOS
    assert chosen(["two called", "export"]) == (BY_NAME["two called"], SCENARIOS[0])
    assert not {one.name for one in SCENARIOS} & {ALL_TOGETHER, *BY_NAME}


def test_the_ordinary_runs_first_cases_are_what_they_always_were() -> None:
    """So are all figures of docs/results.md: a case depends on its number, the seed and its scenario alone."""
    counted = simulate(Job(SimulatedPlan(), 20261122, ()), 140)
    said = {method: counted.total(method) for method in Method}
    assert {method: (one.detected, one.identified, one.false_accusations) for method, one in said.items()} == {
        Method.OURS: (83, 38, 0),
        Method.GUILT: (42, 31, 15),
        Method.COMP: (17, 13, 12),
        Method.TARDOS: (1, 1, 0),
        Method.OWNER: (62, 3, 98),
    }


def test_leakers_that_stand_first_and_that_are_named_are_counted_one_by_one() -> None:
    leaks = list(played("two called", 20))
    counted = simulate(Job(PLAN, 1, ("two called",)), 20).counts["two called", Method.OURS]
    assert (counted.cases, counted.leakers) == (20, 40)
    assert counted.identified <= counted.named <= counted.leading <= 40
    found = [judge(leak)[Method.OURS] for leak in leaks]
    for leak, one in zip(leaks, found, strict=True):
        said = Count.of(one, leak.leakers)
        assert (said.leading, said.named) == (len(one.leading & leak.leakers), len(one.named & leak.leakers))
        assert one.leading <= one.listed
