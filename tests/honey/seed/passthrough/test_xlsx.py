"""Workbooks keep values, styles and widths; decoys go into the sheet with the waybills."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from honey.errors import InputError
from honey.model.decoy import Decoy
from honey.seed.passthrough import Passed, pass_through, still_zip

KEY = b"k" * 32
HEADER = ["运单号", "网点", "收件人", "收件人手机", "省", "市", "区", "详细地址", "物品", "重量", "下单时间"]

MakeRows = Callable[..., list[list[str]]]
MakeDecoys = Callable[..., list[Decoy]]


def saved(book: Workbook) -> bytes:
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def run(raw: bytes, decoys: list[Decoy]) -> tuple[bytes, Passed]:
    target = io.BytesIO()
    passed = pass_through(io.BytesIO(raw), target, decoys=decoys, rng_key=KEY)
    return target.getvalue(), passed


@pytest.fixture
def book(make_rows: MakeRows) -> Workbook:
    book = Workbook()
    notes = book.active
    assert isinstance(notes, Worksheet)
    notes.title = "说明"
    notes.append(["导出人", "王"])
    sheet = book.create_sheet("运单")
    sheet.append(["2026年11月运单导出"])
    sheet.append([*HEADER, "合计", "时长", "时刻"])
    for at, row in enumerate(make_rows(80), 3):
        made = datetime.fromisoformat(row[10])
        sheet.append([*row[:3], int(row[3]), *row[4:9], float(row[9]), made, f"=J{at}*2", timedelta(hours=2), time(9)])
        sheet.cell(at, 10).number_format = "0.00"
        sheet.cell(at, 11).number_format = "yyyy/m/d h:mm"
        sheet.cell(at, 1).font = Font(bold=True)
    sheet.append([])
    sheet.append(["=不是公式"])
    sheet.cell(84, 1).data_type = "s"
    sheet.column_dimensions["D"].width = 21.5
    sheet.column_dimensions["E"].hidden = True
    return book


def facts(sheet: Worksheet, gone: set[int]) -> list[list[tuple[object, str, str, bool]]]:
    return [
        [(cell.value, cell.data_type, cell.number_format, bool(cell.font.b)) for cell in row]
        for number, row in enumerate(sheet.iter_rows(), 1)
        if number not in gone
    ]


def test_values_and_number_formats_are_kept(book: Workbook, make_decoys: MakeDecoys) -> None:
    raw = saved(book)
    out, passed = run(raw, make_decoys(3))
    before, after = load_workbook(io.BytesIO(raw)), load_workbook(io.BytesIO(out))
    assert after.sheetnames == before.sheetnames
    assert facts(after["说明"], set()) == facts(before["说明"], set())
    assert facts(after["运单"], {number for _, number in passed.inserted}) == facts(before["运单"], set())
    assert (passed.rows_in, passed.rows_out) == (81, 84)


def test_widths_are_kept(book: Workbook, make_decoys: MakeDecoys) -> None:
    out, _ = run(saved(book), make_decoys(1))
    columns = load_workbook(io.BytesIO(out))["运单"].column_dimensions
    assert columns["D"].width == 21.5
    assert columns["E"].hidden


def test_a_decoys_cells_are_stored_as_its_neighbours_are(book: Workbook, make_decoys: MakeDecoys) -> None:
    out, passed = run(saved(book), make_decoys(3))
    sheet = load_workbook(io.BytesIO(out))["运单"]
    for at, (_, number) in enumerate(passed.inserted):
        before, decoy, after = (list(sheet[row]) for row in (number - 1, number, number + 1))
        assert decoy[3].value == 14012345000 + at, "a number stays a number"
        assert [cell.number_format for cell in decoy] == [cell.number_format for cell in before]
        assert before[10].value <= decoy[10].value <= after[10].value  # type: ignore[operator]  # all are datetimes
        assert decoy[11].value == f"=J{number}*2", "a formula on its own row"
        assert decoy[0].font.b


def test_phones_stored_as_text_stay_text(make_rows: MakeRows, make_decoys: MakeDecoys) -> None:
    book = Workbook()
    assert isinstance(book.active, Worksheet)
    for row in [HEADER, *make_rows(30)]:
        book.active.append(row)
    out, passed = run(saved(book), make_decoys(1))
    sheet = load_workbook(io.BytesIO(out)).active
    assert isinstance(sheet, Worksheet)
    assert sheet.cell(passed.inserted[0][1], 4).value == "14012345000"


def test_the_same_input_gives_the_same_bytes(book: Workbook, make_decoys: MakeDecoys) -> None:
    raw = saved(book)
    assert run(raw, make_decoys(2)) == run(raw, make_decoys(2))
    with zipfile.ZipFile(io.BytesIO(run(raw, make_decoys(2))[0])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {still_zip.STILL}


def test_no_decoys_means_the_same_bytes(book: Workbook) -> None:
    raw = saved(book)
    assert run(raw, [])[0] == raw


def altered(raw: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        pytest.param("xl/worksheets/sheet2.xml", lambda old: old[:200], "the workbook is broken", id="cut XML"),
        pytest.param("xl/workbook.xml", lambda _: b"", "the workbook is broken", id="an empty part"),
        pytest.param(
            "xl/worksheets/sheet2.xml", lambda old: old.replace(b"<v>", b"<v>x"), "is broken", id="no numbers"
        ),
        pytest.param("xl/worksheets/sheet2.xml", lambda old: b"<!DOCTYPE a>" + old, "a document type", id="a DTD"),
        pytest.param("xl/worksheets/sheet2.xml", lambda old: old + b" " * 40_000_000, "packed over 200", id="a bomb"),
        pytest.param(
            "xl/worksheets/sheet2.xml",
            lambda old: old.replace(b'<row r="7"', b'<row r="99999999"'),
            "more than 1048576 rows",
            id="a row past the last",
        ),
    ],
)
def test_a_bad_workbook_is_one_line(
    book: Workbook, make_decoys: MakeDecoys, part: str, change: Callable[[bytes], bytes], said: str
) -> None:
    raw = altered(saved(book), lambda name, old: change(old) if name == part else old)
    with pytest.raises(InputError, match=said) as caught:
        run(raw, make_decoys(1))
    assert "\n" not in str(caught.value)


def test_a_cut_workbook_is_one_line(book: Workbook, make_decoys: MakeDecoys) -> None:
    raw = saved(book)
    for size in (10, len(raw) // 2, len(raw) - 10):
        with pytest.raises(InputError, match="the workbook is broken"):
            run(raw[:size], make_decoys(1))
