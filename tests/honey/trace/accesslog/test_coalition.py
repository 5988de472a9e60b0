"""Several leakers, sought one after the other."""

from datetime import UTC, datetime

import numpy as np
import pytest

from honey.model.account import AccountId
from honey.trace.accesslog.coalition import Coalition, fit_shares
from honey.trace.accesslog.in_memory import WholeRecord, evidence_from
from honey.trace.accesslog.record import Stratum
from honey.trace.accesslog.score import Hypotheses

DAY = Stratum("OUT-1", datetime(2026, 11, 20, tzinfo=UTC))
STRATA = {f"R{at:04d}": DAY for at in range(2_000)}


def coalition(leaked: range | list[int], **rows: range | list[int]) -> Coalition:
    record: WholeRecord = {(AccountId(name), None): [f"R{row:04d}" for row in read] for name, read in rows.items()}
    evidence = evidence_from(record, STRATA, [f"R{row:04d}" for row in leaked], population=1_000)
    return Coalition(evidence, Hypotheses.of(evidence))


def names(found: Coalition) -> list[set[str]]:
    return [{str(found.evidence.accounts[one]) for one in found.members(pick.group)} for pick in found.search().picks]


def test_two_who_leaked_half_each_are_both_picked() -> None:
    found = coalition(range(80), a=range(40), b=range(40, 80), heavy=range(2_000), other=range(30, 200))
    assert names(found) == [{"a"}, {"b"}] or names(found) == [{"b"}, {"a"}]
    assert [one.share for one in found.search().picks] == pytest.approx([0.5, 0.5], abs=0.02)


def test_a_shadow_of_the_leaker_is_not_picked_after_it() -> None:
    found = coalition(range(40), a=range(50), shadow=range(2, 50), other=range(100, 400))
    assert names(found) == [{"a"}]


def test_a_manager_who_saw_all_rows_gives_way_to_the_two_who_leaked_them() -> None:
    leaked = [*range(50), *range(1_000, 1_050)]
    elsewhere = {f"x{at}": range(1_200 + at, 1_900, 7) for at in range(7)}
    found = coalition(leaked, a=range(60), b=range(1_000, 1_060), manager=[*range(1_200)], **elsewhere)
    assert {frozenset(one) for one in names(found)} == {frozenset({"a"}), frozenset({"b"})}


def test_accounts_with_identical_accesses_to_the_leak_are_one_group() -> None:
    found = coalition(range(40), a=range(50), twin=[*range(40), *range(500, 900)], other=range(39, 400))
    assert names(found) == [{"a", "twin"}]


def test_the_lead_is_the_distance_to_the_next_group() -> None:
    found = coalition(range(40), a=range(50), b=range(30), other=range(30, 400))
    ratios = np.sort(found.mean(found.log_ratios(found.elsewhere)[1]))
    first = found.search().picks[0]
    assert first.log_ratios.max() == pytest.approx(ratios[-1])
    assert first.lead == pytest.approx(ratios[-1] - ratios[-2])


def test_shares_are_fitted_to_the_mixture_that_the_rows_came_from() -> None:
    elsewhere, first, second = np.full(100, 1e-5), np.zeros(100), np.zeros(100)
    first[:70], second[60:90] = 1 / 70, 1 / 30
    weights = fit_shares(np.stack([elsewhere, first, second]))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] > 0.6
    assert 0.1 < weights[2] < 0.4
    assert weights[0] >= 1e-3 / 1.01
