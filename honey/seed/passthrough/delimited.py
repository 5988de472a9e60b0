"""CSV and its kin as raw records: split without changing a byte, and written in the dialect of their neighbours.

The originals are never re-encoded: they are copied as byte ranges. Only decoy records are composed here.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from honey.errors import InputError
from honey.seed.passthrough.dialect import Dialect
from honey.seed.passthrough.table import Record
from honey.translation import _

MAX_RECORD_BYTES = 4 * 1024 * 1024  # bounds memory; no waybill comes near
MAX_FIELD_CHARACTERS = 131_072  # the csv module's own default limit
_BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Splitter:
    """Splits one file into records. `codec` is one of the narrow charsets (see `charset`)."""

    dialect: Dialect
    codec: str
    _quote: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_quote", self.dialect.quote.encode())

    def __call__(self, file: BinaryIO, offset: int = 0, number: int = 1) -> Iterator[Record]:
        """Yield the records from `offset` on, the first one numbered `number`.

        Raises `InputError` naming the row for a quote that never closes, bytes outside the encoding, or an
        oversized record.
        """
        file.seek(offset)
        lines = self._lines(file)
        delimiter = self.dialect.delimiter
        for line in lines:
            if len(line) > MAX_RECORD_BYTES:
                raise InputError(
                    _(
                        "row {number}: longer than {max_record_bytes} bytes, no waybill is",
                        number=number,
                        max_record_bytes=MAX_RECORD_BYTES,
                    )
                )
            text = self._decode(line, number)
            if not offset:
                text = text.removeprefix("\ufeff")
            raw = line
            if self._quote in line or (not self.dialect.doubled and b"\\" in line):
                raw, cells = self._quoted(line, text, lines, number)
            else:
                cells = text.rstrip("\r\n").split(delimiter)
            yield Record(raw, cells, number, offset)
            offset += len(raw)
            number += 1

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        if self.dialect.line_end == b"\r":
            return _lines_of(file, b"\r")
        return iter(lambda: file.readline(MAX_RECORD_BYTES + 1), b"")

    def _decode(self, line: bytes, number: int) -> str:
        try:
            return line.decode(self.codec)
        except UnicodeDecodeError as exc:
            byte = line[exc.start]
            raise InputError(
                _(
                    "row {number}: byte 0x{byte:02x} is not {codec}: save it in one encoding",
                    number=number,
                    byte=byte,
                    codec=self.codec.upper(),
                )
            ) from exc

    def _quoted(self, line: bytes, text: str, lines: Iterator[bytes], number: int) -> tuple[bytes, list[str]]:
        """Read a record that holds quotes, taking further physical lines while a quoted field is open."""
        taken = [line]
        size = len(line)

        def rest() -> Iterator[str]:
            nonlocal size
            for more in lines:
                taken.append(more)
                size += len(more)
                if size > MAX_RECORD_BYTES:
                    raise InputError(
                        _(
                            "row {number}: a quoted field is never closed, or longer than {max_record_bytes} bytes",
                            number=number,
                            max_record_bytes=MAX_RECORD_BYTES,
                        )
                    )
                yield self._decode(more, number)

        try:
            cells = next(self.dialect.reader(chain((text,), rest())), [])
        except csv.Error as exc:
            raise InputError(_("row {number}: {exc}", number=number, exc=_fault(exc))) from exc
        return b"".join(taken), cells

    def compose(self, cells: Sequence[str], _donor: Record, neighbours: Sequence[Record]) -> bytes:
        """Return `cells` as one record, quoted as in `neighbours`, without a line end."""
        habits = [self.quoting(record) for record in neighbours]
        fields = [
            self._field(cell, [habit[at] for habit in habits if at < len(habit)]) for at, cell in enumerate(cells)
        ]
        text = self.dialect.delimiter.join(fields)
        if len(cells) == 1 and not text:
            text = self.dialect.quote * 2  # an empty line would be no record
        return encode(text, self.codec)

    def _field(self, cell: str, habit: Sequence[tuple[bool, bool]]) -> str:
        """Write one field; `habit` says of each neighbour's field whether it is quoted and whether it is empty."""
        alike = [quoted for quoted, empty in habit if empty == (not cell)] or [quoted for quoted, _ in habit]
        quote, dialect = self.dialect.quote, self.dialect
        special = {quote, dialect.delimiter, "\r", "\n"} | (set() if dialect.doubled else {"\\"})
        must = any(character in special for character in cell)
        if not must and not (alike and all(alike)):
            return cell
        if dialect.doubled:
            inner = cell.replace(quote, quote * 2)
        else:
            inner = cell.replace("\\", "\\\\").replace(quote, "\\" + quote)
        return f"{quote}{inner}{quote}"

    def quoting(self, record: Record) -> list[tuple[bool, bool]]:
        """Return (quoted, empty) for each field of a record."""
        text = record.raw.decode(self.codec).removeprefix("\ufeff").rstrip("\r\n")
        found: list[tuple[bool, bool]] = []
        at = 0
        while True:
            quoted = text.startswith(self.dialect.quote, at)
            end = self._closing(text, at) if quoted else at
            stop = text.find(self.dialect.delimiter, end)
            empty = (stop if stop >= 0 else len(text)) - at == (2 if quoted else 0)
            found.append((quoted, empty))
            if stop < 0:
                return found
            at = stop + 1

    def _closing(self, text: str, at: int) -> int:
        """Return the place after the quote that closes the field opening at `at`."""
        quote, at = self.dialect.quote, at + 1
        while at < len(text):
            if not self.dialect.doubled and text[at] == "\\":
                at += 2
            elif text[at] != quote:
                at += 1
            elif self.dialect.doubled and text.startswith(quote, at + 1):
                at += 2
            else:
                return at + 1
        return len(text)


def encode(text: str, codec: str) -> bytes:
    """Return `text` in the export's encoding; raises `InputError` for a character that has no code there."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError as exc:
        lost = text[exc.start]
        raise InputError(
            _("a decoy holds {lost!r}, which {codec} cannot write: export as UTF-8", lost=lost, codec=codec.upper())
        ) from exc


def line_end(raw: bytes) -> bytes:
    """Return the line end of a raw record, empty where the file stops without one."""
    for end in (b"\r\n", b"\n", b"\r"):
        if raw.endswith(end):
            return end
    return b""


def usual_width(records: Sequence[Record]) -> int:
    """Return how many cells most records have; 0 without records."""
    widths = Counter(len(record.cells) for record in records if any(record.cells))
    return widths.most_common(1)[0][0] if widths else 0


def _fault(exc: csv.Error) -> str:
    text = str(exc)
    if "unexpected end of data" in text:
        return _("a quoted field is never closed")
    if "field limit" in text:
        return _(
            "a quoted field is never closed, or longer than {max_field_characters} characters",
            max_field_characters=MAX_FIELD_CHARACTERS,
        )
    if "expected after" in text:
        return _("a quoted field goes on after its closing quote (or an earlier one was never closed)")
    if "new-line" in text:
        return _("a bare carriage return outside quotes")
    return text


def _lines_of(file: BinaryIO, end: bytes) -> Iterator[bytes]:
    """Yield lines ended by `end`, as `readline` does for LF."""
    pending = b""
    while block := file.read(_BLOCK_BYTES):
        *lines, pending = (pending + block).split(end)
        for line in lines:
            yield line + end
        if len(pending) > MAX_RECORD_BYTES:
            yield pending
            pending = b""
    if pending:
        yield pending
