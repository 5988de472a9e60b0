"""Proof by secret draws: what it pays, that an innocent account gains nothing by it, and where the bar lies."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Basis, Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.trace import proof
from honey.trace.attribute import attribute
from honey.trace.inquiry import Inquiry, Settings, Stock

STOCK = Stock(phones=20, phone_endings=20, rooms=10, waybill_numbers=40, decoys=100)
PHONE, NAME, WAYBILL = "recipient_phone", "recipient_name", "waybill_number"
A = AccountId("A")


def inquiry(
    sightings: Iterable[Sighting],
    *households: Iterable[str],
    count: int = 1,
    stock: Stock = STOCK,
    numbers: Mapping[AccountId, float] | None = None,
    accounts: int = 1000,
) -> Inquiry:
    """Ask about account A, for whose one export these decoys were drawn."""
    drawn = tuple(frozenset(map(DecoyId, one)) for one in households)
    release = Release(A, ExportId("E"), frozenset[DecoyId]().union(*drawn), drawn=drawn)
    settings = Settings(accounts, 0.999, 0.5, 0.001, 10, has_record=True, residents=30, stock=stock)
    return Inquiry(tuple(sightings), (release,), {}, {A: count}, settings, by_numbers=numbers)


def seen(decoy: str, *fields: str, row: int = 2, chance: float = 1e-15, match: Match = Match.EXACT) -> Sighting:
    roles = fields or (WAYBILL,)
    place = DumpPlace("dump.csv", row)
    return Sighting(frozenset([DecoyId(decoy)]), roles[0], match, place, chance, dict.fromkeys(roles, match))


def value(asked: Inquiry) -> float:
    return math.exp(proof.Draws(asked).log_e_value(A))


def test_without_evidence_half_the_stake_is_left() -> None:
    assert value(inquiry([], ["a1"])) == pytest.approx(0.5)


def test_one_decoy_of_one_pays_what_its_number_was_drawn_from() -> None:
    """The share of the stake is averaged by Jeffreys' prior, whose mean is one half."""
    assert value(inquiry([seen("a1")], ["a1"])) == pytest.approx(0.5 + 0.5 * (0.5 + 0.5 * 40))


def test_every_further_piece_of_evidence_makes_the_bet_dearer() -> None:
    others = [seen(f"x{at}", row=at + 3) for at in range(4)]
    assert value(inquiry([seen("a1"), *others], ["a1"])) == pytest.approx(0.5 + 0.5 * (0.5 + 0.5 * 40 / 5))


def test_what_a_live_customer_leaves_as_often_pays_no_more_than_that() -> None:
    asked = inquiry([seen("a1", PHONE, NAME, WAYBILL, chance=0.1)], ["a1"])
    assert value(asked) < 0.5 + 0.5 * (0.5 + 0.5 * 10)


def test_a_bare_contact_costs_and_pays_nothing() -> None:
    bare = seen("a2", PHONE, row=9, chance=1.0)
    assert value(inquiry([seen("a1"), bare], ["a1"], ["a2"])) == value(inquiry([seen("a1")], ["a1"], ["a2"]))


def test_a_list_of_the_whole_block_of_numbers_frames_nobody() -> None:
    """All four decoys of an export stand in it, as do those of any other, and 36 numbers that were never planted."""
    rows = [seen(f"a{at}", row=at + 2) for at in range(4)]
    honest, listed = inquiry(rows, *([f"a{at}"] for at in range(4))), inquiry(rows, *([f"a{at}"] for at in range(4)))
    listed = replace(listed, unplanted=STOCK.waybill_numbers - 4)
    assert value(honest) > 1000
    assert value(listed) <= 1.0


def test_decoys_that_nobody_saw_cost() -> None:
    assert value(inquiry([seen("a1")], ["a1"], ["a2"], ["a3"])) < value(inquiry([seen("a1")], ["a1"]))


