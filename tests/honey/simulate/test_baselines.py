"""The four baselines against examples worked by hand."""

import math

import numpy as np
import pytest

from honey.simulate.baselines import comp, guilt, owner, tardos

WORDS = np.array([[0, 1], [1, 2], [2, 3], [4, 5]])


def test_guilt_of_the_only_holder_of_one_object_is_one_minus_the_guess() -> None:
    assert guilt([{7}], guess=0.2) == {7: pytest.approx(0.8)}


def test_guilt_shares_the_blame_among_holders_and_multiplies_over_objects() -> None:
    """Papadimitriou & Garcia-Molina: 1 - (1 - 0.8 / 2) (1 - 0.8) = 0.88 for the one, 1 - 0.6 = 0.4 for the other."""
    assert guilt([{1, 2}, {1}], guess=0.2) == {1: pytest.approx(0.88), 2: pytest.approx(0.4)}


def test_guilt_of_an_object_nobody_holds_falls_on_nobody() -> None:
    assert guilt([set()]) == {}


@pytest.mark.parametrize(
    ("positives", "accused"),
    [
        pytest.param([], [], id="nothing seen"),
        pytest.param([1], [], id="one of two numbers seen"),
        pytest.param([0, 1], [0], id="both numbers of the first"),
        pytest.param([0, 1, 2], [0, 1], id="the second is covered by others' numbers"),
        pytest.param([0, 1, 2, 3, 4, 5], [0, 1, 2, 3], id="all numbers seen"),
    ],
)
def test_comp_accuses_whoever_has_no_unseen_number(positives: list[int], accused: list[int]) -> None:
    assert comp(WORDS, positives).tolist() == accused


def test_tardos_score_by_hand() -> None:
    """p = 1/4 of four positions: up = sqrt 3. Holding the one seen: sqrt 3 + 3 / sqrt 3 = 2 sqrt 3.

    Another: -sqrt 3 for the unseen one it holds, -1 / sqrt 3 for the seen one, 2 / sqrt 3 for the rest.
    """
    words = np.array([[0], [1]])
    holder, other = 2 * math.sqrt(3), -math.sqrt(3) + 1 / math.sqrt(3)
    quantile = {"below": 0.03, "above": 0.1}  # normal tails either side of 2 sqrt 3 / sqrt 4 = 1.732: 0.0416
    assert holder / 2 == pytest.approx(1.732, abs=1e-3)
    assert other < 0
    assert tardos(words, [0], 4, alpha=2 * quantile["above"]).tolist() == [0]
    assert tardos(words, [0], 4, alpha=2 * quantile["below"]).tolist() == []


def test_tardos_scores_of_innocents_have_mean_zero_and_the_variance_of_the_positions() -> None:
    rng = np.random.default_rng(1)
    words = np.array([rng.choice(160, 4, replace=False) for _ in range(20_000)])
    assert len(tardos(words, list(range(20)), 160, alpha=20_000 * 0.5)) == pytest.approx(10_000, rel=0.3)


def test_owner_accuses_for_whom_the_decoy_was_planted_and_the_first_of_those_on_a_number() -> None:
    planted_for = np.array([10, 11, 12, 13])
    assert owner([(2,), (3, 1)], planted_for) == {12, 11}
    assert owner([], planted_for) == frozenset()
