"""Workbooks: XLSX, XLSM, XLSB, XLS and ODS by python-calamine. Numbers come as numbers, whole ones without `.0`."""

import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

import python_calamine

from honey.trace.read.csv import heading
from honey.trace.read.source import (
    BATCH_ROWS,
    MAX_RATIO,
    MAX_SHEET_BYTES,
    Batch,
    Cells,
    Progress,
    Source,
    UnreadableError,
)

EXTENSIONS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SEPARATOR = "\t"
T = TypeVar("T")


def sheet_sources(name: str, stream: BinaryIO) -> list[Source]:
    """Return one source a sheet; the first is reported under the file's own name, others as `name#sheet`.

    Raises:
        UnreadableError: the workbook is broken, encrypted or too large.
    """
    size = _refuse_bomb(stream)
    stream.seek(0)
    workbook = _guarded(lambda: python_calamine.CalamineWorkbook.from_filelike(stream))
    names = workbook.sheet_names
    sources = [_source(name if at == 0 else f"{name}#{sheet}", workbook, sheet) for at, sheet in enumerate(names)]
    if not sources:
        raise UnreadableError("the workbook has no sheets")
    sources[0].progress.bytes = size
    return sources


def _refuse_bomb(stream: BinaryIO) -> int:
    """Return the size of the file; raises UnreadableError if it or what it unpacks to is too large."""
    stream.seek(0, 2)
    packed = stream.tell()
    if packed > MAX_SHEET_BYTES:
        raise UnreadableError(f"larger than {MAX_SHEET_BYTES:,} bytes; save it as CSV")
    stream.seek(0)
    if not zipfile.is_zipfile(stream):
        return packed  # XLS is no archive; anything else is refused by the reader
    try:
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        raise UnreadableError(f"broken workbook ({exc}); open and save it again, or export CSV") from exc
    if unpacked > MAX_SHEET_BYTES * 4 or unpacked > MAX_RATIO * max(packed, 1 << 20):
        raise UnreadableError(f"unpacks to {unpacked:,} bytes; save it as CSV")
    return packed


def _guarded(read: Callable[[], T]) -> T:
    """Call into calamine; whatever a broken workbook makes it raise becomes one reason."""
    try:
        return read()
    except python_calamine.PasswordError as exc:
        raise UnreadableError("the workbook is encrypted; save a copy without password") from exc
    except (python_calamine.CalamineError, OSError, ValueError, MemoryError) as exc:
        reason = " ".join(str(exc).split()) or type(exc).__name__
        raise UnreadableError(f"broken workbook ({reason}); open and save it again, or export CSV") from exc
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":  # a Rust panic derives from BaseException and has no public name
            raise
        raise UnreadableError("broken workbook; open and save it again, or export CSV") from exc


def _source(name: str, workbook: python_calamine.CalamineWorkbook, sheet: str) -> Source:
    progress = Progress(encodings={"sheet"})
    header: list[tuple[str, ...]] = []

    def batches() -> Iterator[Batch]:
        opened = _guarded(lambda: workbook.get_sheet_by_name(sheet))
        rows = opened.iter_rows()
        left = _SEPARATOR * (opened.start[1] if opened.start else 0)  # empty columns before the first used one
        row, texts = 1, list[str]()
        while (values := _guarded(lambda: next(rows, None))) is not None:
            texts.append(left + _SEPARATOR.join(_text(value) for value in values))
            if row == 1 and len(texts) == 1:
                header.append(heading(texts[0].split(_SEPARATOR)))
            if len(texts) >= BATCH_ROWS:
                yield Batch(row, texts)
                row, texts = row + len(texts), []
        if texts:
            yield Batch(row, texts)

    def split(text: str) -> Cells:
        return Cells(tuple(text.split(_SEPARATOR)), header[0] if header else ())

    return Source(name, "sheet", batches, split, progress)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e17:
        return str(int(value))
    return str(value).replace(_SEPARATOR, " ").replace("\n", " ")
