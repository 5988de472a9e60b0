"""A reader of the hit log that any process may use while the one writer runs. Never writes.

Losing the file loses every contact not yet pulled. Whoever may write it may rewrite it: the chain shows changes only
against a hash kept elsewhere (docs/decisions/0101, 0111). Counters are not chained: they say what is known to be
missing, and can be erased.
"""

import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector import limits
from collector.errors import HitError, LogError
from collector.hit import GENESIS, ErasedHit, Hit, Record, verify_chain
from collector.hit.checkpoint import Checkpoint, Follower, open_note
from collector.hitlog.rows import SELECT_CHECKPOINTS, SELECT_OLD_RECORDS, SELECT_RECORDS, Head, read_head, record_of
from collector.hitlog.sqlite import sqlite3
from collector.translation import _


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found whole: the head, how many hits before it are erased, how many checkpoints were met."""

    head: Head
    erased: int
    checkpoints: int


class HitReader:
    """Reads a log that another process may be writing. Opens the file anew for each call, so it holds nothing back.

    Raises (every method):
        LogError: the file is missing or is not a hit log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def head(self) -> Head:
        """Return the last hit's number and hash."""
        with self._open() as connection:
            return read_head(connection)

    def read_from(self, seq: int, limit: int) -> list[Hit]:
        """Return up to `limit` hits whose sequence number is `seq` or more, in order, without erased ones."""
        return list(itertools.islice(self.stream_from(seq), limit))

    def stream_from(self, seq: int) -> Iterator[Hit]:
        """Yield the hits from `seq` on that have their contents."""
        with closing(self.records_from(seq)) as records:
            for record in records:
                if isinstance(record, Hit):
                    yield record

    def records_from(self, seq: int) -> Generator[Record]:
        """Yield the hits from `seq` on, erased ones too, a bounded page per read transaction."""
        with self._open() as connection:
            while page := _page(connection, seq):
                yield from page
                seq = page[-1].seq + 1

    def last(self, count: int) -> list[Hit]:
        """Return the newest `count` hits, oldest first."""
        return self.read_from(max(1, self.head().seq - count + 1), count)

    def verify(self) -> Head:
        """Check the whole chain and the log's own checkpoints, and return its head.

        Raises:
            HitError: naming the sequence number where the chain breaks or a checkpoint is not met.
        """
        return self.audit().head

    def audit(self, kept: Sequence[Checkpoint] = ()) -> Verified:
        """Check the whole chain against the log's own checkpoints and those `kept` elsewhere, and return its head.

        Raises:
            HitError: naming the sequence number where the chain breaks or a checkpoint is not met.
        """
        last = self.head()
        signed = [open_note(note, key) for note, key in self.notes()]
        follower = Follower([*signed, *kept])
        follower.passed(last.log, 0, GENESIS)
        seq = erased = 0

        def followed() -> Iterator[Record]:
            nonlocal seq, erased
            for record in self.records_from(1):
                yield record  # its hash is checked before the next one is asked for
                follower.passed(record.log, record.seq, record.hash)
                seq = record.seq
                erased += isinstance(record, ErasedHit)

        digest = verify_chain(followed())
        if seq < last.seq:
            raise HitError(_("hit {seq}: was there when the check began and is gone", seq=last.seq))
        follower.finished(seq)
        return Verified(Head(last.log, seq, digest), erased, len(signed))

    def notes(self) -> list[tuple[str, bytes]]:
        """Return the signed checkpoints on record, oldest first, each with the public key that signed it."""
        with self._open() as connection:
            return connection.execute(SELECT_CHECKPOINTS).fetchall() if _is_current(connection) else []

    def newest_note(self) -> tuple[str, bytes] | None:
        """Return the newest signed checkpoint and its key, or None where there is none yet."""
        with self._open() as connection:
            if not _is_current(connection):
                return None
            newest = f"{SELECT_CHECKPOINTS} DESC LIMIT 1"
            found: tuple[str, bytes] | None = connection.execute(newest).fetchone()
            return found

    def counters(self) -> Mapping[str, int]:
        """Return what was dropped, refused or lost, by name."""
        with self._open() as connection:
            return dict(connection.execute("SELECT name, value FROM counter ORDER BY name").fetchall())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise LogError(
                _("there is no hit log at {path}: `collector run` makes one, or mend [log] path", path=self.path)
            )
        try:
            # A generator that is dropped half-way may be closed by another thread than the one that read from it.
            opened = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            with closing(opened) as connection:
                yield connection
        except sqlite3.Error as exc:
            raise LogError(
                _(
                    "cannot read the hit log {path} ({exc}): is it a hit log, and may you read it?",
                    path=self.path,
                    exc=exc,
                )
            ) from exc


def _is_current(connection: sqlite3.Connection) -> bool:
    """Say whether a collector of this release has written to the file."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tombstone'").fetchone() is not None


def _page(connection: sqlite3.Connection, seq: int) -> list[Record]:
    (log,) = connection.execute("SELECT id FROM log").fetchone()
    query = SELECT_RECORDS if _is_current(connection) else SELECT_OLD_RECORDS
    page: list[Record] = []
    raw_bytes = 0
    with closing(connection.cursor()) as cursor:
        cursor.execute(query, {"seq": seq, "limit": limits.READ_PAGE_HITS})
        for row in cursor:
            record = record_of(row, log)
            page.append(record)
            raw_bytes += 0 if isinstance(record, ErasedHit) else len(record.contact.raw) + len(record.contact.sealed)
            if raw_bytes >= limits.READ_PAGE_BYTES:
                break
    return page
