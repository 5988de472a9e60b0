"""Codewords: keyed, alone reproducible, packed and of the promised law."""

import hashlib

import numpy as np
import pytest

from honey.codes.draw import (
    BIAS_STEPS,
    BernoulliCode,
    SubsetCode,
    code_for,
    keyed_subsets,
    keyed_words,
    random_subsets,
    random_words,
    unpack_bits,
)
from honey.derive import digest

KEY = b"k" * 32
ACCOUNTS = [f"HB-{at:04d}" for at in range(300)]
CODE = BernoulliCode((54, 202), (100, 70))
SUBSETS = SubsetCode(50, 7)


def test_one_account_alone_gets_the_word_it_gets_among_all() -> None:
    among = keyed_words(CODE, KEY, 3, ACCOUNTS)
    assert np.array_equal(keyed_words(CODE, KEY, 3, ACCOUNTS[17:18])[0], among[17])
    assert np.array_equal(keyed_subsets(SUBSETS, KEY, 3, ["HB-0017"])[0], keyed_subsets(SUBSETS, KEY, 3, ACCOUNTS)[17])


def test_a_word_is_had_again_with_the_standard_library_alone() -> None:
    drawn = hashlib.shake_256(digest(KEY, "code word", 3, "HB-0017")).digest(CODE.length)
    expected = [byte < (54 if at < 100 else 202) for at, byte in enumerate(drawn)]
    assert unpack_bits(keyed_words(CODE, KEY, 3, ["HB-0017"]), CODE.length)[0].tolist() == expected


@pytest.mark.parametrize(
    ("key", "epoch", "account"),
    [(b"j" * 32, 3, "HB-0017"), (KEY, 4, "HB-0017"), (KEY, 3, "HB-0018")],
    ids=["another key", "another epoch", "another account"],
)
def test_key_epoch_and_account_each_change_the_draw(key: bytes, epoch: int, account: str) -> None:
    word, numbers = keyed_words(CODE, KEY, 3, ["HB-0017"]), keyed_subsets(SUBSETS, KEY, 3, ["HB-0017"])
    assert not np.array_equal(keyed_words(CODE, key, epoch, [account]), word)
    assert not np.array_equal(keyed_subsets(SUBSETS, key, epoch, [account]), numbers)


def test_positions_are_held_at_their_exact_bias() -> None:
    bits = unpack_bits(random_words(CODE, np.random.default_rng(1), 20_000), CODE.length)
    for run, step in enumerate(CODE.steps):
        share = bits[:, CODE.run_of == run].mean()
        spread = (step / BIAS_STEPS * (1 - step / BIAS_STEPS) / (20_000 * CODE.lengths[run])) ** 0.5
        assert abs(share - step / BIAS_STEPS) < 5 * spread


def test_padding_bits_stay_clear() -> None:
    words = random_words(CODE, np.random.default_rng(1), 100)
    assert words.shape == (100, 3)
    assert not np.any(words[:, 2] >> np.uint64(CODE.length - 128))


def test_subsets_are_distinct_sorted_and_even_over_numbers_and_pairs() -> None:
    held = random_subsets(SubsetCode(10, 3), np.random.default_rng(2), 60_000).astype(int)
    assert np.all(np.diff(held, axis=1) > 0)
    names, counts = np.unique(held @ [100, 10, 1], return_counts=True)
    assert len(names) == 120  # every 3-subset of 10
    assert np.sum((counts - 500) ** 2 / 500) < 119 + 5 * (2 * 119) ** 0.5  # chi-square, five sigma


def test_a_million_words_of_500_positions_fit_in_a_gibibyte() -> None:
    code = code_for(3, 500)
    assert code.words * 8 * 1_000_000 < 1 << 30
    assert random_words(code, np.random.default_rng(1), 1000).nbytes == code.words * 8 * 1000


@pytest.mark.parametrize(("colluders", "runs"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (8, 4)])
def test_larger_coalitions_get_more_biases_placed_evenly_about_one_half(colluders: int, runs: int) -> None:
    code = code_for(colluders, 601)
    assert code.length == 601
    assert len(code.steps) == runs
    if runs > 1:
        assert np.abs(code.biases + code.biases[::-1] - 1).max() <= 1 / BIAS_STEPS


@pytest.mark.parametrize(("steps", "lengths"), [((0,), (5,)), ((256,), (5,)), ((9, 9), (5,)), ((9,), (0,)), ((), ())])
def test_a_code_that_says_nothing_is_refused(steps: tuple[int, ...], lengths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="bias"):
        BernoulliCode(steps, lengths)
    with pytest.raises(ValueError, match="draw between"):
        SubsetCode(5, 6)
