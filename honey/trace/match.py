"""Which decoys one row agrees with, in which fields, and how likely a live customer's row would do the same. Pure.

Numbers, mailboxes, links and addresses point at decoys; names and places only support one that is already pointed
at. A full value that differs in a role speaks against. Nothing is decided here: `scan` knows how many rows there were.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from honey.model.decoy import DecoyId
from honey.model.sighting import Match
from honey.model.waybill import Role
from honey.trace import addresses, chances
from honey.trace.addresses import AddressKey, Agreement, short
from honey.trace.alike.codes import Positions
from honey.trace.background import Background
from honey.trace.index import DecoyIndex, Profile
from honey.trace.row import MAX_SEEN, Found, Row, as_in_text, masked_latin_fits, masked_name_fits, shape

MIN_ENDING = 2  # last digits a masked number must show: its first ones are those of the whole pool


@dataclass(frozen=True, slots=True)
class Field:
    """One field that agrees: how, how often a random row would, and where it stood.

    `common` is the text whose share among the dump's rows may show `chance` to be too small.
    """

    match: Match
    chance: float
    found: Found
    common: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row's agreement with one or several decoys; several where nothing in the row tells them apart."""

    decoys: frozenset[DecoyId]
    fields: Mapping[str, Field]  # by role
    conflicts: tuple[str, ...] = ()  # roles in which the row holds a different full value
    tried: int = 1  # decoys that share the value it was found by: each was another chance to agree in the rest

    @property
    def chance_per_row(self) -> float:
        """Probability that a random live row agrees as well with any of the decoys it was compared with; at most 1."""
        each = [field.chance for field in self.fields.values()]
        return min(min(self.tried * math.prod(each), *each) * chances.CONFLICT ** len(self.conflicts), 1.0)

    @property
    def rests_on_full_value(self) -> bool:
        """Whether one of the values that point at decoys stands in the row whole."""
        return any(self.fields[role].match in _WHOLE for role in _POINTERS & self.fields.keys())

    def measured(self, background: Background) -> "Candidate":
        """Return the candidate with the chances the dump itself shows."""
        fields = {role: _measured(field, background) for role, field in self.fields.items()}
        return replace(self, fields=fields)

    @property
    def deciding(self) -> str:
        """The role that agrees least by accident."""
        return min(self.fields, key=lambda role: (self.fields[role].chance, role))

    @property
    def evidence(self) -> frozenset[tuple[str, str]]:
        """The values of the row this rests on; an address counts as one, however much of it agrees."""
        return frozenset(
            (_ADDRESS, "") if role in _PLACES else (role, field.found.seen) for role, field in self.fields.items()
        )


_PHONE, _NAME, _WAYBILL = Role.RECIPIENT_PHONE.value, Role.RECIPIENT_NAME.value, Role.WAYBILL_NUMBER.value
_ADDRESS, _MAIL, _LINK = Role.RECIPIENT_ADDRESS.value, Role.RECIPIENT_EMAIL.value, Role.LINK.value
_GOODS, _CITY = Role.GOODS.value, Role.RECIPIENT_CITY.value
_POINTERS = {_PHONE, _WAYBILL, _MAIL, _LINK, _ADDRESS}
_WHOLE = {Match.EXACT, Match.NORMALISED}
_DIVISIONS = (
    (Role.RECIPIENT_DISTRICT.value, chances.DISTRICT),
    (_CITY, chances.CITY),
    (Role.RECIPIENT_PROVINCE.value, chances.PROVINCE),
)
_PLACES = {_ADDRESS, _CITY, Role.RECIPIENT_DISTRICT.value, Role.RECIPIENT_PROVINCE.value}


def _measured(field: Field, background: Background) -> Field:
    if field.common.isdigit():
        shown = background.chance(field.common, 1 / chances.PHONE_PREFIXES, number=True)
        return replace(field, chance=min(field.chance * shown * chances.PHONE_PREFIXES, 1.0))
    return replace(field, chance=background.chance(field.common, field.chance))


def match_record(record: Sequence[str], index: DecoyIndex) -> list[Candidate]:
    """Return what one row's cells (or one line of text) say of the decoys, the strongest candidate first.

    Decoys that the row cannot tell apart are weighed once, see `Columns.classes`. What a random row would show as
    surely (a chance of 1) is left out: `scan` could not report it, nor anything else for its sake unless all rows
    together held twenty times as many candidates as rows.
    """
    row = Row.of(record)
    places = index.columns.pointed_at(row)
    names_city = bool(index.city and index.city.search(row.text)) if len(places) else False
    found = []
    for members in index.columns.classes(places, row):
        candidate = weigh(index.profile(int(places[members[0]])), row, names_city=names_city)
        if candidate.fields:
            found.append(_Class(candidate, members, candidate.chance_per_row, candidate.evidence))
    candidates = []
    for one in _told_apart(found):
        one.candidate = replace(one.candidate, tried=one.tried)
        if one.candidate.chance_per_row < 1:
            candidates.append(replace(one.candidate, decoys=index.ids(places[one.members])))
    return candidates


