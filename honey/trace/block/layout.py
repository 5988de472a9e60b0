"""One block of bytes with what every search of it starts from: its runs of digits and its pairs of bytes. Values only.

What only few places of a text show, two bytes tell: one look-up for each place finds all that `Pair` names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from honey.trace.block.keys import Bytes, Flags, Hashes, Places, words_of

PAD = 320  # bytes of line ends before and after, so that no look around a place leaves the block
_PADDING = b"\n" * PAD


class Pair(IntEnum):
    """What two bytes in a row may be; one bit each."""

    ODD = 1  # beginning of a full-width, circled or mathematical sign or of an escape
    LETTER = 2  # a letter that stands for a digit beside what belongs to a number
    NUMERAL = 4  # the last two bytes of a Chinese digit
    ROAD = 8  # the last two bytes of a character that a road ends in
    SIGN = 16  # a digit, and a sign or mask that may belong to its number
    DOMAIN = 32  # a sign and the letter behind it: the at-sign of a mailbox, the last dot in a link's domain
    ALIKE = 64  # the first byte is a digit, a letter that looks like one, a sign or a mask
    EDGE = 128  # a digit and something else, in either order


_MARKS = np.uint8(0xFF & ~(Pair.SIGN | Pair.ALIKE | Pair.EDGE))  # of the others there are too many


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """The bits of `Pair` for all 65,536 pairs of bytes."""

    kinds: Bytes

    @classmethod
    def of(cls, pairs: Iterable[tuple[Pair, Iterable[int], Iterable[int]]]) -> "PairTable":
        """Take what each pair of a first and a second byte is."""
        kinds = np.zeros((256, 256), np.uint8)  # the second byte first: pairs are read as little-endian numbers
        digit = is_digit(np.arange(256, dtype=np.uint8))
        kinds[digit[:, None] ^ digit] = Pair.EDGE
        for kind, firsts, seconds in pairs:
            kinds[np.ix_(list(seconds), list(firsts))] |= np.uint8(kind)
        return cls(kinds.reshape(-1))


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A padded block; all places count from the beginning of the padding."""

    raw: Bytes
    words: Hashes  # the eight bytes from each place
    kinds: Bytes  # `Pair` of each place and the next
    marked: Places  # where a pair is anything else than SIGN, ALIKE and EDGE
    marks: Bytes  # and what it is
    starts: Places  # of the runs of ASCII digits
    ends: Places  # behind their last digits
    lengths: Places

    @classmethod
    def of(cls, block: bytes, pairs: PairTable) -> "Layout":
        """Find the runs of digits and look up all pairs."""
        padded = np.frombuffer(b"".join((_PADDING, block, _PADDING)), np.uint8)
        kinds = pairs.kinds.take(np.ndarray((len(padded) - 1,), "<u2", padded, strides=(1,)))
        marked = np.flatnonzero((kinds & _MARKS) != 0)
        edges = np.flatnonzero(kinds >= np.uint8(Pair.EDGE)) + 1
        starts, ends = edges[0::2].copy(), edges[1::2].copy()  # in one piece each: half the time of every look-up
        return cls(padded, words_of(padded), kinds, marked, kinds.take(marked), starts, ends, ends - starts)

    def are(self, kinds: int) -> Places:
        """Return the places where a pair of one of these kinds begins, other than SIGN, ALIKE and EDGE."""
        found: Places = self.marked[(self.marks & np.uint8(kinds)) != 0]
        return found

    def lines(self, places: Places) -> Places:
        """Return the lines, from 0, that the places stand in: each once, in order."""
        if not places.size:
            return places
        return np.unique(np.searchsorted(np.flatnonzero(self.raw == 10), places) - PAD)


def is_digit(found: Bytes) -> Flags:
    """Tell ASCII digits from all other bytes."""
    return (found - np.uint8(48)) < np.uint8(10)
