"""What `honey host inspect` tells: the tables of a host, what their columns seem to be for, and where to plant.

Reads the catalogue and a bounded sample of each table; writes nothing and proposes only: the operator decides.
"""

import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from sqlalchemy.sql.elements import quoted_name

from honey.host.column import ColumnType
from honey.host.connection import open_engine, safe_url
from honey.host.failure import host_error, reason
from honey.host.names import read_name
from honey.host.reflection import AsStored, column_type, spelling
from honey.host.roles import CORE, Guess, guess_roles, proposed
from honey.host.vocabulary import Word
from honey.model.waybill import ColumnRoles, Role
from honey.translation import _

ColumnTypes: TypeAlias = Mapping[str, sa.types.TypeEngine[Any]]

SAMPLE_ROWS = 400  # a share of 400 values is known to 5 percentage points
MAX_TABLES = 1000  # a host of more tables is read in part, in the order of their names
MAX_TEXT = 300  # characters read of one value; a whole CLOB is not needed to tell an address

# Words in a table's name: what it lists, or that it is not the live table.
NOT_CUSTOMERS = frozenset(
    {"employee", "employees", "staff", "admin", "supplier", "suppliers", "vendor", "vendors", "company", "warehouse"}
    | {"courier", "couriers", "outlet", "outlets", "branch", "station", "shippers", "role", "sys", "operator"}
)
NOT_LIVE = frozenset(
    {"log", "logs", "history", "hist", "bak", "backup", "tmp", "temp", "archive", "copy", "old", "audit"}
)

# How much a role tells that a table is the waybill table; what a waybill is comes first, then whom it goes to.
TABLE_WEIGHTS = {
    Role.RECIPIENT: 6.0,
    Role.RECIPIENT_PHONE: 3.0,
    Role.RECIPIENT_NAME: 2.0,
    Role.RECIPIENT_ADDRESS: 2.0,
    Role.WAYBILL_NUMBER: 3.0,
    Role.CREATED_AT: 2.0,
    Role.ORDER_NUMBER: 1.5,
    Role.ACCOUNT: 1.0,
    Role.OUTLET: 1.0,
}
OTHER_ROLE_WEIGHT = 0.3
UNSIDED_SHARE = 0.5  # an address book names no side; a waybill table does
LEAST_SCORE = 5.0  # about a name and an address, with a time or number


@dataclass(frozen=True, slots=True)
class InspectedColumn:
    """One column with the role proposed for it and one clause of why."""

    name: str
    type: str
    role: Role | None
    why: str


