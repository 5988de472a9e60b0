"""What a plan can prove follows from its counts, and agrees with counting by simulation."""

import json
import math
import random
from dataclasses import replace

import pytest

from honey.plan.detection import CONFIDENCE, ICC, decoys_for, detected, smallest_rate
from honey.plan.evidence import Kind, Stock
from honey.plan.strength import Strength, bare_bits, figures, refusal, warnings
from tests.honey.plan.conftest import COMPANY, DEMO, PARCELS, SMALL, plan_of

NO_BEACON_BUT_NUMBERS = Stock(phones=20, phone_endings=10, names=False)


@pytest.mark.parametrize("decoys", [1, 3, 10])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_detection_is_the_chance_that_a_leaked_share_holds_a_decoy(decoys: int, share: float) -> None:
    rng, rounds = random.Random(1), 4000
    hits = sum(any(rng.random() < share for _ in range(decoys)) for _ in range(rounds))
    assert Strength(100, decoys, 600, 4).detection(share) == pytest.approx(hits / rounds, abs=0.03)


@pytest.mark.parametrize("decoys", [1, 3, 40])
def test_the_smallest_share_exposed_is_found_with_the_stated_confidence(decoys: int) -> None:
    plan = Strength(100, decoys, 600, 4)
    assert plan.detection(plan.smallest_share) == pytest.approx(CONFIDENCE)


def test_how_many_accounts_share_a_number() -> None:
    plan = Strength(41_200, 3, 600, 4)
    assert plan.accounts_per_number == pytest.approx(274.67, abs=0.01)
    assert plan.codewords == 600 * 599 * 598 * 597 // 24
    assert Strength(41_200, 3, 0, 4).accounts_per_number == 0
    assert json.loads(json.dumps(plan.to_json()))["phone_numbers"] == 600


@pytest.mark.parametrize(
    ("numbers", "controls", "missing"),
    [(40, 10, 0), (20, 10, 0), (600, 0, 150), (600, 149, 1), (0, 0, 0), (5, 1, 1)],
    ids=["a fifth", "a third", "none", "one too few", "no numbers at all", "a sixth"],
)
def test_controls_missing_are_counted_up_to_a_fifth_of_all_numbers(numbers: int, controls: int, missing: int) -> None:
    plan = Strength(100, 3, numbers, 4, controls)
    assert plan.controls_missing == missing
    assert replace(plan, controls=controls + missing).controls_missing == 0
    told = [one for one in warnings(plan, plan_of(SMALL, 12)) if "controls" in one]
    assert bool(told) == bool(missing)
    assert all(f"set {missing:,} more numbers" in one for one in told)


@pytest.mark.parametrize(
    ("rate", "at_95", "at_99"), [(0.01, 299, 459), (0.05, 59, 90), (0.1, 29, 44), (0.3, 9, 13)], ids=str
)
def test_decoys_for_a_wanted_detection_are_the_published_ones(rate: float, at_95: int, at_99: int) -> None:
    assert (decoys_for(0.95, rate), decoys_for(0.99, rate)) == (at_95, at_99)
    assert detected(at_95, rate) >= 0.95 > detected(at_95 - 1, rate)


@pytest.mark.parametrize(("rate", "at_95", "at_99"), [(0.1, 68, 181), (0.05, 405, 2279)], ids=str)
def test_correlated_decoys_need_to_be_as_many_as_published(rate: float, at_95: int, at_99: int) -> None:
    for wanted, decoys in ((0.95, at_95), (0.99, at_99)):
        assert detected(decoys, rate, ICC) >= wanted > detected(decoys - 1, rate, ICC)


@pytest.mark.parametrize("wanted", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("rate", "icc"), [(0.1, 0.0), (0.1, 0.02), (0.3, ICC)], ids=str)
def test_planned_detection_is_met_in_10_000_simulated_leaks(wanted: float, rate: float, icc: float) -> None:
    decoys = next(one for one in range(1, 400) if detected(one, rate, icc) >= wanted)
    rng, strength, rounds = random.Random(f"{wanted} {rate} {icc}"), 1 / icc - 1 if icc else 0.0, 10_000
    noticed = 0
    for _ in range(rounds):
        share = rng.betavariate(rate * strength, (1 - rate) * strength) if icc else rate
        noticed += any(rng.random() < share for _ in range(decoys))
    assert noticed / rounds == pytest.approx(detected(decoys, rate, icc), abs=0.01)


@pytest.mark.parametrize("icc", [0.0, ICC])
def test_the_smallest_share_of_an_export_is_exposed_with_the_stated_confidence(icc: float) -> None:
    for decoys in (1, 4, 40):
        assert detected(decoys, smallest_rate(decoys, icc), icc) == pytest.approx(CONFIDENCE)


