"""From stored evidence to cases: gathers look-ups out of the registry, calls the pure core, stores what it says."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from collector.hit import Hit
from honey.cli.numbers import Rung, numbers_rung
from honey.codes.accuse import case_alpha, log_bar
from honey.config import AttributionConfig, Config
from honey.model.account import Account, AccountId
from honey.model.attribution import Release
from honey.model.beacon import BeaconKind
from honey.model.case import Case, CaseState, Origin
from honey.model.decoy import Decoy, DecoyId
from honey.model.planting import PlantingKind, PlantingState
from honey.model.sighting import HitPlace, Sighting
from honey.model.waybill import Role
from honey.plan.evidence import Stock as Drawn
from honey.plan.needs import Needs
from honey.pools.stock import controls
from honey.pools.template import Template
from honey.registry import access, accounts, beacons, cases, hits, plantings
from honey.registry.access_counts import MAX_NUMBERS, leak_evidence, number_sample
from honey.registry.plantings import Placed
from honey.registry.store import Session
from honey.trace.access_rank import AccessRanking, rank_accounts
from honey.trace.attribute import attribute
from honey.trace.campaigns import Campaign
from honey.trace.cases import about, dump_inquiry, partition, union
from honey.trace.hits import resolve_all
from honey.trace.index import DecoyIndex
from honey.trace.inquiry import Inquiry, Settings, Stock
from honey.trace.match import MIN_ENDING
from honey.trace.read_waybills import WaybillReader, shapes_of, shapes_of_blocks
from honey.trace.statements import weigh_campaigns


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that was planted and every way it could have left, before any evidence."""

    placed: tuple[Placed, ...]
    releases: tuple[Release, ...]
    residents: Mapping[str, frozenset[DecoyId]]
    release_counts: Mapping[Any, int]
    settings: Settings

    @property
    def decoys(self) -> tuple[Decoy, ...]:
        """The decoys as such."""
        return tuple(one.decoy for one in self.placed)

    def inquiry(self, sightings: Iterable[Sighting]) -> Inquiry:
        """Ask about these sightings, with the releases that they touch."""
        return about(Inquiry((), self.releases, self.residents, self.release_counts, self.settings), sightings)


