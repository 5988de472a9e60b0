"""Everything a verdict rests on, as one value: what `attribute` takes, a bundle carries and a verifier re-runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from honey.errors import EvidenceError
from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, HitPlace, Match, Sighting
from honey.translation import _


@dataclass(frozen=True, slots=True)
class Stock:
    """What a fresh decoy is drawn from: how many values of each kind. 0: decoys carry none."""

    phones: int = 0
    phone_endings: int = 0  # of which a masked number shows one: the numbers over the most that end alike
    rooms: int = 0  # of the smallest building
    waybill_numbers: int = 0
    decoys: int = 0  # placed in all

    def __post_init__(self) -> None:
        """Refuse counts that are none."""
        if min(self.phones, self.phone_endings, self.rooms, self.waybill_numbers, self.decoys) < 0:
            raise ValueError("a stock is counted")


@dataclass(frozen=True, slots=True)
class Settings:
    """The prior and the bars. Probabilities are of one case; the threshold is on the posterior of one account."""

    accounts: int
    threshold: float
    no_leak_prior: float
    unrecorded_prior: float  # the data left in a way the access record does not show
    outlets: int  # that hold resident decoys: what such a leak is spread over
    has_record: bool
    residents: int = 0  # resident decoys in the whole host: what a leak of all of it would draw from
    alpha: float = 1e-6  # chance that this case may name any innocent account at all
    stock: Stock = Stock()

    def __post_init__(self) -> None:
        """Refuse settings that could name an account without evidence."""
        if self.accounts < 1 or min(self.outlets, self.residents) < 0 or not 0.5 < self.threshold < 1:
            raise ValueError("needs at least one account and a threshold between 0.5 and 1")
        if not 0 < self.alpha < 1:
            raise ValueError("alpha lies between 0 and 1")
        if min(self.no_leak_prior, self.unrecorded_prior) <= 0 or self.no_leak_prior + self.unrecorded_prior >= 1:
            raise ValueError("no-leak and unrecorded priors are positive and leave room for the accounts")

    def notes(self) -> list[str]:
        """Say what the figures rest on."""
        if self.has_record:
            return [
                _(
                    "the access record is taken to be complete but for {unrecorded_prior:g} of all leaks",
                    unrecorded_prior=self.unrecorded_prior,
                )
            ]
        return [_("no access record: a decoy that lay in the host names nobody alone, only one from an export does")]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The evidence of one case and every release that could have let it out.

    `residents` holds the resident decoys of each outlet: what a leak past the access record would draw from.
    `release_counts` is how many releases each account has in all, seen or not: a heavy exporter's prior is spread
    over its exports. `by_record` is ln of how much better each account explains the dump's rows than all others do, by
    the access record. `by_numbers` is ln of the e-values of those whose export codewords rang; None: nobody listened.
    `unplanted` counts the waybill numbers of our blocks that were seen and never planted: a fresh draw could meet them.
    """

    sightings: tuple[Sighting, ...]
    releases: tuple[Release, ...]
    residents: Mapping[str, frozenset[DecoyId]]
    release_counts: Mapping[AccountId, int]
    settings: Settings
    by_record: Mapping[AccountId, float] = field(default_factory=dict)
    by_numbers: Mapping[AccountId, float] | None = None
    unplanted: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back to an equal value."""
        return {
            "sightings": [{**one.to_json(), "decoys": sorted(one.decoys)} for one in self.sightings],
            "releases": [
                {
                    "account": one.account,
                    "export": one.export,
                    "decoys": sorted(one.decoys),
                    "at": one.at.isoformat() if one.at else None,
                    "drawn": [sorted(household) for household in one.drawn],
                }
                for one in self.releases
            ],
            "residents": {outlet: sorted(decoys) for outlet, decoys in sorted(self.residents.items())},
            "release_counts": dict(sorted(self.release_counts.items())),
            "settings": asdict(self.settings),
            "unplanted": self.unplanted,
            "by_record": dict(sorted(self.by_record.items())),
            "by_numbers": None if self.by_numbers is None else dict(sorted(self.by_numbers.items())),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Inquiry":
        """Read what `to_json` wrote; raises EvidenceError for anything else."""
        try:
            return cls(
                sightings=tuple(_sighting(one) for one in value["sightings"]),
                releases=tuple(_release(one) for one in value["releases"]),
                residents={name: _decoys(decoys) for name, decoys in value["residents"].items()},
                release_counts={AccountId(name): int(count) for name, count in value["release_counts"].items()},
                settings=Settings(**{**value["settings"], "stock": Stock(**value["settings"]["stock"])}),
                by_record=_figures(value["by_record"]),
                unplanted=_count(value["unplanted"]),
                by_numbers=None if value["by_numbers"] is None else _figures(value["by_numbers"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EvidenceError(_("the inquiry cannot be read: {error}", error=error)) from error


def _count(value: int) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _figures(value: dict[str, float]) -> dict[AccountId, float]:
    return {AccountId(name): float(figure) for name, figure in value.items()}


def _decoys(names: list[str]) -> frozenset[DecoyId]:
    return frozenset(DecoyId(name) for name in names)


def _release(value: dict[str, Any]) -> Release:
    export = ExportId(value["export"]) if value["export"] else None
    at = datetime.fromisoformat(value["at"]) if value["at"] else None
    drawn = tuple(_decoys(household) for household in value["drawn"])
    return Release(AccountId(value["account"]), export, _decoys(value["decoys"]), at, drawn)


def _sighting(value: dict[str, Any]) -> Sighting:
    place: DumpPlace | HitPlace
    if value["kind"] == "sighting":
        place = DumpPlace(value["file"], int(value["row"]), value["column"], value["seen"])
    else:
        place = HitPlace(int(value["seq"]), value["channel"], value["log"])
    return Sighting(
        decoys=_decoys(value["decoys"]),
        field=value["field"],
        match=Match(value["match"]),
        place=place,
        chance=float(value["chance"]),
        fields={name: Match(match) for name, match in value["fields"].items()},
    )
