"""The chance of an innocent account to have accessed a leaked row."""

from datetime import UTC, datetime

import numpy as np
import pytest

from honey.model.account import AccountId, ExportId
from honey.trace.accesslog.in_memory import WholeRecord, evidence_from
from honey.trace.accesslog.rates import Rates
from honey.trace.accesslog.record import AccessEvidence, Held, Stratum

DAY = Stratum("OUT-1", datetime(2026, 11, 20, tzinfo=UTC))


def record_of(**rows: range | list[int]) -> AccessEvidence:
    """One outlet-day of 100 rows, read by the accounts named; rows 0 and 1 have leaked."""
    record: WholeRecord = {(AccountId(name), None): [f"R{row:03d}" for row in read] for name, read in rows.items()}
    return evidence_from(record, {f"R{row:03d}": DAY for row in range(100)}, ["R000", "R001"])


def chance(evidence: AccessEvidence, name: str, row: int = 0) -> float:
    account = np.array([evidence.accounts.index(AccountId(name))])
    return float(Rates(evidence).of_accounts(account, np.array([row]))[0])


def test_who_read_every_row_was_certain_to_read_a_leaked_one() -> None:
    evidence = record_of(manager=range(100), courier=range(10))
    assert chance(evidence, "manager") == pytest.approx(1.0)


def test_the_chances_of_all_accounts_add_up_to_the_rows_popularity() -> None:
    evidence = record_of(a=range(50), b=range(20), c=[0, 60], d=range(70, 100))
    total = sum(chance(evidence, name) for name in ("a", "b", "c"))
    assert evidence.row_popularity[0] == 3
    # d read neither leaked row and is counted among the others of the stratum.
    assert 2.0 < total < 3.0


def test_a_row_that_everybody_reads_proves_nothing_against_anybody() -> None:
    evidence = record_of(a=range(50), b=[0, 60], c=[0, 1, 70, 80])
    assert evidence.row_popularity[0] == 3
    assert chance(evidence, "b") == pytest.approx(1.0, abs=1e-6)


def test_a_row_read_by_few_is_less_likely_than_one_read_by_many() -> None:
    evidence = record_of(a=[0, *range(10, 30)], b=[1, *range(30, 50)], c=[1, *range(50, 70)], d=range(70, 90))
    assert chance(evidence, "a", 0) < chance(evidence, "b", 1)


def test_a_row_without_an_outlet_has_chance_one() -> None:
    record: WholeRecord = {(AccountId("a"), None): ["R000", "R005"], (AccountId("b"), None): ["R005"]}
    evidence = evidence_from(record, {"R005": DAY}, ["R000"])
    assert chance(evidence, "a") == 1.0


def test_expected_overlap_counts_rows_the_account_did_not_read() -> None:
    evidence = record_of(a=[0, *range(2, 51)], b=[1, *range(51, 100)])
    assert Rates(evidence).expected(0) == pytest.approx(1.0)


def test_an_account_missing_from_the_counts_is_taken_to_have_read_one_row() -> None:
    whole = record_of(a=range(10), b=[1, 2])
    evidence = AccessEvidence(
        **{
            name: getattr(whole, name)
            for name in AccessEvidence.__dataclass_fields__
            if name not in {"by_account", "by_release"}
        },
        by_account=Held.of([]),
        by_release=Held.of([]),
    )
    assert 0.0 < chance(evidence, "a") <= 1.0


def test_record_refuses_arrays_that_do_not_belong_together() -> None:
    whole = record_of(a=range(10))
    fields = {name: getattr(whole, name) for name in AccessEvidence.__dataclass_fields__}
    with pytest.raises(ValueError, match="lengths"):
        AccessEvidence(**{**fields, "row_stratum": np.zeros(5, dtype=np.int64)})
    with pytest.raises(ValueError, match="at least as large"):
        AccessEvidence(**{**fields, "population": 0})
    with pytest.raises(ValueError, match="accessed a row"):
        AccessEvidence(**{**fields, "account_rows": np.zeros(1, dtype=np.int64)})


def test_one_export_of_a_manager_holds_a_row_as_often_as_its_part_of_all_it_exported() -> None:
    record: WholeRecord = {
        (AccountId("manager"), ExportId("E1")): [f"R{row:03d}" for row in range(20)],
        (AccountId("manager"), ExportId("E2")): [f"R{row:03d}" for row in range(20, 100)],
        (AccountId("courier"), None): ["R050"],
    }
    # Nobody but the manager accessed the leaked row: certain for the manager, one in five for its first export.
    evidence = evidence_from(record, {f"R{row:03d}": DAY for row in range(100)}, ["R000"])
    assert chance(evidence, "manager") == pytest.approx(1.0)
    assert Rates(evidence).of_releases(np.array([0]), np.array([0]))[0] == pytest.approx(0.2)
