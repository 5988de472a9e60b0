"""Phone and waybill numbers in a block: whole, broken by signs, masked. Pure.

Follows `phones.phones_in`: a number ends where a run of digits ends, and signs between runs may belong to it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from honey.trace.block.keys import WORD, Flags, Hashes, KeySet, Places, ending, hashes_of, mixed, words_of
from honey.trace.block.layout import Layout, Pair, is_digit
from honey.trace.normalise import MASKS
from honey.trace.phones import SEPARATORS

_MAX_GAP = 48  # bytes: sixteen signs of three
_LOOK_BACK = 96  # bytes before a number's end; of longer ones the line is passed on
_HEAD, _HEAD_DIGITS = 3, 7  # digits before a mask that are compared; without any behind it
_BEFORE_MASK = 6  # bytes of separators that may stand before a mask at a number's end: two
_MASK_LOOK = 16  # bytes of a gap that are looked at for mask signs
_DIALLED = (b"", b"0", b"86", b"086", b"0086")  # see `phones._masked`
_STAR = ord("*")
_SHOWN = re.compile(rb"[0-9]{3}\*(?:[0-9]{4}|[0-9]{2})|[0-9]{7}\*")
_WIDE_SIGNS = [sign.encode() for sign in [*MASKS, "\u3000", "\u00a0"] if not sign.isascii()]


def _table(signs: Iterable[int]) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


_ASCII_SIGNS = (SEPARATORS + "`" + "xX" + "".join(sign for sign in MASKS if sign.isascii())).encode()
_SEPARATOR = _table((SEPARATORS + "\u3000\u00a0").encode())
_LINK = _table([*_ASCII_SIGNS, *b"".join(_WIDE_SIGNS)])
_LINK_LAST = _table([*_ASCII_SIGNS, *(sign[-1] for sign in _WIDE_SIGNS)])
_MASK = _table([*b"xX", *MASKS.encode()])
PAIRS = ((Pair.SIGN, range(48, 58), [*_ASCII_SIGNS, *(sign[0] for sign in _WIDE_SIGNS)]),)
_LAST_BYTES = np.array([((1 << 64) - 1) << 8 * (WORD - count) & (1 << 64) - 1 for count in range(WORD + 1)], np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class NumberTables:
    """Every number looked for: whole by its digits, masked by the digits that are left."""

    keys: KeySet
    lengths: tuple[int, ...]
    tails: KeySet  # the last digits of every number, which most strangers do not share
    tail_digits: int
    masks: KeySet  # `140*1234`, `140*34` and `1400077*`, eight bytes at most
    any_mask: bool  # a mask key of another form: every masked number is passed on

    @classmethod
    def of(cls, numbers: Iterable[str], masks: Iterable[str]) -> "NumberTables":
        """Take digits and `phones.mask_key`s."""
        digits = [number.encode() for number in numbers]
        shown = [mask.encode() for mask in masks]
        lengths = tuple(sorted({len(number) for number in digits}))
        width = min([WORD, *lengths])
        tails = np.array([int.from_bytes(tail, "little") for tail in {one[-width:] for one in digits}], np.uint64)
        read = np.array([int.from_bytes(mask, "little") for mask in shown if _SHOWN.fullmatch(mask)], np.uint64)
        return cls(
            KeySet.of(hashes_of(digits)), lengths, KeySet.of(mixed(tails, tails, 0)), width,
            KeySet.of(mixed(read, read, 0)), len(read) < len(shown),
        )  # fmt: skip


def numbers_in(layout: Layout, tables: NumberTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the numbers."""
    if not tables.lengths:
        return
    long = np.flatnonzero(layout.lengths >= tables.lengths[0])
    long = long[_tail_held(layout.words[layout.ends[long] - WORD], tables)]
    for length in tables.lengths:
        ends = layout.ends[long[layout.lengths[long] >= length]]
        if ends.size:
            yield ends[tables.keys.holds(ending(layout.words, ends, length))] - 1
    signed = np.flatnonzero((layout.kinds.take(layout.ends - 1) & np.uint8(Pair.SIGN)) != 0)
    linked = _linked(layout, signed)
    yield from _cut_off(layout, signed, linked, tables)
    if linked.size:
        yield from _broken(layout, linked, tables)
        yield from _masked(layout, linked, tables)


