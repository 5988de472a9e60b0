"""The evidence log inside the registry: append entries, sign checkpoints, make proofs."""

import json
import os
from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from honey.evidence.bundle import Proven
from honey.evidence.commitment import SALT_BYTES, Checkpoint, Entry, sign
from honey.evidence.merkle import Frontier, Tree
from honey.registry import schema
from honey.registry.store import Session

_FRONTIER = "log_frontier"
_CHUNK = 500  # names in one IN list; SQLite allows 32,766 variables


def append(session: Session, entries: Sequence[tuple[str, Entry]]) -> None:
    """Append (subject, entry) pairs in order; a subject is the name they are looked up by."""
    if not entries:
        return
    frontier, rows = _frontier(session), []
    for subject, entry in entries:
        context = f"log_entry:{frontier.size}"
        rows.append(
            {
                "position": frontier.size,
                "kind": entry.kind,
                "subject": subject,
                "leaf": entry.leaf,
                "sealed": session.seal.close(entry.to_json(), context),
            }
        )
        frontier = frontier.append(entry.leaf)
    session.connection.execute(schema.log_entry.insert(), rows)
    _save_frontier(session, frontier)


def new_entry(kind: str, document: dict[str, object]) -> Entry:
    """Make an entry with a fresh salt."""
    return Entry(kind, document, os.urandom(SALT_BYTES))


def checkpoint(session: Session, key: Ed25519PrivateKey, now: datetime) -> Checkpoint:
    """Sign the log as it stands, once per size."""
    frontier = _frontier(session)
    newest = newest_checkpoint(session)
    if newest and newest.size == frontier.size:
        return newest
    signed = sign(frontier.size, frontier.root, now, key)
    session.connection.execute(
        schema.checkpoint.insert().values(
            size=signed.size, root=signed.root.hex(), signed_at=now, signature=signed.signature
        )
    )
    return signed


def checkpoints(session: Session) -> list[Checkpoint]:
    """Return every checkpoint, oldest first."""
    query = sa.select(schema.checkpoint).order_by(schema.checkpoint.c.size)
    return [
        Checkpoint(row.size, bytes.fromhex(row.root), row.signed_at, row.signature)
        for row in session.connection.execute(query)
    ]


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """Return the newest checkpoint, or None for an empty log."""
    query = sa.select(schema.checkpoint).order_by(schema.checkpoint.c.size.desc()).limit(1)
    row = session.connection.execute(query).first()
    return Checkpoint(row.size, bytes.fromhex(row.root), row.signed_at, row.signature) if row else None


def prove(session: Session, subjects: Collection[str], size: int) -> list[Proven]:
    """Open the entries of these subjects among the first `size`, each with the path to its first checkpoint."""
    table = schema.log_entry
    leaves = session.connection.execute(
        sa.select(table.c.leaf).where(table.c.position < size).order_by(table.c.position)
    ).scalars()
    tree = Tree(list(leaves))
    names = sorted(subjects)
    found: list[sa.Row[tuple[int, str, str, bytes, bytes]]] = []
    for at in range(0, len(names), _CHUNK):
        query = sa.select(table).where(table.c.subject.in_(names[at : at + _CHUNK]), table.c.position < size)
        found += session.connection.execute(query).all()
    sizes = [one.size for one in checkpoints(session) if one.size <= size]
    proven = []
    for row in sorted(found, key=lambda row: row.position):
        entry = Entry.from_json(session.seal.open(row.sealed, f"log_entry:{row.position}"))
        covering = sizes[bisect_right(sizes, row.position)]
        proven.append(Proven(row.position, entry, tuple(tree.inclusion(row.position, covering))))
    return proven


def _frontier(session: Session) -> Frontier:
    query = sa.select(schema.setting.c.value).where(schema.setting.c.name == _FRONTIER)
    stored = session.connection.execute(query).scalar()
    if stored is None:
        return Frontier()
    document = json.loads(stored)
    return Frontier(document["size"], tuple(bytes.fromhex(one) for one in document["hashes"]))


def _save_frontier(session: Session, frontier: Frontier) -> None:
    value = json.dumps({"size": frontier.size, "hashes": [one.hex() for one in frontier.hashes]})
    table = schema.setting
    changed = session.connection.execute(table.update().where(table.c.name == _FRONTIER).values(value=value))
    if not changed.rowcount:
        session.connection.execute(table.insert().values(name=_FRONTIER, value=value))
