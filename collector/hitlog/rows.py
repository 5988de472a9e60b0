"""The tables of a hit log and what stands in their rows. Owns the schema; opens nothing.

The chain is over `hit` and `tombstone` together, each number in one of them. Counters and marks are outside the chain.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database, Migrations

from collector.errors import HitError
from collector.hit import GENESIS, Channel, Contact, ErasedHit, Hit, Record, format_at
from collector.hitlog.sqlite import sqlite3
from collector.translation import _

COLUMNS = (
    *("seq", "received_at", "channel", "beacon", "peer", "occurred_at", "event_id", "provider", "verified"),
    *("claims", "raw", "prev", "hash"),
)
LATER_COLUMNS = ("sealed", "tagged")  # of m002
Row = tuple[object, ...]  # the values of `COLUMNS` and `LATER_COLUMNS`
_KEPT = ("seq", "received_at", "channel", "prev", "hash")  # of an erased hit
_EVENT = ("occurred_at", "event_id", "provider")  # NULL in most hits of DNS, web and mail
ROWS_PER_STATEMENT = 16  # from 8 on none is quicker than another; measured with 4 to 50
COPIED_BYTES = 4 << 10  # longer ones take longer to copy than to look up
ADD_COUNT = (
    "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
)
SELECT_HIT = f"SELECT {', '.join(COLUMNS)}, sealed, NULL AS erased FROM hit"
FIND_EVENT = f"{SELECT_HIT} WHERE channel = ? AND coalesce(provider, '') = ? AND event_id = ?"
SELECT_RECORDS = (
    f"{SELECT_HIT} WHERE seq >= :seq UNION ALL "
    f"SELECT {', '.join(name if name in _KEPT else 'NULL' for name in COLUMNS)}, 0, body FROM tombstone "
    "WHERE seq >= :seq ORDER BY seq LIMIT :limit"
)
# A file that no collector of this release has written to yet.
SELECT_OLD_RECORDS = f"SELECT {', '.join(COLUMNS)}, 0, NULL FROM hit WHERE seq >= :seq ORDER BY seq LIMIT :limit"
INSERT_CHECKPOINT = "INSERT OR REPLACE INTO checkpoint (seq, at, key, note) VALUES (?, ?, ?, ?)"
THIN_CHECKPOINTS = (
    "DELETE FROM checkpoint WHERE seq <= (SELECT seq FROM checkpoint ORDER BY seq DESC LIMIT 1 OFFSET :kept) "
    "AND seq NOT IN (SELECT max(seq) FROM checkpoint GROUP BY substr(at, 1, 13), key)"
)
RAISE_MARK = (
    "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
)
SELECT_CHECKPOINTS = "SELECT note, key FROM checkpoint ORDER BY seq"


def _insert(number: int, unset: Sequence[str] = ()) -> str:
    """Return the statement that inserts a number of rows, in which some columns are NULL and have no value."""
    columns = COLUMNS + LATER_COLUMNS
    row = ", ".join("NULL" if name in unset else "?" for name in columns)
    return f"INSERT INTO hit ({', '.join(columns)}) VALUES {', '.join([f'({row})'] * number)}"


_INSERT = {unset: {number: _insert(number, unset) for number in (1, ROWS_PER_STATEMENT)} for unset in ((), _EVENT)}

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


@migrations()
def m002_checkpoints_and_tombstones(db: Database) -> None:
    """Signed heads, sealed hits, what is left of erased hits, and how far others have read."""
    db.execute("ALTER TABLE hit ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE hit ADD COLUMN tagged INTEGER NOT NULL DEFAULT 0")
    checkpoint = {"seq": int, "at": str, "key": bytes, "note": str}
    db.table("checkpoint").create(checkpoint, pk="seq", not_null={"at", "key", "note"}, strict=True)
    tombstone = {"seq": int, "received_at": str, "channel": str, "body": bytes, "prev": bytes, "hash": bytes}
    db.table("tombstone").create(tombstone, pk="seq", not_null=set(tombstone) - {"seq"}, strict=True)
    db.table("mark").create({"name": str, "value": int}, pk="name", not_null={"value"}, strict=True)
    db.execute("DROP TRIGGER hit_no_delete")
    db.execute(
        "CREATE TRIGGER hit_no_delete BEFORE DELETE ON hit "
        "WHEN NOT EXISTS (SELECT 1 FROM tombstone WHERE seq = OLD.seq AND prev = OLD.prev AND hash = OLD.hash) "
        "BEGIN SELECT RAISE(ABORT, 'the hit log is append-only'); END"
    )


@dataclass(frozen=True, slots=True)
class Head:
    """The last hit of a log; an empty log has sequence number 0 and the genesis hash."""

    log: str
    seq: int
    hash: str


def row_of(hit: Hit, claims: str, *, is_tagged: bool = False) -> Row:
    """Return the values of `COLUMNS` and `LATER_COLUMNS` for a hit; `claims` in canonical JSON."""
    contact = hit.contact
    return (
        hit.seq,
        format_at(hit.received_at),
        contact.channel._value_,  # a fifth of the time of `value`
        contact.beacon,
        contact.peer,
        None if contact.occurred_at is None else format_at(contact.occurred_at),
        contact.event_id,
        contact.provider,
        int(contact.verified),
        claims,
        _blob(contact.sealed or contact.raw),
        bytearray.fromhex(hit.prev),
        bytearray.fromhex(hit.hash),
        int(bool(contact.sealed)),
        int(is_tagged),
    )


def _blob(octets: bytes) -> bytes | bytearray:
    """Return what `insert` binds quickly; what is large stays as it is: the hits of one mail share it."""
    return bytearray(octets) if len(octets) <= COPIED_BYTES else octets


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert the rows of hits, many in one statement.

    Three times as quick as row by row, and the interpreter's lock is given up once for all of them: each time it is,
    another thread may take it and keep it for milliseconds. A value of the types None and bytes costs half a
    microsecond to look up in the table of adapters; a bytearray does not.
    """
    first, last = COLUMNS.index(_EVENT[0]), COLUMNS.index(_EVENT[-1]) + 1
    nothing = (None,) * len(_EVENT)
    plain = [row[:first] + row[last:] for row in rows if row[first:last] == nothing]
    _insert_all(connection, _INSERT[_EVENT], plain)
    if len(plain) < len(rows):
        _insert_all(connection, _INSERT[()], [row for row in rows if row[first:last] != nothing])