def _named_by_hand(bits: float, seen: int, unseen: int, pieces: int) -> float:
    """Bits of e, the stake 1 / pieces laid on each: E[q^s (1-q)^u] of Jeffreys' prior, half, and 20 exports."""
    a, b = seen + 0.5, unseen + 0.5
    stake = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b) - math.log(math.pi)
    return seen * (bits - math.log2(pieces)) + stake / math.log(2) - 1 - math.log2(20)


@pytest.mark.parametrize(
    ("stock", "accounts", "rows"),
    # Bits of a whole row: number + name 1/200 + room + waybill number (+ 40 for mailbox and link each, up to 1e-18).
    [
        pytest.param(SMALL, 12, {1: 1, 2: 1}, id="12 accounts: 4.32 + 7.64 + 8.17 + 16.61 = 36.7 bits, bar 24.2"),
        pytest.param(DEMO, 120, {1: 1, 2: 1}, id="the demo: cut at 59.8 bits, bar 27.6"),
        pytest.param(PARCELS, 9, {1: 3, 2: 3}, id="names and addresses: 7.64 + 8.23 = 15.9 bits, bar 23.8"),
        pytest.param(COMPANY, 41_200, {1: 2, 2: 2}, id="41,200 accounts: 9.23 + 7.64 + 8.17 + 19.93 = 45.0, bar 36.0"),
    ],
)
def test_small_workspaces_and_the_demo_are_accepted_as_checked_by_hand(
    stock: Stock, accounts: int, rows: dict[int, int]
) -> None:
    plan = plan_of(stock, accounts)
    assert refusal(plan) is None
    shown = math.log2(max(1, stock.phones) * 200 * stock.rooms * max(1, stock.waybill_numbers)) + 40 * stock.tokens
    bits, bar = min(shown, -math.log2(1e-18)), math.log2(accounts * math.pi**2 / 6 / 1e-6)
    for leakers, needed in rows.items():
        assert plan.needed(Kind.ROW, leakers) == needed
        assert _named_by_hand(bits, needed, 4 - needed, leakers * needed) >= bar
        if needed > 1:
            assert _named_by_hand(bits, needed - 1, 5 - needed, leakers * (needed - 1)) < bar


def test_a_plan_that_can_name_nobody_is_refused_with_what_would_do() -> None:
    plan = plan_of(NO_BEACON_BUT_NUMBERS, 12)
    said = refusal(plan)
    assert said
    assert "\n" not in said
    assert "all 4 decoys of one export, found whole, prove 2.4 of 24.2 bits" in said
    wanted = int(said.rpartition("(")[2].split()[0].replace(",", ""))
    assert plan.with_stock(replace(plan.stock, phones=wanted)).reaches(Kind.ROW)
    assert not plan.with_stock(replace(plan.stock, phones=wanted - 1)).reaches(Kind.ROW)


def test_a_refused_plan_is_told_of_decoys_rooms_and_waybill_numbers_where_they_would_do() -> None:
    plan = plan_of(Stock(rooms=12, waybill_numbers=10, names=False), 41_200, decoys=2)
    said = refusal(plan)
    assert said
    for words in ("more decoys per export ([export] decoys = ", "more rooms", "more waybill numbers"):
        assert words in said
    wanted = plan.decoys_wanted(Kind.ROW)
    assert wanted
    assert f"{wanted - 2} more decoys per export ([export] decoys = {wanted})" in said
    assert refusal(plan.with_decoys(wanted)) is None


def test_a_plan_that_carries_no_beacon_is_told_to_map_columns() -> None:
    assert "map more columns" in str(refusal(plan_of(Stock(names=False), 12)))


def test_a_plan_is_warned_of_what_masked_rows_and_contacts_cannot_prove() -> None:
    plan = plan_of(COMPANY, 41_200, decoys=3)
    told = warnings(Strength(41_200, 3, 600, 4, 150), plan)
    assert told == [
        (
            "all 3 decoys of an export, each by a row found with number and name masked, name nobody: "
            "nor do 200 decoys; 3 that show their waybill numbers too do"
        ),
        "all 3 decoys of an export, each by a contact that cites the name, name nobody: [export] decoys = 4 would do",
    ]
    assert plan.with_decoys(4).reaches(Kind.NAMED_CONTACT)


def test_the_figures_are_plain_json_and_probabilities_grow_with_the_rate() -> None:
    found = json.loads(json.dumps(figures(plan_of(COMPANY, 41_200))))
    for rows, falling in ((found["contacts"], False), (found["rows"], True)):
        for name in rows[0].keys() - {"rate", "dropped", "decoys_for_95_percent"}:
            column = [one[name] for one in rows]
            assert column == sorted(column, reverse=falling)
            assert all(0 <= one <= 1 for one in column)


def test_a_bare_contact_tells_less_than_the_number_it_rings() -> None:
    assert 0 < bare_bits(plan_of(COMPANY, 41_200)) < math.log2(600)
    assert bare_bits(plan_of(PARCELS, 9)) == 0
