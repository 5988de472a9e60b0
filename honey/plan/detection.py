"""How likely a leak is noticed, and its account named, when each decoy surfaces with a given probability. Pure.

Decoys of one dump or one list share its fate: `icc` is the correlation of any two (beta-binomial); 0 is independence.
"""

import math
from collections.abc import Sequence

from honey.plan.evidence import Kind
from honey.plan.proving import Proving

CONFIDENCE = 0.95  # of the "smallest leak exposed"
ICC = 0.05  # of decoys in one dump, for the cautious figure; a judgement (no published value)
CONTACT_RATES = (0.02, 0.05, 0.1, 0.2, 0.4)  # of leaked decoys contacted: none is published for courier data
DROP_RATES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of an export's rows missing from what is found
_MISSED = 1e-3  # probability that more pieces turn up than a bound allows for
_STEPS = 60  # of bisection: below 1e-17


def surfacing(decoys: int, rate: float, icc: float = 0.0) -> list[float]:
    """Return the probabilities that 0, 1 .. `decoys` decoys surface."""
    if not 0 <= rate <= 1 or not 0 <= icc < 1:
        raise ValueError("a rate and a correlation lie between 0 and 1")
    if rate in {0.0, 1.0}:
        return [float(seen == decoys * rate) for seen in range(decoys + 1)]
    strength = 1 / icc - 1 if icc else math.inf
    return [_mass(decoys, seen, rate, strength) for seen in range(decoys + 1)]


def _mass(decoys: int, seen: int, rate: float, strength: float) -> float:
    log = math.lgamma(decoys + 1) - math.lgamma(seen + 1) - math.lgamma(decoys - seen + 1)
    if math.isinf(strength):
        return math.exp(log + seen * math.log(rate) + (decoys - seen) * math.log1p(-rate))
    own, other = rate * strength, (1 - rate) * strength
    return math.exp(log + _log_beta(own + seen, other + decoys - seen) - _log_beta(own, other))


def _log_beta(one: float, other: float) -> float:
    return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)


def detected(decoys: int, rate: float, icc: float = 0.0) -> float:
    """Return the probability that at least one decoy surfaces."""
    return 1.0 - surfacing(decoys, rate, icc)[0]


def decoys_for(probability: float, rate: float) -> int:
    """Return how many independent decoys notice a leak with this probability: ln(1 - P) / ln(1 - q), rounded up."""
    return math.ceil(round(math.log1p(-probability) / math.log1p(-rate), 9))


def smallest_rate(decoys: int, icc: float = 0.0) -> float:
    """Return the rate at which at least one decoy surfaces with probability CONFIDENCE."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if detected(decoys, middle, icc) >= CONFIDENCE else (middle, high)
    return high


def identified(proving: Proving, kind: Kind, rate: float, icc: float = 0.0) -> float:
    """Return the probability that one leaked export names its account, nothing else being in the case."""
    needed = proving.needed(kind)
    return 0.0 if needed is None else _at_least(surfacing(proving.decoys, rate, icc), needed)


def identified_by_any(proving: Proving, kind: Kind, rate: float) -> float:
    """Return at least how likely an account is named that leaked all its exports, decoys surfacing independently.

    A lower bound: one export alone has to prove it, at the price that the pieces of all of them make.
    """
    every = surfacing(proving.decoys * proving.exports, rate)
    pieces, more = len(every) - 1, every[-1]
    while more <= _MISSED:  # P(that many or more pieces)
        pieces -= 1
        more += every[pieces]
    reached = (
        seen
        for seen in range(1, proving.decoys + 1)
        if proving.log_e_value(kind, seen, max(seen, pieces)) >= proving.log_bar
    )
    needed = next(reached, None)
    if needed is None:
        return 0.0
    alone = _at_least(surfacing(proving.decoys, rate), needed)
    return max(0.0, 1.0 - (1.0 - alone) ** proving.exports - _MISSED)


def _at_least(masses: Sequence[float], least: int) -> float:
    return min(1.0, math.fsum(masses[least:]))
