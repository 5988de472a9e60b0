"""Confidence limits against published and closed-form values."""

import math

import pytest

from honey.simulate.limits import limits


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        pytest.param(0, 10, 0.0, 0.3085, id="none of ten"),
        pytest.param(1, 10, 0.0025, 0.4450, id="one of ten"),
        pytest.param(5, 10, 0.1871, 0.8129, id="half of ten"),
        pytest.param(10, 10, 0.6915, 1.0, id="all of ten"),
        pytest.param(5, 100, 0.0164, 0.1128, id="five of a hundred"),
    ],
)
def test_limits_are_those_of_clopper_and_pearson(hits: int, cases: int, low: float, high: float) -> None:
    assert limits(hits, cases) == pytest.approx((low, high), abs=5e-5)


def test_none_of_a_million_is_below_four_in_a_million() -> None:
    """Closed form: 1 - 0.025 ** (1 / n)."""
    assert limits(0, 1_000_000)[1] == pytest.approx(-math.expm1(math.log(0.025) / 1_000_000), rel=1e-9)


def test_large_counts_agree_with_the_normal_approximation() -> None:
    low, high = limits(50_000, 100_000)
    assert (high - low) / 2 == pytest.approx(1.96 * math.sqrt(0.25 / 100_000), rel=3e-3)


def test_nothing_tried_says_nothing() -> None:
    assert limits(0, 0) == (0.0, 1.0)


def test_more_hits_than_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0"):
        limits(3, 2)
