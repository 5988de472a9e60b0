"""From a hit to the decoys it names. Pure: one hit, the index and the controls in, a `Resolution` out.

What a contact says is a claim of a stranger. It carries weight only where it names a decoy on the very number, room
or mailbox that was reached; a bare ring names all decoys on the number and carries none.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote_plus

from collector.hit import Channel, Contact, Hit
from honey.model.sighting import HitPlace, Match, Sighting
from honey.model.waybill import Role
from honey.trace import chances, normalise
from honey.trace.addresses import Agreement, compare_house
from honey.trace.index import MIN_TOKEN, DecoyIndex, Profile
from honey.trace.match import MIN_ENDING, masked_name_chance
from honey.trace.normalise import fold, is_chinese
from honey.trace.phones import phones_in, plain
from honey.trace.row import Row

# Claims that hold what a caller, a text or a parcel says; the others describe the transport.
STATED = ("text", "transcript", "subject", "name", "note", "address", "goods", "waybill_number", "phone", "barcodes")
MIN_TAIL = 4  # digits of a waybill number that a caller cites ("ends in 4321")
MAX_STATED_CHARS = 10_000
_MAX_KNOWN = 10_000  # different contacts remembered
_TAIL = re.compile(r"(?<![0-9])[0-9]{4,20}(?![0-9])")
_PHONE, _NAME, _WAYBILL = Role.RECIPIENT_PHONE.value, Role.RECIPIENT_NAME.value, Role.WAYBILL_NUMBER.value
_ADDRESS, _MAIL, _LINK, _GOODS = (
    Role.RECIPIENT_ADDRESS.value,
    Role.RECIPIENT_EMAIL.value,
    Role.LINK.value,
    Role.GOODS.value,
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a hit says. `background` hits reached a control; without sightings and background it is unresolved."""

    sightings: tuple[Sighting, ...] = ()
    background: bool = False
    reason: str = ""  # why there is no sighting, for people


@dataclass(frozen=True, slots=True)
class _Stated:
    """One field a contact named, and how likely a stranger would have."""

    match: Match
    chance: float


def resolve(hit: Hit, index: DecoyIndex, controls: frozenset[str]) -> Resolution:
    """Return the sightings of one hit; `controls` are beacon values that were never planted."""
    contact = hit.contact
    if _is_control(contact.beacon, controls):
        return Resolution(background=True, reason="reached a control, which was never planted")
    found = _RESOLVERS[contact.channel](contact, index)
    if not found:
        return Resolution(reason="names nothing that was planted")
    place = HitPlace(hit.seq, contact.channel.value, hit.log)
    return Resolution(_sightings(found, place))


def resolve_all(hits: Iterable[Hit], index: DecoyIndex, controls: frozenset[str]) -> list[Resolution]:
    """Resolve hits as `resolve` does; those that say the same to the same beacon are looked up once."""
    known: dict[tuple[str, ...], Resolution] = {}
    found = []
    for hit in hits:
        contact = hit.contact
        said = (contact.channel.value, contact.beacon, *(contact.claims.get(name, "") for name in STATED))
        if said not in known:
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[said] = resolve(hit, index, controls)
        place = HitPlace(hit.seq, contact.channel.value, hit.log)
        sightings = tuple(replace(one, place=place) for one in known[said].sightings)
        found.append(replace(known[said], sightings=sightings))
    return found


def _is_control(beacon: str, controls: frozenset[str]) -> bool:
    """Whether the contact reached a control itself, or a mailbox, name or page under one."""
    if beacon in controls:
        return True
    host = _host(beacon)
    parts = host.split(".")
    suffixes = {".".join(parts[at:]) for at in range(len(parts))} - {""}
    return "." in host and not suffixes.isdisjoint(map(_host, controls))


def _host(beacon: str) -> str:
    """Return the host of a URL, mailbox or name, without port; hostile input, so no parser that may refuse it."""
    netloc = re.split(r"[/?#]", beacon.partition("://")[2])[0] if "://" in beacon else beacon
    return netloc.rpartition("@")[2].partition(":")[0].lower().rstrip(".")


Named = Mapping[Profile, Mapping[str, _Stated]]


def _sightings(found: Named, place: HitPlace) -> tuple[Sighting, ...]:
    """Keep the decoys that are named best; those that are named alike share one sighting."""
    chance_of = {profile: math.prod(one.chance for one in stated.values()) for profile, stated in found.items()}
    least = min(chance_of.values())
    best = [profile for profile, chance in chance_of.items() if math.isclose(chance, least)]
    groups: dict[tuple[tuple[str, Match], ...], list[Profile]] = {}
    for profile in best:
        groups.setdefault(tuple((role, one.match) for role, one in found[profile].items()), []).append(profile)
    return tuple(_sighting(profiles, found[profiles[0]], place) for profiles in groups.values())


