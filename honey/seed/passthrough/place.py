"""Where decoys go among the rows. Pure."""

from collections.abc import Callable, Collection
from random import Random

REACH_ROWS = 64  # how far from the drawn place a better row may be: a screenful or two


def positions(count: int, rows: int, rng: Random, match: Callable[[int], int] | None = None) -> list[int]:
    """Return, in rising order, after which of `rows` original rows (from 0) `count` decoys go.

    The file is cut into `count` stretches and a place drawn in each, so decoys lie apart; with more than two rows
    none is first or last, and no place is taken twice while there are others. `match` says how well a row suits as
    the one before a decoy (higher is better): within reach of the drawn place and its stretch, the nearest of the
    best rows is taken. Raises `ValueError` without rows.
    """
    if rows < 1:
        raise ValueError("no rows to place decoys among")
    places = max(1, rows - 1)
    found: list[int] = []
    for at in range(count):
        start, stop = places * at // count, places * (at + 1) // count
        if stop <= start:  # more decoys than places
            found.append(_nearest_free(rng.randrange(places), places, found))
            continue
        drawn = rng.randrange(start, stop)
        found.append(drawn if match is None else _best(drawn, start, stop, match))
    return sorted(found)


def _best(drawn: int, start: int, stop: int, match: Callable[[int], int]) -> int:
    near = range(max(start, drawn - REACH_ROWS), min(stop, drawn + REACH_ROWS + 1))
    return max(near, key=lambda place: (match(place), -abs(place - drawn), place))


def _nearest_free(drawn: int, places: int, taken: Collection[int]) -> int:
    free = [place for place in range(places) if place not in taken]
    return min(free, key=lambda place: (abs(place - drawn), place)) if free else drawn
