"""The joint decoder: exact by enumeration, blind to the tested account's word in its search, and strong."""

import itertools

import numpy as np
import pytest

from honey.codes.accuse import log_bar
from honey.codes.attack import Attack, hypotheses, leak
from honey.codes.draw import BernoulliCode, code_for, pack_bits, random_words, unpack_bits
from honey.codes.evalue import log_e_values, weigh
from honey.codes.joint import best_of, extend, joint_e_values, log_size_weights
from honey.codes.logs import log_sum

TINY = BernoulliCode((104, 179), (4, 3))
ALL_WORDS = np.array(list(itertools.product([False, True], repeat=7)))
CHANCES = np.prod(np.where(ALL_WORDS, TINY.biases[TINY.run_of], 1 - TINY.biases[TINY.run_of]), axis=1)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("accounts", "candidates"), [(10, 3), (10, 5), (10, 400), (70, 4)])
def test_the_mean_over_one_accounts_possible_words_never_exceeds_one(seed: int, accounts: int, candidates: int) -> None:
    """All others and the dump stay as they are, so this is the exact null of the account, tested or not.

    Seventy accounts share 128 words, so that equal values straddle every cut.
    """
    rng = np.random.default_rng(seed)
    others = unpack_bits(random_words(TINY, rng, accounts - 1), 7)
    seen = leak(others[: 1 + seed % 3], list(Attack)[seed], rng)
    weighing = weigh(TINY, hypotheses(3), seen)
    values = []
    for word in ALL_WORDS:
        words = pack_bits(np.concatenate([others[:4], word[None], others[4:]]))
        values.append(joint_e_values(weighing, words, candidates=candidates).log_e[4])
    assert CHANCES @ np.exp(values) <= 1 + 1e-9


@pytest.mark.parametrize("count", [0, 1, 3, 6, 9])
def test_who_of_equals_makes_the_cut_hangs_on_nobody_elses_value(count: int) -> None:
    others = np.array([2.0, 5.0, 2.0, 2.0, -np.inf, 2.0, 7.0])
    for own in (-np.inf, 2.0, 3.0, 9.0):
        everybody = np.insert(others, 3, own)
        best = best_of(everybody, count + 1)
        kept = best[best != 3][:count]
        assert (kept - (kept > 3)).tolist() == best_of(others, count).tolist()


def test_one_accomplice_is_any_other_account_whatever_the_candidates() -> None:
    """Against the definition: a sum over all others, of whom only two were candidates."""
    rng = np.random.default_rng(8)
    code = code_for(2, 40)
    words = random_words(code, rng, 300)
    bits = unpack_bits(words, 40)
    weighing = weigh(code, hypotheses(2), leak(bits[:2], Attack.COIN, rng))
    given = bits[1:].astype(np.int8)
    pairs = extend(weighing.beyond(1), given, 1, bits[:1])[:, 0]
    others = extend(weighing.beyond(1), np.zeros((1, 40), np.int8), 0, bits[1:])[0]
    weights = log_size_weights(np.array([0.0, log_sum(others)]), 300, alone=0.1)
    alone = log_e_values(weighing, words)[0]
    expected = log_sum(weights + np.array([alone, log_sum(pairs) - log_sum(others)]))
    assert joint_e_values(weighing, words, candidates=2).log_e[0] == pytest.approx(expected)


@pytest.mark.parametrize("alone", [0.1, 1.0])
@pytest.mark.parametrize("explained", [[0.0, 3.0], [0.0, 25.0, 50.0], [0.0, -np.inf, 4.0], [0.0, 900.0, -900.0]])
def test_the_weights_of_how_many_accomplices_are_given_sum_to_one(explained: list[float], alone: float) -> None:
    weights = np.exp(log_size_weights(np.array(explained), 1_000, alone=alone))
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0.1 / len(explained) - 1e-12


@pytest.mark.parametrize("size", [1, 2])
def test_an_account_given_others_averages_exactly_the_others_own_ratio(size: int) -> None:
    rng = np.random.default_rng(3)
    weighing = weigh(TINY, hypotheses(4), rng.random(7) < 0.5).beyond(size)
    given = unpack_bits(random_words(TINY, rng, size), 7)
    held, fewer = given.sum(axis=0, dtype=np.int8)[None], given[:-1].sum(axis=0, dtype=np.int8)[None]
    alone = extend(weighing, fewer, size - 1, given[-1:])[0, 0]
    assert np.exp(extend(weighing, held, size, ALL_WORDS)[0]) @ CHANCES == pytest.approx(np.exp(alone))


