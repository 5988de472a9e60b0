"""Text of PDF by pdfminer.six, which knows the character collections of Chinese fonts. Lines of a page are rows.

Text that stands at one height is one row, its parts from left to right its cells: so the rows of a table stay whole.
A page of pictures holds no text; that is said.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTContainer, LTItem, LTPage, LTTextLine
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Lost, Table
from honey.trace.read.cells import row_text
from honey.trace.read.source import UnreadableError, stated
from honey.translation import _

MAX_PAGES = 20_000
MIN_OVERLAP = 0.5  # of the lower line's height: parts that overlap more stand in one row


def read(path: Path) -> Iterator[Frame]:
    """Yield the lines of every page; raises UnreadableError if the file is encrypted or broken from the start."""
    logging.disable()
    yield Table("", "pdf")
    row, blank, number = 1, list[int](), 0
    try:
        layout = LAParams(boxes_flow=None, all_texts=True)
        for number, page in enumerate(extract_pages(path, laparams=layout), start=1):
            if number > MAX_PAGES:
                yield Lost(
                    "", _("has more than {max_pages:,} pages; split it and trace the parts", max_pages=MAX_PAGES)
                )
                return
            texts = [row_text(cells, f"page {number}") for cells in lines_of(page)]
            yield from told.rows(texts, row)
            row += len(texts)
            if not texts:
                blank.append(number)
                told.still_at_work()
    except PDFPasswordIncorrect as exc:
        raise UnreadableError(_("is encrypted; open it and print it to a new PDF, or save its text")) from exc
    except (PDFException, PSException, ValueError, TypeError, KeyError, IndexError, AttributeError) as exc:
        raise UnreadableError(
            _("broken PDF ({reason}); print it to a new PDF, or save its text", reason=stated(exc))
        ) from exc
    except (OSError, OverflowError, ArithmeticError, RecursionError, AssertionError) as exc:
        raise UnreadableError(
            _("broken PDF ({reason}); print it to a new PDF, or save its text", reason=stated(exc))
        ) from exc
    if not number:
        raise UnreadableError(_("broken PDF (no pages); print it to a new PDF, or save its text"))
    if blank:
        shown = ", ".join(map(str, blank[:10])) + (_(" and more") if len(blank) > 10 else "")
        yield Lost(
            "", _("page {shown}: no text on it, a picture at most; read it with OCR and trace the text", shown=shown)
        )


def lines_of(page: LTPage) -> list[list[str]]:
    """Return the lines of a page, top to bottom, each as its parts from left to right."""
    found = sorted(_text_lines(page), key=lambda line: -(line.y0 + line.y1))
    rows: list[list[LTTextLine]] = []
    for line in found:
        if rows and _beside(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [[part.get_text().strip() for part in sorted(row, key=lambda part: part.x0)] for row in rows]


def _text_lines(container: Iterable[LTItem]) -> Iterator[LTTextLine]:
    """Walk down the layout without recursion: figures may lie in figures without end."""
    waiting: list[LTItem] = list(container)
    while waiting:
        one = waiting.pop()
        if isinstance(one, LTTextLine):
            if one.get_text().strip():
                yield one
        elif isinstance(one, LTContainer):
            waiting.extend(one)


def _beside(first: LTTextLine, other: LTTextLine) -> bool:
    shared = min(first.y1, other.y1) - max(first.y0, other.y0)
    return shared > MIN_OVERLAP * min(first.height, other.height)
