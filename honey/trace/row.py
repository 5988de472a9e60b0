"""One row of a dump, taken apart once: what phone numbers, names, addresses and words stand in which cell. Pure.

Columns may be merged in one cell, split over several, unnamed and in any order; so every cell is read every way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from honey.trace import addresses, normalise
from honey.trace.addresses import House
from honey.trace.normalise import DIGIT_LETTERS, MASKS, is_chinese
from honey.trace.phones import phones_in, plain

MAX_CELLS = 512  # wider rows are cut; the readers split over-long lines before that
MAX_SEEN = 200  # characters of a dump's value kept as evidence
MAX_VALUES = 2000  # values of one kind kept of one row
MAX_NAME = 40  # characters
_REMEMBERED = 1 << 14  # values folded: a dump's rows name the same divisions and goods
_DIGIT = re.compile("[0-9]")
_PIECE = re.compile(r"[\s,;|/\\:()\[\]{}<>=&?\"]+|-{2,}")
_WORD = re.compile(r"[0-9A-Z]{5,40}")
_SPACED_WORD = re.compile(r"[0-9A-Z]+(?:[ -][0-9A-Z]+){1,8}")
_TOKEN = re.compile(r"[0-9a-z_-]{6,64}")
_MAIL = re.compile(r"[^\s,;:'\"<>()|]+@[0-9a-z.-]+", re.IGNORECASE)
# 王**, 王*红, *小红, 欧阳X; bounded on both sides by something that is no Chinese character.
_MASKED_NAME = re.compile(
    r"(?<![\u4e00-\u9fff])(?![号栋幢座楼单元室层弄期区院门路街])"
    rf"[\u4e00-\u9fff]{{0,2}}(?<![{re.escape(MASKS)}])[{re.escape(MASKS)}xX某]{{1,4}}[\u4e00-\u9fff]{{0,2}}"
    r"(?![\u4e00-\u9fff])"
)
# J*** S***, Sa*** B****: at least two words, each a few letters and a mask.
_LATIN_MASK = rf"[A-Za-z]{{1,3}}[{re.escape(MASKS)}]{{1,12}}"
_MASKED_LATIN = re.compile(rf"(?<![0-9A-Za-z@.]){_LATIN_MASK}(?:[ .]{{1,2}}{_LATIN_MASK}){{1,3}}(?![0-9A-Za-z@.])")
# A whole name of three characters, alone or between signs and digits. The 100 commonest surnames (85 % of people,
# national name report 2020); shorter ones are mistaken for towns (苏州, 温州).
_COMMON_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔"
    "谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔向汤"
)
_FULL_NAME = re.compile(
    rf"(?<![\u4e00-\u9fff])[{_COMMON_SURNAMES}][\u4e00-\u9fff]{{2}}(?<![省市区县镇乡村路街号栋楼室旗盟州])"
    r"(?:先生|女士|小姐|太太|收)?(?![\u4e00-\u9fff])"
)
_LETTERED = re.compile(r"(?<![0-9A-Za-z])([A-Za-z]{0,3}?)([0-9oOlIB]{8,32})(?![0-9A-Za-z])")
_LEAST_DIGITS = 5  # of a waybill number with letters for digits
MAX_JOINED_CELLS = 4  # road, house number, building and room as columns of their own
_TITLED = re.compile(r"([\u4e00-\u9fff]{1,4})(?:先生|女士|小姐|太太|老师|师傅)")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a value stood: the number of its cell from 0, and the value as written, cut to a bounded length."""

    cell: int
    seen: str


@dataclass(frozen=True, slots=True)
class _Texts:
    """A cell in the forms it is searched in."""

    folded: str
    plain: str
    squashed: str
    latin: str

    @classmethod
    def of(cls, cell: str) -> "_Texts":
        return cls(normalise.fold(cell), plain(cell), addresses.squash(cell), addresses.latin(cell))


# Only of short texts: cities, goods and dates come again and again.
_remembered = lru_cache(_REMEMBERED)(_Texts.of)
_name = lru_cache(_REMEMBERED)(normalise.name)


