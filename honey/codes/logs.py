"""Sums of numbers kept as natural logarithms, so that nothing over- or underflows."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def log_sum(values: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Return ln sum(exp(values)) along an axis; an empty axis or one of -inf gives -inf."""
    array = np.asarray(values, np.float64)
    top = np.max(array, axis=axis, keepdims=True, initial=-np.inf)
    top[~np.isfinite(top)] = 0.0
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(array - top), axis=axis, keepdims=True))
    return np.asarray(np.squeeze(total + top, axis=axis))


def log_mean(values: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Return ln mean(exp(values)) along an axis."""
    return np.asarray(log_sum(values, axis) - np.log(np.shape(values)[axis]))
