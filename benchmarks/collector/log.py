"""The log alone: no sockets, one process."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from collector.hit import Channel, Contact
from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import HitLog

SECONDS = 0.9  # of each measurement
PRODUCERS = 256
BATCH = 256  # rows per bare commit: as many as there are producers waiting
CONTACT = Contact(
    Channel.DNS, "x7.t.example.net", "192.0.2.53", claims={"qname": "x7.t.example.net", "qtype": "A"}, raw=b"x" * 40
)


def now() -> datetime:
    return datetime.now(UTC)


def waiting_producers(folder: Path) -> float:
    """Return hits a second when 256 threads each wait for their own hit."""
    stop = threading.Event()
    counts = [0] * PRODUCERS
    with HitLog.open(folder / "producers.db", now=now) as log:

        def produce(number: int) -> None:
            while not stop.is_set():
                log.append(CONTACT, now()).result()
                counts[number] += 1

        threads = [threading.Thread(target=produce, args=(number,)) for number in range(PRODUCERS)]
        for thread in threads:
            thread.start()
        before, started_at = sum(counts), time.perf_counter()
        time.sleep(SECONDS)
        rate = (sum(counts) - before) / (time.perf_counter() - started_at)
        stop.set()
        for thread in threads:
            thread.join()
    return rate


def groups(folder: Path) -> float:
    """Return hits a second in groups of 256, the next handed over when one is on disk, as DNS does."""
    with HitLog.open(folder / "groups.db", now=now) as log:
        count, started_at = 0, time.perf_counter()
        while time.perf_counter() - started_at < SECONDS:
            log.append_all([CONTACT] * BATCH, now()).result()
            count += BATCH
        return count / (time.perf_counter() - started_at)


def bare_batches(folder: Path) -> float:
    """Return rows a second of executemany and commit, without chain, de-duplication or anybody waiting."""
    connection = sqlite3.connect(str(folder / "bare.db"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE hit (at, channel, beacon, peer, claims, raw)")
    rows = [("2026-11-21T08:15:30.123456Z", "dns", "x7.t.example.net", "192.0.2.53", "{}", b"x" * 40)] * BATCH
    count, started_at = 0, time.perf_counter()
    while time.perf_counter() - started_at < SECONDS:
        connection.executemany("INSERT INTO hit VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
        count += BATCH
    connection.close()
    return count / (time.perf_counter() - started_at)
