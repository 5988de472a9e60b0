"""The host's access record, and the releases it implies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from honey.intake.access import AccessEvent
from honey.model.access import Touch
from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.planting import PlantingKind
from honey.registry import schema
from honey.registry.plantings import Placed
from honey.registry.store import Session

_BATCH = 10_000  # events in one insert
_CHUNK = 500  # numbers in one IN list


def known_file(session: Session, sha256: str) -> bool:
    """Whether this very file was imported before."""
    query = sa.select(schema.access_file.c.sha256).where(schema.access_file.c.sha256 == sha256)
    return session.connection.execute(query).first() is not None


def add(session: Session, sha256: str, name: str, events: Iterable[AccessEvent], now: datetime) -> int:
    """Store a file's events, in the caller's transaction; returns how many."""
    table = schema.access_file
    session.connection.execute(table.insert().values(sha256=sha256, name=name[-400:], imported_at=now, events=0))
    count, batch = 0, list[dict[str, object]]()
    for event in events:
        batch.append(_values(sha256, event))
        if len(batch) >= _BATCH:
            session.connection.execute(schema.access_event.insert(), batch)
            count, batch = count + len(batch), []
    if batch:
        session.connection.execute(schema.access_event.insert(), batch)
    count += len(batch)
    session.connection.execute(table.update().where(table.c.sha256 == sha256).values(events=count))
    return count


def has_record(session: Session) -> bool:
    """Whether any access record was imported."""
    return session.connection.execute(sa.select(schema.access_file.c.sha256).limit(1)).first() is not None


def touches(session: Session, residents: Sequence[Placed]) -> list[Touch]:
    """Return every recorded access that reached a resident decoy, whether named by number or by outlet."""
    numbers = {one.decoy.waybill_number: one.decoy.id for one in residents if one.decoy.waybill_number}
    found = _by_number(session, numbers)
    listed = _told_by_row(session)
    for row in _whole_exports(session):
        key = AccountId(row.account_id), ExportId(row.export_id) if row.export_id else None
        if key not in listed:  # an export told row by row is not widened by its summary line
            found += [
                Touch(row.at, key[0], row.action, key[1], one) for one in _lying_in(residents, row.outlet, row.at)
            ]
    return found


def releases(session: Session, placed: Sequence[Placed]) -> list[Release]:
    """Return every release of every account: exports through honey, and what the access record tells."""
    decoys: dict[tuple[AccountId, ExportId | None], set[DecoyId]] = defaultdict(set)
    times: dict[tuple[AccountId, ExportId | None], datetime] = {}
    for row in session.connection.execute(sa.select(schema.export)):
        times[AccountId(row.account_id), ExportId(row.id)] = row.at
    owners = {export: account for account, export in times}
    for one in placed:
        if one.planting.export:
            decoys[one.planting.account, one.planting.export].add(one.decoy.id)
    for row in session.connection.execute(sa.select(schema.carried)):
        decoys[owners[ExportId(row.export_id)], ExportId(row.export_id)].add(DecoyId(row.decoy_id))
    for touch in touches(session, [one for one in placed if one.planting.kind is PlantingKind.RESIDENT]):
        key = touch.account, touch.export
        decoys[key].add(touch.decoy)
        times[key] = max(times.get(key, touch.at), touch.at)
    drawn = _drawn(placed)
    return [
        Release(account, export, frozenset(held), times.get((account, export)), drawn.get((account, export), ()))
        for (account, export), held in sorted(decoys.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    ]


def _drawn(placed: Iterable[Placed]) -> dict[tuple[AccountId, ExportId | None], tuple[frozenset[DecoyId], ...]]:
    """Return the decoys that were drawn for each export, those that share a number together."""
    households: dict[tuple[AccountId, ExportId | None], dict[str, set[DecoyId]]] = defaultdict(dict)
    for one in placed:
        if one.planting.export:
            key = one.decoy.phone or one.decoy.id  # without a number everybody is a household alone
            households[one.planting.account, one.planting.export].setdefault(key, set()).add(one.decoy.id)
    return {export: tuple(map(frozenset, found.values())) for export, found in households.items()}


def release_counts(session: Session) -> dict[AccountId, int]:
    """Return how many releases each account has: its exports, and one for all it read."""
    event, export = schema.access_event, schema.export
    recorded = sa.select(event.c.account_id, sa.func.coalesce(event.c.export_id, "").label("export_id"))
    passed = sa.select(export.c.account_id, export.c.id.label("export_id"))
    every = sa.union(recorded, passed).subquery()  # an id seen on both sides is one export
    query = sa.select(every.c.account_id, sa.func.count()).group_by(every.c.account_id)
    return {AccountId(account): count for account, count in session.connection.execute(query)}


def _by_number(session: Session, numbers: Mapping[str, DecoyId]) -> list[Touch]:
    table, names, found = schema.access_event, sorted(numbers), list[Touch]()
    for at in range(0, len(names), _CHUNK):
        query = sa.select(table).where(table.c.waybill_number.in_(names[at : at + _CHUNK]))
        found += [
            Touch(
                row.at,
                AccountId(row.account_id),
                row.action,
                ExportId(row.export_id) if row.export_id else None,
                numbers[row.waybill_number],
            )
            for row in session.connection.execute(query)
        ]
    return found


def _told_by_row(session: Session) -> set[tuple[AccountId, ExportId | None]]:
    """Return the exports whose rows the record names, decoys or not: they held those rows and no others."""
    table = schema.access_event
    query = sa.select(table.c.account_id, table.c.export_id).distinct()
    query = query.where(table.c.waybill_number.is_not(None), table.c.export_id.is_not(None))
    return {(AccountId(account), ExportId(export)) for account, export in session.connection.execute(query)}


def _whole_exports(session: Session) -> Sequence[sa.Row[tuple[object, ...]]]:
    table = schema.access_event
    return session.connection.execute(sa.select(table).where(table.c.waybill_number.is_(None))).all()


def _lying_in(residents: Sequence[Placed], outlet: str, at: datetime) -> list[DecoyId]:
    return [one.decoy.id for one in residents if one.planting.outlet == outlet and one.planting.lay_there(at)]


def _values(sha256: str, event: AccessEvent) -> dict[str, object]:
    return {
        "file_sha256": sha256,
        "line": event.line,
        "at": event.at,
        "account_id": event.account,
        "action": event.action,
        "export_id": event.export,
        "waybill_number": event.waybill_number,
        "row_count": event.rows,
        "outlet": event.outlet,
    }
