"""What a plan foresees is what verdicts compute: their own e-values, on simulated leaks, are the yardstick."""

import math
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from honey.model.attribution import Verdict
from honey.plan.detection import CONTACT_RATES, DROP_RATES, detected, identified, identified_by_any, surfacing
from honey.plan.evidence import WORDS, Kind, Stock
from honey.plan.proving import Proving
from honey.trace import inquiry, proof
from honey.trace.attribute import attribute
from tests.honey.plan.conftest import COMPANY, DEMO, PARCELS, SMALL, LogE, inquiry_of, plan_of

PLANS = [
    pytest.param(plan_of(COMPANY, 41_200), id="a company of 41,200 accounts"),
    pytest.param(plan_of(COMPANY, 41_200, decoys=8), id="more decoys in an export than its codeword has numbers"),
    pytest.param(plan_of(SMALL, 12), id="twelve accounts"),
    pytest.param(plan_of(replace(DEMO, tokens=0), 120), id="the demo, without mailbox and link"),
]
KINDS = [pytest.param(one, id=one.value) for one in Kind]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_foreseen_e_value_is_the_verdicts_own(plan: Proving, kind: Kind, log_e: LogE) -> None:
    for seen in range(plan.decoys + 1):
        assert log_e(plan, kind, [[seen]])[0] == pytest.approx(plan.log_e_value(kind, seen, seen), rel=1e-9)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_two_leakers_make_each_others_proof_as_dear_as_foreseen(plan: Proving, kind: Kind, log_e: LogE) -> None:
    seen = plan.decoys
    foreseen = plan.log_e_value(kind, seen, 2 * seen)
    assert log_e(plan, kind, [[seen], [seen]]) == pytest.approx([foreseen, foreseen], rel=1e-9)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leakers", [1, 2])
def test_the_stated_count_names_the_leakers_and_one_fewer_does_not(
    plan: Proving, kind: Kind, leakers: int, log_e: LogE
) -> None:
    needed = plan.needed(kind, leakers)
    if needed is None:
        assert max(log_e(plan, kind, [[plan.decoys]] * leakers)) < plan.log_bar
        return
    assert min(log_e(plan, kind, [[needed]] * leakers)) >= plan.log_bar
    assert max(log_e(plan, kind, [[needed - 1]] * leakers)) < plan.log_bar


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leakers", [1, 2])
def test_a_verdict_names_the_leakers_by_the_stated_count_and_nobody_by_one_fewer(
    plan: Proving, kind: Kind, leakers: int
) -> None:
    needed = plan.needed(kind, leakers)
    counts = [plan.decoys] if needed is None else [needed, needed - 1]
    for count in filter(None, counts):
        found = attribute(inquiry_of(plan, kind, [[count]] * leakers))
        named = {one.account for one in found.suspects} if found.verdict is Verdict.IDENTIFIED else set[str]()
        assert named == ({f"A{at}" for at in range(leakers)} if count == needed else set())


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_decoys_wanted_in_an_export_are_enough_and_one_fewer_is_not(plan: Proving, kind: Kind, log_e: LogE) -> None:
    wanted = plan.decoys_wanted(kind)
    if wanted is None:
        assert kind is Kind.MASKED_ROW
        return
    for decoys in (wanted, wanted - 1):
        other = plan.with_decoys(decoys)
        named = decoys > 0 and log_e(other, kind, [[decoys]])[0] >= plan.log_bar
        assert named == (decoys == wanted)


