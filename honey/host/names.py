"""What does a column's name say it is for? English, pinyin and Chinese spellings met in real schemas.

Pure. A name is cut into known words and each word has a meaning; nothing here looks at values.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from honey.host.vocabulary import SPELLINGS, Word

MAX_NAME_CHARACTERS = 128  # the longest identifier of the three databases (MySQL 64, PostgreSQL 63), twice over
_MEANINGS = {spelling: word for word, spellings in SPELLINGS.items() for spelling in spellings.split()}
_LONGEST = max(map(len, _MEANINGS))
_PIECE = re.compile(r"[a-z]+|\d+|[\u4e00-\u9fff]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Reading:
    """The meanings of a name's words in order. `unknown` counts words that mean nothing here."""

    words: tuple[Word, ...]
    unknown: int

    def has(self, *words: Word) -> bool:
        """True when the name holds one of `words`."""
        return any(word in self.words for word in words)

    def only(self, *words: Word) -> bool:
        """True when the name holds nothing but `words`."""
        return not self.unknown and all(word in words for word in self.words)


@lru_cache(maxsize=4096)
def read_name(name: str) -> Reading:
    """Cut `name` (snake_case, camelCase, run-on or Chinese) into words and look each up."""
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", name[:MAX_NAME_CHARACTERS]))
    words: list[Word] = []
    unknown = 0
    for piece in _PIECE.findall(spaced.lower()):
        if piece.isdecimal():
            continue
        found = _segment(piece)
        if found is None:
            unknown += 1
        else:
            words += found
    return Reading(tuple(words), unknown)


def _segment(piece: str) -> list[Word] | None:
    """Cut a piece into known words that cover it whole, with as few words as can be; None when it cannot be done."""
    best: list[list[Word] | None] = [[]] + [None] * len(piece)
    for end in range(1, len(piece) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before, word = best[start], _MEANINGS.get(piece[start:end])
            if before is None or word is None:
                continue
            held = best[end]
            if held is None or len(before) + 1 < len(held):
                best[end] = [*before, word]
    return best[-1]
