"""One workbook cell as text and back: what a decoy's cell must be so that it is stored like its neighbours'."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from openpyxl.formula.translate import Translator
from openpyxl.styles.numbers import is_datetime

from honey.host.personal import contains_personal

MAX_NUMBER_DIGITS = 15  # what Excel keeps of a number (IEEE 754 double)
_REFERENCE = re.compile(r"(?<![\w\"])\$?[A-Z]{1,3}\$?[1-9]\d{0,6}(?!\w)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?", re.ASCII)

Value = bool | int | float | str | datetime | date | time | timedelta | None
StreamedCell = Any  # openpyxl's stubs do not know the cells of its streaming mode


class CellText(NamedTuple):
    """A cell as text, with what is needed to turn text back: `kind` is openpyxl's data type or one of ours."""

    text: str
    kind: str  # n number, s text, b boolean, f formula, e error, d datetime, D date, t time, i interval, "" empty
    style: int


def style_of(cell: StreamedCell) -> int:
    """Return the number of a cell's style in its workbook, 0 for the default."""
    found: int = getattr(cell, "_style_id", 0)  # openpyxl has no public name for it; cells left out have none
    return found


def read(cell: StreamedCell) -> CellText:
    """Return a read-only cell as text."""
    value: object = cell.value
    text, kind = _text(value, cell)
    return CellText(text, kind, style_of(cell))


def _text(value: object, cell: StreamedCell) -> tuple[str, str]:
    match value:
        case None:
            found = "", ""
        case bool():
            found = str(value).upper(), "b"
        case float() if value.is_integer() and abs(value) < 10**MAX_NUMBER_DIGITS:
            found = str(int(value)), "n"
        case int() | float():
            found = repr(value), "n"
        case datetime() if value.time() == time() and is_datetime(cell.number_format or "") == "date":
            found = value.date().isoformat(), "D"
        case datetime():
            found = value.isoformat(" "), "d"
        case time():
            found = value.isoformat(), "t"
        case timedelta():
            found = repr(value.total_seconds()), "i"
        case _:
            found = str(getattr(value, "text", value)), cell.data_type
    return found


def write(text: str, donor: CellText, donor_place: str, place: str) -> tuple[Value, str]:
    """Return (value, openpyxl data type) for `text` stored as the donor's cell is; the value is None for empty text.

    A formula on other cells is taken over from the donor whatever `text` is, moved from `donor_place` ("D17") to
    `place` as Excel's own copy does. Text that cannot be the donor's kind is stored as text.
    """
    if donor.kind == "f" and _REFERENCE.search(donor.text):
        personal = contains_personal(donor.text)
        moved = None if personal else Translator(donor.text, origin=donor_place).translate_formula(place)
        return moved, "n" if personal else "f"
    if donor.kind == "f" and text.startswith("="):
        return text, "f"  # ="138...": text in a formula's clothes, exchanged like any other text
    return stored(text, donor.kind) if text else (None, "n")


def stored(text: str, kind: str) -> tuple[Value, str]:
    """Return (value, openpyxl data type) for text that should be of one of our kinds and may fail to be."""
    try:
        value = _READERS[kind](text) if kind in _READERS else text
    except ValueError:
        value = text
    if isinstance(value, str):
        return value, "s"
    return value, "b" if isinstance(value, bool) else "n" if isinstance(value, int | float) else "d"


def _number(text: str) -> int | float | str:
    match = _NUMBER.fullmatch(text)
    if match is None or len(match[1]) > MAX_NUMBER_DIGITS:
        return text
    return float(text) if match[2] or match[3] else int(text)


_READERS: Mapping[str, Callable[[str], Value]] = {
    "n": _number,
    "b": lambda text: {"TRUE": True, "FALSE": False}.get(text, text),
    "d": lambda text: datetime.fromisoformat(text).replace(tzinfo=None),
    "D": lambda text: datetime.combine(date.fromisoformat(text[:10]), time()),
    "t": time.fromisoformat,
    "i": lambda text: timedelta(seconds=float(text)),
}
