"""Reads what one host table looks like: its columns, keys, constraints and triggers.

Reads the catalogue only, never a row, and keeps nothing open.
"""

import difflib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import SAWarning
from sqlalchemy.sql.elements import quoted_name

from honey.errors import HostError
from honey.host.column import Column, ColumnType
from honey.host.sqlite import sqlite_details
from honey.translation import _

NEAREST_SHOWN = 5


class AsStored(sa.types.UserDefinedType[Any]):
    """A type that changes nothing: the driver's own values go in and come out.

    SQLAlchemy would otherwise parse SQLite dates (and fail on odd ones), write them back in another form than the
    rows around them, and cast PostgreSQL values to text before comparing.
    """

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Never used: honey creates no host table."""
        return "TEXT"

    def coerce_compared_value(self, *_: object) -> sa.types.TypeEngine[Any]:
        """Keep the other side of a comparison as it is, too."""
        return self


@dataclass(frozen=True, slots=True)
class Shape:
    """One reflected table. `statement` is what SQL is built from; every name in it is quoted."""

    statement: sa.Table
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    triggers: tuple[str, ...]
    is_view: bool
    identity_always: frozenset[str]  # columns the host insists on filling itself
    inexact: frozenset[str]  # columns that "=" cannot find again: binary floats on a server, JSON, blobs


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return the candidates most like `name` as one phrase; the first few when none is alike."""
    known = list(candidates)
    folded = {candidate.casefold(): candidate for candidate in known}
    alike = difflib.get_close_matches(name.casefold(), folded, n=NEAREST_SHOWN, cutoff=0.5)
    shown = [folded[one] for one in alike] or sorted(known)[:NEAREST_SHOWN]
    return ", ".join(shown) if shown else _("none at all")


def table_names(inspector: sa.Inspector, schema: str | None = None) -> list[str]:
    """Tables first, then views."""
    return [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]


