"""Which column of an export is what: by `--columns`, else by the host's name for it, else by its content. Pure."""

from collections.abc import Mapping, Sequence

from honey.errors import InputError
from honey.host.content import Content, classify, kinds_of
from honey.host.judge import judge
from honey.host.names import read_name
from honey.host.roles import guess_roles, proposed
from honey.host.rolewords import Side, named_roles, side_of
from honey.model.waybill import ColumnRoles, Role
from honey.seed.passthrough.table import unique_names
from honey.translation import _

IDENTITY_ROLES = frozenset(
    {
        Role.WAYBILL_NUMBER, Role.RECIPIENT, Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS,
        Role.RECIPIENT_EMAIL,
    }
)  # fmt: skip  # an export must have one of these, or a decoy in it could not be told from anybody
DISTINCT_SHARE = 0.95  # of the values in a waybill number column

_ROLE_OF_LOOK = {
    Content.CONTACT: Role.RECIPIENT,
    Content.EMAIL: Role.RECIPIENT_EMAIL,
    Content.PHONE: Role.RECIPIENT_PHONE,
    Content.WAYBILL_NUMBER: Role.WAYBILL_NUMBER,
    Content.DATETIME: Role.CREATED_AT,
    Content.DATE: Role.CREATED_AT,
    Content.ADDRESS: Role.RECIPIENT_ADDRESS,
    Content.PERSON_NAME: Role.RECIPIENT_NAME,
}
_DATA = frozenset(
    {
        Content.CONTACT, Content.EMAIL, Content.URL, Content.DATETIME, Content.DATE, Content.PHONE,
        Content.WAYBILL_NUMBER, Content.POSTCODE, Content.MONEY, Content.ADDRESS, Content.CODE,
    }
)  # fmt: skip  # what headers do not look like


def parse_columns(text: str) -> ColumnRoles:
    """Read `--columns role=name,...`. Raises `InputError` listing the valid roles for an unknown one."""
    found: dict[Role, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, equals, column = (one.strip() for one in part.partition("="))
        if not equals or not column:
            raise InputError(_("--columns: {part!r} is not role=name", part=part))
        try:
            role = Role(name)
        except ValueError as exc:
            raise InputError(
                _("--columns: no role {name!r}; the roles are {role}", name=name, role=", ".join(Role))
            ) from exc
        if role in found:
            raise InputError(_("--columns: {name} is given twice", name=name))
        found[role] = column
    return found


def has_header(records: Sequence[Sequence[str]]) -> bool:
    """Whether the first of `records` names the columns: its cells do not look like the cells below them."""
    first, below = records[0], records[1:]
    against = sum(1 for cell in first if _DATA & set(kinds_of(cell)) and _holds_digit(cell))
    if not below:
        return not against
    columns = [[cells[at] for cells in below if at < len(cells)] for at in range(len(first))]
    unlike = sum(_unlike(cell, values) for cell, values in zip(first, columns, strict=True))
    if unlike:
        return unlike > 0
    return not against and not any(cell and cell in values for cell, values in zip(first, columns, strict=True))


def _unlike(cell: str, values: Sequence[str]) -> int:
    """Return 1 where a cell is of another kind than most values below it, -1 where of the same, else 0."""
    looks = classify(values)
    if looks.content not in _DATA | {Content.PERSON_NAME}:
        return 0
    if looks.content is Content.CODE and not _holds_digit(cell):
        return int(any(map(_holds_digit, values)))
    return -1 if looks.content in set(kinds_of(cell)) else 1


def _holds_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def recognise(
    header: Sequence[str] | None, sample: Sequence[Sequence[str]], host_roles: ColumnRoles, overrides: ColumnRoles
) -> ColumnRoles:
    """Return role -> column name (as `unique_names` gives it) for the columns of an export.

    Raises `InputError` for an override that names no column.
    """
    width = max([len(header or ()), *(len(cells) for cells in sample)], default=0)
    names = unique_names(header or (), width)
    folded = {name.strip().casefold(): name for name in reversed(names)} | {name: name for name in names}
    found: dict[Role, str] = {}
    for role, wanted in overrides.items():
        if (name := _named(wanted, folded, names)) is None:
            raise InputError(
                _("--columns: no column {wanted!r} in the export; it has {names}", wanted=wanted, names=_listed(names))
            )
        found[role] = name
    if header:
        for role, wanted in host_roles.items():
            name = folded.get(wanted.strip().casefold())
            if name and role not in found and name not in found.values():
                found[role] = name
    values = {name: [cells[at] for cells in sample if at < len(cells) and cells[at]] for at, name in enumerate(names)}
    free = [(name, values[name]) for name in names if name not in found.values()]
    for role, name in proposed(guess_roles(free)):
        found.setdefault(role, name)
    if header:
        _by_neighbour(names, values, found)
    silent = [name for name in names if not read_name(name).words]
    _by_content(silent, values, found)
    if not IDENTITY_ROLES & set(found):  # "name, phone" says not whose: in an export, the recipient's
        _by_content(names, values, found)
    return found


def _named(wanted: str, folded: dict[str, str], names: Sequence[str]) -> str | None:
    if name := folded.get(wanted) or folded.get(wanted.casefold()):
        return name
    return names[int(wanted) - 1] if wanted.isdecimal() and 0 < int(wanted) <= len(names) else None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:30])
    return shown + (_(" and {count} more", count=len(names) - 30) if len(names) > 30 else "")


def _by_neighbour(names: Sequence[str], values: Mapping[str, Sequence[str]], found: dict[Role, str]) -> None:
    """Give a name that says not whose ("手机" after "收件人") to the party named last before it.

    Before any party is named it is the recipient's, unless both parties are named further on.
    """
    sides = [side_of(read_name(name))[0] for name in names]
    party = Side.NEUTRAL if {Side.SENDER, Side.RECIPIENT} <= set(sides) else Side.RECIPIENT
    for name, side in zip(names, sides, strict=True):
        if side is not Side.NEUTRAL:
            party = side
        elif party is not Side.NEUTRAL and name not in found.values():
            parts = [one.role.value.partition("_")[2] for one in named_roles(read_name(name)) if _is_party(one.role)]
            roles = [role for part in parts if part and (role := Role(f"{party}_{part}")) not in found]
            fit = next((role for role in roles if judge(role, classify(values[name])).weight), None)
            if fit is not None:
                found[fit] = name


def _is_party(role: Role) -> bool:
    return role.value.startswith(("recipient", "sender"))


def _by_content(names: Sequence[str], values: Mapping[str, Sequence[str]], found: dict[Role, str]) -> None:
    """Assign what is still missing by the look of the values; of two candidates the one that varies more."""
    free = [name for name in names if name not in found.values() and values[name]]
    free.sort(key=lambda name: -len(set(values[name])) / len(values[name]))  # senders repeat, recipients vary
    for name in free:
        looks = classify(values[name])
        role = _ROLE_OF_LOOK.get(looks.content)
        if role is None or role in found or (role is Role.RECIPIENT_ADDRESS and Role.RECIPIENT in found):
            continue
        if role is Role.WAYBILL_NUMBER and len(set(values[name])) < DISTINCT_SHARE * len(values[name]):
            continue
        found[role] = name
