"""What do the values of one column look like?

Pure, and bounded: at most `MAX_VALUES` values of at most `MAX_CHARACTERS` are read, in time linear in their length.
One value may look like several things (518000 is a postcode, a code and a number), so shares do not sum to one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from honey.host.places import (
    CHINESE_COMPANY_WORDS,
    CHINESE_PROVINCE_SUFFIXES,
    CHINESE_PROVINCES,
    CHINESE_STREET_CHARACTERS,
    COMPOUND_SURNAMES,
    COUNTRIES,
    HONORIFICS,
    LATIN_COMPANY_WORDS,
    STATE_LETTERS,
    SURNAMES,
)

MAX_VALUES = 2000  # a share of 2,000 values is known to 2 percentage points
MAX_CHARACTERS = 300  # longer than any address; the rest of a longer value is not read
AGREEMENT = 0.75  # a column is called what this share of its values look like: hosts hold junk rows too


class Content(StrEnum):
    """What values look like, most telling first: a column is called the first that most of its values agree on."""

    CONTACT = "contact"  # name, phone and address in one text
    EMAIL = "email"
    URL = "url"
    DATETIME = "datetime"
    DATE = "date"
    PHONE = "phone"
    WAYBILL_NUMBER = "waybill_number"
    COUNTRY = "country"
    PROVINCE = "province"
    POSTCODE = "postcode"
    FLAG = "flag"
    MONEY = "money"
    CITY = "city"
    DISTRICT = "district"
    COMPANY_NAME = "company_name"
    ADDRESS = "address"
    PERSON_NAME = "person_name"
    EPOCH = "epoch"  # seconds or milliseconds since 1970, between 2001 and 2033
    CODE = "code"  # numbers and identifiers without spaces
    TEXT = "text"
    BINARY = "binary"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Looks:
    """What a column looks like: `share` of its `values` (those that are not empty) look like `content`."""

    content: Content
    share: float
    values: int
    shares: Mapping[Content, float]

    def like(self, *contents: Content) -> float:
        """Return the share of values that look like the best of `contents`."""
        return max((self.shares.get(content, 0.0) for content in contents), default=0.0)


EMPTY_WORDS = frozenset({"", "null", "none", "nil", "\\n", "n/a", "na", "-", "--", "无", "空", "暂无"})
FLAG_WORDS = frozenset({"y", "n", "yes", "no", "true", "false", "t", "f", "m", "是", "否", "有", "无", "男", "女"})

_MASK = r"[*＊xX●•]"
_DATETIME = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[T ]+\d{1,2}[:时]\d{1,2}.{0,20}|"
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4},? +\d{1,2}:\d{2}.{0,12}"
)
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2}|"
    r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_EMAIL = re.compile(r"[^\s@,;]{1,64}@[\w\-*]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_URL = re.compile(r"(?:https?|ftp)://\S+|www\.[\w\-]+\.\S+", re.IGNORECASE)
_MOBILE = rf"(?:\+?86[- ]?|0086[- ]?|0)?1\d(?:\d|{_MASK})[- ]?(?:\d|{_MASK}){{4}}[- ]?(?:\d|{_MASK}){{2}}\d{{2}}"
_EXTENSION = r"(?: ?(?:转|ext\.?|x|,|-) ?\d{1,5})?"
_CHINESE_PHONE = re.compile(rf"(?:{_MOBILE}|\(?0\d{{2,3}}\)?[- ]?\d{{7,8}}|[48]00-?\d{{3,4}}-?\d{{3,4}}){_EXTENSION}")
_GROUPED_PHONE = re.compile(rf"\+?[(\d][\d ()./-]{{5,22}}\d{_EXTENSION}")
_DOTTED_PAIRS = re.compile(r"(?:\d{2}\.){3,6}\d{2}")
_WAYBILL = re.compile(
    # Strict and broad carrier formats, public lists: letters and digits, UPU S10, then bare digits.
    r"(?:SF|YT|JT|JD[A-Z]?|DPK|ZTO|STO|YD|EMS|KK|LP|E[A-Z]|P[A-Z])[A-Z0-9]?\d{10,15}|[A-Z]{2}\d{9}[A-Z]{2}|"
    r"1Z[A-Z0-9]{16}|[6-9]\d{17}|\d{12,15}"
)
_POSTCODE = re.compile(
    r"\d{4,6}|\d{5}-\d{3,4}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}-\d{3,5}(?: \d{2})?|"
    r"\d{3} \d{2}|\d{2}-\d{3}|\d{4} ?[A-Z]{2}|\d{4}-\d{3}"
)
_MONEY = re.compile(r"[-+]?[¥￥$€£]? ?(?:\d{1,3}(?:,\d{3})+|\d{1,12})\.\d{1,10}|[¥￥$€£] ?\d{1,12}")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][\w./\-]{0,63}", re.ASCII)
_CHINESE_NAME = re.compile(r"[\u4e00-\u9fff·]{2,8}")
_MASKED_NAME = re.compile(
    rf"[\u4e00-\u9fff]{{1,2}}{_MASK}{{1,3}}|{_MASK}{{1,2}}[\u4e00-\u9fff]{{1,2}}|[\u4e00-\u9fff]{_MASK}[\u4e00-\u9fff]"
)
_NICKNAME = re.compile(r"[小老阿大][\u4e00-\u9fff]{1,2}")
_LATIN_NAME = re.compile(r"[^\W\d_][\w.'’\-]*(?: [^\W\d_][\w.'’\-]*){0,4}")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_STREET = re.compile(f"[{CHINESE_STREET_CHARACTERS}]")
_DISTRICT = re.compile(r"[\u4e00-\u9fff]{1,11}[区县旗]")
_CITY = re.compile(r"[\u4e00-\u9fff]{1,11}(?:市|自治州|地区|盟)")
_PHONE_INSIDE = re.compile(rf"(?<!\d)(?:{_MOBILE}|0\d{{2,3}}-?\d{{7,8}}|\+\d[\d -]{{7,16}}\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")


def classify(values: Sequence[object]) -> Looks:
    """Say what most of `values` look like. NULL, blanks and words for "nothing" are left out of account."""
    counts: Counter[Content] = Counter()
    seen = 0
    for value in values[:MAX_VALUES]:
        kinds = set(kinds_of(value))
        if kinds == {Content.EMPTY}:
            continue
        seen += 1
        counts.update(kinds)
    if not seen:
        return Looks(Content.EMPTY, 1.0, 0, {})
    shares = {content: counts[content] / seen for content in Content if counts[content]}
    agreed = next((content for content, share in shares.items() if share >= AGREEMENT), Content.TEXT)
    return Looks(agreed, shares.get(agreed, 1.0), seen, shares)


def kinds_of(value: object) -> Iterator[Content]:
    """Everything one value may be; EMPTY alone for nothing at all."""
    if value is None:
        yield Content.EMPTY
    elif isinstance(value, bool):
        yield Content.FLAG
    elif isinstance(value, datetime):
        yield Content.DATETIME
    elif isinstance(value, date):
        yield Content.DATE
    elif isinstance(value, bytes | bytearray | memoryview):
        yield Content.BINARY
    elif isinstance(value, float | Decimal):
        yield Content.MONEY
    elif isinstance(value, int):
        yield from _kinds_of_number(value)
    else:
        yield from _kinds_of_text(_clean(str(value)[:MAX_CHARACTERS]))


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _kinds_of_number(value: int) -> Iterator[Content]:
    # A whole number is never a postcode or date here: keys of that size are far more common.
    yield Content.CODE
    digits = str(value) if abs(value) < 10**20 else ""
    if _EPOCH.fullmatch(digits):
        yield Content.EPOCH
    if len(digits) == 1:
        yield Content.FLAG
    if len(digits) == 11 and _CHINESE_PHONE.fullmatch(digits):
        yield Content.PHONE
    elif _WAYBILL.fullmatch(digits):
        yield Content.WAYBILL_NUMBER


def _kinds_of_text(text: str) -> Iterator[Content]:
    if text.lower() in EMPTY_WORDS:
        yield Content.EMPTY
        return
    yield Content.TEXT
    yield from _kinds_by_form(text)
    if _CHINESE.search(text):
        yield from _kinds_of_chinese(text)
    else:
        yield from _kinds_of_latin(text)
    if _is_contact(text):
        yield Content.CONTACT


def _kinds_by_form(text: str) -> Iterator[Content]:
    """Kinds with a form of their own, whatever the language."""
    if _DATETIME.fullmatch(text):
        yield Content.DATETIME
        return
    forms = (
        (Content.DATE, _DATE.fullmatch(text)),
        (Content.EMAIL, _EMAIL.fullmatch(text)),
        (Content.URL, _URL.fullmatch(text)),
        (Content.POSTCODE, _POSTCODE.fullmatch(text.upper())),
        (Content.MONEY, _MONEY.fullmatch(text)),
        (Content.PHONE, is_phone(text)),
        (Content.WAYBILL_NUMBER, _WAYBILL.fullmatch(text.upper())),
        (Content.EPOCH, _EPOCH.fullmatch(text)),
        (Content.FLAG, text.lower() in FLAG_WORDS or (len(text) == 1 and text.isdecimal())),
        (Content.COUNTRY, text.lower() in COUNTRIES),
        (
            Content.CODE,
            _CODE.fullmatch(text) and (any(map(str.isdecimal, text)) or (text.isupper() and len(text) < 11)),
        ),
    )
    yield from (content for content, holds in forms if holds)


def is_phone(text: str) -> bool:
    """True for a phone number as people and systems write it: with calling code, groups, extension or mask."""
    text = _clean(text[:MAX_CHARACTERS])
    if _CHINESE_PHONE.fullmatch(text) or _DOTTED_PAIRS.fullmatch(text):
        return True
    if not _GROUPED_PHONE.fullmatch(text) or any(form.fullmatch(text) for form in (_DATE, _POSTCODE, _MONEY)):
        return False
    digits = sum(map(str.isdecimal, text))
    if not 7 <= digits <= 15:  # ITU-T E.164: at most 15
        return False
    grouped = any(mark in text for mark in " -()/")
    return text.startswith("+") or (grouped and not text.endswith(("/", "-"))) or (text.startswith("0") and digits >= 9)


def _kinds_of_chinese(text: str) -> Iterator[Content]:
    bare = text
    for suffix in CHINESE_PROVINCE_SUFFIXES:
        bare = bare.removesuffix(suffix)
    if bare in CHINESE_PROVINCES:
        yield Content.PROVINCE
        if bare in {"北京", "上海", "天津", "重庆"}:
            yield Content.CITY
        return
    if text.endswith(CHINESE_COMPANY_WORDS):
        yield Content.COMPANY_NAME
    is_city, is_district = _CITY.fullmatch(text), _DISTRICT.fullmatch(text)
    if is_city:
        yield Content.CITY
    if is_district or (is_city and text.endswith("市")):  # a county-level city is a district
        yield Content.DISTRICT
    if len(text) >= 4 and _STREET.search(text) and not (is_district and len(text) < 6):
        yield Content.ADDRESS
    if not is_city and not is_district and _is_chinese_name(text):
        yield Content.PERSON_NAME


def _is_chinese_name(text: str) -> bool:
    if _MASKED_NAME.fullmatch(text) or _NICKNAME.fullmatch(text):
        return True
    bare = text.strip("()")
    for honorific in HONORIFICS:
        if bare.endswith(honorific) and len(bare) > len(honorific):
            bare = bare.removesuffix(honorific).strip("() ")
            break
    if not _CHINESE_NAME.fullmatch(bare):
        return bare != text and bare in SURNAMES
    if "·" in bare:
        return True
    return (bare[0] in SURNAMES and len(bare) <= 3) or (bare[:2] in COMPOUND_SURNAMES and len(bare) <= 4)


def _kinds_of_latin(text: str) -> Iterator[Content]:
    has_digit = any(map(str.isdecimal, text))
    words = text.lower().replace(",", " ").split()
    if text.upper() == text and text in STATE_LETTERS:
        yield Content.PROVINCE
    if any(word.rstrip(".") in LATIN_COMPANY_WORDS for word in words):
        yield Content.COMPANY_NAME
    if has_digit and len(text) >= 8 and len(words) >= 2 and _WORD.search(text) and not _PHONE_INSIDE.search(text):
        yield Content.ADDRESS
    if not has_digit and 2 <= len(words) <= 4 and _LATIN_NAME.fullmatch(text) and text[0].isupper():
        yield Content.PERSON_NAME


def _is_contact(text: str) -> bool:
    """A phone number amid a text that still holds a name or an address without it."""
    phone = _PHONE_INSIDE.search(text)
    if phone is None:
        return False
    rest = text[: phone.start()] + " " + text[phone.end() :]
    if _CHINESE.search(rest):
        return len(_CHINESE.findall(rest)) >= 6 and _STREET.search(rest) is not None
    return len(_WORD.findall(rest)) >= 3 and any(map(str.isdecimal, rest))
