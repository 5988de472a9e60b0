"""Sums of logarithms."""

import numpy as np
import pytest

from honey.codes.logs import log_mean, log_sum


def test_sums_and_means_of_numbers_far_beyond_floating_point() -> None:
    assert log_sum([5000.0, 5000.0 + np.log(3)]) == pytest.approx(5000 + np.log(4), abs=1e-9)
    assert log_mean([[-9000.0, -9000.0], [0.0, 0.0]], axis=1).tolist() == [-9000.0, 0.0]


def test_nothing_sums_to_minus_infinity() -> None:
    assert log_sum([]) == -np.inf
    assert log_sum([-np.inf, -np.inf]) == -np.inf
