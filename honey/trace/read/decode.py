"""Bytes to lines of text, whatever the encoding: decoding block by block, over-long lines in parts.

A block that does not decode in the file's encoding is tried in the others by itself, because dumps are glued
together from several sources; in the end bytes are replaced rather than rows lost.
"""

import codecs
from collections.abc import Iterator

from honey.trace.read.encoding import narrow
from honey.trace.read.source import BLOCK_BYTES, MAX_LINE_BYTES, MAX_RECORD_CHARS, Batch, Progress, Readable, pieces

_SAFE_CUTS = (b",", b" ", b"\t", b'"', b"(")  # bytes that are no part of a longer character in any of them


def blocks(stream: Readable, encoding: str, progress: Progress) -> Iterator[str]:
    """Yield text that ends at a line's end, except where a line is longer than MAX_LINE_BYTES, and at the end."""
    if encoding.startswith(("utf-16", "utf-32")):
        yield from _wide_blocks(stream, encoding, progress)
        return
    tail = b""
    while block := stream.read(BLOCK_BYTES):
        progress.bytes += len(block)
        block = tail + block
        cut = block.rfind(b"\n") + 1 or block.rfind(b"\r") + 1
        if not cut and len(block) < MAX_LINE_BYTES:
            tail = block
            continue
        cut = cut or max(block.rfind(mark) for mark in _SAFE_CUTS) + 1 or _whole_characters(block, encoding)
        yield _decode(block[:cut], encoding, progress)
        tail = block[cut:]
    if tail:
        yield _decode(tail, encoding, progress)


def _whole_characters(block: bytes, encoding: str) -> int:
    """Return how many bytes of a block without any separator make whole characters."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    decoder.decode(block)
    return len(block) - len(decoder.getstate()[0])


def _decode(block: bytes, encoding: str, progress: Progress) -> str:
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError:
        encoding = narrow(block) or encoding
        text = block.decode(encoding, "replace")
        if "\ufffd" in text:
            encoding = f"{encoding} with errors"
    progress.encodings.add(encoding)
    return text.removeprefix("\ufeff")


def _wide_blocks(stream: Readable, encoding: str, progress: Progress) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    progress.encodings.add(encoding)
    tail = ""
    while block := stream.read(BLOCK_BYTES):
        progress.bytes += len(block)
        text = tail + decoder.decode(block)
        cut = text.rfind("\n") + 1
        if not cut and len(text) < MAX_LINE_BYTES:
            tail = text
            continue
        cut = cut or len(text)
        yield text[:cut].removeprefix("\ufeff")
        tail = text[cut:]
    if rest := (tail + decoder.decode(b"", final=True)).removeprefix("\ufeff"):
        yield rest


def lines(stream: Readable, encoding: str, progress: Progress) -> Iterator[Batch]:
    """Yield the lines of a file in batches; a line longer than MAX_RECORD_CHARS comes alone, in parts."""
    row, unfinished = 1, False
    for block in blocks(stream, encoding, progress):
        end = "\n" if "\n" in block else "\r"
        texts = block.split(end)
        whole = texts[-1] == ""
        if whole:
            texts.pop()
        if unfinished:  # the rest of a line that was longer than MAX_LINE_BYTES
            yield Batch(row - 1, pieces(texts[0]), part=True)
            texts = texts[1:]
        yield from _split_long(row, texts)
        row += len(texts)
        unfinished = not whole


def _split_long(row: int, texts: list[str]) -> Iterator[Batch]:
    start = 0
    for at, text in enumerate(texts):
        if len(text) > MAX_RECORD_CHARS:
            if at > start:
                yield Batch(row + start, texts[start:at])
            yield Batch(row + at, pieces(text), part=True)
            start = at + 1
    if start < len(texts):
        yield Batch(row + start, texts[start:])
