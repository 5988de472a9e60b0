"""The outbox: how far each target was told, and every notice with its fate. One SQLite file, written here only.

Order of operations: a notice and the number it reaches are written in one transaction; a try is written down before it
is made. So after a kill at any point each hit stands before a target's number or in a notice, and a notice that may
have arrived is sent again: at least once, never none.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database, Migrations

from collector.errors import LogUnwritableError
from collector.hit import format_at
from collector.hitlog.lock import take_lock
from collector.hitlog.sqlite import sqlite3
from collector.outbox.backoff import most_seconds
from collector.outbox.wording import Digest, body_of, title_of
from collector.translation import _

SUFFIX = ".alerts"  # beside the hit log
KEPT = 1000  # notices of each target that were sent or died
MAX_ERROR_CHARS = 300
QUEUED, SENT, DEAD = "queued", "sent", "dead"
COLUMNS = (
    *("id", "target", "log", "first_seq", "last_seq", "contacts", "title", "body", "state", "created_at"),
    *("tries", "tried_at", "next_try_at", "sent_at", "last_error"),
)

_GIVEN_UP = (
    "SELECT count(*) FROM notice WHERE target = :target AND state = :dead AND id > "
    "(SELECT coalesce(max(id), 0) FROM notice WHERE target = :target AND state = :sent)"
)

migrations = Migrations("outbox")


@migrations()
def m001_tables(db: Database) -> None:
    """Notices, and up to which hit a target was told."""
    numbers = {"id": int, "first_seq": int, "last_seq": int, "contacts": int, "tries": int}
    optional = {"tried_at", "next_try_at", "sent_at", "last_error"}
    columns: dict[str, Any] = {name: numbers.get(name, str) for name in COLUMNS}
    notice = db.table("notice")
    notice.create(columns, pk="id", not_null=set(COLUMNS) - optional - {"id"}, strict=True)
    notice.create_index(["target", "state"])
    told = {"target": str, "log": str, "seq": int}
    db.table("told").create(told, pk=("target", "log"), not_null={"seq"}, strict=True)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one target, and what became of it."""

    id: int
    target: str
    log: str
    first_seq: int
    last_seq: int
    contacts: int
    title: str
    body: str
    state: str  # queued, sent or dead
    created_at: datetime
    tries: int
    tried_at: datetime | None
    next_try_at: datetime | None
    sent_at: datetime | None
    last_error: str | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Notice":
        """Read a row of `COLUMNS`."""
        stated = dict(zip(COLUMNS, row, strict=True))
        for name in COLUMNS:
            if name.endswith("_at") and stated[name] is not None:
                stated[name] = datetime.fromisoformat(stated[name])
        return cls(**stated)

    def is_due(self, now: datetime) -> bool:
        """Whether to try it now. A time that lies too far ahead was written before the clock was put back."""
        at = self.next_try_at
        return at is None or at <= now or at > now + timedelta(seconds=most_seconds())

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, without the texts."""
        at = {name: getattr(self, name) for name in ("created_at", "tried_at", "next_try_at", "sent_at")}
        kept = ("id", "target", "state", "log", "first_seq", "last_seq", "contacts", "tries", "last_error")
        return {name: getattr(self, name) for name in kept} | {
            name: None if value is None else format_at(value) for name, value in at.items()
        }


class Outbox:
    """The one writer of an outbox file; any thread may call it. `reading` opens one to look at."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, or make it (readable by this user alone).

        Raises:
            LogLockedError: another process writes it.
            LogUnwritableError: it cannot be written.
        """
        self.path = path
        self._lock = take_lock(path)
        self._guard = threading.Lock()  # holds the connection
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            migrations.apply(Database(self._connection, recursive_triggers=False, execute_plugins=False))
        except (sqlite3.Error, OSError) as exc:
            self._lock.close()
            raise LogUnwritableError(
                _("cannot write the outbox {path} ({exc}): mend the disk or [alerts] path", path=path, exc=exc)
            ) from exc

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            self._connection.close()
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def told(self, target: str, log: str, head: int) -> int:
        """Return up to which hit of `log` the target was told; one that is new is told from the next hit on."""
        with self._transaction() as connection:
            row = connection.execute("SELECT seq FROM told WHERE target = ? AND log = ?", (target, log)).fetchone()
            if row is None:
                connection.execute("INSERT INTO told (target, log, seq) VALUES (?, ?, ?)", (target, log, head))
            return head if row is None else int(row[0])

    def pass_over(self, target: str, log: str, seq: int) -> None:
        """Note that nothing up to this hit was for the target."""
        with self._transaction() as connection:
            connection.execute("UPDATE told SET seq = ? WHERE target = ? AND log = ?", (seq, target, log))

    def put(self, target: str, log: str, digest: Digest, *, to: int, now: datetime) -> None:
        """Queue a notice; the target counts as told up to hit `to`."""
        with self._transaction() as connection:
            (latest,) = connection.execute("SELECT coalesce(max(id), 0) FROM notice").fetchone()
            (given_up,) = connection.execute(_GIVEN_UP, {"target": target, "sent": SENT, "dead": DEAD}).fetchone()
            stated: dict[str, object] = {
                "id": latest + 1,
                "target": target,
                "log": log,
                "first_seq": digest.first,
                "last_seq": digest.last,
                "contacts": digest.contacts,
                "title": title_of(digest),
                "body": body_of(digest, log=log, notice=latest + 1, given_up=given_up),
                "state": QUEUED,
                "created_at": format_at(now),
                "tries": 0,
            }
            names = ", ".join(stated)
            marks = ", ".join("?" * len(stated))
            connection.execute(f"INSERT INTO notice ({names}) VALUES ({marks})", tuple(stated.values()))
            connection.execute("UPDATE told SET seq = ? WHERE target = ? AND log = ?", (to, target, log))
            self._prune(connection, target)

    def trying(self, notice: Notice, *, now: datetime, next_try_at: datetime) -> None:
        """Write down that a try begins, and when the next one is due should nobody hear of this one again."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE notice SET tries = tries + 1, tried_at = ?, next_try_at = ?, last_error = ? WHERE id = ?",
                (format_at(now), format_at(next_try_at), "no answer yet", notice.id),
            )

    def sent(self, notice: Notice, *, now: datetime) -> None:
        """Write down that the target took it."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE notice SET state = ?, sent_at = ?, next_try_at = NULL, last_error = NULL WHERE id = ?",
                (SENT, format_at(now), notice.id),
            )

    def failed(self, notice: Notice, error: str, *, is_dead: bool) -> None:
        """Write down that the target did not take it, and whether it is given up."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE notice SET last_error = ?, state = ?, next_try_at = iif(?, NULL, next_try_at) WHERE id = ?",
                (error[:MAX_ERROR_CHARS], DEAD if is_dead else QUEUED, is_dead, notice.id),
            )

    def queued(self, target: str) -> Notice | None:
        """Return the notice that waits for this target; there is never more than one."""
        with self._transaction() as connection:
            found = _notices(connection, "WHERE target = ? AND state = ? ORDER BY id LIMIT 1", (target, QUEUED))
        return found[0] if found else None

    def newest(self, target: str) -> Notice | None:
        """Return the target's last notice, whatever became of it."""
        with self._transaction() as connection:
            found = _notices(connection, "WHERE target = ? ORDER BY id DESC LIMIT 1", (target,))
        return found[0] if found else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as exc:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise LogUnwritableError(
                    _("cannot write the outbox {path} ({exc}): mend the disk", path=self.path, exc=exc)
                ) from exc

    def _prune(self, connection: sqlite3.Connection, target: str) -> None:
        connection.execute(
            "DELETE FROM notice WHERE target = ? AND state != ? AND id NOT IN "
            "(SELECT id FROM notice WHERE target = ? ORDER BY id DESC LIMIT ?)",
            (target, QUEUED, target, KEPT),
        )


