"""`honey trace` on a folder that holds one planted decoy in every format: each file yields its sighting."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workspace, to_csv
from tests.honey.trace.read import making

COLUMNS = ("waybill_no", "receiver_name", "receiver_phone", "receiver_region", "receiver_detail_address")
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "a.zip": lambda content: making.zipped({"快递/十一月.csv": content}),
    "a.7z": lambda content: making.sevenzipped({"快递/十一月.csv": content}),
    "a.tar.gz": lambda content: making.tarred({"in.zip": making.zipped({"快递/十一月.csv": content})}),
}


@pytest.fixture
def table(seeded: Workspace) -> list[tuple[str, ...]]:
    """Rows of the host with one account's decoys among them, the heading first."""
    decoys = seeded.decoys()["O02-A"]
    rows = [*seeded.host_rows("outlet_code = 'O02' LIMIT 60"), *decoys]
    text = to_csv(rows, COLUMNS)
    return [tuple(row) for row in csv.reader(io.StringIO(text))]


@pytest.mark.parametrize("half", [0, 1])  # a scan keeps twenty rows of one decoy
def test_every_format_yields_its_sighting(
    seeded: Workspace, table: list[tuple[str, ...]], tmp_path: Path, half: int
) -> None:
    folder = tmp_path / "bought"
    folder.mkdir()
    expected = set()
    for name, write in sorted(making.FORMATS.items())[half::2]:
        if name == "big5.csv":  # the sample's places have no Big5 form
            continue
        (folder / name).write_bytes(write(table))
        expected.add(f"{name}#waybill" if name == "data.db" else name)
    for name, pack in PACKED.items():
        (folder / name).write_bytes(pack(making.separated(table, encoding="gb18030")))
        expected.add(f"{name}!{'in.zip!' if name == 'a.tar.gz' else ''}快递/十一月.csv")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (folder / "locked.7z").write_bytes(making.sevenzipped({"a.csv": b"a,b\n"}, password="x"))
    (folder / "torn.xlsx").write_bytes(making.xlsx(table)[:-600])
    document = seeded.json("trace", folder)
    shown = seeded.json("cases", "show", document["case"])
    sighted = {
        one["file"].removeprefix(f"{folder}/")
        for suspect in document["suspects"]
        for one in suspect["evidence"]
        if one["kind"] == "sighting"
    }
    assert sighted == expected, json.dumps(shown, ensure_ascii=False)[:2000]
    assert {Path(one["file"]).name for one in document["scanned"]["unreadable"]} == {
        "photo.jpg",
        "locked.7z",
        "torn.xlsx",
    }
    encodings = {Path(name).name: encoding for name, encoding in document["scanned"]["encodings"].items()}
    said = {"gbk.csv": "gb18030", "utf16.txt": "utf-16", "bom.csv": "utf-8-sig"}
    assert {name: encodings[name] for name in said if name in expected} == {
        name: encoding for name, encoding in said.items() if name in expected
    }


@pytest.mark.parametrize("name", ["gbk.csv", "book.xlsx", "mysql.sql", "data.parquet", "list.pdf"])
def test_every_format_is_traced_from_standard_input(seeded: Workspace, table: list[tuple[str, ...]], name: str) -> None:
    document = seeded.json("trace", "-", stdin=making.FORMATS[name](table))
    assert document["sightings"] >= 1
    assert document["scanned"]["unreadable"] == []


def test_digits_that_a_spreadsheet_lost_are_said(seeded: Workspace) -> None:
    rows = "name,phone\nWang,1.40123E+10\nLi,1.40124E+10\n"
    document = seeded.json("trace", seeded.file("bought.csv", rows))
    assert "lost their other digits" in document["scanned"]["notes"][0]["note"]
    said = seeded.honey("trace", "bought.csv").out.decode()
    assert "note: bought.csv: shortened numbers" in said
    assert "read as: utf-8" in said
