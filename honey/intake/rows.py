"""Rows of a CSV or JSON-lines file given by the operator, with bounded lines and a checked header."""

import codecs
import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from honey.errors import InputError
from honey.translation import Text, _

MAX_FIELD_CHARACTERS = 4_000  # no account, beacon or access field is near; csv's own limit is 131,072
MAX_LINE_CHARACTERS = 1_000_000  # of a whole line
_HEAD_BYTES = 65_536  # enough to tell the encoding by
_SURROGATE = re.compile("[\ud800-\udfff]")  # UTF-8 cannot hold these; JSON's escapes can
_JSON_NAMES = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out. `row` counts from 1 and includes the header."""

    file: str
    row: int
    reason: str

    def __str__(self) -> str:
        return str(self.said)

    @property
    def said(self) -> Text:
        """Where and why, on one line."""
        return _("{file} row {row}: {reason}", file=self.file, row=self.row, reason=self.reason)

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        return {"file": self.file, "row": self.row, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row: column name -> text, missing cells empty; or why it cannot be read."""

    number: int
    cells: dict[str, str]
    problem: str = ""


def read_rows(path: Path, required: Sequence[str]) -> Iterator[InputRow]:
    """Yield the rows of a CSV (UTF-8 or GB18030) or JSON-lines file.

    Raises InputError before the first row when the file cannot be opened, is empty or lacks a required column.
    """
    try:
        with path.open("rb") as file:
            encoding = _encoding(file.read(_HEAD_BYTES), path)
    except OSError as error:
        raise InputError(_("{path}: {reason}: give a readable file", path=path, reason=error.strerror)) from error
    reader = _json_rows if path.suffix.lower() in _JSON_NAMES else _csv_rows
    with path.open(encoding=encoding, newline="", errors="strict") as text:
        try:
            yield from reader(text, path, required)
        except UnicodeDecodeError as error:
            raise InputError(
                _(
                    "{path}: not {encoding} text after byte {start:,}: save it as UTF-8",
                    path=path,
                    encoding=encoding,
                    start=error.start,
                )
            ) from error


def _encoding(head: bytes, path: Path) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        raise InputError(_("{path}: no text, it holds zero bytes: save it as UTF-8", path=path))
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(head)
        except UnicodeDecodeError:
            continue
        return encoding
    raise InputError(_("{path}: neither UTF-8 nor GB18030 text: save it as UTF-8", path=path))


def _lines(text: IO[str], path: Path) -> Iterator[str]:
    """Yield lines; raises InputError for one too long to be a row, before all of it is in memory."""
    number = 0
    while line := text.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARACTERS:
            raise InputError(
                _(
                    "{path}: line {number} is longer than {max_line_characters:,} characters: no such table",
                    path=path,
                    number=number,
                    max_line_characters=MAX_LINE_CHARACTERS,
                )
            )
        yield line


def _csv_rows(text: IO[str], path: Path, required: Sequence[str]) -> Iterator[InputRow]:
    reader = csv.reader(_lines(text, path), strict=True)  # an unclosed quote would swallow the rows after it
    try:
        header = [name.strip().lower() for name in next(reader)]
    except (StopIteration, csv.Error):
        raise InputError(
            _("{path}: empty, the first line must be a header: {required}", path=path, required=",".join(required))
        ) from None
    missing = [name for name in required if name not in header]
    if missing:
        given = ",".join(header)[:200]
        raise InputError(
            _(
                "{path}: the header {given!r} lacks {missing}: it must hold {required}",
                path=path,
                given=given,
                missing=", ".join(missing),
                required=",".join(required),
            )
        )
    if len(set(header)) != len(header):
        raise InputError(_("{path}: the header names a column twice", path=path))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield InputRow(reader.line_num, {}, _("no CSV row: {error}", error=error))
            continue
        if any(cell.strip() for cell in cells):
            yield _csv_row(reader.line_num, header, cells)


def _csv_row(number: int, header: Sequence[str], cells: Sequence[str]) -> InputRow:
    if len(cells) > len(header):
        return InputRow(
            number,
            {},
            _(
                "{count} cells under {columns} columns: quote a cell that holds a comma",
                count=len(cells),
                columns=len(header),
            ),
        )
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return _bounded(InputRow(number, {name: cell.strip() for name, cell in zip(header, padded, strict=True)}))


def _json_rows(text: IO[str], path: Path, required: Sequence[str]) -> Iterator[InputRow]:
    for number, line in enumerate(_lines(text, path), start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield InputRow(number, {}, _("no JSON object: {error}", error=error))
            continue
        if not isinstance(document, dict):
            yield InputRow(number, {}, _("no JSON object: write one object a line"))
            continue
        cells = {str(name).lower(): "" if cell is None else str(cell).strip() for name, cell in document.items()}
        missing = [name for name in required if name not in cells]
        problem = _("lacks {missing}", missing=", ".join(missing)) if missing else ""
        yield InputRow(number, cells, problem) if problem else _bounded(InputRow(number, cells))


def _bounded(row: InputRow) -> InputRow:
    longest = max((len(cell) for cell in row.cells.values()), default=0)
    if longest > MAX_FIELD_CHARACTERS:
        return InputRow(
            row.number,
            {},
            _(
                "a field of {longest:,} characters; {max_field_characters:,} are allowed",
                longest=longest,
                max_field_characters=MAX_FIELD_CHARACTERS,
            ),
        )
    if any(_SURROGATE.search(cell) for cell in row.cells.values()):
        return InputRow(row.number, {}, _("half a character (a lone surrogate): save the file as UTF-8"))
    return row
