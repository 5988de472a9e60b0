"""Who accessed given waybills, and how much else they accessed: look-ups on the access record, nothing stored.

A row's stratum is the outlet and the part of a day of its first recorded access: the outlet the record names, else the
account's own. Days are told in quarters, so that colleagues who always work the same hours are compared with each
other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import sqlalchemy as sa

from honey.model.account import AccountId, ExportId
from honey.registry import schema
from honey.registry.access_strata import CHUNK, Release, activity, stratum_of
from honey.registry.store import Session
from honey.trace.accesslog.record import UNPLACED, AccessEvidence, Ints

MAX_NUMBERS = 2_000  # asked about at once: far more than the ranking needs, answered in half a minute at worst
QUARTER_HOURS = 6  # of one stratum; with whole days, fixed shifts break the null (benchmarks/access_rank.py)
_FILES = 50  # newest files a sample of numbers is taken from
_FIRST_LINES = 200  # of each
_EVENT = schema.access_event
_OUTLET = sa.func.coalesce(sa.func.nullif(_EVENT.c.outlet, ""), schema.account.c.outlet, "").label("outlet")
_WITH_ACCOUNT = _EVENT.outerjoin(schema.account, schema.account.c.id == _EVENT.c.account_id)


@dataclass(frozen=True, slots=True)
class UntoldExport:
    """An export the record tells by its size alone: it may hold leaked rows, and nothing can be counted for it."""

    account: AccountId
    export: ExportId
    outlet: str
    rows: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Totals:
    rows: int
    read: int  # of them one by one
    releases: int


@dataclass(frozen=True, slots=True)
class _Leaked:
    """The accesses to the numbers asked about, as far as the record knows them."""

    first: list[tuple[datetime, str]]  # time and outlet of each row's first access
    accesses: set[tuple[Release, int]]  # release and row


def leak_evidence(
    session: Session, numbers: Collection[str], *, population: int, zone: tzinfo = UTC, hours: int = QUARTER_HOURS
) -> AccessEvidence:
    """Return everything the record says about these waybill numbers, as the ranking takes it.

    `population` is the number of accounts that could be accused, `zone` is where the host's days begin, `hours` the
    length of a stratum (24 for whole days). Raises ValueError for more than MAX_NUMBERS numbers: pass a sample.
    """
    asked = sorted(set(numbers))
    if len(asked) > MAX_NUMBERS or not 1 <= hours <= 24 or 24 % hours:
        raise ValueError(f"takes up to {MAX_NUMBERS} numbers, and hours that divide a day")
    leaked = _accesses(session, asked)
    placed = [stratum_of(at, outlet, zone, hours) if outlet else None for at, outlet in leaked.first]
    strata = sorted({one for one in placed if one}, key=lambda one: (one.outlet, one.from_at))
    releases = sorted({release for release, _ in leaked.accesses}, key=lambda one: (one[0], one[1] or ""))
    accounts = sorted({account for account, _ in releases})
    totals = _account_totals(session, accounts)
    exported = _export_rows(session, releases)
    release_at = {one: at for at, one in enumerate(releases)}
    account_at = {one: at for at, one in enumerate(accounts)}
    stratum_at = {one: at for at, one in enumerate(strata)}
    active = activity(session, strata, timedelta(hours=hours), account_at, release_at)
    pairs = sorted((release_at[release], row) for release, row in leaked.accesses)
    popularity = Counter(row for _, row in {(account, row) for (account, _), row in leaked.accesses})
    return AccessEvidence(
        accounts=tuple(AccountId(one) for one in accounts),
        account_rows=_ints(totals[one].rows for one in accounts),
        account_releases=_ints(totals[one].releases for one in accounts),
        releases=tuple(ExportId(export) if export else None for _, export in releases),
        release_account=_ints(account_at[account] for account, _ in releases),
        release_rows=_ints(exported[one] if one[1] else totals[one[0]].read for one in releases),
        access_release=_ints(release for release, _ in pairs),
        access_row=_ints(row for _, row in pairs),
        row_popularity=_ints(popularity[row] for row in range(len(leaked.first))),
        row_stratum=_ints(stratum_at[one] if one else UNPLACED for one in placed),
        strata=tuple(strata),
        stratum_rows=_ints(active.rows),
        by_account=active.by_account,
        by_release=active.by_release,
        record_accesses=max(_recorded(session), len(pairs)),
        population=max(population, len(accounts), 1),
        rows_unknown=len(asked) - len(leaked.first),
    )


def untold_exports(session: Session, outlets: Collection[str]) -> list[UntoldExport]:
    """Return the exports of these outlets that the record tells by size alone, in order of time."""
    line, found = _EVENT.alias("line"), []
    told = sa.exists().where(line.c.export_id == _EVENT.c.export_id, line.c.waybill_number.is_not(None))
    for chunk in _chunks(sorted(set(outlets))):
        query = sa.select(_EVENT).where(
            _EVENT.c.waybill_number.is_(None), _EVENT.c.outlet.in_(chunk), _EVENT.c.export_id.is_not(None), ~told
        )
        for row in session.connection.execute(query):
            account, export = AccountId(row.account_id), ExportId(row.export_id)
            found.append(UntoldExport(account, export, row.outlet, row.row_count, row.at))
    return sorted(found, key=lambda one: (one.at, one.export))


def number_sample(session: Session) -> list[str]:
    """Return some waybill numbers of the newest files: enough to know what the host's numbers look like."""
    files = sa.select(schema.access_file.c.sha256).order_by(schema.access_file.c.imported_at.desc()).limit(_FILES)
    found: set[str] = set()
    for (sha256,) in session.connection.execute(files).all():
        query = (
            sa.select(_EVENT.c.waybill_number)
            .where(_EVENT.c.file_sha256 == sha256, _EVENT.c.waybill_number.is_not(None))
            .order_by(_EVENT.c.line)
            .limit(_FIRST_LINES)
        )
        found.update(session.connection.execute(query).scalars())
    return sorted(found)


