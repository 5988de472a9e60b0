"""JSON lines, and JSON documents that hold lists of objects. Escapes are undone before anything is searched."""

import json
import re
from collections.abc import Iterator

from honey.trace.read.decode import blocks, lines
from honey.trace.read.escapes import unescaped
from honey.trace.read.source import (
    MAX_LINE_BYTES,
    MAX_RECORD_CHARS,
    Batch,
    Cells,
    Lines,
    Progress,
    Readable,
    Source,
    batched,
    pieces,
    without_surrogates,
)

MAX_DEPTH = 8  # of lists and objects that are looked into
_BETWEEN = re.compile(r"[\s,]*")
_LIST_FIRST = re.compile(r'\s*(?:\{\s*"[^"\\]{0,80}"\s*:\s*)?\[')  # the document, or its first key, is a list
_DEEPER_LIST = re.compile(r":\s*\[\s*\{")  # a list further in, looked for in documents too long to read whole
_TELLING = re.compile(r"\d{3}|[^\x00-\x7f]|@|://|\\u")  # what a decoy could stand in
_END = " \t\r\n,]}"


def jsonl_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read one object a line; a line that is no JSON is searched as text."""
    progress = Progress()

    def batches() -> Iterator[Batch | Lines]:
        for batch in lines(stream, encoding, progress):
            if isinstance(batch, Lines):
                plain = b"\\" not in batch.utf8
                yield batch if plain else Batch(batch.first_row, [_opened_line(text) for text in batch.texts])
            else:
                yield Batch(batch.first_row, [_opened_line(text) for text in batch.texts], batch.part)

    return Source(name, "jsonl", batches, split_json, progress)


def _opened_line(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return _dumped(json.loads(text))
    except (ValueError, RecursionError):
        return unescaped(text)


def split_json(text: str) -> Cells:
    """Return the values of one JSON object with their keys; text that is no JSON is one cell."""
    try:
        value = json.loads(text)
        pairs = list(_leaves(value, "", 0))
    except (ValueError, RecursionError):
        return Cells((text,))
    return Cells(tuple(leaf for _, leaf in pairs), tuple(key for key, _ in pairs))


def _leaves(value: object, key: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list) and depth < MAX_DEPTH:
        for inner in value:
            yield from _leaves(inner, key, depth + 1)
    elif isinstance(value, float) and value.is_integer():
        yield key, str(int(value))  # a phone stored as 1.4012345678e10
    elif value is not None and not isinstance(value, bool):
        yield key, without_surrogates(str(value))


def _dumped(value: object) -> str:
    """Write a value as one line of plain text, with JSON that was stored as a string opened up."""
    text = json.dumps(value, ensure_ascii=False)
    if '\\"' in text:  # a string that holds quotes may hold JSON
        text = json.dumps(_inner_opened(value, 0), ensure_ascii=False)
    return without_surrogates(text)


def _inner_opened(value: object, depth: int) -> object:
    if depth >= MAX_DEPTH:
        return value
    if isinstance(value, dict):
        return {key: _inner_opened(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inner_opened(inner, depth + 1) for inner in value]
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["} and len(value) < MAX_LINE_BYTES:
        try:
            return _inner_opened(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return value
    return value


def json_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read a document holding lists of objects; rows are the objects, numbered from 1."""
    progress = Progress()
    return Source(name, "json", lambda: batched(_objects(blocks(stream, encoding, progress))), split_json, progress)


def _objects(parts: Iterator[str]) -> Iterator[str]:
    """Yield each object as one line of unescaped JSON; what is no JSON comes as it stands, in parts."""
    decoder = json.JSONDecoder()
    buffer, started, within_list = "", False, False
    for part in parts:
        buffer += part
        if not started:
            opening = _LIST_FIRST.match(buffer)
            buffer, started, within_list = buffer[opening.end() if opening else 0 :], True, bool(opening)
        at = 0
        while True:
            at = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # matches the empty string
            try:
                value, at = decoder.raw_decode(buffer, at)
            except (ValueError, RecursionError):
                break
            yield from _record(value, 0) if within_list and isinstance(value, dict) else _records(value, 0)
        buffer = buffer[at:]
        if len(buffer) > MAX_LINE_BYTES:
            deeper = _DEEPER_LIST.search(buffer)
            if not deeper or _TELLING.search(buffer, 0, deeper.start()):
                yield from _as_text(buffer[: deeper.start() + 1] if deeper else buffer)
            buffer = buffer[deeper.end() - 1 :] if deeper else ""
    if buffer.strip(_END):
        yield from _as_text(buffer)


def _as_text(broken: str) -> Iterator[str]:
    """Yield what is no JSON, or not whole, in rows of bounded length."""
    yield from pieces(unescaped(broken).replace("\n", " "))


def _records(value: object, depth: int) -> Iterator[str]:
    """Yield the records within a document: the objects of its lists, whole, then what stands beside those lists."""
    if isinstance(value, list) and depth < MAX_DEPTH and any(isinstance(one, dict | list) for one in value):
        for one in value:
            yield from _record(one, depth + 1) if isinstance(one, dict) else _records(one, depth + 1)
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        nested = {key for key, inner in value.items() if _holds_records(inner, depth + 1)}
        if not nested and _alike(value):
            for key, inner in value.items():
                yield from _record({key: inner}, depth + 1)
            return
        beside = {key: inner for key, inner in value.items() if key not in nested}
        for key in value:
            if key in nested:
                yield from _records(value[key], depth + 1)
        if not nested or _TELLING.search(_dumped(beside)):  # `"code": 0` is no row
            yield _dumped(beside)
    else:
        yield _dumped(value)


def _record(value: dict[str, object], depth: int) -> Iterator[str]:
    """Yield one object of a list with its own lists (a customer's parcels), unless it is a list's envelope by size."""
    text = _dumped(value)
    if len(text) > MAX_RECORD_CHARS and any(_holds_records(inner, depth) for inner in value.values()):
        yield from _records(value, depth)
    else:
        yield text


def _holds_records(value: object, depth: int) -> bool:
    if depth >= MAX_DEPTH:
        return False
    if isinstance(value, list):
        return any(isinstance(one, dict) or _holds_records(one, depth + 1) for one in value)
    return isinstance(value, dict) and (
        any(_holds_records(inner, depth + 1) for inner in value.values()) or _alike(value)
    )


def _alike(value: dict[str, object]) -> bool:
    """Tell records under keys of their own (`{"YT1": {...}, "YT2": {...}}`) from the parts of one record."""
    objects = list(value.values())
    first = objects[0] if objects else None
    return (
        len(objects) > 1
        and isinstance(first, dict)
        and all(isinstance(one, dict) and one.keys() == first.keys() for one in objects)
    )
