"""Contact-only e-values, alone and beside an accomplice: exact by enumeration of all subsets."""

import itertools
from math import comb

import numpy as np
import pytest

from honey.codes.accuse import log_bar
from honey.codes.background import Counts, Floats, learn_background, poisson_log_pmf
from honey.codes.contact import (
    MOST_COUNTED,
    Epoch,
    contact_e_values,
    log_mean_product,
    log_scores,
    log_weights,
    through_leak,
    weigh_contacts,
)
from honey.codes.contact_joint import joint_contact_e_values
from honey.codes.draw import SubsetCode, Subsets, random_subsets

TINY = SubsetCode(8, 3)
ALL_SUBSETS = np.array(list(itertools.combinations(range(8), 3)), np.uint16)


def stray(numbers: int, mean: float = 0.02) -> Floats:
    return poisson_log_pmf(np.full(numbers, mean), MOST_COUNTED)


def ring(rng: np.random.Generator, code: SubsetCode, held: Subsets, *, decoys: int, mean: float) -> Counts:
    """Contacts per number when the accounts with these numbers leak."""
    counts = rng.poisson(mean, code.numbers)
    for numbers in held:
        spread = np.full(code.size, decoys // code.size) + (np.arange(code.size) < decoys % code.size)
        np.add.at(counts, numbers, rng.binomial(rng.permuted(spread), 0.1))
    return counts


@pytest.mark.parametrize(("numbers", "size"), [(6, 1), (6, 3), (6, 6), (9, 4)])
def test_the_mean_product_over_subsets_is_exact(numbers: int, size: int) -> None:
    ratios = np.random.default_rng(1).gamma(0.5, 4.0, (3, numbers))
    expected = [
        sum(np.prod(row[list(one)]) for one in itertools.combinations(range(numbers), size)) / comb(numbers, size)
        for row in ratios
    ]
    assert np.exp(log_mean_product(np.log(ratios), size)) == pytest.approx(expected)


def test_the_mean_product_does_not_overflow() -> None:
    assert log_mean_product(np.full(200, 900.0), 20) == pytest.approx(18_000)
    assert log_mean_product(np.full(200, -900.0), 20) == pytest.approx(-18_000)


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_over_an_innocents_possible_numbers_is_exactly_one(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(seed, 8)
    epoch = weigh_contacts(TINY, counts, stray(8), 20, most_colluders=3)
    assert np.exp(contact_e_values([epoch], [ALL_SUBSETS])).mean() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_beside_an_accomplice_the_mean_never_exceeds_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    others = random_subsets(TINY, rng, 6)
    epoch = weigh_contacts(TINY, ring(rng, TINY, others[:2], decoys=20, mean=0.05), stray(8), 20)
    for candidates in (2, 100):
        values = [
            joint_contact_e_values([epoch], [np.concatenate([others, mine[None]])], candidates=candidates).log_e[-1]
            for mine in ALL_SUBSETS
        ]
        assert np.mean(np.exp(values)) <= 1 + 1e-9


def test_a_value_is_the_weighted_average_over_hypotheses_of_ratio_products() -> None:
    epoch = weigh_contacts(TINY, np.array([2, 0, 1, 0, 0, 3, 0, 0]), stray(8), 20)
    gain = np.exp(epoch.log_gain)
    by_hypothesis = np.prod(gain[:, [0, 2, 5]], axis=1) / np.mean(
        [np.prod(gain[:, one.astype(int)], axis=1) for one in ALL_SUBSETS], axis=0
    )
    value = np.exp(contact_e_values([epoch], [np.array([[0, 2, 5]], np.uint16)]))[0]
    assert value == pytest.approx(np.exp(log_weights([epoch])) @ by_hypothesis)


def test_epochs_multiply_under_each_hypothesis() -> None:
    rng = np.random.default_rng(3)
    held = [random_subsets(TINY, rng, 5) for _ in range(2)]
    epochs = [weigh_contacts(TINY, rng.poisson(1, 8), stray(8), 20) for _ in range(2)]
    both = log_scores(epochs, held)
    assert both == pytest.approx(log_scores(epochs[:1], held[:1]) + log_scores(epochs[1:], held[1:]))


def test_contacts_through_a_leak_are_spread_over_its_numbers() -> None:
    law = through_leak(100, 8, 0.1)
    assert law.sum() == pytest.approx(1)
    assert law @ np.arange(len(law)) == pytest.approx(100 * 0.1 / 8)


def test_a_leaker_is_first_when_contacts_are_plenty_and_two_are_named() -> None:
    rng = np.random.default_rng(4)
    code = SubsetCode(200, 12)
    held = random_subsets(code, rng, 20_000)
    epoch = weigh_contacts(code, ring(rng, code, held[:2], decoys=400, mean=0.02), stray(200), 400)
    result = joint_contact_e_values([epoch], [held])
    assert set(np.flatnonzero(result.log_e >= log_bar(20_000, 1e-6))) == {0, 1}
    assert set(result.levels[1].members[0]) == {0, 1}


def test_storms_without_a_leak_name_nobody() -> None:
    rng = np.random.default_rng(5)
    code = SubsetCode(100, 8)
    held = random_subsets(code, rng, 20_000)
    counts = np.where(rng.random(100) < 0.5, rng.poisson(500, 100), 0)
    values = joint_contact_e_values([weigh_contacts(code, counts, stray(100), 100)], [held]).log_e
    assert np.isfinite(values).all()
    assert values.max() < log_bar(20_000, 1e-3)


def test_a_burn_in_that_foretells_the_noise_finds_the_leaker_behind_it() -> None:
    rng = np.random.default_rng(6)
    code = SubsetCode(100, 6)
    held = random_subsets(code, rng, 5_000)
    rates = rng.gamma(0.33, 0.2 / 0.33, 100)
    counts = rng.poisson(rates) + ring(rng, code, held[:1], decoys=120, mean=0.0)
    knowing = learn_background(rng.poisson(rates * 20), 20.0).log_pmf(1.0, MOST_COUNTED)
    blind = np.repeat(np.log(np.exp(knowing).mean(axis=0))[None], 100, axis=0)
    better, worse = (contact_e_values([weigh_contacts(code, counts, one, 120)], [held])[0] for one in (knowing, blind))
    assert better > worse


def _epoch() -> Epoch:
    return weigh_contacts(TINY, np.array([1, 0, 2, 0, 0, 1, 0, 0]), stray(8), 20)


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = (joint_contact_e_values([_epoch()], [ALL_SUBSETS]).log_e for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_counts_of_another_pool_are_refused() -> None:
    with pytest.raises(ValueError, match="8 numbers"):
        weigh_contacts(TINY, np.zeros(7, np.int64), stray(8), 20)
