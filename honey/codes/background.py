"""How many stray contacts a number gets that no leak explains: learnt from a burn-in and from control numbers.

Rates differ widely between numbers, so each number's rate is Gamma distributed about the pool's mean; what it got in
its own burn-in sharpens its own (literature.md sections 6 and 10.6). A wrong background costs power, never validity.
Contacts must have been collapsed to campaigns and gated alike in burn-in and window before they are counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

PRIOR_MEAN_PER_DAY = (
    0.12  # contacts per number: 1.48 million calls on 66,606 lines (Prasad et al., USENIX Security 2020)
)
PRIOR_SHAPE = 0.33  # of the Gamma law: a quarter of those lines was never called (literature.md section 6)
_SHAPES = (0.1, PRIOR_SHAPE, 1.0, 3.0, 10.0, 100.0)
_PRIOR_SHAPE_BONUS = 2.0  # nats by which a burn-in has to speak for another shape
_PRIOR_NUMBER_DAYS = 10.0  # weight of PRIOR_MEAN_PER_DAY against the burn-in
_CONTROL_SMOOTHING = 3.0  # contacts on controls, expected and seen, added before their ratio is taken


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """`counts[n]` stray contacts in `days` of burn-in; rates are Gamma with this shape and mean (per day)."""

    counts: Counts
    days: float
    shape: float
    mean_per_day: float

    def log_pmf(self, window_days: float, most: int, *, factor: float = 1.0) -> Floats:
        """Return ln P(number n gets y stray contacts in the window), shape (numbers, most + 1).

        `factor` scales the window's rates: see `control_factor`.
        """
        scale = self.shape / self.mean_per_day
        return _negative_binomial(
            self.counts.astype(np.float64) + self.shape,
            (scale + self.days) / (scale + self.days + window_days * factor),
            most,
        )


def learn_background(counts: Counts, days: float) -> Background:
    """Learn from the stray contacts on each number, (numbers,), in `days` before anything was planted on it.

    Without a burn-in (`days` 0) the published figures stand.
    """
    if days < 0 or counts.min(initial=0) < 0:
        raise ValueError("a burn-in has no negative days or counts")
    weight = _PRIOR_NUMBER_DAYS + len(counts) * days
    mean = float((_PRIOR_NUMBER_DAYS * PRIOR_MEAN_PER_DAY + counts.sum()) / weight)
    if days == 0:
        return Background(counts, days, PRIOR_SHAPE, mean)
    fits = []
    for shape in _SHAPES:
        scale = shape / mean
        table = _negative_binomial(np.array([shape]), scale / (scale + days), int(counts.max(initial=0)))[0]
        fits.append(float(table[counts].sum()) + _PRIOR_SHAPE_BONUS * (shape == PRIOR_SHAPE))
    return Background(counts, days, _SHAPES[int(np.argmax(fits))], mean)


def control_factor(seen: int, expected: float) -> float:
    """Return how much noisier than in burn-in the window is, by contacts on controls seen and expected."""
    return (seen + _CONTROL_SMOOTHING) / (expected + _CONTROL_SMOOTHING)


def poisson_log_pmf(means: Floats, most: int) -> Floats:
    """Return ln P(y | mean) for known means, shape (means, most + 1)."""
    steps = np.log(means)[:, None] - np.log(np.arange(1, most + 1))
    return np.cumsum(np.concatenate([-means[:, None], steps], axis=1), axis=1)


def _negative_binomial(shapes: Floats, stay: float, most: int) -> Floats:
    """Return ln pmf at 0..most of counts with Gamma(shape) rates; `stay` is P(0)^(1/shape). By recursion over y."""
    y = np.arange(1, most + 1)
    steps = np.log((shapes[:, None] + y - 1) / y) + np.log1p(-stay)
    return np.cumsum(np.concatenate([shapes[:, None] * np.log(stay), steps], axis=1), axis=1)
