"""A dump of many units with known decoys, and what a scan of it comes to without its time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.scan import Scan, scan

SPAN_BYTES = 30_000


@pytest.fixture
def many_units(
    tmp_path: Path,
    decoys: list[Decoy],
    live_rows: Callable[[int, int], Iterator[list[str]]],
    planted_row: Callable[[Decoy], list[str]],
) -> Path:
    """Two files of 4,000 rows, of about forty units, with a decoy in every fiftieth row."""
    for name, seed in (("a.csv", 5), ("b.csv", 6)):
        live = enumerate(live_rows(4_000, seed))
        rows = [planted_row(decoys[at // 50 % 300]) if at % 50 == 3 else row for at, row in live]
        (tmp_path / "units").mkdir(exist_ok=True)
        (tmp_path / "units" / name).write_text("".join(",".join(row) + "\n" for row in rows))
    return tmp_path / "units"


def timeless(found: Scan) -> Scan:
    return replace(found, seconds=0.0, readers={})


@pytest.fixture
def expected(many_units: Path, index: DecoyIndex) -> Scan:
    """What this process alone comes to."""
    found = timeless(scan([many_units], index, span_bytes=SPAN_BYTES))
    assert len(found.sightings) >= 80
    return found
