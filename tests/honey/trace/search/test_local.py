"""Stretches searched by several processes come to what one process finds in one go, even if processes die."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.read_waybills import Shape, WaybillReader
from honey.trace.scan import Scan, scan
from honey.trace.search import local
from honey.trace.search.local import MAX_TRIES, search_in_processes
from honey.trace.search.unit import Searched, Searcher, Told, Unit, search_unit

SPAN_BYTES = 40_000
Rows = Callable[[int, int], Iterator[list[str]]]
Planted = Callable[[Decoy], list[str]]


@pytest.fixture
def dump(tmp_path: Path, decoys: list[Decoy], live_rows: Rows, planted_row: Planted) -> Path:
    """4,000 rows in two files, one decoy in every hundred; in the second its cells are quoted over two lines."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for name, seed in (("a.csv", 1), ("b.csv", 2)):
        rows = []
        for at, row in enumerate(live_rows(2_000, seed)):
            chosen = planted_row(decoys[at // 100 % len(decoys)]) if at % 100 == 7 else row
            cells = [f'"{cell[:2]}\n{cell[2:]}"' if name == "b.csv" and cell == chosen[9] else cell for cell in chosen]
            rows.append(",".join(cells))
        (folder / name).write_text("\n".join(rows) + "\n")
    return folder


def timeless(found: Scan) -> Scan:
    return replace(found, seconds=0.0, readers={})


def readers() -> dict[str, WaybillReader]:
    return {"seen": WaybillReader([Shape("YT", 13, digits=True)], exhaustive=True)}


def test_processes_find_what_one_finds_in_the_same_order(dump: Path, index: DecoyIndex) -> None:
    told: list[int] = []
    one = scan([dump], index, readers=readers(), span_bytes=SPAN_BYTES)
    several = scan(
        [dump], index, readers=readers(), span_bytes=SPAN_BYTES, told=lambda size, _: told.append(size),
        run=partial(search_in_processes, workers=3),
    )  # fmt: skip
    assert timeless(several) == timeless(one)
    assert several.readers["seen"].numbers == one.readers["seen"].numbers
    assert sum(told) == one.bytes == sum(path.stat().st_size for path in dump.iterdir())


def test_stretches_find_what_the_whole_file_shows(dump: Path, index: DecoyIndex) -> None:
    whole, cut = scan([dump], index), scan([dump], index, span_bytes=SPAN_BYTES)
    assert (cut.files, cut.rows, cut.bytes) == (whole.files, whole.rows, whole.bytes)
    assert {(one.decoys, one.place) for one in cut.sightings} == {(one.decoys, one.place) for one in whole.sightings}
    assert len(whole.sightings) >= 40


def test_a_process_that_is_killed_loses_nothing(dump: Path, index: DecoyIndex) -> None:
    killed: list[int] = []

    def kill_one(*_: int) -> None:
        if not killed and (children := multiprocessing.active_children()):
            killed.append(children[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    run = partial(search_in_processes, workers=2)
    found = scan([dump], index, span_bytes=SPAN_BYTES, told=kill_one, run=run)
    assert killed
    assert timeless(found) == timeless(scan([dump], index, span_bytes=SPAN_BYTES))


def test_a_file_that_kills_its_process_is_told_and_the_others_are_searched(
    dump: Path, index: DecoyIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dump / "c.csv").write_text("deadly\n")

    def die(unit: Unit, searcher: Searcher, *, told: Told) -> Searched:
        if unit.url.endswith("c.csv"):
            os.kill(os.getpid(), signal.SIGKILL)
        return search_unit(unit, searcher, told=told)

    monkeypatch.setattr(local, "search_unit", die)
    found = scan([dump], index, span_bytes=SPAN_BYTES, run=partial(search_in_processes, workers=2))
    (lost,) = found.unreadable
    assert lost.file == str(dump / "c.csv")
    assert f"died {MAX_TRIES} times" in lost.reason
    monkeypatch.undo()
    (dump / "c.csv").unlink()
    assert found.sightings == scan([dump], index, span_bytes=SPAN_BYTES).sightings
