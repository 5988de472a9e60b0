"""Which texts are worth a closer look: a few compiled searches and set look-ups, no per-field work. Pure.

It errs only towards looking: a row that `match` would report must pass. Blocks of rows are asked first (`block`),
then each row that they name, so clean blocks cost one pass.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from string import ascii_uppercase

from honey.trace import addresses
from honey.trace.block import native
from honey.trace.block.native_tables import Sought
from honey.trace.block.scan import BLOCK_BYTES, BlockTables, scan_block
from honey.trace.index import DecoyIndex
from honey.trace.normalise import CHINESE_DIGITS, MASKS
from honey.trace.phones import SEPARATORS, mask_key, phones_in, plain

MIN_CORE = 6  # digits of a waybill number that are looked for as a number
_CACHE = 1 << 16  # broken runs remembered: dates and times repeat
_MAX_REMEMBERED = 64  # characters of such a run: longer ones, up to a whole row, would fill the memory
_MASK = re.escape(MASKS) + "xX"
_GAP = rf"[{_MASK}{re.escape(SEPARATORS)}]{{1,16}}+"
_MORE = rf"(?:{_GAP}[0-9]{{1,20}}+)"
# Six digits and more, or any digits with separators and masks between; and a mask behind. Possessive throughout, and it
# starts with one small character class: that is what makes it fast.
_RUN = re.compile(
    rf"[0-9](?<![0-9][0-9])(?:[0-9]{{5,}}+(?:{_MORE}++)?|[0-9]{{0,4}}+{_MORE}++)"
    rf"(?:[{re.escape(SEPARATORS)}]{{0,2}}+[{_MASK}]{{2}})?"
)
_NO_SEPARATORS = dict.fromkeys(map(ord, SEPARATORS))
_MAIL = re.compile(r"[^\s,;:'\"<>()|]+@[0-9A-Za-z.-]+")
_WORD = re.compile(r"[0-9A-Za-z]{5,}")
_NUMERALS = "零〇一二两三四五六七八九十百"
_CHINESE_NUMBER = "".join(CHINESE_DIGITS) + _NUMERALS
_WIDE = "０-９＠ａ-ｚＡ-Ｚ"
_LETTERS_LIKE_DIGITS = "oOlIB"
_BESIDE_LETTER = f"0-9{_MASK}{re.escape(SEPARATORS)}`"
# Anything that reads differently once folded and that a decoy value could hide in: a numeral beside another or before
# a unit word, a wide space, a letter beside digits, signs and masks, a full-width letter or digit.
_ODD = re.compile(
    rf"[{_LETTERS_LIKE_DIGITS}\u3000 {_WIDE}{_CHINESE_NUMBER}](?:"
    rf"(?<=[{_CHINESE_NUMBER}])(?:[0-9{_CHINESE_NUMBER}]|(?<=[0-9].)|[号號栋棟幢座单單室層层弄])"
    r"|(?<=[ \u3000])(?=[0-9])(?<=[\u4e00-\u9fff].)"
    rf"|(?<=[{_LETTERS_LIKE_DIGITS}])(?:(?=[{_BESIDE_LETTER}])|(?<=[{_BESIDE_LETTER}].))"
    rf"|(?<=[{_WIDE}]))"
)
_WIDE_SPACE = re.compile("[\u00a0\u2000-\u203f\u3000]")  # between number and word of an address outside China
_DIGITS = re.compile(r"[0-9]+")
_LETTERED = re.compile(rf"[0-9{_LETTERS_LIKE_DIGITS}]{{8,}}")
_LETTERED_DIGITS = 5  # that such a run holds at least, as in `row`
_AS_DIGITS = str.maketrans(_LETTERS_LIKE_DIGITS, "00118")
# From the end of a road to a number in the next cell: signs, a field's name, digits only in a name ("col2":).
_NEXT_CELL = r"(?:(?:[^\w*]|_)[^0-9]{0,48}+(?:[0-9]{1,6}+\" ?:[^0-9]{0,8}+){0,2}+)?"


class Prefilter:
    """Answers `may_hold(text)` for one index."""

    def __init__(self, index: DecoyIndex) -> None:
        self._latin, self._latin_searches = _latin_pairs(index.by_words)
        self.sought = wanted = _sought(index, self._latin)
        self._keys, self._masks, self._mailboxes = wanted.numbers, wanted.masks, wanted.mailboxes
        self._lengths = sorted({len(key) for key in self._keys})
        self._domains, self._words = wanted.links, wanted.words
        self._anchors, self._anchor_searches = _chinese_anchors(index)
        self._broken = self._remembering_broken_runs()
        by_library = native.chosen() and wanted.fits
        self._tables = native.NativeTables.of(wanted) if by_library else _block_tables(wanted)

    def select(self, texts: Sequence[str]) -> Iterator[int]:
        """Yield the positions of the texts that may hold a decoy value, in order."""
        for first, block in _blocks(texts):
            for line in self.lines(block):
                if self.may_hold(texts[first + line]):
                    yield first + line

    def lines(self, block: bytes) -> Sequence[int]:
        """Return the numbers, from 0, of the lines of a block of UTF-8 that `may_hold` is to be asked about, in order.

        Lines end in line feeds alone.
        """
        tables = self._tables
        named = scan_block(block, tables) if isinstance(tables, BlockTables) else native.scan(block, tables)
        found: list[int] = named.tolist()
        return found

    def may_hold(self, text: str) -> bool:
        """Whether any decoy value may stand in `text`."""
        if self._holds_plainly(text):
            return True
        if not _ODD.search(text) and not (self._latin and _WIDE_SPACE.search(text)):
            return False
        folded = plain(text)
        return (
            self._holds_plainly(folded)
            or self._holds_number([run.translate(_AS_DIGITS) for run in _LETTERED.findall(folded) if _numeric(run)])
            or self._holds_anchor(addresses.squash(text))
        )

    def _holds_plainly(self, text: str) -> bool:
        runs = _RUN.findall(text)
        return (
            self._holds_number([run for run in runs if run.isdigit()])
            or any(map(self._broken, {run for run in runs if not run.isdigit()}))
            or self._holds_address(text)
            or ("@" in text and any(_mailbox(found) in self._mailboxes for found in _MAIL.findall(text)))
            or any(domain in text for domain in self._domains)
            or bool(self._words and any(word.upper() in self._words for word in _WORD.findall(text)))
        )

    def _holds_number(self, runs: list[str]) -> bool:
        return not all(self._keys.isdisjoint([run[-length:] for run in runs]) for length in self._lengths)

    def _holds_address(self, text: str) -> bool:
        return self._holds_anchor(text) or any(
            not self._latin.isdisjoint(map(_pair, search.findall(text))) for search in self._latin_searches
        )

    def _holds_anchor(self, text: str) -> bool:
        return any(not self._anchors.isdisjoint(search.findall(text)) for search in self._anchor_searches)

    def _remembering_broken_runs(self) -> Callable[[str], bool]:
        keys, masks = self._keys, self._masks
        lengths = tuple(self._lengths)

        def holds(run: str) -> bool:
            digits = run.translate(_NO_SEPARATORS)
            stretches = (digits[at : at + length] for length in lengths for at in range(len(digits) - length + 1))
            if digits.isdigit() and keys.isdisjoint(stretches):
                return False  # no mask, and no stretch of it is ours
            for seen in phones_in(run):
                if seen.masked:
                    if mask_key(seen.digits, seen.suffix) in masks:
                        return True
                elif any(seen.digits[-length:] in keys for length in lengths if len(seen.digits) >= length):
                    return True
            return False

        remembered = lru_cache(_CACHE)(holds)
        return lambda run: remembered(run) if len(run) <= _MAX_REMEMBERED else holds(run)


def _sought(index: DecoyIndex, pairs: frozenset[str]) -> Sought:
    cores = {number: _core(number) for number in index.by_waybill}
    return Sought(
        numbers=frozenset({*index.by_phone, *filter(None, cores.values())}),
        masks=frozenset(index.by_mask),
        anchors=index.by_anchor,
        mailboxes=frozenset(index.by_mailbox),
        links=tuple(sorted({*index.link_domains, *(domain.upper() for domain in index.link_domains)})),
        words=frozenset(number for number, core in cores.items() if not core),
        pairs=pairs,
    )


def _block_tables(sought: Sought) -> BlockTables:
    return BlockTables.of(
        numbers=sought.numbers, masks=sought.masks, anchors=sought.anchors, mailboxes=sought.mailboxes,
        links=sought.links, words=sought.words, pairs=sought.pairs,
    )  # fmt: skip


def _blocks(texts: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """Yield the position of a block's first text, and the texts as its lines."""
    first, step = 0, max(1, len(texts))
    while first < len(texts):
        lines = texts[first : first + step]
        text = "\n".join(lines)
        if len(text) > BLOCK_BYTES and step > 1:
            step = max(1, step * BLOCK_BYTES // (2 * len(text)))
            continue
        if text.count("\n") >= len(lines):  # line ends within a row, of a quoted cell
            text = "\n".join(line.replace("\n", "\r") for line in lines)
        yield first, text.encode("utf-8", "surrogatepass")
        first += len(lines)


def _core(waybill: str) -> str:
    """Return the longest run of digits, if it is long enough to be looked for alone."""
    core = waybill.lstrip(ascii_uppercase)  # nearly all are letters and then digits
    if not core.isdigit():
        core = max(_DIGITS.findall(waybill), key=len, default="")
    return core if len(core) >= MIN_CORE else ""


def _numeric(run: str) -> bool:
    return sum(map(str.isdigit, run)) >= _LETTERED_DIGITS


def _mailbox(found: str) -> str:
    local, _, domain = found.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain.rstrip('.')}"


