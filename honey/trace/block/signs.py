"""Digits and letters that only a closer reading undoes: full-width, Chinese, letters for digits, escapes. Pure.

Whoever writes like this hides something or is rare; such lines are passed on whatever they say.
"""

from collections.abc import Iterator

import numpy as np

from honey.trace.block.keys import Bytes, Flags, Places
from honey.trace.block.layout import Layout, is_digit
from honey.trace.normalise import CHINESE_DIGITS, MASKS
from honey.trace.phones import SEPARATORS

_LETTER_RUN = 7  # bytes: `phones` reads no shorter run of digits, letters like them, separators and masks
_LETTER_DIGITS = 2  # nor one with fewer digits
_LETTER_LOOK = 26  # bytes looked at on either side of a letter: a mask of eight signs of three bytes
# z * 249 + y * 255 + x of a character's three bytes z, y, x, modulo 256, lies for every Chinese digit in the third that
# begins at _HASH_FROM (found by trying all factors). It only thins out.
_HASH_Z, _HASH_Y, _HASH_FROM, _HASH_SPAN = np.uint8(249), np.uint8(255), np.uint8(140), np.uint8(90)


def _code(character: str) -> int:
    return int.from_bytes(character.encode(), "big")


_CHINESE = np.array(sorted(_code(character) for character in CHINESE_DIGITS), np.uint32)


def _table(signs: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


_NUMBER = _table(b"0123456789xX`" + (SEPARATORS + MASKS + "\u3000\u00a0").encode())
_ALIKE = _NUMBER | _table(b"oOlIB")


def odd_in(layout: Layout) -> Iterator[Places]:
    """Yield places in the lines that are to be read with care."""
    a = layout.raw
    yield from _letters(layout)
    yield from _wide(a)
    yield from _chinese(layout)
    backslash = a == 92
    if backslash.any():
        yield np.flatnonzero(backslash[:-1] & ((a[1:] == 117) | backslash[1:]))


def _letters(layout: Layout) -> Iterator[Places]:
    """Yield letters that stand for digits among digits, separators and masks."""
    a = layout.raw
    letter = ((a | 32) == 111) | (a == 108) | (a == 73) | (a == 66)
    near = np.flatnonzero(letter[_LETTER_LOOK:-_LETTER_LOOK]) + _LETTER_LOOK
    near = near[_NUMBER.take(a[near - 1]) | _NUMBER.take(a[near + 1])]
    if near.size:
        around = a[near[:, None] + np.arange(-_LETTER_LOOK, _LETTER_LOOK + 1)]
        alike = _ALIKE.take(around)
        before = np.logical_and.accumulate(alike[:, _LETTER_LOOK::-1], axis=1)
        after = np.logical_and.accumulate(alike[:, _LETTER_LOOK:], axis=1)
        digit = is_digit(around)
        digits = (before & digit[:, _LETTER_LOOK::-1]).sum(axis=1) + (after & digit[:, _LETTER_LOOK:]).sum(axis=1)
        yield near[(before.sum(axis=1) + after.sum(axis=1) > _LETTER_RUN) & (digits >= _LETTER_DIGITS)]


def _wide(a: Bytes) -> Iterator[Places]:
    """Yield full-width digits, letters and at-signs (U+FF10 to U+FF5A), circled and mathematical ones."""
    z = a[:-2]
    if (lead := z == 0xEF).any():
        at = np.flatnonzero(lead)
        y, x = a[at + 1], a[at + 2]
        first = (y == 0xBC) & (is_digit(x - np.uint8(0x60)) | ((x - np.uint8(0xA0)) < 27))
        yield at[first | ((y == 0xBD) & ((x - np.uint8(0x81)) < 26))]
    if (lead := z == 0xE2).any():
        at = np.flatnonzero(lead)
        yield at[(a[at + 1] - np.uint8(0x91)) < 2]
    if (lead := z == 0xF0).any():
        at = np.flatnonzero(lead)
        yield at[a[at + 1] == 0x9D]


def _chinese(layout: Layout) -> Iterator[Places]:
    """Yield three Chinese digits in a row, and one beside an ASCII digit or sign: `phones` reads none without."""
    a = layout.raw
    alike = (a[:-2] * _HASH_Z + a[1:-1] * _HASH_Y + a[2:] - _HASH_FROM) < _HASH_SPAN
    alike &= a[:-2] >= 0xE3
    signs = ((a[3:] - np.uint8(32)) < 16) | (a[3:] == 95)
    beside = [
        layout.ends[alike[layout.ends]],
        layout.starts[alike[layout.starts - 3]] - 3,
        np.flatnonzero(alike[:-1] & signs),
    ]
    at = np.concatenate(beside)
    yield at[is_chinese_digit(a, at)]
    at = np.flatnonzero(alike[:-6] & alike[3:-3] & alike[6:])
    at = at[is_chinese_digit(a, at)]
    yield at[is_chinese_digit(a, at + 3) & is_chinese_digit(a, at + 6)]


def is_chinese_digit(a: Bytes, places: Places) -> Flags:
    """Tell whether the three bytes from each place are a Chinese digit."""
    code = (a[places].astype(np.uint32) << 16) | (a[places + 1].astype(np.uint32) << 8) | a[places + 2]
    at = np.minimum(np.searchsorted(_CHINESE, code), len(_CHINESE) - 1)
    found: Flags = _CHINESE[at] == code
    return found
