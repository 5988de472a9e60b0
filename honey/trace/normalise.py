"""Undo what copying, typing and disguising do to names, numbers and mailboxes. Pure.

Phones and addresses have their own modules (`phones`, `addresses`). Nothing here decides whether two values are the
same customer: that is `match`.
"""

import re
import unicodedata

from honey.trace.traditional import TO_SIMPLIFIED

# Digits written in Chinese, plain, formal and spoken (幺 is how 1 is read out in numbers).
CHINESE_DIGITS = {
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", "0123456789", strict=True)),
    "幺": "1",
    "貳": "2",
    "參": "3",
    "叄": "3",
    "陸": "6",
    "两": "2",
}
# Letters typed for digits (or read by OCR), only ever applied inside runs that already hold digits.
DIGIT_LETTERS = str.maketrans("oOlIi|B", "0011118")

MASKS = "*＊#●•×○◯﹡"  # signs that stand for a hidden character; x and X only count between digits or after a surname

_HONORIFIC = re.compile(r"(?:\(?(?:先生|女士|小姐|太太|老师|同学|师傅|经理|阿姨|收件人|亲启|收|(?<=\()启)\)?)+$")
_TITLE = re.compile(r"^(?:收件人|收货人|姓名|mr|mrs|ms|miss|dr)[.:\s]\s*|^(?:收件人|收货人|姓名)", re.IGNORECASE)
_COMPOUND_SURNAMES = frozenset(
    re.findall("..", "欧阳司马上官诸葛东方皇甫尉迟公孙慕容司徒夏侯令狐端木长孙宇文南宫独孤百里西门呼延轩辕")
)
_NAME_MASK = re.compile(rf"[{re.escape(MASKS)}xX某]+")
_WAYBILL_NOISE = re.compile(r"[^0-9A-Z]")
_EXCEL_TAIL = re.compile(r"^(\d+)\.0+$")


def fold(text: str) -> str:
    """NFKC, traditional characters as simplified ones, apostrophes and invisible characters removed."""
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.translate(TO_SIMPLIFIED).replace("\u200b", "").replace("\ufeff", "").replace("`", "'")


def is_chinese(character: str) -> bool:
    """Whether it is in the block of common Chinese characters."""
    return "\u4e00" <= character <= "\u9fff"


def surname(name: str) -> str:
    """Return the surname of a person's name: one or two characters in Chinese, else the last word in lower case."""
    if name and is_chinese(name[0]):
        return name[:2] if name[:2] in _COMPOUND_SURNAMES and len(name) > 2 else name[:1]
    words = name.casefold().split()
    return words[-1] if words else ""


def name(text: str) -> str:
    """Return a name without title, honorific, spaces inside Chinese names and case; mask signs are kept as `*`."""
    folded = _TITLE.sub("", fold(text).strip(" '\"\t·,.。"))
    folded = re.sub(r"[\[【(（].{0,8}[\])）】]$", "", folded) or folded
    if folded and is_chinese(folded[0]):
        folded = re.sub(r"[\s·.]", "", folded)
    bare = _HONORIFIC.sub("", folded)
    folded = bare or folded
    if _NAME_MASK.search(folded) and (is_chinese(folded[-1]) or is_chinese(folded[0])):
        folded = _NAME_MASK.sub(lambda found: "*" * len(found.group()), folded)
    return " ".join(folded.casefold().split())


def has_honorific(text: str) -> bool:
    """Whether a Chinese name ends in 先生, 女士 or the like: then even one character names a surname."""
    return bool(re.search(r"(?:先生|女士|小姐|太太|老师|师傅)\W*$", text))


def waybill(text: str) -> str:
    """Return a waybill number in capitals without spaces, dashes or Excel's `.0`; empty if nothing is left."""
    folded = fold(text).strip(" '\"=").upper()
    tail = _EXCEL_TAIL.match(folded)
    return tail.group(1) if tail else _WAYBILL_NOISE.sub("", folded)


def mailbox(text: str) -> str:
    """Return `local@domain` in lower case without a plus-tag, angle brackets or `mailto:`; empty if it is none."""
    folded = unicodedata.normalize("NFKC", text).strip(" <>'\"()[],;").lower().removeprefix("mailto:")
    local, at, domain = folded.rpartition("@")
    return f"{local.partition('+')[0]}@{domain.rstrip('.')}" if at and local and domain else ""


def chinese_digits(text: str) -> str:
    """Write every Chinese digit as an ASCII digit, one for one (numerals with 十 or 百 are `addresses`' business)."""
    return "".join(CHINESE_DIGITS.get(character, character) for character in text)
