"""Which rows of an export are ordinary enough to shape a decoy after. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOSTLY_FILLED = 0.8  # a column filled in this share of rows is filled in an ordinary one
FEW_VALUES = 12  # a column with at most so many values is a class: status, product, payer
MIN_SAMPLE_ROWS = 50  # under this, rare classes cannot be told from small numbers
RARE_SHARE = 0.05  # a class held by fewer rows is not ordinary: returned, cancelled, lost

_TESTER = re.compile(r"测试|測試|\btest", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What ordinary rows have in common."""

    width: int
    filled: tuple[int, ...]
    classes: tuple[tuple[int, frozenset[str]], ...]  # column -> its usual values

    @classmethod
    def learn(cls, sample: Sequence[Sequence[str]], width: int) -> "Ordinary":
        """Learn from rows spread over the file; ragged ones teach nothing."""
        rows = [cells for cells in sample if len(cells) == width]
        filled: list[int] = []
        classes: list[tuple[int, frozenset[str]]] = []
        for at in range(width):
            values = Counter(cells[at] for cells in rows)
            if rows and 1 - values[""] / len(rows) >= MOSTLY_FILLED:
                filled.append(at)
            if len(rows) >= MIN_SAMPLE_ROWS and len(values) <= FEW_VALUES:
                usual = frozenset(value for value, count in values.items() if count / len(rows) >= RARE_SHARE)
                classes.append((at, usual))
        return cls(width, tuple(filled), tuple(classes))

    def holds(self, cells: Sequence[str]) -> bool:
        """Whether a row is of an ordinary kind."""
        return (
            len(cells) == self.width
            and all(cells[at] for at in self.filled)
            and all(cells[at] in usual for at, usual in self.classes)
            and not any(_TESTER.search(cell) for cell in cells)
        )
