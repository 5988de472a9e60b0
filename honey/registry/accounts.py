"""Accounts in the registry."""

from collections.abc import Iterable

import sqlalchemy as sa

from honey.errors import InputError, RegistryError
from honey.model.account import Account, AccountId
from honey.registry import schema
from honey.registry.store import Session
from honey.translation import _


def add(session: Session, accounts: Iterable[Account]) -> tuple[int, int]:
    """Insert new accounts and update known ones; returns (added, changed). Nothing is ever removed by an import."""
    known = all_accounts(session)
    added, changed = [], []
    for one in accounts:
        if one.id not in known:
            added.append(_values(one))
        elif known[one.id] != one:
            changed.append(_values(one))
    table = schema.account
    if added:
        session.connection.execute(table.insert(), added)
    for values in changed:
        session.connection.execute(table.update().where(table.c.id == values["id"]).values(values))
    return len(added), len(changed)


def all_accounts(session: Session) -> dict[AccountId, Account]:
    """Return every account by id, in order of id."""
    query = sa.select(schema.account).order_by(schema.account.c.id)
    return {
        AccountId(row.id): Account(AccountId(row.id), row.kind, row.name, row.outlet)
        for row in session.connection.execute(query)
    }


def get(session: Session, account: AccountId) -> Account:
    """Return one account; raises InputError for an unknown one."""
    row = session.connection.execute(sa.select(schema.account).where(schema.account.c.id == account)).first()
    if row is None:
        raise InputError(_("no account {account!r}: add it with honey accounts import", account=account))
    return Account(AccountId(row.id), row.kind, row.name, row.outlet)


def count(session: Session) -> int:
    """How many accounts there are; raises RegistryError for none, since nothing can be planned or attributed then."""
    found = session.connection.execute(sa.select(sa.func.count()).select_from(schema.account)).scalar_one()
    if not found:
        raise RegistryError(_("no accounts yet: run honey accounts import staff.csv"))
    return found


def _values(one: Account) -> dict[str, str]:
    return {"id": one.id, "kind": one.kind, "name": one.name, "outlet": one.outlet}