@pytest.mark.parametrize("attack", Attack)
@pytest.mark.parametrize("colluders", [1, 2, 3])
def test_coalitions_are_named_whole_and_nobody_else(attack: Attack, colluders: int) -> None:
    rng = np.random.default_rng(colluders)
    code = code_for(colluders, 700 if colluders > 2 else 260)
    words = random_words(code, rng, 20_000)
    guilty = rng.choice(len(words), colluders, replace=False)
    seen = leak(unpack_bits(words[guilty], code.length), attack, rng)
    result = joint_e_values(weigh(code, hypotheses(3), seen), words)
    assert set(np.flatnonzero(result.log_e >= log_bar(len(words), 1e-6))) == set(guilty)
    best = result.levels[colluders - 1]
    assert set(best.members[np.argmax(best.log_ratios)]) == set(guilty)


def test_a_colluder_who_is_no_suspect_alone_is_found_beside_the_others() -> None:
    rng = np.random.default_rng(2)
    code = code_for(3, 400)
    words = random_words(code, rng, 20_000)
    weighing = weigh(code, hypotheses(3), leak(unpack_bits(words[:3], 400), Attack.COIN, rng))
    alone = log_e_values(weighing, words)
    assert np.sum(alone > alone[:3].min()) > 10
    result = joint_e_values(weighing, words, candidates=5)
    assert np.all(result.log_e[:3] >= log_bar(len(words), 1e-6))


def test_an_account_is_named_beside_an_accomplice_far_down_the_list() -> None:
    rng = np.random.default_rng(308)
    code = code_for(2, 150)
    words = random_words(code, rng, 20_000)
    weighing = weigh(code, hypotheses(3), leak(unpack_bits(words[:2], 150), Attack.COIN, rng))
    alone, bar = log_e_values(weighing, words), log_bar(len(words), 1e-6)
    assert np.sum(alone > alone[:2].min()) > 10
    assert alone.max() < bar
    assert joint_e_values(weighing, words, candidates=3).log_e[:2].max() >= bar


@pytest.fixture(scope="module")
def innocents() -> list[float]:
    """The highest value of any innocent in each of 300 cases: nobody known leaks, or one or two of 60 do."""
    rng = np.random.default_rng(11)
    code, found, highest = code_for(2, 24), hypotheses(3), []
    for case in range(300):
        words = random_words(code, rng, 60)
        guilty = case % 3
        seen = leak(unpack_bits(words[:guilty], 24), Attack.INTERLEAVE, rng) if guilty else rng.random(24) < 0.4
        highest.append(float(joint_e_values(weigh(code, found, seen), words).log_e[guilty:].max()))
    return highest


@pytest.mark.parametrize("alpha", [0.1, 0.01, 0.001])
def test_innocents_are_named_no_oftener_than_promised(innocents: list[float], alpha: float) -> None:
    false, most = sum(one >= log_bar(60, alpha) for one in innocents), len(innocents) * alpha
    assert false <= most + 4 * most**0.5


@pytest.mark.parametrize("accounts", [1, 2, 3, 4])
def test_a_handful_of_accounts_is_no_trouble(accounts: int) -> None:
    code = code_for(2, 60)
    words = random_words(code, np.random.default_rng(1), accounts)
    seen = unpack_bits(words[:1], 60)[0]
    result = joint_e_values(weigh(code, hypotheses(4), seen), words)
    assert np.isfinite(result.log_e).all()
    assert result.log_e[0] > 5


def test_the_same_input_gives_the_same_bytes() -> None:
    code = code_for(3, 300)
    words = random_words(code, np.random.default_rng(1), 3_000)
    weighing = weigh(code, hypotheses(3), leak(unpack_bits(words[:3], 300), Attack.COIN, np.random.default_rng(2)))
    assert joint_e_values(weighing, words).log_e.tobytes() == joint_e_values(weighing, words).log_e.tobytes()
