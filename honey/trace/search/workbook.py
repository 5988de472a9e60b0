"""Whether an XLSX workbook holds anything worth reading, asked of its unzipped XML: most hold no decoy, and parsing
every cell takes four times as long as looking.

It errs only towards reading: whatever XML can hide a value in (characters by number, words in several formats,
shortened or long numbers, a road in one cell and its number in the next) means that the cells are read.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from honey.trace.prefilter import Prefilter
from honey.trace.read.budget import MAX_RATIO, RATIO_FREE_BYTES

BLOCK_BYTES = 512 * 1024
MAX_PIECE_BYTES = 4 * 1024 * 1024  # of one row or string; a longer one is read by cells
MAX_ROAD_SIGNS = 8  # last characters of decoys' roads; with more, looking takes as long as reading
MAX_TAGS_BETWEEN = 150  # bytes between a road and the end of its cell, about 48 characters
_STRINGS = "xl/sharedStrings.xml"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_TAG = re.compile(r"<[^>]*>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
# What changes how a value reads: numbered characters, characters that XML cannot hold; runs of formats in one string.
_HIDING, _RUNS, _INLINE = (b"&#", b"_x", b"\x00"), b"</r", b"inlineStr"
_TO_ZERO = bytes(48 if 48 <= byte < 58 else byte for byte in range(256))
_SHORTENED = b"0E"  # 1.4E10; a cell of column E is named "E1"
_LONG_NUMBER = b">" + b"0" * 16  # spreadsheets keep 15 digits: the reader says so

Observe = Callable[[bytes], None]  # takes rows as UTF-8


@dataclass(frozen=True, slots=True)
class Looker:
    """The questions asked of XML; made once for an index."""

    prefilter: Prefilter
    roads: frozenset[str]  # last two characters of decoys' roads
    road_ends: tuple[re.Pattern[bytes], ...]  # a road behind which its cell holds no number

    @classmethod
    def of(cls, prefilter: Prefilter, anchors: Mapping[str, object]) -> "Looker | None":
        """Return what looks for these decoys; None where looking does not pay."""
        roads = {anchor.rstrip("0123456789") for anchor in anchors}
        signs = {road[-1] for road in roads if road}
        if len(signs) > MAX_ROAD_SIGNS:
            return None
        ends = (re.compile(re.escape(sign.encode()) + rb"[^0-9<]{0,%d}</" % MAX_TAGS_BETWEEN) for sign in sorted(signs))
        return cls(prefilter, frozenset(road[-2:] for road in roads if road), tuple(ends))

    def rows_if_clean(self, path: Path, observe: Observe) -> int | None:
        """Return how many rows a workbook has if no decoy is in it; None if its cells must be read to know.

        `observe` is shown the XML on the way, whatever comes of it.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                parts = _parts(archive, path.stat().st_size)
                if parts is None:
                    return None
                return sum(self._rows(archive, part, observe) for part in parts)
        except (_WorthReadingError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
            return None  # the reader finds out, and says it

    def _rows(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo, observe: Observe) -> int:
        sheet, rows = part.filename != _STRINGS, 0
        for block in _pieces(archive, part, b"</row>" if sheet else b"</si>"):
            rows += self._look(block, sheet=sheet)
            observe(block)
        return rows if sheet else 0

    def _look(self, block: bytes, *, sheet: bool) -> int:
        """Return the number of rows or strings in a block."""
        view = np.frombuffer(block, np.uint8)
        if any(_holds(view, sign) for sign in _HIDING) or (_is_odd_sheet(block) if sheet else _holds(view, _RUNS)):
            raise _WorthReadingError
        for road_end in self.road_ends:
            for found in road_end.finditer(block):
                before = block[max(0, found.start() - 12) : found.start()].decode("utf-8", "ignore")[-1:]
                if before + found.group().decode("utf-8", "replace")[0] in self.roads:
                    raise _WorthReadingError
        if b"\n" in block:
            block = block.replace(b"\n", b" ")
        lines = block.replace(b"</row>" if sheet else b"</si>", b"\n")
        for at in self.prefilter.lines(lines):
            if self.prefilter.may_hold(_text(lines, at)):
                raise _WorthReadingError
        return lines.count(b"\n")


def may_be_workbook(path: Path) -> bool:
    """Tell by the first bytes whether a file of this machine is a ZIP archive."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


class _WorthReadingError(Exception):
    """Something in a workbook may be a decoy."""


def _holds(block: npt.NDArray[np.uint8], sign: bytes) -> bool:
    """Tell whether a few bytes stand in a block: for two or three this is many times faster than `in`."""
    size = len(block) - len(sign) + 1
    found = block[:size] == sign[0]
    for at, byte in enumerate(sign[1:], start=1):
        found &= block[at : at + size] == byte
    return bool(found.any())


def _is_odd_sheet(block: bytes) -> bool:
    """Tell numbers that were shortened or lost digits, and strings of several formats within the sheet."""
    zeros = block.translate(_TO_ZERO)
    return (
        _holds(np.frombuffer(zeros, np.uint8), _SHORTENED)
        or _LONG_NUMBER in zeros
        or (_INLINE in block and b"</r>" in block)
    )


def _parts(archive: zipfile.ZipFile, packed_bytes: int) -> list[zipfile.ZipInfo] | None:
    """Return the parts that hold cells; None for what is no plain XLSX workbook, or no honest one."""
    members = archive.infolist()
    names = {one.filename for one in members}
    encrypted = any(one.flag_bits & 0x1 for one in members)
    unpacked_bytes = sum(one.file_size for one in members)
    if "xl/workbook.xml" not in names or encrypted or len(names) != len(members):
        return None
    if unpacked_bytes > max(RATIO_FREE_BYTES, MAX_RATIO * packed_bytes):
        return None
    return [one for one in members if one.filename == _STRINGS or _SHEET.fullmatch(one.filename)]


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo, end: bytes) -> Iterator[bytes]:
    """Yield a part's XML cut behind rows or strings."""
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK_BYTES):
            if not tail and not block.lstrip(b"\xef\xbb\xbf").startswith(b"<") and stream.tell() == len(block):
                raise _WorthReadingError  # UTF-16, or no XML
            block = tail + block
            cut = block.rfind(end) + len(end)
            if cut < len(end):
                if len(block) > MAX_PIECE_BYTES:
                    raise _WorthReadingError
                tail = block
                continue
            yield block[:cut]
            tail = block[cut:]
    if tail:
        yield tail


def _text(lines: bytes, at: int) -> str:
    """Return a line's values as a row of cells."""
    text = _TAG.sub("\t", lines.split(b"\n", at + 1)[at].decode("utf-8", "replace"))
    for entity, sign in _ENTITIES.items():
        text = text.replace(entity, sign)
    return text