@dataclass(slots=True)
class Row:
    """All values of a row by kind; the first place of each value is kept."""

    raw: tuple[str, ...]
    cells: tuple[str, ...]  # folded, spelt digits as digits
    folded: tuple[str, ...] = ()  # cells without case
    phones: dict[str, Found] = field(default_factory=dict)  # stretches of digits that may be a phone
    masked_phones: dict[tuple[str, str], Found] = field(default_factory=dict)  # the visible ends
    words: dict[str, Found] = field(default_factory=dict)  # capitals and digits: waybill numbers
    tokens: dict[str, Found] = field(default_factory=dict)
    mailboxes: dict[str, Found] = field(default_factory=dict)
    names: dict[str, Found] = field(default_factory=dict)  # as `normalise.name` leaves them
    masked_names: dict[str, Found] = field(default_factory=dict)  # `*` for the hidden part
    titled: dict[str, Found] = field(default_factory=dict)  # 王 of 王女士
    full_names: bool = False  # whether somebody's whole Chinese name stands in it
    squashed: tuple[str, ...] = ()  # each cell as a Chinese address
    houses: dict[str, list[House]] = field(default_factory=dict)  # by anchor, see `addresses.houses_in`
    shapes: set[str] = field(default_factory=set)  # of the words, see `shape`
    latin: tuple[str, ...] = ()  # each cell as the words of an address

    @classmethod
    def of(cls, record: Sequence[str]) -> "Row":
        """Take a record apart."""
        raw = tuple(record[:MAX_CELLS])
        texts = [_remembered(cell) if len(cell) <= MAX_NAME else _Texts.of(cell) for cell in raw]
        row = cls(raw, tuple(one.plain for one in texts))
        for at, one in enumerate(texts):
            row._read_numbers(at, one.plain)
            # where `plain` wrote digits, a name or a mailbox may have had letters
            for text in {one.folded: None, one.plain: None}:
                row._read_words(at, text)
                row._read_names(at, text)
            row._read_lettered(at, one.folded)
        row.folded = tuple(one.plain.casefold() for one in texts)
        row.squashed = tuple(one.squashed for one in texts)
        row._read_houses()
        row.shapes = {shape(word) for word in row.words}
        row.latin = tuple(one.latin for one in texts)
        return row

    def _read_houses(self) -> None:
        """Read each cell's addresses, and those that go on in the cells after it."""
        for at, squashed in enumerate(self.squashed):
            texts = [squashed]
            if squashed and at + 1 < len(self.squashed) and any(map(is_chinese, squashed)):
                texts.append("".join(self.squashed[at : at + MAX_JOINED_CELLS]))
            for text in texts:
                for anchor, house in islice(addresses.houses_in(text, at), MAX_VALUES):
                    self.houses.setdefault(anchor, []).append(house)

    def _read_lettered(self, at: int, folded: str) -> None:
        """Read waybill numbers with letters for digits: YT8OOOl234567."""
        for found in islice(_LETTERED.finditer(folded), MAX_VALUES):
            digits = found.group(2)
            if not digits.isdigit() and sum(map(str.isdigit, digits)) >= _LEAST_DIGITS:
                word = found.group(1).upper() + digits.translate(DIGIT_LETTERS)
                self.words.setdefault(word, Found(at, found.group()))

    def _read_numbers(self, at: int, cell: str) -> None:
        for seen in islice(phones_in(cell), MAX_VALUES):
            found = Found(at, seen.seen)
            if seen.masked:
                self.masked_phones.setdefault((seen.digits, seen.suffix), found)
            else:
                self.phones.setdefault(seen.digits, found)

    def _read_words(self, at: int, cell: str) -> None:
        upper = cell.upper()
        for word in islice(_WORD.finditer(upper), MAX_VALUES):
            self.words.setdefault(word.group(), Found(at, word.group()))
        for spaced in islice(_SPACED_WORD.finditer(upper), MAX_VALUES):
            self.words.setdefault(normalise.waybill(spaced.group()), Found(at, spaced.group()[:MAX_SEEN]))
        lower = cell.lower()
        for token in islice(_TOKEN.finditer(lower), MAX_VALUES):
            self.tokens.setdefault(token.group(), Found(at, token.group()))
        if "@" in cell:
            for mail in islice(_MAIL.finditer(cell), MAX_VALUES):
                self.mailboxes.setdefault(normalise.mailbox(mail.group()), Found(at, mail.group()[:MAX_SEEN]))

    def _read_names(self, at: int, cell: str) -> None:
        for piece in dict.fromkeys((cell, *_PIECE.split(cell, MAX_VALUES))):
            if piece and len(piece) <= MAX_NAME:
                self.names.setdefault(_name(piece), Found(at, piece))
        for masked in islice(_MASKED_NAME.finditer(cell), MAX_VALUES):
            if any(map(is_chinese, masked.group())):
                self.masked_names.setdefault(normalise.name(masked.group()), Found(at, masked.group()))
        for latin in islice(_MASKED_LATIN.finditer(cell), MAX_VALUES):
            self.masked_names.setdefault(_latin_key(latin.group()), Found(at, latin.group()))
        self.full_names = self.full_names or _FULL_NAME.search(cell) is not None
        for titled in islice(_TITLED.finditer(cell), MAX_VALUES):
            for start in range(len(titled.group(1))):
                self.titled.setdefault(titled.group(1)[start:], Found(at, titled.group()))

    @property
    def text(self) -> str:
        """All cells, one a line."""
        return "\n".join(self.cells)


@lru_cache(_REMEMBERED)
def as_in_text(value: str) -> str:
    """Return a value as it reads in `Row.folded`."""
    return normalise.fold(value).casefold()


def shape(word: str) -> str:
    """Return the word with every digit as 0: the numbers of one carrier look alike."""
    return _DIGIT.sub("0", word)


def _latin_key(masked: str) -> str:
    """Return `j* s*` for J*** S****: the visible letters of each word."""
    return " ".join(f"{word}*" for word in re.findall(r"[a-z]+", masked.lower()))


def masked_latin_fits(masked: str, name: str) -> int:
    """Return how many visible letters of `j* s*` agree with a Latin name of as many words; 0 if any differs."""
    heads, words = masked.replace("*", "").split(), name.split()
    fits = len(heads) == len(words) and all(word.startswith(head) for head, word in zip(heads, words, strict=True))
    return sum(map(len, heads)) if fits else 0


def masked_name_fits(masked: str, name: str) -> int:
    """Return how many visible characters of a masked name agree with `name`; 0 if any differs.

    The number of mask signs is not trusted: 王** stands for names of two and of three characters.
    """
    visible_head, _, rest = masked.partition("*")
    tail = rest.lstrip("*")
    if "*" in tail or len(visible_head) + len(tail) >= max(len(name), 2):
        return 0
    fits = name.startswith(visible_head) and name.endswith(tail)
    return len(visible_head) + len(tail) if fits else 0
