"""A decoy value found in a dump, or named in a hit."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from honey.model.decoy import DecoyId


class Match(StrEnum):
    """How a value was recognised, strongest first."""

    EXACT = "exact"  # character for character
    NORMALISED = "normalised"  # after undoing spacing, width, prefix or province changes
    MASKED = "masked"  # some characters hidden, the rest agree
    PARTIAL = "partial"  # cut short: an address without its unit, a surname with an honorific


@dataclass(frozen=True, slots=True)
class DumpPlace:
    """One row of one file; `row` counts from 1 and includes a header line."""

    file: str
    row: int
    column: str = ""  # header name, or the number of the column from 1
    seen: str = ""  # the value as it stood in the dump, cut to a bounded length


@dataclass(frozen=True, slots=True)
class HitPlace:
    """One hit of one collector."""

    seq: int
    channel: str
    log: str = ""  # which collector's log, where there are several


@dataclass(frozen=True, slots=True)
class Sighting:
    """Evidence that at least one of `decoys` reached someone outside.

    One decoy where a value names it alone; several where only a shared value (a phone number) was seen.
    `chance` is the expected number of equally good matches if no decoy had leaked: live customers that happen to
    match, over everything that was searched. It is what turns a sighting into a likelihood ratio, 1 / chance.
    """

    decoys: frozenset[DecoyId]
    field: str  # the column role that decided
    match: Match
    place: DumpPlace | HitPlace
    chance: float
    fields: Mapping[str, Match] = dataclasses.field(default_factory=dict)  # every field that agreed

    def to_json(self) -> dict[str, Any]:
        """Return the contract's evidence item, with the extra keys `chance` and `fields`."""
        shared: dict[str, Any] = {
            "decoy": min(self.decoys) if len(self.decoys) == 1 else None,
            "field": self.field,
            "match": self.match.value,
            "chance": self.chance,
            "fields": {name: match.value for name, match in self.fields.items()},
        }
        if isinstance(self.place, DumpPlace):
            return {
                "kind": "sighting",
                **shared,
                "file": self.place.file,
                "row": self.place.row,
                "column": self.place.column,
                "seen": self.place.seen,
            }
        return {"kind": "hit", **shared, "seq": self.place.seq, "channel": self.place.channel, "log": self.place.log}
