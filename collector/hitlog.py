"""The durable hit log: what `append` has acknowledged is on disk.

One thread owns the only connection that writes. Order of operations: contacts are queued; the thread takes all that
wait (at most `MAX_COMMIT_HITS`), begins a transaction, numbers and chains them, inserts, commits (WAL with
synchronous=FULL: the commit returns after fsync) and only then resolves the futures. A failed commit leaves the state
unknown, so the head is read back from the file before the next one. Loss and tampering: see `collector.hitfile`.
"""

import fcntl
import os
import queue
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from sqlite_utils import Database

from collector import limits
from collector.errors import HitError, LogLockedError, LogUnwritableError
from collector.hit import Contact, Hit, format_at, seal
from collector.hitfile import ADD_COUNT, FIND_EVENT, INSERT_HIT, Head, hit_of, migrations, read_head, row_of
from collector.sqlite import sqlite3

LOCK_SUFFIX = ".lock"
Hits = tuple[Hit, ...]
EventKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Group:
    """Contacts that become durable together or not at all."""

    contacts: Sequence[Contact]
    received_at: datetime
    resolve: Callable[[Hits], None]
    fail: Callable[[Exception], None]


class HitLog:
    """The one writer of a log file. Open it with `HitLog.open`, close it with `close` or as a context manager."""

    def __init__(self, path: Path, database: Database, lock: IO[str]) -> None:
        self.path = path
        self._database = database
        self._lock_file = lock
        self._queue: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._guard = threading.Lock()  # holds: _closed, _waiting, _counts
        self._closed = False
        self._waiting = 0
        self._counts: Counter[str] = Counter()
        self._head: Head | None = read_head(database.conn)  # writer thread only; None while the state is unknown
        self.log_id = self._head.log if self._head else ""
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
    ) -> "HitLog":
        """Open the log at `path`, or make an empty one there (readable by this user alone).

        Raises:
            LogLockedError: another process writes it.
            LogUnwritableError: it cannot be opened for writing.
        """
        lock = _lock(path)
        try:
            return cls(path, _open_database(path, now, max_bytes, new_id), lock)
        except (sqlite3.Error, OSError) as exc:
            lock.close()
            raise LogUnwritableError(f"cannot write the hit log {path} ({exc}): mend the disk or [log] path") from exc

    def append(self, contact: Contact, received_at: datetime) -> "Future[Hit]":
        """Record one contact. The future resolves once it is durable: `.result()` waits, `asyncio.wrap_future` awaits.

        A contact whose (channel, provider, event id) is on record already resolves to the earlier hit.

        Raises:
            LogUnwritableError: too many contacts wait already, or the log is closed; also through the future.
        """
        done: Future[Hit] = Future()
        self._queue_up(_Group([contact], received_at, lambda hits: done.set_result(hits[0]), done.set_exception))
        return done

    def append_all(self, contacts: Sequence[Contact], received_at: datetime) -> Future[Hits]:
        """Record contacts that belong together, in one transaction: all become durable or none.

        Raises:
            LogUnwritableError: too many contacts wait already, or the log is closed; also through the future.
        """
        if not 1 <= len(contacts) <= limits.MAX_COMMIT_HITS:
            raise ValueError(f"a group holds 1 to {limits.MAX_COMMIT_HITS} contacts, not {len(contacts)}")
        done: Future[Hits] = Future()
        self._queue_up(_Group(contacts, received_at, done.set_result, done.set_exception))
        return done

    def count(self, name: str, number: int = 1) -> None:
        """Add to a counter of what is not on record. It reaches the file within about a second, once it can."""
        with self._guard:
            self._counts[name] += number

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

    def _queue_up(self, group: _Group) -> None:
        with self._guard:
            if self._closed:
                raise LogUnwritableError("the hit log is closed")
            if self._waiting + len(group.contacts) > limits.MAX_WAITING_CONTACTS:
                raise LogUnwritableError(f"{self._waiting} contacts wait for the hit log already")
            self._waiting += len(group.contacts)
            self._queue.put(group)

    # --- the writer thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            groups, open_for_more = self._take()
            self._commit(groups)

    def _take(self) -> tuple[list[_Group], bool]:
        groups: list[_Group] = []
        taken = 0
        try:
            group = self._queue.get(timeout=limits.COUNTER_FLUSH_SECONDS)
            while group is not None:
                groups.append(group)
                taken += len(group.contacts)
                if taken >= limits.MAX_COMMIT_HITS:
                    return groups, True
                group = self._queue.get_nowait()
        except queue.Empty:
            return groups, True
        return groups, False

    def _commit(self, groups: list[_Group]) -> None:
        with self._guard:
            counts, self._counts = self._counts, Counter()
            self._waiting -= sum(len(group.contacts) for group in groups)
        if not groups and not counts:
            return
        connection = self._database.conn
        try:
            connection.execute("BEGIN IMMEDIATE")
            head = self._head or read_head(connection)
            chain = _Chain(connection, head)
            answers = [chain.add(group) for group in groups]
            connection.executemany(INSERT_HIT, map(row_of, chain.fresh))
            connection.executemany(ADD_COUNT, counts.items())
            connection.execute("COMMIT")
        except Exception as exc:  # noqa: BLE001 - a writer that died would leave every listener waiting
            self._give_up(groups, counts, exc)
            return
        self._head = chain.head
        for group, answer in zip(groups, answers, strict=True):
            if isinstance(answer, HitError):
                _tell(group.fail, answer)
            else:
                _tell(group.resolve, answer)

    def _give_up(self, groups: list[_Group], counts: Counter[str], exc: Exception) -> None:
        self._head = None
        with suppress(sqlite3.Error):
            self._database.conn.rollback()
        with self._guard:
            self._counts.update(counts)
        error = LogUnwritableError(f"cannot write the hit log {self.path} ({exc})")
        error.__cause__ = exc
        for group in groups:
            _tell(group.fail, error)