def _insert_all(connection: sqlite3.Connection, statements: Mapping[int, str], rows: Sequence[Row]) -> None:
    whole = len(rows) - len(rows) % ROWS_PER_STATEMENT
    for at in range(0, whole, ROWS_PER_STATEMENT):
        values = itertools.chain.from_iterable(rows[at : at + ROWS_PER_STATEMENT])
        connection.execute(statements[ROWS_PER_STATEMENT], tuple(values))
    connection.executemany(statements[1], rows[whole:])


def hit_of(row: Sequence[Any], log: str) -> Hit:
    """Return the hit that `row_of` wrote.

    Raises:
        HitError: the row holds what no writer of ours wrote.
    """
    record = record_of(row, log)
    if isinstance(record, ErasedHit):
        raise HitError(_("hit {seq}: its contents were erased", seq=record.seq))
    return record


def record_of(row: Sequence[Any], log: str) -> Record:
    """Return the hit that `row_of` wrote, or what is left of it.

    Raises:
        HitError: the row holds what no writer of ours wrote.
    """
    seq, received_at, channel, beacon, peer, occurred_at, event_id, provider, verified, claims, raw, *rest = row
    prev, digest, is_sealed, erased = rest
    try:
        at = datetime.fromisoformat(received_at)
        if erased is not None:
            return ErasedHit(seq, at, Channel(channel), log, erased.hex(), prev.hex(), digest.hex())
        contact = Contact(
            channel=Channel(channel),
            beacon=beacon,
            peer=peer,
            occurred_at=None if occurred_at is None else datetime.fromisoformat(occurred_at),
            event_id=event_id,
            provider=provider,
            verified=bool(verified),
            claims=json.loads(claims),
            raw=b"" if is_sealed else raw,
            sealed=raw if is_sealed else b"",
        )
        return Hit(contact, seq, at, log, prev.hex(), digest.hex())
    except (ValueError, RecursionError) as exc:
        raise HitError(_("hit {seq}: was changed after it was recorded ({exc})", seq=seq, exc=exc)) from exc


def read_head(connection: sqlite3.Connection) -> Head:
    """Return the head as the connection sees it now."""
    (log,) = connection.execute("SELECT id FROM log").fetchone()
    last = connection.execute("SELECT seq, hash FROM hit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(log, 0, GENESIS) if last is None else Head(log, last[0], last[1].hex())
