"""How many rows of one outlet and part of a day each account and release accessed: the strata of leaked rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa

from honey.registry import schema
from honey.registry.store import Session
from honey.trace.accesslog.record import SOMEONE, Held, Stratum

Release = tuple[str, str | None]  # account and export; None for rows read one by one
CHUNK = 1_000  # values in one IN list; SQLite takes 32,766, PostgreSQL 65,535
_EVENT = schema.access_event


@dataclass(frozen=True, slots=True)
class Activity:
    """The rows of each stratum, and how many of them each account and each release of interest accessed."""

    rows: list[int]
    by_account: Held
    by_release: Held


def stratum_of(at: datetime, outlet: str, zone: tzinfo, hours: int) -> Stratum:
    """Return the stratum of a row first accessed at `at`; days are cut into `hours` from midnight in `zone`."""
    local = at.astimezone(zone)
    start = local.replace(hour=local.hour - local.hour % hours, minute=0, second=0, microsecond=0)
    return Stratum(outlet, start.astimezone(UTC))


def activity(
    session: Session,
    strata: Sequence[Stratum],
    length: timedelta,
    account_at: Mapping[str, int],
    release_at: Mapping[Release, int],
) -> Activity:
    """Count; `account_at` and `release_at` number those of interest, other accounts are SOMEONE."""
    sizes, accounts, releases = [], list[tuple[int, int, int]](), list[tuple[int, int, int]]()
    for at, stratum in enumerate(strata):
        numbers = list(session.connection.execute(_first_accessed(stratum, length)).scalars())
        by_account, by_release = Counter[str](), Counter[Release]()
        for start in range(0, len(numbers), CHUNK):  # a number is in one chunk: distinct counts add up
            inside = _EVENT.c.waybill_number.in_(numbers[start : start + CHUNK])
            count = sa.func.count(_EVENT.c.waybill_number.distinct())
            of_accounts = sa.select(_EVENT.c.account_id, count).where(inside).group_by(_EVENT.c.account_id)
            for account, rows in session.connection.execute(of_accounts):
                by_account[account] += rows
            of_releases = sa.select(_EVENT.c.account_id, _EVENT.c.export_id, count).where(inside)
            grouped = of_releases.group_by(_EVENT.c.account_id, _EVENT.c.export_id)
            for account, export, rows in session.connection.execute(grouped):
                by_release[account, export or None] += rows
        sizes.append(len(numbers))
        accounts += [(at, account_at.get(one, SOMEONE), rows) for one, rows in by_account.items()]
        releases += [(at, release_at[one], rows) for one, rows in by_release.items() if one in release_at]
    return Activity(sizes, Held.of(accounts), Held.of(releases))


def _first_accessed(stratum: Stratum, length: timedelta) -> sa.Select[tuple[str]]:
    """Select the numbers accessed in the stratum and never before. Two branches, so that each finds its index."""
    earlier = _EVENT.alias("earlier")
    own = sa.select(schema.account.c.id).where(schema.account.c.outlet == stratum.outlet)
    until_at = stratum.from_at + length
    window = sa.and_(_EVENT.c.at >= stratum.from_at, _EVENT.c.at < until_at, _EVENT.c.waybill_number.is_not(None))
    named = sa.select(_EVENT.c.waybill_number).where(_EVENT.c.outlet == stratum.outlet, window)
    unnamed = sa.select(_EVENT.c.waybill_number).where(
        _EVENT.c.account_id.in_(own), window, sa.func.coalesce(_EVENT.c.outlet, "") == ""
    )
    there = sa.union(named, unnamed).subquery()
    before = sa.exists().where(earlier.c.waybill_number == there.c.waybill_number, earlier.c.at < stratum.from_at)
    return sa.select(there.c.waybill_number).where(~before)
