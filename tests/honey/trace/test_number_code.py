"""Numbers that ring prove an account by its secret codeword, and no innocent whatever rings."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from honey.codes.accuse import log_bar
from honey.derive import PlanKey
from honey.model.account import AccountId
from honey.model.beacon import E164
from honey.plan.codebook import EXPORT, codeword
from honey.trace.number_code import Quiet, Window, bits_per_contact, contact_proof

KEY = PlanKey(bytes(range(32)))
NUMBERS = [E164(f"+861400000{at:04d}") for at in range(60)]
ACCOUNTS = [AccountId(f"HB-{at:04d}") for at in range(400)]
CONTROLS = dict.fromkeys([E164(f"+861400001{at:04d}") for at in range(15)], 0)


def planted(
    decoys: Mapping[AccountId, int], *, size: int = 6, epoch: int = 1, key: PlanKey = KEY
) -> dict[AccountId, dict[E164, int]]:
    """Spread each account's decoys over its codeword."""
    found: dict[AccountId, dict[E164, int]] = {}
    for account, count in decoys.items():
        held: dict[E164, int] = {}
        word = codeword(key, epoch, account, NUMBERS, size, kind=EXPORT)
        for at in range(count):
            held[word[at % size]] = held.get(word[at % size], 0) + 1
        found[account] = held
    return found


def ringing(
    rng: np.random.Generator, leaked: Sequence[Mapping[E164, int]], *, rate: float = 0.3, stray: float = 0.02
) -> dict[E164, int]:
    counts = dict(zip(NUMBERS, map(int, rng.poisson(stray, len(NUMBERS))), strict=True))
    for held in leaked:
        for number, decoys in held.items():
            counts[number] += int(rng.binomial(decoys, rate))
    return counts


QUIET = Quiet(dict.fromkeys(NUMBERS, 0), 900.0, CONTROLS, CONTROLS)


def test_the_leaker_is_proven_and_nobody_else() -> None:
    held = planted(dict.fromkeys(ACCOUNTS, 60))
    rung = ringing(np.random.default_rng(1), [held[ACCOUNTS[7]]])
    found = contact_proof([Window(NUMBERS, held, rung, 30.0, QUIET)])
    named = [one for one, value in found.items() if value >= log_bar(len(ACCOUNTS), 0.1)]
    assert named == [ACCOUNTS[7]]
    assert found.keys() == set(ACCOUNTS)


def test_two_leakers_are_both_ahead_of_everybody_else() -> None:
    held = planted(dict.fromkeys(ACCOUNTS, 60))
    guilty = {ACCOUNTS[7], ACCOUNTS[8]}
    rung = ringing(np.random.default_rng(2), [held[one] for one in sorted(guilty)])
    found = contact_proof([Window(NUMBERS, held, rung, 30.0, QUIET)])
    assert set(sorted(found, key=lambda one: -found[one])[:2]) == guilty


def test_epochs_add_up_and_a_missing_one_is_no_evidence() -> None:
    rng, windows = np.random.default_rng(5), []
    for epoch in range(1, 5):
        exporting = [one for one in ACCOUNTS if epoch < 4 or one != ACCOUNTS[7]]
        held = planted(dict.fromkeys(exporting, 20), size=2, epoch=epoch)
        leaked = [held[ACCOUNTS[7]]] if epoch < 4 else []
        windows.append(Window(NUMBERS, held, ringing(rng, leaked), 30.0, QUIET))
    values = [contact_proof(windows[:count])[ACCOUNTS[7]] for count in (1, 2, 3, 4)]
    assert values[0] + 5 < values[1] < values[2] - 5
    assert values[3] == pytest.approx(values[2], abs=2.0)  # what was learnt of contact rates may shift a little


def test_accounts_with_many_and_with_few_decoys_are_weighed_side_by_side() -> None:
    decoys = {one: (1, 4, 60, 900)[at % 4] for at, one in enumerate(ACCOUNTS)}
    held = planted(decoys)
    rung = ringing(np.random.default_rng(4), [held[ACCOUNTS[2]]])
    found = contact_proof([Window(NUMBERS, held, rung, 30.0, QUIET)])
    assert max(found, key=lambda one: found[one]) == ACCOUNTS[2]
    assert found.keys() == set(ACCOUNTS)


