"""SQLite files: every table, read-only. Nothing in the file is executed: no trigger, view, function or extension.

The file is opened as immutable, so that not even a lock is taken, and its schema is not trusted; an authoriser allows
reading alone. Virtual tables are read by the real tables they are stored in.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Lost, Note, Table
from honey.trace.read.cells import Losses, cell_text, one_line, row_text
from honey.trace.read.source import UnreadableError, stated
from honey.translation import _

try:  # newer than the one of most Pythons, and more robust on broken files
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3

MAX_VALUE_BYTES = 256 * 1024 * 1024
MAX_TABLES = 10_000
_MEND = _("copy it again, or run `sqlite3 FILE .recover`")
_ALLOWED = {20, 21}  # SQLITE_READ, SQLITE_SELECT
_OK, _DENY = 0, 1


def read(path: Path) -> Iterator[Frame]:
    """Yield every table under its name; those that are broken are told one by one.

    Raises:
        UnreadableError: the file is no database, or its list of tables cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as connection:
            tables = _opened(connection)
            if not tables:
                raise UnreadableError(_("holds no tables; nothing to search"))
            for name, columns in tables.items():
                yield from _table(connection, name, columns)
    except (sqlite3.Error, ValueError, OverflowError) as exc:
        raise UnreadableError(_("broken database ({reason}); {mend}", reason=stated(exc), mend=_MEND)) from exc


def _opened(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the stored columns of every real table, and allow nothing but reading them from here on."""
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
        connection.execute(f"PRAGMA {pragma}")
    if hasattr(connection, "setlimit"):
        connection.setlimit(0, MAX_VALUE_BYTES)  # SQLITE_LIMIT_LENGTH
    tables: dict[str, list[str]] = {}
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
        if isinstance(name, str) and not str(sql).upper().startswith("CREATE VIRTUAL"):
            found = connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden IN (0, 3)", (name,))
            tables[name] = [str(column) for (column,) in found]  # a virtual generated column would run functions
        if len(tables) > MAX_TABLES:
            raise UnreadableError(
                _("holds more than {max_tables:,} tables; export those that matter as CSV", max_tables=MAX_TABLES)
            )
    connection.set_authorizer(lambda action, *_: _OK if action in _ALLOWED else _DENY)
    return tables


def _table(connection: sqlite3.Connection, name: str, columns: list[str]) -> Iterator[Frame]:
    label, losses = one_line(name), Losses()
    yield Table(label, "sqlite", tuple(map(one_line, columns)))
    try:
        cursor = connection.execute(f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(name)}")
        yield from told.rows(row_text([cell_text(value, losses) for value in values]) for values in cursor)
    except (sqlite3.Error, ValueError, OverflowError) as exc:
        yield Lost(label, _("broken table ({reason}); {mend}", reason=stated(exc), mend=_MEND))
    yield from map(Note, losses.notes())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
