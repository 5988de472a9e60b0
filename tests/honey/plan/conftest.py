"""Plans as used in the tests of this folder, and verdicts' own e-values for made-up leaks under them."""

import math
from collections.abc import Callable, Sequence

import pytest

from honey.cli.plan import ODDS
from honey.codes.accuse import case_alpha
from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.plan.evidence import CONTACTS, SEARCHED_ROWS, Kind, Stock
from honey.plan.proving import Proving
from honey.trace import chances, inquiry
from honey.trace.proof import Draws

PHONE, NAME, ADDRESS, WAYBILL = "recipient_phone", "recipient_name", "recipient_address", "waybill_number"
ROW = dict.fromkeys((PHONE, NAME, ADDRESS, WAYBILL), Match.EXACT)
MASKED_CHANCE = SEARCHED_ROWS * chances.masked_phone(3, 4) * chances.surname_share("王")
# What a verdict sees of each kind: the fields that agree, and the chance that they do by accident.
SEEN = {
    Kind.ROW: (ROW, 0.0),
    Kind.MASKED_ROW: ({PHONE: Match.MASKED, NAME: Match.MASKED}, MASKED_CHANCE),
    Kind.WAYBILL_NUMBER: ({WAYBILL: Match.EXACT}, chances.STATED_WAYBILL),
    Kind.NAMED_CONTACT: ({PHONE: Match.EXACT, NAME: Match.EXACT}, chances.STATED_SHORT_NAME),
    Kind.NAMED_WAYBILL_CONTACT: (
        {PHONE: Match.EXACT, NAME: Match.EXACT, WAYBILL: Match.EXACT},
        chances.STATED_SHORT_NAME * chances.STATED_WAYBILL,
    ),
}

COMPANY = Stock(phones=600, phone_endings=100, rooms=288, waybill_numbers=1_000_000)  # docs/planning.md
SMALL = Stock(phones=20, phone_endings=10, rooms=288, waybill_numbers=100_000)  # tests/end_to_end
DEMO = Stock(phones=40, phone_endings=40, rooms=2016, waybill_numbers=100_000, tokens=2)  # honey demo
PARCELS = Stock(rooms=300)  # a host with names and addresses only

LogE = Callable[[Proving, Kind, Sequence[Sequence[int]]], list[float]]


def plan_of(stock: Stock, accounts: int, decoys: int = 4) -> Proving:
    """The plan as `honey plan` judges it before the first case."""
    return Proving(stock, ODDS, accounts, decoys, math.log(accounts / case_alpha(1, 1e-6)))


@pytest.fixture
def log_e() -> LogE:
    """Return ln e of each account, `leaks` holding for each the count of decoys seen per export of its own."""
    return _log_e


def _log_e(plan: Proving, kind: Kind, leaks: Sequence[Sequence[int]]) -> list[float]:
    asked = inquiry_of(plan, kind, leaks)
    named = [Draws(asked).log_e_value(AccountId(f"A{at}")) for at in range(len(leaks))]
    if asked.by_numbers is None:
        return named
    return [math.log((math.exp(one) + 1.0) / 2) for one in named]  # the numbers that rang say nothing


def inquiry_of(plan: Proving, kind: Kind, leaks: Sequence[Sequence[int]]) -> inquiry.Inquiry:
    """Return a case: for each account, how many decoys of each of its exports are shown by such a piece."""
    fields, chance = SEEN[kind]
    releases, sightings = list[Release](), list[Sighting]()
    for account, exports in enumerate(leaks):
        for export, seen in enumerate(exports):
            names = [DecoyId(f"{account}-{export}-{at}") for at in range(plan.decoys)]
            drawn, at = list[frozenset[DecoyId]](), 0
            for size in (size for size, count in plan.households for _ in range(count)):
                drawn.append(frozenset(names[at : at + size]))
                at += size
            releases.append(
                Release(AccountId(f"A{account}"), ExportId(f"{account}-{export}"), frozenset(names), drawn=tuple(drawn))
            )
            sightings += [
                Sighting(frozenset([one]), WAYBILL, Match.EXACT, DumpPlace("d", len(sightings)), chance, fields)
                for one in names[:seen]
            ]
    stock = inquiry.Stock(
        phones=plan.stock.phones,
        phone_endings=plan.stock.phone_endings,
        rooms=plan.stock.rooms,
        waybill_numbers=plan.stock.waybill_numbers,
    )
    told = inquiry.Settings(
        plan.accounts, 0.999, 0.5, 0.001, 1, has_record=True, alpha=case_alpha(1, 1e-6), stock=stock
    )
    counts = {AccountId(f"A{at}"): plan.exports for at in range(len(leaks))}
    numbers = dict[AccountId, float]() if kind in CONTACTS else None
    return inquiry.Inquiry(tuple(sightings), tuple(releases), {}, counts, told, by_numbers=numbers)
