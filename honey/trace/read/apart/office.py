"""Text of DOCX, PPTX and ODT: paragraphs are rows, rows of tables are rows of cells. Streaming, by lxml.

No entity is resolved, no DTD loaded, no reference to another file followed.
"""

import re
import zipfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import IO

from lxml import etree

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Lost, Table
from honey.trace.read.cells import row_text
from honey.trace.read.source import UnreadableError, stated
from honey.translation import _

_TEXT_PARTS = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|ppt/(?:slides|notesSlides)/[^/]+\.xml"
)
_ROWS, _CELLS, _PARAGRAPHS = {"tr", "table-row"}, {"tc", "table-cell"}, {"p", "h"}
_SPANS = {"p", "h", "span", "a"}
_GAPS = {"tab", "br", "cr", "s", "line-break"}


def parts(names: AbstractSet[str], mimetype: bytes) -> list[str]:
    """Return the members that hold text, the main one first; nothing for other archives."""
    if b"opendocument.text" in mimetype or b"opendocument.presentation" in mimetype:
        return ["content.xml"]
    if "[Content_Types].xml" not in names:
        return []
    found = [name for name in names if _TEXT_PARTS.fullmatch(name)]
    return sorted(found, key=lambda name: (name != "word/document.xml", len(name), name))


def read_document(archive: zipfile.ZipFile, members: list[str]) -> Iterator[Frame]:
    """Yield one table of all text; parts that are broken are told one by one."""
    for at, name in enumerate(members):
        label = "" if at == 0 else name.rpartition("/")[2].removesuffix(".xml")
        yield Table(label, "document")
        try:
            with archive.open(name) as stream:
                yield from told.rows(_rows(stream, open_document=name == "content.xml"))
        except RuntimeError as exc:
            raise UnreadableError(_("is encrypted; open it and save a copy without password")) from exc
        except (etree.LxmlError, OSError, EOFError, ValueError, zipfile.BadZipFile) as exc:
            yield Lost(
                label, _("broken document ({reason}); open and save it again, or save it as text", reason=stated(exc))
            )


def _rows(stream: IO[bytes], *, open_document: bool) -> Iterator[str]:
    """Yield a row of cells for each row of a table, and a row of one cell for each paragraph outside."""
    text = _Text(open_document=open_document)
    events = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    for event, element in events:
        tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if event == "start":
            text.start(tag)
            continue
        yield from text.end(tag, element.text or "", element.tail or "")
        _forget(element)


class _Text:
    """The paragraph, and the rows of tables within tables, that are being read."""

    def __init__(self, *, open_document: bool) -> None:
        self._open_document = open_document
        self._words: list[str] = []
        self._rows: list[tuple[list[str], list[str]]] = []  # cells, and paragraphs of the open cell

    def start(self, tag: str) -> None:
        """Open a row."""
        if tag in _ROWS:
            self._rows.append(([], []))

    def end(self, tag: str, text: str, tail: str) -> Iterator[str]:
        """Take the text of an element; yields a row when that is whole."""
        if tag in _GAPS:
            self._words.append(" ")
        elif tag == "t" or (self._open_document and tag in _SPANS):
            self._words.append(text)
        if self._open_document and tag not in _PARAGRAPHS:
            self._words.append(tail)
        if tag in _PARAGRAPHS:
            yield from self._paragraph()
        elif self._rows and tag in _CELLS:
            cells, paragraphs = self._rows[-1]
            cells.append(" ".join(paragraphs))
            paragraphs.clear()
        elif self._rows and tag in _ROWS:
            yield row_text(self._rows.pop()[0])

    def _paragraph(self) -> Iterator[str]:
        text, self._words = "".join(self._words).strip(), []
        if self._rows:
            self._rows[-1][1].append(text)
        elif text:
            yield row_text([text])


def _forget(element: etree._Element) -> None:
    """Keep the tree from growing: what has been read is dropped, with the siblings before it."""
    element.clear(keep_tail=True)
    while element.getprevious() is not None:
        del element.getparent()[0]