def reflect(connection: sa.Connection, table: str, place: str) -> Shape:
    """Reflect `table` (or `schema.table`). Raise `HostError` naming the nearest tables when it is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # unusual types and expression indexes are expected in a host
        inspector = sa.inspect(connection)
        schema, name = _locate(inspector, table, place)
        key = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
        reflected = inspector.get_columns(name, schema)
        columns = tuple(_columns(inspector, reflected, key, name, schema))
        if connection.dialect.name == "sqlite":
            columns = _refine_sqlite(connection, columns, name)
        return Shape(
            statement=_statement(connection, columns, reflected, name, schema),
            columns=columns,
            primary_key=key,
            triggers=_triggers(connection, name),
            is_view=name in inspector.get_view_names(schema),
            identity_always=frozenset(one["name"] for one in reflected if _always(one)),
            inexact=frozenset(_inexact(connection, columns, reflected)),
        )


def _locate(inspector: sa.Inspector, table: str, place: str) -> tuple[str | None, str]:
    names = table_names(inspector)
    if table in names:
        return None, table
    schema, dot, name = table.partition(".")
    if dot and schema in inspector.get_schema_names() and name in table_names(inspector, schema):
        return schema, name
    raise HostError(
        _(
            "{place}: there is no table {table!r}; nearest: {nearest}. Correct [host] table, or let "
            "`honey host inspect` propose one.",
            place=place,
            table=table,
            nearest=nearest(table, names),
        )
    )


def _columns(
    inspector: sa.Inspector, reflected: Iterable[ReflectedColumn], key: tuple[str, ...], name: str, schema: str | None
) -> Iterable[Column]:
    uniques = {tuple(one["column_names"]) for one in inspector.get_unique_constraints(name, schema)}
    uniques |= {
        tuple(str(part) for part in one["column_names"]) for one in _whole_unique_indexes(inspector, name, schema)
    }
    points_at = {
        column: f"{foreign['referred_table']}.{referred}"
        for foreign in inspector.get_foreign_keys(name, schema)
        for column, referred in zip(foreign["constrained_columns"], foreign["referred_columns"], strict=False)
    }
    for one in reflected:
        title = one["name"]
        default = one.get("default")
        automatic = title in key and (one.get("autoincrement") is True or "identity" in one)
        yield Column(
            name=title,
            type=column_type(one["type"]),
            sql_type=spelling(one["type"], inspector.dialect),
            nullable=bool(one["nullable"]) and title not in key,
            max_length=getattr(one["type"], "length", None),
            primary_key=title in key,
            autoincrement=automatic,
            unique=(title,) in uniques or key == (title,),
            has_default=default is not None and default.strip().upper() != "NULL",
            computed="computed" in one,
            foreign_key=points_at.get(title, ""),
        )


def _always(reflected: ReflectedColumn) -> bool:
    identity = reflected.get("identity")
    return identity is not None and bool(identity.get("always", False))


def _inexact(
    connection: sa.Connection, columns: Iterable[Column], reflected: Iterable[ReflectedColumn]
) -> Iterable[str]:
    # SQLite stores the eight bytes it was given; a server may keep four, or show fewer digits than it keeps.
    floats = {one["name"] for one in reflected if isinstance(one["type"], sa.Float)}
    for column in columns:
        if column.type is ColumnType.OTHER or (column.name in floats and connection.dialect.name != "sqlite"):
            yield column.name


def _whole_unique_indexes(inspector: sa.Inspector, name: str, schema: str | None) -> Iterable[Mapping[str, Any]]:
    """Unique indexes over all rows: a partial one binds only some."""
    for index in inspector.get_indexes(name, schema):
        partial = any(option.endswith("_where") for option in index.get("dialect_options", {}))
        if index["unique"] and not partial:
            yield index


def _refine_sqlite(connection: sa.Connection, columns: tuple[Column, ...], name: str) -> tuple[Column, ...]:
    details = sqlite_details(connection, name)
    return tuple(
        replace(
            column,
            sql_type=details.declared_types.get(column.name, column.sql_type),
            autoincrement=column.name == details.rowid_column,
            unique=column.unique or column.name in details.unique_columns,
            computed=column.computed or column.name in details.generated,
        )
        for column in columns
    )


def _statement(
    connection: sa.Connection,
    columns: Iterable[Column],
    reflected: Iterable[ReflectedColumn],
    name: str,
    schema: str | None,
) -> sa.Table:
    types = {one["name"]: one["type"] for one in reflected}
    parts = [
        sa.Column(
            quoted_name(column.name, quote=True),
            _statement_type(column, types[column.name], connection.dialect.name),
            primary_key=column.primary_key,
            autoincrement=column.autoincrement,
            server_default=sa.FetchedValue() if column.has_default else None,
        )
        for column in columns
    ]
    quoted_schema = quoted_name(schema, quote=True) if schema else None
    return sa.Table(quoted_name(name, quote=True), sa.MetaData(), *parts, schema=quoted_schema)


def _statement_type(column: Column, reflected: sa.types.TypeEngine[Any], dialect: str) -> sa.types.TypeEngine[Any]:
    if column.type is ColumnType.INTEGER:
        return sa.BigInteger()  # wide enough for snowflake ids, and known to count up by itself
    if isinstance(reflected, sa.JSON) and dialect != "sqlite":
        return reflected  # the driver alone reads it as a dict and would refuse to write it back
    return AsStored()


def column_type(reflected: sa.types.TypeEngine[Any]) -> ColumnType:
    """Return the one of the few types that matter for planting."""
    kinds: tuple[tuple[type | tuple[type, ...], ColumnType], ...] = (
        (sa.types.NullType, ColumnType.TEXT),  # SQLite: declared without a type, holds anything
        (sa.Boolean, ColumnType.BOOLEAN),
        (sa.Integer, ColumnType.INTEGER),
        ((sa.Numeric, sa.Float), ColumnType.NUMBER),
        (sa.DateTime, ColumnType.DATETIME),
        (sa.Date, ColumnType.DATE),
        (sa.String, ColumnType.TEXT),
    )
    return next((meaning for kind, meaning in kinds if isinstance(reflected, kind)), ColumnType.OTHER)


def spelling(reflected: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> str:
    """Return the type as the database writes it, for people."""
    if isinstance(reflected, sa.types.NullType):
        return ""
    return reflected.compile(dialect=dialect)


def _triggers(connection: sa.Connection, name: str) -> tuple[str, ...]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name ORDER BY name"
    else:
        query = (
            "SELECT DISTINCT trigger_name FROM information_schema.triggers "
            "WHERE event_object_table = :name ORDER BY trigger_name"
        )
    return tuple(str(one) for one in connection.scalars(sa.text(query), {"name": name}))
