"""Numbers as switches write them: E.164 where the country is known, and which of them are ours. Pure.

Trunks leave the plus sign, the country or the trunk zero out, and separators in. What cannot be told for certain stays
as received: a service number such as 95338 or 10086 has no E.164 form.
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import unquote

from collector import limits

MAX_NUMBER_CHARS = 64  # a SIP user part or SMPP address that is a number; the longest seen are 20 to 25
WITHHELD = frozenset(("anonymous", "restricted", "unavailable", "unknown", "private"))

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164: at most 15 digits
_DIALLED = re.compile(r"\+?[0-9*#]{2,40}", re.ASCII)
_SEPARATORS = str.maketrans("", "", " -.()/\u00a0")
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)  # 106… is an SMS gateway, 10… a service: not these
_CHINESE_LANDLINE = re.compile(r"[1-9][0-9]{8,10}", re.ASCII)  # area code of 2 or 3 digits, 7 or 8 digits
_KEEPS_ZERO = frozenset(("39", "378"))  # Italy and San Marino: the zero is part of the number
_MIN_WITH_COUNTRY = 11  # digits: shorter ones that begin like the country code may be local numbers
_MIN_NATIONAL = 9  # digits after the trunk zero; shorter ones are local or service numbers


@dataclass(frozen=True, slots=True)
class Numbering:
    """How one line's numbers are read.

    `country` is the calling code ("86") that numbers without one belong to; empty: unknown, they stay as received.
    `ours` holds whole numbers, and prefixes that end in "*"; empty: every number counts as ours.
    """

    country: str = ""
    ours: tuple[str, ...] = ()

    def e164(self, text: str) -> str:
        """Return a number as E.164 where that is certain, else as received without surrounding space."""
        received = text.strip()
        compact = compacted(received)
        if compact.startswith("00"):
            compact = "+" + compact[2:]
        if not compact.startswith("+") and compact.isascii() and compact.isdigit():
            compact = self._international(compact)
        return compact if _E164.fullmatch(compact) else received

    def covers(self, number: str) -> bool:
        """Say whether a number, as `e164` returns it, is ours."""
        return not self.ours or any(
            number.startswith(one[:-1]) if one.endswith("*") else number == one for one in self.ours
        )

    def _international(self, digits: str) -> str:
        country = self.country
        if country == "86":
            return _chinese(digits)
        if not country:
            return digits
        if digits.startswith(country) and len(digits) >= _MIN_WITH_COUNTRY:
            return "+" + digits
        national = digits if country in _KEEPS_ZERO else digits.removeprefix("0")
        return "+" + country + national if len(national) >= _MIN_NATIONAL else digits


def compacted(text: str) -> str:
    """Return a number without the separators people write, and with %2B and its like decoded."""
    return unquote(text.strip()[: MAX_NUMBER_CHARS * 3]).translate(_SEPARATORS)


def is_dialled(text: str) -> bool:
    """Say whether a text can be a number somebody dialled: digits, * and #, perhaps behind a plus sign."""
    return _DIALLED.fullmatch(compacted(text)) is not None


def call_event_id(call_id: str, beacon: str) -> str:
    """Return the event id of a call to one of our numbers.

    A dialler that uses one Call-ID for several of our numbers makes several contacts; an id too long for the log
    becomes its SHA-256, never cut.
    """
    joined = f"{call_id} {beacon}"
    if len(joined) <= limits.MAX_EVENT_ID_CHARS:
        return joined
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def _chinese(digits: str) -> str:
    without_country = digits.removeprefix("86")
    if _CHINESE_MOBILE.fullmatch(without_country):
        return "+86" + without_country
    if digits.startswith("0") and _CHINESE_LANDLINE.fullmatch(digits[1:]):
        return "+86" + digits[1:]
    return digits
