"""A log that holds many hits already, written in bulk. Its hashes are made up: nothing here reads the chain."""

import os
from datetime import UTC, datetime
from pathlib import Path

from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import HitLog

# Every fourth is a webhook's, so that the index of events has its share; the others are of DNS.
FILL = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
INSERT INTO hit (seq, received_at, channel, beacon, peer, event_id, provider, verified, claims, raw, prev, hash)
SELECT n, '2026-11-01T08:00:00.000000Z', iif(n % 4, 'dns', 'call'), 's' || n || '.t.example.net', '192.0.2.53',
       iif(n % 4, NULL, 'CS' || n), iif(n % 4, NULL, 'twilio'), 0, '{"qtype":"A"}', zeroblob(40), zeroblob(32),
       zeroblob(32) FROM number
"""


def fill(folder: Path, number: int) -> None:
    """Make a log of so many hits in `folder`; 1,000,000 take some seconds and 300 MB."""
    path = folder / "hits.db"
    HitLog.open(path, now=lambda: datetime.now(UTC)).close()
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(FILL, (number,))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("rb+") as file:  # now, and not in the first commit that is measured
        os.fsync(file)
