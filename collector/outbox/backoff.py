"""When a notice that could not be delivered is tried again. Pure: chance is an argument.

`[alerts] retry_seconds` (30) after the first failure, then twice as long each time, at most an hour; each of them times
0.8 to 1.2, so that targets which failed together are not tried together.
"""

LONGEST_SECONDS = 3600.0
JITTER = 0.2
_MOST_DOUBLINGS = 16  # beyond it the longest wait is reached by far


def wait_seconds(tries: int, chance: float, *, first: float) -> float:
    """Return how long to wait after so many failed tries (1 or more); `chance` is from [0, 1)."""
    doubled = first * 2.0 ** min(tries - 1, _MOST_DOUBLINGS)
    return min(doubled, LONGEST_SECONDS) * (1 - JITTER + 2 * JITTER * chance)


def most_seconds() -> float:
    """Return the longest time anything ever waits: what lies further ahead is a clock that was turned."""
    return LONGEST_SECONDS * (1 + JITTER)
