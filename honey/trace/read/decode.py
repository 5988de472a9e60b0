"""Bytes to lines of text, whatever the encoding: decoding block by block, over-long lines in parts.

A block that does not decode in the file's encoding is tried in the others by itself, because dumps are glued
together from several sources; in the end bytes are replaced rather than rows lost.
"""

import codecs
from collections.abc import Iterator

import numpy as np

from honey.trace.read.encoding import narrow
from honey.trace.read.source import (
    BLOCK_BYTES,
    MAX_LINE_BYTES,
    MAX_RECORD_CHARS,
    Batch,
    Lines,
    Progress,
    Readable,
    pieces,
)

WIDE = ("utf-16", "utf-32")  # a byte 0A there need be no line end
_LINE_FEED = 10
GLUED_BYTES = 64 * 1024  # of a block that is not all in one encoding: so much at most is read in the wrong one
_UTF8 = {"utf-8", "utf-8-sig"}
SAFE_CUTS = (b",", b" ", b"\t", b'"', b"(")  # bytes that are no part of a longer character in any of them


def blocks(stream: Readable, encoding: str, progress: Progress) -> Iterator[str]:
    """Yield text that ends at a line's end, except where a line is longer than MAX_LINE_BYTES, and at the end."""
    if encoding.startswith(WIDE):
        yield from _wide_blocks(stream, encoding, progress)
    else:
        yield from (_decode(block, encoding, progress) for block in _byte_blocks(stream, encoding, progress))


def _byte_blocks(stream: Readable, encoding: str, progress: Progress) -> Iterator[bytes]:
    tail = b""
    while block := stream.read(BLOCK_BYTES):
        progress.bytes += len(block)
        block = tail + block
        cut = block.rfind(b"\n") + 1 or block.rfind(b"\r") + 1
        if not cut and len(block) < MAX_LINE_BYTES:
            tail = block
            continue
        cut = cut or max(block.rfind(mark) for mark in SAFE_CUTS) + 1 or _whole_characters(block, encoding)
        yield block[:cut]
        tail = block[cut:]
    if tail:
        yield tail


def _whole_characters(block: bytes, encoding: str) -> int:
    """Return how many bytes of a block without any separator make whole characters."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    decoder.decode(block)
    return len(block) - len(decoder.getstate()[0])


def _line_pieces(block: bytes) -> Iterator[bytes]:
    """Cut a block behind line ends, so that each piece may be in an encoding of its own."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start + GLUED_BYTES // 2) + 1 or len(block)
        yield block[start:end]
        start = end


def _decode(block: bytes, encoding: str, progress: Progress) -> str:
    try:
        text = block.decode(encoding)
        progress.encodings.add(encoding)
    except UnicodeDecodeError:
        text = "".join(_decode_piece(piece, encoding, progress) for piece in _line_pieces(block))
    return text.removeprefix("\ufeff")


def _decode_piece(piece: bytes, encoding: str, progress: Progress) -> str:
    try:
        text = piece.decode(encoding)
    except UnicodeDecodeError:
        encoding = narrow(piece) or encoding
        text = piece.decode(encoding, "replace")
        if "\ufffd" in text:
            encoding = f"{encoding} with errors"
    progress.encodings.add(encoding)
    return text


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


def _utf8_blocks(stream: Readable, encoding: str, progress: Progress) -> Iterator[bytes]:
    """Yield the same blocks as UTF-8; what is that already is only checked."""
    if encoding.startswith(WIDE):
        yield from (text.encode("utf-8", "surrogatepass") for text in _wide_blocks(stream, encoding, progress))
        return
    for block in _byte_blocks(stream, encoding, progress):
        if encoding in _UTF8:
            try:
                block.decode()
            except UnicodeDecodeError:
                pass
            else:
                progress.encodings.add(encoding)
                yield block.removeprefix(codecs.BOM_UTF8)
                continue
        yield _decode(block, encoding, progress).encode("utf-8", "surrogatepass")


def lines(stream: Readable, encoding: str, progress: Progress) -> Iterator[Batch | Lines]:
    """Yield the lines of a file; a line longer than MAX_RECORD_CHARS comes alone, in parts."""
    row, unfinished = 1, False
    for block in _utf8_blocks(stream, encoding, progress):
        if not unfinished and (count := _short_lines(block)):
            yield Lines(row, block, count)
            row += count
            unfinished = not block.endswith(b"\n")
            continue
        text = block.decode("utf-8", "surrogatepass")
        end = "\n" if "\n" in text else "\r"
        texts = text.split(end)
        whole = texts[-1] == ""
        if whole:
            texts.pop()
        if unfinished:  # the rest of a line that was longer than MAX_LINE_BYTES
            yield Batch(row - 1, pieces(texts[0]), part=True)
            texts = texts[1:]
        yield from _split_long(row, texts)
        row += len(texts)
        unfinished = not whole


def _short_lines(block: bytes) -> int:
    """Count the lines of a block; 0 if one may be longer than MAX_RECORD_CHARS, or none ends in a line feed."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LINE_FEED)
    if not ends.size:
        return 0
    longest = max(int(ends[0]), len(block) - 1 - int(ends[-1]), int(np.diff(ends).max(initial=0)) - 1)
    return int(ends.size) + (not block.endswith(b"\n")) if longest <= MAX_RECORD_CHARS else 0


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
