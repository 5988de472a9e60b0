"""How likely the evidence is if one set of decoys leaked, against no leak: the arithmetic under `attribute`. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from honey.model.decoy import DecoyId
from honey.model.sighting import Sighting

_NODES = 64  # quadrature nodes for the share of a release that surfaces; halving them moves no digit shown
# Jeffreys' prior for the share: equal weights at the Chebyshev nodes of the arcsine distribution.
SHARES = tuple(math.sin(math.pi * (at + 0.5) / (2 * _NODES)) ** 2 for at in range(_NODES))
_LOG_UNSEEN = tuple(math.log1p(-share) for share in SHARES)
_KEPT_TABLES = 4096  # of _NODES floats each: about 8 MB
_KEPT_RATIOS = 16_384  # about as much


@dataclass(frozen=True, slots=True)
class Group:
    """All sightings that name the same set of decoys; the best of them counts, repeats do not add."""

    decoys: frozenset[DecoyId]
    weight: float  # likelihood ratio of "one of these leaked" against chance, above 1
    sightings: tuple[Sighting, ...]


_Tallies = tuple[tuple[tuple[float, int], int], ...]  # ((weight, decoys of the release), observations), ascending


@dataclass(frozen=True, slots=True)
class Weighing:
    """The evidence, ready to be held against one set of decoys after another."""

    groups: Sequence[Group]
    by_decoy: Mapping[DecoyId, list[int]]  # which groups name it

    @classmethod
    def of(cls, groups: Sequence[Group]) -> "Weighing":
        """Index the evidence by the decoys it names."""
        by_decoy: dict[DecoyId, list[int]] = defaultdict(list)
        for at, group in enumerate(groups):
            for decoy in group.decoys:
                by_decoy[decoy].append(at)
        return cls(groups, by_decoy)

    def log_ratio(self, decoys: frozenset[DecoyId], size: int | None = None) -> float | None:
        """Return log of P(evidence | these leaked) / P(evidence | no leak), the leaked share integrated out.

        `size` counts the decoys, where there are more than are listed. None when the evidence names none of them.
        """
        smaller, larger = (decoys, self.by_decoy) if len(decoys) < len(self.by_decoy) else (self.by_decoy, decoys)
        seen = [decoy for decoy in smaller if decoy in larger]
        if not seen:
            return None
        held: dict[int, int] = {}
        for decoy in seen:
            for at in self.by_decoy[decoy]:
                held[at] = held.get(at, 0) + 1
        unseen = (len(decoys) if size is None else size) - len(seen)
        counted: dict[tuple[float, int], int] = {}
        for at, count in held.items():
            observation = self.groups[at].weight, count
            counted[observation] = counted.get(observation, 0) + 1
        return _log_ratio(unseen, tuple(sorted(counted.items())))


@lru_cache(maxsize=_KEPT_RATIOS)  # many releases hold as many seen and unseen decoys
def _log_ratio(unseen: int, tallies: _Tallies) -> float:
    terms = [unseen * one for one in _LOG_UNSEEN]
    for (weight, count), times in tallies:
        terms = [term + times * one for term, one in zip(terms, _log_surfaced(weight, count), strict=True)]
    return log_sum(terms) - math.log(len(terms))


@lru_cache(maxsize=_KEPT_TABLES)
def _log_surfaced(weight: float, count: int) -> tuple[float, ...]:
    """Return, for every share, log of the ratio of one observation that names `count` decoys of a release."""
    surfaced = [-math.expm1(count * one) for one in _LOG_UNSEEN]
    return tuple(math.log(one * weight + 1.0 - one) for one in surfaced)


def log_sum(values: Sequence[float]) -> float:
    """Return log of the sum of what these are the logarithms of."""
    top = max(values)
    return top + math.log(sum([math.exp(one - top) for one in values]))
