"""What the registry's look-ups say of leaked rows, beside the same counted from the whole record in memory."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from honey.intake.access import AccessEvent
from honey.model.account import AccountId, ExportId
from honey.registry import access, schema
from honey.registry.access_counts import MAX_NUMBERS, leak_evidence, number_sample, untold_exports
from honey.registry.access_strata import stratum_of
from honey.registry.seal import Seal
from honey.registry.store import Registry, Session
from honey.trace.access_rank import rank_accounts
from honey.trace.accesslog.in_memory import evidence_from
from honey.trace.accesslog.record import AccessEvidence, Stratum

NOW = datetime(2026, 11, 22, tzinfo=UTC)
START = datetime(2026, 11, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    account: str
    number: str | None
    export: str | None = None
    outlet: str | None = None
    rows: int | None = None


Store = Callable[[list[Line], dict[str, str]], Session]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return `store(lines, outlets)`: a registry holding the record and the accounts' own outlets."""
    registry = Registry.create(f"sqlite:///{tmp_path / 'registry.db'}", Seal(bytes(32)))
    with registry, registry.begin() as session:

        def filled(lines: list[Line], outlets: dict[str, str]) -> Session:
            events = [
                AccessEvent(
                    at, one.at, AccountId(one.account), "export" if one.export else "read",
                    ExportId(one.export) if one.export else None, one.number, one.rows, one.outlet,
                )
                for at, one in enumerate(lines, start=2)
            ]  # fmt: skip
            access.add(session, "ab" * 32, "access.csv", events, NOW)
            for account, outlet in outlets.items():
                session.connection.execute(
                    schema.account.insert().values(id=account, kind="staff", name=account, outlet=outlet)
                )
            return session

        yield filled


def random_record(seed: int) -> tuple[list[Line], dict[str, str]]:
    """Three outlets, ten days; reads, exports, foreign reads; outlets named in some lines only."""
    rng = random.Random(seed)
    outlets = {f"acc{at}": f"OUT-{at % 3}" for at in range(12)} | {"office": ""}
    lines = []
    for day in range(10):
        for outlet in range(3):
            for row in range(30):
                number = f"YT{day:03d}{outlet}{row:09d}"
                staff = [one for one, home in outlets.items() if home == f"OUT-{outlet}"]
                readers = rng.sample(staff, 2) + (["office"] if rng.random() < 0.1 else [])
                start = START + timedelta(days=day, minutes=rng.randrange(24 * 60))
                for account in readers:
                    named = f"OUT-{outlet}" if account == "office" or rng.random() < 0.5 else None
                    export = f"E-{account}-{day}" if rng.random() < 0.3 else None
                    late = timedelta(minutes=rng.randrange(3_000))
                    lines.append(Line(start + late, account, number, export, named))
                    if rng.random() < 0.2:  # looked up again
                        lines.append(Line(start + late + timedelta(hours=5), account, number, None, named))
    rng.shuffle(lines)
    return lines, outlets


def expected(
    lines: list[Line], outlets: dict[str, str], leaked: list[str], hours: int, population: int
) -> AccessEvidence:
    record = defaultdict[tuple[AccountId, ExportId | None], set[str]](set)
    first: dict[str, tuple[datetime, str]] = {}
    for one in lines:
        if one.number:
            record[AccountId(one.account), ExportId(one.export) if one.export else None].add(one.number)
            where = (one.at, one.outlet or outlets.get(one.account, ""))
            first[one.number] = min(first.get(one.number, where), where)
    strata: dict[str, Stratum] = {
        number: stratum_of(at, outlet, SHANGHAI, hours) for number, (at, outlet) in first.items() if outlet
    }
    return evidence_from(record, strata, leaked, population=population)


def assert_same(found: AccessEvidence, wanted: AccessEvidence) -> None:
    for name in AccessEvidence.__dataclass_fields__:
        one, other = getattr(found, name), getattr(wanted, name)
        if name in {"by_account", "by_release"}:
            first, second = (sorted(zip(each.stratum, each.holder, each.rows, strict=True)) for each in (one, other))
            assert first == second, name
        elif isinstance(one, np.ndarray):
            assert one.tolist() == other.tolist(), name
        elif name != "record_accesses":  # lines, not distinct accesses: they only scale all ratios alike
            assert one == other, name


