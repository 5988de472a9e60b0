"""The host's waybill table: read a sample, plant rows all or nothing, find and remove exactly those again.

Runs on SQLite, PostgreSQL and MySQL/MariaDB through SQLAlchemy Core. The table belongs to somebody else and is in use:
honey holds no state in it, changes no row it did not insert, and keeps transactions short. If the connection is lost in
`insert` nothing is planted unless the commit had begun; `find` tells which.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from honey.errors import HostError
from honey.host import sampling
from honey.host.column import Column, ColumnType
from honey.host.connection import WRITES, open_engine, safe_url
from honey.host.failure import HostRowError, host_error, row_error
from honey.host.reflection import Shape, nearest, reflect
from honey.host.sqlite import read_counter, reset_counter
from honey.host.values import Identity, Key, chunks, fits, folded, to_driver
from honey.model.waybill import ColumnRoles, Role, Row
from honey.translation import _

__all__ = ["HostRowError", "HostTable", "Identity", "Key"]

# What a driver raises on its own, outside the database's errors: lone surrogates, integers beyond 64 bits.
DRIVER_ERRORS = (SQLAlchemyError, UnicodeError, OverflowError)


class HostTable:
    """One open table with its column roles. Use as a context manager, or `close()` it."""

    def __init__(self, engine: sa.Engine, shape: Shape, roles: ColumnRoles) -> None:
        self._engine = engine
        self._shape = shape
        self._sqlite = engine.dialect.name == "sqlite"
        self._columns = {column.name: column for column in shape.columns}
        self.roles: ColumnRoles = dict(roles)
        self.place = f"{safe_url(str(engine.url))} table {shape.statement.name}"

    @classmethod
    def open(cls, url: str, table: str, roles: Mapping[Role, str]) -> Self:
        """Connect and read the table's shape.

        Raise `HostError` when the database cannot be reached, the table is missing or a role names an unknown column.
        """
        engine = open_engine(url)
        place = safe_url(url)
        try:
            with engine.connect() as connection:
                shape = reflect(connection, table, place)
            opened = cls(engine, shape, roles)
            opened.place = f"{place} table {table}"
            opened._check_roles()
        except SQLAlchemyError as exc:
            engine.dispose()
            raise host_error(exc, place) from exc
        except HostError:
            engine.dispose()
            raise
        return opened

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in the host's order."""
        return self._shape.columns

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The key's columns in order; empty when the table has none."""
        return self._shape.primary_key

    @property
    def triggers(self) -> tuple[str, ...]:
        """Names of the host's triggers on this table."""
        return self._shape.triggers

    @property
    def is_view(self) -> bool:
        """True when the mapped name is a view."""
        return self._shape.is_view

    def column(self, role: Role) -> Column | None:
        """Return the column of `role`, None when the host has none."""
        name = self.roles.get(role)
        return None if name is None else self._columns[name]

    def count(self) -> int:
        """Return the number of rows."""
        with self._reading() as connection:
            return self._count(connection)

    def sample(self, limit: int, *, newest: bool = True) -> list[dict[str, object]]:
        """Return up to `limit` distinct rows: half the newest, half spread over all outlets (or accounts, or time).

        With `newest=False` all of them are spread.
        """
        chosen: dict[str, dict[str, object]] = {}
        with self._reading() as connection:
            if newest:
                chosen = _distinct(self._newest(connection, (limit + 1) // 2))
            rest = sampling.spread(self._shape, self.roles, limit, self._count(connection))
            chosen |= _distinct(_rows(connection, rest))
        return list(chosen.values())[:limit]

    def donors(self, *, account: str | None, outlet: str | None, limit: int) -> list[Row]:
        """Return the newest rows of that account's view; if it has none, of the outlet; if it has none, of all."""
        with self._reading() as connection:
            for role, value in ((Role.ACCOUNT, account), (Role.OUTLET, outlet)):
                column = self.column(role)
                if value is None or column is None:
                    continue
                found = self._newest(connection, limit, self._equal(column, value))
                if found:
                    return list(found)
            return list(self._newest(connection, limit))

    def existing(self, role: Role, values: Collection[str]) -> set[str]:
        """Return those of `values` that already occur in the column of `role`."""
        column = self.column(role)
        if column is None:
            return set()
        usable = {value for value in values if fits(column, value)}
        alike: dict[str, str] = {folded(to_driver(column, value, sqlite=self._sqlite)): value for value in usable}
        found: set[str] = set()
        for row in self.find_many(column.name, usable):
            stored = str(row[column.name])
            found.add(stored if stored in usable else alike.get(folded(stored), stored))
        return found & usable

    def gap_after(self, column: str, value: int) -> tuple[int, int] | None:
        """Return the first and last free integer between `value` and the next larger one in the column.

        None when there is no larger one, or nothing free before it.
        """
        known = self._known(column)
        if known.type is not ColumnType.INTEGER:
            raise ValueError(f"column {column} holds no integers")
        target = self._shape.statement.c[column]
        with self._reading() as connection:
            following = connection.scalar(sa.select(sa.func.min(target)).where(target > value))
        if following is None or int(following) <= value + 1:
            return None
        return value + 1, int(following) - 1

    def find(self, identity: Identity) -> list[dict[str, object]]:
        """Return the full rows equal to `identity` on its columns; None equals NULL.

        Columns that "=" cannot compare (blobs, JSON, a server's binary floats) are left out unless they are the key.
        """
        with self._reading() as connection:
            return self._find(connection, identity)

    def find_many(self, column: str, values: Collection[object]) -> list[dict[str, object]]:
        """Return the full rows whose `column` is one of `values`."""
        known = self._known(column)
        usable = [to_driver(known, value, sqlite=self._sqlite) for value in values if fits(known, value)]
        base = sa.select(*self._shape.statement.c)
        with self._reading() as connection:
            target = self._shape.statement.c[column]
            return [row for part in chunks(usable) for row in _rows(connection, base.where(target.in_(part)))]

    def insert(self, rows: Sequence[Row]) -> list[Key]:
        """Insert all rows in one transaction, or none; return each row's key.

        The key is the primary key, asked back where the host made it; without one, every comparable value as stored.
        Raise `HostRowError` naming the row that broke a constraint, `HostError` when the host cannot be written.
        """
        with self._writing() as connection:
            return self._insert_all(connection, rows)

    def try_insert(self, rows: Sequence[Row]) -> None:
        """Insert as `insert` does, delete again, then roll back: raises the errors of both and leaves nothing."""
        with self._writing(keep=False) as connection:
            for key in self._insert_all(connection, rows):
                connection.execute(sa.delete(self._shape.statement).where(self._matching(dict(key))))

    def delete(self, identities: Sequence[Identity]) -> int:
        """Delete exactly the rows equal to these identities, in one transaction; return how many went.

        Raise `HostError` and delete nothing if more rows than identities would go.
        """
        with self._writing() as connection:
            gone = 0
            for identity in identities:
                gone += connection.execute(sa.delete(self._shape.statement).where(self._matching(identity))).rowcount
            if gone > len(identities):
                raise HostError(
                    _(
                        "{place}: {count} planted rows should go, but {gone} rows look the same. Nothing was "
                        "deleted; compare them by hand.",
                        place=self.place,
                        count=len(identities),
                        gone=gone,
                    )
                )
            return gone

    def counter(self) -> int | None:
        """Return SQLite's AUTOINCREMENT count of this table, None where there is none."""
        if not self._sqlite:
            return None
        with self._reading() as connection:
            return read_counter(connection, self._shape.statement.name)

    def restore_counter(self, before: int | None, after: int | None) -> None:
        """Put the AUTOINCREMENT count back to `before` if it still is `after`; else the host has counted on."""
        if not self._sqlite or before == after:
            return
        with self._writing() as connection:
            reset_counter(connection, self._shape.statement.name, before=before, after=after)

    def _check_roles(self) -> None:
        for role, name in self.roles.items():
            if name not in self._columns:
                raise HostError(
                    _(
                        "{place}: [host.columns] {role} = {name!r}: there is no such column; nearest: {nearest}.",
                        place=self.place,
                        role=role,
                        name=name,
                        nearest=nearest(name, self._columns),
                    )
                )

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DRIVER_ERRORS as exc:
            raise host_error(exc, self.place) from exc

    @contextmanager
    def _writing(self, *, keep: bool = True) -> Iterator[sa.Connection]:
        """One transaction; rolled back on any error, and always when not `keep`."""
        try:
            with self._engine.connect().execution_options(**{WRITES: True}) as connection:
                transaction = connection.begin()
                try:
                    if connection.dialect.name == "postgresql":
                        # A deferred constraint would fail at commit, where no row can be named.
                        connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
                    yield connection
                    if keep:
                        transaction.commit()
                finally:
                    if transaction.is_active:
                        transaction.rollback()
        except DRIVER_ERRORS as exc:
            raise host_error(exc, self.place) from exc

    def _insert_all(self, connection: sa.Connection, rows: Sequence[Row]) -> list[Key]:
        keys = []
        for index, row in enumerate(rows):
            values = self._storable(row)
            try:
                result = connection.execute(sa.insert(self._shape.statement), values)
            except DRIVER_ERRORS as exc:
                raise row_error(exc, self.place, index) from exc
            made = tuple(result.inserted_primary_key or ()) if self.primary_key else ()
            if made and None not in made:
                by_column = [column.name for column in self._shape.statement.primary_key]  # not the key's own order
                keys.append(tuple(zip(by_column, made, strict=True)))
            else:
                keys.append(self._whole_key(connection, values, index))
        return keys

    def _storable(self, row: Row) -> dict[str, object]:
        """The row without what the host computes or counts itself."""
        stored = {}
        for name, value in row.items():
            column = self._known(name)
            counted = name in self._shape.identity_always or (column.autoincrement and value is None)
            if not column.computed and not counted:
                stored[name] = to_driver(column, value, sqlite=self._sqlite)
        return stored

    def _whole_key(self, connection: sa.Connection, values: Identity, index: int) -> Key:
        """Identity of a row in a table without a key: all of it, as the host stored it."""
        found = self._find(connection, values)
        if not found:
            raise HostRowError(index, _("the host changed its values while storing it, so it could not be found again"))
        if len(found) > 1:
            raise HostRowError(
                index, _("it equals a row already there, and the table has no key to tell them apart"), duplicate=True
            )
        return tuple((name, value) for name, value in found[0].items() if name not in self._shape.inexact)

    def _known(self, name: str) -> Column:
        column = self._columns.get(name)
        if column is None:
            raise HostError(
                _(
                    "{place}: there is no column {name!r}; nearest: {nearest}.",
                    place=self.place,
                    name=name,
                    nearest=nearest(name, self._columns),
                )
            )
        return column

    def _equal(self, column: Column, value: object) -> sa.ColumnElement[bool]:
        target = self._shape.statement.c[column.name]
        if value is None:
            return target.is_(None)
        return target == to_driver(column, value, sqlite=self._sqlite) if fits(column, value) else sa.false()

    def _matching(self, identity: Identity) -> sa.ColumnElement[bool]:
        tests = [
            self._equal(column, value)
            for column, value in ((self._known(name), value) for name, value in identity.items())
            if column.primary_key or column.name not in self._shape.inexact
        ]
        if not tests:
            raise ValueError("an identity needs at least one column that can be compared")
        return sa.and_(*tests)

    def _find(self, connection: sa.Connection, identity: Identity) -> list[dict[str, object]]:
        return _rows(connection, sa.select(*self._shape.statement.c).where(self._matching(identity)))

    def _newest(
        self, connection: sa.Connection, limit: int, where: sa.ColumnElement[bool] | None = None
    ) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for statement in sampling.newest(self._shape, self.roles, limit, where):
            if len(found) < limit:
                found += _rows(connection, statement)
        return found[:limit]

    def _count(self, connection: sa.Connection) -> int:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(self._shape.statement)) or 0)


def _rows(connection: sa.Connection, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
    names = [str(column.name) for column in statement.selected_columns]
    return [dict(zip(names, row, strict=True)) for row in connection.execute(statement)]


def _distinct(rows: Sequence[dict[str, object]]) -> dict[str, dict[str, object]]:
    return {repr(list(row.values())): row for row in rows}
