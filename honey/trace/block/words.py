"""Waybill numbers without a long run of digits, and addresses outside China, in a block. Pure.

The first are whole runs of letters and digits, of the lengths that there are. The second are a number and a word in
either order, `12 Example` or `Beispielweg 5`, with up to three spaces, commas and points between.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from honey.trace.block.keys import WORD, Bytes, Flags, Hashes, KeySet, Places, ending, hashes_of, mixed
from honey.trace.block.layout import Layout, is_digit

_MAX_NUMBER = 6  # digits beside a word, as in `prefilter`
_MAX_BETWEEN = 3  # signs between them
_BETWEEN = np.zeros(256, np.bool_)
_BETWEEN[list(b" ,.")] = True
# This bit makes letters of ASCII and of Latin-1 in UTF-8 small ones: 41 becomes 61, and C3 84 and C3 A4 alike E3 A4.
_SMALL_BIT = 0x20
_SMALL = np.uint64(int.from_bytes(bytes([_SMALL_BIT] * WORD), "little"))
_LAST_LATIN_1 = "\u00fe"  # the capital of the one after it, \u0178, is none of these
_KEEP = np.array([(1 << 8 * count) - 1 for count in range(WORD + 1)], np.uint64)
_BEHIND, _BEFORE = 2000, 3000  # salts: where the word stands

Parts = list[tuple[bytes, bytes]]  # a number, and what is compared of the word beside it


@dataclass(frozen=True, slots=True, eq=False)
class WordTables:
    """Waybill numbers by their lengths, and pairs by how many bytes of the word are compared."""

    words: KeySet
    lengths: tuple[int, ...]
    pairs: KeySet
    behind: tuple[int, ...]  # bytes compared of a word behind its number
    before: tuple[int, ...]  # of one before it

    @classmethod
    def of(cls, words: Iterable[str], pairs: Iterable[str]) -> "WordTables":
        """Take waybill numbers of letters and digits, and pairs as `prefilter` has them: `12 example`."""
        small = [_small(word.encode()) for word in words]
        behind: Parts = []
        before: Parts = []
        for first, _, second in (spelt.partition(" ") for pair in pairs for spelt in {pair, pair.replace("ss", "ß")}):
            if first.isdigit():
                behind.append((first.encode(), _head(second)))
            else:
                before.append((second.encode(), _tail(first)))
        return cls(
            KeySet.of(hashes_of(small)), tuple(sorted({len(word) for word in small})),
            KeySet.of(np.concatenate([_hashes(behind, _BEHIND), _hashes(before, _BEFORE)])),
            tuple(sorted({len(word) for _, word in behind})), tuple(sorted({len(word) for _, word in before})),
        )  # fmt: skip


def _small(text: bytes) -> bytes:
    return bytes(byte | _SMALL_BIT for byte in text)


def _compared(word: Iterable[str]) -> str:
    return "".join(takewhile(lambda letter: letter <= _LAST_LATIN_1, word))


def _head(word: str) -> bytes:
    return _small(_compared(word).encode()[:WORD])


def _tail(word: str) -> bytes:
    return _small(_compared(reversed(word))[::-1].encode()[-WORD:])


def _hashes(parts: Parts, salt: int) -> Hashes:
    numbers = np.array([int.from_bytes(number, "little") for number, _ in parts], np.uint64)
    words = np.array([int.from_bytes(word, "little") for _, word in parts], np.uint64)
    lengths = np.array([len(word) for _, word in parts], np.intp)
    found = np.zeros(len(parts), np.uint64)
    for length in set(lengths.tolist()):
        alike = lengths == length
        found[alike] = mixed(numbers[alike], words[alike], salt + length)
    return found


def words_in(layout: Layout, tables: WordTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the waybill numbers or addresses."""
    if tables.lengths:
        yield from _whole_runs(layout, tables)
    if tables.behind:
        yield from _behind_numbers(layout, tables)
    if tables.before:
        yield from _before_numbers(layout, tables)
    if tables.behind or tables.before:
        yield from _wide_spaces(layout)


def _whole_runs(layout: Layout, tables: WordTables) -> Iterator[Places]:
    """Look up what begins and ends where letters and digits do; what stands between, the hash tells."""
    wordly = is_digit(layout.raw) | _is_letter(layout.raw)
    edges = wordly[1:] ^ wordly[:-1]
    begins, ends = edges & wordly[1:], edges & wordly[:-1]
    for length in tables.lengths:
        at = np.flatnonzero(begins[:-length] & ends[length:]) + length + 1
        yield at[tables.words.holds(ending(layout.words, at, length, _SMALL))] - 1


def _behind_numbers(layout: Layout, tables: WordTables) -> Iterator[Places]:
    a = layout.raw
    runs = np.flatnonzero(_BETWEEN.take(a.take(layout.ends)) & (layout.lengths <= _MAX_NUMBER))
    at = layout.ends[runs] + 1
    for _ in range(_MAX_BETWEEN - 1):
        at += _BETWEEN.take(a.take(at))
    first = a.take(at)
    runs, at = (found[_is_letter(first) | (first >= 0xC3)] for found in (runs, at))
    numbers = layout.words[layout.starts[runs]] & _KEEP[layout.lengths[runs]]
    words = layout.words[at] | _SMALL
    for length in tables.behind:
        yield at[tables.pairs.holds(mixed(numbers, words & _KEEP[length], _BEHIND + length))]


def _before_numbers(layout: Layout, tables: WordTables) -> Iterator[Places]:
    a = layout.raw
    runs = np.flatnonzero(_BETWEEN.take(a.take(layout.starts - 1)))
    at = layout.starts[runs] - 1
    for _ in range(_MAX_BETWEEN - 1):
        at -= _BETWEEN.take(a.take(at - 1))
    last = a.take(at - 1)
    runs, at = (found[_is_letter(last) | (last >= 0x80)] for found in (runs, at))
    numbers = layout.words[layout.starts[runs]] & _KEEP[np.minimum(layout.lengths[runs], _MAX_NUMBER)]
    words = layout.words[at - WORD] | _SMALL
    for length in tables.before:
        compared = words >> np.uint64(8 * (WORD - length)) if length else np.zeros_like(words)
        yield at[tables.pairs.holds(mixed(numbers, compared, _BEFORE + length))] - 1


def _wide_spaces(layout: Layout) -> Iterator[Places]:
    """Yield numbers beside a space that is none in ASCII (U+00A0, U+2000 to U+203F, U+3000): folding makes it one."""
    a, at, before = layout.raw, layout.ends, layout.starts
    for _ in range(_MAX_BETWEEN - 1):
        at = at + _BETWEEN.take(a.take(at))
        before = before - _BETWEEN.take(a.take(before - 1))
    yield at[_is_wide_space(a, at)]
    yield layout.starts[
        ((a.take(before - 1) & 0x80) > 0) & (_is_wide_space(a, before - 2) | _is_wide_space(a, before - 3))
    ]


def _is_wide_space(a: Bytes, at: Places) -> Flags:
    first, second = a.take(at), a.take(at + 1)
    found: Flags = ((first == 0xC2) & (second == 0xA0)) | (((first == 0xE2) | (first == 0xE3)) & (second == 0x80))
    return found


def _is_letter(found: Bytes) -> Flags:
    return ((found | np.uint8(_SMALL_BIT)) - np.uint8(97)) < np.uint8(26)
