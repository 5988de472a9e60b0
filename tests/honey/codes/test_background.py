"""Stray contacts per number."""

from math import exp, lgamma, log

import numpy as np
import pytest

from honey.codes.background import PRIOR_MEAN_PER_DAY, PRIOR_SHAPE, control_factor, learn_background, poisson_log_pmf


def test_without_a_burn_in_the_published_figures_stand() -> None:
    found = learn_background(np.zeros(5, np.int64), 0.0)
    assert (found.shape, found.mean_per_day) == (PRIOR_SHAPE, PRIOR_MEAN_PER_DAY)
    law = np.exp(found.log_pmf(30.0, 2000)[0])
    assert law.sum() == pytest.approx(1, abs=1e-6)
    assert law @ np.arange(2001) == pytest.approx(30 * PRIOR_MEAN_PER_DAY, rel=1e-4)
    assert 1 - law[0] == pytest.approx(0.56, abs=0.01)  # literature.md section 6


def test_the_law_is_the_negative_binomial() -> None:
    found = learn_background(np.array([4, 0]), 10.0)
    shape, scale = 4 + found.shape, found.shape / found.mean_per_day + 10.0
    for y in (0, 1, 7):
        term = lgamma(y + shape) - lgamma(shape) - lgamma(y + 1)
        expected = term + shape * log(scale / (scale + 6)) + y * log(6 / (scale + 6))
        assert found.log_pmf(3.0, 10, factor=2.0)[0, y] == pytest.approx(expected)


@pytest.mark.parametrize(("true_shape", "low", "high"), [(0.1, 0.1, 0.33), (0.33, 0.33, 0.33), (100.0, 3.0, 100.0)])
def test_a_long_burn_in_tells_even_numbers_from_uneven_ones(true_shape: float, low: float, high: float) -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(true_shape, 0.1 / true_shape, 400) * 90)
    found = learn_background(counts, 90.0)
    assert low <= found.shape <= high
    assert found.mean_per_day == pytest.approx(counts.mean() / 90, rel=0.05)


def test_a_number_that_rang_in_burn_in_is_believed_less_afterwards() -> None:
    found = learn_background(np.array([0] * 50 + [9]), 90.0).log_pmf(30.0, 3)
    assert found[50, 1] > found[0, 1] + 1


def test_noisier_controls_raise_the_expected_background() -> None:
    assert control_factor(20, 5.0) > 2
    assert control_factor(0, 0.0) == 1.0
    calm, noisy = (learn_background(np.zeros(3, np.int64), 0.0).log_pmf(30.0, 5, factor=one) for one in (1.0, 3.0))
    assert noisy[0, 1] != calm[0, 1]
    assert noisy[0, 0] < calm[0, 0]


def test_known_means_give_poisson_laws() -> None:
    assert poisson_log_pmf(np.array([0.5, 2.0]), 4)[1, 3] == pytest.approx(log(exp(-2) * 8 / 6))


def test_negative_burn_ins_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        learn_background(np.array([-1]), 1.0)