@pytest.mark.parametrize("rate", [0.2, 0.4, 0.8])
@pytest.mark.parametrize("kind", [Kind.ROW, Kind.WAYBILL_NUMBER, Kind.NAMED_WAYBILL_CONTACT])
@pytest.mark.parametrize("icc", [0.0, 0.05])
def test_a_leaked_export_names_its_account_as_often_as_stated(rate: float, kind: Kind, icc: float, log_e: LogE) -> None:
    plan, rng, rounds = plan_of(COMPANY, 41_200), random.Random(f"{rate} {kind} {icc}"), 4000
    strength = 1 / icc - 1 if icc else 0.0
    values = {seen: log_e(plan, kind, [[seen]])[0] for seen in range(plan.decoys + 1)}
    named = 0
    for _ in range(rounds):
        share = rng.betavariate(rate * strength, (1 - rate) * strength) if icc else rate
        seen = sum(rng.random() < share for _ in range(plan.decoys))
        named += values[seen] >= plan.log_bar
    assert identified(plan, kind, rate, icc) == pytest.approx(named / rounds, abs=0.03)


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("kind", [Kind.NAMED_CONTACT, Kind.NAMED_WAYBILL_CONTACT])
def test_who_leaks_all_exports_is_named_at_least_as_often_as_stated(rate: float, kind: Kind, log_e: LogE) -> None:
    plan, rng, rounds = plan_of(COMPANY, 41_200), random.Random(f"{rate} {kind}"), 3000
    values, named = dict[tuple[int, ...], float](), 0
    for _ in range(rounds):
        drawn = (sum(rng.random() < rate for _ in range(plan.decoys)) for _ in range(plan.exports))
        seen = tuple(sorted(drawn, reverse=True))
        if seen not in values:
            values[seen] = log_e(plan, kind, [seen])[0]
        named += values[seen] >= plan.log_bar
    assert identified_by_any(plan, kind, rate) <= named / rounds + 0.03


def test_the_bits_of_a_piece_are_the_verdicts_bits() -> None:
    stock = inquiry.Stock(phones=600, phone_endings=100, rooms=288, waybill_numbers=1_000_000)
    row, waybill = plan_of(COMPANY, 41_200).price(Kind.ROW), plan_of(COMPANY, 41_200).price(Kind.WAYBILL_NUMBER)
    assert row
    assert waybill
    assert row.bits == pytest.approx(min(proof.bits_per_row(stock), -math.log2(1e-18)), abs=1e-6)
    assert waybill.bits == pytest.approx(math.log2(1_000_000), abs=0.1)  # less what strangers guess


@pytest.mark.parametrize(
    ("stock", "kinds"),
    [
        (COMPANY, set(Kind)),
        (PARCELS, {Kind.ROW}),
        (Stock(waybill_numbers=1000, names=False), {Kind.ROW, Kind.WAYBILL_NUMBER}),
        (Stock(names=False), set[Kind]()),
    ],
    ids=["a whole waybill", "names and addresses", "waybill numbers only", "nothing that carries a beacon"],
)
def test_only_evidence_that_the_columns_carry_has_a_price(stock: Stock, kinds: set[Kind]) -> None:
    assert {one for one in Kind if plan_of(stock, 12).price(one)} == kinds


def test_surfacing_sums_to_one_at_every_rate_and_correlation() -> None:
    for rate in (0.0, 0.05, 0.5, 1.0):
        for icc in (0.0, 0.05):
            assert math.fsum(surfacing(40, rate, icc)) == pytest.approx(1.0)


def test_the_example_of_the_documentation_is_right() -> None:
    text = (Path(__file__).parents[3] / "docs" / "planning.md").read_text("utf-8")
    plan = plan_of(COMPANY, 41_200)
    for kind in Kind:
        cost, one, two = plan.price(kind), plan.needed(kind), plan.needed(kind, leakers=2)
        assert cost
        assert re.search(rf"^\| {WORDS[kind]} \|.* \| {cost.bits:.1f} \|$", text, re.MULTILINE)
        plural = WORDS[kind].removeprefix("a ").replace("row ", "rows ", 1).replace("number alone", "numbers alone")
        plural = plural.replace("contact that cites", "contacts that cite")
        later = two or ("no: 5 decoys in an export would do" if one else "no")
        assert f"| {plural} | {one or 'no'} | {later} |" in text
    for rate in CONTACT_RATES:
        figures = (
            detected(4, rate),
            identified(plan, Kind.NAMED_WAYBILL_CONTACT, rate),
            detected(80, rate),
            identified_by_any(plan, Kind.NAMED_WAYBILL_CONTACT, rate),
        )
        assert f"| {rate} | " + " | ".join(f"{100 * one + 1e-9:.1f} %" for one in figures) + " |" in text
    for drop in DROP_RATES:
        shown = 1 - drop
        named = (identified(plan.with_decoys(count), Kind.ROW, shown) for count in (4, 8))
        cells = " | ".join(f"{100 * one + 1e-9:.1f} %" for one in (detected(4, shown), *named))
        assert f"| {drop:.0%} | ".replace("%", " %") + cells + " |" in text
