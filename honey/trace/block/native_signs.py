"""What bytes and characters are to the C kernel: the tables behind its `kinds`, `marks`, `folded`, `spots` and `latin`.

Made from the same constants as the searches they follow, so that a sign added there is known here. Pure; the names of
the bits are those of kernel/text.h.
"""

import re
import string
from collections.abc import Iterable
from enum import IntFlag
from functools import cache

import numpy as np
import numpy.typing as npt

from honey.trace.normalise import CHINESE_DIGITS, DIGIT_LETTERS, MASKS, fold
from honey.trace.phones import SEPARATORS

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint16]

PLANE = 0x10000  # code points of the tables: all but the rare ones of four bytes
CHINESE = range(0x4000, 0xA000)  # code points whose first byte is E4 to E9
_LATIN, _LATIN_ROOM = range(0xC0, 0x250), 8  # LATIN_FIRST, LATIN_END, LATIN_ROOM
_SPOT_BITS, _SPOT_FACTOR = 13, 0x9E3779B1
_LETTERS_LIKE_DIGITS = "oOlIB"  # as in `prefilter`
_BETWEEN_MAIL = ",;:'\"<>()|" + string.whitespace + "\x1c\x1d\x1e\x1f"
_NUMERALS = "零〇一二两三四五六七八九十百"
_UNIT_WORDS_BEGIN = "号大单栋幢座楼室层弄期区门组院房户"  # as in `addresses`
_REMOVED = "之"  # becomes a dash in an address, and a dash that is not between digits is left out
_NOTHING_LEFT = re.compile(r"(?:[^\w*#]|_)*")
_ASCII = re.compile(r"[0-9A-Za-z@]")


class Kind(IntFlag):
    """Bits of a byte."""

    LINK = 1
    MASK = 2
    ALIKE = 4
    WORDLY = 8
    DOMAIN = 16
    MAIL_END = 32
    ROAD_END = 64


class Mark(IntFlag):
    """Bits of a character, above the four of its digit."""

    DIGIT = 16
    TEN = 32
    ROAD = 64
    NAMES = 128
    NOISE = 256
    ASCII_LIKE = 512
    UNIT = 1024


def kinds(road_ends: Iterable[int]) -> Bytes:
    """Return the bits of every byte; `road_ends` are last bytes of characters that are not Chinese."""
    found = np.zeros(256, np.uint8)
    ascii_masks = "".join(sign for sign in MASKS if sign.isascii()) + "xX"
    wide = [byte for byte in range(0xC0, 0x100) if byte not in range(0xE4, 0xEA)]
    for kind, signs in (
        (Kind.LINK, [*(SEPARATORS + "`" + ascii_masks).encode(), *range(0x80, 0xC0), *wide]),
        (Kind.MASK, [*ascii_masks.encode(), *wide]),
        (Kind.ALIKE, _LETTERS_LIKE_DIGITS.encode()),
        (Kind.WORDLY, (string.ascii_letters + string.digits).encode()),
        (Kind.DOMAIN, (string.ascii_letters + string.digits + ".-").encode()),
        (Kind.MAIL_END, _BETWEEN_MAIL.encode()),
        (Kind.ROAD_END, list(road_ends)),
    ):
        found[list(signs)] |= np.uint8(kind)
    return found


def road_marks(lasts: Iterable[str]) -> Codes:
    """Return the bits of every character, those of roads' last characters among them."""
    found = _marks().copy()
    wanted = {fold(last) for last in lasts}
    found[[ord(last) for last in wanted if len(last) == 1 and ord(last) < PLANE]] |= np.uint16(Mark.ROAD)
    found[[code for code, reads in _folds().items() if reads[-1:] in wanted]] |= np.uint16(Mark.ROAD)
    return found


def spots(marks: Codes) -> Bytes:
    """Return, by a hash of its three bytes, whether a Chinese character may be a numeral (1) or end a road (2)."""
    codes = np.arange(CHINESE.start, CHINESE.stop, dtype=np.uint32)
    written = (0xE0 | codes >> 12) | (0x80 | codes >> 6 & 63) << 8 | (0x80 | codes & 63) << 16
    places = ((written << 8) * np.uint32(_SPOT_FACTOR)) >> (32 - _SPOT_BITS)
    chosen = marks[CHINESE.start : CHINESE.stop]
    numeral = (chosen & np.uint16(Mark.DIGIT | Mark.TEN | Mark.NOISE)) != 0
    found = np.zeros(1 << _SPOT_BITS, np.uint8)
    np.bitwise_or.at(
        found, places, numeral.astype(np.uint8) | ((chosen & np.uint16(Mark.ROAD)) != 0).astype(np.uint8) << np.uint8(1)
    )
    return found


@cache
def folded() -> Codes:
    """Return every character as it is compared in a road's name: simplified, where that is one character."""
    found = np.arange(PLANE, dtype=np.uint16)
    for code, reads in _folds().items():
        if len(reads) == 1 and ord(reads) < PLANE:
            found[code] = ord(reads)
    return found


@cache
def latin() -> Bytes:
    """Return letters beyond ASCII in lower case: length and bytes; a length without room says: read with care."""
    found = np.zeros((len(_LATIN), _LATIN_ROOM), np.uint8)
    for row, code in zip(found, _LATIN, strict=True):
        small = chr(code).casefold().encode()
        if code in _folds() or len(small) >= _LATIN_ROOM:
            row[0] = _LATIN_ROOM
        else:
            row[: 1 + len(small)] = (len(small), *small)
    return found.reshape(-1)


@cache
def _folds() -> dict[int, str]:
    """Return the characters that `fold` changes."""
    surrogates = range(0xD800, 0xE000)
    every = ((code, fold(chr(code))) for code in range(0x80, PLANE) if code not in surrogates)
    return {code: reads for code, reads in every if reads != chr(code)}


@cache
def _marks() -> Codes:
    found = np.zeros(PLANE, np.uint16)
    folds = _folds()
    for code in range(0x80, PLANE):
        found[code] = _mark(chr(code), folds.get(code, chr(code)))
    return found


def _mark(character: str, reads: str) -> int:
    found = 0
    if character == _REMOVED or (_NOTHING_LEFT.fullmatch(reads) and character not in MASKS):
        found |= Mark.NOISE
    if _ASCII.search(reads):
        found |= Mark.ASCII_LIKE
        found |= Mark.NAMES if _names(character, reads) else 0
    elif not reads:
        found |= Mark.NAMES
    digit = CHINESE_DIGITS.get(reads, reads)
    if len(digit) == 1 and digit in _LETTERS_LIKE_DIGITS:
        digit = digit.translate(DIGIT_LETTERS)
    if len(digit) == 1 and digit in string.digits:
        found |= Mark.DIGIT | int(digit)
    if any(part in _NUMERALS for part in reads):
        found |= Mark.TEN
    return found | (Mark.UNIT if reads[:1] in set(_UNIT_WORDS_BEGIN) else 0)


def _names(character: str, reads: str) -> bool:
    """Whether it is written so rarely, or reads as so much, that its line is looked at whatever else it holds."""
    if len(reads) == 1:
        return "\uff00" <= character <= "\uff60" or "\u2440" <= character <= "\u24ff" or reads == "@"
    number = set(string.digits + SEPARATORS + MASKS + "xX" + _LETTERS_LIKE_DIGITS)
    return reads[0] in string.digits or set(reads) <= number
