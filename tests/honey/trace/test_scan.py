"""A scan finds planted decoys in any disguise, reports nothing in innocent rows, and says what it did not read."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from honey.model.decoy import Decoy, DecoyId
from honey.model.sighting import DumpPlace, Match
from honey.trace.index import DecoyIndex
from honey.trace.scan import Scan, scan
from honey.trace.search.local import search_serially

Rows = Callable[[int, int], Iterator[list[str]]]
Planted = Callable[[Decoy], list[str]]
HEADER = [
    "waybill_no",
    "name",
    "phone",
    "province",
    "city",
    "district",
    "address",
    "sender",
    "sender_phone",
    "goods",
    "at",
]
MASKED_COLUMNS = (6, 2, 1, 9)


def masked(row: list[str]) -> list[str]:
    """Name, phone and room hidden as the waybill standard asks, columns reshuffled, numbers and dates left out."""
    address = "".join(row[3:6]) + row[6][: row[6].index("号") + 1] + "**室"
    hidden = {**dict(enumerate(row)), 1: row[1][0] + "**", 2: f"{row[2][:3]}****{row[2][-4:]}", 6: address}
    return [hidden[column] for column in MASKED_COLUMNS]


def named(found: Scan) -> set[DecoyId]:
    return {next(iter(one.decoys)) for one in found.sightings if len(one.decoys) == 1}


def write(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_innocent_rows_give_no_sighting(tmp_path: Path, index: DecoyIndex, live_rows: Rows) -> None:
    """100,000 customers of the same cities and number block, full rows."""
    found = scan([write(tmp_path / "live.csv", [HEADER, *live_rows(100_000, 1)])], index)
    assert found.rows == 100_001
    assert found.sightings == ()


def test_innocent_masked_rows_give_no_sighting(tmp_path: Path, index: DecoyIndex, live_rows: Rows) -> None:
    """Masked, all customers share the decoys' number prefix and their five cities: agreement there means nothing."""
    rows = [[row[1][0] + "**", f"{row[2][:3]}****{row[2][-4:]}", row[4]] for row in live_rows(30_000, 2)]
    found = scan([write(tmp_path / "live.csv", rows)], index)
    assert found.sightings == ()
    assert found.weak > 0


def test_a_masked_reshuffled_copy_is_found(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, live_rows: Rows, planted_row: Planted
) -> None:
    rng = random.Random(3)
    rows = [masked(row) for row in live_rows(20_000, 3)] + [masked(planted_row(decoy)) for decoy in decoys]
    rng.shuffle(rows)
    found = scan([write(tmp_path / "copy.csv", rows, "gb18030")], index)
    assert found.encodings == {str(tmp_path / "copy.csv"): "gb18030"}
    assert len(named(found)) >= 0.99 * len(decoys)
    truth = {at: masked(planted_row(decoy)) for at, decoy in enumerate(decoys)}
    for one in found.sightings:
        assert isinstance(one.place, DumpPlace)
        assert rows[one.place.row - 1] in [truth[int(decoy[1:])] for decoy in one.decoys]


@pytest.mark.parametrize("columns", [[0], [2, 1], [1, 2, 6], [6], [1, 2, 4]], ids=str)
def test_a_few_columns_are_enough(
    *, columns: list[int], tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, live_rows: Rows, planted_row: Planted
) -> None:
    rows = [*live_rows(2000, 4), *map(planted_row, decoys)]
    random.Random(4).shuffle(rows)
    path = write(tmp_path / "part.csv", [[row[column] for column in columns] for row in rows])
    assert len(named(scan([path], index))) >= 0.99 * len(decoys)


def test_one_masked_decoy_is_found_in_a_small_file(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, planted_row: Planted
) -> None:
    """Masked name, masked phone and city, among customers with other numbers and of other cities."""
    row = planted_row(decoys[5])
    others = [[f"钱{sign}", f"13{at % 10}****{at:04d}", "拉萨市"] for at, sign in enumerate("**" for _ in range(200))]
    found = scan(
        [write(tmp_path / "small.csv", [*others, [row[1][0] + "**", f"{row[2][:3]}****{row[2][-4:]}", row[4]]])], index
    )
    assert named(found) == {decoys[5].id}
    assert found.sightings[0].match is Match.MASKED
    assert set(found.sightings[0].fields) == {"recipient_name", "recipient_phone", "recipient_city"}


def test_a_sighting_says_where_it_stood(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, planted_row: Planted
) -> None:
    path = write(tmp_path / "dump.csv", [HEADER, ["a"] * 11, planted_row(decoys[9])])
    (sighting,) = scan([path], index).sightings
    assert sighting.place == DumpPlace(str(path), 3, "waybill_no", str(decoys[9].waybill_number))
    assert sighting.to_json()["row"] == 3
    assert sighting.chance < 1e-20


