"""XLSX exports, streamed: values, cell styles and column widths are kept, decoys go into the sheet with the waybills.

Reading fills a mirror: one line of JSON per row in a temporary file, which the row table reads at random. Writing
streams the workbook again. Charts, images, merged cells and the cached results of formulas do not come through
openpyxl's streaming mode; formulas keep their text.
"""

import json
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.writer.excel import ExcelWriter

from honey.errors import InputError
from honey.seed.passthrough import xlsx_cell
from honey.seed.passthrough.spool import copy_range
from honey.seed.passthrough.still_zip import STILL, StillZip, refuse_bombs
from honey.seed.passthrough.table import Insert, Record, Table
from honey.seed.passthrough.xlsx_cell import CellText
from honey.translation import _

StreamedSheet = Any  # openpyxl's stubs do not know the sheets and cells of its streaming modes
StreamedCell = Any

MAX_ROWS = 1_048_576  # of a sheet, ECMA-376
HEAD_ROWS = 200  # of each sheet, to tell which holds the waybills

# What zipfile, expat, lxml (a parse error is a SyntaxError in both) and openpyxl raise on broken workbooks; openpyxl
# checks little and trips over the rest.
_FAULTS = (
    zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, IndexError, AttributeError, TypeError, ValueError,
    EOFError, NotImplementedError, RuntimeError, OverflowError, AssertionError,
)  # fmt: skip


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _FAULTS as exc:
        reason = " ".join(str(exc).split())[:120] or type(exc).__name__
        raise InputError(
            _("the workbook is broken ({reason}): open it in a spreadsheet program and save it anew", reason=reason)
        ) from exc


@dataclass(slots=True)
class Book:
    """One workbook open for streaming. It owns openpyxl's handle and no file."""

    file: BinaryIO
    source: Workbook
    sheets: tuple[StreamedSheet, ...]
    props: "Properties"

    @classmethod
    def open(cls, file: BinaryIO) -> "Book":
        """Open a workbook; raises `InputError` for what is broken, locked or a bomb."""
        with _reading():
            file.seek(0)
            with zipfile.ZipFile(file) as archive:
                refuse_bombs(archive)
                props = Properties.read(archive)
            file.seek(0)
            source = load_workbook(file, read_only=True, keep_links=False)
            sheets = tuple(source.worksheets)
            for sheet in sheets:
                sheet.reset_dimensions()  # the stated size may be a lie; the rows are what counts
        if not sheets:
            raise InputError(_("the workbook has no sheet"))
        return cls(file, source, sheets, props)

    def heads(self) -> list[list[list[str]]]:
        """Return the first rows of every sheet as text, blank ones left out."""
        with _reading():
            return [
                [
                    texts
                    for row in sheet.iter_rows(max_row=HEAD_ROWS)
                    if any(texts := [xlsx_cell.read(c).text for c in row])
                ]
                for sheet in self.sheets
            ]

    def mirror(self, sheet: int, target: BinaryIO) -> None:
        """Write every row of a sheet to `target`, one JSON line each."""
        with _reading():
            for number, row in enumerate(self.sheets[sheet].iter_rows(), 1):
                if number > MAX_ROWS:
                    raise InputError(
                        _("the workbook's sheet has more than {max_rows} rows, which no sheet can", max_rows=MAX_ROWS)
                    )
                target.write(json.dumps([xlsx_cell.read(cell) for cell in row], ensure_ascii=False).encode() + b"\n")
        target.seek(0)

    def write(self, target: BinaryIO, sheet: int, added: Mapping[int, Sequence[Sequence["NewCell"]]]) -> None:
        """Write the workbook with `added` rows after the given row numbers (0: at the top) of one sheet.

        Raises `InputError` where a sheet cannot be read or written after all.
        """
        with _reading():
            book = Workbook(write_only=True, iso_dates=False)
            book.epoch = self.source.epoch
            styles = _Styles(self.sheets[0])
            for at, source in enumerate(self.sheets):
                copied: StreamedSheet = book.create_sheet(source.title)
                copied.sheet_state = source.sheet_state
                _copy_widths(source, copied)
                _copy_rows(source, copied, styles, added if at == sheet else {})
            book.active = sheet
            self.props.put_on(book, self.source.properties)
            ExcelWriter(book, StillZip(target)).save()

    def close(self) -> None:
        """Let go of the workbook."""
        self.source.close()


def _head(sheet: StreamedSheet) -> list[list[str]]:
    rows = ([xlsx_cell.read(cell).text for cell in row] for row in sheet.iter_rows(max_row=HEAD_ROWS))
    return [texts for texts in rows if any(texts)]


@dataclass(frozen=True, slots=True)
class MirrorReader:
    """Reads a mirror for the row table; rows are filled up to `width` cells."""

    width: int

    def __call__(self, file: BinaryIO, offset: int = 0, number: int = 1) -> Iterator[Record]:
        """Yield the rows from `offset` on."""
        file.seek(offset)
        for raw in iter(file.readline, b""):
            cells = [cell[0] for cell in json.loads(raw)]
            yield Record(raw, cells + [""] * (self.width - len(cells)), number, offset)
            offset += len(raw)
            number += 1


