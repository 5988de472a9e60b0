"""Exports that passed through honey: whose, when, with which decoys."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from honey.errors import InputError
from honey.model.account import AccountId, ExportId
from honey.model.decoy import DecoyId
from honey.registry import schema
from honey.registry.store import Session
from honey.translation import _


@dataclass(frozen=True, slots=True)
class Export:
    """One export as recorded."""

    id: ExportId
    account: AccountId
    at: datetime
    state: str  # intended, then written
    rows: int | None
    output_sha256: str


def start(session: Session, export: ExportId, account: AccountId, now: datetime, *, epoch: int = 1) -> bool:
    """Record the intent before a byte is written; False when the export is known and its decoys are to be reused.

    Raises InputError when the id belongs to another account: one export has one taker.
    """
    known = find(session, export)
    if known and known.account != account:
        raise InputError(
            _(
                "export {export} was made by account {account}: give this one its own id",
                export=export,
                account=known.account,
            )
        )
    if known:
        return False
    session.connection.execute(
        schema.export.insert().values(
            id=export, account_id=account, at=now, state="intended", output_sha256="", epoch=epoch
        )
    )
    return True


def finish(session: Session, export: ExportId, *, rows: int, output_sha256: str) -> None:
    """Record that the output was written whole."""
    table = schema.export
    session.connection.execute(
        table.update().where(table.c.id == export).values(state="written", row_count=rows, output_sha256=output_sha256)
    )


def find(session: Session, export: ExportId) -> Export | None:
    """Return one export, or None."""
    row = session.connection.execute(sa.select(schema.export).where(schema.export.c.id == export)).first()
    if row is None:
        return None
    return Export(export, AccountId(row.account_id), row.at, row.state, row.row_count, row.output_sha256)


def epochs(session: Session) -> dict[ExportId, tuple[int, datetime]]:
    """Return the epoch and the time of every export."""
    table = schema.export
    query = sa.select(table.c.id, table.c.epoch, table.c.at)
    return {ExportId(row.id): (row.epoch, row.at) for row in session.connection.execute(query)}


def count(session: Session) -> int:
    """How many exports passed through."""
    return session.connection.execute(sa.select(sa.func.count()).select_from(schema.export)).scalar_one()


def resident_test(session: Session) -> Callable[[str], DecoyId | None]:
    """Return a look-up from a waybill number to the resident decoy that bears it."""
    table = schema.decoy
    query = (
        sa.select(table.c.waybill_tag, table.c.id)
        .join(schema.planting)
        .where(table.c.waybill_tag.is_not(None), schema.planting.c.kind == "resident")
    )
    tags = {tag: DecoyId(name) for tag, name in session.connection.execute(query)}
    return (lambda number: tags.get(session.seal.tag(number))) if tags else (lambda _: None)


def mark_carried(session: Session, export: ExportId, decoys: Iterable[DecoyId]) -> None:
    """Record which resident decoys the export took along; naming one twice changes nothing."""
    table = schema.carried
    query = sa.select(table.c.decoy_id).where(table.c.export_id == export)
    known = set(session.connection.execute(query).scalars())
    rows = [{"export_id": export, "decoy_id": one} for one in sorted(set(decoys) - known)]
    if rows:
        session.connection.execute(table.insert(), rows)
