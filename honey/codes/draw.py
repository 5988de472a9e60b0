"""Codewords: secret keyed draws that a single account's word can be had from again, alone and with the key only.

The draws are SHAKE-256 output, so no library's generator has to stay the same for a verdict to be re-checked years
later. An innocent account's word is then a fresh draw whatever was observed, which is all the accusation rule needs.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from honey.derive import digest

Words = NDArray[np.uint64]  # (accounts, words): position i is bit i % 64 of word i // 64
Subsets = NDArray[np.uint16]  # (accounts, size): distinct numbers of the pool, ascending

BIAS_STEPS = 256  # a bias is a whole number of these, so that a byte decides a bit without rounding
PAIR_STEPS = (
    104  # best of 0.30..0.50 for the second colluder found when a tenth of the rows is lost (benchmarks/codes.py)
)
_WORD_BITS = 64
_BLOCK_BYTES = 1 << 25  # random bytes held at once
_MOST_NUMBERS = 1 << 16


@dataclass(frozen=True, slots=True)
class BernoulliCode:
    """Positions in runs: `lengths[r]` positions that each account holds with probability `steps[r]` / BIAS_STEPS."""

    steps: tuple[int, ...]
    lengths: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse a code with a position that says nothing."""
        if len(self.steps) != len(self.lengths) or not self.steps or min(self.lengths) < 1:
            raise ValueError("a code needs one bias for each run of at least one position")
        if not all(0 < step < BIAS_STEPS for step in self.steps):
            raise ValueError(f"a bias lies strictly between 0 and {BIAS_STEPS} steps")

    @property
    def length(self) -> int:
        """Positions in all."""
        return sum(self.lengths)

    @property
    def words(self) -> int:
        """64-bit words of a packed codeword."""
        return -(-self.length // _WORD_BITS)

    @property
    def biases(self) -> NDArray[np.float64]:
        """The exact probability that a position of each run is held."""
        return np.array(self.steps, np.float64) / BIAS_STEPS

    @property
    def run_of(self) -> NDArray[np.intp]:
        """The run each position belongs to."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


@dataclass(frozen=True, slots=True)
class SubsetCode:
    """Exactly `size` of `numbers` numbers for each account, every such set being equally likely."""

    numbers: int
    size: int

    def __post_init__(self) -> None:
        """Refuse an impossible draw."""
        if not 0 < self.size <= self.numbers <= _MOST_NUMBERS:
            raise ValueError(f"draw between 1 and all of at most {_MOST_NUMBERS} numbers")


def code_for(colluders: int, length: int) -> BernoulliCode:
    """Return the Bernoulli code of `length` positions meant for coalitions of this size.

    Beyond two colluders, Nuida et al. (2009): nodes of the Legendre polynomial of degree ceil(colluders / 2),
    weighted by (p (1 - p))^-3/2 / P'(2p - 1)^2, a discrete form of the arcsine law. Up to two that is an even chance;
    PAIR_STEPS is a little less, because lost rows make a held position the noisier one.
    """
    if colluders < 1 or length < 1:
        raise ValueError("a code is for at least one colluder and one position")
    if colluders <= 2:
        return BernoulliCode((PAIR_STEPS,), (length,))
    nodes, weights = np.polynomial.legendre.leggauss(-(-colluders // 2))
    biases = (1 + nodes) / 2
    shares = weights / np.sqrt(biases * (1 - biases))  # leggauss weights already are 2 / ((1 - x^2) P'(x)^2)
    edges = np.rint(np.cumsum(shares / shares.sum()) * length).astype(int)
    lengths = np.diff(edges, prepend=0)
    kept = [at for at in range(len(biases)) if lengths[at] > 0]
    steps = np.clip(np.rint(biases * BIAS_STEPS), 1, BIAS_STEPS - 1).astype(int)
    return BernoulliCode(tuple(int(steps[at]) for at in kept), tuple(int(lengths[at]) for at in kept))


def keyed_words(code: BernoulliCode, key: bytes, epoch: int, accounts: Sequence[str]) -> Words:
    """Return the packed codewords of these accounts; a word depends on the key, the epoch and its account alone."""
    blocks = []
    for block in _blocks(len(accounts), code.length):
        drawn = b"".join(_bytes(key, "code word", epoch, accounts[at], code.length) for at in block)
        blocks.append(_pack(code, np.frombuffer(drawn, np.uint8).reshape(len(block), code.length)))
    return np.concatenate(blocks) if blocks else np.zeros((0, code.words), np.uint64)


def random_words(code: BernoulliCode, rng: np.random.Generator, accounts: int) -> Words:
    """Return as many packed codewords from a generator: for simulations, where nothing is secret."""
    blocks = [
        _pack(code, rng.integers(0, BIAS_STEPS, (len(block), code.length), np.uint8))
        for block in _blocks(accounts, code.length)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, code.words), np.uint64)


def keyed_subsets(code: SubsetCode, key: bytes, epoch: int, accounts: Sequence[str]) -> Subsets:
    """Return the numbers of these accounts; a set depends on the key, the epoch and its account alone."""
    blocks = []
    for block in _blocks(len(accounts), 8 * code.size + 2 * code.numbers):
        drawn = b"".join(_bytes(key, "code subset", epoch, accounts[at], 8 * code.size) for at in block)
        blocks.append(_shuffle(code, np.frombuffer(drawn, "<u8").reshape(len(block), code.size)))
    return np.concatenate(blocks) if blocks else np.zeros((0, code.size), np.uint16)


def random_subsets(code: SubsetCode, rng: np.random.Generator, accounts: int) -> Subsets:
    """Return as many sets of numbers from a generator: for simulations."""
    blocks = [
        _shuffle(code, rng.integers(0, 1 << 64, (len(block), code.size), np.uint64))
        for block in _blocks(accounts, 8 * code.size + 2 * code.numbers)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, code.size), np.uint16)


def pack_bits(bits: NDArray[np.bool_]) -> Words:
    """Pack (rows, positions) bits into (rows, words)."""
    rows, length = bits.shape
    packed = np.zeros((rows, -(-length // _WORD_BITS) * (_WORD_BITS // 8)), np.uint8)
    packed[:, : -(-length // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return packed.view("<u8").astype(np.uint64, copy=False)


def unpack_bits(words: Words, length: int) -> NDArray[np.bool_]:
    """Return the (rows, length) bits of packed rows."""
    as_bytes = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(as_bytes, axis=1, count=length, bitorder="little").astype(np.bool_)


def _pack(code: BernoulliCode, drawn: NDArray[np.uint8]) -> Words:
    thresholds = np.repeat(np.array(code.steps, np.uint8), code.lengths)
    return pack_bits(drawn < thresholds)


def _shuffle(code: SubsetCode, drawn: NDArray[np.uint64]) -> Subsets:
    """Take `size` steps of a Fisher-Yates shuffle in every row.

    A 64-bit draw modulo the numbers left is uneven by less than numbers / 2^64.
    """
    rows = np.arange(len(drawn))
    deck = np.tile(np.arange(code.numbers, dtype=np.uint16), (len(drawn), 1))
    for step in range(code.size):
        chosen = step + (drawn[:, step] % np.uint64(code.numbers - step)).astype(np.intp)
        taken = deck[rows, chosen]
        deck[rows, chosen] = deck[:, step]
        deck[:, step] = taken
    return np.sort(deck[:, : code.size], axis=1)


def _bytes(key: bytes, purpose: str, epoch: int, account: str, count: int) -> bytes:
    return hashlib.shake_256(digest(key, purpose, epoch, account)).digest(count)


def _blocks(rows: int, row_bytes: int) -> list[range]:
    step = max(1, _BLOCK_BYTES // row_bytes)
    return [range(start, min(start + step, rows)) for start in range(0, rows, step)]
