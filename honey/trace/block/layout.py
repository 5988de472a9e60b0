"""One block of bytes with what every search of it starts from: where its runs of digits begin and end. Values only."""

from dataclasses import dataclass

import numpy as np

from honey.trace.block.keys import Bytes, Flags, Places

PAD = 320  # bytes of line ends before and after, so that no look around a place leaves the block
_PADDING = b"\n" * PAD


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A padded block; all places count from the beginning of the padding."""

    raw: Bytes
    digit: Flags
    starts: Places  # of the runs of ASCII digits
    ends: Places  # behind their last digits
    lengths: Places

    @classmethod
    def of(cls, block: bytes) -> "Layout":
        """Find the runs of digits."""
        padded = np.frombuffer(b"".join((_PADDING, block, _PADDING)), np.uint8)
        digit = is_digit(padded)
        edges = np.flatnonzero(digit[1:] ^ digit[:-1]) + 1
        starts, ends = edges[0::2], edges[1::2]
        return cls(padded, digit, starts, ends, ends - starts)

    def lines(self, places: Places) -> Places:
        """Return the lines, from 0, that the places stand in: each once, in order."""
        if not places.size:
            return places
        return np.unique(np.searchsorted(np.flatnonzero(self.raw == 10), places) - PAD)


def is_digit(found: Bytes) -> Flags:
    """Tell ASCII digits from all other bytes."""
    return (found - np.uint8(48)) < np.uint8(10)
