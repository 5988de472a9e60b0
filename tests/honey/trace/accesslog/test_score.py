"""Likelihood ratios of releases and accounts."""

import itertools
import math
from datetime import UTC, datetime

import numpy as np
import pytest

from honey.model.account import AccountId, ExportId
from honey.trace.accesslog.in_memory import WholeRecord, evidence_from
from honey.trace.accesslog.record import Stratum
from honey.trace.accesslog.score import ALL, SHARES, Hypotheses, log_mean, log_sums

DAY = Stratum("OUT-1", datetime(2026, 11, 20, tzinfo=UTC))
NUMBERS = [f"R{at}" for at in range(8)]


def test_the_ratio_is_the_mixture_formula_row_by_row() -> None:
    record: WholeRecord = {(AccountId("a"), None): ["R0", "R1", "R5"], (AccountId("b"), None): ["R1", "R2", "R3", "R4"]}
    evidence = evidence_from(record, dict.fromkeys(NUMBERS, DAY), ["R0", "R1", "R2"])
    elsewhere = np.array([0.2, 0.5, 0.1])
    found = Hypotheses.of(evidence).log_ratios(elsewhere)
    for at, (rows, held) in enumerate([(3, {0, 1}), (4, {1, 2})]):
        expected = np.mean(
            [math.prod((1 - eta) + eta * (row in held) / (rows * elsewhere[row]) for row in range(3)) for eta in SHARES]
        )
        assert found[at] == pytest.approx(math.log(expected))


def test_the_ratio_has_expectation_one_when_the_rows_come_from_elsewhere() -> None:
    # All 4^3 leaks of three rows, drawn with replacement in proportion to `elsewhere`.
    elsewhere = {"R0": 0.4, "R1": 0.3, "R2": 0.2, "R3": 0.1}
    held, total = {"R1", "R3"}, 0.0
    for leak in itertools.product(elsewhere, repeat=3):
        ratio = np.mean(
            [
                math.prod((1 - eta) + eta * (row in held) / (len(held) * elsewhere[row]) for row in leak)
                for eta in SHARES
            ]
        )
        total += math.prod(elsewhere[row] for row in leak) * float(ratio)
    assert total == pytest.approx(1.0)


def test_an_account_with_one_release_is_weighed_once() -> None:
    record: WholeRecord = {(AccountId("a"), ExportId("E1")): ["R0", "R1"]}
    found = Hypotheses.of(evidence_from(record, {}, ["R0"]))
    assert found.release.tolist() == [ALL]
    assert found.log_prior.tolist() == [0.0]


def test_an_account_with_many_exports_spreads_half_its_prior_over_them() -> None:
    record: WholeRecord = {(AccountId("a"), ExportId(f"E{at}")): [NUMBERS[at]] for at in range(5)}
    found = Hypotheses.of(evidence_from(record, {}, ["R0", "R1"]))
    assert np.exp(found.log_prior).tolist() == pytest.approx([0.5, 0.1, 0.1])
    assert found.size.tolist() == [5, 1, 1]


def test_a_row_read_and_exported_is_one_row_of_the_account() -> None:
    record: WholeRecord = {(AccountId("a"), None): ["R0", "R1"], (AccountId("a"), ExportId("E")): ["R0", "R2"]}
    found = Hypotheses.of(evidence_from(record, {}, ["R0"]))
    assert found.row[found.at == 0].tolist() == [0]
    assert found.size.tolist() == [3, 2, 2]


def test_rows_of_an_account_are_those_of_all_its_releases() -> None:
    record: WholeRecord = {
        (AccountId("a"), None): ["R0"],
        (AccountId("a"), ExportId("E")): ["R2"],
        (AccountId("b"), None): ["R1"],
    }
    found = Hypotheses.of(evidence_from(record, {}, ["R0", "R1", "R2"]))
    assert found.rows_of(0, 3).tolist() == [True, False, True]


def test_logarithms_of_sums_and_means_survive_infinities_and_huge_values() -> None:
    assert log_sums(np.array([2000.0, 2000.0]), np.array([1, 1]), 2).tolist() == [-np.inf, 2000.0 + math.log(2)]
    assert log_mean(np.array([[-np.inf, 5000.0], [-np.inf, 5000.0]])).tolist() == [-np.inf, 5000.0]
