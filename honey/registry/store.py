"""Open the registry: one transaction at a time, every opening journalled."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from honey.errors import RegistryError
from honey.registry import schema
from honey.registry.migrations import migrate
from honey.registry.seal import Seal
from honey.translation import _

_BUSY_SECONDS = 30  # another honey command may be writing


@dataclass(frozen=True, slots=True)
class Session:
    """One open transaction, and the seal that opens what it reads."""

    connection: Connection
    seal: Seal


class Registry:
    """The store behind one workspace."""

    def __init__(self, engine: sa.Engine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    @classmethod
    def create(cls, url: str, seal: Seal) -> "Registry":
        """Make an empty registry; refuses one that exists."""
        database = sa.engine.make_url(url).database
        if _is_sqlite(url) and database and Path(database).exists():
            raise RegistryError(
                _("{database} exists already: an existing registry is opened, never overwritten", database=database)
            )
        registry = cls(_engine(url), seal)
        if database and _is_sqlite(url):
            Path(database).touch(mode=0o600)
        migrate(registry._engine)
        return registry

    @classmethod
    def open(cls, url: str, seal: Seal, *, command: str, now: datetime) -> "Registry":
        """Open an existing registry and journal the opening; refuses a missing one rather than making it anew."""
        database = sa.engine.make_url(url).database
        if _is_sqlite(url) and database and not Path(database).exists():
            raise RegistryError(
                _("no registry at {database}: run honey init, or restore it from the backup", database=database)
            )
        registry = cls(_engine(url), seal)
        try:
            with _stated():
                migrate(registry._engine)
            with registry.begin() as session:
                _require_key(session)
                _journal(session.connection, command, now)
        except RegistryError:
            registry.close()
            raise
        return registry

    @contextmanager
    def begin(self, *, keep: bool = True) -> Iterator[Session]:
        """Run one transaction: committed at the end of the block, rolled back when it raises or is not to be kept."""
        with _stated(), self._engine.connect() as connection, connection.begin() as transaction:
            yield Session(connection, self._seal)
            if not keep:
                transaction.rollback()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def next_number(connection: Connection, column: sa.Column[int]) -> int:
    """Return one more than the largest value; the caller's transaction holds the write lock."""
    return (connection.execute(sa.select(sa.func.max(column))).scalar() or 0) + 1


@contextmanager
def _stated() -> Iterator[None]:
    """Turn what keeps a database from working into RegistryError; a wrong statement stays the bug it is."""
    try:
        yield
    except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError):
        raise
    except sa.exc.DatabaseError as error:
        raise RegistryError(
            _(
                "the registry cannot be used: {orig}: wait for other honey commands, or restore it from the backup",
                orig=error.orig,
            )
        ) from error


def _require_key(session: Session) -> None:
    """Raise RegistryError unless the key opens what is sealed: two keys in one registry could never be told apart."""
    decoy, hit = schema.decoy.c, schema.hit.c
    for query in (
        sa.select(sa.literal("decoy:") + decoy.id, decoy.sealed).limit(1),
        sa.select(sa.literal("hit:") + hit.log + ":" + sa.cast(hit.seq, sa.String), hit.sealed).limit(1),
    ):
        row = session.connection.execute(query).first()
        if row:
            session.seal.open(row[1], row[0])


def _journal(connection: Connection, command: str, now: datetime) -> None:
    number = next_number(connection, schema.opening.c.number)
    connection.execute(schema.opening.insert().values(number=number, at=now, who=_who()[:120], command=command[:200]))


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _is_sqlite(url: str) -> bool:
    return sa.engine.make_url(url).get_backend_name() == "sqlite"


def _sqlite_module() -> ModuleType:
    """Prefer the packaged SQLite: Python's own may carry the WAL-reset bug (fixed in 3.51.3)."""
    for name in ("pysqlite3.dbapi2", "sqlite3.dbapi2"):
        with suppress(ImportError):
            return import_module(name)
    raise RegistryError(_("this Python has no sqlite3 module: install the pysqlite3 package"))


def _engine(url: str) -> sa.Engine:
    if not _is_sqlite(url):
        try:
            return sa.create_engine(url, isolation_level="SERIALIZABLE")
        except (sa.exc.ArgumentError, ImportError) as error:
            raise RegistryError(
                _("registry.url: no driver for it: {error}: install it, or use sqlite", error=error)
            ) from error
    engine = sa.create_engine(
        url, connect_args={"timeout": _BUSY_SECONDS}, poolclass=sa.pool.NullPool, module=_sqlite_module()
    )

    # The driver's own transaction handling leaves DDL outside transactions; begin by hand, and take the write
    # lock at once so that read-then-write cannot fail half-way (SQLAlchemy: SQLite, "Serializable isolation").
    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
        del record
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
