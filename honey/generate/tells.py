"""Tells: what gives a decoy away at a glance, without any statistics.

Pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations

from honey.host.columnprofile import naive
from honey.host.shape import skeleton
from honey.host.timestyle import TimeStyles, learn_times
from honey.model.waybill import Row

_FEW = 0.2  # distinct share up to which every value of a column should have been seen
_ALWAYS = 0.995
_ENOUGH_ROWS = 20
_FEW_SHAPES = 12


@dataclass(frozen=True, slots=True)
class Tell:
    """One way in which some decoys differ from every real row."""

    kind: str  # "unseen value", "empty", "filled", "shape", "time order", "copied", "shared"
    column: str
    decoys: int
    example: str


def find_tells(real: Sequence[Row], decoys: Sequence[Row], columns: Sequence[str]) -> tuple[Tell, ...]:
    """Return the tells, those of most decoys first."""
    found: list[Tell] = []
    for name in columns:
        theirs, ours = [row.get(name) for row in real], [row[name] for row in decoys if name in row]
        found += _column_tells(name, theirs, ours)
    found += _order_tells(real, decoys, columns)
    return tuple(sorted(found, key=lambda tell: (-tell.decoys, tell.kind, tell.column)))


def _column_tells(name: str, theirs: Sequence[object], ours: Sequence[object]) -> list[Tell]:
    filled = [str(value) for value in theirs if value is not None and value != ""]
    made = [str(value) for value in ours if value is not None and value != ""]
    tells: dict[str, list[str]] = {}
    if len(filled) == len(theirs) >= _ENOUGH_ROWS:
        tells["empty"] = ["(empty)"] * (len(ours) - len(made))
    if not filled:
        tells["filled"] = made
    seen, share = set(filled), len(set(filled)) / len(filled) if filled else 0.0
    if filled and share <= _FEW:
        tells["unseen value"] = [value for value in made if value not in seen]
    shapes = {skeleton(value) for value in filled}
    if filled and len(shapes) <= _FEW_SHAPES and all(value.isascii() for value in filled):
        tells["shape"] = [value for value in made if skeleton(value) not in shapes]
    if len(filled) >= _ENOUGH_ROWS and share >= _ALWAYS and learn_times(filled, epoch=False) is None:
        tells["copied"] = [value for value in made if value in seen]
        tells["shared"] = [value for value, count in Counter(made).items() if count > 1]
    return [Tell(kind, name, len(values), values[0]) for kind, values in tells.items() if values]


def _order_tells(real: Sequence[Row], decoys: Sequence[Row], columns: Sequence[str]) -> list[Tell]:
    """Find pairs of times that real rows always show in one order and some decoys do not."""
    styles = {name: found for name in columns if (found := learn_times([row.get(name) for row in real], epoch=False))}
    tells = []
    for first, second in permutations(styles, 2):
        known = _pairs(real, first, second, styles)
        kept = sum(a <= b for a, b in known)
        if len(known) >= _ENOUGH_ROWS and kept == len(known):
            broken = [(a, b) for a, b in _pairs(decoys, first, second, styles) if a > b]
            if broken:
                tells.append(Tell("time order", f"{first}, {second}", len(broken), f"{broken[0][0]} > {broken[0][1]}"))
    return tells


def _pairs(
    rows: Sequence[Row], first: str, second: str, styles: dict[str, TimeStyles]
) -> list[tuple[datetime, datetime]]:
    read = [(styles[first].read(row.get(first)), styles[second].read(row.get(second))) for row in rows]
    return [(naive(a[0]), naive(b[0])) for a, b in read if a is not None and b is not None]
