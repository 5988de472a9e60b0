"""The codewords of exports: a draw of their own, as large as it takes to prove an account and no larger."""

from collections import Counter
from math import comb

import pytest

from honey.codes.bound import best_size, leak_bits
from honey.derive import PlanKey
from honey.model.account import AccountId
from honey.model.beacon import E164
from honey.plan.codebook import EXPORT, PHONES_PER_ACCOUNT, codeword, export_size

KEY = PlanKey(bytes(range(32)))
NUMBERS = [E164(f"+861400000{at:04d}") for at in range(200)]


def word(account: str, size: int = 7, *, key: PlanKey = KEY, epoch: int = 1) -> tuple[E164, ...]:
    return codeword(key, epoch, AccountId(account), NUMBERS, size, kind=EXPORT)


def test_an_export_codeword_is_distinct_numbers_and_all_of_a_small_pool() -> None:
    assert len(set(word("A"))) == 7
    assert sorted(codeword(KEY, 1, AccountId("A"), NUMBERS[:3], 7, kind=EXPORT)) == NUMBERS[:3]
    assert codeword(KEY, 1, AccountId("A"), [], 7, kind=EXPORT) == ()


def test_account_epoch_and_key_each_draw_anew() -> None:
    assert word("A") == word("A")
    assert len({word("A"), word("B"), word("A", epoch=2), word("A", key=PlanKey(bytes(32)))}) == 4


def test_a_larger_codeword_begins_with_the_smaller_one() -> None:
    assert [word("A", 12)[:size] for size in range(1, 13)] == [word("A", size) for size in range(1, 13)]


def test_every_number_is_drawn_alike() -> None:
    held = Counter(number for at in range(4000) for number in word(f"A{at}"))
    expected = 4000 * 7 / len(NUMBERS)
    chi_square = sum((held[one] - expected) ** 2 / expected for one in NUMBERS)
    assert chi_square < 260  # 199 degrees of freedom: 99.8 % lie below


def test_what_residents_show_says_nothing_of_the_export_codeword() -> None:
    shared = sum(
        len(set(word(f"A{at}")) & set(codeword(KEY, 1, AccountId(f"A{at}"), NUMBERS, 4))) for at in range(5000)
    )
    assert shared == pytest.approx(5000 * 7 * 4 / 200, rel=0.1)


@pytest.mark.parametrize(
    ("numbers", "accounts", "size"),
    [(200, 100_000, 7), (200, 1_000_000, 7), (600, 41_200, 5), (50, 100_000, 12), (112, 100_000, 8), (40, 900, 11)],
)
def test_as_few_numbers_as_can_prove_an_account(numbers: int, accounts: int, size: int) -> None:
    assert export_size(numbers, accounts, 1000) == size
    assert comb(numbers, size) >= accounts / 1e-6 > comb(numbers, size - 1) / 10  # accounts are rounded up


def test_a_new_colleague_changes_no_codeword() -> None:
    assert len({export_size(200, accounts, 100) for accounts in range(10_001, 100_001, 999)}) == 1


@pytest.mark.parametrize(("numbers", "accounts"), [(0, 1), (1, 1), (7, 50), (20, 10_000_000)])
def test_a_pool_that_can_prove_nobody_is_spread_as_residents_are(numbers: int, accounts: int) -> None:
    assert export_size(numbers, accounts, 1000) == PHONES_PER_ACCOUNT


@pytest.mark.parametrize("decoys", [20, 40, 60])
def test_few_decoys_lie_on_few_numbers_and_lose_little_against_the_best_number_of_them(decoys: int) -> None:
    size, best = export_size(200, 100_000, decoys), best_size(200, decoys, 0.1, 0.02)
    assert leak_bits(200, size, decoys, 0.1, 0.02) > 0.97 * leak_bits(200, best, decoys, 0.1, 0.02)


def test_there_is_always_a_number() -> None:
    assert export_size(200, 100_000, 1) == 1
