"""The accusation rule."""

import numpy as np
import pytest

from honey.codes.accuse import abstain, accused, case_alpha, dependent, independent, log_bar


def test_all_cases_together_spend_no_more_than_the_budget() -> None:
    spent = sum(case_alpha(case, 1e-6) for case in range(1, 200_000))
    assert 0.9999e-6 < spent < 1e-6
    assert case_alpha(1) > case_alpha(2) > case_alpha(3)


def test_only_values_at_the_bar_are_named_strongest_first() -> None:
    bar = log_bar(5, 1e-3)
    assert bar == pytest.approx(np.log(5000))
    assert accused(np.array([bar, bar - 1e-9, 0.0, bar + 3, -np.inf]), 1e-3).tolist() == [3, 0]


def test_independent_values_multiply_and_dependent_ones_are_averaged() -> None:
    first, second = np.log([2.0, 10.0]), np.log([8.0, 0.1])
    assert np.exp(independent([first, second])) == pytest.approx([16.0, 1.0])
    assert np.exp(dependent([first, second])) == pytest.approx([5.0, 5.05])


def test_an_abstention_counts_the_shortlist_and_what_is_missing_but_names_nobody() -> None:
    posterior = np.array([0.4, 0.1, 0.4, 0.06, 0.04])
    values = np.array([log_bar(5, 1e-3) - 10 * np.log(2), 0, 1, 0, 0])
    found = abstain(values, posterior, 1e-3, bits_per_contact=2.5)
    assert found.shortlist == 4
    assert found.missing_bits == pytest.approx(10)
    assert found.extra_contacts == pytest.approx(4)


@pytest.mark.parametrize(("case", "alpha"), [(0, 0.1), (1, 0.0), (1, 1.0)])
def test_impossible_budgets_are_refused(case: int, alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        case_alpha(case, alpha)
