"""HTML tables, and XML of the same shape (Excel 2003 XML, `mysqldump --xml`): rows of cells; other text by paragraph.

Many a `report.xls` is an HTML table. lxml reads it front to back without building a tree.
"""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Encoded, Frame, Note, Rows, Table
from honey.trace.read.apart.sheets import HEADING_ROWS, heading_of
from honey.trace.read.cells import SEPARATOR, Losses, cell_text, row_text
from honey.trace.read.decode import blocks
from honey.trace.read.encoding import detect
from honey.trace.read.source import Progress, UnreadableError, sample
from honey.translation import _

_SAMPLE_BYTES = 64 * 1024
_ROWS, _CELLS, _HIDDEN = {"tr", "row"}, {"td", "th", "cell", "field"}, {"script", "style"}
_BREAKS = {"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "body", "title", "pre", "dt", "dd"}
MAX_CELL_CHARS = 1 << 20  # a longer text is handed over in rows


class _Target:
    """What lxml calls while it reads; whole rows gather in `rows`."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.losses = Losses()
        self._cells: list[str] | None = None
        self._words: list[str] = []
        self._chars = 0
        self._hidden = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open a row or a cell; a tag that was left open is closed by the next of its kind."""
        tag = tag.rpartition(":")[2].lower()
        self._hidden += tag in _HIDDEN
        if tag in _ROWS:
            self._end_row()
            self._cells = []
        elif tag in _CELLS:
            self._end_cell()
        elif tag in _BREAKS:
            self._gap()
        if tag == "a" and attributes.get("href", "").startswith(("http", "mailto:", "tel:")):
            self.data(f" {attributes['href']} ")

    def end(self, tag: str) -> None:
        """Close a row or a cell."""
        tag = tag.rpartition(":")[2].lower()
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        if tag in _ROWS or tag == "table":
            self._end_row()
        elif tag in _CELLS:
            self._end_cell(empty=True)
        elif tag in _BREAKS:
            self._gap()

    def data(self, text: str) -> None:
        """Take text, in as many parts as lxml likes."""
        if not self._hidden:
            self._words.append(text)
            self._chars += len(text)
            if self._chars > MAX_CELL_CHARS:
                self._end_row()

    def close(self) -> list[str]:
        """Hand over what is left."""
        self._end_row()
        return self.rows

    def _gap(self) -> None:
        if self._cells is None:
            self._end_row()
        else:
            self._words.append(" ")

    def _end_cell(self, *, empty: bool = False) -> None:
        text = " ".join("".join(self._words).split())  # as a browser shows it
        self._words, self._chars = [], 0
        if self._cells is not None and (text or empty):
            self._cells.append(cell_text(text, self.losses))
        elif text:
            self.rows.append(row_text([text]))

    def _end_row(self) -> None:
        self._end_cell()
        if self._cells:
            self.rows.append(row_text(self._cells))
        self._cells = None


def read(path: Path) -> Iterator[Frame]:
    """Yield one table; raises UnreadableError if the text is in no known encoding."""
    with path.open("rb") as stream:
        encoding = detect(sample(stream, _SAMPLE_BYTES))
        if encoding is None:
            raise UnreadableError(_("is no text in any known encoding; save it again as UTF-8"))
        stream.seek(0)
        target, progress = _Target(), Progress()
        parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True, recover=True)
        row, told_table = 1, False
        for text in blocks(stream, encoding, progress):
            parser.feed(text.encode("utf-8", "replace"))
            if not told_table and len(target.rows) >= HEADING_ROWS:
                yield _table(target.rows)
                told_table = True
            if told_table:
                yield from (found := list(told.rows(target.rows, row)))
                row, target.rows = _after(found, row), []
        try:
            parser.close()
        except etree.LxmlError:  # an empty document
            target.close()
    if not told_table:
        yield _table(target.rows)
    yield from told.rows(target.rows, row)
    yield from map(Encoded, sorted(progress.encodings))
    yield from map(Note, target.losses.notes())


def _table(rows: list[str]) -> Table:
    return Table("", "html", heading_of([text.split(SEPARATOR) for text in rows[:HEADING_ROWS]]))


def _after(found: list[Rows], row: int) -> int:
    return row if not found else found[-1].first_row + (1 if found[-1].part else len(found[-1].texts))
