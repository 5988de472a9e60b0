"""What SQLAlchemy's reflection does not say about an SQLite table, and the AUTOINCREMENT counter.

The only statements of honey.host that no other database understands live here. Reads the catalogue; writes nothing but
the counter.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class SqliteDetails:
    """`rowid_column` is the INTEGER PRIMARY KEY that SQLite fills in, if there is one."""

    declared_types: dict[str, str]
    rowid_column: str | None
    unique_columns: frozenset[str]
    generated: frozenset[str]


def sqlite_details(connection: Connection, table: str) -> SqliteDetails:
    """Read the catalogue entry of one table."""
    columns = connection.execute(
        text("SELECT name, type, pk, hidden FROM pragma_table_xinfo(:name)"), {"name": table}
    ).all()
    without_rowid = connection.scalar(
        text("SELECT wr FROM pragma_table_list WHERE name = :name AND schema = 'main'"), {"name": table}
    )
    keys = [column for column in columns if column.pk]
    # Only a lone key declared exactly INTEGER stands for the rowid; "INT PRIMARY KEY" does not.
    lone_integer = len(keys) == 1 and keys[0].type.upper() == "INTEGER" and not without_rowid
    return SqliteDetails(
        declared_types={column.name: column.type for column in columns},
        rowid_column=keys[0].name if lone_integer else None,
        unique_columns=_unique_alone(connection, table),
        generated=frozenset(column.name for column in columns if column.hidden in {2, 3}),  # virtual, stored
    )


def _unique_alone(connection: Connection, table: str) -> frozenset[str]:
    """Columns that a whole-table unique index or constraint covers alone."""
    rows = connection.execute(
        text(
            "SELECT min(part.name) AS name FROM pragma_index_list(:name) AS list, pragma_index_info(list.name) AS part "
            'WHERE list."unique" AND NOT list.partial GROUP BY list.name HAVING count(*) = 1'
        ),
        {"name": table},
    )
    return frozenset(row.name for row in rows if row.name is not None)  # None: an expression


def read_counter(connection: Connection, table: str) -> int | None:
    """Return the highest number AUTOINCREMENT ever gave out, None when the table keeps no such count."""
    if not _counts(connection):
        return None
    value = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table})
    return None if value is None else int(value)


def reset_counter(connection: Connection, table: str, *, before: int | None, after: int | None) -> None:
    """Put the count back to `before`, only if it still is `after`: the host may have gone on counting."""
    if after is None or not _counts(connection):
        return
    found = {"name": table, "after": after}
    if before is None:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name AND seq = :after"), found)
    else:
        connection.execute(
            text("UPDATE sqlite_sequence SET seq = :before WHERE name = :name AND seq = :after"),
            {**found, "before": before},
        )


def _counts(connection: Connection) -> bool:
    return connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")) is not None
