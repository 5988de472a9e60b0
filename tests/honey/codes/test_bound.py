"""Information bounds against the published table (literature.md section 3)."""

from math import comb, log2

import pytest

from honey.codes.bound import best_size, leak_bits, numbers_bound


@pytest.mark.parametrize(
    ("decoys", "stray", "bits"),
    [(20, 0.0, 9.8), (20, 0.02, 5.4), (40, 0.02, 10.3), (100, 0.0, 32.1), (100, 0.02, 22.8), (100, 0.1, 13.0)],
)
def test_presence_bits_of_a_pool_of_200_agree_with_the_table(decoys: int, stray: float, bits: float) -> None:
    size = best_size(200, decoys, 0.1, stray, counted=False)
    assert leak_bits(200, size, decoys, 0.1, stray, counted=False) == pytest.approx(bits, abs=0.3)


@pytest.mark.parametrize(
    ("decoys", "stray", "numbers"),
    [(100, 0.0, 36), (100, 0.02, 56), (100, 0.1, None), (200, 0.0, 22), (200, 0.02, 26), (200, 0.1, 44)],
)
def test_the_fewest_numbers_agree_with_the_table(decoys: int, stray: float, numbers: int | None) -> None:
    found = numbers_bound(log2(1e5), decoys, 0.1, stray)
    assert found == numbers if numbers is None else found == pytest.approx(numbers, abs=1)


def test_counting_contacts_tells_more_than_presence_and_less_than_the_subset_itself() -> None:
    presence, counted = (leak_bits(200, 8, 100, 0.1, 0.02, counted=one) for one in (False, True))
    assert presence < counted < log2(comb(200, 8)) + 2  # the bound treats numbers as independent
