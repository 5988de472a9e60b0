"""A workbook is passed over as a whole only if reading its cells would find nothing; what hides a value is read."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.prefilter import Prefilter
from honey.trace.read_waybills import Shape, WaybillReader
from honey.trace.scan import scan
from honey.trace.search import unit
from honey.trace.search.workbook import MAX_ROAD_SIGNS, Looker

Rows = Callable[[int, int], Iterator[list[str]]]
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
XMLNS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    f'ContentType="{MAIN}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
    f'ContentType="{MAIN}.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" '
    f'ContentType="{MAIN}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
    f'Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {XMLNS} xmlns:r="{OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" '
    'r:id="rId1"/></sheets></workbook>',
}


def excel(rows: list[list[str | float]], *, raw_strings: dict[str, str] | None = None) -> bytes:
    """A workbook as Excel writes it: one line of XML, shared strings; `raw_strings` are written in XML of their own."""
    strings: dict[str, int] = {}
    sheet = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for column, value in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if isinstance(value, str):
                cells.append(f'<c r="{place}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>')
            else:
                cells.append(f'<c r="{place}"><v>{value!r}</v></c>'.replace("e+", "E"))
        sheet.append(f'<row r="{number}" spans="1:{len(row)}">{"".join(cells)}</row>')
    written = (f"<si>{(raw_strings or {}).get(text, f'<t>{escape(text)}</t>')}</si>" for text in strings)
    parts = {
        **PARTS,
        "xl/sharedStrings.xml": f'<sst {XMLNS} count="1" uniqueCount="{len(strings)}">{"".join(written)}</sst>',
        "xl/worksheets/sheet1.xml": f"<worksheet {XMLNS}><sheetData>{''.join(sheet)}</sheetData></worksheet>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, HEAD + text)
    return packed.getvalue()


@pytest.fixture(scope="module")
def looker(index: DecoyIndex) -> Looker:
    found = Looker.of(Prefilter(index), index.by_anchor)
    assert found is not None
    return found


def live(live_rows: Rows, count: int, seed: int) -> list[list[str | float]]:
    rows = [list[str | float](row) for row in live_rows(count, seed)]
    for row in rows:
        row[2] = float(int(str(row[2])))  # a phone stored as a number
    return rows


def seen(looker: Looker, path: Path, content: bytes) -> int | None:
    path.write_bytes(content)
    return looker.rows_if_clean(path, lambda _: None)


def test_a_workbook_of_live_rows_is_passed_over_and_counted(tmp_path: Path, looker: Looker, live_rows: Rows) -> None:
    assert seen(looker, tmp_path / "live.xlsx", excel(live(live_rows, 2_000, 1))) == 2_000


def test_passing_over_and_reading_come_to_the_same(
    tmp_path: Path, index: DecoyIndex, live_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "live.xlsx").write_bytes(excel(live(live_rows, 3_000, 2)))
    readers = {"seen": WaybillReader([Shape("YT", 13, digits=True)])}
    monkeypatch.setattr(unit, "MIN_WORKBOOK_BYTES", 1)
    quick = scan([tmp_path / "live.xlsx"], index, readers=readers)
    monkeypatch.setattr(unit, "MIN_WORKBOOK_BYTES", 1 << 60)
    thorough = scan([tmp_path / "live.xlsx"], index, readers=readers)
    assert (quick.files, quick.rows, quick.bytes) == (thorough.files, thorough.rows, thorough.bytes)
    assert quick.encodings == thorough.encodings
    assert quick.readers["seen"].numbers == thorough.readers["seen"].numbers


def hidden(decoy: Decoy) -> dict[str, tuple[list[str | float], dict[str, str]]]:
    """Ways in which a decoy can stand in a workbook: its cells, and the XML of those written otherwise."""
    assert decoy.address
    phone, name, detail = str(decoy.phone)[3:], str(decoy.name), decoy.address.detail
    place = decoy.address.province + decoy.address.city + decoy.address.district
    road, house = detail.split("号")[0][:4], detail[4:]
    by_number = "".join(f"&#{ord(sign)};" for sign in phone)
    halves = f"<r><t>{phone[:5]}</t></r><r><rPr><b/></rPr><t>{phone[5:]}</t></r>"
    return {
        "plainly": ([name, phone, place + detail], {}),
        "as a number": ([name, int(phone)], {}),
        "shortened by the writer": ([name, float(phone) * 1e6], {}),
        "masked": ([name[0] + "**", f"{phone[:3]}****{phone[-4:]}", place + detail], {}),
        "by character numbers": ([name, phone], {phone: f"<t>{by_number}</t>"}),
        "in two formats": ([name, phone], {phone: halves}),
        "escaped": ([name, phone], {phone: f"<t>_x0031_{phone[1:]}</t>"}),
        "road and number in two cells": ([name, place + road, house], {}),
        "road with a remark, number in the next cell": ([name, f"{place}{road}(近地铁)", house], {}),
        "full-width": ([name, "".join(chr(ord(sign) + 0xFEE0) for sign in phone)], {}),
        "waybill number": ([str(decoy.waybill_number)], {}),
        "mail": ([f"a &amp; b {decoy.email}"], {}),
    }


WAYS = [
    "plainly", "as a number", "shortened by the writer", "masked", "by character numbers", "in two formats", "escaped",
    "road and number in two cells", "road with a remark, number in the next cell", "full-width", "waybill number",
    "mail",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_decoy_is_never_passed_over(
    tmp_path: Path, looker: Looker, live_rows: Rows, decoys: list[Decoy], way: str
) -> None:
    cells, raw = hidden(decoys[11])[way]
    rows = live(live_rows, 500, 3)
    rows[random.Random(way).randrange(500)] = cells
    assert seen(looker, tmp_path / "dump.xlsx", excel(rows, raw_strings=raw)) is None


def test_lost_digits_are_left_to_the_reader_which_says_so(tmp_path: Path, looker: Looker, live_rows: Rows) -> None:
    rows = live(live_rows, 50, 4)
    rows[7][2] = 1234567890123456000
    assert seen(looker, tmp_path / "long.xlsx", excel(rows)) is None


def test_what_is_no_honest_workbook_is_left_to_the_reader(tmp_path: Path, looker: Looker) -> None:
    content = excel([["a", "b"]])
    assert seen(looker, tmp_path / "cut.xlsx", content[: len(content) // 2]) is None
    bomb = io.BytesIO(content)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (80 * 1024 * 1024))
    assert seen(looker, tmp_path / "bomb.xlsx", bomb.getvalue()) is None
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as archive:
        archive.writestr("a.csv", "x")
    assert looker.rows_if_clean(tmp_path / "plain.zip", lambda _: None) is None


def test_for_too_many_kinds_of_roads_every_workbook_is_read(index: DecoyIndex) -> None:
    anchors = {f"某某{chr(0x4E00 + at)}1": () for at in range(MAX_ROAD_SIGNS + 1)}
    assert Looker.of(Prefilter(index), anchors) is None
