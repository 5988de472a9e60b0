"""Likelihood ratios of sets of accounts for a Bernoulli code: known accomplices, and one account more."""

import numpy as np
from numpy.typing import NDArray

from honey.codes.evalue import Bits, Floats, Weighing, log_tables
from honey.codes.logs import log_sum

Held = NDArray[np.int8]  # (sets, positions): how many accounts of the set hold each position

_CELLS = 1 << 20  # likelihoods held at once


def set_ratios(weighing: Weighing, held: Held, size: int) -> Floats:
    """Return ln of each set's likelihood ratio times its weight, under each hypothesis: (sets, hypotheses).

    All sets have `size` accounts; hypotheses of fewer colluders must have been left out.
    """
    tables = log_tables(weighing.code, weighing.hypotheses, size)
    total = weighing.log_weights + np.zeros((len(held), 1))
    for m in range(size + 1):
        counts = (held == m).astype(np.float32) @ weighing.segments.T.astype(np.float32)
        total += counts.astype(np.float64) @ tables[:, :, m].T
    return total


def extend(weighing: Weighing, held: Held, size: int, bits: Bits) -> Floats:
    """Return ln of the likelihood ratio of (set s and account k), shape (sets, accounts).

    All sets have `size` accounts; `bits` is (accounts, positions). Counts up to 2^24 are exact in the float32 products.
    """
    tables = log_tables(weighing.code, weighing.hypotheses, size + 1)
    gains = np.diff(tables, axis=2)
    step = max(1, _CELLS // (len(bits) * len(tables)))
    result = np.empty((len(held), len(bits)))
    columns = [np.flatnonzero(segment) for segment in weighing.segments]
    held_by = [bits[:, at].T.astype(np.float32) for at in columns]
    for start in range(0, len(held), step):
        block = held[start : start + step]
        base = weighing.log_weights[:, None] + np.zeros(len(block))
        counts = []
        for segment, at in enumerate(columns):
            for m in range(size + 1):
                inside = (block[:, at] == m).astype(np.float32)
                base += tables[:, segment, m, None] * inside.sum(axis=1, dtype=np.float64)
                counts.append((inside @ held_by[segment]).reshape(-1))
        scores = gains.reshape(len(gains), -1) @ np.stack(counts).astype(np.float64)
        scores = scores.reshape(len(gains), len(block), -1) + base[..., None]
        result[start : start + len(block)] = log_sum(scores, axis=0)
    return result
