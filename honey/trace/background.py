"""How common a value is in the very dump it was found in: a bounded sample of its rows.

The constants of `chances` hold for the country; a dump of one outlet has one city, and a number block one prefix.
Agreement in what everybody there has in common must not count, so the larger of the two figures is used.
"""

import re
from collections.abc import Mapping
from typing import Any

from honey.trace.phones import plain
from honey.trace.read.source import Batch, Lines

FIRST_ROWS = 500  # of each stretch of a dump: all of these are sampled, then one row in STRIDE
STRIDE = 64
MAX_ROWS = 4000
MAX_CHARS = 600  # of one sampled row
# The constant counts as this many rows: a dump of three rows must not make its own values look common.
PRIOR_ROWS = 20


class Background:
    """A sample of rows, and the shares measured on it."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._rows = 0
        self._shares: dict[str, int] = {}

    def observe(self, rows: Batch | Lines) -> None:
        """Sample consecutive rows."""
        start, count = self._rows, len(rows)
        self._rows += count
        if len(self._texts) >= MAX_ROWS:
            return
        first = range(min(count, max(0, FIRST_ROWS - start)))
        chosen = [*first, *range(first.stop + -(start + first.stop) % STRIDE, count, STRIDE)]
        self._texts.extend(plain(rows.text(at)[:MAX_CHARS]) for at in chosen[: MAX_ROWS - len(self._texts)])

    def merge(self, later: "Background") -> None:
        """Take the sample of the rows behind; of more than MAX_ROWS texts every second is dropped."""
        self._rows += later._rows
        self._texts += later._texts
        while len(self._texts) > MAX_ROWS:
            self._texts = self._texts[::2]

    def to_json(self) -> dict[str, Any]:
        """Return the sample."""
        return {"texts": self._texts, "rows": self._rows}

    @classmethod
    def restore(cls, seen: Mapping[str, Any]) -> "Background":
        """Return what `to_json` said."""
        found = cls()
        found._texts, found._rows = list(seen["texts"]), seen["rows"]
        return found

    def chance(self, text: str, otherwise: float, *, number: bool = False) -> float:
        """Return the share of rows that hold `text`, at least `otherwise`, which is also the prior.

        With `number` it must begin a run of digits and mask signs.
        """
        if not text or not self._texts:
            return otherwise
        key = f"{number}{text}"
        if key not in self._shares:
            run = re.compile(rf"(?<![0-9]){re.escape(text)}[0-9*xX#●•＊]")
            rows = sum(1 for row in self._texts if (run.search(row) if number else text in row))
            self._shares[key] = max(rows - 1, 0)  # the row that is judged is no witness against itself
        share = (self._shares[key] + PRIOR_ROWS * otherwise) / (len(self._texts) + PRIOR_ROWS)
        return max(otherwise, share)
