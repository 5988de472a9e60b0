"""Counts what came after a hit. Reads the log beside its writer; sees channels and beacons, returns numbers alone."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from collector.errors import LogError
from collector.hitlog.retention import TAGGED
from collector.hitlog.sqlite import sqlite3
from collector.outbox.wording import Arrival, Digest
from collector.translation import _

# Looked at in one step, 0.6 s of one core for DNS: a step may end within a flood, whose rest is the next notice's.
MOST_HITS = 1_000_000
# A sealed hit has no beacon, an erased one not even a row: both count as contacts.
_COUNT = """
SELECT channel, count(*), count(DISTINCT CASE WHEN sealed OR beacon = '' THEN NULL ELSE beacon END), min(seq), max(seq)
FROM (
    SELECT seq, channel, beacon, sealed, tagged FROM hit WHERE seq > :after AND seq <= :to
    UNION ALL
    SELECT seq, channel, '', 1, 0 FROM tombstone WHERE seq > :after AND seq <= :to
)
WHERE channel IN (SELECT value FROM json_each(:channels)) OR (:of_ours AND tagged)
GROUP BY channel ORDER BY channel
"""
_HEAD = "SELECT max(coalesce((SELECT max(seq) FROM hit), 0), coalesce((SELECT max(seq) FROM tombstone), 0))"


class Arrivals:
    """Counts in the log at `path`.

    Raises (every method):
        LogError: there is no log, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def log_and_head(self) -> tuple[str, int]:
        """Return the log's name and its last number."""
        with self._open() as connection:
            (log,) = connection.execute("SELECT id FROM log").fetchone()
            return str(log), int(connection.execute(_HEAD).fetchone()[0])

    def after(self, seq: int, channels: Sequence[str]) -> tuple[Digest | None, int]:
        """Count what came by `channels` after hit `seq`, and say up to which number that was looked for.

        `tagged` among them stands for what came to a name with our check tag, by any channel.
        """
        asked = {"channels": json.dumps(channels), "of_ours": TAGGED in channels}
        with self._open() as connection:
            connection.execute("BEGIN")  # one state of the log for both
            (head,) = connection.execute(_HEAD).fetchone()
            to = min(head, seq + MOST_HITS)
            found = connection.execute(_COUNT, {**asked, "after": seq, "to": to}).fetchall() if to > seq else []
        if not found:
            return None, max(to, seq)
        arrivals = tuple(Arrival(channel, contacts, beacons) for channel, contacts, beacons, _, _ in found)
        return Digest(arrivals, min(row[3] for row in found), max(row[4] for row in found)), to

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.is_file():
            raise LogError(
                _("there is no hit log at {path}: `collector run` makes one, or mend [log] path", path=self._path)
            )
        try:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
                yield connection
        except sqlite3.Error as exc:
            raise LogError(
                _("cannot read the hit log {path} ({exc}): is it a hit log, may you read it?", path=self._path, exc=exc)
            ) from exc