@dataclass(frozen=True, slots=True)
class Contacts:
    """All hits resolved against all decoys."""

    sightings: tuple[Sighting, ...]  # those that say something
    bare: int  # reached a decoy's number and said nothing
    background: int  # reached a control, or belong to a campaign that did
    unresolved: int  # reached nothing that was planted
    hits: tuple[Hit, ...]
    campaigns: tuple[Campaign, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging the contacts came to."""

    cases: tuple[Case, ...]
    contacts: Contacts
    rung: Rung | None  # what ringing alone says; None while no export carries a number
    log_bar: float  # of the next case, for that


def gather(session: Session, config: Config) -> Field:
    """Read plantings, access record and accounts; what was planned and never planted is left out."""
    placed = [one for one in plantings.find(session) if one.state is not PlantingState.REJECTED]
    residents: dict[str, set[DecoyId]] = {}
    for one in placed:
        if one.planting.kind is PlantingKind.RESIDENT:
            residents.setdefault(one.planting.outlet, set()).add(one.decoy.id)
    has_record = access.has_record(session)
    releases = access.releases(session, placed)
    if not has_record:
        releases += _by_scope(accounts.all_accounts(session).values(), residents)
    return Field(
        placed=tuple(placed),
        releases=tuple(releases),
        residents={outlet: frozenset(decoys) for outlet, decoys in residents.items()},
        release_counts=access.release_counts(session),
        settings=_settings(
            config.attribution, accounts.count(session), residents, has_record=has_record, stock=_stock(session, placed)
        ),
    )


def _by_scope(known: Iterable[Account], residents: Mapping[str, Iterable[DecoyId]]) -> list[Release]:
    """Without a record, all that is known is what each account can see: its own outlet."""
    return [Release(one.id, None, frozenset(residents[one.outlet])) for one in known if residents.get(one.outlet)]


def _settings(
    config: AttributionConfig,
    count: int,
    residents: Mapping[str, Collection[DecoyId]],
    *,
    has_record: bool,
    stock: Stock,
) -> Settings:
    # Without a record any account may have read a resident decoy: half of what is left then belongs to the unknown,
    # so that owning the row's outlet can never name anybody.
    unrecorded = config.unrecorded_prior if has_record else (1.0 - config.no_leak_prior) / 2
    return Settings(
        accounts=count,
        outlets=len(residents),
        residents=sum(len(decoys) for decoys in residents.values()),
        threshold=config.threshold,
        no_leak_prior=config.no_leak_prior,
        unrecorded_prior=unrecorded,
        has_record=has_record,
        alpha=config.alpha,
        stock=stock,
    )


def _stock(session: Session, placed: Collection[Placed]) -> Stock:
    """Count what a decoy is drawn from."""
    drawn = Drawn.of(beacons.all_beacons(session).values(), Needs.of(tuple(Role)), ending=MIN_ENDING)
    return Stock(drawn.phones, drawn.phone_endings, drawn.rooms, drawn.waybill_numbers, decoys=len(placed))


def contacts(session: Session, index: DecoyIndex) -> Contacts:
    """Resolve every stored hit and weigh it with its campaign."""
    silent, stored = controls(beacons.all_beacons(session).values()), hits.all_hits(session)
    found = weigh_campaigns(stored, resolve_all(stored, index, silent), index)
    counts = found.bare, found.background, found.unresolved
    return Contacts(found.sightings, *counts, tuple(stored), found.campaigns)


def contact_cases(session: Session, config: Config, now: datetime) -> Judged:
    """Judge all contacts anew: open cases are updated, new ones opened, closed ones left as they were reported."""
    field = gather(session, config)
    found = contacts(session, DecoyIndex.build(field.decoys))
    settled = _cited(cases.find(session, state=CaseState.CLOSED))
    fresh = [one for one in found.sightings if _place(one) not in settled]
    known = cases.find(session, origins=[Origin.CONTACT], state=CaseState.OPEN)
    numbers = numbers_rung(session, field.placed, found.hits, found.campaigns, now)
    saved = []
    for sightings in partition(field.inquiry(fresh)):
        inquiry = field.inquiry(sightings)
        case = _same(known, sightings)
        if case:
            known.remove(case)
        ranking = rank_by_access(session, config, field, sightings)
        case = replace(case or _new(session, Origin.CONTACT, now), access=ranking.to_json() if ranking else {})
        inquiry = replace(inquiry, by_record=_explained(ranking), by_numbers=_concerned(numbers, inquiry))
        saved.append(_judged(session, case, inquiry, now))
        cases.save(session, saved[-1])
    bar = log_bar(field.settings.accounts, case_alpha(cases.count(session) + 1, field.settings.alpha))
    return Judged(tuple(saved), found, numbers, bar)


def _concerned(numbers: Rung | None, inquiry: Inquiry) -> Mapping[AccountId, float] | None:
    """Return what ringing says of the accounts that an inquiry is about."""
    if numbers is None:
        return None
    concerned = {one.account for one in inquiry.releases}
    return {account: value for account, value in numbers.log_e_values.items() if account in concerned}


@dataclass(frozen=True, slots=True)
class Dump:
    """What one run of trace read: decoys seen, real rows by access record, and what was scanned."""

    sightings: Sequence[Sighting]
    access: AccessRanking | None
    unplanted: int  # numbers of our blocks that were never planted
    scanned: Mapping[str, Any]
    files: Mapping[str, str]


def waybill_reader(session: Session) -> WaybillReader:
    """Return a reader of such waybill numbers as the access record holds."""
    return WaybillReader(shapes_of(number_sample(session)))


def block_reader(session: Session) -> WaybillReader:
    """Return a reader of all numbers of the blocks that decoys' numbers are drawn from."""
    owned = [one for one in beacons.all_beacons(session).values() if one.kind is BeaconKind.WAYBILL_NUMBER]
    blocks = [Template.parse(one.value) for one in owned]
    shapes = shapes_of_blocks((one.value(0), one.value(one.count - 1)) for one in blocks)
    return WaybillReader(shapes, exhaustive=True)


def unplanted(field: Field, read: WaybillReader, sightings: Iterable[Sighting]) -> int:
    """Return how many numbers of our blocks a dump showed that no decoy seen in it bears."""
    seen = union(one.decoys for one in sightings)
    borne = sum(1 for one in field.decoys if one.id in seen and one.waybill_number)
    return max(0, read.distinct - borne)


def rank_by_access(
    session: Session, config: Config, field: Field, sightings: Iterable[Sighting], seen: Collection[str] = ()
) -> AccessRanking | None:
    """Rank accounts by what they accessed of the rows seen and of the decoys seen; None when the record knows none."""
    lain = union(field.residents.values())
    named = {next(iter(one.decoys)) for one in sightings if len(one.decoys) == 1} & lain
    decoys = [one.waybill_number for one in field.decoys if one.id in named and one.waybill_number]
    numbers = [*decoys, *(one for one in seen if one not in decoys)][:MAX_NUMBERS]
    if not numbers or not field.settings.has_record:
        return None
    population = field.settings.accounts
    evidence = leak_evidence(session, numbers, population=population, zone=config.access_zone)
    return rank_accounts(evidence) if evidence.rows else None


def dump_case(session: Session, field: Field, index: DecoyIndex, dump: Dump, now: datetime) -> Case:
    """Judge a dump together with the contacts on the decoys it releases; the same files again update the same case."""
    known = contacts(session, index).sightings if dump.sightings else ()
    inquiry = dump_inquiry(lambda asked: _with_record(field.inquiry(asked), dump), dump.sightings, known)
    open_cases = cases.find(session, origins=[Origin.DUMP], state=CaseState.OPEN) if dump.files else []
    same = next((one for one in open_cases if set(one.files.values()) == set(dump.files.values())), None)
    case = same or _new(session, Origin.DUMP, now)
    case = replace(case, scanned=dump.scanned, files=dump.files, access=dump.access.to_json() if dump.access else {})
    judged = _judged(session, case, inquiry, now)
    cases.save(session, judged)
    return judged


def _with_record(inquiry: Inquiry, dump: Dump) -> Inquiry:
    return replace(inquiry, by_record=_explained(dump.access), unplanted=dump.unplanted)


def _explained(ranking: AccessRanking | None) -> Mapping[AccountId, float]:
    return ranking.log_explained if ranking else {}


def _judged(session: Session, case: Case, inquiry: Inquiry, now: datetime) -> Case:
    """Judge the case with its own share of alpha: all shares, of however many cases, sum to the whole."""
    alpha = case_alpha(cases.ordinal(session, case.id), inquiry.settings.alpha)
    inquiry = replace(inquiry, settings=replace(inquiry.settings, alpha=alpha))
    return replace(case, updated_at=now, inquiry=inquiry.to_json(), attribution=attribute(inquiry).to_json())


def _new(session: Session, origin: Origin, now: datetime) -> Case:
    return Case(cases.new_id(session, now), origin, CaseState.OPEN, now, now, {}, {}, {}, {})


def _same(known: Sequence[Case], sightings: Sequence[Sighting]) -> Case | None:
    """Return the open case that shares most hits with these sightings."""
    places = {_place(one) for one in sightings}
    shared = [(len(places & _cited([one])), one) for one in known]
    best = max(shared, key=lambda one: one[0], default=(0, None))
    return best[1] if best[0] else None


def _cited(known: Iterable[Case]) -> set[tuple[str, int]]:
    return {(one["log"], one["seq"]) for case in known for one in case.inquiry["sightings"] if one["kind"] == "hit"}


def _place(sighting: Sighting) -> tuple[str, int]:
    assert isinstance(sighting.place, HitPlace)  # noqa: S101 - contacts come from hits only
    return sighting.place.log, sighting.place.seq
