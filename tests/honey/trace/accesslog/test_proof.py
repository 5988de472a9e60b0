"""The e-value: what an innocent account can expect of it."""

from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, product

import numpy as np
import pytest

from honey.model.account import AccountId, ExportId
from honey.trace.accesslog.in_memory import WholeRecord, evidence_from
from honey.trace.accesslog.proof import log_e_values
from honey.trace.accesslog.record import AccessEvidence, Stratum
from honey.trace.accesslog.score import Hypotheses

START = datetime(2026, 11, 20, tzinfo=UTC)
STRATA = [Stratum("OUT-1", START + timedelta(days=at)) for at in range(3)]


def number(stratum: int, row: int) -> str:
    return f"S{stratum}R{row}"


def places(rows: int, strata: int = 3) -> dict[str, Stratum]:
    return {number(at, row): STRATA[at] for at in range(strata) for row in range(rows)}


def e_value(evidence: AccessEvidence, name: str, kept: list[bool] | None = None) -> float:
    mask = np.array(kept if kept is not None else [True] * evidence.rows)
    return float(
        np.exp(log_e_values(evidence, Hypotheses.of(evidence), mask)[evidence.accounts.index(AccountId(name))])
    )


def test_over_all_equally_likely_readings_of_an_innocent_the_mean_is_at_most_one() -> None:
    # The innocent reads any 2 of 6 rows on each of two days; the thief's rows are fixed.
    leaked = [number(at, row) for at in range(2) for row in range(3)]
    thief = {number(at, row) for at in range(2) for row in (0, 1, 2, 3)}
    values = []
    for days in product(combinations(range(6), 2), repeat=2):
        innocent = [number(at, row) for at, rows in enumerate(days) for row in rows]
        others = [number(at, row) for at in range(2) for row in range(6)]  # a manager sees everything
        record: WholeRecord = {
            (AccountId("innocent"), None): innocent,
            (AccountId("thief"), None): thief,
            (AccountId("manager"), None): others,
        }
        evidence = evidence_from(record, places(6, 2), leaked)
        touched = AccountId("innocent") in evidence.accounts
        values.append(e_value(evidence, "innocent") if touched else 0.0)
    assert 0.2 < np.mean(values) <= 1.0


def test_an_innocent_whose_rows_of_one_day_hang_together_is_no_worse_off() -> None:
    # On each day it reads either the first or the last three of six rows, all of them or none of the leaked ones.
    leaked = [number(at, row) for at in range(3) for row in range(3)]
    values = []
    for halves in product((range(3), range(3, 6)), repeat=3):
        innocent = [number(at, row) for at, rows in enumerate(halves) for row in rows]
        record: WholeRecord = {
            (AccountId("innocent"), None): innocent,
            (AccountId("manager"), None): list(places(6)),
            (AccountId("thief"), None): leaked,
        }
        evidence = evidence_from(record, places(6), leaked)
        values.append(e_value(evidence, "innocent") if AccountId("innocent") in evidence.accounts else 0.0)
    assert np.mean(values) <= 1.0 + 1e-9


def test_who_read_everything_everywhere_gets_no_proof_however_many_rows_leak() -> None:
    record: WholeRecord = {
        (AccountId("manager"), None): list(places(50)),
        (AccountId("courier"), None): [number(0, 40)],
    }
    evidence = evidence_from(record, places(50), [number(at, row) for at in range(3) for row in range(30)])
    assert e_value(evidence, "manager") <= 1.0


def couriers(count: int = 9) -> dict[tuple[AccountId, ExportId | None], list[str]]:
    """Each reads its own ten rows of every day."""
    return {
        (AccountId(f"c{at}"), None): [number(day, row) for day in range(3) for row in range(at * 10, at * 10 + 10)]
        for at in range(1, count + 1)
    }


def test_reading_little_and_all_of_it_leaked_is_proof_that_grows_with_the_days() -> None:
    def proof(days: int) -> float:
        rows = [number(at, row) for at in range(days) for row in range(5)]
        record: WholeRecord = {(AccountId("thief"), None): rows, **couriers()}
        return e_value(evidence_from(record, places(100), rows), "thief")

    assert proof(1) > 5
    assert proof(3) > 5 * proof(2) > 25 * proof(1)


def test_rows_left_out_and_rows_without_an_outlet_prove_nothing() -> None:
    rows = [number(at, 0) for at in range(3)]
    record: WholeRecord = {(AccountId("a"), None): rows, (AccountId("b"), None): list(places(50))}
    assert e_value(evidence_from(record, places(50), rows), "a", [False] * 3) == pytest.approx(1.0)
    assert e_value(evidence_from(record, {}, rows), "a") == pytest.approx(1.0)


def test_one_export_among_many_is_weighed_by_its_own_size() -> None:
    leaked = [number(at, row) for at in range(3) for row in range(4)]
    rest = [[number(at % 3, row) for row in range(4 + at, 100, 7)] for at in range(6)]
    account = AccountId("a")
    exports: WholeRecord = {(account, ExportId(f"E{at}")): rows for at, rows in enumerate(rest)}
    one: WholeRecord = {**exports, (account, ExportId("LEAK")): leaked, **couriers()}
    spread: WholeRecord = {(account, None): [*leaked, *chain.from_iterable(rest)], **couriers()}
    proof_of_one = e_value(evidence_from(one, places(100), leaked), "a")
    assert proof_of_one > 3 * e_value(evidence_from(spread, places(100), leaked), "a")
