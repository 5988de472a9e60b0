"""What one piece of evidence of each kind is worth, in bits, given what decoys are drawn from. Pure.

The rule is that of verdicts: a piece is priced by the chance that a fresh draw agrees with it, plus the chance that a
live customer or a stranger does. The constants of that rule are handed in.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.plan.needs import Needs
from honey.pools.stock import expand
from honey.pools.template import Template
from honey.translation import _

LEAST_DRAW = 1e-18  # no agreement is trusted further, as in verdicts
TOKEN_DRAW = 2.0**-40  # a mailbox or a link: what honey/generate/provider/token.py draws at least
SEARCHED_ROWS = 10_000  # of a dump, taken for the planning: every row is another chance that a masked one agrees


class Kind(StrEnum):
    """The pieces of evidence a plan is measured by."""

    ROW = "row"
    MASKED_ROW = "masked_row"
    WAYBILL_NUMBER = "waybill_number"
    NAMED_CONTACT = "named_contact"
    NAMED_WAYBILL_CONTACT = "named_waybill_contact"


CONTACTS = (Kind.NAMED_CONTACT, Kind.NAMED_WAYBILL_CONTACT)

WORDS = {
    Kind.ROW: _("a row found whole"),
    Kind.MASKED_ROW: _("a row found with number and name masked"),
    Kind.WAYBILL_NUMBER: _("a waybill number alone"),
    Kind.NAMED_CONTACT: _("a contact that cites the name"),
    Kind.NAMED_WAYBILL_CONTACT: _("a contact that cites name and waybill"),
}


@dataclass(frozen=True, slots=True)
class Stock:
    """How many values of each kind decoys are drawn from; 0 where the host's columns do not carry it."""

    phones: int = 0
    phone_endings: int = 0  # of which a masked number shows one
    rooms: int = 0  # of the smallest building
    waybill_numbers: int = 0
    names: bool = True
    tokens: int = 0  # mailbox and link columns

    @classmethod
    def of(cls, beacons: Iterable[Beacon], needs: Needs, *, ending: int) -> "Stock":
        """Count the decoy beacons that the columns can carry; `ending` last digits tell masked numbers apart."""
        owned = [one for one in beacons if one.role is BeaconRole.DECOY]
        held = {kind: [Template.parse(one.value) for one in owned if one.kind is kind] for kind in BeaconKind}
        phones = [number for one in held[BeaconKind.PHONE] for number in expand(one)] if needs.phone else []
        alike = max(Counter(number[-ending:] for number in phones).values(), default=1)
        rooms = min((one.count for one in held[BeaconKind.ADDRESS]), default=0)
        numbers = sum(one.count for one in held[BeaconKind.WAYBILL_NUMBER])
        return cls(
            phones=len(phones),
            phone_endings=len(phones) // alike,
            rooms=rooms if needs.address else 0,
            waybill_numbers=numbers if needs.waybill_number else 0,
            names=needs.name,
            tokens=needs.email + needs.link,
        )


@dataclass(frozen=True, slots=True)
class Odds:
    """The constants of the verdict's rule: of a fresh draw, then of an accident, per row or per contact."""

    name_draw: float
    household_draw: float  # a masked name agrees
    name: float
    phone: float
    address: float
    token: float
    masked_phone: float
    masked_name: float
    stated_name: float
    stated_waybill: float


@dataclass(frozen=True, slots=True)
class Price:
    """What a bet on one decoy costs per unit paid: when it is the first of its number, and when that was known."""

    first: float
    beside: float

    @property
    def bits(self) -> float:
        """What the piece is worth at most, before anything is staked."""
        return max(0.0, -math.log2(self.first))


def price(kind: Kind, stock: Stock, odds: Odds) -> Price | None:
    """Return the price of a piece; None when decoys of this stock cannot show one."""
    phone = 1 / stock.phones if stock.phones else 1.0
    name = odds.name_draw if stock.names else 1.0
    waybill = 1 / stock.waybill_numbers if stock.waybill_numbers else 1.0
    match kind:
        case Kind.ROW:
            rest = name * waybill / max(1, stock.rooms) * TOKEN_DRAW**stock.tokens
            return _price(phone, rest, _row_by_accident(stock, odds)) if phone * rest < 1 else None
        case Kind.MASKED_ROW if stock.phone_endings:
            rest, accident = (odds.household_draw, odds.masked_name) if stock.names else (1.0, 1.0)
            return _price(1 / stock.phone_endings, rest, SEARCHED_ROWS * odds.masked_phone * accident)
        case Kind.WAYBILL_NUMBER if stock.waybill_numbers:
            return _price(1.0, waybill, odds.stated_waybill)
        case Kind.NAMED_CONTACT if stock.phones and stock.names:
            return _price(phone, name, odds.stated_name)
        case Kind.NAMED_WAYBILL_CONTACT if stock.phones and stock.names and stock.waybill_numbers:
            return _price(phone, name * waybill, odds.stated_name * odds.stated_waybill)
    return None


def _price(phone: float, rest: float, accident: float) -> Price:
    return Price(max(LEAST_DRAW, phone * rest) + accident, max(LEAST_DRAW, rest) + accident)


def _row_by_accident(stock: Stock, odds: Odds) -> float:
    """Return how many of the rows searched agree whole by accident; next to nothing unless a row shows one field."""
    chance = odds.name if stock.names else 1.0
    chance *= odds.phone if stock.phones else 1.0
    chance *= odds.address if stock.rooms else 1.0
    return min(1.0, SEARCHED_ROWS * chance * odds.token ** (stock.tokens + bool(stock.waybill_numbers)))
