"""How lifelike decoys are: a two-sample test by classifier, and a list of plain tells.

Pure, standard library only. The classifier is a naive Bayes over each column's character 1- to 3-grams, judged on rows
it did not learn from (Lopez-Paz and Oquab, ICLR 2017). An AUC of 0.5 means that it cannot tell decoys from real rows;
one well below 0.5 means that decoys are copies. A buyer knows more than n-grams: it is a lower bound.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from honey.generate.tells import Tell, find_tells
from honey.model.waybill import Row

_FOLDS = 3
_SMOOTHING = 0.5
_LONGEST = 64  # characters of a value that are looked at
_Z = 1.96  # 95 %

Features = frozenset[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """What separates decoys from real rows. `low` and `high` bound the AUC with 95 % (Hanley and McNeil, 1982)."""

    auc: float
    low: float
    high: float
    real: int
    decoys: int
    columns: tuple[tuple[str, float], ...]  # each column alone, farthest from 0.5 first
    tells: tuple[Tell, ...]


def separability(real: Sequence[Row], decoys: Sequence[Row], columns: Sequence[str]) -> Fit:
    """Measure how well a classifier tells decoys from real rows by the given columns.

    Columns that decoys leave to the host are skipped. Leave a column out only when the test itself makes it differ.
    Raises ValueError when either side has fewer rows than folds.
    """
    if min(len(real), len(decoys)) < _FOLDS:
        raise ValueError(f"at least {_FOLDS} rows are needed on either side")
    used = [name for name in columns if any(name in row for row in decoys)]
    scores = [_column_scores(real, decoys, name) for name in used]
    totals = [sum(parts) for parts in zip(*scores, strict=True)] if scores else [0.0] * (len(real) + len(decoys))
    area = auc(totals[: len(real)], totals[len(real) :])
    error = hanley_mcneil(area, len(real), len(decoys))
    alone = [(name, auc(one[: len(real)], one[len(real) :])) for name, one in zip(used, scores, strict=True)]
    return Fit(
        auc=area,
        low=max(0.0, area - _Z * error),
        high=min(1.0, area + _Z * error),
        real=len(real),
        decoys=len(decoys),
        columns=tuple(sorted(alone, key=lambda pair: -abs(pair[1] - 0.5))),
        tells=find_tells(real, decoys, used),
    )


def auc(negatives: Sequence[float], positives: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative, ties counted half (Mann-Whitney)."""
    ranked = sorted([(score, 0) for score in negatives] + [(score, 1) for score in positives])
    total, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        total += sum(label for _, label in ranked[at:end]) * (at + 1 + end) / 2
        at = end
    count = len(positives)
    return (total - count * (count + 1) / 2) / (count * len(negatives))


def hanley_mcneil(area: float, negatives: int, positives: int) -> float:
    """Return the standard error of an AUC (Hanley and McNeil 1982, formula 2)."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positives - 1) * (q1 - area**2) + (negatives - 1) * (q2 - area**2)
    return math.sqrt(max(variance, 0.0) / (positives * negatives))


def _column_scores(real: Sequence[Row], decoys: Sequence[Row], name: str) -> list[float]:
    """Return each row's log-odds of being a decoy by one column, from models that never saw the row."""
    samples = [[_features(row.get(name)) for row in side] for side in (real, decoys)]
    counts = [[_count(side[fold::_FOLDS]) for fold in range(_FOLDS)] for side in samples]
    scores: list[float] = []
    for side in samples:
        made = [0.0] * len(side)
        for fold in range(_FOLDS):
            weights = _weights(*(_others(one, fold) for one in counts))
            for at in range(fold, len(side), _FOLDS):
                made[at] = sum(weights.get(feature, 0.0) for feature in side[at]) / math.sqrt(len(side[at]))
        scores += made
    return scores


def _features(value: object) -> Features:
    """Return a value's n-grams with its edges marked, its length, and the value itself."""
    if value is None:
        return frozenset({"null"})
    text = f"^{str(value)[:_LONGEST]}$"
    grams = {text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)}
    return frozenset(grams | {f"length {len(text)}", f"value {text}"})


def _count(rows: Iterable[Features]) -> tuple[Counter[str], int]:
    found, total = Counter[str](), 0
    for features in rows:
        found.update(features)
        total += 1
    return found, total


def _others(folds: Sequence[tuple[Counter[str], int]], fold: int) -> tuple[Counter[str], int]:
    merged, total = Counter[str](), 0
    for at, (found, count) in enumerate(folds):
        if at != fold:
            merged.update(found)
            total += count
    return merged, total


def _weights(real: tuple[Counter[str], int], decoys: tuple[Counter[str], int]) -> dict[str, float]:
    """Return each feature's log-odds; what neither side showed weighs nothing."""
    (in_real, rows), (in_decoys, planted) = real, decoys
    return {
        feature: math.log(
            ((in_decoys[feature] + _SMOOTHING) / (planted + 2 * _SMOOTHING))
            / ((in_real[feature] + _SMOOTHING) / (rows + 2 * _SMOOTHING))
        )
        for feature in in_real.keys() | in_decoys.keys()
    }
