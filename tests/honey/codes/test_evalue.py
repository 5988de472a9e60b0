"""Single-account e-values: mean exactly one, equal to the definition, silent where nothing was observed."""

import itertools
from math import prod

import numpy as np
import pytest

from honey.codes.attack import Attack, hypotheses, leak
from honey.codes.draw import BernoulliCode, Words, code_for, pack_bits, random_words, unpack_bits
from honey.codes.evalue import Bits, log_e_values, weigh

TINY = BernoulliCode((104, 202), (5, 4))
ALL_WORDS = np.array(list(itertools.product([False, True], repeat=9)))
CHANCES = np.prod(np.where(ALL_WORDS, TINY.biases[TINY.run_of], 1 - TINY.biases[TINY.run_of]), axis=1)


@pytest.mark.parametrize("seed", range(8))
def test_the_mean_over_an_innocents_possible_words_is_exactly_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    seen, observed = rng.random(9) < rng.random(), rng.random(9) < 0.8
    weighing = weigh(TINY, hypotheses(4), seen, observed)
    values = np.exp(log_e_values(weighing, pack_bits(ALL_WORDS)))
    assert CHANCES @ values == pytest.approx(1, abs=1e-9)


def test_a_value_is_the_weighted_average_of_likelihood_ratios() -> None:
    """Brute force: both likelihoods summed over every word the other colluders may have."""
    code, found = BernoulliCode((77,), (4,)), hypotheses(3)
    seen = np.array([True, False, True, True])
    weighing = weigh(code, found, seen)
    word = [True, True, False, True]

    def likelihood(present: tuple[float, ...], known: list[list[bool]]) -> float:
        total = 1.0
        for at in range(4):
            chance = 0.0
            for others in itertools.product([0, 1], repeat=len(present) - 1 - len(known)):
                held = sum(others) + sum(one[at] for one in known)
                weight = prod(77 / 256 if one else 179 / 256 for one in others)
                chance += weight * (present[held] if seen[at] else 1 - present[held])
            total *= chance
        return total

    unknown = np.array([likelihood(one.present, []) for one in found])
    prior = np.array([one.weight for one in found])
    weights = 0.5 * prior + 0.5 * prior * unknown / (prior @ unknown)
    ratios = np.array([likelihood(one.present, [word]) for one in found]) / unknown
    assert np.exp(log_e_values(weighing, pack_bits(np.array([word]))))[0] == pytest.approx(weights @ ratios)


def test_the_interleaving_score_is_laarhovens() -> None:
    code = BernoulliCode((54,), (3,))
    one = next(h for h in hypotheses(2) if h.colluders == 2 and h.present[1] == 0.5 and h.present[2] > 0.99)
    p = 54 / 256
    for held, seen, score in [
        (True, True, np.log(1 + (1 - p) / (2 * p))),
        (False, False, np.log(1 + p / (2 * (1 - p)))),
        (True, False, np.log(1 / 2)),
    ]:
        weighing = weigh(code, (one,), np.full(3, seen))
        value = log_e_values(weighing, pack_bits(np.full((1, 3), held)))[0]
        assert value == pytest.approx(3 * score, abs=0.02)  # up to SLIP


def test_unobserved_positions_say_nothing() -> None:
    code = code_for(3, 200)
    words, rng = random_words(code, np.random.default_rng(1), 50), np.random.default_rng(2)
    seen, observed = rng.random(200) < 0.5, rng.random(200) < 0.3
    first = log_e_values(weigh(code, hypotheses(3), seen, observed), words)
    second = log_e_values(weigh(code, hypotheses(3), seen ^ ~observed, observed), words)
    assert np.array_equal(first, second)
    assert np.allclose(log_e_values(weigh(code, hypotheses(3), seen, np.zeros(200, np.bool_)), words), 0)


def _adversarial(kind: str, words: Words, code: BernoulliCode, rng: np.random.Generator) -> Bits:
    """Return an observation made without the innocents' words, as bad for the models as can be."""
    match kind:
        case "everything":
            return np.ones(code.length, np.bool_)
        case "nothing":
            return np.zeros(code.length, np.bool_)
        case "noise":
            return np.asarray(rng.random(code.length) < 0.5)
        case "stripes":
            return np.asarray(np.arange(code.length) % 2 == 0)
        case _:  # the word of somebody the decoder is not told of
            return np.asarray(unpack_bits(random_words(code, rng, 1), code.length)[0])


@pytest.mark.parametrize("kind", ["everything", "nothing", "noise", "stripes", "an outsider's word"])
def test_innocents_average_at_most_one_whatever_is_observed(kind: str) -> None:
    rng = np.random.default_rng(5)
    code = code_for(3, 12)
    words = random_words(code, rng, 400_000)
    values = np.exp(log_e_values(weigh(code, hypotheses(3), _adversarial(kind, words, code, rng)), words))
    assert values.mean() <= 1 + 5 * values.std() / len(values) ** 0.5
    for bar in (10, 100, 1000):
        assert np.mean(values >= bar) <= 1 / bar


def test_nothing_overflows_on_codes_far_longer_than_any_plan() -> None:
    code = code_for(3, 20_000)
    words = random_words(code, np.random.default_rng(1), 20)
    seen = leak(unpack_bits(words[:3], code.length), Attack.MERGE, np.random.default_rng(2))
    values = log_e_values(weigh(code, hypotheses(3), seen), words)
    assert np.isfinite(values).all()
    assert values[:3].min() > 100
    assert values[3:].max() < 0


def test_the_same_input_gives_the_same_bytes() -> None:
    code = code_for(2, 150)
    words, seen = random_words(code, np.random.default_rng(1), 40_000), np.arange(150) % 3 == 0
    first, second = (log_e_values(weigh(code, hypotheses(3), seen), words) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("seen", [np.zeros(4, np.bool_), np.zeros((1, 5), np.bool_)])
def test_an_observation_of_another_length_is_refused(seen: Bits) -> None:
    with pytest.raises(ValueError, match="5 positions"):
        weigh(BernoulliCode((104,), (5,)), hypotheses(2), seen)
