"""Cases in the registry."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from honey.errors import InputError
from honey.model.case import Case, CaseId, CaseState, Origin
from honey.registry import schema
from honey.registry.store import Session
from honey.translation import _


def new_id(session: Session, now: datetime) -> CaseId:
    """Return the next free case number of the day: C-20261122-0001."""
    prefix = f"C-{now:%Y%m%d}-"
    query = sa.select(sa.func.count()).where(schema.case.c.id.startswith(prefix))
    return CaseId(f"{prefix}{session.connection.execute(query).scalar_one() + 1:04d}")


def ordinal(session: Session, case: CaseId) -> int:
    """Return which case of the registry this is, from 1 on: what it may spend of alpha hangs on that."""
    query = sa.select(sa.func.count()).where(schema.case.c.id < case)
    return int(session.connection.execute(query).scalar_one()) + 1


def count(session: Session) -> int:
    """Return how many cases there are."""
    return int(session.connection.execute(sa.select(sa.func.count()).select_from(schema.case)).scalar_one())


def save(session: Session, one: Case) -> None:
    """Insert the case, or replace its judgement when it is open; raises InputError for a closed one."""
    document = {
        "inquiry": one.inquiry,
        "attribution": one.attribution,
        "scanned": one.scanned,
        "files": one.files,
        "access": one.access,
    }
    values = {
        "origin": one.origin.value,
        "state": one.state.value,
        "opened_at": one.opened_at,
        "updated_at": one.updated_at,
        "verdict": one.attribution["verdict"],
        "sealed": session.seal.close(document, f"case:{one.id}"),
    }
    table = schema.case
    known = session.connection.execute(sa.select(table.c.state).where(table.c.id == one.id)).scalar()
    if known == CaseState.CLOSED:
        raise InputError(_("case {id} is closed: its judgement stands as it was reported", id=one.id))
    if known:
        session.connection.execute(table.update().where(table.c.id == one.id).values(values))
    else:
        session.connection.execute(table.insert().values(id=one.id, **values))


def close(session: Session, case: CaseId, now: datetime) -> None:
    """Close a case, once: its first closing stands. Raises InputError when there is none of that name."""
    if get(session, case).state is CaseState.CLOSED:
        return
    table = schema.case
    session.connection.execute(
        table.update().where(table.c.id == case).values(state=CaseState.CLOSED.value, closed_at=now)
    )


def get(session: Session, case: CaseId) -> Case:
    """Return one case; raises InputError for an unknown name."""
    row = session.connection.execute(sa.select(schema.case).where(schema.case.c.id == case)).first()
    if row is None:
        raise InputError(_("no case {case!r}: see honey cases list", case=case))
    return _read(session, row)


def find(
    session: Session, *, origins: Collection[Origin] = tuple(Origin), state: CaseState | None = None
) -> list[Case]:
    """Return cases, oldest first."""
    table = schema.case
    query = sa.select(table).where(table.c.origin.in_([one.value for one in origins])).order_by(table.c.id)
    if state:
        query = query.where(table.c.state == state.value)
    return [_read(session, row) for row in session.connection.execute(query)]


def _read(session: Session, row: sa.Row[Any]) -> Case:
    document = session.seal.open(row.sealed, f"case:{row.id}")
    return Case(
        id=CaseId(row.id),
        origin=Origin(row.origin),
        state=CaseState(row.state),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        inquiry=document["inquiry"],
        attribution=document["attribution"],
        scanned=document["scanned"],
        files=document["files"],
        access=document["access"],
    )
