"""Separated values: comma, semicolon, tab, bar, `----` and full-width comma, with or without quotes.

Rows are records: a quoted cell may hold line ends. Where quotes do not close in a way that gives the usual number of
cells, lines are rows, so that one stray quote swallows nothing.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from honey.trace.read.decode import lines
from honey.trace.read.escapes import all_unescaped
from honey.trace.read.source import Batch, Cells, Lines, Progress, Readable, Source

DELIMITERS = ("\t", "----", "|", ";", ",", "，")  # the rarer in running text first
MAX_JOINED_LINES = 50  # of one quoted record
MIN_AGREEING = 0.6  # of the sampled lines must have the same number of cells
MAX_HEADER_CHARS = 40
_MANY_DIGITS = 5  # a cell with so many digits is no heading


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file separates its cells, how many there are, and what they are called."""

    delimiter: str
    width: int
    header: tuple[str, ...] = ()

    def split(self, text: str) -> Cells:
        """Take one record apart; a record that is not well quoted is cut at every delimiter."""
        text = text.rstrip("\r\n")
        values = quoted(text, self.delimiter) if '"' in text else None
        if values is None:
            values = [value.strip('"') for value in text.split(self.delimiter)]
        return Cells(tuple(values), self.header)


def quoted(text: str, delimiter: str) -> list[str] | None:
    """Read one quoted record strictly, None if it is not well-formed (RFC 4180)."""
    if len(delimiter) != 1:
        return None
    try:
        records = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def sniff(sample: Sequence[str]) -> Dialect | None:
    """Return the dialect most lines agree on, None for free text."""
    filled = [text for text in sample if text.strip()]
    filled = [text for text in filled if not text.count('"') & 1] or filled  # parts of a quoted record say nothing
    for delimiter in DELIMITERS:
        plain = Dialect(delimiter, 0)
        widths = Counter(len(plain.split(text).values) for text in filled)
        width, lines_agreeing = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if width >= 2 and lines_agreeing >= MIN_AGREEING * len(filled):
            return Dialect(delimiter, width, heading(plain.split(filled[0]).values))
    return None


def heading(values: Sequence[str]) -> tuple[str, ...]:
    """Return the first row's values if they look like column names, else nothing."""
    names = tuple(value.strip().lstrip("\ufeff") for value in values)
    good = [name for name in names if 0 < len(name) <= MAX_HEADER_CHARS]
    digits = any(sum(map(str.isdigit, name)) >= _MANY_DIGITS for name in names)
    marked = any(sign in name for name in names for sign in "*@＊")
    return names if len(good) == len(names) >= 2 and not digits and not marked else ()


def csv_source(name: str, stream: Readable, encoding: str, dialect: Dialect) -> Source:
    """Read `stream` record by record."""
    progress = Progress()

    def batches() -> Iterator[Batch | Lines]:
        return all_unescaped(records(lines(stream, encoding, progress), dialect))

    return Source(name, "csv", batches, dialect.split, progress)


def records(batches: Iterator[Batch | Lines], dialect: Dialect) -> Iterator[Batch | Lines]:
    """Join lines that belong to one quoted record, and number records from 1."""
    row, open_lines, long_line = 1, list[str](), 0
    for batch in batches:
        if isinstance(batch, Lines):
            if not open_lines and not (len(dialect.delimiter) == 1 and _has_open_quote(batch.utf8)):
                yield batch.renumbered(row)
                row += len(batch)
                continue
        elif batch.part:
            yield from _numbered(row, open_lines)
            row += len(open_lines) + (batch.first_row != long_line)  # a very long line comes in several batches
            open_lines, long_line = [], batch.first_row
            yield Batch(row - 1, batch.texts, part=True)
            continue
        joined, open_lines = _join([*open_lines, *batch.texts], dialect)
        yield from _numbered(row, joined)
        row += len(joined)
    yield from _numbered(row, open_lines)


def _has_open_quote(block: bytes) -> bool:
    """Tell whether any line has an odd number of quotes."""
    return b'"' in block and any(line.count(b'"') & 1 for line in block.split(b"\n"))


def _numbered(row: int, texts: list[str]) -> Iterator[Batch]:
    if texts:
        yield Batch(row, texts)


def _join(texts: list[str], dialect: Dialect) -> tuple[list[str], list[str]]:
    """Return whole records and the lines at the end that may still be an open one."""
    if len(dialect.delimiter) != 1 or not any(text.count('"') & 1 for text in texts):
        return texts, []
    whole: list[str] = []
    at = 0
    while at < len(texts):
        if not texts[at].count('"') & 1:
            whole.append(texts[at])
            at += 1
            continue
        end = _closing(texts, at)
        if end is None and len(texts) - at <= MAX_JOINED_LINES:
            return whole, texts[at:]
        joined = "\n".join(texts[at : end + 1]) if end else ""
        values = quoted(joined.rstrip("\r\n"), dialect.delimiter) if end else None
        if end and values is not None and len(values) == dialect.width:
            whole.append(joined)
            at = end + 1
        else:
            whole.append(texts[at])
            at += 1
    return whole, []


def _closing(texts: list[str], start: int) -> int | None:
    """Return the position of the next line with an odd number of quotes."""
    for at in range(start + 1, min(start + MAX_JOINED_LINES, len(texts))):
        if texts[at].count('"') & 1:
            return at
    return None
