"""Exact confidence limits of a rate: Clopper & Pearson 1934, by bisection on the incomplete beta function. Pure."""

import math

CONFIDENCE = 0.95
_MAX_TERMS = 10_000  # of the continued fraction; it needs about sqrt(cases)
_TINY = 1e-300
_STEPS = 200  # bisections on the logarithm of the odds: to the last bit of a float


def limits(hits: int, cases: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the two-sided limits of the rate behind `hits` of `cases`; (0, 1) when nothing was tried."""
    if not 0 <= hits <= cases:
        raise ValueError("hits lie between 0 and the number of cases")
    tail = (1 - confidence) / 2
    low = _quantile(tail, hits, cases - hits + 1) if hits else 0.0
    high = _quantile(1 - tail, hits + 1, cases - hits) if hits < cases else 1.0
    return low, high


def _quantile(share: float, a: float, b: float) -> float:
    low, high = -60.0, 60.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _beta(a, b, 1 / (1 + math.exp(-middle))) < share:
            low = middle
        else:
            high = middle
    return 1 / (1 + math.exp(-low))


def _beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.log(a)
    value, c, d = 1.0, 1.0, 0.0
    for term in range(_MAX_TERMS):
        half = term // 2
        if term == 0:
            weight = 1.0
        elif term % 2:
            weight = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            weight = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1 / _away(1 + weight * d)
        c = _away(1 + weight / c)
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return math.exp(front) * (value - 1)


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
