"""Which column of an export is what: by `--columns`, else by the host's name for it, else by its content. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from honey.errors import InputError
from honey.host.personal import PersonalKind, personal_kind
from honey.host.timestyle import format_of
from honey.model.waybill import ColumnRoles, Role
from honey.seed.passthrough.table import unique_names

IDENTITY_ROLES = frozenset(
    {
        Role.WAYBILL_NUMBER, Role.RECIPIENT, Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS,
        Role.RECIPIENT_EMAIL,
    }
)  # fmt: skip  # an export must have one of these, or a decoy in it could not be told from anybody
MIN_SHARE = 0.6  # of a column's values must be of a kind for the column to be
DISTINCT_SHARE = 0.95  # of values in a waybill number column

_CODE = re.compile(r"[A-Za-z]{0,4}[\dA-Za-z]{0,2}\d{8,20}[A-Za-z]{0,2}", re.ASCII)
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*%?", re.ASCII)
_BARE = re.compile(r"[\s_\-.:：()（）/]+")

_SIDES = (
    ("recipient", re.compile(r"收|receiv|recip|consignee|ship_?to|deliver_?to|shou_|buyer|买家|^to_")),
    ("sender", re.compile(r"寄|发件|发货人|send|shipper|consignor|ship_?from|ji_|^from_|卖家")),
)
_PARTS = (
    ("phone", re.compile(r"手机|电话|联系方式|phone|mobile|tel(?!l)|cell")),
    ("email", re.compile(r"邮箱|e?mail")),
    ("postcode", re.compile(r"邮编|post_?(al)?_?code|zip")),
    ("province", re.compile(r"省|province|state$")),
    ("city", re.compile(r"城市|市$|city")),
    ("district", re.compile(r"区县|区$|县$|district|county|region|area")),
    ("country", re.compile(r"国家|country")),
    ("address", re.compile(r"地址|addr|street")),
    (
        "name",
        re.compile(r"姓名|收件人$|收货人$|寄件人$|发件人$|名字|name|联系人|consignee$|receiver$|recipient$|sender$"),
    ),
)
_OWN = (
    (
        Role.WAYBILL_NUMBER,
        re.compile(r"运单号|快递单号|物流单号|面单号|waybill|tracking|delivery_?sn|mail_?no|express_?no"),
    ),
    (Role.ORDER_NUMBER, re.compile(r"订单(号|编号)|order_?(no|sn|number|id)")),
    (Role.OUTLET, re.compile(r"网点|outlet|branch|station")),
    (
        Role.CREATED_AT,
        re.compile(r"(下单|创建|揽收|寄件|收件)(时间|日期)|^日期$|^时间$|creat|order_?(date|time)|^date$"),
    ),
    (Role.GOODS, re.compile(r"物品|货物|商品|品名|内件|goods|commodity|cargo")),
    (Role.NOTE, re.compile(r"备注|留言|remark|note|memo")),
)


def parse_columns(text: str) -> ColumnRoles:
    """Read `--columns role=name,...`. Raises `InputError` listing the valid roles for an unknown one."""
    found: dict[Role, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, equals, column = (one.strip() for one in part.partition("="))
        if not equals or not column:
            raise InputError(f"--columns: {part!r} is not role=name")
        try:
            role = Role(name)
        except ValueError as exc:
            raise InputError(f"--columns: no role {name!r}; the roles are {', '.join(Role)}") from exc
        if role in found:
            raise InputError(f"--columns: {name} is given twice")
        found[role] = column
    return found


def has_header(records: Sequence[Sequence[str]]) -> bool:
    """Whether the first of `records` names the columns: its cells are not of the kinds the cells below are."""
    first, below = records[0], records[1:]
    against = sum(kind_of(cell) not in ("", "name") for cell in first)
    if not below:
        return not against
    named = 0
    for at, cell in enumerate(first):
        usual, share = _usual_kind([cells[at] for cells in below if at < len(cells)])
        if usual and share >= MIN_SHARE:
            named += 1 if kind_of(cell) != usual else -1
    if named:
        return named > 0
    return not against and all(
        cell not in {cells[at] for cells in below if at < len(cells)} for at, cell in enumerate(first)
    )


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
            raise InputError(f"--columns: no column {wanted!r} in the export; it has {_listed(names)}")
        found[role] = name
    if header:
        for role, wanted in host_roles.items():
            name = folded.get(wanted.strip().casefold())
            if name and role not in found and name not in found.values():
                found[role] = name
    values = {name: [cells[at] for cells in sample if at < len(cells) and cells[at]] for at, name in enumerate(names)}
    if header:
        _by_word(names, values, found)
    _by_content(names, values, found)
    return found


def _named(wanted: str, folded: dict[str, str], names: Sequence[str]) -> str | None:
    if name := folded.get(wanted) or folded.get(wanted.casefold()):
        return name
    return names[int(wanted) - 1] if wanted.isdecimal() and 0 < int(wanted) <= len(names) else None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:30])
    return shown + (f" and {len(names) - 30} more" if len(names) > 30 else "")


def kind_of(cell: str) -> str:
    """Return what a single value is by its form alone: a personal kind, date, code, number, or nothing known."""
    text = cell.strip()
    if not text or len(text) > 200:
        return ""
    if personal := personal_kind("", [text]):
        return personal.value
    if format_of(text):
        return "date"
    if _CODE.fullmatch(text):
        return "code"
    return "number" if _NUMBER.fullmatch(text) else ""


def _usual_kind(values: Sequence[str]) -> tuple[str, float]:
    filled = [value for value in values if value]
    kinds = Counter(kind_of(value) for value in filled)
    if not kinds:
        return "", 0.0
    kind, count = kinds.most_common(1)[0]
    return kind, count / len(filled)


def _by_word(names: Sequence[str], values: dict[str, list[str]], found: dict[Role, str]) -> None:
    """Assign columns whose header says what they are; a phone column must hold phones, masked or not."""
    for name in names:
        if name in found.values():
            continue
        role = _role_of(name)
        if role is None or role in found:
            continue
        if (
            role.value.endswith("_phone")
            and values[name]
            and not any(character.isdigit() for character in values[name][0])
        ):
            continue
        found[role] = name


def _role_of(name: str) -> Role | None:
    folded = _BARE.sub("_", name.casefold()).strip("_")
    for role, word in _OWN:
        if word.search(folded):
            return role
    side = next((side for side, word in _SIDES if word.search(folded)), "")
    part = next((part for part, word in _PARTS if word.search(folded)), "")
    if not part or (not side and part in ("name", "country")):
        return (
            Role.RECIPIENT_NAME if part == "name" and folded in ("name", "姓名", "客户姓名", "customer_name") else None
        )
    return Role(f"{side or 'recipient'}_{part}")


def _by_content(names: Sequence[str], values: dict[str, list[str]], found: dict[Role, str]) -> None:
    """Assign what is still missing by the form of the values; of two candidates the one that varies more."""
    wanted = {
        PersonalKind.PHONE.value: Role.RECIPIENT_PHONE,
        PersonalKind.NAME.value: Role.RECIPIENT_NAME,
        PersonalKind.ADDRESS.value: Role.RECIPIENT_ADDRESS,
        PersonalKind.EMAIL.value: Role.RECIPIENT_EMAIL,
        "code": Role.WAYBILL_NUMBER,
        "date": Role.CREATED_AT,
    }
    free = [name for name in names if name not in found.values() and values[name]]
    free.sort(key=lambda name: -len(set(values[name])) / len(values[name]))  # senders repeat, recipients vary
    for name in free:
        kind, share = _usual_kind(values[name])
        role = wanted.get(kind)
        if role is None or role in found or share < MIN_SHARE:
            continue
        if role is Role.WAYBILL_NUMBER and len(set(values[name])) < DISTINCT_SHARE * len(values[name]):
            continue
        if role is Role.RECIPIENT_ADDRESS and Role.RECIPIENT in found:
            continue
        found[role] = name
