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


class Basis(StrEnum):
    """What a proof assumes: that the plan stayed secret, or also that the access record is complete."""

    DRAWS = "draws"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Release:
    """What one account carried out at one time: the decoys in one export, or in all it read.

    `export` is None for rows read one by one. A release is a fact of the record, not an accusation. `drawn` are the
    decoys that were drawn in secret for this export and lay nowhere else, those that share a number together.
    """

    account: AccountId
    export: ExportId | None
    decoys: frozenset[DecoyId]
    at: datetime | None = None
    drawn: tuple[frozenset[DecoyId], ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """One account with what speaks for it.

    `log10_likelihood_ratio` compares it with "no leak". `log10_e_value` is what the evidence proves: it reaches x for
    an innocent account with probability at most 10^-x, on the assumption its `basis` states.
    """

    account: AccountId
    probability: float
    log10_likelihood_ratio: float
    support: str  # the verbal scale of ENFSI, beside the figure and never instead of it
    exports: tuple[ExportId, ...]
    evidence: tuple[Sighting, ...]
    log10_e_value: float = 0.0
    basis: Basis = Basis.DRAWS

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
            "log10_e_value": self.log10_e_value,
            "basis": self.basis.value,
            "support": self.support,
            "exports": list(self.exports),
            "decoys": len(self.decoys),
            "evidence": [one.to_json() for one in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """What it would take to name the first account of a shortlist."""

    shortlist: int  # accounts that hold the probability between them
    bits: float
    rows: int  # further decoys of one export seen whole, at least
    contacts: int  # or further contacts that name a decoy, at least

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"shortlist": self.shortlist, "bits": self.bits, "rows": self.rows, "contacts": self.contacts}


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer for one case. `suspects` is ranked; for `identified` it holds the named accounts only."""

    verdict: Verdict
    no_leak_probability: float
    suspects: tuple[Suspect, ...]
    sightings: int
    notes: tuple[str, ...] = ()  # what the figures rest on, and what is missing
    log10_bar: float = 0.0  # the e-value that names an account
    missing: Missing | None = None  # for a shortlist

    def to_json(self) -> dict[str, Any]:
        """Return the contract's attribution object; the caller adds `scanned`."""
        return {
            "verdict": self.verdict.value,
            "no_leak_probability": self.no_leak_probability,
            "suspects": [one.to_json() for one in self.suspects],
            "sightings": self.sightings,
            "notes": list(self.notes),
            "log10_bar": self.log10_bar,
            "missing": self.missing.to_json() if self.missing else None,
        }
