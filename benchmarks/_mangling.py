"""Waybill rows as sellers, spreadsheets, OCR and masking leave them: every form, to be combined freely. Pure.

A form changes values, the order and joints of columns, or the bytes of the file, and says how much of a value it
leaves. Innocent rows go through the same forms as planted ones. All randomness comes from the `Random` handed in.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from honey.trace import chances
from honey.trace.traditional import spellings

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
_FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
_SAME = frozenset("周胡朱于余梁家俊")  # surnames and words that stay as they are
_LETTERS = {"0": "O", "1": "l"}


@dataclass(frozen=True, slots=True)
class Waybill:
    """One customer's row, and how likely a stranger's row agrees in what is left of each value."""

    waybill: str
    name: str
    phone: str
    head: str  # first three digits shown when the number is masked
    province: str
    city: str
    district: str
    detail: str  # road, house, building, unit, room
    surname: str
    waybill_left: float = chances.UNIQUE_TOKEN
    phone_left: float = chances.EXACT_PHONE
    name_left: float = chances.EXACT_NAME
    address_left: float = chances.FULL_ADDRESS
    prefix: str = ""  # 0086 in a column of its own

    @property
    def door(self) -> str:
        """Road and house number."""
        sign = max(self.detail.find("号"), self.detail.find("號"))
        return self.detail[: sign + 1]


Change = Callable[[Waybill, random.Random], Waybill]
Layout = Callable[[Sequence[str], random.Random], str]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to mangle. `field` names the value it changes; see `combines`."""

    name: str
    field: str  # "phone", "waybill", "name", "address", "columns" or "file"
    change: Change | None = None
    layout: Layout | None = None
    encoding: str = ""


def _phone(written: Callable[[str], str]) -> Change:
    return lambda row, _: replace(row, phone=written(row.phone))


def _masked_phone(hidden: int, tail: int) -> Change:
    def change(row: Waybill, _: random.Random) -> Waybill:
        shown = f"{row.head}{'*' * hidden}{row.phone[-tail:]}"
        return replace(row, phone=shown, phone_left=chances.masked_phone(3, tail))

    return change


def _letters(text: str, rng: random.Random) -> str:
    places = [at for at, character in enumerate(text) if character in _LETTERS]
    wrong = set(rng.sample(places, min(len(places), rng.randint(1, 3))))
    return "".join(_LETTERS[sign] if at in wrong else sign for at, sign in enumerate(text))


def _with_b(text: str, rng: random.Random) -> str:
    """Write an 8 as B, and what `_letters` does elsewhere in half of the texts."""
    lettered = _letters(text, rng) if rng.random() < 0.5 else text
    return lettered.replace("8", "B")


def _shortened_phone(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, phone=f"{float(row.phone):.2E}", phone_left=1.0)


def _shortened_waybill(row: Waybill, _: random.Random) -> Waybill:
    digits = "".join(filter(str.isdigit, row.waybill))
    return replace(row, waybill=f"{float(digits):.1E}", waybill_left=1.0)


def _surname_kept(row: Waybill, _: random.Random) -> Waybill:
    hidden = "*" * (len(row.name) - 1)
    return replace(row, name=row.name[0] + hidden, name_left=chances.surname_share(row.surname))


def _last_kept(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, name="*" * (len(row.name) - 1) + row.name[-1], name_left=chances.GIVEN_CHARACTER)


def _latin_masked(row: Waybill, _: random.Random) -> Waybill:
    shown = " ".join(f"{word[0].upper()}***" for word in row.name.split())
    return replace(row, name=shown, name_left=chances.LATIN_INITIAL ** len(row.name.split()))


def _titled(row: Waybill, rng: random.Random) -> Waybill:
    return replace(row, name=row.name + rng.choice(("先生", "女士", "小姐", " 先生", "(收)")))


def _title_for_name(row: Waybill, rng: random.Random) -> Waybill:
    shown = row.surname + rng.choice(("先生", "女士", "小姐"))
    return replace(row, name=shown, name_left=chances.surname_share(row.surname))


def traditional(text: str) -> str:
    """Write every character that has a traditional form in it."""
    return "".join(character if character in _SAME else spellings(character)[-1] for character in text)


def _traditional_name(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, name=traditional(row.name))


def _traditional_address(row: Waybill, _: random.Random) -> Waybill:
    return replace(
        row, province=traditional(row.province), city=traditional(row.city), district=traditional(row.district),
        detail=traditional(row.detail),
    )  # fmt: skip


def _without_suffixes(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, province=row.province[:-1], city=row.city[:-1], district=row.district[:-1])


def _without_province(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, province="")


def _cut_at_door(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, detail=row.door, address_left=chances.ADDRESS_WITHOUT_UNIT)


def _masked_room(row: Waybill, _: random.Random) -> Waybill:
    return replace(row, detail=row.door + "***室", address_left=chances.ADDRESS_WITHOUT_UNIT)


def _detail(written: Callable[[str], str]) -> Change:
    return lambda row, _: replace(row, detail=written(row.detail))


def _dashes(detail: str) -> str:
    return detail.replace("栋", "-").replace("单元", "-").replace("室", "")


def _country_column(row: Waybill, rng: random.Random) -> Waybill:
    return replace(row, prefix=rng.choice(("+86", "0086", "86")))


def _reordered(cells: Sequence[str], rng: random.Random) -> str:
    order = list(range(len(cells)))
    if rng.random() < 0.5:  # half of the rows
        rng.shuffle(order)
    return ",".join(cells[at] for at in order)