def _sighting(profiles: list[Profile], stated: Mapping[str, _Stated], place: HitPlace) -> Sighting:
    deciding = min(stated, key=lambda role: (stated[role].chance, role))
    return Sighting(
        decoys=frozenset(profile.id for profile in profiles),
        field=deciding,
        match=stated[deciding].match,
        place=place,
        chance=math.prod(one.chance for one in stated.values()),
        fields={role: one.match for role, one in stated.items()},
    )


@dataclass(frozen=True, slots=True)
class _Speech:
    """What a contact states, taken apart once for all the decoys it may be about."""

    row: Row
    folded: tuple[str, ...]  # cells without case
    tails: frozenset[str]  # stretches of digits that may end a waybill number
    surnames: int  # titles said

    @classmethod
    def of(cls, contact: Contact) -> "_Speech":
        row = Row.of([contact.claims[name][:MAX_STATED_CHARS] for name in STATED if contact.claims.get(name)])
        tails = frozenset(tail for cell in row.cells for tail in _TAIL.findall(cell))
        titles = {found.seen for found in row.titled.values()}
        return cls(row, tuple(cell.casefold() for cell in row.cells), tails, len(titles))


def _on_number(contact: Contact, index: DecoyIndex) -> Named:
    """All decoys on the number, each with what the caller said of it."""
    number = plain(contact.beacon)
    profiles = index.by_e164.get(number) or tuple(
        profile
        for seen in phones_in(number)
        for length in index.phone_lengths
        for profile in index.by_phone.get(seen.digits[-length:], ())
        if not seen.masked and profile.phone and profile.phone.dialled_by(seen.digits)
    )
    speech = _Speech.of(contact)
    reached = {_PHONE: _Stated(Match.EXACT, chances.BARE_CONTACT)}
    if not speech.row.cells:
        return dict.fromkeys(profiles, reached)
    return {profile: reached | _said_of(profile, speech) for profile in profiles}


def _said_of(profile: Profile, speech: _Speech) -> dict[str, _Stated]:
    found = {
        _NAME: _said_name(profile, speech),
        _WAYBILL: _said_waybill(profile, speech),
        _ADDRESS: _said_address(profile, speech.row),
        _GOODS: _said_goods(profile, speech.row),
    }
    return {role: stated for role, stated in found.items() if stated}


def _said_name(profile: Profile, speech: _Speech) -> _Stated | None:
    name, row = profile.name, speech.row
    chinese = bool(name) and is_chinese(name[0])
    inside = len(name) >= 2 and any(name in cell for cell in speech.folded)
    if name and (name in row.names or name in row.titled or (inside and chinese)):
        short = chinese and len(name) <= 2
        exact = any(profile.decoy.name in cell for cell in row.raw)
        chance = chances.STATED_SHORT_NAME if short else chances.STATED_NAME
        return _Stated(Match.EXACT if exact else Match.NORMALISED, chance)
    if profile.surname and profile.surname in row.titled:
        return _Stated(Match.PARTIAL, chances.stated_surname(profile.surname, speech.surnames))
    return None


def _said_waybill(profile: Profile, speech: _Speech) -> _Stated | None:
    if not profile.waybill or not (speech.tails or speech.row.words):
        return None
    if profile.waybill in speech.row.words:
        return _Stated(Match.EXACT, chances.STATED_WAYBILL)
    cited = [tail for tail in speech.tails if profile.waybill.endswith(tail)]
    national = profile.phone.national if profile.phone else ""
    longest = max((len(tail) for tail in cited if not national.endswith(tail)), default=0)
    return _Stated(Match.PARTIAL, max(10.0**-longest, chances.STATED_WAYBILL)) if longest >= MIN_TAIL else None


def _said_address(profile: Profile, row: Row) -> _Stated | None:
    key = profile.address
    if key is None:
        return None
    houses = row.houses.get(key.anchor, ()) if key.anchor else ()
    best = max((compare_house(key, house) for house in houses), default=Agreement.NONE)
    if best is Agreement.FULL or (key.words and any(f" {key.words} " in f" {words} " for words in row.latin)):
        return _Stated(Match.NORMALISED, chances.STATED_ADDRESS)
    return _Stated(Match.PARTIAL, chances.STATED_HOUSE) if best is Agreement.BASE else None


def _said_goods(profile: Profile, row: Row) -> _Stated | None:
    cited = len(profile.goods) >= 2 and any(profile.goods in cell for cell in row.cells)
    return _Stated(Match.EXACT, chances.STATED_GOODS) if cited else None


