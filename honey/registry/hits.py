"""Hits taken over from collectors; the chain of each log is checked before anything is stored."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from collector.errors import HitError
from collector.hit import ErasedHit, Hit, Record, parse_record, verify_chain
from collector.hit.sealing import Opener, opened
from honey.errors import InputError
from honey.registry import schema
from honey.registry.store import Session
from honey.translation import _

_NO_KEYS = Opener(())


@dataclass(frozen=True, slots=True)
class Stored:
    """A hit as its collector recorded it; a sealed one with the key that opens it and no other."""

    record: Record
    key: bytes | None

    def hit(self) -> Hit | None:
        """Return the hit with its contents, or None where they were erased; its hash covers what was recorded."""
        if isinstance(self.record, ErasedHit):
            return None
        return self.record if self.key is None else opened(self.record, self.key)


def add(session: Session, hits: Sequence[Record], opener: Opener = _NO_KEYS) -> list[Record]:
    """Store the hits of one log that are not stored yet and return them; `opener` finds the keys of sealed ones.

    Raises InputError, storing nothing, when a hit differs from the stored one of its number, when the hits leave a
    gap, when they do not continue the stored chain (somebody changed the log, or a part of it is missing), or when one
    is sealed and cannot be opened.
    """
    new: list[Record] = []
    for log in sorted({one.log for one in hits}):
        new += _add_log(session, log, sorted((one for one in hits if one.log == log), key=lambda one: one.seq), opener)
    return new


def _add_log(session: Session, log: str, hits: Sequence[Record], opener: Opener) -> list[Record]:
    table = schema.hit
    query = sa.select(table.c.seq, table.c.hash).where(table.c.log == log).order_by(table.c.seq.desc()).limit(1)
    head = session.connection.execute(query).first()
    _check_known(session, log, [one for one in hits if head and one.seq <= head.seq])
    new = [one for one in hits if not head or one.seq > head.seq]
    if not new:
        return []
    if head and new[0].seq != head.seq + 1:
        raise InputError(
            _(
                "log {log}: hits {first} to {last} are missing: pull or export them as well",
                log=log,
                first=head.seq + 1,
                last=new[0].seq - 1,
            )
        )
    try:
        verify_chain(new, head.hash if head else None)
        documents = [_document(one, opener) for one in new]
    except HitError as error:
        mend = _(": restore it to keys/") if "private half" in str(error) else ""
        raise InputError(_("log {log}: {error}{mend}", log=log, error=error, mend=mend)) from error
    session.connection.execute(
        table.insert(),
        [
            {
                "log": log,
                "seq": one.seq,
                "received_at": one.received_at,
                "channel": one.channel.value,
                "hash": one.hash,
                "sealed": session.seal.close(document, f"hit:{log}:{one.seq}"),
            }
            for one, document in zip(new, documents, strict=True)
        ],
    )
    return new


def _document(record: Record, opener: Opener) -> dict[str, Any]:
    """Return what is stored. A sealed hit is opened once, so that one that cannot be read is refused at the door."""
    if isinstance(record, ErasedHit) or not record.contact.sealed:
        return record.to_json()
    key = opener.hit_key(record)
    opened(record, key)
    return {"hit": record.to_json(), "key": key.hex()}


def _check_known(session: Session, log: str, hits: Iterable[Record]) -> None:
    for one in hits:
        if hash_at(session, log, one.seq) != one.hash:
            raise InputError(
                _("log {log} hit {seq}: differs from the one stored earlier: the log was changed", log=log, seq=one.seq)
            )


def all_hits(session: Session) -> list[Hit]:
    """Return every hit that has its contents, log by log in order."""
    return [hit for one in stored(session) if (hit := one.hit()) is not None]


def stored(session: Session, log: str | None = None, *, first: int = 1) -> Iterator[Stored]:
    """Yield every hit as the collector recorded it, or those of one log; from number `first` on, erased ones too."""
    table = schema.hit
    query = sa.select(table).order_by(table.c.log, table.c.seq).where(table.c.seq >= first)
    for row in session.connection.execute(query if log is None else query.where(table.c.log == log)):
        document = session.seal.open(row.sealed, f"hit:{row.log}:{row.seq}")
        key = bytes.fromhex(document["key"]) if "key" in document else None
        yield Stored(parse_record(document["hit"] if key is not None else document), key)


def hash_at(session: Session, log: str, seq: int) -> str | None:
    """Return the hash of one stored hit."""
    table = schema.hit
    query = sa.select(table.c.hash).where(table.c.log == log, table.c.seq == seq)
    found: str | None = session.connection.execute(query).scalar()
    return found


def heads(session: Session) -> dict[str, int]:
    """Return the newest sequence number of each log."""
    table = schema.hit
    query = sa.select(table.c.log, sa.func.max(table.c.seq)).group_by(table.c.log)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def tally(session: Session) -> dict[str, int]:
    """Return how many hits came in by channel."""
    table = schema.hit
    query = sa.select(table.c.channel, sa.func.count()).group_by(table.c.channel)
    return {row[0]: row[1] for row in session.connection.execute(query)}
