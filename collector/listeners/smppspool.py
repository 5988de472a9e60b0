"""Parts of messages that are acknowledged and not yet on record: a small SQLite file beside the hit log.

A message centre sends part two only after part one was acknowledged, and acknowledged means on disk. `put` returns
once the part is durable; a part stays until the hit it belongs to is. Losing the file loses the parts in it, no hit.
"""

import os
import threading
from datetime import datetime
from pathlib import Path

from collector.errors import LogUnwritableError
from collector.hit import format_at
from collector.sqlite import sqlite3

SUFFIX = ".smpp-parts"
MAX_LOADED = 20_000  # parts; twice what a run holds


class PartSpool:
    """May be used from any thread: a call that was not waited for may still run when the file is closed."""

    def __init__(self, path: Path) -> None:
        """Open the spool, or make an empty one.

        Raises:
            LogUnwritableError: it cannot be written.
        """
        self._path = path
        self._guard = threading.Lock()  # holds: _connection; closing one in use ends the process
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS part"
                " (digest TEXT PRIMARY KEY, received_at TEXT NOT NULL, pdu BLOB NOT NULL)"
            )
        except (sqlite3.Error, OSError) as exc:
            raise self._error(exc) from exc

    def put(self, digest: str, received_at: datetime, octets: bytes) -> None:
        """Store one part.

        Raises:
            LogUnwritableError: it is not stored.
        """
        row = (digest, format_at(received_at), octets)
        try:
            with self._guard:
                self._connection.execute("INSERT OR IGNORE INTO part VALUES (?, ?, ?)", row)
        except sqlite3.Error as exc:
            raise self._error(exc) from exc

    def remove(self, digests: list[str]) -> None:
        """Drop parts that are on record; one that cannot be dropped is recorded again after a restart, as one hit.

        Raises:
            LogUnwritableError: they are still there.
        """
        try:
            with self._guard:
                self._connection.executemany("DELETE FROM part WHERE digest = ?", [(digest,) for digest in digests])
        except sqlite3.Error as exc:
            raise self._error(exc) from exc

    def load(self) -> list[tuple[datetime, bytes]]:
        """Return the parts of an earlier run: when each came and its PDU, oldest first.

        Raises:
            LogUnwritableError: the file cannot be read.
        """
        query = "SELECT received_at, pdu FROM part ORDER BY received_at, rowid LIMIT ?"
        try:
            with self._guard:
                rows = self._connection.execute(query, (MAX_LOADED,)).fetchall()
        except sqlite3.Error as exc:
            raise self._error(exc) from exc
        return [(datetime.fromisoformat(at), bytes(octets)) for at, octets in rows]

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            self._connection.close()

    def _error(self, exc: Exception) -> LogUnwritableError:
        return LogUnwritableError(f"cannot write {self._path} ({exc}): mend the disk or [log] path")