@dataclass(frozen=True, slots=True)
class TargetState:
    """What is known of one target."""

    target: str
    told: int | None  # up to which hit; None: nobody began yet
    notices: tuple[Notice, ...]  # newest first


def read_outbox(path: Path, targets: Sequence[str], log: str) -> list[TargetState]:
    """Return the state of each target as the file has it now; never writes.

    Raises:
        LogUnwritableError: the file cannot be read.
    """
    if not path.is_file():
        return [TargetState(target, None, ()) for target in targets]
    try:
        opened = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        with closing(opened) as connection:
            connection.execute("BEGIN")
            return [_state(connection, target, log) for target in targets]
    except sqlite3.Error as exc:
        raise LogUnwritableError(
            _("cannot read the outbox {path} ({exc}): is it one, and may you read it?", path=path, exc=exc)
        ) from exc


def _state(connection: sqlite3.Connection, target: str, log: str) -> TargetState:
    found = connection.execute("SELECT seq FROM told WHERE target = ? AND log = ?", (target, log)).fetchone()
    notices = _notices(connection, "WHERE target = ? ORDER BY id DESC LIMIT ?", (target, KEPT))
    return TargetState(target, int(found[0]) if found else None, tuple(notices))


def _notices(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Notice]:
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM notice {where}", tuple(values))
    return [Notice.of(row) for row in rows]
