"""Sets of short byte strings, asked about thousands at a time. Values and arithmetic only.

A string is known by its first and its last eight bytes, mixed to 64 bits: what is not in the set is taken for in it
once in 10^13 look-ups of a million keys, and then only costs a closer look.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

WORD = 8  # bytes of one machine word
_LEAST_BITS = 16  # of a hash that choose its place in the bitmap: 64 KiB stay in the cache
_ROOM = 16  # places of the bitmap for each key, which takes two of them
# Odd constants of SplitMix64 (Steele, Lea, Flood 2014) and of the golden ratio: their products spread over all bits.
_FIRST, _LAST, _SALT = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x9E3779B97F4A7C15), 0x94D049BB133111EB
_FOLD = np.uint64(29)
_NOTHING = np.uint64(0)
_ALL = (1 << 64) - 1


def words_of(block: Bytes) -> Hashes:
    """Return the eight bytes from every place as one little-endian word: a view, nothing is copied."""
    return np.ndarray((max(0, len(block) - WORD + 1),), "<u8", block, strides=(1,))


def ending(words: Hashes, ends: Places, length: int, written_over: np.uint64 = _NOTHING) -> Hashes:
    """Return the hashes of the `length` bytes before each place; the block begins with eight bytes of padding.

    `written_over`: bits that are set in all bytes first.
    """
    last = words[ends - WORD] | written_over
    if length < WORD:
        return mixed(last >> np.uint64(8 * (WORD - length)), np.zeros_like(last), length)
    return mixed(last, words[ends - length] | written_over, length)


def mixed(last: Hashes, first: Hashes, salt: int) -> Hashes:
    """Mix two words; sets of different strings use different salts."""
    found = (last ^ np.uint64(salt * _SALT & _ALL)) * _LAST + first * _FIRST
    found ^= found >> _FOLD
    return found * _LAST


def hashes_of(strings: Sequence[bytes]) -> Hashes:
    """Return the hash `ending` gives each string where it stands in a block."""
    found = np.zeros(len(strings), np.uint64)
    lengths = np.array([len(string) for string in strings], np.intp)
    for length in sorted(set(lengths.tolist())):
        at = np.flatnonzero(lengths == length)
        padded = b"".join(bytes(WORD) + strings[one] for one in at.tolist()) + bytes(WORD)
        ends = np.arange(1, len(at) + 1) * (WORD + length)
        found[at] = ending(words_of(np.frombuffer(padded, np.uint8)), ends, length)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """Hashes, sorted, behind a bitmap that stops nearly all others."""

    bitmap: Flags  # at the first and at the last bits of every hash
    bits: int
    hashes: Hashes

    @classmethod
    def of(cls, hashes: Hashes) -> "KeySet":
        """Hold these hashes."""
        known = np.unique(hashes)
        bits = max(_LEAST_BITS, (_ROOM * len(known)).bit_length())
        bitmap = np.zeros(1 << bits, np.bool_)
        bitmap[_first(known, bits)] = bitmap[_last(known, bits)] = True
        return cls(bitmap, bits, known)

    def may_hold(self, hashes: Hashes) -> Flags:
        """Tell for each hash whether it may be held; one stranger in sixty may."""
        found: Flags = self.bitmap.take(_first(hashes, self.bits))
        at = np.flatnonzero(found)
        found[at] = self.bitmap.take(_last(hashes[at], self.bits))
        return found

    def holds(self, hashes: Hashes) -> Flags:
        """Tell for each hash whether it is held."""
        found = self.may_hold(hashes)
        at = np.flatnonzero(found)
        if at.size:
            place = np.searchsorted(self.hashes, hashes[at])
            found[at] = self.hashes[np.minimum(place, len(self.hashes) - 1)] == hashes[at]
        return found

    def __len__(self) -> int:
        return len(self.hashes)


def _first(hashes: Hashes, bits: int) -> Places:
    return (hashes >> np.uint64(64 - bits)).view(np.intp)


def _last(hashes: Hashes, bits: int) -> Places:
    return (hashes & np.uint64((1 << bits) - 1)).view(np.intp)
