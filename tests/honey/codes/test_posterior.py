"""The posterior for display."""

import numpy as np
import pytest

from honey.codes.attack import hypotheses
from honey.codes.draw import code_for, random_words, unpack_bits
from honey.codes.evalue import weigh
from honey.codes.joint import Level, joint_e_values
from honey.codes.posterior import posterior


def test_it_is_bayes_over_listed_sets_no_leak_and_the_rest() -> None:
    singles = Level(np.array([[4], [7]]), np.log([300.0, 100.0]), np.log(80.0))
    pairs = Level(np.array([[4, 7]]), np.log([4500.0]))
    found = posterior([singles, pairs], 100, log_no_leak=np.log(3.0), no_leak_prior=0.5)
    total = 3 + 0.8 + 300 / 100 + 100 / 100 + 4500 / 4950
    assert found.no_leak == pytest.approx(3 / total)
    assert found.unlisted == pytest.approx(0.8 / total)
    assert found.accounts.tolist() == [4, 7]
    assert found.probability == pytest.approx([(3 + 4500 / 4950) / total, (1 + 4500 / 4950) / total])


def test_it_is_calibrated_on_short_codes() -> None:
    """Among first-placed accounts given a probability, about that share did leak."""
    rng = np.random.default_rng(2)
    code, found = code_for(2, 30), hypotheses(2)
    said, right = [], []
    for _ in range(250):
        words = random_words(code, rng, 300)
        truth = found[rng.choice(len(found), p=[one.weight for one in found])]
        guilty = rng.choice(300, truth.colluders, replace=False)
        held = unpack_bits(words[guilty], 30).sum(axis=0)
        seen = rng.random(30) < np.array(truth.present)[held]
        result = posterior(joint_e_values(weigh(code, found, seen), words, candidates=60).levels, 300)
        said.append(result.probability[0])
        right.append(result.accounts[0] in guilty)
    spread = np.sqrt(np.sum(np.multiply(said, np.subtract(1, said)))) + 1
    assert abs(np.sum(said) - np.sum(right)) < 3 * spread
    assert np.std(said) > 0.1