@pytest.mark.parametrize(
    ("rung", "days"),
    [
        (dict.fromkeys(NUMBERS, 0), 30.0),
        (dict.fromkeys(NUMBERS, 1), 30.0),
        (dict.fromkeys(NUMBERS[:30], 1), 30.0),
        (dict.fromkeys(NUMBERS[:6], 60), 30.0),
        ({NUMBERS[0]: 10_000}, 0.0),
    ],
    ids=["silence", "all ring", "half of them ring", "six ring all day", "one is flooded"],
)
@pytest.mark.parametrize("joint", [True, False])
def test_an_innocent_account_gains_nothing_on_average(rung: Mapping[E164, int], days: float, *, joint: bool) -> None:
    """Over fresh draws, whatever rang."""
    values: list[float] = []
    for draw in range(6):
        accounts = [AccountId(f"X{draw}-{at}") for at in range(1500 if joint else 31)]
        held = planted(dict.fromkeys(accounts, 24), key=PlanKey(bytes([draw] * 32)))
        values += contact_proof([Window(NUMBERS, held, rung, days, QUIET)]).values()
    assert np.mean(np.exp(values)) < (1.15 if joint else 1.6)


def test_a_number_noisy_before_says_less_than_a_quiet_one() -> None:
    held = planted(dict.fromkeys(ACCOUNTS, 60))
    word = sorted(held[ACCOUNTS[7]])
    rung = dict.fromkeys(word, 2)
    before = {number: 200 if number in word[:3] else 0 for number in NUMBERS}
    quiet, noisy = (
        contact_proof([Window(NUMBERS, held, rung, 30.0, Quiet(counts, 900.0))])[ACCOUNTS[7]]
        for counts in (QUIET.before, before)
    )
    assert noisy < quiet - 2


def test_controls_that_ring_more_than_before_make_everything_weigh_less() -> None:
    held = planted(dict.fromkeys(ACCOUNTS, 60))
    rung = dict.fromkeys(held[ACCOUNTS[7]], 1)
    before = dict.fromkeys(NUMBERS, 3)
    values = [
        contact_proof(
            [Window(NUMBERS, held, rung, 30.0, Quiet(before, 90.0, CONTROLS, dict.fromkeys(CONTROLS, since)))]
        )[ACCOUNTS[7]]
        for since in (0, 5)
    ]
    assert values[1] < values[0]


def test_without_a_burn_in_the_controls_tell_how_often_strangers_ring() -> None:
    held = planted(dict.fromkeys(ACCOUNTS, 60))
    rung = dict.fromkeys(held[ACCOUNTS[7]], 1)
    silent, loud = (
        contact_proof([Window(NUMBERS, held, rung, 300.0, Quiet(controls_since=dict.fromkeys(CONTROLS, since)))])[
            ACCOUNTS[7]
        ]
        for since in (0, 9)
    )
    assert silent > loud


def test_what_is_missing_is_told_in_bits_a_contact() -> None:
    held = planted(dict.fromkeys(ACCOUNTS, 60))
    quiet = bits_per_contact(Window(NUMBERS, held, {}, 30.0, QUIET))
    noisy = bits_per_contact(Window(NUMBERS, held, {}, 30.0, Quiet(dict.fromkeys(NUMBERS, 30), 30.0)))
    assert 0 < noisy < quiet < math.log2(math.comb(60, 6))
    assert bits_per_contact(Window(NUMBERS, {}, {}, 30.0)) == 0.0


def test_no_exports_no_values() -> None:
    assert contact_proof([]) == {}
    assert contact_proof([Window(NUMBERS, {ACCOUNTS[0]: {}}, {}, 30.0)]) == {}


def test_a_window_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="does not know"):
        Window(NUMBERS, {ACCOUNTS[0]: {E164("+8614012341234"): 1}}, {}, 30.0)
    with pytest.raises(ValueError, match="each once"):
        Window([*NUMBERS, NUMBERS[0]], {}, {}, 30.0)
    with pytest.raises(ValueError, match="negative"):
        Window(NUMBERS, {}, {}, -1.0)
