"""How a column writes phone numbers: calling code, grouping, mask.

Pure. A template keeps every character of a value and puts `#` for a visible digit; a mask character stands for one
hidden digit. Writing a number in a template gives what the host would have stored for it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from honey.model.beacon import E164

MASKS = "*＊xX•●"
_BODY = re.compile(rf"[\d{re.escape(MASKS)} ().\-]{{7,24}}", re.ASCII)
_COUNTRY_CODE = re.compile(  # ITU-T E.164 list of assigned codes, by length
    r"1|7|2(?:[07]|[1-689]\d)|3(?:[0-469]|[578]\d)|4(?:[013-9]|2\d)|5(?:[1-8]|[09]\d)|6(?:[0-6]|[789]\d)|"
    r"8(?:[1246]|[03578-9]\d)|9(?:[0-58]|[679]\d)",
)
_HEAD = re.compile(r"(?P<plus>\+|00)(?P<code>" + _COUNTRY_CODE.pattern + r")(?P<gap>[ \-]?)")
_HEAD_CHINA = re.compile(r"86[ \-]?(?=1\d\d)")
_MOBILE_DIGITS = 11  # China (MIIT numbering plan)
_VISIBLE_HEAD = 3  # what masks leave at the front
_VISIBLE_AT_LEAST = 4  # 138******34 shows five; fewer and the value could be anything


@dataclass(frozen=True, slots=True)
class PhoneTemplate:
    """One way of writing numbers. `head` holds calling code or trunk zero, `body` one place per national digit."""

    head: str
    body: str
    code: str  # calling code written in `head`, or empty
    mobile: bool  # the number it was learnt from was a Chinese mobile number

    @property
    def places(self) -> int:
        """National digits, hidden ones included."""
        return sum(character == "#" or character in MASKS for character in self.body)

    @property
    def masked(self) -> bool:
        """Whether digits are hidden."""
        return any(character in MASKS for character in self.body)


_PLAIN_MOBILE = re.compile(r"1\d{10}", re.ASCII)
_PLAIN = PhoneTemplate("", "#" * 11, "", mobile=True)


@dataclass(frozen=True, slots=True)
class PhoneStyle:
    """The templates of one column, most frequent first."""

    templates: tuple[PhoneTemplate, ...]

    def write(self, phone: E164, like: object = None) -> str:
        """Return the number as the host writes it, in the style of `like` when that can hold it."""
        code, national = split_number(phone)
        own = template_of(like) if like is not None else None
        if own is _PLAIN and code == "86" and len(national) == _MOBILE_DIGITS and national.startswith("1"):
            return national
        candidates = ([own] if own else []) + list(self.templates)
        for template in candidates:
            if _holds(template, code, national):
                return _fill(template, national)
        plain = national if code == "86" and not any(one.code for one in self.templates[:1]) else str(phone)
        masked = next((one for one in candidates if one.masked), None)
        return _mask_like(plain, masked) if masked else plain


def split_number(phone: E164) -> tuple[str, str]:
    """Split an E.164 number into calling code and national number."""
    digits = phone.removeprefix("+")
    match = _COUNTRY_CODE.match(digits)
    code = match.group() if match else ""
    return code, digits[len(code) :]


def template_of(value: object) -> PhoneTemplate | None:
    """Return the template of one value, None when it is no phone number."""
    text = str(value).strip()
    if _PLAIN_MOBILE.fullmatch(text):
        return _PLAIN
    head = _HEAD.match(text) or _HEAD_CHINA.match(text)
    code = (head.groupdict().get("code") or "86") if head else ""
    rest = text[head.end() :] if head else text
    trunk = "0" if rest.startswith("0") else ""
    rest = rest.removeprefix("0")
    if not _BODY.fullmatch(rest):
        return None
    body = "".join("#" if character.isdigit() else character for character in rest)
    prefix = (head.group() if head else "") + trunk
    found = PhoneTemplate(prefix, body, code, _is_mobile(rest))
    return found if 7 <= found.places <= 12 and body.count("#") >= _VISIBLE_AT_LEAST else None


def learn_phones(values: Sequence[object]) -> PhoneStyle | None:
    """Return the style of a phone column, None when no value is a phone number."""
    found = Counter(template for value in values if value and (template := template_of(value)))
    return PhoneStyle(tuple(template for template, _ in found.most_common())) if found else None


def _is_mobile(rest: str) -> bool:
    return sum(character not in " ().-" for character in rest) == _MOBILE_DIGITS and rest.lstrip(" (").startswith("1")


def _holds(template: PhoneTemplate, code: str, national: str) -> bool:
    if template.places != len(national) or template.code not in {"", code}:
        return False
    if code == "86":
        return template.mobile == (len(national) == _MOBILE_DIGITS and national.startswith("1"))
    # A national form without calling code is ambiguous abroad: North America writes no trunk zero, others mostly do.
    return not template.mobile and (bool(template.code) or template.head.endswith("0") == (code != "1"))


def _fill(template: PhoneTemplate, national: str) -> str:
    digits = iter(national)
    places = []
    for character in template.body:
        if character == "#":
            places.append(next(digits))
        else:
            if character in MASKS:
                next(digits)
            places.append(character)
    return template.head + "".join(places)


def _mask_like(plain: str, template: PhoneTemplate) -> str:
    mask = next(character for character in template.body if character in MASKS)
    tail = len(template.body) - max(at for at, one in enumerate(template.body) if one == mask) - 1
    shown = _VISIBLE_HEAD + plain.startswith("+")
    return plain[:shown] + mask * max(1, len(plain) - shown - tail) + (plain[-tail:] if tail else "")
