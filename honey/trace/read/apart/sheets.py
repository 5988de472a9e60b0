"""Workbooks: XLSX, XLSM, XLSB, XLS and ODS by python-calamine. Numbers come as numbers, whole ones without `.0`."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import python_calamine

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Lost, Note, Table
from honey.trace.read.cells import SEPARATOR, Losses, cell_text, row_text
from honey.trace.read.csv import heading
from honey.trace.read.source import UnreadableError, stated
from honey.translation import _

HEADING_ROWS = 10  # among the first of a sheet, below titles and notes
_MEND = _("open and save it again, or export CSV")
T = TypeVar("T")


def read_workbook(path: Path) -> Iterator[Frame]:
    """Yield every sheet; the first without a label, the others under their names.

    Raises:
        UnreadableError: the workbook is broken or encrypted.
    """
    with path.open("rb") as stream:
        workbook = guarded(lambda: python_calamine.CalamineWorkbook.from_filelike(stream))
        if not workbook.sheet_names:
            raise UnreadableError(_("the workbook has no sheets; {mend}", mend=_MEND))
        for at, sheet in enumerate(workbook.sheet_names):
            label = "" if at == 0 else sheet
            try:
                yield from _sheet(workbook, sheet, label)
            except UnreadableError as exc:
                yield Lost(label, exc.message)


def guarded(read: Callable[[], T]) -> T:
    """Call into calamine; whatever a broken workbook makes it raise becomes one reason."""
    try:
        return read()
    except python_calamine.PasswordError as exc:
        raise UnreadableError(_("the workbook is encrypted; save a copy without password")) from exc
    except (python_calamine.CalamineError, OSError, ValueError) as exc:
        raise UnreadableError(_("broken workbook ({reason}); {mend}", reason=stated(exc), mend=_MEND)) from exc
    except MemoryError:
        raise
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":  # a Rust panic derives from BaseException and has no public name
            raise
        raise UnreadableError(_("broken workbook; {mend}", mend=_MEND)) from exc


def _sheet(workbook: python_calamine.CalamineWorkbook, sheet: str, label: str) -> Iterator[Frame]:
    opened = guarded(lambda: workbook.get_sheet_by_name(sheet))
    losses = Losses()
    texts = _texts(opened, losses)
    first = list(islice(texts, HEADING_ROWS))
    yield Table(label, "sheet", heading_of([text.split(SEPARATOR) for text in first]))
    yield from told.rows(chain(first, texts))
    yield from map(Note, losses.notes())


def _texts(opened: python_calamine.CalamineSheet, losses: Losses) -> Iterator[str]:
    """Yield rows from the sheet's first one on; calamine leaves out empty columns before the first used one."""
    rows = opened.iter_rows()
    left = [""] * (opened.start[1] if opened.start else 0)
    while (values := guarded(lambda: next(rows, None))) is not None:
        yield row_text([*left, *(cell_text(value, losses) for value in values)])


def heading_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the column names: the first row of nothing but names, which may stand below titles."""
    for row in rows:
        last = max((at for at, value in enumerate(row, start=1) if value.strip()), default=0)
        if names := heading(row[:last]):
            return names
    return ()
