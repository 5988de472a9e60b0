"""All-or-nothing bets: fair by enumeration, exact in the tail."""

import itertools

import numpy as np
import pytest

from honey.codes.accuse import log_bar
from honey.codes.attack import Attack, hypotheses, leak
from honey.codes.draw import BernoulliCode, random_words, unpack_bits
from honey.codes.evalue import weigh
from honey.codes.joint import joint_e_values
from honey.codes.stake import log_stake, log_tail

TINY = BernoulliCode((104, 179), (5, 4))
ALL_WORDS = np.array(list(itertools.product([False, True], repeat=9)))
CHANCES = np.prod(np.where(ALL_WORDS, TINY.biases[TINY.run_of], 1 - TINY.biases[TINY.run_of]), axis=1)


@pytest.mark.parametrize("score", [-3.0, 0.0, 1.7, 4.2, 9.9, 11.0])
def test_the_tail_is_never_below_the_truth_and_hardly_above_it(score: float) -> None:
    gains, trials, chances = np.array([0.7, -1.1, 2.3]), np.array([5, 3, 4]), np.array([0.4, 0.2, 0.6])
    exact = above = 0.0
    for counts in itertools.product(*(range(one + 1) for one in trials)):
        chance = np.prod(
            [
                np.exp(log_tail(np.array([1.0]), np.array([n]), np.array([p]), k))
                - np.exp(log_tail(np.array([1.0]), np.array([n]), np.array([p]), k + 1))
                for n, p, k in zip(trials, chances, counts, strict=True)
            ]
        )
        exact += chance if gains @ counts >= score - 1e-9 else 0.0
        above += chance if gains @ counts >= score - 0.04 else 0.0
    found = np.exp(log_tail(gains, trials, chances, score))
    assert exact * (1 - 1e-9) <= found <= above * (1 + 1e-9)


@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize("bar", [0.5, 2.0, 3.5])
def test_the_mean_pay_out_over_possible_words_never_exceeds_one(size: int, bar: float) -> None:
    rng = np.random.default_rng(size)
    sets = unpack_bits(random_words(TINY, rng, 6 * max(size, 1)), 9).reshape(6, max(size, 1), 9)[:, :size]
    weighing = weigh(TINY, hypotheses(3), rng.random(9) < 0.5).beyond(size)
    held = sets.sum(axis=1, dtype=np.int8)
    paid = np.exp([log_stake(weighing, held, size, word, bar) for word in ALL_WORDS])
    assert CHANCES @ paid <= 1 + 1e-9
    assert paid.max() > 0


def test_staking_on_the_bar_names_more_colluders_and_still_nobody_else() -> None:
    rng = np.random.default_rng(3)
    code, bar, found = BernoulliCode((104,), (170,)), log_bar(10_000, 1e-6), hypotheses(3)
    named = {None: 0, bar: 0}
    for _ in range(12):
        words = random_words(code, rng, 10_000)
        weighing = weigh(code, found, leak(unpack_bits(words[:2], 170), Attack.COIN, rng, drop_rate=0.1))
        for aim in named:
            values = joint_e_values(weighing, words, candidates=100, bar=aim).log_e
            named[aim] += int(np.sum(values[:2] >= bar))
            assert values[2:].max() < bar
    assert named[bar] > named[None]