@dataclass(frozen=True, slots=True)
class InspectedTable:
    """One table or view. `score` ranks it as the table to plant in; None when it cannot be one."""

    name: str
    rows: int
    columns: tuple[InspectedColumn, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """All tables, and the one proposed with its column roles; an empty name when none looks like waybills."""

    tables: tuple[InspectedTable, ...]
    proposed_table: str
    proposed_columns: ColumnRoles

    def to_json(self) -> dict[str, Any]:
        """Return the contract's document; `proposed.table` is null when no table looks like waybills."""
        return {
            "tables": [
                {
                    "name": table.name,
                    "rows": table.rows,
                    "columns": [
                        {"name": one.name, "type": one.type, "role": one.role and one.role.value, "why": one.why}
                        for one in table.columns
                    ],
                }
                for table in self.tables
            ],
            "proposed": {
                "table": self.proposed_table or None,
                "columns": {role.value: column for role, column in self.proposed_columns.items()},
            },
        }


def inspect(url: str, *, sample_rows: int = SAMPLE_ROWS) -> Inspection:
    """Inspect the host at `url`. Raise `HostError` when it cannot be reached or read."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # unusual types are expected in a host
            tables = tuple(_tables(connection, sample_rows))
    except SQLAlchemyError as exc:
        raise host_error(exc, safe_url(url)) from exc
    finally:
        engine.dispose()
    best = max((table for table in tables if table.score is not None), key=lambda one: one.score or 0.0, default=None)
    if best is None:
        return Inspection(tables, "", {})
    return Inspection(tables, best.name, _roles(best))


def _roles(table: InspectedTable) -> ColumnRoles:
    by_role = {column.role: column.name for column in table.columns}
    return {role: by_role[role] for role in Role if role in by_role}


def _tables(connection: sa.Connection, sample_rows: int) -> Iterator[InspectedTable]:
    inspector = sa.inspect(connection)
    # All tables in a few statements; a broken view would fail such a statement, so views go one by one.
    columns = {place[1]: found for place, found in inspector.get_multi_columns().items()}
    keys = {place[1]: found["constrained_columns"] for place, found in inspector.get_multi_pk_constraint().items()}
    views = inspector.get_view_names()
    for name in sorted({*columns, *views})[:MAX_TABLES]:
        try:
            types = {one["name"]: one["type"] for one in columns.get(name) or inspector.get_columns(name)}
        except SQLAlchemyError:  # a view the database itself cannot describe
            yield InspectedTable(name, 0, ())
            continue
        finally:
            connection.rollback()
        yield _table(connection, name, types, keys.get(name, ()), limit=sample_rows, is_view=name in views)


def _table(
    connection: sa.Connection, name: str, types: ColumnTypes, key: Sequence[str], *, limit: int, is_view: bool
) -> InspectedTable:
    spelt = {title: spelling(kind, connection.dialect) for title, kind in types.items()}
    try:
        rows, sample = _sample(connection, name, types, key, limit=limit)
    except SQLAlchemyError as exc:  # a view over a missing table, a table this login may not read
        why = _("cannot be read: {exc}", exc=reason(exc))
        return InspectedTable(name, 0, tuple(InspectedColumn(title, spelt[title], None, why) for title in types))
    finally:
        connection.rollback()  # a server refuses every further statement after an error
    guesses = guess_roles([(title, sample.get(title, ())) for title in types], customers=not _lists_others(name))
    columns = tuple(InspectedColumn(title, spelt[title], guess.role, guess.why) for title, guess in guesses.items())
    return InspectedTable(name, rows, columns, score_table(name, rows, guesses, is_view=is_view))


def _sample(
    connection: sa.Connection,
    name: str,
    types: ColumnTypes,
    key: Sequence[str],
    *,
    limit: int,
) -> tuple[int, dict[str, list[object]]]:
    """Return the number of rows and up to `limit` of the newest values of each column but blobs and the like."""
    table = sa.Table(
        quoted_name(name, quote=True),
        sa.MetaData(),
        *(sa.Column(quoted_name(title, quote=True), AsStored()) for title in types),
    )
    readable = [title for title, kind in types.items() if column_type(kind) is not ColumnType.OTHER]
    rows = int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
    if not readable:
        return rows, {}
    parts = [_bounded(table.c[title], types[title]) for title in readable]
    statement = sa.select(*parts).order_by(*(table.c[one].desc() for one in key)).limit(limit)
    found = connection.execute(statement).all()
    return rows, {title: [row[at] for row in found] for at, title in enumerate(readable)}


def _bounded(column: sa.ColumnElement[Any], kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """Read only the start of a long text; other types are short, and would turn into text."""
    is_text = isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)
    return sa.func.substr(column, 1, MAX_TEXT) if is_text else column


def _lists_others(table: str) -> bool:
    return bool(NOT_CUSTOMERS & set(re.findall(r"[a-z]+", table.lower())))


def score_table(name: str, rows: int, guesses: Mapping[str, Guess], *, is_view: bool = False) -> float | None:
    """Return how much this looks like the table to plant in, None when it cannot be: no recipient, or too little."""
    score = 0.0
    for role, column in proposed(dict(guesses)):
        weight = TABLE_WEIGHTS.get(role, OTHER_ROLE_WEIGHT)
        score += weight if guesses[column].sided else weight * UNSIDED_SHARE
    if not any(guess.role in CORE for guess in guesses.values()):
        return None
    score += min(math.log10(rows + 1), 6.0) / 2
    reading, words = read_name(name), set(re.findall(r"[a-z]+", name.lower()))
    score += 1.0 if reading.has(Word.WAYBILL, Word.ORDER, Word.CARRIAGE) else 0.0
    score -= 3.0 if words & NOT_LIVE else 0.0
    score -= 2.0 if is_view else 0.0
    return score if score >= LEAST_SCORE else None
