"""OLE compound files: XLS workbooks, encrypted XLSX, and older Office documents that no library here reads."""

from collections.abc import Iterator
from pathlib import Path

from honey.trace.read.apart.frames import Frame
from honey.trace.read.apart.sheets import read_workbook
from honey.trace.read.source import BLOCK_BYTES, UnreadableError
from honey.translation import _

_STREAMS = {  # names of streams in the file's directory, in UTF-16
    "EncryptedPackage": _("is encrypted; open it and save a copy without password"),
    "WordDocument": _("is a Word 97-2003 document; save it as .docx"),
    "PowerPoint Document": _("is a PowerPoint 97-2003 file; save it as .pptx"),
    "__substg1.0_": _("is an Outlook message; save it as text"),
}


def read(path: Path) -> Iterator[Frame]:
    """Yield the sheets of a workbook; raises UnreadableError for any other document."""
    marks = {name.encode("utf-16-le"): reason for name, reason in _STREAMS.items()}
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            for mark, reason in marks.items():
                if mark in tail + block:
                    raise UnreadableError(reason)
            tail = block[-64:]
    yield from read_workbook(path)
