"""What collectors signed for: one key for each log, trusted when first seen, and how far its log reached.

A log that goes back behind what was signed, or that another key signs, is refused: somebody cut it off or made it anew.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from collector.errors import HitError
from collector.hit.checkpoint import Checkpoint, Follower, open_note, parse_verifier_key, read_note, verifier_key
from collector.hit.reading import verify_chain
from collector.hit.record import GENESIS, Record
from honey.errors import InputError
from honey.registry import hits, schema
from honey.registry.store import Session
from honey.translation import _

_MEND = _("find out why; if you replaced it yourself, accept it once with --trust-new-key")


@dataclass(frozen=True, slots=True)
class Signed:
    """What came with a log's hits: where from, the note, and the key it came with (empty: the one known)."""

    log: str
    note: str
    key: str = ""
    url: str = ""


def accept(session: Session, signed: Signed, *, trust_new_key: bool = False) -> Checkpoint | None:
    """Check a checkpoint against the stored hits and the newest one seen, and keep it. Call it after `hits.add`.

    Returns None where the collector signs nothing yet.

    Raises InputError: another key, another log where one was known, a log that went back, or other hits than stored.
    """
    table, log = schema.collector_log, signed.log
    known = session.connection.execute(sa.select(table).where(table.c.log == log)).first()
    if not signed.note:
        if known:
            raise InputError(
                _(
                    "log {log}: signed for {seq} hits earlier and signs nothing now: it was made anew",
                    log=log,
                    seq=known.seq,
                )
            )
        return None
    if not known and not signed.key:
        raise InputError(
            _("log {log}: its key is not known yet: give what `collector export --checkpoint --json` printed", log=log)
        )
    try:
        key = bytes.fromhex(known.key) if known and not signed.key else parse_verifier_key(signed.key)[1]
        if known and known.key != key.hex() and not trust_new_key:
            raise InputError(
                _(
                    "log {log}: is signed by {key} now, not by the key known for it: {mend}",
                    log=log,
                    key=signed.key,
                    mend=_MEND,
                )
            )
        point = open_note(signed.note, key)
    except HitError as error:
        raise InputError(error.message) from error
    if point.log != log:
        raise InputError(
            _(
                "the checkpoint is of log {log}, not {wanted}: give the one that belongs to the hits",
                log=point.log,
                wanted=log,
            )
        )
    if not known and not trust_new_key:
        _refuse_another_log(session, signed)
    if known and point.seq < known.seq:
        raise InputError(
            _(
                "log {log}: {seq} hits were signed for earlier, {now} now: it went back",
                log=log,
                seq=known.seq,
                now=point.seq,
            )
        )
    _meet(point, hits.hash_at(session, log, point.seq))
    row = {"url": signed.url or (known.url if known else ""), "key": key.hex(), "seq": point.seq, "note": signed.note}
    if known:
        session.connection.execute(table.update().where(table.c.log == log).values(**row))
    else:
        session.connection.execute(table.insert().values(log=log, **row))
    return point


def known_logs(session: Session) -> dict[str, Signed]:
    """Return the newest checkpoint kept of each log, with its key."""
    rows = session.connection.execute(sa.select(schema.collector_log))
    return {row.log: Signed(row.log, row.note, verifier_key(row.log, bytes.fromhex(row.key)), row.url) for row in rows}


def verify(session: Session, log: str, kept: list[str]) -> tuple[int, int]:
    """Check the stored hits of a log from the first on against our checkpoint and those in `kept`.

    Returns how many hits there are and how many checkpoints were met. A kept one needs the key known for the log; of a
    log without a key its words are taken.

    Raises InputError naming the hit where the chain breaks or a checkpoint is not met.
    """
    known = known_logs(session).get(log)
    notes = [*kept, *([known.note] if known else [])]
    seq = 0
    try:
        key = parse_verifier_key(known.key)[1] if known else None
        points = [read_note(note) if key is None else open_note(note, key) for note in notes]
        follower = Follower(points)
        follower.passed(log, 0, GENESIS)
        stored: list[Record] = [one.record for one in hits.stored(session, log)]
        verify_chain(stored)
        for one in stored:
            follower.passed(log, one.seq, one.hash)
            seq = one.seq
        follower.finished(seq)
    except HitError as error:
        raise InputError(_("log {log}: {error}", log=log, error=error)) from error
    return seq, len(points)


def _refuse_another_log(session: Session, signed: Signed) -> None:
    table = schema.collector_log
    query = sa.select(table.c.log).where(table.c.url == signed.url).order_by(table.c.log)
    others = session.connection.execute(query).scalars().all() if signed.url else []
    if others:
        raise InputError(
            _(
                "{url} had log {others} and has log {log} now: {mend}",
                url=signed.url,
                others=", ".join(others),
                log=signed.log,
                mend=_MEND,
            )
        )


def _meet(point: Checkpoint, stored: str | None) -> None:
    if stored is None:
        raise InputError(
            _(
                "log {log}: {seq} hits were signed for and fewer are there: its end was cut off or left out",
                log=point.log,
                seq=point.seq,
            )
        )
    if stored != point.hash:
        raise InputError(
            _("log {log} hit {seq}: is not the one signed for: the log was rewritten", log=point.log, seq=point.seq)
        )
