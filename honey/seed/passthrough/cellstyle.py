"""How cells of a column are dressed: affixes that keep Excel from turning digits into numbers, and formula safety."""

from collections.abc import Sequence
from dataclasses import dataclass

# Chinese shop back ends append a tab, write ="138..." or put an apostrophe in front, all to keep Excel off the digits.
_DRESSES = (('="', '"'), ("\t", "\t"), ("", "\t"), ("\t", ""), ("'", ""), (" ", " "), ("", " "), (" ", ""))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection


@dataclass(frozen=True, slots=True)
class Dress:
    """What a column puts before and after every value."""

    before: str = ""
    after: str = ""

    def strip(self, cell: str) -> str:
        """Return the bare value of a dressed cell; any other cell as it is."""
        if not self._fits(cell):
            return cell
        return cell[len(self.before) : len(cell) - len(self.after)]

    def put_on(self, value: str) -> str:
        """Return the dressed value; an empty one stays empty."""
        return f"{self.before}{value}{self.after}" if value else ""

    def _fits(self, cell: str) -> bool:
        long_enough = len(cell) >= len(self.before) + len(self.after)
        return long_enough and cell.startswith(self.before) and cell.endswith(self.after)


def learn(cells: Sequence[str]) -> Dress:
    """Return the dress every non-empty cell of a column wears, bare where they differ."""
    worn = [cell for cell in cells if cell]
    if not worn:
        return Dress()
    for before, after in _DRESSES:
        dress = Dress(before, after)
        if all(dress.strip(cell) != cell for cell in worn):
            return dress
    return Dress()


def defuse(cell: str, neighbours: Sequence[str]) -> str:
    """Return `cell` without a start a spreadsheet would run, unless neighbours in its column start the same way."""
    while cell.startswith(FORMULA_STARTS):
        if any(one.startswith(cell[0]) for one in neighbours):
            return cell
        cell = cell[1:]
    return cell
