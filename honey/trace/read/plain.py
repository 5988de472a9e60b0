"""Text read in this process: which encoding, and whether it is JSON, SQL, separated values or free text."""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from honey.trace.read.cells import SHORTENED
from honey.trace.read.csv import csv_source, sniff
from honey.trace.read.encoding import detect
from honey.trace.read.jsonl import json_source, jsonl_source
from honey.trace.read.source import After, Readable, Source, UnreadableError, sample
from honey.trace.read.spans import Reading, Stretch
from honey.trace.read.sql import is_sql, sql_source
from honey.trace.read.text import text_source
from honey.translation import _

SAMPLE_BYTES = 64 * 1024  # looked at to tell encoding and kind
SAMPLE_LINES = 50
_LIST_OF_OBJECTS = re.compile(r":\s*\[\s*\{")
_PACKED_PART = re.compile(r"^Content-Transfer-Encoding:\s*(?:base64|quoted-printable)", re.IGNORECASE | re.MULTILINE)
MIN_SHORTENED = 2  # one may be a measured value


def text_of(head: bytes) -> tuple[str, str]:
    """Return the encoding and the text of a file's beginning; raises UnreadableError if it is none."""
    encoding = detect(head)
    if encoding is None:
        raise UnreadableError(_("is no text in any known encoding, and no other format known here; convert it to text"))
    return encoding, head.decode(encoding, "replace").lstrip("\ufeff")


def reading_of(head: bytes) -> Reading:
    """Tell how a text is to be read by its beginning; raises UnreadableError if it is no text."""
    encoding, text = text_of(head)
    first = text.lstrip()[:1]
    if first in {"{", "["} and text.strip() and _may_be_json(text.lstrip()):
        return Reading("jsonl" if _objects_by_line(text) else "json", encoding, text)
    if is_sql(text):
        return Reading("sql", encoding, text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    dialect = sniff(_sampled(lines, cut=len(text.encode("utf-8", "replace")) >= SAMPLE_BYTES // 2))
    return Reading("csv" if dialect else "text", encoding, text, dialect)


def plain_source(name: str, head: bytes, rest: Readable) -> Source:
    """Read a text whose beginning has been read already; raises UnreadableError if it is no text."""
    reading = reading_of(head)
    source = _source(name, After(head, rest), reading)
    source.progress.notes.extend(_notes(reading.text))
    return source


def stretch_source(name: str, file: BinaryIO, start: int, end: int) -> Source:
    """Read the rows that begin in a stretch of a divisible file, numbered from 1 at the stretch's first."""
    reading = reading_of(sample(file, SAMPLE_BYTES))
    stretch = Stretch(file, start, end, reading)
    source = _source(name, stretch, reading)
    source.progress.cut = stretch.cut
    source.progress.notes.extend([] if start else _notes(reading.text))
    return source


def _source(name: str, stream: Readable, reading: Reading) -> Source:
    match reading.kind:
        case "jsonl":
            return jsonl_source(name, stream, reading.encoding)
        case "json":
            return json_source(name, stream, reading.encoding)
        case "sql":
            return sql_source(name, stream, reading.encoding, reading.text)
    if reading.dialect:
        return csv_source(name, stream, reading.encoding, reading.dialect)
    return text_source(name, stream, reading.encoding)


def _notes(text: str) -> Iterator[str]:
    shortened = len(SHORTENED.findall(text))
    if shortened >= MIN_SHORTENED:
        yield (
            _(
                "shortened numbers like 1.4E+10 ({shortened:,} at its beginning) have lost their other "
                "digits; ask for the file it was saved from",
                shortened=shortened,
            )
        )
    if _PACKED_PART.search(text):
        yield (
            _(
                "is a mail or web archive with packed parts, which were searched as they stand; save its "
                "attachments as files and trace those"
            )
        )


def _sampled(lines: Sequence[str], *, cut: bool) -> Sequence[str]:
    """Return the first lines; the last of a cut sample is no whole one."""
    sampled = lines[: SAMPLE_LINES if len(lines) > 1 else 1]
    return sampled if not cut or len(sampled) == 1 else sampled[:-1] or sampled


def _may_be_json(text: str) -> bool:
    """Tell JSON from text that begins with a bracket: `[2026-11-21 08:00] ...`, `{name}`."""
    return text[1:].lstrip()[:1] in {'"', "}", "]", "{", "["}


def _objects_by_line(text: str) -> bool:
    """Tell one object a line from one document; one alone that holds a list of objects is a document."""
    first, _, more = text.strip().partition("\n")
    return first[:1] == "{" and first.rstrip()[-1:] == "}" and (bool(more) or not _LIST_OF_OBJECTS.search(first))
