"""How often one leaked export is named when its rows surface whole, beside the bound: at least one decoy surfaced.

20 decoys in the export, each row dropped with the same probability; 20 exports of the account on record. The bound is
1 - dropped^20: whoever sees no decoy can name nobody. Judged by the product's own rule, from SEED.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.trace.attribute import attribute
from honey.trace.inquiry import Inquiry, Settings, Stock

SEED = 20261122
DECOYS, EXPORTS, NUMBERS_EACH = 20, 20, 7
DROPPED = (0.5, 0.8, 0.9)
TRIALS = 4000
STOCK = Stock(phones=600, phone_endings=100, rooms=288, waybill_numbers=1_000_000, decoys=200_000)
_FIELDS = ("recipient_phone", "recipient_name", "recipient_address", "waybill_number")


@dataclass(frozen=True, slots=True)
class Case:
    """Which columns the rows show, and among how many accounts."""

    name: str
    fields: tuple[str, ...]
    accounts: int


CASES = (
    Case("number, name, address, waybill; 1,000 accounts", _FIELDS, 1_000),
    Case("number, name, address, waybill; 100,000 accounts", _FIELDS, 100_000),
    Case("the same and a mailbox; 100,000 accounts", (*_FIELDS, "recipient_email"), 100_000),
    Case("the same and a mailbox; 1,000,000 accounts", (*_FIELDS, "recipient_email"), 1_000_000),
    Case("waybill number alone; 100,000 accounts", ("waybill_number",), 100_000),
)


def rows() -> Iterator[tuple[str, float, float, float]]:
    """Return case, share dropped, share of leaks named, and the bound."""
    for case in CASES:
        named = [_named(case, seen) for seen in range(DECOYS + 1)]
        for dropped in DROPPED:
            rng = Random(f"{SEED} {case.name} {dropped}")
            right = sum(named[sum(rng.random() >= dropped for _ in range(DECOYS))] for _ in range(TRIALS))
            yield case.name, dropped, right / TRIALS, 1 - dropped**DECOYS


def _named(case: Case, seen: int) -> bool:
    """Whether the account is named when so many of its export's decoys surfaced; which ones makes no difference."""
    decoys = [DecoyId(f"D-{at}") for at in range(DECOYS)]
    drawn = tuple(frozenset(decoys[at::NUMBERS_EACH]) for at in range(NUMBERS_EACH))
    matches = dict.fromkeys(case.fields, Match.EXACT)
    sightings = tuple(
        Sighting(frozenset([one]), case.fields[-1], Match.EXACT, DumpPlace("dump.csv", at + 2), 1e-20, matches)
        for at, one in enumerate(decoys[:seen])
    )
    account = AccountId("A")
    release = Release(account, ExportId("E"), frozenset(decoys), drawn=drawn)
    settings = Settings(case.accounts, 0.999, 0.5, 0.001, 100, has_record=True, residents=10_000, stock=STOCK)
    found = attribute(Inquiry(sightings, (release,), {}, {account: EXPORTS}, settings))
    return found.verdict is Verdict.IDENTIFIED


def main() -> None:
    """Print the table."""
    print(f"{'rows show':<50} {'dropped':>8} {'named':>8} {'bound':>8} {'short by':>9}")
    for name, dropped, named, bound in rows():
        print(f"{name:<50} {dropped:>8.0%} {named:>8.2%} {bound:>8.2%} {100 * (bound - named):>6.2f} pp")


if __name__ == "__main__":
    main()