def _tail_held(words: Hashes, tables: NumberTables) -> Flags:
    """Look up the last digits, which the words end in."""
    tails = words >> np.uint64(8 * (WORD - tables.tail_digits))
    return tables.tails.may_hold(mixed(tails, tails, 0))


def _linked(layout: Layout, signed: Places) -> Places:
    """Return the runs that only signs separate from the run after them."""
    at = signed[:-1] if signed.size and signed[-1] == len(layout.starts) - 1 else signed
    a, ends, starts = layout.raw, layout.ends[at], layout.starts[at + 1]
    gap = starts - ends
    linked = _LINK_LAST.take(a.take(starts - 1)) & (gap <= _MAX_GAP)
    long = np.flatnonzero(linked & (gap > 2))
    linked[long] = _LINK.take(a.take(ends[long] + 1))  # most others show at their second byte
    long = long[linked[long]]
    if long.size:
        look = np.arange(gap[long].max())
        signs = _LINK.take(a.take(ends[long][:, None] + look)) | (look >= gap[long][:, None])
        linked[long] = np.logical_and.reduce(signs, axis=1)
    return at[linked]


def _broken(layout: Layout, linked: Places, tables: NumberTables) -> Iterator[Places]:
    """Join the runs that signs separate, and look up what they end in."""
    begins = np.flatnonzero(linked[1:] - linked[:-1] > 1) + 1  # of chains of links
    begins, ends = np.append(0, begins), np.append(begins, len(linked))
    digits = np.add.reduceat(layout.lengths[linked], begins) + layout.lengths[linked[ends - 1] + 1]
    enough = digits >= tables.lengths[0]
    if enough.any():
        links = linked[np.repeat(enough, ends - begins)]
        last = links[_digits_through(layout, links) >= tables.lengths[0]] + 1
        last = last[layout.lengths[last] < tables.lengths[-1]]
        follows = np.zeros(len(layout.starts), np.bool_)
        follows[linked + 1] = True
        ends = layout.ends[last[_tail_held(_joined_tails(layout, last, follows), tables)]]
        for length in tables.lengths if ends.size else ():
            yield _ending_in(layout, ends, length, tables)


def _joined_tails(layout: Layout, last: Places, follows: Flags) -> Hashes:
    """Return the last eight digits of each chain of runs as one word."""
    tails, have = np.zeros(len(last), np.uint64), np.zeros(len(last), np.uint64)
    open_, runs = np.arange(len(last)), last
    while open_.size:
        lengths = np.minimum(layout.lengths[runs], WORD)
        digits = layout.words[layout.ends[runs] - WORD] & _LAST_BYTES[lengths]
        tails[open_] |= digits >> (have[open_] * np.uint64(8))
        have[open_] += lengths.astype(np.uint64)
        goes_on = follows[runs] & (have[open_] < WORD)
        open_, runs = open_[goes_on], runs[goes_on] - 1
    return tails


def _ending_in(layout: Layout, ends: Places, length: int, tables: NumberTables) -> Places:
    """Look up the last digits before each end, whatever stands between them."""
    before = layout.raw[ends[:, None] + np.arange(-min(_LOOK_BACK, ends.min()), 0)]
    digit = is_digit(before)
    from_end = digit[:, ::-1].cumsum(axis=1)[:, ::-1]
    taken = digit & (from_end <= length)
    whole = from_end[:, 0] >= length
    digits = before[whole][taken[whole]].reshape(-1, length)
    padded = np.zeros((len(digits), WORD + length), np.uint8)
    padded[:, WORD:] = digits
    rows = np.arange(1, len(digits) + 1) * (WORD + length)
    found = tables.keys.holds(ending(words_of(padded.reshape(-1)), rows, length))
    return np.concatenate([ends[whole][found], ends[~whole]]) - 1


