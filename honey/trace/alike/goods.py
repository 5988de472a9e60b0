"""What decoys are said to receive: which of these texts stand in a row."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from honey.model.decoy import Decoy
from honey.trace import normalise
from honey.trace.alike.codes import Codes, Column, Partition, Phrases
from honey.trace.row import Row, as_in_text

MIN_GOODS = 2  # characters


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """One text for each decoy, code 0 for none or too little."""

    goods_at: Column
    phrases: Phrases
    _written: dict[str, list[int]]  # as it reads in a folded text -> codes

    @classmethod
    def of(cls, decoys: Iterable[Decoy]) -> "Goods":
        """Fold every text once."""
        codes, known = Codes(""), Codes("")
        for decoy in decoys:  # few texts, so each is folded once
            known[decoy.goods or ""]
        read = [codes[text if len(text) >= MIN_GOODS else ""] for text in map(folded, known)]
        goods_at = np.array(array("i", (read[known[decoy.goods or ""]] for decoy in decoys)), np.int32)
        written: dict[str, list[int]] = {}
        for text, code in codes.items():
            if code:
                written.setdefault(as_in_text(text), []).append(code)
        return cls(goods_at, Phrases(written), written)

    def split(self, alike: Partition, places: Column, row: Row) -> None:
        """Tell these decoys apart by goods that the row holds."""
        pieces = {piece for cell in row.folded for piece in self.phrases.within(cell)}
        shown = [code for piece in pieces for code in self._written.get(piece, ())]
        if shown:
            codes = self.goods_at[places]
            held = np.flatnonzero(np.isin(codes, shown) if len(shown) > 1 else codes == shown[0])
            alike.among(held, codes[held], max(shown))


def folded(goods: str) -> str:
    """Return goods as they are looked for."""
    return normalise.fold(goods).strip()
