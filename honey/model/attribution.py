"""Ranked accounts and exports with a probability each, including "no leak"."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from honey.model.account import AccountId, ExportId
from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting


class Verdict(StrEnum):
    """What may be said of the accounts; nothing below the threshold is ever an accusation."""

    IDENTIFIED = "identified"
    SHORTLIST = "shortlist"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Release:
    """What one account carried out at one time: the decoys in one export, or in all it read.

    `export` is None for rows read one by one. A release is a fact of the record, not an accusation.
    """

    account: AccountId
    export: ExportId | None
    decoys: frozenset[DecoyId]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """One account with what speaks for it. `log10_likelihood_ratio` compares it with "no leak"."""

    account: AccountId
    probability: float
    log10_likelihood_ratio: float
    support: str  # the verbal scale of ENFSI, beside the figure and never instead of it
    exports: tuple[ExportId, ...]
    evidence: tuple[Sighting, ...]

    @property
    def decoys(self) -> frozenset[DecoyId]:
        """Decoys that the evidence names alone."""
        return frozenset(next(iter(one.decoys)) for one in self.evidence if len(one.decoys) == 1)

    def to_json(self) -> dict[str, Any]:
        """Return the contract's suspect object."""
        return {
            "account": self.account,
            "probability": self.probability,
            "log10_likelihood_ratio": self.log10_likelihood_ratio,
            "support": self.support,
            "exports": list(self.exports),
            "decoys": len(self.decoys),
            "evidence": [one.to_json() for one in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer for one case. `suspects` is ranked; for `identified` it holds the named accounts only."""

    verdict: Verdict
    no_leak_probability: float
    suspects: tuple[Suspect, ...]
    sightings: int
    notes: tuple[str, ...] = ()  # what the figures rest on, and what is missing

    def to_json(self) -> dict[str, Any]:
        """Return the contract's attribution object; the caller adds `scanned`."""
        return {
            "verdict": self.verdict.value,
            "no_leak_probability": self.no_leak_probability,
            "suspects": [one.to_json() for one in self.suspects],
            "sightings": self.sightings,
            "notes": list(self.notes),
        }
