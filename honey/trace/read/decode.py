"""Bytes to lines of text, whatever the encoding: detection, decoding block by block, over-long lines in parts.

A block that does not decode in the file's encoding is tried in the others by itself, because dumps are glued
together from several sources; in the end bytes are replaced rather than rows lost.
"""

import codecs
from collections.abc import Iterator

from honey.trace.read.source import BLOCK_BYTES, MAX_LINE_BYTES, MAX_RECORD_CHARS, Batch, Progress, Readable, pieces

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_TRIED = ("utf-8", "gb18030", "big5")  # every one an extension of ASCII whose lines end in the byte 0A
_NUL_SHARE = 0.2  # of every second byte: text in ASCII or Chinese with ASCII line ends as UTF-16
_SAFE_CUTS = (b",", b" ", b"\t", b'"', b"(")  # bytes that are no part of a longer character in any of them


def detect(sample: bytes) -> str | None:
    """Return the encoding of a file's first bytes, None if they are no text."""
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    if 0 in sample:
        return _utf16_without_mark(sample)
    for encoding in _TRIED:
        if _decodes(sample, encoding):
            return encoding
    return "latin-1"


def _utf16_without_mark(sample: bytes) -> str | None:
    even, odd = sample[0::2], sample[1::2]
    for encoding, high in (("utf-16-le", odd), ("utf-16-be", even)):
        if high.count(0) > _NUL_SHARE * len(high) and sample.count(0) < 0.6 * len(sample):
            return encoding if _decodes(sample[: len(sample) // 2 * 2], encoding) else None
    return None


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample)  # a character cut at the end is no error
    except UnicodeDecodeError:
        return False
    return True


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
        cut = cut or max(block.rfind(mark) for mark in _SAFE_CUTS) + 1 or len(block)
        yield _decode(block[:cut], encoding, progress)
        tail = block[cut:]
    if tail:
        yield _decode(tail, encoding, progress)


def _decode(block: bytes, encoding: str, progress: Progress) -> str:
    for tried in (encoding, *_TRIED):
        try:
            text = block.decode(tried)
        except UnicodeDecodeError:
            continue
        progress.encodings.add(tried)
        return text.removeprefix("\ufeff")
    progress.encodings.add(f"{encoding} with errors")
    return block.decode(encoding, "replace")


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
