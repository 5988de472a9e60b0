"""Which roles may a column have, going by its name alone?

Pure: turns the meanings of a name's words into roles with a strength between 0 and 1. Values are judged elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from honey.host.names import Reading
from honey.host.vocabulary import Word
from honey.model.waybill import Role


class Side(StrEnum):
    """Whose name, phone or address it is. NEUTRAL: the name does not say."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class NamedRole:
    """A role that a name suggests. `strength` only ranks columns of one table against each other."""

    role: Role
    strength: float
    side: Side = Side.NEUTRAL
    either: bool = False  # "region": province or district, the values and the other columns decide


# Strengths, in the order in which names were found to mean what they say in courier and shop schemas.
SIDED = 1.0
SIDED_BY_CARRIAGE = 0.9  # "ship_city", "delivery_address"
UNSIDED = 0.5
UNKNOWN_WORD_COSTS = 0.15
LEAST_STRENGTH = 0.3

# First match wins: "province_name" is a province, "phone_number" a phone.
PARTS = (
    (Word.EMAIL, "email"),
    (Word.PHONE, "phone"),
    (Word.POSTCODE, "postcode"),
    (Word.COUNTRY, "country"),
    (Word.PROVINCE, "province"),
    (Word.CITY, "city"),
    (Word.DISTRICT, "district"),
    (Word.REGION, "region"),
    (Word.ADDRESS, "address"),
    (Word.NAME, "name"),
)
WITHOUT_IDS = frozenset({"country", "province", "city", "district", "region", "address", "name", "phone"})


def named_roles(reading: Reading) -> list[NamedRole]:
    """Return the roles this name suggests, none when it is plainly about something else."""
    if reading.has(Word.UNFIT) or not reading.words:
        return []
    rules = (_waybill, _order, _created, _account, _outlet, _goods, _note, _link, _party)
    cost = UNKNOWN_WORD_COSTS * reading.unknown
    found = [NamedRole(one.role, one.strength - cost, one.side, one.either) for rule in rules for one in rule(reading)]
    return [one for one in found if one.strength >= LEAST_STRENGTH]


def side_of(reading: Reading) -> tuple[Side, float]:
    """Return whose column it is, and how plainly the name says so."""
    for settled, words in ((Side.RECIPIENT, Word.TO), (Side.SENDER, Word.FROM)):
        if reading.has(words):
            return settled, SIDED
    recipient, sender = reading.has(Word.RECIPIENT), reading.has(Word.SENDER)
    if recipient != sender:
        return (Side.RECIPIENT if recipient else Side.SENDER), SIDED
    if reading.has(Word.CARRIAGE) and not sender:
        return Side.RECIPIENT, SIDED_BY_CARRIAGE
    return Side.NEUTRAL, UNSIDED


def _numbered(reading: Reading) -> bool:
    return reading.has(Word.NUMBER, Word.CODE, Word.ID)


def _about_parts(reading: Reading) -> bool:
    return reading.has(*(word for word, _ in PARTS), Word.POST)


def _waybill(reading: Reading) -> Iterator[NamedRole]:
    if reading.has(Word.TIME, Word.LINK, Word.STAFF, Word.OUTLET, Word.NOTE, Word.INFO) or _about_parts(reading):
        return
    if reading.has(Word.WAYBILL):
        strength = 1.0 if reading.has(Word.NUMBER) or not _numbered(reading) else 0.9
        yield NamedRole(Role.WAYBILL_NUMBER, 0.6 if reading.has(Word.ID) else strength)
    elif reading.has(Word.MAIL, Word.CARRIAGE) and reading.has(Word.NUMBER):
        yield NamedRole(Role.WAYBILL_NUMBER, 0.85)
    elif reading.has(Word.CARRIAGE) and _numbered(reading):
        yield NamedRole(Role.WAYBILL_NUMBER, 0.4)  # more often the carrier's code: the values must be waybill numbers


def _order(reading: Reading) -> Iterator[NamedRole]:
    elsewhere = (Word.WAYBILL, Word.CARRIAGE, Word.TIME, Word.GOODS, Word.OUTLET, Word.STAFF, Word.ACCOUNT, Word.NOTE)
    if not reading.has(Word.ORDER) or reading.has(*elsewhere, Word.INFO, Word.LINK) or _about_parts(reading):
        return
    if reading.has(Word.NUMBER):
        yield NamedRole(Role.ORDER_NUMBER, 1.0)
    elif reading.has(Word.CODE, Word.ID):
        yield NamedRole(Role.ORDER_NUMBER, 0.95 if reading.has(Word.CODE) else 0.8)
    elif reading.only(Word.ORDER):
        yield NamedRole(Role.ORDER_NUMBER, 0.7)


