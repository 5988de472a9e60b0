"""The hit log as a file: its tables, and a reader that any process may use while the one writer runs.

Owns the schema and the mapping between rows and hits; never writes once the tables exist. Losing the file loses every
contact not yet pulled. Whoever may write it may rewrite it: the chain shows changes only against a hash kept elsewhere
(docs/decisions/0101). Counters are not chained: they say what is known to be missing, and can be erased.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from collector import limits
from collector.errors import HitError, LogError
from collector.hit import GENESIS, Channel, Contact, Hit, canonical_json, format_at, verify_chain
from collector.sqlite import sqlite3

COLUMNS = (
    *("seq", "received_at", "channel", "beacon", "peer", "occurred_at", "event_id", "provider", "verified"),
    *("claims", "raw", "prev", "hash"),
)
INSERT_HIT = f"INSERT INTO hit ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
ADD_COUNT = (
    "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
)
SELECT_HIT = f"SELECT {', '.join(COLUMNS)} FROM hit"
FIND_EVENT = f"{SELECT_HIT} WHERE channel = ? AND coalesce(provider, '') = ? AND event_id = ?"

migrations = Migrations("hit_log")


@migrations()
def m001_tables(db: Database) -> None:
    """Hits, the log's own name, and counts of what was dropped."""
    text = dict.fromkeys(COLUMNS, str)
    db.table("hit").create(
        {**text, "seq": int, "verified": int, "raw": bytes, "prev": bytes, "hash": bytes},
        pk="seq",
        not_null=set(COLUMNS) - {"occurred_at", "event_id", "provider"},
        strict=True,
    )
    db.table("log").create({"id": str, "created_at": str}, pk="id", not_null={"created_at"}, strict=True)
    db.table("counter").create({"name": str, "value": int}, pk="name", not_null={"value"}, strict=True)
    # What makes a retried webhook one hit. sqlite-utils writes no partial indexes on expressions.
    db.execute(
        "CREATE UNIQUE INDEX hit_event ON hit (channel, coalesce(provider, ''), event_id) WHERE event_id IS NOT NULL"
    )
    # Against accidents only: whoever can write the file can drop a trigger.
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER hit_no_{verb.lower()} BEFORE {verb} ON hit "
            "BEGIN SELECT RAISE(ABORT, 'the hit log is append-only'); END"
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The last hit of a log; an empty log has sequence number 0 and the genesis hash."""

    log: str
    seq: int
    hash: str


def row_of(hit: Hit) -> tuple[object, ...]:
    """Return the values of `COLUMNS` for a hit."""
    contact = hit.contact
    return (
        hit.seq,
        format_at(hit.received_at),
        contact.channel.value,
        contact.beacon,
        contact.peer,
        None if contact.occurred_at is None else format_at(contact.occurred_at),
        contact.event_id,
        contact.provider,
        int(contact.verified),
        canonical_json(dict(contact.claims)),
        contact.raw,
        bytes.fromhex(hit.prev),
        bytes.fromhex(hit.hash),
    )


def hit_of(row: Sequence[Any], log: str) -> Hit:
    """Return the hit that `row_of` wrote.

    Raises:
        HitError: the row holds what no writer of ours wrote.
    """
    seq, received_at, channel, beacon, peer, occurred_at, event_id, provider, verified, claims, raw, prev, digest = row
    try:
        contact = Contact(
            channel=Channel(channel),
            beacon=beacon,
            peer=peer,
            occurred_at=None if occurred_at is None else datetime.fromisoformat(occurred_at),
            event_id=event_id,
            provider=provider,
            verified=bool(verified),
            claims=json.loads(claims),
            raw=raw,
        )
        return Hit(contact, seq, datetime.fromisoformat(received_at), log, prev.hex(), digest.hex())
    except (ValueError, RecursionError) as exc:
        raise HitError(f"hit {seq}: was changed after it was recorded ({exc})") from exc


def read_head(connection: sqlite3.Connection) -> Head:
    """Return the head as the connection sees it now."""
    (log,) = connection.execute("SELECT id FROM log").fetchone()
    last = connection.execute("SELECT seq, hash FROM hit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(log, 0, GENESIS) if last is None else Head(log, last[0], last[1].hex())


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
        """Return up to `limit` hits whose sequence number is `seq` or more, in order."""
        return list(itertools.islice(self.stream_from(seq), limit))

    def stream_from(self, seq: int) -> Iterator[Hit]:
        """Yield the hits from `seq` on, a bounded page per read transaction."""
        with self._open() as connection:
            while page := _page(connection, seq):
                yield from page
                seq = page[-1].seq + 1

    def last(self, count: int) -> list[Hit]:
        """Return the newest `count` hits, oldest first."""
        return self.read_from(max(1, self.head().seq - count + 1), count)

    def verify(self) -> Head:
        """Check the whole chain and return its head.

        Raises:
            HitError: naming the sequence number where the chain breaks.
        """
        last = self.head()
        seq = 0

        def counted() -> Iterator[Hit]:
            nonlocal seq
            for hit in self.stream_from(1):
                seq = hit.seq
                yield hit

        digest = verify_chain(counted())
        if seq < last.seq:
            raise HitError(f"hit {last.seq}: was there when the check began and is gone")
        return Head(last.log, seq, digest)

    def counters(self) -> Mapping[str, int]:
        """Return what was dropped, refused or lost, by name."""
        with self._open() as connection:
            return dict(connection.execute("SELECT name, value FROM counter ORDER BY name").fetchall())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise LogError(f"there is no hit log at {self.path}: `collector run` makes one, or mend [log] path")
        try:
            # A generator that is dropped half-way may be closed by another thread than the one that read from it.
            opened = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            with closing(opened) as connection:
                yield connection
        except sqlite3.Error as exc:
            raise LogError(
                f"cannot read the hit log {self.path} ({exc}): is it a hit log, and may you read it?"
            ) from exc


def _page(connection: sqlite3.Connection, seq: int) -> list[Hit]:
    (log,) = connection.execute("SELECT id FROM log").fetchone()
    page: list[Hit] = []
    raw_bytes = 0
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"{SELECT_HIT} WHERE seq >= ? ORDER BY seq LIMIT ?", (seq, limits.READ_PAGE_HITS))
        for row in cursor:
            page.append(hit_of(row, log))
            raw_bytes += len(page[-1].contact.raw)
            if raw_bytes >= limits.READ_PAGE_BYTES:
                break
    return page
