"""The Merkle tree of RFC 6962 section 2.1 over leaf hashes, and its proofs. SHA-256 throughout; hashes are 32 bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from honey.errors import EvidenceError
from honey.translation import _

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry; the prefix keeps leaves and nodes apart (second-preimage attack)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: one hash per set bit of `size`, largest subtree first. Appending costs O(log n)."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one more leaf hash."""
        hashes, size = [*self.hashes, leaf], self.size
        while size & 1:
            right = hashes.pop()
            hashes[-1] = node_hash(hashes[-1], right)
            size >>= 1
        return Frontier(self.size + 1, tuple(hashes))

    @property
    def root(self) -> bytes:
        """The tree head."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


class Tree:
    """All leaf hashes at hand: makes proofs. Every subtree hash is computed once, O(n) in all."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        """The tree head."""
        return self._hash(0, len(self._leaves)) if self._leaves else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of a leaf among the first `size` (all without it), from its sibling up (RFC 6962 2.1.1)."""
        first, last, path = 0, len(self._leaves) if size is None else size, list[bytes]()
        if not 0 <= index < last <= len(self._leaves):
            raise ValueError(f"no leaf {index} among {last} in a tree of {len(self._leaves)}")
        while last - first > 1:
            middle = first + _split(last - first)
            if index < middle:
                path.append(self._hash(middle, last))
                last = middle
            else:
                path.append(self._hash(first, middle))
                first = middle
        return path[::-1]

    def _hash(self, first: int, last: int) -> bytes:
        if last - first == 1:
            return self._leaves[first]
        found = self._known.get((first, last))
        if found is None:
            middle = first + _split(last - first)
            found = node_hash(self._hash(first, middle), self._hash(middle, last))
            self._known[first, last] = found
        return found


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise EvidenceError unless the leaf hash stands at `index` in the tree of `size` leaves under `root`.

    The algorithm of RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise EvidenceError(_("entry {index} lies outside a log of {size}", index=index, size=size))
    position, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise EvidenceError(_("entry {index}: the inclusion proof is too long", index=index))
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    if last or found != root:
        raise EvidenceError(
            _("entry {index} is not in the log of {size} entries under this root", index=index, size=size)
        )


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return int(1 << (size - 1).bit_length() - 1)
