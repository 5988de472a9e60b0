"""Do a column's values bear out the role its name suggests?

Pure. Values may confirm a name, say nothing, or veto it: a column called receiver_city that holds area ids is no city.
"""

from dataclasses import dataclass

from honey.host.content import Content, Looks
from honey.model.waybill import Role
from honey.translation import _

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
    Content.CONTACT: _("name, phone and address in one"),
    Content.EMAIL: _("mail addresses"),
    Content.URL: _("links"),
    Content.DATETIME: _("times"),
    Content.DATE: _("dates"),
    Content.PHONE: _("phone numbers"),
    Content.WAYBILL_NUMBER: _("waybill numbers"),
    Content.COUNTRY: _("countries"),
    Content.PROVINCE: _("provinces"),
    Content.POSTCODE: _("postcodes"),
    Content.FLAG: _("switches or single digits"),
    Content.MONEY: _("amounts"),
    Content.CITY: _("cities"),
    Content.DISTRICT: _("districts"),
    Content.COMPANY_NAME: _("company names"),
    Content.ADDRESS: _("addresses"),
    Content.PERSON_NAME: _("people's names"),
    Content.EPOCH: _("Unix times"),
    Content.CODE: _("numbers or codes"),
    Content.TEXT: _("text"),
    Content.BINARY: _("binary data"),
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
        return Judgement(0.0 if empty_proves_nothing else 0.4, _("it holds no values to judge by"))
    expected = EXPECTED[role]
    best = max(expected.confirming, key=lambda content: (looks.like(content), content))
    together = _share(looks, expected.confirming)
    if together >= CONFIRMING_SHARE:
        return Judgement(0.5 + together / 2, phrase(best, together))
    if looks.content in expected.tolerated:
        return Judgement(0.5, _("nothing in its values speaks against it"))
    return Judgement(0.0, phrase(looks.content, looks.share))


def phrase(content: Content, share: float) -> str:
    """Say what a share of the values look like."""
    return _("{share} of values look like {what}", share=f"{share:.0%}".replace("%", " %"), what=PHRASES[content])


def _share(looks: Looks, contents: frozenset[Content]) -> float:
    # Kinds overlap, so their sum would count values twice; names alone are split between people and companies.
    if contents == {Content.PERSON_NAME, Content.COMPANY_NAME}:
        return min(1.0, sum(looks.like(content) for content in contents))
    return looks.like(*contents)
