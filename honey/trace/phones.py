"""Phone numbers as people, spreadsheets and sellers write them. Pure.

A cell is read as runs of digits, separators and mask signs; every stretch of a run that begins and ends at a piece is
offered, because an extension, a date or Excel's `.0` may be glued on with a separator.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from honey.trace.normalise import CHINESE_DIGITS, DIGIT_LETTERS, MASKS, chinese_digits, fold

SEPARATORS = " ()-.+'_"
# "+86 (138) 0013 - 8000 ext" is the longest seen; longer runs are cut and read in parts.
MAX_RUN = 48
MAX_PIECES = 12
MIN_VISIBLE_DIGITS = 5  # fewer visible digits say less than a surname
_MASK = re.escape(MASKS) + "xX"
_MASK_SIGN = re.compile(f"[{_MASK}]")
RUN = re.compile(rf"[0-9][0-9{_MASK}{re.escape(SEPARATORS)}]{{5,{MAX_RUN}}}", re.ASCII)
_PIECE = re.compile(rf"[0-9]+|[{_MASK}]{{2,}}")
_CHINESE_RUN = re.compile(f"[0-9{''.join(CHINESE_DIGITS)}]{{7,}}")
# All of it in Chinese, with signs or a mask between; a single ASCII digit more and `_CHINESE_RUN` alone decides.
_SPELT = f"[{''.join(CHINESE_DIGITS)}]"
_GAP = f"[{re.escape(SEPARATORS)}]{{0,2}}"
_CHINESE_PARTS = re.compile(rf"{_SPELT}(?:{_GAP}{_SPELT}){{6,24}}|{_SPELT}{{3,7}}[{_MASK}]{{2,8}}{_SPELT}{{2,4}}")
_ALIKE = "[0-9oOlIB]"
_LETTER_RUN = re.compile(
    rf"(?<![0-9oOlIB]){_ALIKE}(?:{_GAP}{_ALIKE}){{9,18}}(?![0-9A-Za-z])"
    rf"|(?<![0-9A-Za-z]){_ALIKE}{{3,7}}[{_MASK}]{{2,8}}{_ALIKE}{{2,4}}(?![0-9A-Za-z])"
)
_ENOUGH_DIGITS = 4  # in a run with letters: the rest may be letters that look like digits
_ENOUGH_BESIDE_MASK = 2  # a mask between makes it a number already
# Cheap access codes dialled before a number (China Mobile and China Unicom IP dialling).
_DIAL_CODES = ("17951", "17911", "12593", "10193", "17909")
# ITU-T E.164 country codes of one and two digits; all others have three.
_SHORT_COUNTRY_CODES = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


@dataclass(frozen=True, slots=True)
class Number:
    """An E.164 number in its two parts, digits only."""

    country: str
    national: str

    @classmethod
    def of(cls, e164: str) -> "Number":
        """Split `+` and digits by the country code."""
        digits = e164.lstrip("+")
        short = _SHORT_COUNTRY_CODES.match(digits)
        width = len(short.group()) if short else 3
        return cls(digits[:width], digits[width:])

    def dialled_by(self, digits: str) -> bool:
        """Whether `digits` reach this number: with or without country code, access code and trunk zero."""
        if not digits.endswith(self.national):
            return False
        head = digits[: len(digits) - len(self.national)]
        for code in _DIAL_CODES:
            head = head.removeprefix(code)
        return head in {"", "0", self.country, f"0{self.country}", f"00{self.country}", f"{self.country}0"}

    def fits(self, prefix: str, suffix: str) -> bool:
        """Whether the visible ends of a masked number are this number's, with at least two digits hidden."""
        hidden = len(self.national) - len(prefix) - len(suffix)
        return hidden >= 2 and self.national.startswith(prefix) and self.national.endswith(suffix)


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """Digits that may be a number: all of it in `digits`, or its two visible ends around a mask."""

    digits: str
    suffix: str = ""
    masked: bool = False
    seen: str = ""


def plain(text: str) -> str:
    """Fold widths, and write Chinese digits and digit-like letters as digits where a number is being spelt."""
    folded = fold(text)
    for spelt in () if folded.isascii() else (_CHINESE_RUN, _CHINESE_PARTS):
        folded = spelt.sub(lambda found: chinese_digits(found.group()), folded)
    return _LETTER_RUN.sub(_letters_to_digits, folded)


def _letters_to_digits(found: re.Match[str]) -> str:
    run = found.group()
    enough = sum(character.isdigit() for character in run) >= (
        _ENOUGH_BESIDE_MASK if _MASK_SIGN.search(run) else _ENOUGH_DIGITS
    )
    return run.translate(DIGIT_LETTERS) if enough else run


def phones_in(text: str) -> Iterator[PhoneSeen]:
    """Yield every way to read a phone number in text that went through `plain`."""
    for found in RUN.finditer(text):
        yield from _readings(found.group().rstrip(SEPARATORS))


def _readings(run: str) -> Iterator[PhoneSeen]:
    pieces = _PIECE.findall(run)[:MAX_PIECES]
    for first in range(len(pieces)):
        if not pieces[first][0].isdigit():
            continue
        for last in range(first, len(pieces)):
            window = pieces[first : last + 1]
            masks = [at for at, piece in enumerate(window) if not piece[0].isdigit()]
            if not masks:
                digits = "".join(window)
                if 7 <= len(digits) <= 20:
                    yield PhoneSeen(digits, seen=run)
            elif masks[-1] - masks[0] == len(masks) - 1:
                yield from _masked("".join(window[: masks[0]]), "".join(window[masks[-1] + 1 :]), run)


def _masked(prefix: str, suffix: str, run: str) -> Iterator[PhoneSeen]:
    heads = {prefix}
    for dialled in ("0086", "086", "86", "0"):
        if prefix.startswith(dialled):
            heads.add(prefix.removeprefix(dialled))
    for head in heads:
        if len(head) >= 3 and len(head) + len(suffix) >= MIN_VISIBLE_DIGITS:
            yield PhoneSeen(head, suffix, masked=True, seen=run)


def mask_keys(national: str) -> Iterator[str]:
    """Yield the look-up keys under which a masked form of this number is found, see `mask_key`."""
    yield f"{national[:3]}*{national[-4:]}"
    yield f"{national[:3]}*{national[-2:]}"
    yield f"{national[:7]}*"


def mask_key(prefix: str, suffix: str) -> str | None:
    """Return the sharpest look-up key the visible ends allow, None if they show too little."""
    if len(suffix) >= 4:
        return f"{prefix[:3]}*{suffix[-4:]}"
    if len(suffix) >= 2:
        return f"{prefix[:3]}*{suffix[-2:]}"
    return f"{prefix[:7]}*" if len(prefix) >= 7 else None
