"""What a plan can prove follows from its counts, and agrees with counting by simulation."""

import json
import random

import pytest

from honey.plan.strength import CONFIDENCE, Strength


@pytest.mark.parametrize("decoys", [1, 3, 10])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_detection_is_the_chance_that_a_leaked_share_holds_a_decoy(decoys: int, share: float) -> None:
    rng, rounds = random.Random(1), 4000
    hits = sum(any(rng.random() < share for _ in range(decoys)) for _ in range(rounds))
    assert Strength(100, decoys, 600, 4).detection(share) == pytest.approx(hits / rounds, abs=0.03)


@pytest.mark.parametrize("decoys", [1, 3, 40])
def test_the_smallest_share_exposed_is_found_with_the_stated_confidence(decoys: int) -> None:
    plan = Strength(100, decoys, 600, 4)
    assert plan.detection(plan.smallest_share) == pytest.approx(CONFIDENCE)


def test_how_many_accounts_share_a_number() -> None:
    plan = Strength(41_200, 3, 600, 4)
    assert plan.accounts_per_number == pytest.approx(274.67, abs=0.01)
    assert plan.codewords == 600 * 599 * 598 * 597 // 24
    assert Strength(41_200, 3, 0, 4).accounts_per_number == 0
    assert json.loads(json.dumps(plan.to_json()))["phone_numbers"] == 600