@dataclass(slots=True)
class _Class:
    """A candidate and, ascending, the positions of all decoys that agree so."""

    candidate: Candidate
    members: Positions
    chance: float  # with one decoy tried
    evidence: frozenset[tuple[str, str]]
    tried: int = 1


def weigh(profile: Profile, row: Row, *, names_city: bool) -> Candidate:
    """Compare one decoy with a row; `names_city` tells whether the row names any decoy's city."""
    fields: dict[str, Field] = {}
    conflicts: list[str] = []
    for role, agreeing, conflicting in _READ:
        field = agreeing(profile, row)
        if field:
            fields[role] = field
        elif conflicting and conflicting(profile, row):
            conflicts.append(role)
    _weigh_place(profile, row, fields, conflicts)
    if names_city and profile.divisions and not _PLACES & fields.keys():
        conflicts.append(_CITY)
    whole = any(fields[role].match in _WHOLE for role in _POINTERS & fields.keys())
    if not whole and _NAME not in {*fields, *conflicts} and profile.name and (row.full_names or row.titled):
        conflicts.append(_NAME)  # a masked number or a house with somebody else's name: a neighbour, a stranger
    return Candidate(frozenset([profile.id]), fields, tuple(conflicts))


def _phone(profile: Profile, row: Row) -> Field | None:
    phone = profile.phone
    if phone is None:
        return None
    for digits, found in row.phones.items():
        if phone.dialled_by(digits):
            whole = digits in {phone.national, phone.country + phone.national}
            exact = whole and phone.national in row.raw[found.cell]
            return Field(Match.EXACT if exact else Match.NORMALISED, chances.EXACT_PHONE, found)
    fitting = [ends for ends in row.masked_phones if phone.fits(*ends)]
    if not fitting:
        return None
    prefix, suffix = max(fitting, key=lambda ends: len(ends[0]) + len(ends[1]))
    chance = chances.masked_phone(len(prefix), len(suffix))
    match = Match.MASKED if len(suffix) >= MIN_ENDING else Match.PARTIAL
    return Field(match, chance, row.masked_phones[prefix, suffix], common=prefix[:3])


def _other_phone(profile: Profile, row: Row) -> bool:
    """Whether the row shows a complete number of the same plan; parts of our own waybill number are none."""
    national = profile.phone.national if profile.phone else ""
    own = {profile.waybill, *profile.tokens}
    return any(
        len(digits) == len(national) and digits[0] == national[0] and not any(digits in value for value in own)
        for digits in row.phones
    )


def _waybill(profile: Profile, row: Row) -> Field | None:
    found = row.words.get(profile.waybill) if profile.waybill else None
    if found is None:
        return None
    exact = profile.decoy.waybill_number in row.raw[found.cell] if profile.decoy.waybill_number else False
    return Field(Match.EXACT if exact else Match.NORMALISED, chances.UNIQUE_TOKEN, found)


def _other_waybill(profile: Profile, row: Row) -> bool:
    return bool(profile.waybill) and shape(profile.waybill) in row.shapes


def _mail(profile: Profile, row: Row) -> Field | None:
    found = row.mailboxes.get(profile.mailbox) if row.mailboxes else None
    if found is None or not profile.mailbox:
        return None
    return Field(Match.EXACT if found.seen == profile.mailbox else Match.NORMALISED, chances.UNIQUE_TOKEN, found)


def _link(profile: Profile, row: Row) -> Field | None:
    found = next((row.tokens[token] for token in profile.tokens if token in row.tokens), None) if row.tokens else None
    if found is None:
        return None
    whole = bool(profile.decoy.link) and str(profile.decoy.link) in row.raw[found.cell]
    return Field(Match.EXACT if whole else Match.NORMALISED, chances.UNIQUE_TOKEN, found)


def _name(profile: Profile, row: Row) -> Field | None:
    name = profile.name
    if not name:
        return None
    if found := row.names.get(name) or row.titled.get(name):
        exact = found.seen == profile.decoy.name
        return Field(Match.EXACT if exact else Match.NORMALISED, chances.EXACT_NAME, found, common=name)
    if len(name) >= 2 and (cell := _cell_with(name, row)) is not None:
        return Field(Match.NORMALISED, chances.NAME_IN_TEXT, Found(cell, profile.decoy.name), common=name)
    for masked, found in row.masked_names.items():
        if (chance := masked_name_chance(masked, profile)) < 1:
            return Field(Match.MASKED, chance, found, common=found.seen)
    if found := row.titled.get(profile.surname):
        return Field(Match.PARTIAL, chances.surname_share(profile.surname), found, common=found.seen)
    return None


def _other_name(profile: Profile, row: Row) -> bool:
    return bool(row.masked_names and profile.name)


