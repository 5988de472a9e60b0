"""How common a value is in the very dump it was found in: a bounded sample of its rows.

The constants of `chances` hold for the country; a dump of one outlet has one city, and a number block one prefix.
Agreement in what everybody there has in common must not count, so the larger of the two figures is used.
"""

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from honey.trace.phones import plain
from honey.trace.read.source import Batch, Lines

FIRST_ROWS = 500  # of each stretch of a dump: all of these are sampled, then one row in STRIDE
STRIDE = 256  # at most 2,000 rows of a stretch of 64 MiB
MAX_ROWS = 2000
MAX_CHARS = 600  # of one sampled row
# The constant counts as this many rows: a dump of three rows must not make its own values look common.
PRIOR_ROWS = 20


class Background:
    """A sample of rows, and the shares measured on it."""

    def __init__(self) -> None:
        self._texts: list[str] = []  # as they stand; read with care only once a share is asked for
        self._plain: list[str] = []
        self._rows = 0
        self._shares: dict[str, int] = {}

    def observe(self, rows: Batch | Lines) -> None:
        """Sample consecutive rows."""
        first = range(min(len(rows), max(0, FIRST_ROWS - self._rows)))
        self._rows += len(rows)
        if len(self._texts) >= MAX_ROWS:
            return
        chosen = [rows.text(at) for at in first] if first else rows.some(STRIDE)
        self._texts.extend(text[:MAX_CHARS] for text in chosen[: MAX_ROWS - len(self._texts)])

    def merge(self, later: "Background") -> None:
        """Take the sample of the rows behind; of too many texts those with the smallest hashes are kept."""
        self._rows += later._rows
        self._texts += later._texts
        if len(self._texts) > MAX_ROWS:
            self._texts = sorted(self._texts, key=_rank)[:MAX_ROWS]

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
        if len(self._plain) != len(self._texts):
            self._plain = plain("\n".join(text.replace("\n", " ") for text in self._texts)).split("\n")
        key = f"{number}{text}"
        if key not in self._shares:
            run = re.compile(rf"(?<![0-9]){re.escape(text)}[0-9*xX#●•＊]")
            rows = sum(1 for row in self._plain if (run.search(row) if number else text in row))
            self._shares[key] = max(rows - 1, 0)  # the row that is judged is no witness against itself
        share = (self._shares[key] + PRIOR_ROWS * otherwise) / (len(self._texts) + PRIOR_ROWS)
        return max(otherwise, share)


def _rank(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))
