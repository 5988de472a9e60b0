"""Do a column's values bear out the role its name suggests?

Pure. Values may confirm a name, say nothing, or veto it: a column called receiver_city that holds area ids is no city.
"""

from dataclasses import dataclass

from honey.host.content import Content, Looks
from honey.model.waybill import Role

CONFIRMING_SHARE = 0.5  # masked, foreign and junk values are many in a real phone column
PLAIN = frozenset({Content.TEXT, Content.COMPANY_NAME, Content.PERSON_NAME, Content.COUNTRY})
PLACES = frozenset({Content.PROVINCE, Content.CITY, Content.DISTRICT, Content.ADDRESS})
IDENTIFIERS = frozenset({Content.CODE, Content.WAYBILL_NUMBER, Content.POSTCODE, Content.PHONE, Content.EPOCH})


@dataclass(frozen=True, slots=True)
class Expected:
    """`confirming` contents speak for the role; `tolerated` ones neither way; any other content vetoes it."""

    confirming: frozenset[Content]
    tolerated: frozenset[Content] = frozenset()


def _expected(*confirming: Content, tolerated: frozenset[Content] = frozenset()) -> Expected:
    return Expected(frozenset(confirming), tolerated)


_PARTY = {
    "name": _expected(Content.PERSON_NAME, Content.COMPANY_NAME, tolerated=PLAIN | {Content.CITY, Content.ADDRESS}),
    "phone": _expected(Content.PHONE),
    "email": _expected(Content.EMAIL),
    "province": _expected(Content.PROVINCE, tolerated=PLAIN | PLACES),
    "city": _expected(Content.CITY, tolerated=PLAIN | PLACES),
    "district": _expected(Content.DISTRICT, tolerated=PLAIN | PLACES),
    "address": _expected(Content.ADDRESS, tolerated=PLAIN | PLACES),
    "postcode": _expected(Content.POSTCODE, tolerated=frozenset({Content.CODE})),
    "country": _expected(Content.COUNTRY, tolerated=PLAIN | PLACES | {Content.CODE}),
}
EXPECTED: dict[Role, Expected] = {
    Role.WAYBILL_NUMBER: _expected(Content.WAYBILL_NUMBER, tolerated=IDENTIFIERS | {Content.TEXT}),
    Role.ORDER_NUMBER: _expected(Content.CODE, Content.WAYBILL_NUMBER, tolerated=IDENTIFIERS | {Content.TEXT}),
    Role.ACCOUNT: _expected(
        Content.CODE,
        Content.PHONE,
        Content.EMAIL,
        tolerated=IDENTIFIERS | {Content.FLAG, Content.TEXT, Content.PERSON_NAME},
    ),
    Role.OUTLET: _expected(Content.CODE, tolerated=IDENTIFIERS | PLAIN | PLACES | {Content.FLAG}),
    Role.CREATED_AT: _expected(Content.DATETIME, Content.DATE, Content.EPOCH),
    Role.GOODS: _expected(Content.TEXT, tolerated=PLAIN | PLACES),
    Role.NOTE: _expected(
        Content.TEXT, tolerated=frozenset(Content) - {Content.DATETIME, Content.BINARY, Content.MONEY}
    ),
    Role.LINK: _expected(Content.URL),
    Role.RECIPIENT: _expected(Content.CONTACT),
    Role.SENDER: _expected(Content.CONTACT),
} | {Role(f"{side}_{part}"): expected for side in ("recipient", "sender") for part, expected in _PARTY.items()}

PHRASES = {
    Content.CONTACT: "name, phone and address in one",
    Content.EMAIL: "mail addresses",
    Content.URL: "links",
    Content.DATETIME: "times",
    Content.DATE: "dates",
    Content.PHONE: "phone numbers",
    Content.WAYBILL_NUMBER: "waybill numbers",
    Content.COUNTRY: "countries",
    Content.PROVINCE: "provinces",
    Content.POSTCODE: "postcodes",
    Content.FLAG: "switches or single digits",
    Content.MONEY: "amounts",
    Content.CITY: "cities",
    Content.DISTRICT: "districts",
    Content.COMPANY_NAME: "company names",
    Content.ADDRESS: "addresses",
    Content.PERSON_NAME: "people's names",
    Content.EPOCH: "Unix times",
    Content.CODE: "numbers or codes",
    Content.TEXT: "text",
    Content.BINARY: "binary data",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`weight` is 0 for a veto, up to 1 for values that all agree; `clause` says what the values look like."""

    weight: float
    clause: str


def judge(role: Role, looks: Looks) -> Judgement:
    """Weigh the values of a column against a role."""
    if looks.content is Content.EMPTY:
        empty_proves_nothing = role in {Role.RECIPIENT, Role.SENDER}
        return Judgement(0.0 if empty_proves_nothing else 0.4, "it holds no values to judge by")
    expected = EXPECTED[role]
    best = max(expected.confirming, key=lambda content: (looks.like(content), content))
    together = _share(looks, expected.confirming)
    if together >= CONFIRMING_SHARE:
        return Judgement(0.5 + together / 2, phrase(best, together))
    if looks.content in expected.tolerated:
        return Judgement(0.5, "nothing in its values speaks against it")
    return Judgement(0.0, phrase(looks.content, looks.share))


def phrase(content: Content, share: float) -> str:
    """Say what a share of the values look like."""
    return f"{share:.0%} of values look like {PHRASES[content]}".replace("%", " %")


def _share(looks: Looks, contents: frozenset[Content]) -> float:
    # Kinds overlap, so their sum would count values twice; names alone are split between people and companies.
    if contents == {Content.PERSON_NAME, Content.COMPANY_NAME}:
        return min(1.0, sum(looks.like(content) for content in contents))
    return looks.like(*contents)