@dataclass(frozen=True, slots=True)
class SheetWriter:
    """Writes the workbook with rows added to one sheet."""

    book: Book
    sheet: int
    table: Table

    def write(self, target: BinaryIO, inserts: Sequence[Insert]) -> None:
        """Write the workbook; without inserts its very bytes."""
        if not inserts:
            copy_range(self.book.file, target, 0, None)
            return
        self.book.write(target, self.sheet, new_rows(self.table, inserts))


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell to add: its value, openpyxl's data type for it, and the style number in the source workbook."""

    value: Any
    kind: str
    style: int

    @property
    def plain(self) -> bool:
        """Whether openpyxl stores the bare value right by itself, which is a good deal faster than a cell object."""
        if self.style:
            return False
        return not isinstance(self.value, str) or (self.kind == "s" and not self.value.startswith(("=", "#")))


def new_rows(table: Table, inserts: Sequence[Insert]) -> dict[int, list[list[NewCell]]]:
    """Return the rows to add by the sheet row they follow."""
    added: dict[int, list[list[NewCell]]] = defaultdict(list)
    for earlier, insert in enumerate(inserts):
        donor = table.row(insert.donor)
        after = donor.number - 1 if insert.after < 0 else table.row(insert.after).number
        cells = [CellText(*cell) for cell in json.loads(donor.raw)]
        number = after + earlier + 1
        row: list[NewCell] = []
        for at, text in enumerate(insert.cells):
            like = cells[at] if at < len(cells) else CellText("", "", 0)
            letter = get_column_letter(at + 1)
            value, kind = xlsx_cell.write(text, like, f"{letter}{donor.number}", f"{letter}{number}")
            row.append(NewCell(value, kind, like.style))
        added[after].append(row)
    return added


@dataclass(slots=True)
class _Styles:
    """Carries cell styles from one workbook to the other, each distinct one once."""

    source: StreamedSheet
    _carried: dict[int, Any] = field(default_factory=dict)

    def dress(self, cell: StreamedCell, style: int) -> None:
        """Give a new cell the style numbered `style` in the source."""
        if not style:
            return
        if style not in self._carried:
            donor = ReadOnlyCell(self.source, 1, 1, None, style_id=style)
            for part in ("number_format", "font", "fill", "border", "alignment", "protection"):
                setattr(cell, part, copy(getattr(donor, part)))
            self._carried[style] = copy(cell._style)  # openpyxl interns it: assigning is far cheaper than the six parts
        cell._style = self._carried[style]


def _copy_rows(
    source: StreamedSheet,
    target: StreamedSheet,
    styles: _Styles,
    added: Mapping[int, Sequence[Sequence[NewCell]]],
) -> None:
    def put(row: Sequence[NewCell]) -> None:
        target.append([one.value if one.plain else whole(one) for one in row])

    def whole(one: NewCell) -> StreamedCell:
        cell: StreamedCell = WriteOnlyCell(target, one.value)
        cell.data_type = one.kind  # else "=..." kept as text would become a formula
        styles.dress(cell, one.style)
        return cell

    for row in added.get(0, ()):
        put(row)
    for number, cells in enumerate(source.iter_rows(), 1):
        put([NewCell(cell.value, cell.data_type, xlsx_cell.style_of(cell)) for cell in cells])
        for row in added.get(number, ()):
            put(row)


def _copy_widths(source: StreamedSheet, target: StreamedSheet) -> None:
    """Copy widths and hidden columns: they stand before the rows, and openpyxl's streaming mode passes them over."""
    with source._get_source() as part:
        for _, element in ET.iterparse(part, events=("start",)):  # noqa: S314 - a DOCTYPE is refused, expat bounds the rest
            name = element.tag.rpartition("}")[2]
            if name == "sheetData":
                return
            if name == "col" and element.get("min"):
                first = get_column_letter(int(element.get("min", "1")))
                target.column_dimensions[first] = ColumnDimension(
                    target,
                    index=first,
                    min=int(element.get("min", "1")),
                    max=int(element.get("max", "1")),
                    width=float(element.get("width", "13")),
                    hidden=element.get("hidden") in ("1", "true"),
                )


@dataclass(frozen=True, slots=True)
class Properties:
    """Whether the workbook states when it was made and changed; openpyxl would fill in the time of day."""

    created: bool
    modified: bool

    @classmethod
    def read(cls, archive: zipfile.ZipFile) -> "Properties":
        """Look into the core properties part."""
        core = archive.read("docProps/core.xml") if "docProps/core.xml" in archive.namelist() else b""
        return cls(b":created" in core, b":modified" in core)

    def put_on(self, book: Workbook, properties: DocumentProperties) -> None:
        """Give a new workbook the old one's properties, without a reading of the clock."""
        book.properties = properties
        if not self.created:
            book.properties.created = datetime(*STILL)  # noqa: DTZ001 - the format has no zone
        if not self.modified:
            book.properties.modified = None