def _accesses(session: Session, asked: Sequence[str]) -> _Leaked:
    first: dict[str, tuple[datetime, str]] = {}
    accesses: set[tuple[Release, str]] = set()
    for chunk in _chunks(asked):
        query = (
            sa.select(
                _EVENT.c.waybill_number, _EVENT.c.account_id, _EVENT.c.export_id, _OUTLET, sa.func.min(_EVENT.c.at)
            )
            .select_from(_WITH_ACCOUNT)
            .where(_EVENT.c.waybill_number.in_(chunk))
            .group_by(_EVENT.c.waybill_number, _EVENT.c.account_id, _EVENT.c.export_id, _OUTLET)
        )
        for number, account, export, outlet, at in session.connection.execute(query):
            accesses.add(((account, export or None), number))
            first[number] = min(first.get(number, (at, outlet)), (at, outlet))
    rows = {number: row for row, number in enumerate(sorted(first))}
    return _Leaked([first[number] for number in rows], {(release, rows[number]) for release, number in accesses})


def _account_totals(session: Session, accounts: Sequence[str]) -> dict[str, _Totals]:
    read = sa.case((sa.func.coalesce(_EVENT.c.export_id, "") == "", _EVENT.c.waybill_number))
    found = {}
    for chunk in _chunks(accounts):
        query = (
            sa.select(
                _EVENT.c.account_id,
                sa.func.count(_EVENT.c.waybill_number.distinct()),
                sa.func.count(read.distinct()),
                sa.func.count(sa.func.nullif(_EVENT.c.export_id, "").distinct()),
            )
            .where(_EVENT.c.account_id.in_(chunk), _EVENT.c.waybill_number.is_not(None))
            .group_by(_EVENT.c.account_id)
        )
        for account, rows, one_by_one, exports in session.connection.execute(query):
            found[account] = _Totals(rows, one_by_one, exports + (one_by_one > 0))
    return found


def _export_rows(session: Session, releases: Sequence[Release]) -> dict[Release, int]:
    found: dict[Release, int] = {}
    for chunk in _chunks(sorted({export for _, export in releases if export})):
        query = (
            sa.select(_EVENT.c.account_id, _EVENT.c.export_id, sa.func.count(_EVENT.c.waybill_number.distinct()))
            .where(_EVENT.c.export_id.in_(chunk))
            .group_by(_EVENT.c.account_id, _EVENT.c.export_id)
        )
        for account, export, rows in session.connection.execute(query):
            found[account, export] = rows
    return found


def _recorded(session: Session) -> int:
    return int(session.connection.execute(sa.select(sa.func.sum(schema.access_file.c.events))).scalar() or 0)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(values), CHUNK):
        yield values[at : at + CHUNK]


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
