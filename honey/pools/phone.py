"""What is a well-formed phone number, and which ones some numbering plan allows.

A number no plan allows is accepted with a warning: demo ranges that ring nobody look like that.
"""

import re

from honey.errors import InputError
from honey.model.beacon import E164
from honey.translation import _

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits
# China: mobile numbers by libphonenumber f7e3e88 (metadata CN, mobile), landline area code plus 7 or 8 digits.
_CHINA_MOBILE = re.compile(
    r"1(?:610\d|740[0-5])\d{6}|1(?:[38]\d|4[57]|[59][0-35-9]|6[25-7]|7[0-35-8])\d{8}",
)
_CHINA_LANDLINE = re.compile(r"(?:10|2\d)\d{8}|[3-9]\d{2}\d{7,8}|400\d{7}")


def parse_phone(text: str) -> E164:
    """Return the number in E.164 form; raises InputError for anything else.

    Only separators are forgiven: a number in a beacon list is the operator's own and is written out in full.
    """
    number = re.sub(r"[ \-().]", "", text)
    if not _E164.fullmatch(number):
        raise InputError(_("{text!r} is no phone number; write it in E.164 form, +8614012345678", text=text))
    return E164(number)


def allowed_by_plan(number: E164) -> bool:
    """Whether the numbering plan allows the number. Only China's plan is known; others count as allowed."""
    if not number.startswith("+86"):
        return True
    national = number.removeprefix("+86")
    return bool(_CHINA_MOBILE.fullmatch(national) or _CHINA_LANDLINE.fullmatch(national))
