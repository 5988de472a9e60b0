"""Which of the three export formats a file is in, told by its first bytes and, where those leave it open, its name."""

import json
from enum import StrEnum
from pathlib import PurePath

from honey.errors import InputError
from honey.translation import _

HEAD_BYTES = 64 * 1024  # what `detect` wants to see: longer than any first line met in real exports

ZIP_MAGIC = b"PK\x03\x04"  # APPNOTE.TXT 4.3.7; an XLSX file is a ZIP archive (ECMA-376 part 2)
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")  # [MS-CFB] 2.2: .xls, and every password-protected .xlsx
OTHER_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"%PDF": "PDF", b"7z\xbc\xaf": "7z"}

NAMES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}


class Format(StrEnum):
    """An export's format. Tab-separated text is CSV with another delimiter."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


def detect(head: bytes, name: str | None = None) -> Format:
    """Return the format of the file that begins with `head` (up to `HEAD_BYTES`) and is called `name`.

    Raises `InputError` for what is plainly none of the three.
    """
    if head.startswith(ZIP_MAGIC):
        return Format.XLSX
    if head.startswith(OLE_MAGIC):
        raise InputError(_("the export is an old .xls or a password-protected workbook: save it as a plain .xlsx"))
    for magic, kind in OTHER_MAGIC.items():
        if head.startswith(magic):
            raise InputError(_("the export is a {kind} file: give CSV, JSON lines or XLSX", kind=kind))
    named = NAMES.get(PurePath(name or "").suffix.lower())
    if named == Format.XLSX:
        raise InputError(_("the export is named like a workbook but is not one: give the original XLSX, or --format"))
    if named:
        return Format(named)
    return Format.JSONL if _opens_with_object(head) else Format.CSV


def _opens_with_object(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"{"):
        return False
    line, newline, _ = start.partition(b"\n")
    if not newline:  # one line, or one longer than the head: a CSV header hardly begins {"
        return line[1:].lstrip().startswith((b'"', b"}"))
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
