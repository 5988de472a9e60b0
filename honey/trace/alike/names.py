"""Names of decoys: whose stands in a row whole, whose fits its masked names and titles."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from honey.model.decoy import Decoy
from honey.trace import normalise
from honey.trace.alike.codes import Codes, Column, Flags, Phrases, Single
from honey.trace.row import Row, as_in_text, masked_latin_fits, masked_name_fits

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
            name = _normalised(decoy.name)
            texts.append(name)
            words = () if normalise.is_chinese(name[:1]) else name.split()
            codes = (surnames[normalise.surname(name)], characters[name[:1]], characters[name[-1:]],
                     initials[" ".join(word[0] for word in words)])  # fmt: skip
            for column, code in zip(columns, codes, strict=True):
                column.append(code)
            if name:
                named.add(name, place)
                phrase = as_in_text(name) if len(name) >= MIN_IN_TEXT else name
                if phrase != name:
                    named.add(phrase, place)
                if len(name) >= MIN_IN_TEXT:
                    phrased.add(phrase)
        return cls(
            texts, named, Phrases(phrased), surnames, characters, initials,
            *(np.array(column, np.int32) for column in columns),
        )  # fmt: skip

    def whole(self, row: Row) -> Iterator[int]:
        """Yield the decoys whose whole name may stand in the row."""
        for name in (*row.names, *row.titled):
            yield from self.named.places(name)
        for cell in row.folded:
            for piece in self.phrases.within(cell):
                yield from self.named.places(piece)

    def readings(self, places: Column, row: Row) -> Iterator[Column]:
        """Yield what tells these decoys apart in a row that holds none of their names whole."""
        if not (row.masked_names or row.titled or row.full_names):
            return
        surnames = self.surname_at[places]
        yield (surnames == 0).astype(np.int32)
        found = np.zeros(len(places), np.int32)
        for at, masked in enumerate(row.masked_names):
            fits = self._fitting(masked, places)
            new = fits & (found == 0)
            found[new] = at + 1
        yield np.where(found > 0, surnames, 0)
        titled = [code for title in row.titled if (code := self.surnames.get(title))]
        for code in titled:
            found[(found == 0) & (surnames == code)] = len(row.masked_names) + code
        yield found

    def _fitting(self, masked: str, places: Column) -> Flags:
        if masked[:1].isascii() and masked[:1].isalpha():
            heads = masked.replace("*", "").split()
            code = self.initials.get(" ".join(head[0] for head in heads), -1)
            fits = self.initials_at[places] == code
            return fits if all(len(head) == 1 for head in heads) else self._each(masked, fits, places)
        head, _, rest = masked.partition("*")
        tail = rest.lstrip("*")
        fits = np.full(len(places), bool(head or tail) and "*" not in tail)
        if head:
            fits &= self.first_at[places] == self.characters.get(head[0], -1)
        if tail:
            fits &= self.last_at[places] == self.characters.get(tail[-1], -1)
        return fits if len(head) + len(tail) == 1 else self._each(masked, fits, places)

    def _each(self, masked: str, fits: Flags, places: Column) -> Flags:
        """Look at each of those that may fit."""
        latin = masked[:1].isascii() and masked[:1].isalpha()
        for at in np.flatnonzero(fits).tolist():
            name = self.texts[places[at]]
            fits[at] = bool((masked_latin_fits if latin else masked_name_fits)(masked, name))
        return fits


def _normalised(written: str) -> str:
    name = normalise.name(written)
    return written if name == written else name  # one text in memory, not two
