"""What a plan can prove: figures for `honey plan`, whether the plan is refused, and what would mend it. Pure."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from honey.codes.bound import leak_bits
from honey.plan.detection import (
    CONFIDENCE,
    CONTACT_RATES,
    DROP_RATES,
    ICC,
    decoys_for,
    detected,
    identified,
    identified_by_any,
    smallest_rate,
)
from honey.plan.evidence import WORDS, Kind, Stock
from honey.plan.proving import MOST_DECOYS, Proving
from honey.translation import _, joined

CONTROL_SHARE = 0.2  # of all numbers, never planted: what strangers' calls are measured on
BARE_RATE = 0.1  # of leaked decoys contacted, for what a bare contact tells at best; unknown for courier data
BARE_STRAY = 0.02  # numbers that a stranger rings meanwhile, behind a gate; the figure of docs/contacts.md
_MOST_VALUES = 1 << 40  # of a pool, that are asked for


@dataclass(frozen=True, slots=True)
class Strength:
    """A plan of `decoys` per account and `numbers_per_account` out of `numbers` for `accounts` accounts."""

    accounts: int
    decoys: int
    numbers: int
    numbers_per_account: int
    controls: int = 0

    @property
    def accounts_per_number(self) -> float:
        """How many accounts share one phone number on average: why a number alone names nobody."""
        return self.accounts * self.numbers_per_account / self.numbers if self.numbers else 0.0

    @property
    def codewords(self) -> int:
        """How many different sets of numbers an account may have been given."""
        return math.comb(self.numbers, self.numbers_per_account)

    @property
    def control_share(self) -> float:
        """Which share of all numbers is never planted."""
        return self.controls / (self.controls + self.numbers) if self.numbers else 0.0

    @property
    def controls_missing(self) -> int:
        """How many more numbers to set aside as controls; those planted cannot become any."""
        wanted = round(self.numbers * CONTROL_SHARE / (1 - CONTROL_SHARE), 9)
        return max(0, math.ceil(wanted) - self.controls)

    def detection(self, share: float) -> float:
        """Probability that a leak of this share of an account's rows holds at least one of its decoys."""
        return float(-math.expm1(self.decoys * math.log1p(-share))) if share < 1 else 1.0

    @property
    def smallest_share(self) -> float:
        """The share of an account's rows that, leaked, holds a decoy with probability CONFIDENCE."""
        return float(-math.expm1(math.log(1 - CONFIDENCE) / self.decoys))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "accounts": self.accounts,
            "decoys_per_account": self.decoys,
            "phone_numbers": self.numbers,
            "numbers_per_account": self.numbers_per_account,
            "accounts_per_number": round(self.accounts_per_number, 2),
            "codewords": self.codewords,
            "control_numbers": self.controls,
            "control_share": round(self.control_share, 4),
            "control_numbers_missing": self.controls_missing,
            "smallest_share_exposed": round(self.smallest_share, 4),
            "detection": {str(share): round(self.detection(share), 4) for share in (0.1, 0.3, 0.5, 1.0)},
        }


def bare_bits(proving: Proving) -> float:
    """Return what one bare contact tells about the leaker's numbers at best; 0 without numbers.

    It names nobody alone: verdicts set the numbers that rang beside decoys that were named.
    """
    numbers, decoys = proving.stock.phones, proving.decoys * proving.exports
    if numbers <= 1:
        return 0.0  # one number tells nobody apart
    return leak_bits(numbers, proving.codeword_size, decoys, BARE_RATE, BARE_STRAY) / (decoys * BARE_RATE)


def figures(proving: Proving) -> dict[str, Any]:
    """Return what the exports of a plan can prove, as plain JSON values."""
    return {
        "decoys_per_export": proving.decoys,
        "exports_assumed": proving.exports,
        "numbers_per_account": proving.codeword_size,
        "accounts_per_number": round(proving.accounts * proving.codeword_size / max(1, proving.stock.phones), 2),
        "evidence": [_evidence(proving, kind) for kind in Kind],
        "bare_contact": {"bits": round(bare_bits(proving), 2), "names_alone": False},
        "contacts": [_contacts(proving, rate) for rate in CONTACT_RATES],
        "rows": [_rows(proving, rate) for rate in DROP_RATES],
        "smallest_export_share_exposed": round(smallest_rate(proving.decoys), 4),
        "smallest_export_share_exposed_correlated": round(smallest_rate(proving.decoys, ICC), 4),
    }


def _evidence(proving: Proving, kind: Kind) -> dict[str, Any]:
    cost = proving.price(kind)
    found: dict[str, Any] = {"kind": kind.value, "bits": round(cost.bits, 1) if cost else 0.0}
    for leakers, word in ((1, "one_leaker"), (2, "two_leakers")):
        found[f"for_{word}"] = proving.needed(kind, leakers)
        found[f"decoys_per_export_for_{word}"] = proving.decoys_wanted(kind, leakers) if cost else None
    return found


