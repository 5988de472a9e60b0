"""Does a value belong to a person? Phone, mailbox, identity number, person's name, address: by content alone.

Pure. Decides what must never travel from a real row into a decoy, so it errs towards yes: a code taken for a phone
number costs a blank field, a phone number taken for a code rings a stranger.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from honey.host.phonestyle import template_of


class PersonalKind(StrEnum):
    """What a personal value is."""

    PHONE = "phone"
    EMAIL = "email"
    ID_NUMBER = "id_number"
    NAME = "name"
    ADDRESS = "address"


SHARE = 0.6  # of a column's distinct values, junk typed by testers included
# The hundred most frequent surnames of the Ministry of Public Security's 2020 report: 86 % of the population.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常",
)
COMPOUND_SURNAMES = ("欧阳", "上官", "皇甫", "令狐", "诸葛", "司徒", "司马", "夏侯", "慕容", "尉迟")
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
    r"(?<![\dA-Za-z])[1-9]\d{5}(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\*{6,8})\d{3}[\dXx]"
    r"(?![\dA-Za-z])",
    re.ASCII,
)
_ANYWHERE = re.compile("|".join(f"(?:{one.pattern})" for one in (_EMAIL, _ID_NUMBER, _PHONE)), re.ASCII)
_HAN_NAME = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff*＊×xX○●]{1,3}")
_LATIN_NAME = re.compile(r"[A-ZÀ-Þ][\w'.-]*(?: [A-ZÀ-Þ][\w'.-]*){1,3}")
_PLACE_END = tuple("省市区县镇乡村州街路号店部司厂院局库站")
_HAN_ADDRESS = re.compile(r"[\u4e00-\u9fff].*(?:路|街|号|弄|巷|栋|幢|单元|室|村|镇|小区|大厦|街道)")
_LATIN_ADDRESS = re.compile(r"(?=.*[^\W\d_]{3})(?=.*\d).{6,}")
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
    return bare.startswith(COMPOUND_SURNAMES) or (len(bare) <= 3 and bare[0] in SURNAMES)


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
    tests = {
        PersonalKind.EMAIL: lambda text: _EMAIL.fullmatch(text) is not None,
        PersonalKind.ID_NUMBER: lambda text: _ID_NUMBER.fullmatch(text) is not None,
        PersonalKind.PHONE: lambda text: _PHONE.fullmatch(text) is not None and template_of(text) is not None,
        PersonalKind.NAME: is_person_name,
        PersonalKind.ADDRESS: lambda text: len(text) >= 6 and _HAN_ADDRESS.match(text) is not None,
    }
    if _NAME_HINT.search(column):
        tests[PersonalKind.NAME] = lambda text: is_person_name(text) or _LATIN_NAME.fullmatch(text) is not None
    if _ADDRESS_HINT.search(column):
        tests[PersonalKind.ADDRESS] = lambda text: bool(_HAN_ADDRESS.match(text) or _LATIN_ADDRESS.fullmatch(text))
    for kind, test in tests.items():
        if sum(map(test, texts)) >= SHARE * len(texts):
            return kind
    return None


def _is_measure(value: object) -> bool:
    return isinstance(value, bool | float)
