"""The keys of a `DecoyIndex` as the C kernel looks them up: sorted hashes behind bitmaps, bits of masked numbers. Pure.

Hashes are those of kernel/text.h.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honey.trace.block import native_signs
from honey.trace.block.keys import Hashes, mixed

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Heads = npt.NDArray[np.uint32]

MAX_LENGTH = 64  # digits of a number, and different lengths: MAX_LENGTHS
_MAX_WORD = 64  # letters and digits of a waybill number
_MAX_HOUSE = 6  # digits
_ROAD_CHARS = 4
_LINK_BEFORE, _LINK_BEHIND = 3, 4  # bytes compared around a link's dot
_HOUSE_SALT, _TAIL_SALT, _PAIR_SALT, _MAIL_SALT, _LINK_SALT = 1000, 1001, 1002, 2000, 2001
_WORD = 8
_LEAST_BITS = 16  # of a bitmap: 8 KiB
_ROOM = 16  # bits of the bitmap for each key, at least: one stranger in 60 is looked up among the hashes
_BEGINNING, _BEGINNING_BITS, _FACTOR = 5, 16, 0x9E3779B97F4A7C15
_PLACES = (10, 16, 22)  # bits of a hash that choose the bits of a word
_ENDS = re.compile(r"([0-9]{3})\*([0-9]{4}|[0-9]{2})")
_HEAD = re.compile(r"([0-9]{7})\*")
_LOWER, _UPPER = bytes(byte | 0x20 for byte in range(256)), bytes(byte & 0xDF for byte in range(256))


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Hashes, sorted; where those with the same first bits begin; words with three bits set for each."""

    bits: Words
    heads: Heads
    hashes: Hashes
    bits_shift: int
    heads_shift: int

    @classmethod
    def of(cls, hashes: Hashes) -> "Keys":
        """Hold these hashes."""
        known = np.unique(hashes)
        word_bits = max(_LEAST_BITS, (_ROOM * len(known)).bit_length()) - 6
        bits = np.zeros(1 << word_bits, np.uint64)
        for shift in _PLACES:
            bit = np.uint64(1) << (known >> np.uint64(shift) & np.uint64(63))
            np.bitwise_or.at(bits, known >> np.uint64(64 - word_bits), bit)
        head_bits = max(1, len(known).bit_length())
        firsts = known >> np.uint64(64 - head_bits)
        heads = np.searchsorted(firsts, np.arange((1 << head_bits) + 1, dtype=np.uint64)).astype(np.uint32)
        return cls(bits, heads, known, 64 - word_bits, 64 - head_bits)

    @property
    def arrays(self) -> tuple[Words, Heads, Hashes]:
        """What the kernel points into, in its order."""
        return self.bits, self.heads, self.hashes


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """All that is looked for, as it stands in a `DecoyIndex`."""

    numbers: frozenset[str]  # national phone numbers, digits of waybill numbers
    masks: frozenset[str]  # `phones.mask_key`
    anchors: Collection[str]  # `AddressKey.anchor`
    mailboxes: frozenset[str]  # in lower case
    links: tuple[str, ...]  # domains as they stand in a text
    words: frozenset[str] = frozenset()  # waybill numbers in capitals
    pairs: frozenset[str] = frozenset()  # "12 example", "example 12"

    @property
    def fits(self) -> bool:
        """Whether the kernel has room for all of it."""
        lengths = {len(number) for number in self.numbers}
        longest_word = max(map(len, self.words), default=0)
        return (
            max(lengths, default=0) <= MAX_LENGTH
            and longest_word < _MAX_WORD
            and all("." in link for link in self.links)
        )


def hashes(strings: Sequence[bytes]) -> Hashes:
    """Return the hash of each string: its first and last eight bytes, and its length."""
    lengths = np.fromiter(map(len, strings), np.intp, len(strings))
    found = np.zeros(len(strings), np.uint64)
    for length in np.unique(lengths).tolist():
        at = np.flatnonzero(lengths == length)
        alike = [strings[place] for place in at.tolist()]
        padded = b"".join(alike if length >= _WORD else [one.rjust(_WORD, b"\0") for one in alike])
        rows = np.frombuffer(padded, np.uint8).reshape(len(at), -1)
        last, first = _words(rows[:, -_WORD:]), _words(rows[:, :_WORD])
        if length < _WORD:
            last, first = last >> np.uint64(8 * (_WORD - length)), np.zeros_like(last)
        found[at] = mixed(last, first, length)
    return found


def _words(rows: Bytes) -> Hashes:
    found: Hashes = np.ascontiguousarray(rows).view("<u8").reshape(-1)
    return found


def word(digits: str) -> int:
    """Return a house number as the kernel packs it."""
    return int.from_bytes(digits[:_MAX_HOUSE].encode(), "little")


def alone(values: Iterable[int], salt: int) -> Hashes:
    """Return the hashes of words without company."""
    words = np.array(list(values), np.uint64)
    return mixed(words, np.zeros_like(words), salt)