def _escaped(cells: Sequence[str], _: random.Random) -> str:
    return json.dumps({f"c{at}": cell for at, cell in enumerate(cells)})


def _split(cells: Sequence[str], _: random.Random) -> str:
    """Cut the address behind road and door as form fields do; other cells stay."""
    found: list[str] = []
    for cell in cells:
        road, sign, rest = cell.partition("号")
        digits = next((at for at, character in enumerate(road) if character.isdigit()), 0)
        found += [road[:digits], road[digits:] + sign, rest] if sign and digits else [cell]
    return ",".join(found)


FORMS: tuple[Form, ...] = (
    Form("phone: full-width digits", "phone", _phone(lambda text: text.translate(_WIDE))),
    Form("phone: Chinese digits", "phone", _phone(lambda text: text.translate(_CHINESE))),
    Form("phone: formal Chinese digits", "phone", _phone(lambda text: text.translate(_FORMAL))),
    Form("phone: +86", "phone", _phone(lambda text: f"+86{text}")),
    Form("phone: 0086-", "phone", _phone(lambda text: f"0086-{text}")),
    Form("phone: spaces", "phone", _phone(lambda text: f"{text[:3]} {text[3:7]} {text[7:]}")),
    Form("phone: dashes", "phone", _phone(lambda text: f"{text[:3]}-{text[3:7]}-{text[7:]}")),
    Form("phone: apostrophe", "phone", _phone(lambda text: f"'{text}")),
    Form("phone: float 14000771234.0", "phone", _phone(lambda text: f"{text}.0")),
    Form("phone: shortened 1.40E+10", "phone", _shortened_phone),
    Form("phone: O and l for digits", "phone", lambda row, rng: replace(row, phone=_letters(row.phone, rng))),
    Form("phone: B for 8", "phone", lambda row, rng: replace(row, phone=_with_b(row.phone, rng))),
    Form("phone: four digits masked", "phone", _masked_phone(4, 4)),
    Form("phone: six digits masked", "phone", _masked_phone(6, 2)),
    Form("waybill: full-width", "waybill", lambda row, _: replace(row, waybill=row.waybill.translate(_WIDE))),
    Form("waybill: spaces", "waybill", lambda row, _: replace(row, waybill=f"{row.waybill[:6]} {row.waybill[6:]}")),
    Form("waybill: O and l for digits", "waybill", lambda row, rng: replace(row, waybill=_letters(row.waybill, rng))),
    Form("waybill: B for 8", "waybill", lambda row, rng: replace(row, waybill=_with_b(row.waybill, rng))),
    Form("waybill: shortened 6.2E+11", "waybill", _shortened_waybill),
    Form("name: surname kept 王**", "name", _surname_kept),
    Form("name: last character kept **红", "name", _last_kept),
    Form("name: masked Latin J*** S***", "name", _latin_masked),
    Form("name: with title", "name", _titled),
    Form("name: surname and title only", "name", _title_for_name),
    Form("name: traditional", "name", _traditional_name),
    Form("address: traditional", "address", _traditional_address),
    Form("address: without 省 市 区", "address", _without_suffixes),
    Form("address: without province", "address", _without_province),
    Form("address: cut at the door", "address", _cut_at_door),
    Form("address: room masked", "address", _masked_room),
    Form("address: full-width digits", "address", _detail(lambda text: text.translate(_WIDE))),
    Form("address: dashes 969号3-2-1203", "address", _detail(_dashes)),
    Form("columns: country code apart", "columns", _country_column),
    Form("columns: address split at the door", "columns", layout=_split),
    Form("columns: merged with spaces", "columns", layout=lambda cells, _: " ".join(cells)),
    Form("columns: no separators", "columns", layout=lambda cells, _: "".join(cells)),
    Form("columns: half in another order", "columns", layout=_reordered),
    Form("columns: JSON, escaped", "columns", layout=_escaped),
    Form("columns: ----", "columns", layout=lambda cells, _: "----".join(cells)),
    Form("file: GB18030", "file", encoding="gb18030"),
    Form("file: UTF-16", "file", encoding="utf-16"),
    Form("file: Big5", "file", encoding="big5hkscs"),
)  # fmt: skip
BY_NAME: Mapping[str, Form] = {form.name: form for form in FORMS}
_SIGNS = {"phone: spaces", "phone: dashes", "phone: +86", "phone: 0086-", "phone: float 14000771234.0"}
_DIGITS = {"phone: full-width digits", "phone: O and l for digits", "phone: B for 8", "phone: Chinese digits"}
_MASKS = {"phone: four digits masked", "phone: six digits masked"}
_ADDRESS_ENDS = {"address: cut at the door", "address: room masked", "address: dashes 969号3-2-1203"}


def combines(first: Form, second: Form) -> bool:
    """Whether two forms can stand in one row; two of one value only where one leaves the other something to do."""
    names = {first.name, second.name}
    if first.field != second.field:
        return names != {"phone: formal Chinese digits", "file: Big5"}  # Big5 has no 贰
    if first.field == "phone":
        rewritten = _SIGNS | _MASKS
        return bool(names & rewritten) and (bool(names & _DIGITS) or names <= {"phone: +86", "phone: 0086-", *_MASKS})
    if first.field == "address":
        return bool(names & _ADDRESS_ENDS) and not names <= _ADDRESS_ENDS
    return "name: traditional" in names and bool(names & {"name: with title", "name: surname kept 王**"})
