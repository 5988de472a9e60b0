"""A recorder on a real log, with a switch to make it fail the way a full disk does."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.hit import Contact, Hit
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import HitLog
from collector.recorder import LogRecorder


class Records:
    """The recorder listeners get, and what it has on record."""

    def __init__(self, log: HitLog) -> None:
        self.log = log
        self.noticed: list[Hit] = []
        self._handed_over: list[Future[tuple[Hit, ...]]] = []
        self.recorder = LogRecorder(log, lambda: datetime.now(UTC), self.noticed.extend)

    def record(self, contacts: Sequence[Contact]) -> Future[tuple[Hit, ...]]:
        recorded = self.recorder.record(contacts)
        self._handed_over.append(recorded)
        return recorded

    def count(self, name: str, number: int = 1) -> None:
        self.recorder.count(name, number)

    def contacts(self) -> list[Contact]:
        """Everything on disk once nothing waits, after checking the chain."""
        wait(self._handed_over, 10)
        reader = HitReader(self.log.path)
        reader.verify()
        return [hit.contact for hit in reader.stream_from(1)]

    def counters_after_close(self) -> dict[str, int]:
        self.log.close()
        return dict(HitReader(self.log.path).counters())

    def fail(self, *, on: bool = True) -> None:
        """Let every write fail from now on, in SQLite itself, until it is switched off again."""
        self.log._database.conn.execute(f"PRAGMA query_only = {int(on)}")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with HitLog.open(tmp_path / "hits.db", now=lambda: datetime.now(UTC)) as log:
        yield Records(log)