def _contacts(proving: Proving, rate: float) -> dict[str, float]:
    every = proving.decoys * proving.exports
    return {
        "rate": rate,
        "export_detected": round(detected(proving.decoys, rate), 6),
        "export_detected_correlated": round(detected(proving.decoys, rate, ICC), 6),
        "export_identified_by_name": round(identified(proving, Kind.NAMED_CONTACT, rate), 6),
        "export_identified_by_name_and_waybill": round(identified(proving, Kind.NAMED_WAYBILL_CONTACT, rate), 6),
        "account_detected": round(detected(every, rate), 6),
        "account_detected_correlated": round(detected(every, rate, ICC), 6),
        "account_identified_by_name": round(identified_by_any(proving, Kind.NAMED_CONTACT, rate), 6),
        "account_identified_by_name_and_waybill": round(
            identified_by_any(proving, Kind.NAMED_WAYBILL_CONTACT, rate), 6
        ),
        "decoys_for_95_percent": decoys_for(0.95, rate),
    }


def _rows(proving: Proving, dropped: float) -> dict[str, float]:
    shown = round(1 - dropped, 9)
    return {
        "dropped": dropped,
        "export_detected": round(detected(proving.decoys, shown), 6),
        "export_detected_correlated": round(detected(proving.decoys, shown, ICC), 6),
        "export_identified": round(identified(proving, Kind.ROW, shown), 6),
        "export_identified_correlated": round(identified(proving, Kind.ROW, shown, ICC), 6),
        "export_identified_masked": round(identified(proving, Kind.MASKED_ROW, shown), 6),
    }


def refusal(proving: Proving) -> str | None:
    """Return why a plan that can name nobody is refused, and what would do, on one line; None when it can."""
    if proving.reaches(Kind.ROW):
        return None
    bits = proving.log_e_value(Kind.ROW, proving.decoys, proving.decoys) / math.log(2)
    ways = list(_ways(proving))
    mend = (
        _("any one of these would do: {ways}", ways=joined("; ", ways))
        if ways
        else _("map more columns that carry beacons")
    )
    return _(
        "this plan can name nobody: all {decoys} decoys of one export, found whole, prove "
        "{bits:.1f} of {bar:.1f} bits; {mend}",
        decoys=proving.decoys,
        bits=max(0.0, bits),
        bar=proving.log_bar / math.log(2),
        mend=mend,
    )


def _ways(proving: Proving) -> Iterator[str]:
    """Return what, changed alone, would let whole rows of one export reach the bar."""
    stock = proving.stock
    if decoys := proving.decoys_wanted(Kind.ROW):
        yield _(
            "{number:,} more decoys per export ([export] decoys = {decoys})",
            number=decoys - proving.decoys,
            decoys=decoys,
        )
    pools: tuple[tuple[int, str, Callable[[int], Stock]], ...] = (
        (stock.phones, _("phone numbers"), lambda count: replace(stock, phones=count)),
        (stock.rooms, _("rooms in the smallest building"), lambda count: replace(stock, rooms=count)),
        (stock.waybill_numbers, _("waybill numbers"), lambda count: replace(stock, waybill_numbers=count)),
    )
    for held, words, changed in pools:
        if held and (wanted := _values_wanted(proving, held, changed)):
            yield _("{number:,} more {words} ({wanted:,} in all)", number=wanted - held, words=words, wanted=wanted)


def _values_wanted(proving: Proving, held: int, changed: Callable[[int], Stock]) -> int | None:
    def enough(count: int) -> bool:
        return proving.with_stock(changed(count)).reaches(Kind.ROW)

    high = held
    while not enough(high):
        high *= 2
        if high > _MOST_VALUES:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def warnings(strength: Strength, proving: Proving) -> list[str]:
    """Return what the plan cannot do and what would, one line each."""
    found: list[str] = []
    if strength.numbers and strength.controls_missing:
        found.append(
            _(
                "{control_share:.0%} of the numbers are controls: set {controls_missing:,} more numbers "
                "aside as controls for {control_share2:.0%}",
                control_share=strength.control_share,
                controls_missing=strength.controls_missing,
                control_share2=CONTROL_SHARE,
            )
        )
    lacking = (one for one in (Kind.MASKED_ROW, Kind.NAMED_CONTACT) if proving.price(one) and not proving.reaches(one))
    found += [
        _(
            "all {decoys} decoys of an export, each by {words}, name nobody: {instead}",
            decoys=proving.decoys,
            words=WORDS[one],
            instead=_instead(proving, one),
        )
        for one in lacking
    ]
    if proving.reaches(Kind.ROW) and not proving.reaches(Kind.ROW, leakers=2):
        found.append(_("two leakers in one case cannot both be named, even by all rows of an export each"))
    return found


def _instead(proving: Proving, kind: Kind) -> str:
    if wanted := proving.decoys_wanted(kind):
        return _("[export] decoys = {wanted} would do", wanted=wanted)
    said = _("nor do {most_decoys:,} decoys", most_decoys=MOST_DECOYS)
    if needed := proving.needed(Kind.WAYBILL_NUMBER):
        said += _("; {needed} that show their waybill numbers too do", needed=needed)
    return said
