"""The inquiry about simulated evidence is what the registry would tell of the same world."""

from collections import defaultdict

import numpy as np
import pytest

from honey.simulate.leak import Leak
from honey.simulate.plan import SimulatedPlan
from honey.simulate.record import inquire
from honey.simulate.scenarios import SCENARIOS
from honey.trace.inquiry import Inquiry

PLAN = SimulatedPlan(accounts=40, outlets=5, numbers=40)


@pytest.fixture(scope="module", params=["export", "phone column", "coalition, coin", "calls, storm", "record gap"])
def leak(request: pytest.FixtureRequest) -> Leak:
    play = next(one.play for one in SCENARIOS if one.name == request.param)
    return play(PLAN, np.random.default_rng(6))


def test_releases_are_exactly_those_that_hold_a_decoy_of_the_evidence(leak: Leak) -> None:
    world, seen = leak.world, {decoy for one in leak.seen for decoy in one.decoys}
    wanted = set[tuple[str, str | None, frozenset[str]]]()
    for export in range(len(world.exports.account)):
        held = set(world.carried_by(export).tolist())
        if held & seen:
            wanted.add((f"A-{world.exports.account[export]}", f"E-{export}", frozenset(f"D-{one}" for one in held)))
    for account in range(PLAN.accounts):
        held = set(world.read_by(account).tolist())
        if held & seen:
            wanted.add((f"A-{account}", None, frozenset(f"D-{one}" for one in held)))
    releases = inquire(world, leak.seen).releases
    assert {(one.account, one.export, one.decoys) for one in releases} == wanted
    assert len(releases) == len(wanted)


def test_counts_are_of_all_exports_and_one_for_reading(leak: Leak) -> None:
    world, asked = leak.world, inquire(leak.world, leak.seen)
    counts: dict[str, int] = defaultdict(int)
    for account in world.exports.account.tolist():
        counts[f"A-{account}"] += 1
    for account in set(world.reader.tolist()):
        counts[f"A-{account}"] += 1
    concerned = {one.account for one in asked.releases}
    assert dict(asked.release_counts) == {name: count for name, count in counts.items() if name in concerned}


def test_touched_outlets_come_with_all_their_residents(leak: Leak) -> None:
    world, asked = leak.world, inquire(leak.world, leak.seen)
    seen = {decoy for one in leak.seen for decoy in one.decoys if decoy < PLAN.residents}
    assert set(asked.residents) == {f"OUT-{world.outlet[one]}" for one in seen}
    assert all(len(held) == PLAN.residents / PLAN.outlets for held in asked.residents.values())
    assert asked.settings.residents == PLAN.residents


def test_the_inquiry_survives_the_form_a_bundle_keeps_it_in(leak: Leak) -> None:
    asked = inquire(leak.world, leak.seen)
    assert Inquiry.from_json(asked.to_json()) == asked
