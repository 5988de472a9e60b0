"""Which column of a table (or of an export's header) plays which role?

Pure: names and values in, one role or none per column out, each with its reason. A role goes to one column only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from honey.host.content import Content, Looks, classify
from honey.host.judge import judge, phrase
from honey.host.names import read_name
from honey.host.rolewords import NamedRole, Side, named_roles
from honey.host.vocabulary import Word
from honey.model.waybill import Role
from honey.translation import Text, _

CONTENT_ALONE = 0.9  # share of values that settles the role of a column whose name says nothing
WEAK_NAME = 0.45  # below it a name needs values that confirm it
CONFIRMED = 0.7

BY_CONTENT_ALONE = {
    Content.CONTACT: Role.RECIPIENT,
    Content.PHONE: Role.RECIPIENT_PHONE,
    Content.WAYBILL_NUMBER: Role.WAYBILL_NUMBER,
}
WHOLE = frozenset({Role.RECIPIENT, Role.SENDER})  # name, phone and address in one column
CORE = frozenset({Role.RECIPIENT, Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS})


@dataclass(frozen=True, slots=True)
class Guess:
    """The role proposed for one column, or None, with one clause of why. `sided`: the name says whose it is."""

    role: Role | None
    why: str
    sided: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    column: str
    named: NamedRole
    score: float
    clause: str


def guess_roles(columns: Sequence[tuple[str, Sequence[object]]], *, customers: bool = True) -> dict[str, Guess]:
    """Propose roles for `columns`, given as (name, sample of values).

    With `customers=False` names that do not say whose they are ("phone") are not taken for a recipient's: the table is
    known to list staff or companies.
    """
    looks = {name: classify(values) for name, values in columns}
    filled = {name: looks[name].values / max(1, len(values)) for name, values in columns}
    vetoed: dict[str, str] = {}
    suggested = list(_candidates(looks, filled, vetoed))
    found = _settle_regions(_without_strangers(suggested, customers=customers), looks)
    for one in suggested:
        if one.column not in {kept.column for kept in found}:
            vetoed.setdefault(
                one.column,
                _("named like {role}, but of whom neither it nor the table says", role=_phrase(one.named.role)),
            )
    guesses = _assign(found)
    if customers:
        guesses |= _by_content(looks, guesses)
    return {name: guesses.get(name) or _none(seen, vetoed.get(name), found, name) for name, seen in looks.items()}


def _candidates(looks: dict[str, Looks], filled: dict[str, float], vetoed: dict[str, str]) -> Iterator[_Candidate]:
    """Every role a name suggests and the values do not veto; the reason of a veto goes to `vetoed`."""
    for name, seen in looks.items():
        for named in named_roles(read_name(name)):
            verdict = judge(named.role, seen)
            weak = named.strength < WEAK_NAME and verdict.weight < CONFIRMED
            if verdict.weight == 0.0 or weak:
                but = (
                    _("but only faintly, and its values do not confirm it")
                    if verdict.weight
                    else _("but {clause}", clause=verdict.clause)
                )
                if named.role not in WHOLE:  # that it is not everything in one says nothing about what it is
                    vetoed.setdefault(name, _("named like {role}, {but}", role=_phrase(named.role), but=but))
            else:
                # An often empty column is the lesser of two: receiver_tel beside receiver_mobile.
                score = named.strength + 0.2 * verdict.weight + 0.05 * filled[name]
                yield _Candidate(name, named, score, verdict.clause)


def _without_strangers(found: list[_Candidate], *, customers: bool) -> list[_Candidate]:
    """Drop unsided candidates unless together they describe a customer: a phone or name, and an address."""
    unsided = {one.named.role for one in found if _unsided(one)}
    sided = {one.named.role for one in found if not _unsided(one)}
    describes = bool(unsided & {Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE}) and Role.RECIPIENT_ADDRESS in unsided
    whole = Role.RECIPIENT in unsided
    if customers and not sided & CORE and (describes or whole):
        return found
    # One free text named "user_address" holds a customer whatever else the table has.
    return [one for one in found if not _unsided(one) or (customers and one.named.role is Role.RECIPIENT)]


def _unsided(candidate: _Candidate) -> bool:
    return candidate.named.side is Side.NEUTRAL and candidate.named.role.startswith(("recipient", "sender"))


def _settle_regions(found: list[_Candidate], looks: dict[str, Looks]) -> list[_Candidate]:
    """A "region" is what its values say, else a district beside a province and a province otherwise."""
    kept = []
    for one in found:
        if one.named.either:
            prefix, _, part = one.named.role.partition("_")
            beside = any(other.named.role == f"{prefix}_province" and not other.named.either for other in found)
            seen = looks[one.column]
            province, district = seen.like(Content.PROVINCE), seen.like(Content.DISTRICT)
            is_province = province > district if max(province, district) >= 0.5 else not beside
            if is_province != (part == "province"):
                continue
        kept.append(one)
    return kept


def _assign(found: list[_Candidate]) -> dict[str, Guess]:
    """Best candidates first; one role per column, one column per role."""
    guesses: dict[str, Guess] = {}
    taken: dict[Role, str] = {}
    # RECIPIENT holds everything: where it is found, it goes before its parts.
    for one in sorted(found, key=lambda one: (one.named.role not in WHOLE, -one.score)):
        role = one.named.role
        if one.column in guesses or role in taken:
            continue
        taken[role] = one.column
        guesses[one.column] = Guess(
            role, _("named like {role}, and {clause}", role=_phrase(role), clause=one.clause), sided=not _unsided(one)
        )
    return guesses


def _by_content(looks: dict[str, Looks], guesses: dict[str, Guess]) -> dict[str, Guess]:
    """Roles of columns whose names say nothing at all, where only one column can be meant."""
    taken = {guess.role for guess in guesses.values()}
    extra: dict[str, Guess] = {}
    for content, role in BY_CONTENT_ALONE.items():
        alike = [name for name, seen in looks.items() if seen.content is content and seen.share >= CONTENT_ALONE]
        opaque = [name for name in alike if _says_nothing(name) and name not in guesses]
        if role not in taken and len(alike) == len(opaque) == 1:
            clause = phrase(content, looks[opaque[0]].share)
            extra[opaque[0]] = Guess(role, _("its name says nothing, but {clause}", clause=clause), sided=False)
    return extra


def _says_nothing(name: str) -> bool:
    return all(word is Word.FILLER for word in read_name(name).words)


def _none(looks: Looks, veto: str | None, found: Sequence[_Candidate], name: str) -> Guess:
    if veto is not None:
        return Guess(None, veto)
    lost = next((one for one in found if one.column == name), None)
    if lost is not None:
        return Guess(None, _("named like {role}, but another column fits better", role=_phrase(lost.named.role)))
    if looks.content is Content.EMPTY:
        return Guess(None, _("no role by its name, and it holds no values"))
    return Guess(None, _("no role by its name, and {clause}", clause=phrase(looks.content, looks.share)))


def proposed(guesses: dict[str, Guess]) -> Iterator[tuple[Role, str]]:
    """Roles with their columns, in the order of `Role`."""
    by_role = {guess.role: name for name, guess in guesses.items() if guess.role is not None}
    return ((role, by_role[role]) for role in Role if role in by_role)


def _phrase(role: Role) -> Text:
    return Text(role.replace("_", " "), {})
