"""Small numbers for texts, and look-ups from a text to the decoys that carry it; small for a million of them.

A decoy's place is its position in the index, from 0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int32]  # one code for each decoy, or for each of the places in question
Flags = npt.NDArray[np.bool_]
K = TypeVar("K")
Positions = npt.NDArray[np.intp]  # in a column
NOWHERE: Column = np.zeros(0, np.int32)
_PLACE_BITS = 31
_MOST = 1 << 40  # joint codes: beyond they are numbered anew
_HEAD = 2  # first characters by which a phrase is looked for


class Codes(dict[K, int], Generic[K]):
    """Numbers each new key in turn; the key given at first, which stands for none, is 0."""

    def __init__(self, none: K) -> None:
        super().__init__({none: 0})

    def __missing__(self, key: K) -> int:
        code = self[key] = len(self)
        return code


class Single:
    """Texts that hardly two decoys share."""

    def __init__(self) -> None:
        self._held: dict[str, int | list[int]] = {}

    def add(self, text: str, place: int) -> None:
        """Let `text` lead to one more decoy."""
        held = self._held.setdefault(text, place)
        if isinstance(held, list):
            held.append(place)
        elif held != place:
            self._held[text] = [held, place]

    def places(self, text: str) -> Sequence[int]:
        """Return the decoys that carry it, ascending."""
        held = self._held.get(text, ())
        return (held,) if isinstance(held, int) else held

    def __contains__(self, text: str) -> bool:
        return text in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class Shared:
    """Texts that many decoys share: the places of each lie side by side, ascending."""

    def __init__(self, codes: Mapping[str, int], code_at: Column, places: Column) -> None:
        """Take the code of each text, above 0, and (code, place) pairs as two columns."""
        pairs = np.sort(code_at.astype(np.int64) << _PLACE_BITS | places)
        highest = max(codes.values(), default=0)
        self._codes = codes
        self._places = (pairs & ((1 << _PLACE_BITS) - 1)).astype(np.int32)
        self._bounds = np.searchsorted(pairs, np.arange(highest + 2) << _PLACE_BITS).tolist()

    @classmethod
    def of(cls, codes: Mapping[str, int], *columns: Column) -> "Shared":
        """Take columns with one code for each decoy, 0 where it has none."""
        places = [np.flatnonzero(column).astype(np.int32) for column in columns]
        code_at = [column[held] for column, held in zip(columns, places, strict=True)]
        return cls(codes, np.concatenate(code_at), np.concatenate(places))

    def places(self, text: str) -> Column:
        """Return the decoys that carry it, ascending."""
        code = self._codes.get(text, 0)
        return self._places[self._bounds[code] : self._bounds[code + 1]] if code else NOWHERE

    def __contains__(self, text: str) -> bool:
        return bool(self._codes.get(text, 0))

    def __iter__(self) -> Iterator[str]:
        return (text for text, code in self._codes.items() if code)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Phrases:
    """Finds which of many phrases stand anywhere in a text."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """`phrases` are asked again at each search: a live view of them will do."""
        lengths: dict[str, set[int]] = {}
        for phrase in phrases:
            lengths.setdefault(phrase[:_HEAD], set()).add(len(phrase))
        self._lengths = {head: tuple(found) for head, found in lengths.items()}
        self._short = any(len(head) < _HEAD for head in lengths)

    def within(self, text: str) -> Iterator[str]:
        """Yield every piece of the text that begins and is as long as a phrase."""
        get = self._lengths.get
        for at in range(len(text)):
            for length in get(text[at : at + _HEAD], ()):
                yield text[at : at + length]
            if self._short and text[at] in self._lengths:
                yield text[at]


class Partition:
    """Positions, all alike at first, told apart reading by reading."""

    def __init__(self, count: int) -> None:
        self._codes = np.zeros(count, np.int64)
        self._most = 1  # codes are below it

    def by(self, reading: Column | Flags, most: int = 1) -> None:
        """Tell all positions apart by a reading from 0 to `most`."""
        self._codes += reading * np.int64(self._room_for(most))

    def among(self, positions: Positions, reading: Column, most: int) -> None:
        """Tell some positions apart, from each other and from the rest, by a reading from 0 to `most`."""
        if len(positions):
            self._codes[positions] += (reading + np.int64(1)) * self._room_for(most + 1)

    def _room_for(self, most: int) -> int:
        if self._most * (most + 1) > _MOST:
            _, self._codes = np.unique(self._codes, return_inverse=True)
            self._most = len(self._codes)
        factor = self._most
        self._most *= most + 1
        return factor

    def classes(self, alone: Positions) -> list[Positions]:
        """Return the positions that are alike, those of `alone` each for itself."""
        self._codes[alone] = -1 - np.arange(len(alone))
        usual = self._codes[len(self._codes) // 2]  # most of them, as a rule, and these need no sorting
        special = np.flatnonzero(self._codes != usual)
        order = special[np.argsort(self._codes[special], kind="stable")]
        ends = np.flatnonzero(np.diff(self._codes[order])) + 1
        found = [order[start:end] for start, end in pairwise([0, *ends.tolist(), len(order)]) if end > start]
        return [*found, np.flatnonzero(self._codes == usual)]


def places_among(wanted: Iterable[int], places: Column) -> Positions:
    """Return the positions in `places` at which a wanted decoy stands."""
    found = list(wanted)
    if not found:
        return np.zeros(0, np.intp)
    if len(found) == 1:
        return np.flatnonzero(places == found[0])
    return np.flatnonzero(np.isin(places, np.array(found, np.int32)))
