"""The tree of RFC 6962, against the vectors of the certificate-transparency reference (Apache-2.0)."""

import hashlib

import pytest

from honey.errors import EvidenceError
from honey.evidence.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash, node_hash, verify_inclusion

# google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc: inputs and the head over the first n of them.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SIZES = 130
LEAVES = [leaf_hash(at.to_bytes(2, "big")) for at in range(SIZES)]


def reference_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1 word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + reference_root(leaves[:split]) + reference_root(leaves[split:])).digest()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree([]).root() == Frontier().root == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_published_roots(count: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(one)) for one in INPUTS[:count]]
    assert Tree(leaves).root().hex() == ROOTS[count - 1]


def test_leaves_and_nodes_are_hashed_apart() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


def test_frontier_tree_and_reference_agree_at_every_size() -> None:
    frontier = Frontier()
    for size in range(1, SIZES + 1):
        frontier = frontier.append(LEAVES[size - 1])
        assert frontier.size == size
        assert len(frontier.hashes) == size.bit_count()
        assert frontier.root == Tree(LEAVES[:size]).root() == reference_root(LEAVES[:size])


def test_every_inclusion_proof_of_every_size_verifies_out_of_one_large_tree() -> None:
    tree = Tree(LEAVES)
    for size in range(1, SIZES + 1):
        root = Tree(LEAVES[:size]).root()
        for index in range(size):
            path = tree.inclusion(index, size)
            assert path == Tree(LEAVES[:size]).inclusion(index)
            verify_inclusion(LEAVES[index], index, size, path, root)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_a_proof_of_another_leaf_place_path_or_root_fails(size: int) -> None:
    tree = Tree(LEAVES[:size])
    root = tree.root()
    for index in range(size):
        path, leaf = tree.inclusion(index), LEAVES[index]
        wrong: list[tuple[bytes, int, list[bytes], bytes]] = [(LEAVES[-1], index, path, root)]
        wrong += [(leaf, other, path, root) for other in (*range(size), -1, size, size + 1) if other != index]
        wrong += [(leaf, index, [*path, root], root), (leaf, index, path, LEAVES[-1])]
        for at in range(len(path)):
            for byte in (0, 31):
                changed = bytearray(path[at])
                changed[byte] ^= 1
                wrong.append((leaf, index, [*path[:at], bytes(changed), *path[at + 1 :]], root))
            wrong.append((leaf, index, path[:at] + path[at + 1 :], root))
        for case in wrong:
            with pytest.raises(EvidenceError):
                verify_inclusion(case[0], case[1], size, case[2], case[3])


def test_a_proof_does_not_verify_for_a_log_too_short_or_far_longer() -> None:
    path, root = Tree(LEAVES[:8]).inclusion(5), Tree(LEAVES[:8]).root()
    for size in (0, 1, 4, 5, 16, 100, 2**40):
        with pytest.raises(EvidenceError):
            verify_inclusion(LEAVES[5], 5, size, path, root)


@pytest.mark.parametrize(("index", "size"), [(-1, None), (5, None), (3, 3), (0, 0), (0, 6)])
def test_asking_for_a_leaf_that_is_not_there_is_refused(index: int, size: int | None) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        Tree(LEAVES[:5]).inclusion(index, size)
