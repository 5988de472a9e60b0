"""Which encoding bytes are in. Pure: a strict trial in the order of likelihood, and a count where two of them fit.

Nearly all Big5 text also decodes as GB18030, into rare characters. The two are told apart by how many characters are
common ones, which both standards put first (GB 2312 level 1 in rows B0 to D7, Big5 level 1 in rows A4 to C6).
"""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
MAX_CONTROL_SHARE = 0.02  # of a sample: text has none but for accidents, compressed or compiled bytes 0.1
MAX_NUL_SHARE = 0.05  # a text with a few NUL bytes was cut or padded, not compiled
FEW = 4  # damaged bytes make no short text binary
MIN_PLAUSIBLE_SHARE = 0.9  # of UTF-16 without a mark: characters of Chinese and Latin text
_PLAUSIBLE = re.compile("[\t\n\r\\x20-\\x7e\u00a0-\u00ff\u2010-\u203b\u3000-\u303f\u4e00-\u9fff\uff00-\uffe5]")


def detect(sample: bytes) -> str | None:
    """Return the encoding of a file's first bytes, None if they are no text."""
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    if 0 in sample:
        wide = _utf16_without_mark(sample)
        if wide or sample.count(0) > max(FEW, MAX_NUL_SHARE * len(sample)):
            return wide
    if len(_CONTROLS.findall(sample)) > max(FEW, MAX_CONTROL_SHARE * len(sample)):
        return None
    return narrow(sample) or "latin-1"


def narrow(sample: bytes) -> str | None:
    """Return which encoding whose lines end in the byte 0A the bytes are in; a character cut at the end is no error."""
    if decodes(sample, "utf-8"):
        return "utf-8"
    fitting = [encoding for encoding in ("gb18030", "big5", "big5hkscs") if decodes(sample, encoding)]
    if len(fitting) > 1:
        return fitting[1] if _common_share(sample, 0xA4, 0xC6) > _common_share(sample, 0xB0, 0xD7) else "gb18030"
    return fitting[0] if fitting else None


def decodes(sample: bytes, encoding: str) -> bool:
    """Tell whether the bytes, but for a character cut at the end, are well-formed."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _common_share(sample: bytes, first: int, last: int) -> float:
    """Return how many of the hanzi lie in the rows of common ones; the second byte of GB 2312 is never below A1."""
    pairs: list[bytes] = [pair for pair in _PAIR.findall(sample) if len(pair) == 2 and not 0xA1 <= pair[0] <= 0xA3]
    lowest = 0xA1 if first == 0xB0 else 0x40
    common = sum(first <= pair[0] <= last and pair[1] >= lowest for pair in pairs)
    return common / max(len(pairs), 1)


def _utf16_without_mark(sample: bytes) -> str | None:
    sample = sample[: len(sample) // 2 * 2]
    for encoding in sorted(("utf-16-le", "utf-16-be"), key=lambda one: sample[one == "utf-16-le" :: 2].count(0))[::-1]:
        if decodes(sample, encoding):
            text = sample.decode(encoding, "ignore")
            if text and len(_PLAUSIBLE.findall(text)) >= MIN_PLAUSIBLE_SHARE * len(text):
                return encoding
    return None
