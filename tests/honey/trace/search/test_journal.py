"""A scan that was stopped goes on where it was, comes to the same, and mixes no two questions."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from honey.errors import InputError
from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.read_waybills import Shape, WaybillReader
from honey.trace.scan import Scan, scan
from honey.trace.search.journal import Journal
from honey.trace.search.local import search_serially
from honey.trace.search.unit import Searched, Searcher, Told, Unit

SPAN_BYTES = 30_000
Rows = Callable[[int, int], Iterator[list[str]]]


class StoppedError(Exception):
    """What an impatient user is here."""


@pytest.fixture
def dump(tmp_path: Path, decoys: list[Decoy], live_rows: Rows, planted_row: Callable[[Decoy], list[str]]) -> Path:
    rows = [planted_row(decoys[at]) if at % 9 == 0 else row for at, row in enumerate(live_rows(300, 3))] * 8
    path = tmp_path / "dump.csv"
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    return path


class Counting:
    """Searches serially; stops after `most` units; remembers which were searched."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.most = most
        self.searched: list[str] = []

    def __call__(self, units: Sequence[Unit], searcher: Searcher, told: Told) -> Iterator[Searched]:
        for unit in units:
            if len(self.searched) == self.most:
                raise StoppedError
            self.searched.append(unit.key)
            yield from search_serially([unit], searcher, told)


def asked(dump: Path, index: DecoyIndex, journal: Path, run: Counting) -> Scan:
    readers = {"seen": WaybillReader([Shape("YT", 13, digits=True)])}
    with Journal.open(journal, index) as open_journal:
        return scan([dump], index, run=open_journal.resumed(run), readers=readers, span_bytes=SPAN_BYTES)


def timeless(found: Scan) -> Scan:
    return replace(found, seconds=0.0, readers={})


def test_a_scan_goes_on_where_it_was_stopped_and_comes_to_the_same(
    tmp_path: Path, dump: Path, index: DecoyIndex
) -> None:
    whole = asked(dump, index, tmp_path / "whole.db", Counting())
    first, second, third = Counting(4), Counting(), Counting()
    with pytest.raises(StoppedError):
        asked(dump, index, tmp_path / "journal.db", first)
    resumed = asked(dump, index, tmp_path / "journal.db", second)
    assert len(first.searched) == 4
    assert not {*first.searched} & {*second.searched}
    assert timeless(resumed) == timeless(whole)
    assert resumed.readers["seen"].numbers == whole.readers["seen"].numbers
    assert timeless(asked(dump, index, tmp_path / "journal.db", third)) == timeless(whole)
    assert third.searched == []
    assert whole.sightings


def test_a_file_that_changed_is_searched_again(tmp_path: Path, dump: Path, index: DecoyIndex) -> None:
    asked(dump, index, tmp_path / "journal.db", Counting())
    stat = dump.stat()
    os.utime(dump, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    again = Counting()
    asked(dump, index, tmp_path / "journal.db", again)
    assert len(again.searched) > 5


def test_a_journal_of_other_decoys_is_refused(
    tmp_path: Path, dump: Path, index: DecoyIndex, decoys: list[Decoy]
) -> None:
    asked(dump, index, tmp_path / "journal.db", Counting())
    with pytest.raises(InputError, match="other decoys"):
        asked(dump, DecoyIndex.build(decoys[1:]), tmp_path / "journal.db", Counting())


def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path, dump: Path, index: DecoyIndex) -> None:
    with pytest.raises(InputError, match="no journal"):
        asked(dump, index, dump, Counting())
    assert dump.read_text().startswith("YT")
