"""All columns of the decoys, and how they fall into classes that one row cannot tell apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from honey.model.decoy import Decoy
from honey.trace.alike.addresses import Addresses
from honey.trace.alike.codes import Column, Partition, Positions, Single, places_among
from honey.trace.alike.goods import Goods
from honey.trace.alike.names import Names
from honey.trace.alike.numbers import Numbers
from honey.trace.alike.tokens import DigitsInside, Links, Waybills, mailboxes
from honey.trace.row import Row

MAX_POINTED_AT = 200_000  # decoys for one row; a hostile row could name all of them again and again
FEW = 6  # decoys that are weighed one by one sooner than they are sorted


@dataclass(frozen=True, eq=False)
class Columns:
    """Every value of every decoy, by kind."""

    names: Names
    numbers: Numbers
    waybills: Waybills
    by_mailbox: Single
    links: Links
    addresses: Addresses
    goods: Goods

    @classmethod
    def of(cls, decoys: Sequence[Decoy]) -> "Columns":
        """Read the decoys; their places are their positions."""
        return cls(
            Names.of(decoys), Numbers.of(decoys), Waybills.of(decoys), mailboxes(decoys), Links.of(decoys),
            Addresses.of(decoys), Goods.of(decoys),
        )  # fmt: skip

    def pointed_at(self, row: Row) -> Column:
        """Return the places of all decoys that a value of the row points at, each once, in the order found.

        Beyond `MAX_POINTED_AT` no further value is looked up.
        """
        found: list[Column | Sequence[int]] = []
        held = 0
        for places in self._pointed_at(row):
            if len(places):
                found.append(places)
                held += len(places)
            if held > MAX_POINTED_AT:
                break
        if len(found) < 2:
            return np.array(found[0] if found else (), np.int32)
        joined = np.concatenate(found, dtype=np.int32, casting="unsafe")
        _, first = np.unique(joined, return_index=True)
        first.sort()
        return joined[first]

    def _pointed_at(self, row: Row) -> Iterator[Column | Sequence[int]]:
        yield from self.numbers.whole(row)
        yield from self._named_alone(row)
        yield from self.numbers.masked(row)
        yield from self.addresses.pointed_at(row)

    def _named_alone(self, row: Row) -> Iterator[Sequence[int]]:
        for found, lookup in (
            (row.words, self.waybills.by_waybill),
            (row.mailboxes, self.by_mailbox),
            (row.tokens, self.links.by_token),
        ):
            yield from (lookup.places(value) for value in found if value in lookup)

    def classes(self, places: Column, row: Row) -> list[Positions]:
        """Return positions in `places`, together those of decoys that the row cannot tell apart.

        Decoys of one class agree with the row in the same fields in the same way and have the same conflicts. Decoys
        of two classes may do so too.
        """
        if len(places) <= FEW:
            return [np.array([at]) for at in range(len(places))]
        alike = Partition(len(places))
        self.numbers.split(alike, places, row, self._holders)
        for kind in (self.waybills, self.names, self.addresses, self.goods):
            kind.split(alike, places, row)
        return alike.classes(places_among(self._whole(row), places))

    def _whole(self, row: Row) -> set[int]:
        """Return the decoys of which the row may hold a value that hardly another decoy has."""
        return {place for places in self._named_alone(row) for place in places} | set(self.names.whole(row))

    def _holders(self, digits: str) -> list[int]:
        return self._inside.holders(digits)

    @cached_property
    def _inside(self) -> DigitsInside:
        """Asked for only where a row shows a house and another's number."""
        return DigitsInside((self.waybills.texts, self.links.texts), self.numbers.lengths)
