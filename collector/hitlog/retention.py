"""Erasing the contents of hits that are past their time. The chain stays whole: number, time, channel and hash remain.

Runs in the log's writer thread, a bounded step at a time between two commits, so that no contact waits long. What has
not been pulled yet stays, unless the configuration says otherwise. SQLite overwrites what is deleted (secure_delete)
and gives the space back to the file system (incremental_vacuum).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector import limits
from collector.hit import Hit, format_at
from collector.hitlog.rows import ADD_COUNT, SELECT_HIT, Head, hit_of
from collector.hitlog.sqlite import sqlite3

TAGGED, OTHERS = "tagged", "others"  # beside the channels, the classes of hits
PULLED = "pulled"  # the mark that says how far `honey` has stored the log
_DUE = (
    f"{SELECT_HIT} WHERE seq > :after AND seq <= :upto AND received_at < :before AND tagged = :tagged "
    "AND (:channel IS NULL OR channel = :channel) ORDER BY seq LIMIT :limit"
)
_INSERT_TOMBSTONE = (
    "INSERT INTO tombstone (seq, received_at, channel, body, prev, hash) "
    "VALUES (:seq, :at, :channel, :body, :prev, :hash)"
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days the contents of each class are kept. A class that is not named is kept for ever."""

    days: Mapping[str, int]  # by "tagged" (names with a valid check tag) or channel
    erase_unpulled: bool = False


@dataclass(slots=True)
class _Sweep:
    """How far one class has been looked through."""

    name: str
    days: int
    after: int = 0


class Erasing:
    """The writer's duty to erase. One log's; used by its writer thread alone."""

    def __init__(
        self,
        retention: Retention,
        *,
        max_bytes: int,
        every_seconds: float = limits.RETENTION_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._retention = retention
        self._max_bytes = max_bytes
        self._every_seconds = every_seconds
        self._clock = clock
        self._sweeps = [_Sweep(name, days) for name, days in sorted(retention.days.items()) if days]
        self._left: list[_Sweep] = []
        self._looked_at = clock() - every_seconds

    @property
    def is_behind(self) -> bool:
        """Whether a sweep is under way."""
        return bool(self._left)

    def is_due(self) -> bool:
        """Say whether there is something to do now."""
        return self.is_behind or self._clock() - self._looked_at >= self._every_seconds

    def pause(self) -> None:
        """Leave the rest of the sweep to the next one."""
        self._left = []

    def step(self, connection: sqlite3.Connection, now: datetime, head: Head) -> Counter[str]:
        """Erase some of what is past its time; return how many of each class. Runs a transaction of its own.

        Raises:
            sqlite3.Error: nothing of this step was erased.
        """
        if not self._left:
            self._looked_at = self._clock()
            self._left = list(self._sweeps)
            for sweep in self._left:
                sweep.after = 0
        erased: Counter[str] = Counter()
        if self._left:
            with self._room(connection):
                self._sweep(connection, self._left[0], now, head, erased)
        if not self._left and connection.execute("PRAGMA freelist_count").fetchone()[0]:
            _give_back(connection)
        return erased

    def _sweep(
        self, connection: sqlite3.Connection, sweep: _Sweep, now: datetime, head: Head, erased: Counter[str]
    ) -> None:
        before = format_at(now - timedelta(days=sweep.days))
        # The head stays: numbers and hashes of new hits go on from it.
        upto = min(_last_before(connection, before, head.seq), head.seq - 1, self._known_inside(connection, head))
        window = min(upto, sweep.after + limits.RETENTION_WINDOW_HITS)
        hits = _due(connection, sweep, window, before, head.log)
        if hits:
            _bury(connection, sweep.name, hits)
            erased[sweep.name] += len(hits)
        sweep.after = hits[-1].seq if len(hits) == limits.RETENTION_STEP_HITS else window
        if sweep.after >= upto:
            self._left.pop(0)

    def _known_inside(self, connection: sqlite3.Connection, head: Head) -> int:
        if self._retention.erase_unpulled:
            return head.seq
        row = connection.execute("SELECT value FROM mark WHERE name = ?", (PULLED,)).fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _room(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Lend the reserve: a log that is full must be able to write what is left of the hits it erases."""
        limit_pages(connection, self._max_bytes)
        try:
            yield
        finally:
            limit_pages(connection, self._max_bytes - limits.RETENTION_RESERVE_BYTES)


def limit_pages(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Tell SQLite how far the file may grow."""
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    connection.execute(f"PRAGMA max_page_count = {max(1, max_bytes // page_bytes)}")


# --- inside ----------------------------------------------------------------------------------------------------------


def _due(connection: sqlite3.Connection, sweep: _Sweep, upto: int, before: str, log: str) -> list[Hit]:
    where = {
        "after": sweep.after,
        "upto": upto,
        "before": before,
        "tagged": int(sweep.name == TAGGED),
        "channel": None if sweep.name == TAGGED else sweep.name,
        "limit": limits.RETENTION_STEP_HITS,
    }
    return [hit_of(row, log) for row in connection.execute(_DUE, where)]


def _bury(connection: sqlite3.Connection, name: str, hits: list[Hit]) -> None:
    """Replace hits by what is left of them, and count them, in one transaction."""
    rows = [
        {
            "seq": hit.seq,
            "at": format_at(hit.received_at),
            "channel": hit.channel.value,
            "body": hit.body(),
            "prev": bytes.fromhex(hit.prev),
            "hash": bytes.fromhex(hit.hash),
        }
        for hit in hits
    ]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(_INSERT_TOMBSTONE, rows)
        connection.executemany("DELETE FROM hit WHERE seq = ?", [(hit.seq,) for hit in hits])
        connection.execute(ADD_COUNT, (f"log.erased.{name}", len(hits)))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _give_back(connection: sqlite3.Connection) -> None:
    """Shrink the file and empty the write-ahead log, where erased contents would stay until it is written over."""
    connection.execute(f"PRAGMA incremental_vacuum({limits.RETENTION_VACUUM_PAGES})").fetchall()
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {limits.RETENTION_BUSY_MILLISECONDS}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # a slow reader puts it off to the next time
    connection.execute(f"PRAGMA busy_timeout = {patience}")


def _last_before(connection: sqlite3.Connection, before: str, last: int) -> int:
    """Return a number up to which hits came before a time, by bisection: times grow with numbers, unless a clock jumps.

    A jump makes hits be erased later than they could be, never earlier: each one's own time is asked as well.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(
            "SELECT received_at FROM hit WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (middle,)
        ).fetchone()
        if row is None or row[0] < before:
            low = middle
        else:
            high = middle - 1
    return low
