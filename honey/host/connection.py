"""Opens the host database: SQLite, PostgreSQL or MySQL/MariaDB by SQLAlchemy URL.

The host is live and not ours: nothing is created, waits are bounded, and values pass through as the driver gives them.
Transactions begin where SQLAlchemy says so, not where Python's sqlite3 guesses.
"""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from honey.errors import HostError
from honey.host.failure import MENDING, Trouble, host_error, reason, trouble
from honey.translation import _

BUSY_SECONDS = 10  # how long to wait for another program's lock; a waybill application commits in far less
CONNECT_SECONDS = 10

WRITES = "honey_writes"  # execution option of connections that are going to write

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
BACKENDS = frozenset({"sqlite", "postgresql", "mysql", "mariadb"})
EXTRAS = {"psycopg": "postgresql", "pymysql": "mysql"}


def safe_url(url: str) -> str:
    """Return `url` fit for messages: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "[host] url"


def open_engine(url: str) -> Engine:
    """Return a connected engine. Raise `HostError` when there is no such database; never create one.

    A relative SQLite path is taken as it stands: resolve it first.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise HostError(
            _(
                "[host] url is not a database address; write for example sqlite:///waybills.db or "
                "postgresql://user:password@server/database."
            )
        ) from exc
    parsed = parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))
    place = safe_url(url)
    backend = parsed.get_backend_name()
    if backend not in BACKENDS:
        raise HostError(_("{place}: honey plants in sqlite, postgresql and mysql; correct [host] url.", place=place))
    is_sqlite = backend == "sqlite"
    if is_sqlite:
        parsed = _existing_file(parsed)
    try:
        engine = create_engine(parsed, connect_args=_connect_arguments(parsed))
    except NoSuchModuleError as exc:
        raise HostError(
            _("{place}: there is no such driver; write only {backend}:// in [host] url.", place=place, backend=backend)
        ) from exc
    except ModuleNotFoundError as exc:
        extra = EXTRAS.get(exc.name or "", exc.name)
        raise HostError(
            _(
                "{place}: the driver {driver} is missing; pip install 'waybill-honeytokens[{extra}]'.",
                place=place,
                driver=exc.name,
                extra=extra,
            )
        ) from exc
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        engine.connect().close()
    except SQLAlchemyError as exc:
        engine.dispose()
        if trouble(exc) is Trouble.ROW:  # servers have many ways to say no
            raise HostError(
                _("{place}: {reason}: {mending}.", place=place, reason=reason(exc), mending=MENDING[Trouble.CONNECTION])
            ) from exc
        raise host_error(exc, place) from exc
    return engine


def _existing_file(url: URL) -> URL:
    """Return the URL that opens the SQLite file for reading and writing but never creates it."""
    path = url.database or ""
    if path in {"", ":memory:"}:
        raise HostError(_("[host] url names no file: an SQLite host is a file, as in sqlite:///waybills.db."))
    # "rwc" and "memory" would make a new database of a misspelt path.
    opening = {"mode": "ro" if url.query.get("mode") == "ro" else "rw", "uri": "true"}
    if path.startswith("file:"):
        return url.update_query_dict(opening)
    if not Path(path).is_file():
        raise HostError(_("{url}: there is no such file; correct [host] url.", url=url.render_as_string()))
    # "?", "#" and "%" in a path would otherwise be read as parts of the URI.
    return url.set(database=f"file:{quote(path)}").update_query_dict(opening)


def _connect_arguments(url: URL) -> dict[str, Any]:
    """Bounded waits, as each driver spells them; what the URL itself says goes first."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_SECONDS}
    if url.get_backend_name() == "postgresql":
        own = {"connect_timeout": CONNECT_SECONDS, "options": f"-c lock_timeout={BUSY_SECONDS * 1000}"}
    else:
        lock = f"SET SESSION innodb_lock_wait_timeout = {BUSY_SECONDS}"
        own = {"connect_timeout": CONNECT_SECONDS, "init_command": lock, "charset": "utf8mb4"}
    return {name: value for name, value in own.items() if name not in url.query}


def _tolerant_text(stored: bytes) -> str:
    # A host may hold GBK bytes in a text column: one bad value must not stop a sample.
    return stored.decode("utf-8", errors="replace")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # SQLAlchemy's documented recipe: sqlite3 must not begin or commit by itself.
    connection.isolation_level = None
    connection.text_factory = _tolerant_text
    # SQLite checks foreign keys only when asked; a decoy must not dangle.
    connection.execute("PRAGMA foreign_keys = ON").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, without waiting, if another program wrote between.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
