"""Hits taken over from collectors; the chain of each log is checked before anything is stored."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from collector.errors import HitError
from collector.hit import Hit, parse_hit, verify_chain
from honey.errors import InputError
from honey.registry import schema
from honey.registry.store import Session


def add(session: Session, hits: Sequence[Hit]) -> list[Hit]:
    """Store the hits of one log that are not stored yet and return them.

    Raises InputError, storing nothing, when a hit differs from the stored one of its number, when the hits leave a
    gap, or when they do not continue the stored chain: somebody changed the log, or a part of it is missing.
    """
    new: list[Hit] = []
    for log in sorted({one.log for one in hits}):
        new += _add_log(session, log, sorted((one for one in hits if one.log == log), key=lambda one: one.seq))
    return new


def _add_log(session: Session, log: str, hits: Sequence[Hit]) -> list[Hit]:
    table = schema.hit
    query = sa.select(table.c.seq, table.c.hash).where(table.c.log == log).order_by(table.c.seq.desc()).limit(1)
    head = session.connection.execute(query).first()
    _check_known(session, log, [one for one in hits if head and one.seq <= head.seq])
    new = [one for one in hits if not head or one.seq > head.seq]
    if not new:
        return []
    if head and new[0].seq != head.seq + 1:
        raise InputError(f"log {log}: hits {head.seq + 1} to {new[0].seq - 1} are missing: pull or export them as well")
    try:
        verify_chain(new, head.hash if head else None)
    except HitError as error:
        raise InputError(f"log {log}: {error}") from error
    session.connection.execute(
        table.insert(),
        [
            {
                "log": log,
                "seq": one.seq,
                "received_at": one.received_at,
                "channel": one.contact.channel.value,
                "hash": one.hash,
                "sealed": session.seal.close(one.to_json(), f"hit:{log}:{one.seq}"),
            }
            for one in new
        ],
    )
    return new


def _check_known(session: Session, log: str, hits: Iterable[Hit]) -> None:
    table = schema.hit
    for one in hits:
        query = sa.select(table.c.hash).where(table.c.log == log, table.c.seq == one.seq)
        if session.connection.execute(query).scalar() != one.hash:
            raise InputError(f"log {log} hit {one.seq}: differs from the one stored earlier: the log was changed")


def all_hits(session: Session) -> list[Hit]:
    """Return every hit, log by log in order."""
    query = sa.select(schema.hit).order_by(schema.hit.c.log, schema.hit.c.seq)
    return [
        parse_hit(session.seal.open(row.sealed, f"hit:{row.log}:{row.seq}"))
        for row in session.connection.execute(query)
    ]


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