def masked_name_chance(masked: str, profile: Profile) -> float:
    """Return how often a live customer's masked name looks like this one; 1 where it does not fit."""
    if masked[0].isascii() and masked[0].isalpha():
        visible, words = masked_latin_fits(masked, profile.name), masked.count(" ") + 1
        return chances.LATIN_INITIAL**words * chances.LATIN_LETTER ** (visible - words) if visible else 1.0
    visible = masked_name_fits(masked, profile.name)
    if not visible:
        return 1.0
    if masked[0] == "*":
        return chances.GIVEN_CHARACTER**visible
    return chances.surname_share(profile.surname) * chances.GIVEN_CHARACTER ** max(visible - len(profile.surname), 0)


def _goods(profile: Profile, row: Row) -> Field | None:
    cell = _cell_with(profile.goods, row) if len(profile.goods) >= 2 else None
    return (
        None
        if cell is None
        else Field(Match.EXACT, chances.GOODS, Found(cell, profile.goods[:MAX_SEEN]), profile.goods)
    )


_READ: tuple[tuple[str, Callable[[Profile, Row], Field | None], Callable[[Profile, Row], bool] | None], ...] = (
    (_PHONE, _phone, _other_phone),
    (_WAYBILL, _waybill, _other_waybill),
    (_MAIL, _mail, None),
    (_LINK, _link, None),
    (_NAME, _name, _other_name),
    (_GOODS, _goods, None),
)


def _weigh_place(profile: Profile, row: Row, fields: dict[str, Field], conflicts: list[str]) -> None:
    """Keep the sharpest of address, district, city and province: they are nested, so they must not multiply."""
    key = profile.address if not profile.anchor or profile.anchor in row.houses else None
    best, cell = _address(key, row) if key else (Agreement.NONE, 0)
    if key is None or best is Agreement.NONE:
        _weigh_division(profile, row, fields)
        return
    in_city = not key.city or short(key.city) in row.text
    elsewhere = 1 if in_city else chances.NO_CITY_PENALTY
    found = Found(cell, row.raw[cell][:MAX_SEEN])
    if best is Agreement.FULL:
        match = Match.EXACT if key.detail in row.raw[cell] else Match.NORMALISED
        fields[_ADDRESS] = Field(match, chances.FULL_ADDRESS * elsewhere, found)
        return
    fields[_ADDRESS] = Field(Match.PARTIAL, chances.ADDRESS_WITHOUT_UNIT * elsewhere, found, common=key.anchor)
    if best is Agreement.OTHER_UNIT:
        conflicts.append(_ADDRESS)


def _address(key: AddressKey, row: Row) -> tuple[Agreement, int]:
    """Return the best agreement of any cell, and that cell."""
    if key.anchor:
        agreements = ((addresses.compare_house(key, house), house.cell) for house in row.houses.get(key.anchor, ()))
    else:
        agreements = (
            (addresses.compare_words(key, row.squashed[at], row.latin[at]), at) for at in range(len(row.cells))
        )
    return max(agreements, key=lambda pair: pair[0], default=(Agreement.NONE, 0))


def _weigh_division(profile: Profile, row: Row, fields: dict[str, Field]) -> None:
    for (role, chance), division in zip(_DIVISIONS, profile.divisions or (), strict=False):
        cell = _cell_with(division, row) if len(division) >= 2 else None
        if cell is not None:
            fields[role] = Field(Match.EXACT, chance, Found(cell, division), common=division)
            return


def _cell_with(value: str, row: Row) -> int | None:
    wanted = as_in_text(value)
    for at, cell in enumerate(row.folded):
        if wanted in cell:
            return at
    return None


def _told_apart(found: list[_Class]) -> list[_Class]:
    """Join decoys that agree alike, and drop those a better candidate explains with the same values of the row."""
    ranked = sorted(found, key=lambda one: (one.chance, one.members[0]))
    sharing: Counter[tuple[str, str]] = Counter()
    for one in found:
        sharing.update(dict.fromkeys(one.evidence, len(one.members)))
    kept: list[_Class] = []
    for one in ranked:
        better = next((other for other in kept if one.evidence <= other.evidence), None)
        if better is None:
            one.tried = _tried(one.evidence, sharing)
            kept.append(one)
        elif one.evidence == better.evidence and _alike(one.candidate, better.candidate):
            better.members = np.concatenate([better.members, one.members])
    return kept


def _tried(evidence: frozenset[tuple[str, str]], sharing: Mapping[tuple[str, str], int]) -> int:
    values = [value for value in evidence if value[0] not in _PLACES] or list(evidence)
    return max(sharing[value] for value in values)


def _alike(one: Candidate, other: Candidate) -> bool:
    """Whether both agree in the same fields in the same way, with the same conflicts."""
    same = {role: field.match for role, field in one.fields.items()} == {r: f.match for r, f in other.fields.items()}
    return same and one.conflicts == other.conflicts