def _chinese_anchors(index: DecoyIndex) -> tuple[frozenset[tuple[str, str]], tuple[re.Pattern[str], ...]]:
    """Return (end of the road, number) of every address, and the searches that find such pairs.

    One search for each length of road names. It starts at the few characters that stand before house numbers here (路,
    街, 号), which is what makes it fast.
    """
    parts = {(anchor.rstrip("0123456789"), anchor) for anchor in index.by_anchor}
    last: dict[int, set[str]] = {}
    for road, _ in parts:
        if road:
            last.setdefault(len(road), set()).add(road[-1])
    pairs = frozenset((road, anchor[len(road) :]) for road, anchor in parts)
    return pairs, tuple(
        re.compile(rf"[{re.escape(''.join(sorted(ends)))}](?<=({'.' * width}))(?={_NEXT_CELL}([0-9]{{1,6}}+))")
        for width, ends in sorted(last.items())
    )


_LETTERS = "A-Za-z\u00c0-\u024f"
_NUMBER_WORD = re.compile(rf"[0-9](?<![0-9A-Za-z].)[0-9]{{0,5}}+[ ,.]{{1,3}}+[{_LETTERS}]{{2,}}+")
_WORD_NUMBER = re.compile(rf"[{_LETTERS}](?<![{_LETTERS}].)[{_LETTERS}]++[ ,.]{{1,3}}+[0-9]{{1,6}}+")


def _latin_pairs(texts: Iterable[str]) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return "12 example" of every address, and the searches for its two orders as far as they are needed."""
    pairs: set[str] = set()
    needed = []
    left = set(texts)
    for search in (_NUMBER_WORD, _WORD_NUMBER):
        found = {text: pair.group() for text in left if (pair := search.search(text))}
        pairs |= set(found.values())
        left -= found.keys()
        needed += [search] if found else []
    return frozenset(pairs), tuple(needed)


def _pair(found: str) -> str:
    return " ".join(found.replace(",", " ").replace(".", " ").casefold().split())