def test_a_shared_number_alone_is_one_sighting(tmp_path: Path, decoys: list[Decoy], index: DecoyIndex) -> None:
    (tmp_path / "n.txt").write_text(f"x\n{decoys[17].phone}\n")
    (sighting,) = scan([tmp_path / "n.txt"], index).sightings
    assert len(sighting.decoys) == 3


def test_all_kinds_of_files_are_searched(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, planted_row: Planted
) -> None:
    rows = [planted_row(decoy) for decoy in decoys[:8]]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    sheet.append([*rows[0][1:2], int(rows[0][2]), float(rows[0][2]), "x"])
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "b.jsonl").write_text(json.dumps(dict(zip(HEADER, rows[1], strict=True))) + "\n")
    (tmp_path / "c.json").write_text(
        json.dumps({"code": 0, "data": [{"n": 1}, dict(zip(HEADER, rows[2], strict=True))]})
    )
    (tmp_path / "d.txt").write_text("----".join(rows[3]) + "\n", encoding="utf-16")
    (tmp_path / "e.txt").write_text(f"卖料 {rows[4][1]} {rows[4][2]} {''.join(rows[4][3:7])}\n", encoding="utf-8-sig")
    (tmp_path / "f.sql").write_text(f"INSERT INTO t VALUES {','.join(str(tuple(row)) for row in rows[5:6])};\n")
    with zipfile.ZipFile(tmp_path / "g.zip", "w") as archive:
        archive.writestr("in/h.csv", ",".join(rows[6]))
        archive.write(tmp_path / "a.xlsx", "i.xlsx")
    stdin = io.BytesIO("\t".join(rows[7]).encode("gb18030"))
    found = scan([tmp_path, "-"], index, run=partial(search_serially, stdin=stdin))
    assert found.unreadable == ()
    assert named(found) == {decoy.id for decoy in decoys[:8]}
    assert found.files == 9


def test_a_phone_stored_as_a_number_is_found(tmp_path: Path, decoys: list[Decoy], index: DecoyIndex) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    phone = int(str(decoys[0].phone)[3:])
    sheet["C4"] = float(phone)
    book.save(tmp_path / "n.xlsx")
    (sighting,) = scan([tmp_path / "n.xlsx"], index).sightings
    assert isinstance(sighting.place, DumpPlace)
    assert (sighting.place.row, sighting.place.column, sighting.place.seen) == (4, "3", str(phone))


def test_what_cannot_be_read_is_listed_and_the_rest_is_searched(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, planted_row: Planted
) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 this is no workbook")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "blob.bin").write_bytes(random.Random(1).randbytes(5000))
    write(tmp_path / "good.csv", [planted_row(decoys[0])])
    found = scan([tmp_path, tmp_path / "missing.csv"], index)
    assert named(found) == {decoys[0].id}
    reasons = {Path(one["file"]).name: one["reason"] for one in found.scanned_json()["unreadable"]}
    assert set(reasons) == {"broken.xlsx", "picture.png", "blob.bin", "missing.csv"}
    assert all(reason and "\n" not in reason for reason in reasons.values())
    assert found.files == 1


def test_a_file_that_breaks_off_is_searched_up_to_there_and_listed(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, live_rows: Rows, planted_row: Planted
) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        text = "\n".join(map(",".join, [planted_row(decoys[0]), *live_rows(5000, 6)]))
        archive.writestr("a.csv", text)
    damaged = bytearray(whole.getvalue())
    damaged[-len(damaged) // 4] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(damaged)
    found = scan([tmp_path / "a.zip"], index)
    assert named(found) == {decoys[0].id}
    (unreadable,) = found.unreadable
    assert "rows before that were searched" in unreadable.reason


def test_the_same_decoy_a_thousand_times_is_kept_a_few_times(
    tmp_path: Path, decoys: list[Decoy], index: DecoyIndex, planted_row: Planted
) -> None:
    found = scan([write(tmp_path / "r.csv", [planted_row(decoys[0])] * 1000)], index)
    assert len(found.sightings) == 20
    assert found.repeated == 980


def test_progress_and_time_are_reported(tmp_path: Path, index: DecoyIndex, live_rows: Rows) -> None:
    steps: list[tuple[int, int]] = []
    ticks = iter([10.0, 12.5])
    path = write(tmp_path / "live.csv", [*live_rows(5000, 5)])
    found = scan([path], index, told=lambda size, rows: steps.append((size, rows)), clock=lambda: next(ticks))
    assert found.seconds == 2.5
    assert len(steps) > 1
    assert [sum(one) for one in zip(*steps, strict=True)] == [path.stat().st_size, 5000] == [found.bytes, found.rows]
