"""Decoys and where they lie."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from honey.model.account import AccountId, ExportId
from honey.model.decoy import Decoy, DecoyId
from honey.model.planting import ALIVE, Planting, PlantingKind, PlantingState
from honey.registry import schema
from honey.registry.store import Session

_ASKED_SINGLY = 64  # names; then all keyed hashes are read at once


@dataclass(frozen=True, slots=True)
class Placed:
    """A planting with its decoy, its state and, for a resident one, the host row and the key the host gave it."""

    decoy: Decoy
    planting: Planting
    state: PlantingState
    row: Mapping[str, Any] | None
    reason: str = ""


def add(session: Session, placed: Sequence[Placed]) -> None:
    """Insert decoys with their plantings."""
    if not placed:
        return
    seal = session.seal
    session.connection.execute(
        schema.decoy.insert(),
        [
            {
                "id": one.decoy.id,
                "name_tag": seal.tag(one.decoy.name),
                "waybill_tag": seal.tag(one.decoy.waybill_number) if one.decoy.waybill_number else None,
                "sealed": seal.close(one.decoy.to_json(), f"decoy:{one.decoy.id}"),
            }
            for one in placed
        ],
    )
    session.connection.execute(
        schema.planting.insert(),
        [
            {
                "decoy_id": one.decoy.id,
                "kind": one.planting.kind.value,
                "account_id": one.planting.account,
                "outlet": one.planting.outlet,
                "export_id": one.planting.export,
                "state": one.state.value,
                "planted_at": one.planting.planted_at,
                "removed_at": one.planting.removed_at,
                "reason": one.reason,
                "sealed_row": _close_row(session, one.decoy.id, one.row),
            }
            for one in placed
        ],
    )


def mark(
    session: Session,
    decoys: Iterable[DecoyId],
    state: PlantingState,
    *,
    planted_at: datetime | None = None,
    removed_at: datetime | None = None,
    reason: str = "",
) -> None:
    """Move plantings to a state; times are kept unless given."""
    values: dict[str, object] = {"state": state.value, "reason": reason[:500]}
    given = {"planted_at": planted_at, "removed_at": removed_at}
    values |= {name: at for name, at in given.items() if at}
    names = [{"name": one} for one in decoys]
    if names:
        table = schema.planting
        statement = table.update().where(table.c.decoy_id == sa.bindparam("name")).values(values)
        session.connection.execute(statement, names)


def save_rows(session: Session, rows: Mapping[DecoyId, Mapping[str, Any] | None]) -> None:
    """Store what each decoy's host row looks like; None forgets it."""
    table = schema.planting
    statement = table.update().where(table.c.decoy_id == sa.bindparam("name"))
    values = [{"name": name, "sealed_row": _close_row(session, name, row)} for name, row in rows.items()]
    if values:
        session.connection.execute(statement, values)


def find(
    session: Session,
    *,
    kind: PlantingKind | None = None,
    states: Collection[PlantingState] = (),
    export: ExportId | None = None,
) -> list[Placed]:
    """Return plantings by kind, state and export, oldest account first."""
    table = schema.planting
    query = sa.select(table, schema.decoy.c.sealed).join(schema.decoy).order_by(table.c.account_id, table.c.decoy_id)
    if kind:
        query = query.where(table.c.kind == kind.value)
    if states:
        query = query.where(table.c.state.in_([one.value for one in states]))
    if export:
        query = query.where(table.c.export_id == export)
    return [_read(session, row) for row in session.connection.execute(query)]


class TakenNames(Container[str]):
    """The decoy names in use, told by their keyed hashes, and those added since.

    A few names are asked one by one, so that one more export costs the same after a million; a seeding reads all.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._added: set[str] = set()
        self._asked = 0
        self._tags: frozenset[str] | None = None

    def __contains__(self, name: object) -> bool:
        if name in self._added:
            return True
        self._asked += 1
        if self._asked > _ASKED_SINGLY and self._tags is None:
            self._tags = frozenset(self._session.connection.execute(sa.select(schema.decoy.c.name_tag)).scalars())
        tag = self._session.seal.tag(str(name))
        if self._tags is not None:
            return tag in self._tags
        query = sa.select(schema.decoy.c.id).where(schema.decoy.c.name_tag == tag)
        return self._session.connection.execute(query).first() is not None

    def add(self, name: str) -> None:
        """Count this name as used from now on."""
        self._added.add(name)


def tally(session: Session) -> dict[tuple[str, str], int]:
    """Return how many plantings there are by kind and state."""
    table = schema.planting
    query = sa.select(table.c.kind, table.c.state, sa.func.count()).group_by(table.c.kind, table.c.state)
    return {(kind, state): count for kind, state, count in session.connection.execute(query)}


def resident_counts(session: Session, states: Collection[PlantingState] = ALIVE) -> dict[AccountId, int]:
    """Return how many resident decoys each account has in these states."""
    table = schema.planting
    query = (
        sa.select(table.c.account_id, sa.func.count())
        .where(table.c.kind == PlantingKind.RESIDENT.value, table.c.state.in_([one.value for one in states]))
        .group_by(table.c.account_id)
    )
    return {AccountId(row[0]): row[1] for row in session.connection.execute(query)}


def _close_row(session: Session, decoy: DecoyId, row: Mapping[str, Any] | None) -> bytes | None:
    return None if row is None else session.seal.close(dict(row), f"row:{decoy}")


def _read(session: Session, row: sa.Row[Any]) -> Placed:
    seal = session.seal
    return Placed(
        decoy=Decoy.from_json(seal.open(row.sealed, f"decoy:{row.decoy_id}")),
        planting=Planting(
            decoy=DecoyId(row.decoy_id),
            kind=PlantingKind(row.kind),
            account=AccountId(row.account_id),
            outlet=row.outlet,
            export=ExportId(row.export_id) if row.export_id else None,
            planted_at=row.planted_at,
            removed_at=row.removed_at,
        ),
        state=PlantingState(row.state),
        row=seal.open(row.sealed_row, f"row:{row.decoy_id}") if row.sealed_row else None,
        reason=row.reason,
    )
