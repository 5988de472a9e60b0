"""What the collector's tests share: a clock that can be turned and an open hit log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.hitlog.writer import HitLog

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "hits.db"


@pytest.fixture
def log(log_path: Path) -> Iterator[HitLog]:
    with HitLog.open(log_path, now=lambda: NOON, new_id=lambda: "0123abcd") as opened:
        yield opened