def beginnings(numbers: Iterable[str]) -> Words:
    """Return a bit for the first digits of every number that is long enough."""
    firsts = {number[:_BEGINNING].encode() for number in numbers if len(number) >= _WORD}
    words = np.array([int.from_bytes(first, "little") for first in firsts], np.uint64)
    flags = np.zeros(1 << _BEGINNING_BITS, np.bool_)
    flags[(words << np.uint64(64 - 8 * _BEGINNING)) * np.uint64(_FACTOR) >> np.uint64(64 - _BEGINNING_BITS)] = True
    return _packed(flags).view("<u8")


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """Bits of the digits that a mask leaves."""

    firsts: Bytes
    ends4: Bytes
    ends2: Bytes
    heads7: Bytes
    any_mask: bool  # a key of another form: every masked number is passed on

    @classmethod
    def of(cls, masks: Iterable[str]) -> "Masks":
        """Take `phones.mask_key`s."""
        firsts, ends4, ends2, heads7 = (np.zeros(size, np.bool_) for size in (1000, 10**7, 10**5, 10**7))
        any_mask = False
        for mask in masks:
            if found := _ENDS.fullmatch(mask):
                (ends4 if len(found[2]) > 2 else ends2)[int(found[1] + found[2])] = True
            elif found := _HEAD.fullmatch(mask):
                heads7[int(found[1])] = True
            else:
                any_mask = True
                continue
            firsts[int(mask[:3])] = True
        return cls(_packed(firsts), _packed(ends4), _packed(ends2), _packed(heads7), any_mask)


def _packed(flags: npt.NDArray[np.bool_]) -> Bytes:
    return np.packbits(flags, bitorder="little")


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Roads by their last characters, alone and with house numbers."""

    houses: Keys
    tails: Keys
    numbers: Keys
    widths: int  # bit n: n characters are compared of some
    lasts: frozenset[str]

    @classmethod
    def of(cls, anchors: Iterable[str]) -> "Roads":
        """Take `AddressKey.anchor`s."""
        split = ((anchor.rstrip("0123456789"), anchor) for anchor in anchors)
        parts = [(road[-_ROAD_CHARS:], anchor[len(road) :]) for road, anchor in split if road]
        widths = sum(1 << width for width in {len(road) for road, _ in parts})
        names = np.array([_name(road) for road, _ in parts], np.uint64)
        numbers = np.array([word(number) for _, number in parts], np.uint64)
        short = np.array([len(number) <= _MAX_HOUSE for _, number in parts], np.bool_)
        return cls(
            Keys.of(mixed(numbers[short], names[short], _HOUSE_SALT)), Keys.of(alone(names.tolist(), _TAIL_SALT)),
            Keys.of(alone(numbers[short].tolist(), _HOUSE_SALT)), widths, frozenset(road[-1] for road, _ in parts),
        )  # fmt: skip


def _name(tail: str) -> int:
    codes = native_signs.folded()
    found = 0
    for character in reversed(tail):
        found = found << 16 | (int(codes[ord(character)]) if ord(character) < native_signs.PLANE else 0)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Mail:
    """Mailboxes with their domains, and the domains of links around their dots."""

    boxes: Keys
    domains: Keys
    wide: bool  # letters beyond ASCII before an at-sign
    links: Keys
    link_before: int
    link_behind: int

    @classmethod
    def of(cls, mailboxes: Iterable[str], links: Iterable[str]) -> "Mail":
        """Take mailboxes in lower case, and domains as they are looked for."""
        parts = [mailbox.encode("utf-8", "replace").rpartition(b"@") for mailbox in mailboxes]
        domains = hashes([domain.translate(_LOWER) for _, _, domain in parts])
        boxes = mixed(hashes([local.translate(_LOWER) for local, _, _ in parts]), domains, _MAIL_SALT)
        around = [link.encode("utf-8", "replace").partition(b".") for link in links]
        before = min([_LINK_BEFORE, *(len(left) for left, _, _ in around)])
        behind = min([_LINK_BEHIND, *(len(right) for _, _, right in around)])
        compared = [left[len(left) - before :] + b"." + right[:behind] for left, _, right in around]
        return cls(
            Keys.of(boxes), Keys.of(domains), not all(local.isascii() for local, _, _ in parts),
            Keys.of(alone((int.from_bytes(one, "little") for one in compared), _LINK_SALT)), before, behind,
        )  # fmt: skip


def word_keys(words: Iterable[str]) -> Keys:
    """Take waybill numbers in capitals."""
    return Keys.of(hashes([one.encode().translate(_UPPER) for one in words]))


def pair_keys(pairs: Iterable[str]) -> tuple[Keys, Keys]:
    """Take a number and a word in either order; return them together, and the numbers alone."""
    found, numbers = [np.zeros(0, np.uint64)], list[int]()
    for number_first in (True, False):
        split = [pair.split() for pair in pairs if pair[:1].isdigit() == number_first]
        ours = [word(one[0] if number_first else one[-1]) for one in split]
        names = hashes([(one[-1] if number_first else one[0]).encode() for one in split])
        found.append(mixed(np.array(ours, np.uint64), names, _PAIR_SALT + (not number_first)))
        numbers += ours
    return Keys.of(np.concatenate(found)), Keys.of(alone(numbers, _HOUSE_SALT))