class _Chain:
    """Numbers and chains the contacts of one transaction. Nothing of it counts until the commit."""

    def __init__(self, connection: sqlite3.Connection, head: Head) -> None:
        self._connection = connection
        self._events: dict[EventKey, Hit] = {}
        self.head = head
        self.fresh: list[Hit] = []

    def add(self, group: _Group) -> Hits | HitError:
        """Return the group's hits, or why none of it can be recorded; the other groups go on."""
        head, fresh_before = self.head, len(self.fresh)
        try:
            return tuple([self._one(contact, group.received_at) for contact in group.contacts])
        except HitError as exc:
            self.head = head
            for hit in self.fresh[fresh_before:]:
                self._events.pop(_event_key(hit.contact), None)
            del self.fresh[fresh_before:]
            return exc

    def _one(self, contact: Contact, received_at: datetime) -> Hit:
        if contact.event_id is not None and (earlier := self._find(contact)) is not None:
            return earlier
        head = self.head
        hit = seal(contact, seq=head.seq + 1, received_at=received_at, log=head.log, prev=head.hash)
        self.head = Head(head.log, hit.seq, hit.hash)
        self.fresh.append(hit)
        if contact.event_id is not None:
            self._events[_event_key(contact)] = hit
        return hit

    def _find(self, contact: Contact) -> Hit | None:
        key = _event_key(contact)
        if key in self._events:
            return self._events[key]
        row = self._connection.execute(FIND_EVENT, key).fetchone()
        return None if row is None else hit_of(row, self.head.log)


def _tell(say: Callable[[Any], None], what: object) -> None:
    with suppress(InvalidStateError):  # the waiter cancelled; its contact is on record all the same
        say(what)


def _event_key(contact: Contact) -> EventKey:
    return contact.channel.value, contact.provider or "", contact.event_id or ""


def writer_of(path: Path) -> str | None:
    """Return the process id of the collector that writes the log at `path`, or None if none does."""
    try:
        with path.with_name(path.name + LOCK_SUFFIX).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return lock.read(20).strip() or "unknown"
    except OSError:
        return None
    return None


def _lock(path: Path) -> IO[str]:
    """Take the lock that keeps a second writer out; it ends with the process, however that ends."""
    lock_path = path.with_name(path.name + LOCK_SUFFIX)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    except OSError as exc:
        raise LogUnwritableError(f"cannot write beside {path} ({exc.strerror}): mend the folder or [log] path") from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        holder = lock.read(20).strip() or "unknown"
        lock.close()
        raise LogLockedError(
            f"another collector (process {holder}) writes {path}: stop it, or give this one its own [log] path"
        ) from exc
    try:
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
    except OSError as exc:
        lock.close()
        raise LogUnwritableError(f"cannot write {lock_path} ({exc.strerror}): mend the disk or [log] path") from exc
    return lock


def _open_database(path: Path, now: Callable[[], datetime], max_bytes: int, new_id: Callable[[], str]) -> Database:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        database = Database(connection, recursive_triggers=False, execute_plugins=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA max_page_count = {max(1, max_bytes // page_bytes)}")
        migrations.apply(database)
        if not connection.execute("SELECT count(*) FROM log").fetchone()[0]:
            database.table("log").insert({"id": new_id(), "created_at": format_at(now())})
    except BaseException:
        connection.close()
        raise
    return database
