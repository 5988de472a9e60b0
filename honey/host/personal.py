"""Does a value belong to a person? Phone, mailbox, identity number, person's name, address: by content alone.

Pure. Decides what must never travel from a real row into a decoy, so it errs towards yes: a code taken for a phone
number costs a blank field, a phone number taken for a code rings a stranger.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from honey.host.content import Content, kinds_of
from honey.host.places import COMPOUND_SURNAMES, SURNAMES


class PersonalKind(StrEnum):
    """What a personal value is."""

    PHONE = "phone"
    EMAIL = "email"
    ID_NUMBER = "id_number"
    NAME = "name"
    ADDRESS = "address"


SHARE = 0.6  # of a column's distinct values, junk typed by testers included
SHARE_WITHOUT_HINT = 0.8  # of names in a column not called one: 常温 and 白酒 begin like surnames
HONORIFICS = ("先生", "女士", "小姐", "（收）", "(收)", "收")
NAME_MASKS = "*＊×某○●xX"

_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:"
    r"(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}[ -]?\d{4}|[*xX•]{4,6}\d{2,4})"  # China, masked or not
    r"|0\d{2,3}-\d{7,8}"  # China, landline
    r"|\+\d[\d -]{6,16}\d"  # international
    r"|\(?\d{3}\)?[ -]\d{3}-\d{4}"  # North America
    r")(?![\dA-Za-z])",
    re.ASCII,
)
_EMAIL = re.compile(r"[\w.+*-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_ID_NUMBER = re.compile(  # GB 11643: region, birth date, sequence, check character; masks allowed
    r"(?<![\dA-Za-z])\d{6}(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\*{6,8})\d{3}[\dXx]"
    r"(?![\dA-Za-z])",
    re.ASCII,
)
_ANYWHERE = re.compile("|".join(f"(?:{one.pattern})" for one in (_EMAIL, _ID_NUMBER, _PHONE)), re.ASCII)
_HAN_NAME = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff*＊×xX○●]{1,3}")
_LATIN_NAME = re.compile(r"[A-ZÀ-Þ][\w'.-]*(?: [A-ZÀ-Þ][\w'.-]*){1,3}")
_ADDRESS = 6  # characters; shorter texts name a street at most
_PLACE_END = tuple("省市区县镇乡村州街路号店部司厂院局库站")
_NAME_HINT = re.compile(
    r"(?:^|_)(?:name|contact|consignee|buyer|customer|receiver|recipient|sender|person|signer)s?(?:_?name)?$"
    r"|姓名|联系人|收件人|收货人|寄件人|签收人|客户",
    re.IGNORECASE,
)
_ADDRESS_HINT = re.compile(r"addr|street|地址", re.IGNORECASE)


def contains_personal(text: str) -> bool:
    """Whether a phone number, mailbox or identity number stands anywhere in the text."""
    return _ANYWHERE.search(text) is not None


def find_phone(text: str) -> tuple[int, int] | None:
    """Return where the first phone number stands in a text."""
    match = _PHONE.search(text)
    return match.span() if match else None


def is_person_name(text: str) -> bool:
    """Whether a text reads as a Chinese person's name, masked or with an honorific included."""
    bare = strip_honorific(text)
    if bare != text and len(bare) == 1:
        return bare in SURNAMES
    if not _HAN_NAME.fullmatch(bare) or bare.endswith(_PLACE_END):
        return False
    return bare[:2] in COMPOUND_SURNAMES or (len(bare) <= 3 and bare[0] in SURNAMES)


def strip_honorific(text: str) -> str:
    """Return a name without 先生, 女士, (收) and the like."""
    for ending in HONORIFICS:
        if text.endswith(ending) and len(text) > len(ending):
            return text.removesuffix(ending).rstrip()
    return text


def personal_kind(column: str, values: Sequence[object]) -> PersonalKind | None:
    """Return what people's values a column holds, None when it holds none; `column` is its name, a weak hint."""
    texts = {str(value).strip() for value in values if value is not None and value != "" and not _is_measure(value)}
    if not texts:
        return None
    named, addressed = _NAME_HINT.search(column) is not None, _ADDRESS_HINT.search(column) is not None
    tests: dict[PersonalKind, Callable[[str], bool]] = {
        PersonalKind.EMAIL: lambda text: Content.EMAIL in kinds_of(text),
        PersonalKind.ID_NUMBER: lambda text: _ID_NUMBER.fullmatch(text) is not None,
        PersonalKind.PHONE: lambda text: Content.PHONE in kinds_of(text),
        PersonalKind.NAME: lambda text: is_person_name(text) or (named and _LATIN_NAME.fullmatch(text) is not None),
        PersonalKind.ADDRESS: lambda text: len(text) >= _ADDRESS and _is_address(text, latin=addressed),
    }
    for kind, test in tests.items():
        needed = SHARE_WITHOUT_HINT if kind is PersonalKind.NAME and not named else SHARE
        if sum(map(test, texts)) >= needed * len(texts):
            return kind
    return None


def _is_address(text: str, *, latin: bool) -> bool:
    return Content.ADDRESS in kinds_of(text) and (latin or not text.isascii())


def _is_measure(value: object) -> bool:
    return isinstance(value, bool | float)
