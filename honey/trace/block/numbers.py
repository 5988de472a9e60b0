"""Phone and waybill numbers in a block: whole, broken by signs, masked. Pure.

Follows `phones.phones_in`: a number ends where a run of digits ends, and signs between runs may belong to it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from honey.trace.block.keys import Flags, KeySet, Places, ending, hashes_of
from honey.trace.block.layout import Layout, is_digit
from honey.trace.normalise import MASKS
from honey.trace.phones import MAX_PIECES, SEPARATORS

_MAX_GAP = 48  # bytes: sixteen signs of three
_LOOK_BACK = 96  # bytes before a number's end; of longer ones the line is passed on
_MASK_LOOK = 16  # bytes of a gap that are looked at for mask signs
_DIAL_OFFSETS = ((0, b""), (1, b"0"), (2, b"86"), (3, b"086"), (4, b"0086"))  # see `phones._masked`
_ENDS = re.compile(r"([0-9]{3})\*([0-9]{4}|[0-9]{2})")
_HEAD = re.compile(r"([0-9]{7})\*")
_WIDE_MASKS = [sign.encode() for sign in MASKS if not sign.isascii()]


def _table(signs: Iterable[int]) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


_ASCII_SIGNS = (SEPARATORS + "`" + "xX" + "".join(sign for sign in MASKS if sign.isascii())).encode()
_LINK_FIRST = _table([*_ASCII_SIGNS, *(sign[0] for sign in _WIDE_MASKS)])
_LINK_LAST = _table([*_ASCII_SIGNS, *(sign[-1] for sign in _WIDE_MASKS)])
_MASK = _table([*b"xX", *MASKS.encode()])
_TENS = 10 ** np.arange(6, -1, -1)


@dataclass(frozen=True, slots=True, eq=False)
class NumberTables:
    """Every number looked for: whole by its digits, masked by the digits that are left."""

    keys: KeySet
    lengths: tuple[int, ...]
    ends4: Flags  # by first three and last four digits
    ends2: Flags
    heads: Flags  # by first seven digits
    any_mask: bool  # a mask key of another form: every masked number is passed on

    @classmethod
    def of(cls, numbers: Iterable[str], masks: Iterable[str]) -> "NumberTables":
        """Take digits and `phones.mask_key`s."""
        digits = [number.encode() for number in numbers]
        ends4, ends2, heads, any_mask = np.zeros(10**7, bool), np.zeros(10**5, bool), np.zeros(10**7, bool), False
        for mask in masks:
            if found := _ENDS.fullmatch(mask):
                (ends4 if len(found[2]) > 2 else ends2)[int(found[1] + found[2])] = True
            elif found := _HEAD.fullmatch(mask):
                heads[int(found[1])] = True
            else:
                any_mask = True
        lengths = tuple(sorted({len(number) for number in digits}))
        return cls(KeySet.of(hashes_of(digits)), lengths, ends4, ends2, heads, any_mask)


def numbers_in(layout: Layout, tables: NumberTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the numbers."""
    if not tables.lengths:
        return
    for length in tables.lengths:
        ends = layout.ends[layout.lengths >= length]
        yield ends[tables.keys.holds(ending(layout.raw, ends, length))] - 1
    yield from _cut_off(layout, tables)
    linked = _linked(layout)
    if linked.size:
        yield from _broken(layout, linked, tables)
        yield from _masked(layout, linked, tables)


def _linked(layout: Layout) -> Places:
    """Return the runs that only signs separate from the run after them."""
    ends, starts = layout.ends[:-1], layout.starts[1:]
    at = np.flatnonzero(_LINK_FIRST.take(layout.raw[ends]))
    at = at[_LINK_LAST.take(layout.raw[starts[at] - 1])]
    return at[starts[at] - ends[at] <= _MAX_GAP]


def _broken(layout: Layout, linked: Places, tables: NumberTables) -> Iterator[Places]:
    follows = np.zeros(len(layout.starts), np.bool_)
    follows[linked + 1] = True
    last = linked + 1
    total, first = layout.lengths[last] + layout.lengths[linked], linked.copy()
    for _ in range(MAX_PIECES - 2):
        more = follows[first]
        if not more.any():
            break
        first = first - more
        total = total + np.where(more, layout.lengths[first], 0)
    for length in tables.lengths:
        chosen = last[(total >= length) & (layout.lengths[last] < length)]
        if chosen.size:
            yield _ending_in(layout, layout.ends[chosen], length, tables)


