"""Ordered schema changes; each runs in one transaction together with the record that it ran."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from honey.errors import RegistryError
from honey.registry import schema
from honey.translation import _

_applied = sa.Table(
    "migration",
    sa.MetaData(),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(80), nullable=False),
)


def _first_tables(connection: Connection) -> None:
    schema.metadata.create_all(connection)


def _access_look_ups(connection: Connection) -> None:
    """Index the access record for questions about leaked rows: who was active where and when, and how much in all."""
    for name, columns in (
        ("access_event_reader", "account_id, at, waybill_number, export_id"),
        ("access_event_scene", "outlet, at, waybill_number"),
    ):
        connection.execute(sa.text(f"CREATE INDEX IF NOT EXISTS {name} ON access_event ({columns})"))


def _export_epochs(connection: Connection) -> None:
    """Remember the epoch of each export; those made before were of the first."""
    if "epoch" not in {column["name"] for column in sa.inspect(connection).get_columns("export")}:
        connection.execute(sa.text("ALTER TABLE export ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1"))


def _collector_logs(connection: Connection) -> None:
    """Remember which key signs for each collector's log, and how far."""
    schema.collector_log.create(connection, checkfirst=True)


# A migration that has been released is never edited; the next change is appended.
MIGRATIONS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("first tables", _first_tables),
    ("access look-ups", _access_look_ups),
    ("export epochs", _export_epochs),
    ("collector logs", _collector_logs),
)


def migrate(engine: sa.Engine) -> int:
    """Bring the database to the newest version and return it.

    Raises RegistryError when it was written by a newer release: reading it with older code could lose data.
    """
    with engine.begin() as connection:
        _applied.create(connection, checkfirst=True)
    for version, (name, change) in enumerate(MIGRATIONS, start=1):
        with engine.begin() as connection:
            if _version(connection) < version:
                change(connection)
                connection.execute(_applied.insert().values(version=version, name=name))
    with engine.connect() as connection:
        found = _version(connection)
    if found > len(MIGRATIONS):
        raise RegistryError(
            _(
                "the registry is of version {found}, this release knows {count}: upgrade honey",
                found=found,
                count=len(MIGRATIONS),
            )
        )
    return found


def _version(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.max(_applied.c.version))).scalar() or 0