def test_a_number_two_decoys_share_is_drawn_once_and_counts_once() -> None:
    both = [seen("a1", PHONE), seen("a2", PHONE, row=3)]
    assert value(inquiry(both, ["a1", "a2"])) < value(inquiry(both, ["a1"], ["a2"]))


def test_the_exports_of_an_account_share_its_stake() -> None:
    once, often = value(inquiry([seen("a1")], ["a1"])), value(inquiry([seen("a1")], ["a1"], count=100))
    assert often - 0.5 == pytest.approx((once - 0.5) / 100)


def test_a_masked_number_pays_by_its_ending_and_one_that_hides_it_nothing() -> None:
    stock = Stock(phones=200, phone_endings=50, decoys=100)
    masked = value(inquiry([seen("a1", PHONE, match=Match.MASKED)], ["a1"], stock=stock))
    hidden = value(inquiry([seen("a1", PHONE, match=Match.PARTIAL)], ["a1"], stock=stock))
    assert masked == pytest.approx(0.5 + 0.5 * (0.5 + 0.5 * 50))
    assert hidden == pytest.approx(1.0)


def test_a_value_that_names_many_decoys_pays_by_the_share_they_are_of_all() -> None:
    many = Sighting(frozenset(DecoyId(f"a{at}") for at in range(50)), PHONE, Match.EXACT, DumpPlace("d", 2), 1e-15)
    assert value(inquiry([many], ["a1"])) == pytest.approx(0.5 + 0.5 * (0.5 + 0.5 * 2))


def test_decoys_named_and_numbers_rung_are_averaged_as_they_rest_on_one_draw() -> None:
    named = inquiry([seen("a1", chance=1e-9)], ["a1"])
    both = inquiry([seen("a1", chance=1e-9)], ["a1"], numbers={A: math.log(1e30)})
    none, rung = (attribute(one).suspects[0].log10_e_value for one in (named, both))
    assert rung == pytest.approx(30 + math.log10(0.5))
    assert none < 2


def test_the_bar_grows_with_the_accounts_and_for_the_record_with_its_gaps() -> None:
    asked = inquiry([])
    assert proof.log_bar(asked) == pytest.approx(math.log(1000 / 1e-6))
    assert proof.log_bar(asked, Basis.RECORD) == pytest.approx(math.log(0.001 / 1e-6))


def test_likely_is_not_proven_and_what_is_missing_is_said() -> None:
    found = attribute(inquiry([seen("a1", chance=1e-9)], ["a1"]))
    assert found.verdict is Verdict.SHORTLIST
    assert found.suspects[0].probability > 0.999
    assert found.missing
    assert found.missing.bits == pytest.approx((found.log10_bar - found.suspects[0].log10_e_value) * math.log2(10))
    assert found.missing.rows > 0


def fresh(rng: random.Random, shown: set[int], decoys: int) -> float:
    """Return the e-value of an innocent export whose decoys' waybill numbers are drawn anew against these rows."""
    numbers = rng.sample(range(STOCK.waybill_numbers), decoys)
    rows = [
        seen(f"a{numbers.index(one)}" if one in numbers else f"x{one}", row=at)
        for at, one in enumerate(sorted(shown), start=2)
    ]
    return value(inquiry(rows, *([f"a{at}"] for at in range(decoys))))


@pytest.mark.parametrize("rows", [1, 3, 10, 30])
def test_an_innocent_account_gains_nothing_on_average_and_seldom_much(rows: int) -> None:
    """E[E] <= 1 and P(E >= 1/a) <= a, over the draws of its decoys, for evidence that is what it is."""
    rng = random.Random(rows)
    shown = set(rng.sample(range(STOCK.waybill_numbers), rows))
    values = [fresh(rng, shown, 4) for _ in range(4000)]
    mean = sum(values) / len(values)
    error = math.sqrt(sum((one - mean) ** 2 for one in values)) / len(values)
    assert mean <= 1 + 4 * error
    for alpha in (0.1, 0.01, 0.001):
        reached = sum(one >= 1 / alpha for one in values)
        assert reached <= alpha * len(values) + 4 * math.sqrt(alpha * len(values))
