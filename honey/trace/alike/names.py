"""Names of decoys: whose stands in a row whole, whose fits its masked names and titles."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from honey.model.decoy import Decoy
from honey.trace import normalise
from honey.trace.alike.codes import NOWHERE, Codes, Column, Flags, Partition, Phrases, Single
from honey.trace.row import Row, as_in_text, masked_latin_fits, masked_name_fits
from honey.trace.traditional import TO_SIMPLIFIED

_CHINESE = re.compile("[\u4e00-\u9fff]+")  # folding a normalised name of these once more changes nothing
_IN_TITLES = frozenset("生士姐太师学傅理姨人启收姓某")  # each title, form of address and mask has one of these
MIN_IN_TEXT = 2  # characters of a name that is looked for inside other text


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """One name for each decoy, "" for none, and what of it a mask may leave."""

    texts: Sequence[str]
    named: Single  # and as it reads in a folded text
    phrases: Phrases
    surnames: Codes[str]
    characters: Codes[str]
    initials: Codes[str]
    has_nameless: bool
    surname_at: Column
    first_at: Column
    last_at: Column
    initials_at: Column

    @classmethod
    def of(cls, decoys: Iterable[Decoy]) -> "Names":
        """Normalise every name once."""
        texts: list[str] = []
        named, phrased = Single(), set[str]()
        surnames, characters, initials = Codes(""), Codes(""), Codes("")
        columns = tuple(array("i") for _ in range(4))
        for place, decoy in enumerate(decoys):
            name = normalised(decoy.name)
            texts.append(name)
            words = () if normalise.is_chinese(name[:1]) else name.split()
            codes = (surnames[normalise.surname(name)], characters[name[:1]], characters[name[-1:]],
                     initials[" ".join(word[0] for word in words)])  # fmt: skip
            for column, code in zip(columns, codes, strict=True):
                column.append(code)
            if name:
                named.add(name, place)
                phrase = name if _CHINESE.fullmatch(name) else as_in_text(name)
                if phrase != name:
                    named.add(phrase, place)
                if len(name) >= MIN_IN_TEXT:
                    phrased.add(phrase)
        return cls(
            texts, named, Phrases(phrased), surnames, characters, initials, "" in texts,
            *(np.array(column, np.int32) for column in columns),
        )  # fmt: skip

    def whole(self, row: Row) -> Iterator[int]:
        """Yield the decoys whose whole name may stand in the row."""
        for name in (*row.names, *row.titled):
            yield from self.named.places(name)
        for cell in row.folded:
            for piece in self.phrases.within(cell):
                yield from self.named.places(piece)

    def split(self, alike: Partition, places: Column, row: Row) -> None:
        """Tell apart decoys of which the row holds no name whole."""
        if not (row.masked_names or row.titled or row.full_names):
            return
        left = np.ones(len(places), np.bool_)
        for masked in row.masked_names:
            fits = np.flatnonzero(left & self._fitting(masked, places))
            fits = fits[self._each_fits(masked, places[fits])]
            left[fits] = False
            alike.among(fits, self.surname_at[places[fits]], len(self.surnames))
        surnames = self.surname_at[places] if self.has_nameless or row.titled else NOWHERE
        if self.has_nameless:
            alike.by(surnames == 0)
        for title in row.titled:
            if code := self.surnames.get(title):
                alike.by(left & (surnames == code))

    def _fitting(self, masked: str, places: Column) -> Flags:
        """Return which names may fit, going by single characters."""
        if _is_latin(masked):
            heads = masked.replace("*", "").split()
            alike: Flags = self.initials_at[places] == self.initials.get(" ".join(head[0] for head in heads), -1)
            return alike
        head, tail = _ends(masked)
        if not head and not tail:
            return np.zeros(len(places), np.bool_)
        fits = self.first_at[places] == self.characters.get(head[0], -1) if head else np.ones(len(places), np.bool_)
        return fits & (self.last_at[places] == self.characters.get(tail[-1], -1)) if tail else fits

    def _each_fits(self, masked: str, places: Column) -> Flags:
        """Look at each name that may fit, where single characters do not settle it."""
        latin = _is_latin(masked)
        if not latin and len("".join(_ends(masked))) == 1:
            return np.ones(len(places), np.bool_)
        fits = masked_latin_fits if latin else masked_name_fits
        return np.array([bool(fits(masked, self.texts[place])) for place in places.tolist()], np.bool_)


def _is_latin(masked: str) -> bool:
    return masked[:1].isascii() and masked[:1].isalpha()


def _ends(masked: str) -> tuple[str, str]:
    head, _, rest = masked.partition("*")
    return head, rest.lstrip("*")


def normalised(written: str) -> str:
    """`normalise.name`, sooner for a Chinese name that is so already."""
    plain = (
        _CHINESE.fullmatch(written) and _IN_TITLES.isdisjoint(written) and written.translate(TO_SIMPLIFIED) == written
    )
    name = written if plain else normalise.name(written)
    return written if name == written else name  # one text in memory, not two
