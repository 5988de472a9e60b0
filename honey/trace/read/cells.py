"""Values of typed cells as text, and rows of cells as one text that can be taken apart again. Pure."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from honey.trace.read.encoding import detect
from honey.trace.read.source import Cells, without_surrogates
from honey.translation import _

SEPARATOR = "\t"
PLACE = "\x1e"  # between the place a row stands in (a table, a page) and its cells; ASCII's record separator
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1e\x85\u2028\u2029]+")
_BREAKS_BUT_TABS = re.compile("[\n\r\x0b\x0c\x1e\x85\u2028\u2029\ud800-\udfff]")
MAX_KEPT = 10**15  # spreadsheets keep 15 digits, the rest are zeros
MAX_EXACT = 2**53  # a double holds every whole number below
SHORTENED = re.compile(r"(?<![\w.])\d(?:\.\d{1,14})?E\+\d\d(?!\d)")  # 1.40123E+10: what a spreadsheet shows
MAX_BINARY_CHARS = 1 << 20  # of a cell of bytes that may be text


@dataclass(slots=True)
class Losses:
    """Numbers whose digits were lost before the file came to us, by how they show it."""

    rounded: int = 0
    shortened: int = 0

    def notes(self) -> list[str]:
        """Return one line a kind of loss."""
        said: list[str] = []
        if self.rounded:
            said.append(
                _(
                    "numbers of 16 digits or more ({rounded:,} seen) were stored as floating point, which "
                    "keeps 15: their last digits are lost; ask for the column as text",
                    rounded=self.rounded,
                )
            )
        if self.shortened:
            said.append(
                _(
                    "shortened numbers like 1.4E+10 ({shortened:,} seen) have lost their other digits; ask for "
                    "the file they were copied from",
                    shortened=self.shortened,
                )
            )
        return said


def cell_text(value: object, losses: Losses) -> str:
    """Return a typed cell as text: whole numbers without `.0`, bytes as the text they hold, if any."""
    if isinstance(value, str):
        if "E+" in value and SHORTENED.fullmatch(value.strip()):
            losses.shortened += 1
        return value
    if isinstance(value, float) and value.is_integer():
        losses.rounded += abs(value) >= MAX_KEPT
        return str(int(value if abs(value) < MAX_EXACT else Decimal(f"{value:.15g}")))
    return "" if value is None else _other_text(value)


def _other_text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes_text(bytes(value[:MAX_BINARY_CHARS]))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def bytes_text(value: bytes) -> str:
    """Return the text that a value of raw bytes holds, nothing if it is a picture or the like."""
    encoding = None if 0 in value else detect(value)
    return value.decode(encoding, "replace") if encoding and encoding != "latin-1" else ""


def one_line(text: str) -> str:
    """Return `text` as a cell that breaks no row."""
    return _BREAKS.sub(" ", without_surrogates(text))


def row_text(values: Iterable[str], place: str = "") -> str:
    """Join cells to one row."""
    values = list(values)
    cells = SEPARATOR.join(values)
    if cells.count(SEPARATOR) >= len(values) or _BREAKS_BUT_TABS.search(cells):
        cells = SEPARATOR.join([one_line(value) for value in values])
    return f"{place}{PLACE}{cells}" if place else cells


def split_row(text: str, columns: Sequence[str], place: str = "") -> Cells:
    """Take a row apart; a column is called after its place too, where there is one."""
    values = tuple(text.split(SEPARATOR))
    if not place:
        return Cells(values, tuple(columns))
    if len(values) == 1 and not columns:
        return Cells(values, (place,))
    named = [f".{columns[at]}" if at < len(columns) else f" column {at + 1}" for at in range(len(values))]
    return Cells(values, tuple(place + name for name in named))


def split_placed(text: str, columns: Sequence[str]) -> Cells:
    """Take apart a row that may begin with its place."""
    place, mark, cells = text.partition(PLACE)
    return split_row(cells, columns, place) if mark else split_row(text, columns)
