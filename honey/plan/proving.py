"""How many pieces of evidence name an account under a plan: the e-value of verdicts, foreseen. Pure.

Counted as verdicts count: a share q of the stake on every decoy, q averaged; half of everything kept on no export; the
rest spread over the account's exports; each different piece in the case makes all others dearer.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from honey.plan.codebook import EXPORTS_PER_EPOCH, export_size
from honey.plan.evidence import CONTACTS, Kind, Odds, Price, Stock, price

EXPORTS_PER_ACCOUNT = 20  # on record when a case opens, one on each working day of four weeks; a judgement
MOST_DECOYS = 200  # in one export, that are asked for
_NODES = 64
# Jeffreys' prior of the share of an export that surfaces, as in verdicts.
_SHARES = tuple(math.sin(math.pi * (at + 0.5) / (2 * _NODES)) ** 2 for at in range(_NODES))


@dataclass(frozen=True)
class Proving:
    """What can be proven of one export of `decoys` decoys, against a bar of ln `log_bar`."""

    stock: Stock
    odds: Odds
    accounts: int
    decoys: int
    log_bar: float
    exports: int = EXPORTS_PER_ACCOUNT

    @cached_property
    def codeword_size(self) -> int:
        """How many numbers the exports of one account are spread over in an epoch; 0 without numbers."""
        planned = export_size(self.stock.phones, self.accounts, self.decoys * EXPORTS_PER_EPOCH)
        return min(planned, self.stock.phones)

    @cached_property
    def households(self) -> tuple[tuple[int, int], ...]:
        """How many decoys of one export share a number, and how many numbers are shared so, the most shared first."""
        if not self.stock.phones:
            return ((1, self.decoys),)
        held = min(self.codeword_size, self.decoys)
        each, left = divmod(self.decoys, held)
        return ((each + 1, left), (each, held - left))

    def price(self, kind: Kind) -> Price | None:
        """Return what a piece of this kind costs; None when decoys of this plan cannot show one."""
        return price(kind, self.stock, self.odds)

    def log_e_value(self, kind: Kind, seen: int, pieces: int) -> float:
        """Return ln of the leaker's e-value when so many decoys of one export are among `pieces` pieces in the case.

        Where decoys share numbers those seen share as many as they can, which proves least. Contacts are averaged with
        the numbers that rang, since both rest on one draw; those are supposed to say nothing, an e-value of 1.
        """
        named = self._log_named(kind, seen, pieces)
        return _log_mean(named, 0.0) if kind in CONTACTS and self.stock.phones else named

    def _log_named(self, kind: Kind, seen: int, pieces: int) -> float:
        cost = self.price(kind)
        if cost is None or not seen:
            return -math.log(2)  # what was kept on no export
        bets = [(paid, count) for paid, count in self._bets(cost, seen, pieces) if count]
        terms = [sum(count * math.log1p(share * (paid - 1.0)) for paid, count in bets) for share in _SHARES]
        highest = max(terms)
        export = highest + math.log(sum(math.exp(term - highest) for term in terms) / (_NODES * self.exports))
        return _log_mean(export, 0.0)

    def _bets(self, cost: Price, seen: int, pieces: int) -> Iterator[tuple[float, int]]:
        """Return what the decoys' bets pay, and how many pay so."""
        left = seen
        for size, count in self.households:
            full, more = divmod(min(left, size * count), size)
            left -= full * size + more
            known = full + bool(more)  # numbers seen
            yield 1.0 / (pieces * cost.first * size), known
            yield 1.0 / (pieces * cost.beside), full * size + more - known
            yield 0.0, size * count - full * size - more

    def needed(self, kind: Kind, leakers: int = 1) -> int | None:
        """Return the fewest decoys of one export that name the leaker, as many of each other leaker's being seen.

        None when a whole export is not enough.
        """
        if (kind, leakers) not in self._known:
            counts = range(1, self.decoys + 1)
            enough = (seen for seen in counts if self.log_e_value(kind, seen, leakers * seen) >= self.log_bar)
            self._known[kind, leakers] = next(enough, None)
        return self._known[kind, leakers]

    @cached_property
    def _known(self) -> dict[tuple[Kind, int], int | None]:
        return {}

    def with_decoys(self, decoys: int) -> "Proving":
        """Return the same with more or fewer decoys in each export."""
        return Proving(self.stock, self.odds, self.accounts, decoys, self.log_bar, self.exports)

    def with_stock(self, stock: Stock) -> "Proving":
        """Return the same with other beacons."""
        return Proving(stock, self.odds, self.accounts, self.decoys, self.log_bar, self.exports)

    def reaches(self, kind: Kind, leakers: int = 1) -> bool:
        """Whether every decoy of one export, each shown by such a piece, names the leaker."""
        return self.log_e_value(kind, self.decoys, leakers * self.decoys) >= self.log_bar

    def decoys_wanted(self, kind: Kind, leakers: int = 1) -> int | None:
        """Return how many decoys an export needs for such pieces to reach the bar; None if MOST_DECOYS do not."""
        sizes = range(1, MOST_DECOYS + 1)
        return next((one for one in sizes if self.with_decoys(one).reaches(kind, leakers)), None)


def _log_mean(one: float, other: float) -> float:
    return max(one, other) + math.log1p(math.exp(-abs(one - other))) - math.log(2)