@pytest.mark.parametrize("hours", [6, 24], ids=["quarters of days", "whole days"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_look_ups_count_what_the_whole_record_holds(store: Store, seed: int, hours: int) -> None:
    lines, outlets = random_record(seed)
    leaked = [*random.Random(seed).sample(sorted({one.number for one in lines if one.number}), 60), "YT-nobody-read"]
    session = store(lines, outlets)
    found = leak_evidence(session, leaked, population=50, zone=SHANGHAI, hours=hours)
    assert_same(found, expected(lines, outlets, leaked, hours, 50))
    assert found.rows_unknown == 1
    assert rank_accounts(found).rows_known == 60


def test_counts_of_more_numbers_than_one_statement_takes_add_up(store: Store) -> None:
    lines = [Line(START, f"acc{at % 3}", f"YT{at:013d}", None, "OUT-1") for at in range(1_900)]
    found = leak_evidence(store(lines, {}), [one.number or "" for one in lines], population=3)
    assert found.rows == 1_900
    assert found.account_rows.tolist() == [634, 633, 633]
    assert found.stratum_rows.tolist() == [1_900]
    assert sorted(found.by_account.rows.tolist()) == [633, 633, 634]


def test_a_row_belongs_where_it_was_first_accessed_not_where_it_was_looked_up_again(store: Store) -> None:
    lines = [
        Line(START, "courier", "YT1", None, "OUT-1"),
        Line(START + timedelta(days=3), "office", "YT1", "E1", "OUT-2"),
        Line(START + timedelta(days=3), "other", "YT2", None, "OUT-2"),
    ]
    found = leak_evidence(store(lines, {}), ["YT1"], population=3)
    assert [one.outlet for one in found.strata] == ["OUT-1"]
    assert found.stratum_rows.tolist() == [1]


def test_a_row_nobody_can_place_has_no_stratum(store: Store) -> None:
    found = leak_evidence(store([Line(START, "stranger", "YT1")], {}), ["YT1"], population=3)
    assert found.row_stratum.tolist() == [-1]
    assert found.strata == ()
    assert rank_accounts(found).rows_unplaced == 1


def test_an_empty_question_and_an_empty_record_have_empty_answers(store: Store) -> None:
    session = store([], {})
    assert leak_evidence(session, [], population=1).rows == 0
    assert leak_evidence(session, ["YT1"], population=1).rows_unknown == 1
    assert number_sample(session) == []


def test_days_begin_at_midnight_of_the_host() -> None:
    at = datetime(2026, 11, 1, 17, 30, tzinfo=UTC)  # 01:30 of the next day in Shanghai
    assert stratum_of(at, "O", SHANGHAI, 24).from_at == datetime(2026, 11, 1, 16, tzinfo=UTC)
    assert stratum_of(at, "O", UTC, 24).from_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert stratum_of(at, "O", UTC, 6).from_at == datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("count", "hours"), [(MAX_NUMBERS + 1, 6), (1, 5), (1, 0), (1, 48)])
def test_too_many_numbers_and_hours_that_divide_no_day_are_refused(store: Store, count: int, hours: int) -> None:
    with pytest.raises(ValueError, match="takes up to"):
        leak_evidence(store([], {}), [f"YT{at}" for at in range(count)], population=1, hours=hours)


def test_exports_told_by_size_alone_are_listed_and_those_told_row_by_row_are_not(store: Store) -> None:
    lines = [
        Line(START, "a", None, "E1", "OUT-1", 400),
        Line(START, "a", None, "E2", "OUT-1", 2),
        Line(START, "a", "YT1", "E2"),
        Line(START, "a", None, "E3", "OUT-2", 9),
    ]
    found = untold_exports(store(lines, {}), ["OUT-1"])
    assert [(one.export, one.rows) for one in found] == [("E1", 400)]


def test_a_sample_of_numbers_shows_what_they_look_like(store: Store) -> None:
    session = store([Line(START, "a", f"YT{at:013d}") for at in range(1_000)], {})
    assert len(number_sample(session)) == 200


def test_an_older_registry_gets_the_indexes_of_the_look_ups_when_opened(tmp_path: Path) -> None:
    url, names = f"sqlite:///{tmp_path / 'old.db'}", ("access_event_reader", "access_event_scene")
    with Registry.create(url, Seal(bytes(32))) as registry, registry.begin() as session:
        for name in names:
            session.connection.execute(sa.text(f"DROP INDEX {name}"))
        session.connection.execute(sa.text("DELETE FROM migration WHERE version >= 2"))
    with Registry.open(url, Seal(bytes(32)), command="test", now=NOW) as registry, registry.begin() as session:
        found = {one["name"] for one in sa.inspect(session.connection).get_indexes("access_event")}
    assert set(names) <= found


def test_look_ups_find_their_indexes(store: Store) -> None:
    lines, outlets = random_record(1)
    session = store(lines, outlets)
    session.connection.execute(sa.text("ANALYZE"))
    statements: list[str] = []

    def planned(connection: sa.Connection, *call: object) -> None:
        statement: Any = call[1]
        parameters: Any = call[2]
        if statement.lstrip().upper().startswith("SELECT"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            statements.extend(str(one[3]) for one in plan if str(one[3]).startswith("SCAN access_event"))

    sa.event.listen(session.connection, "before_cursor_execute", planned)
    leak_evidence(session, [lines[0].number or ""], population=3)
    sa.event.remove(session.connection, "before_cursor_execute", planned)
    assert statements == []