def _created(reading: Reading) -> Iterator[NamedRole]:
    if reading.has(Word.BY, Word.PERSON, Word.ACCOUNT, Word.STAFF) or _about_parts(reading) or _numbered(reading):
        return
    timed = reading.has(Word.TIME)
    rules = (
        (reading.has(Word.CREATED), 1.0 if timed else 0.9),
        (timed and reading.has(Word.ORDER), 0.85),
        (timed and reading.has(Word.WAYBILL), 0.8),
        (timed and reading.has(Word.HANDOVER), 0.7),
        (timed and reading.has(Word.SENDER), 0.6),
        (timed and reading.only(Word.TIME, Word.FILLER), 0.5),
        (timed and reading.has(Word.CARRIAGE), 0.35),
    )
    for holds, strength in rules:
        if holds:
            yield NamedRole(Role.CREATED_AT, strength)
            return


def _account(reading: Reading) -> Iterator[NamedRole]:
    if reading.has(Word.TIME, Word.RECIPIENT, Word.OUTLET, Word.NOTE, Word.LINK) or _about_parts(reading):
        return
    staff, account = reading.has(Word.STAFF), reading.has(Word.ACCOUNT)
    if staff and account:
        yield NamedRole(Role.ACCOUNT, 1.0)
    elif account:
        yield NamedRole(Role.ACCOUNT, 0.4 if reading.has(Word.PERSON) and not _numbered(reading) else 0.9)
    elif staff:
        yield NamedRole(Role.ACCOUNT, 0.9 if _numbered(reading) else 0.75)
    elif reading.has(Word.CREATED) and reading.has(Word.BY, Word.PERSON):
        yield NamedRole(Role.ACCOUNT, 0.4)


def _outlet(reading: Reading) -> Iterator[NamedRole]:
    parts = [word for word, _ in PARTS if word is not Word.NAME]
    if not reading.has(Word.OUTLET) or reading.has(*parts, Word.TIME, Word.STAFF, Word.ACCOUNT, Word.NOTE, Word.LINK):
        return
    side, _ = side_of(reading)
    away = {Side.RECIPIENT: 0.3 if reading.has(Word.RECIPIENT, Word.TO) else 0.0, Side.SENDER: 0.1}.get(side, 0.0)
    plain = 0.6 if reading.has(Word.NAME) else 0.9
    yield NamedRole(Role.OUTLET, (1.0 if _numbered(reading) else plain) - away)


def _goods(reading: Reading) -> Iterator[NamedRole]:
    if not reading.has(Word.GOODS) or _numbered(reading) or reading.has(Word.TIME, Word.LINK, Word.NOTE):
        return
    if reading.has(Word.NAME, Word.INFO, Word.DETAIL):
        yield NamedRole(Role.GOODS, 1.0)
    elif not _about_parts(reading):
        yield NamedRole(Role.GOODS, 0.8)


def _note(reading: Reading) -> Iterator[NamedRole]:
    if reading.has(Word.NOTE) and not reading.has(Word.TIME, Word.ID, Word.STAFF):
        yield NamedRole(Role.NOTE, 1.0 if reading.only(Word.NOTE, Word.ORDER, Word.WAYBILL, Word.FILLER) else 0.7)


def _link(reading: Reading) -> Iterator[NamedRole]:
    if reading.has(Word.LINK):
        yield NamedRole(Role.LINK, 1.0 if reading.has(Word.WAYBILL, Word.CARRIAGE) else 0.5)


def _party(reading: Reading) -> Iterator[NamedRole]:
    """Roles of the recipient or the sender; for a neutral name, of the recipient with little strength."""
    elsewhere = (Word.TIME, Word.STAFF, Word.ACCOUNT, Word.OUTLET, Word.GOODS, Word.NOTE, Word.LINK, Word.WAYBILL)
    if reading.has(*elsewhere, Word.CREATED, Word.HANDOVER):
        return
    side, strength = side_of(reading)
    if side is Side.NEUTRAL and reading.unknown:
        return
    prefix = Side.SENDER if side is Side.SENDER else Side.RECIPIENT
    part = _part(reading)
    if part is not None and part != "region":
        fuller = 0.02 if reading.has(Word.DETAIL) else 0.0
        yield NamedRole(Role(f"{prefix}_{part}"), strength + fuller, side)
    elif part == "region":
        for either in ("province", "district"):
            yield NamedRole(Role(f"{prefix}_{either}"), strength - 0.1, side, either=True)
    elif side is not Side.NEUTRAL and reading.only(Word.RECIPIENT, Word.SENDER, Word.PERSON, Word.TO, Word.FROM):
        yield NamedRole(Role(f"{prefix}_name"), strength - 0.3, side)
    if part in {None, "address", "name"} and not _numbered(reading) and strength > 0:
        whole = 0.4 if part is None and not reading.has(Word.INFO) else min(0.6, strength - 0.1)
        if part is not None or side is not Side.NEUTRAL or reading.has(Word.INFO):
            yield NamedRole(Role(prefix), whole, side)


def _part(reading: Reading) -> str | None:
    if reading.has(Word.POST) and reading.has(Word.CODE, Word.NUMBER):
        return "postcode"
    for word, part in PARTS:
        if reading.has(word):
            number = reading.has(Word.ID, Word.CODE) or (reading.has(Word.NUMBER) and part != "phone")
            return None if number and part in WITHOUT_IDS else part
    return "address" if reading.only(Word.RECIPIENT, Word.SENDER, Word.DETAIL) and reading.has(Word.DETAIL) else None
