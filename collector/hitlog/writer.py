"""The durable hit log: what `append` has acknowledged is on disk.

One thread owns the only connection that writes. Order of operations: contacts are queued; the thread takes all that
wait (at most `MAX_COMMIT_HITS`), begins a transaction, numbers and chains them, inserts, commits (WAL with
synchronous=FULL: the commit returns after fsync) and only then resolves the futures. A failed commit leaves the state
unknown, so the head is read back from the file before the next one. Loss and tampering: see `collector.hitlog.reader`.
"""

import logging
import os
import queue
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

from sqlite_utils import Database

from collector import limits
from collector.errors import HitError, LogUnwritableError
from collector.hit import Contact, Hit, format_at, raw_bytes
from collector.hit.sealing import Sealer
from collector.hit.tokentag import TagKey
from collector.hitlog.chain import Chain, Hits
from collector.hitlog.lock import take_lock
from collector.hitlog.retention import PULLED, Erasing, Retention, limit_pages
from collector.hitlog.rows import (
    ADD_COUNT,
    INSERT_CHECKPOINT,
    RAISE_MARK,
    THIN_CHECKPOINTS,
    Head,
    insert,
    migrations,
    read_head,
)
from collector.hitlog.signing import Signing
from collector.hitlog.sqlite import sqlite3
from collector.translation import _

_logger = logging.getLogger("collector")


@dataclass(frozen=True, slots=True)
class Duties:
    """What a log's writer does besides recording."""

    signing: Signing | None = None  # without it nothing is signed
    sealer: Sealer | None = None  # without it contacts are kept in the open
    retention: Retention | None = None  # without it nothing is erased
    tags: TagKey | None = None  # without it no hit is known to be of a token of ours


@dataclass(frozen=True, slots=True)
class _Group:
    """Contacts that become durable together or not at all."""

    contacts: Sequence[Contact]
    received_at: datetime
    resolve: Callable[[Hits], None]
    fail: Callable[[Exception], None]


_WAKE = _Group((), datetime.min.replace(tzinfo=UTC), lambda _: None, lambda _: None)  # tells of urgent groups