def _by_mailbox(contact: Contact, index: DecoyIndex) -> Named:
    found = index.by_mailbox.get(normalise.mailbox(contact.beacon), ())
    return _unique(found, _MAIL)


def _by_label(contact: Contact, index: DecoyIndex) -> Named:
    labels = [label for label in contact.beacon.lower().rstrip(".").split(".") if len(label) >= MIN_TOKEN]
    return _unique(_looked_up(labels, index.by_token), _LINK)


def _by_url(contact: Contact, index: DecoyIndex) -> Named:
    url = unquote_plus(contact.beacon)
    row = Row.of([url.partition("://")[2] or url])
    tokens = _unique(_looked_up(row.tokens, index.by_token), _LINK)
    numbers = _looked_up(row.words, index.by_waybill)
    return tokens or {profile: {_WAYBILL: _Stated(Match.EXACT, chances.STATED_WAYBILL)} for profile in numbers}


def _by_waybill(contact: Contact, index: DecoyIndex) -> Named:
    row = Row.of([contact.beacon, *(contact.claims[name] for name in STATED if name in contact.claims)])
    found = _looked_up(row.words, index.by_waybill)
    return {profile: {_WAYBILL: _Stated(Match.EXACT, chances.STATED_WAYBILL)} for profile in found}


def _by_room(contact: Contact, index: DecoyIndex) -> Named:
    """Decoys in the room a parcel came to; a parcel to another name there is a former tenant's."""
    address = Row.of([fold(contact.beacon), contact.claims.get("address", "")])
    stated = _Speech.of(contact)
    found: dict[Profile, Mapping[str, _Stated]] = {}
    for profile in _in_room(address, index):
        said = {role: one for role, one in _on_label(profile, stated).items() if role != _ADDRESS}
        if {_NAME, _PHONE} & said.keys() or not contact.claims.get("name"):
            bare = _Stated(Match.NORMALISED, chances.PARCEL_WITHOUT_NAME)
            found[profile] = {_ADDRESS: bare} | said
    return found


def _on_label(profile: Profile, speech: _Speech) -> dict[str, _Stated]:
    """What a label says: numbers as well, and both as carriers mask them (王**, 140****5678)."""
    found = {_NAME: _masked_name(profile, speech.row), _PHONE: _label_phone(profile, speech.row)}
    return {role: stated for role, stated in found.items() if stated} | _said_of(profile, speech)


def _masked_name(profile: Profile, row: Row) -> _Stated | None:
    fitting = [chance for masked in row.masked_names if (chance := masked_name_chance(masked, profile)) < 1]
    return _Stated(Match.MASKED, min(fitting)) if fitting and profile.name else None


def _label_phone(profile: Profile, row: Row) -> _Stated | None:
    phone = profile.phone
    if phone is None:
        return None
    if any(phone.dialled_by(digits) for digits in row.phones):
        return _Stated(Match.EXACT, chances.LABEL_PHONE)
    endings = [ends for ends in row.masked_phones if len(ends[1]) >= MIN_ENDING and phone.fits(*ends)]
    fitting = [chances.masked_phone(*map(len, ends)) for ends in endings]
    return _Stated(Match.MASKED, max(min(fitting), chances.LABEL_PHONE)) if fitting else None


def _in_room(row: Row, index: DecoyIndex) -> Iterator[Profile]:
    for anchor, houses in row.houses.items():
        for profile in index.by_anchor.get(anchor, ()):
            if profile.address and any(compare_house(profile.address, house) is Agreement.FULL for house in houses):
                yield profile
    for words, profiles in index.by_words.items() if any(row.latin) else ():
        yield from (one for one in profiles if one.address and words == one.address.words and _holds(row, words))


def _holds(row: Row, words: str) -> bool:
    return any(f" {words} " in f" {cell} " for cell in row.latin)


def _looked_up(values: Iterable[str], lookup: Mapping[str, tuple[Profile, ...]]) -> list[Profile]:
    return [profile for value in values for profile in lookup.get(value, ())]


def _unique(profiles: Iterable[Profile], role: str) -> Named:
    return {profile: {role: _Stated(Match.EXACT, chances.UNIQUE_TOKEN)} for profile in profiles}


_RESOLVERS = {
    Channel.CALL: _on_number,
    Channel.SMS: _on_number,
    Channel.MAIL: _by_mailbox,
    Channel.DNS: _by_label,
    Channel.WEB: _by_url,
    Channel.POST: _by_room,
    Channel.ACCESS: _by_waybill,
}
