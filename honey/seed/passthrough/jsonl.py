"""JSON lines as raw records: leaves of nested objects are columns ("receiver.phone"), arrays are one value each.

A decoy line is its donor's line with the changed values exchanged in place, so key order, spacing, number style and
whatever else the writer does stay as they are.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from honey.errors import InputError
from honey.seed.passthrough.delimited import MAX_RECORD_BYTES, encode
from honey.seed.passthrough.table import Record
from honey.translation import _

MAX_DEPTH = 16  # of nested objects taken apart; deeper ones are one value
_SPACE = re.compile(r"[ \t\r\n]*")
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
# Number tokens stay text: 1.50 must not become 1.5, nor a long identifier a float.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class Leaf(NamedTuple):
    """One value of an object: its dotted path and where its token stands in the line."""

    path: str
    start: int
    end: int
    text: str  # the value as a cell


def leaves(line: str) -> list[Leaf]:
    """Return the leaves of the object on a line, in its order. Raises `ValueError` if it holds anything else."""
    at = _skip(line, 0)
    found: list[Leaf] = []
    try:
        end = _object(line, at, "", 0, found)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if _skip(line, end) != len(line):
        raise ValueError("more than one value")
    return found


def _skip(line: str, at: int) -> int:
    match = _SPACE.match(line, at)
    return match.end() if match else at


def _object(line: str, at: int, prefix: str, depth: int, found: list[Leaf]) -> int:
    if not line.startswith("{", at):
        raise ValueError("not an object")
    at = _skip(line, at + 1)
    if line.startswith("}", at):
        return at + 1
    while True:
        if not line.startswith('"', at):
            raise ValueError("a key is expected")
        key, at = _DECODER.raw_decode(line, at)
        at = _skip(line, at)
        if not line.startswith(":", at):
            raise ValueError("':' is expected")
        at = _value(line, _skip(line, at + 1), prefix + key, depth, found)
        at = _skip(line, at)
        if line.startswith("}", at):
            return at + 1
        if not line.startswith(",", at):
            raise ValueError("',' or '}' is expected")
        at = _skip(line, at + 1)


def _value(line: str, at: int, path: str, depth: int, found: list[Leaf]) -> int:
    if line.startswith("{", at) and depth < MAX_DEPTH:
        return _object(line, at, path + ".", depth + 1, found)
    try:
        value, end = _DECODER.raw_decode(line, at)
    except StopIteration as exc:
        raise ValueError("a value is expected") from exc
    found.append(Leaf(path, at, end, _cell(value)))
    return end


def _cell(value: object) -> str:
    """Return a value as a cell: "" for null, numbers as they are written, arrays as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def flatten(line: str) -> dict[str, str]:
    """Return path -> cell for the object on a line: what `leaves` finds, faster, without the places."""
    try:
        value = _DECODER.decode(line)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a fault of the input, not of the caller
    found: dict[str, str] = {}
    _flatten(value, "", 0, found)
    return found


def _flatten(value: dict[str, Any], prefix: str, depth: int, found: dict[str, str]) -> None:
    for key, inner in value.items():
        if isinstance(inner, dict) and depth < MAX_DEPTH:
            _flatten(inner, f"{prefix}{key}.", depth + 1, found)
        else:
            found[prefix + key] = _cell(inner)


@dataclass(frozen=True, slots=True)
class Lines:
    """Reads and composes the lines of one file; `names` are the paths that are columns."""

    names: tuple[str, ...]
    codec: str

    def __call__(self, file: BinaryIO, offset: int = 0, number: int = 1) -> Iterator[Record]:
        """Yield the lines from `offset` on. Raises `InputError` naming a line that is not one JSON object."""
        for line in raw_lines(file, offset, number, self.codec):
            by_path = parse(line)
            yield Record(line.raw, [by_path.get(name, "") for name in self.names], line.number, line.offset)

    def compose(self, cells: Sequence[str], donor: Record, neighbours: Sequence[Record]) -> bytes:
        """Return the donor's line with its values exchanged for `cells`, without a line end.

        A value keeps its token where the text is the same and its JSON type where the new text allows it. What the
        donor holds outside the columns is blanked: it is a customer's.
        """
        line = donor.raw.decode(self.codec).removeprefix("\ufeff").rstrip("\r\n")
        sample = b"".join(record.raw for record in neighbours).decode(self.codec)
        wanted = dict(zip(self.names, cells, strict=True))
        parts: list[str] = []
        at = 0
        for leaf in leaves(line):
            text = wanted.get(leaf.path, "")
            parts.append(line[at : leaf.start])
            old = line[leaf.start : leaf.end]
            parts.append(old if text == leaf.text else _token(text, old, sample))
            at = leaf.end
        parts.append(line[at:])
        return encode("".join(parts), self.codec)


class RawLine(NamedTuple):
    """A physical line: its bytes, its text, its number from 1 and its offset."""

    raw: bytes
    text: str
    number: int
    offset: int


def parse(line: RawLine) -> dict[str, str]:
    """Return path -> cell, nothing for a blank line. Raises `InputError` naming a line that is not one object."""
    try:
        return flatten(line.text) if line.text.strip() else {}
    except ValueError as exc:
        fault = exc.msg if isinstance(exc, json.JSONDecodeError) else str(exc)
        raise InputError(
            _("row {number}: not one JSON object on a line ({fault})", number=line.number, fault=fault)
        ) from exc


def raw_lines(file: BinaryIO, offset: int, number: int, codec: str) -> Iterator[RawLine]:
    """Yield decoded lines with their bytes; raises `InputError` for an oversized line or a byte outside `codec`."""
    file.seek(offset)
    for raw in iter(lambda: file.readline(MAX_RECORD_BYTES + 1), b""):
        if len(raw) > MAX_RECORD_BYTES:
            raise InputError(
                _(
                    "row {number}: longer than {max_record_bytes} bytes, no waybill is",
                    number=number,
                    max_record_bytes=MAX_RECORD_BYTES,
                )
            )
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError as exc:
            raise InputError(
                _(
                    "row {number}: byte 0x{raw:02x} is not {codec}",
                    number=number,
                    raw=raw[exc.start],
                    codec=codec.upper(),
                )
            ) from exc
        yield RawLine(raw, text.removeprefix("\ufeff") if not offset else text, number, offset)
        offset += len(raw)
        number += 1


def _token(text: str, old: str, sample: str) -> str:
    """Write `text` with the JSON type of the token it replaces, escaped as the neighbours escape."""
    if old.startswith(('"', "[", "{")):
        return _string(text, sample)
    if not text:
        return "null"
    if old in ("true", "false") and text in ("true", "false"):
        return text
    if old not in ("null", "true", "false") and _JSON_NUMBER.fullmatch(text):
        return text
    return _string(text, sample)


def _string(text: str, sample: str) -> str:
    """Write a JSON string; characters outside ASCII and slashes are escaped where the sample does it."""
    token = json.dumps(text, ensure_ascii=sample.isascii())
    return token.replace("/", "\\/") if "\\/" in sample else token
