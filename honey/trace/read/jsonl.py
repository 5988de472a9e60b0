"""JSON lines, and JSON documents that hold a list of objects. Escapes are undone before anything is searched."""

import json
import re
from collections.abc import Iterator

from honey.trace.read.decode import blocks, lines
from honey.trace.read.source import (
    BATCH_ROWS,
    MAX_LINE_BYTES,
    MAX_RECORD_CHARS,
    Batch,
    Cells,
    Progress,
    Readable,
    Source,
    pieces,
)

MAX_DEPTH = 6  # of objects within a record that are looked into
_BETWEEN = re.compile(r"[\s,]*")
_LIST_FIRST = re.compile(r'\s*(?:\{\s*"[^"\\]{0,80}"\s*:\s*)?\[')  # the document, or its first key, is a list
_DEEPER_LIST = re.compile(r":\s*\[\s*\{")  # a list further in, looked for in documents too long to read whole
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def jsonl_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read one object a line; a line that is no JSON is searched as text."""
    progress = Progress()

    def batches() -> Iterator[Batch]:
        for batch in lines(stream, encoding, progress):
            texts = batch.texts if batch.part else [_unescaped(text) for text in batch.texts]
            yield Batch(batch.first_row, texts, batch.part)

    return Source(name, "jsonl", batches, split_json, progress)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def split_json(text: str) -> Cells:
    """Return the values of one JSON object with their keys; text that is no JSON is one cell."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Cells((text,))
    pairs = list(_leaves(value, "", 0))
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
        yield key, str(value)


def json_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read a document holding one list of objects; rows are the objects, numbered from 1."""
    progress = Progress()

    def batches() -> Iterator[Batch]:
        row, texts = 1, list[str]()
        for text in _objects(blocks(stream, encoding, progress)):
            if len(text) > MAX_RECORD_CHARS:
                yield Batch(row, texts)
                row += len(texts) + 1
                texts = []
                yield Batch(row - 1, pieces(text), part=True)
                continue
            texts.append(text)
            if len(texts) >= BATCH_ROWS:
                yield Batch(row, texts)
                row, texts = row + len(texts), []
        if texts:
            yield Batch(row, texts)

    return Source(name, "json", batches, split_json, progress)


def _objects(parts: Iterator[str]) -> Iterator[str]:
    """Yield each object as one line of unescaped JSON; what is no JSON comes as it stands, in parts."""
    decoder = json.JSONDecoder()
    buffer, started = "", False
    for part in parts:
        buffer += part
        if not started:
            opening = _LIST_FIRST.match(buffer)
            buffer, started = buffer[opening.end() if opening else 0 :], True
        at = 0
        while True:
            at = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # matches the empty string
            try:
                value, at = decoder.raw_decode(buffer, at)
            except (ValueError, RecursionError):
                break
            yield from (json.dumps(record, ensure_ascii=False) for record in _records(value))
        buffer = buffer[at:]
        if len(buffer) > MAX_LINE_BYTES:
            deeper = _DEEPER_LIST.search(buffer)
            if deeper is None:
                yield _ESCAPE.sub(_character, buffer)
            buffer = buffer[deeper.end() - 1 :] if deeper else ""
    if buffer.strip(" \t\r\n,]}"):
        yield _ESCAPE.sub(_character, buffer)


def _records(value: object) -> Iterator[object]:
    """Yield the objects of the lists directly inside `value`, or `value` itself where there are none."""
    inner = value.values() if isinstance(value, dict) else [value]
    lists = [part for part in inner if isinstance(part, list) and part and all(isinstance(one, dict) for one in part)]
    for part in lists:
        yield from part
    if not lists:
        yield value


def _character(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 16))