def _cut_off(layout: Layout, signed: Places, linked: Places, tables: NumberTables) -> Iterator[Places]:
    """Yield the ends of runs whose last digits are hidden: 1400077****, 140-0077-****."""
    alone = np.zeros(len(layout.starts), np.bool_)
    alone[signed] = True
    alone[linked] = False
    runs = np.flatnonzero(alone)
    a, at = layout.raw, layout.ends[runs]
    for _ in range(_BEFORE_MASK):
        at = at + _SEPARATOR.take(a.take(at))
    runs = runs[_MASK.take(a.take(at)) & _MASK.take(a.take(at + 1))]
    if not runs.size:
        return
    whole = runs[layout.lengths[runs] >= _HEAD_DIGITS]
    yield layout.ends[_shown(layout, whole, _HEAD_DIGITS, np.zeros(len(whole), np.uint64), tables)] - 1
    if linked.size:
        at = np.minimum(np.searchsorted(linked, runs - 1), len(linked) - 1)
        at = at[linked[at] == runs - 1]
        yield layout.ends[linked[at[_digits_through(layout, linked)[at] >= _HEAD_DIGITS]] + 1] - 1


def _digits_through(layout: Layout, linked: Places) -> Places:
    """Return how many digits each chain has from its beginning to the run behind each of its links."""
    lengths = layout.lengths[linked]
    before = lengths.cumsum() - lengths
    begins = np.append(True, linked[1:] - linked[:-1] > 1)
    found: Places = before - np.maximum.accumulate(np.where(begins, before, 0)) + lengths + layout.lengths[linked + 1]
    return found


def _masked(layout: Layout, linked: Places, tables: NumberTables) -> Iterator[Places]:
    """Yield the ends of runs that masks separate from the next: 140****1234."""
    masked = linked[layout.starts[linked + 1] - layout.ends[linked] >= 2]
    if not masked.size:
        return
    joined = np.zeros(len(layout.starts) + 1, np.bool_)
    joined[linked + 1] = True
    chained = joined[masked] | joined[masked + 2] | tables.any_mask
    if chained.any():  # signs or masks on either side too: to be read with care
        yield layout.ends[_with_masks(layout, masked[chained])] - 1
        masked = masked[~chained]
    yield layout.ends[_shown(layout, masked, _HEAD_DIGITS, np.zeros(len(masked), np.uint64), tables)] - 1
    behind = layout.lengths[masked + 1]
    for digits, chosen in ((4, behind >= 4), (2, (behind == 2) | (behind == 3))):
        runs = masked[chosen]
        last = layout.words[layout.ends[runs + 1] - WORD] >> np.uint64(8 * (WORD - digits))
        yield layout.ends[_shown(layout, runs, _HEAD, last << np.uint64(8 * (_HEAD + 1)), tables)] - 1


def _with_masks(layout: Layout, runs: Places) -> Places:
    """Return the runs behind which two masks stand, or too many signs to see."""
    gap = layout.starts[runs + 1] - layout.ends[runs]
    inside = _MASK.take(layout.raw[layout.ends[runs][:, None] + np.arange(_MASK_LOOK)])
    signs = np.add.reduce(inside & (np.arange(_MASK_LOOK) < gap[:, None]), axis=1)
    found: Places = runs[(signs >= 2) | (gap > _MASK_LOOK)]
    return found


def _shown(layout: Layout, runs: Places, digits: int, behind: Hashes, tables: NumberTables) -> Places:
    """Return the runs whose first digits, with those behind the mask, are left of one of the numbers."""
    kept, sign = np.uint64((1 << 8 * digits) - 1), np.uint64(_STAR << 8 * digits)
    found = np.zeros(len(runs), np.bool_)
    for dialled in _DIALLED:
        at = np.flatnonzero(layout.lengths[runs] >= digits + len(dialled))
        starts = layout.starts[runs[at]]
        for offset, digit in enumerate(dialled):
            begins = layout.raw.take(starts + offset) == digit
            at, starts = at[begins], starts[begins]
        if at.size:
            words = layout.words[starts + len(dialled)] & kept | sign | behind[at]
            found[at] |= tables.masks.holds(mixed(words, words, 0))
    return runs[found]
