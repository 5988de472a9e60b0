"""Digits and letters that only a closer reading undoes: full-width, Chinese, letters for digits, escapes. Pure.

Whoever writes like this hides something or is rare; such lines are passed on whatever they say.
"""

from collections.abc import Iterator

import numpy as np

from honey.trace.block.keys import Bytes, Flags, Places
from honey.trace.block.layout import Layout, Pair, is_digit
from honey.trace.normalise import CHINESE_DIGITS, MASKS
from honey.trace.phones import SEPARATORS

_LETTER_RUN = 7  # bytes: `phones` reads no shorter run of digits, letters like them, separators and masks
_LETTER_DIGITS = 2  # nor one with fewer digits
_LETTERED = 8  # digits and letters together, unless there is a mask
_LETTER_LOOK = 26  # bytes looked at on either side of a letter: a mask of eight signs of three bytes
_LETTERS = b"oOlIB"
_BACKSLASH = 92


def _code(character: str) -> int:
    return int.from_bytes(character.encode(), "big")


_CHINESE = np.array(sorted(_code(character) for character in CHINESE_DIGITS), np.uint32)


def _table(signs: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


_NUMBER_BYTES = sorted({*b"0123456789xX`", *(SEPARATORS + MASKS + "\u3000\u00a0").encode()})
_LETTER = _table(_LETTERS)
_ALIKE = _LETTER | _table(bytes(_NUMBER_BYTES))
_MASK = _table(b"xX" + MASKS.encode())
PAIRS = (
    # ０-９, Ａ-Ｚ, ＠, ａ-ｚ; ①-⓿; mathematical digits; JSON's escapes and a second backslash
    (Pair.ODD, [0xEF], [0xBC, 0xBD]),
    (Pair.ODD, [0xE2], [0x91, 0x92]),
    (Pair.ODD, [0xF0], [0x9D]),
    (Pair.ODD, [_BACKSLASH], [_BACKSLASH, *b"u"]),
    (Pair.LETTER, _LETTERS, _NUMBER_BYTES),
    (Pair.LETTER, _NUMBER_BYTES, _LETTERS),
    (Pair.ALIKE, [*_NUMBER_BYTES, *_LETTERS], range(256)),
    *((Pair.NUMERAL, [written[1]], [written[2]]) for written in map(str.encode, CHINESE_DIGITS)),
)


def odd_in(layout: Layout) -> Iterator[Places]:
    """Yield places in the lines that are to be read with care."""
    if (at := layout.are(Pair.ODD)).size:
        yield from _wide(layout.raw, at)
    if (at := layout.are(Pair.LETTER)).size:
        yield _letters(layout, at)
    if (at := layout.are(Pair.NUMERAL)).size:
        yield from _chinese(layout.raw, at - 1)


def _wide(a: Bytes, at: Places) -> Iterator[Places]:
    """Yield the places without full-width signs that are neither digits, letters nor at-signs."""
    wide = a.take(at) == 0xEF
    yield at[~wide]
    at = at[wide]
    third = a.take(at + 2)
    other = (third - np.uint8(0x81)) < 58  # up to the last letter: most punctuation stands before them
    at, third = at[other], third[other]
    first = is_digit(third - np.uint8(0x60)) | ((third - np.uint8(0xA0)) < 27)
    yield at[np.where(a.take(at + 1) == 0xBC, first, third < 0x9B)]


def _letters(layout: Layout, at: Places) -> Places:
    """Return the letters that stand for digits among digits, separators and masks."""
    a = layout.raw
    first = _LETTER.take(a.take(at))  # a letter and a digit, else a digit and a letter
    beyond = _ALIKE.take(a.take(at + np.where(first, 2, -1)))
    near = at[beyond] + ~first[beyond]
    if not near.size:
        return near
    near = near[_in_long_run(layout).take(near)]
    around = a[near[:, None] + np.arange(-_LETTER_LOOK, _LETTER_LOOK + 1)]
    alike = _ALIKE.take(around)
    alike[:, _LETTER_LOOK::-1] = np.logical_and.accumulate(alike[:, _LETTER_LOOK::-1], axis=1)
    alike[:, _LETTER_LOOK:] = np.logical_and.accumulate(alike[:, _LETTER_LOOK:], axis=1)
    around[~alike] = 0
    digits = np.add.reduce(is_digit(around), axis=1)
    letters = np.add.reduce(_LETTER.take(around), axis=1)
    masked = np.logical_or.reduce(_MASK.take(around), axis=1)
    found: Places = near[(digits >= _LETTER_DIGITS) & (masked | (digits + letters >= _LETTERED))]
    return found


def _in_long_run(layout: Layout) -> Flags:
    """Tell for each place whether it lies within seven digits and the like in a row."""
    alike = (layout.kinds & np.uint8(Pair.ALIKE)) != 0
    row = alike[:-1] & alike[1:]
    row = row[:-2] & row[2:]
    row = row[:-3] & row[3:]  # from each place on
    found = np.zeros(len(layout.raw), np.bool_)
    for step in range(_LETTER_RUN):
        found[step : step + len(row)] |= row
    return found


def _chinese(a: Bytes, at: Places) -> Iterator[Places]:
    """Yield Chinese digits that may be part of a number: `phones` reads none with fewer.

    One beside an ASCII digit, two with one or two signs between, three in a row.
    """
    at = at[is_chinese_digit(a, at)]
    yield at[is_digit(a[at - 1]) | is_digit(a[at + 3])]
    step = at[1:] - at[:-1]
    yield at[1:][(step == 4) | (step == 5)]
    yield at[2:][at[2:] - at[:-2] == 6]


def is_chinese_digit(a: Bytes, places: Places) -> Flags:
    """Tell whether the three bytes from each place are a Chinese digit."""
    code = (a[places].astype(np.uint32) << 16) | (a[places + 1].astype(np.uint32) << 8) | a[places + 2]
    at = np.minimum(np.searchsorted(_CHINESE, code), len(_CHINESE) - 1)
    found: Flags = _CHINESE[at] == code
    return found