def _ending_in(layout: Layout, ends: Places, length: int, tables: NumberTables) -> Places:
    """Look up the last digits before each end, whatever stands between them."""
    before = layout.raw[ends[:, None] + np.arange(-min(_LOOK_BACK, ends.min()), 0)]
    digit = is_digit(before)
    from_end = digit[:, ::-1].cumsum(axis=1)[:, ::-1]
    taken = digit & (from_end <= length)
    whole = from_end[:, 0] >= length
    digits = before[whole][taken[whole]].reshape(-1, length)
    padded = np.zeros((len(digits), 8 + length), np.uint8)
    padded[:, 8:] = digits
    found = tables.keys.holds(ending(padded.reshape(-1), np.arange(1, len(digits) + 1) * (8 + length), length))
    return np.concatenate([ends[whole][found], ends[~whole]]) - 1


def _cut_off(layout: Layout, tables: NumberTables) -> Iterator[Places]:
    """Yield the ends of runs whose last digits are hidden: 1400077****."""
    ends = np.flatnonzero(layout.lengths >= 7)
    at = layout.ends[ends]
    ends = ends[_MASK.take(layout.raw[at]) & _MASK.take(layout.raw[at + 1])]
    if ends.size:
        yield layout.ends[ends[_head_held(layout, ends, tables)]] - 1


def _masked(layout: Layout, linked: Places, tables: NumberTables) -> Iterator[Places]:
    gap = layout.starts[linked + 1] - layout.ends[linked]
    masked, gap = linked[gap >= 2], gap[gap >= 2]
    inside = layout.raw[layout.ends[masked][:, None] + np.arange(_MASK_LOOK)]
    signs = (_MASK.take(inside) & (np.arange(_MASK_LOOK) < gap[:, None])).sum(axis=1)
    masked = masked[(signs >= 2) | (gap > _MASK_LOOK)]
    if not masked.size:
        return
    joined = np.zeros(len(layout.starts) + 1, np.bool_)
    joined[linked + 1] = True
    plain = ~joined[masked] & ~joined[masked + 2]
    if tables.any_mask:
        plain[:] = False
    yield layout.ends[masked[~plain]] - 1  # signs or masks on either side too: to be read with care
    masked = masked[plain]
    held = _head_held(layout, masked, tables) | _ends_held(layout, masked, tables)
    yield layout.ends[masked[held]] - 1


def _value(layout: Layout, starts: Places, width: int) -> Places:
    """Return the number that the `width` digits from each place make; anything where they are not all digits."""
    found = layout.raw[starts[:, None] + np.arange(width)].astype(np.intp) - 48
    value: Places = np.clip(found, 0, 9) @ _TENS[7 - width :]
    return value


def _heads(layout: Layout, runs: Places, least: int) -> Iterator[tuple[Places, Flags]]:
    """Yield where each run's number may begin, and whether it does: behind a country code or a zero."""
    for offset, dialled in _DIAL_OFFSETS:
        starts = layout.starts[runs]
        begins = layout.lengths[runs] - offset >= least
        for at, byte in enumerate(dialled):
            begins &= layout.raw[starts + at] == byte
        if begins.any():
            yield starts + offset, begins


def _head_held(layout: Layout, runs: Places, tables: NumberTables) -> Flags:
    held = np.zeros(len(runs), np.bool_)
    for starts, begins in _heads(layout, runs, 7):
        held |= begins & tables.heads[_value(layout, starts, 7)]
    return held


def _ends_held(layout: Layout, runs: Places, tables: NumberTables) -> Flags:
    held = np.zeros(len(runs), np.bool_)
    tail, end = layout.lengths[runs + 1], layout.ends[runs + 1]
    last4, last2 = _value(layout, end - 4, 4), _value(layout, end - 2, 2)
    for starts, begins in _heads(layout, runs, 3):
        first = _value(layout, starts, 3)
        held |= begins & (tail >= 4) & tables.ends4[first * 10_000 + last4]
        held |= begins & (tail >= 2) & (tail < 4) & tables.ends2[first * 100 + last2]
    return held