class HitLog:
    """The one writer of a log file. Open it with `HitLog.open`, close it with `close` or as a context manager."""

    def __init__(
        self,
        path: Path,
        database: Database,
        lock: IO[str],
        *,
        duties: Duties,
        now: Callable[[], datetime],
        max_bytes: int,
    ) -> None:
        self.path = path
        self._duties = duties
        self._now = now
        self._database = database
        self._lock_file = lock
        self._queue: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._urgent: deque[_Group] = deque()
        self._guard = threading.Lock()  # holds: _closed, _waiting, _waiting_bytes, _counts
        self._closed = False
        self._waiting = 0
        self._waiting_bytes = 0
        self._counts: Counter[str] = Counter()
        self._pulled = 0
        self._erasing = Erasing(duties.retention, max_bytes=max_bytes) if duties.retention else None
        self._head: Head | None = read_head(database.conn)  # writer thread only; None while the state is unknown
        self.log_id = self._head.log if self._head else ""
        if duties.signing is not None and self._head is not None:
            duties.signing.resume(_signed_up_to(database.conn, duties.signing.key.public), self._head)
            self._commit([], is_last=False)
        self._writer = threading.Thread(target=self._run, name="hit-log-writer", daemon=True)
        self._writer.start()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: Callable[[], datetime],
        max_bytes: int = limits.MAX_LOG_BYTES,
        new_id: Callable[[], str] = lambda: secrets.token_hex(4),
        duties: Duties | None = None,
    ) -> "HitLog":
        """Open the log at `path`, or make an empty one there (readable by this user alone).

        Raises:
            LogLockedError: another process writes it.
            LogUnwritableError: it cannot be opened for writing.
        """
        lock = take_lock(path)
        try:
            duties = duties or Duties()
            room = max_bytes - (limits.RETENTION_RESERVE_BYTES if duties.retention else 0)
            return cls(path, _open_database(path, now, room, new_id), lock, duties=duties, now=now, max_bytes=max_bytes)
        except (sqlite3.Error, OSError) as exc:
            lock.close()
            raise LogUnwritableError(
                _("cannot write the hit log {path} ({exc}): mend the disk or [log] path", path=path, exc=exc)
            ) from exc

    def append(self, contact: Contact, received_at: datetime) -> "Future[Hit]":
        """Record one contact. The future resolves once it is durable: `.result()` waits, `asyncio.wrap_future` awaits.

        A contact whose (channel, provider, event id) is on record already resolves to the earlier hit.

        Raises:
            LogUnwritableError: too many contacts wait already, or the log is closed; also through the future.
        """
        done: Future[Hit] = Future()
        self._queue_up(_Group([contact], received_at, lambda hits: done.set_result(hits[0]), done.set_exception))
        return done

    def append_all(
        self, contacts: Sequence[Contact], received_at: datetime, *, is_urgent: bool = False
    ) -> Future[Hits]:
        """Record contacts that belong together, in one transaction: all become durable or none.

        Urgent ones go ahead of all others that wait, and there is room for them when there is none for others.

        Raises:
            LogUnwritableError: too many contacts wait already, or the log is closed; also through the future.
        """
        if not 1 <= len(contacts) <= limits.MAX_COMMIT_HITS:
            raise ValueError(f"a group holds 1 to {limits.MAX_COMMIT_HITS} contacts, not {len(contacts)}")
        done: Future[Hits] = Future()
        self._queue_up(_Group(contacts, received_at, done.set_result, done.set_exception), is_urgent=is_urgent)
        return done

    @property
    def waiting(self) -> int:
        """How many contacts are not on disk yet."""
        return self._waiting

    def count(self, name: str, number: int = 1) -> None:
        """Add to a counter of what is not on record. It reaches the file within about a second, once it can."""
        with self._guard:
            self._counts[name] += number

    def pulled(self, seq: int) -> None:
        """Take note that hits up to `seq` are stored inside. It reaches the file within about a second."""
        with self._guard:
            self._pulled = max(self._pulled, seq)

    def close(self) -> None:
        """Write what waits, then release the file."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._writer.join()
        self._database.close()
        self._lock_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _queue_up(self, group: _Group, *, is_urgent: bool = False) -> None:
        octets, factor = raw_bytes(group.contacts), 2 if is_urgent else 1
        with self._guard:
            if self._closed:
                raise LogUnwritableError(_("the hit log is closed"))
            has_room = self._waiting + len(group.contacts) <= limits.MAX_WAITING_CONTACTS * factor
            if not has_room or self._waiting_bytes + octets > limits.MAX_WAITING_BYTES * factor:
                raise LogUnwritableError(_("{waiting} contacts wait for the hit log already", waiting=self._waiting))
            self._waiting += len(group.contacts)
            self._waiting_bytes += octets
            if is_urgent:
                self._urgent.append(group)
                group = _WAKE
            self._queue.put(group)

    # --- the writer thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            groups, open_for_more = self._take()
            self._commit(groups, is_last=not open_for_more)
            if open_for_more:
                self._erase()

    def _take(self) -> tuple[list[_Group], bool]:
        groups: list[_Group] = []
        taken = self._take_urgent(groups)
        try:
            is_behind = self._erasing is not None and self._erasing.is_behind
            group = self._queue.get(timeout=0.0 if is_behind else limits.COUNTER_FLUSH_SECONDS)
            while group is not None:
                if group is _WAKE:
                    taken += self._take_urgent(groups)
                else:
                    groups.append(group)
                    taken += _weight(group)
                if taken >= limits.MAX_COMMIT_HITS:
                    return groups, True
                group = self._queue.get_nowait()
        except queue.Empty:
            return groups, True
        return groups, False

    def _take_urgent(self, groups: list[_Group]) -> int:
        taken = 0
        while self._urgent and taken < limits.MAX_COMMIT_HITS:
            groups.append(self._urgent.popleft())
            taken += _weight(groups[-1])
        return taken

    def _commit(self, groups: list[_Group], *, is_last: bool) -> None:
        with self._guard:
            counts, self._counts = self._counts, Counter()
            pulled, self._pulled = self._pulled, 0
            self._waiting -= sum(len(group.contacts) for group in groups)
            self._waiting_bytes -= sum(raw_bytes(group.contacts) for group in groups)
        signing = self._duties.signing
        is_due = signing is not None and self._head is not None and signing.is_due(self._head, last=is_last)
        if not groups and not counts and not pulled and not is_due:
            return
        connection = self._database.conn
        try:
            connection.execute("BEGIN IMMEDIATE")
            head = self._head or read_head(connection)
            chain = Chain(connection, head, self._duties.sealer, self._duties.tags)
            answers = [chain.add(group.contacts, group.received_at) for group in groups]
            insert(connection, chain.rows)
            connection.executemany(ADD_COUNT, counts.items())
            connection.executemany(RAISE_MARK, [(PULLED, pulled)] if pulled else [])
            signed = self._sign(connection, chain.head, is_last=is_last)
            connection.execute("COMMIT")
        except Exception as exc:  # noqa: BLE001 - a writer that died would leave every listener waiting
            self._give_up(groups, counts, exc)
            self.pulled(pulled)
            return
        self._head = chain.head
        if signing is not None and signed:
            signing.signed(chain.head)
        for group, answer in zip(groups, answers, strict=True):
            if isinstance(answer, HitError):
                _tell(group.fail, answer)
            else:
                _tell(group.resolve, answer)

    def _sign(self, connection: sqlite3.Connection, head: Head, *, is_last: bool) -> bool:
        """Sign the head if that is due, in the transaction that makes it durable."""
        signing = self._duties.signing
        if signing is None or not signing.is_due(head, last=is_last):
            return False
        at = self._now()
        row = (head.seq, format_at(at), signing.key.public, signing.note(head, at))
        connection.execute(INSERT_CHECKPOINT, row)
        connection.execute(THIN_CHECKPOINTS, {"kept": limits.CHECKPOINTS_KEPT})
        return True

    def _erase(self) -> None:
        """Erase a little of what is past its time. A failure costs nothing but the time until the next try."""
        if self._erasing is None or not self._erasing.is_due():
            return
        try:
            head = self._head or read_head(self._database.conn)
            self._erasing.step(self._database.conn, self._now(), head)
        except Exception:
            self._erasing.pause()
            _logger.exception("cannot erase what is past its time in %s: mend the disk", self.path)

    def _give_up(self, groups: list[_Group], counts: Counter[str], exc: Exception) -> None:
        self._head = None
        with suppress(sqlite3.Error):
            self._database.conn.rollback()
        with self._guard:
            self._counts.update(counts)
        error = LogUnwritableError(_("cannot write the hit log {path} ({exc})", path=self.path, exc=exc))
        error.__cause__ = exc
        for group in groups:
            _tell(group.fail, error)


def _weight(group: _Group) -> int:
    """Return how many small hits a group stands for in a commit."""
    octets = sum([len(contact.raw) for contact in group.contacts])
    return len(group.contacts) + octets * limits.MAX_COMMIT_HITS // limits.MAX_COMMIT_BYTES


def _tell(say: Callable[[Any], None], what: object) -> None:
    with suppress(InvalidStateError):  # the waiter cancelled; its contact is on record all the same
        say(what)


def _open_database(path: Path, now: Callable[[], datetime], max_bytes: int, new_id: Callable[[], str]) -> Database:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        database = Database(connection, recursive_triggers=False, execute_plugins=False)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new file; an older one keeps its size
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        limit_pages(connection, max_bytes)
        migrations.apply(database)
        if not connection.execute("SELECT count(*) FROM log").fetchone()[0]:
            database.table("log").insert({"id": new_id(), "created_at": format_at(now())})
    except BaseException:
        connection.close()
        raise
    return database


def _signed_up_to(connection: sqlite3.Connection, key: bytes) -> int:
    """Return the last number this key has signed for; a new key signs again what an older one did."""
    (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM checkpoint WHERE key = ?", (key,)).fetchone()
    return int(seq)
