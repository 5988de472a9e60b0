"""Parts of messages that are acknowledged and not yet on record: a small SQLite file beside the hit log.

A message centre sends part two only after part one was acknowledged, and acknowledged means on disk. `put` returns
once the part is durable; a part stays until the hit it belongs to is. Losing the file loses the parts in it, no hit.
With a sealer each part lies here as the contact it would be alone, closed to the inside: the run that took it joins it
from memory, a later one cannot read it and records it as it is (docs/decisions/0117).
"""

import os
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from collector.errors import CollectorError, LogUnwritableError
from collector.hit import Channel, Contact, format_at
from collector.hit.sealing import Sealer
from collector.hitlog.sqlite import sqlite3
from collector.listeners.smppjoin import RETRY_SECONDS, Piece
from collector.translation import _

SUFFIX = ".smpp-parts"
MAX_LOADED = 20_000  # parts; twice what a run holds
_OPEN_PARTS = "CREATE TABLE IF NOT EXISTS part (digest TEXT PRIMARY KEY, received_at TEXT NOT NULL, pdu BLOB NOT NULL)"
_SEALED_PARTS = (  # those of a joined message share its event_tag and the envelope of the first
    "CREATE TABLE IF NOT EXISTS sealed_part"
    " (tag TEXT PRIMARY KEY, received_at TEXT NOT NULL, event_tag TEXT NOT NULL, envelope BLOB)"
)
_PUT_SEALED = "INSERT OR IGNORE INTO sealed_part VALUES (?, ?, ?, ?)"
_PUT_JOINED = "INSERT OR REPLACE INTO sealed_part VALUES (?, ?, ?, ?)"
_DROP = "DELETE FROM part WHERE digest = ?"
Statement = tuple[str, Iterable[tuple[object, ...]]]


class PartSpool:
    """May be used from any thread: a call that was not waited for may still run when the file is closed."""

    def __init__(self, path: Path, sealer: Sealer | None = None) -> None:
        """Open the spool, or make an empty one.

        Raises:
            LogUnwritableError: it cannot be written.
        """
        self._path = path
        self._sealer = sealer
        self._guard = threading.Lock()  # holds: _connection; closing one in use ends the process
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute(_OPEN_PARTS)
            self._connection.execute(_SEALED_PARTS)
        except (sqlite3.Error, OSError) as exc:
            raise self._error(exc) from exc
        self._known = self._sealed_earlier()

    @property
    def is_sealed(self) -> bool:
        """Whether parts are closed before they reach the disk."""
        return self._sealer is not None

    def put(self, piece: Piece, contact: Contact) -> None:
        """Store one part; `contact` is what it would be alone.

        Raises:
            LogUnwritableError: it is not stored.
        """
        at = format_at(piece.received_at)
        if self._sealer is None:
            self._write([("INSERT OR IGNORE INTO part VALUES (?, ?, ?)", [(piece.digest, at, piece.octets)])])
            return
        closed = self._sealer.unnumbered(contact)
        row = (self._sealer.tag(piece.digest), at, closed.event_id, closed.sealed)
        self._write([(_PUT_SEALED, [row]), (_DROP, [(piece.digest,)])])

    def put_joined(self, pieces: Sequence[Piece], contact: Contact) -> None:
        """Put a complete message in the place of its parts, where what is stored cannot be joined again.

        Raises:
            LogUnwritableError: the parts are stored as before, without the last.
        """
        if self._sealer is None:
            return
        closed = self._sealer.unnumbered(contact)
        rows = [
            (self._sealer.tag(one.digest), format_at(one.received_at), closed.event_id, None if at else closed.sealed)
            for at, one in enumerate(pieces)
        ]
        self._write([(_PUT_JOINED, rows)])

    def remove(self, digests: Sequence[str]) -> None:
        """Drop parts that are on record; one that cannot be dropped is recorded again after a restart, as one hit.

        Raises:
            LogUnwritableError: they are still there.
        """
        drops: list[Statement] = [(_DROP, [(digest,) for digest in digests])]
        if self._sealer is not None:
            tags = [(self._sealer.tag(digest),) for digest in digests]
            drops.append(("DELETE FROM sealed_part WHERE tag = ?", tags))
        self._write(drops)

    def load(self) -> list[tuple[datetime, bytes]]:
        """Return what an earlier run left in the open: when each part came and its PDU, oldest first.

        Raises:
            LogUnwritableError: the file cannot be read.
        """
        rows = self._read("SELECT received_at, pdu FROM part ORDER BY received_at, rowid LIMIT ?", MAX_LOADED)
        return [(datetime.fromisoformat(at), bytes(octets)) for at, octets in rows]

    def orphans(self) -> list[Contact]:
        """Return what an earlier run left sealed: contacts as the log takes them, oldest first.

        Raises:
            LogUnwritableError: the file cannot be read.
        """
        query = "SELECT event_tag, envelope FROM sealed_part WHERE envelope IS NOT NULL ORDER BY received_at, rowid"
        rows = self._read(f"{query} LIMIT ?", MAX_LOADED)
        return [Contact(Channel.SMS, "", "", event_id=tag, sealed=bytes(envelope)) for tag, envelope in rows]

    def settle(self, orphans: Iterable[Contact]) -> None:
        """Drop orphans that are on record.

        Raises:
            LogUnwritableError: they are still there.
        """
        self._write([("DELETE FROM sealed_part WHERE event_tag = ?", [(one.event_id,) for one in orphans])])

    def is_known(self, piece: Piece) -> bool:
        """Say whether an earlier run took this part within the hour: it is among the orphans or on record."""
        if self._sealer is None or not self._known:
            return False
        at = self._known.get(self._sealer.tag(piece.digest))
        return at is not None and abs((piece.received_at - at).total_seconds()) < RETRY_SECONDS

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            self._connection.close()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _sealed_earlier(self) -> dict[str, datetime]:
        try:
            rows = self._read("SELECT tag, received_at FROM sealed_part ORDER BY received_at DESC LIMIT ?", MAX_LOADED)
        except CollectorError:
            self._connection.close()
            raise
        return {tag: datetime.fromisoformat(at) for tag, at in rows}

    def _read(self, query: str, most: int) -> list[tuple[Any, ...]]:
        try:
            with self._guard:
                return list(self._connection.execute(query, (most,)).fetchall())
        except sqlite3.Error as exc:
            raise self._error(exc) from exc

    def _write(self, statements: Iterable[Statement]) -> None:
        try:
            with self._guard:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    for statement, rows in statements:
                        self._connection.executemany(statement, rows)
                    self._connection.execute("COMMIT")
                except sqlite3.Error:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
        except sqlite3.Error as exc:
            raise self._error(exc) from exc

    def _error(self, exc: Exception) -> LogUnwritableError:
        return LogUnwritableError(
            _("cannot write {path} ({exc}): mend the disk or [log] path", path=self._path, exc=exc)
        )
