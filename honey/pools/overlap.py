"""Do two templates stand for a common value? Two decoys on one contact point could not be told apart. Pure."""

from honey.errors import InputError
from honey.pools.template import Template
from honey.translation import _

MAX_COMPARED = 1_000_000  # values tried one by one, a few seconds


def common_value(one: Template, other: Template) -> str | None:
    """Return a value that both stand for, or None; raises InputError when there are too many to compare."""
    if _apart(one.literals[0], other.literals[0]) or _apart(one.literals[-1][::-1], other.literals[-1][::-1]):
        return None
    if _alike(one, other):
        return _common_of_alike(one, other)
    smaller, larger = sorted((one, other), key=lambda template: template.count)
    if smaller.count > MAX_COMPARED:
        raise InputError(
            _(
                "{text} and {other} cannot be compared: write their ranges at the same places",
                text=one.text,
                other=other.text,
            )
        )
    values = (smaller.value(at) for at in range(smaller.count))
    return next((value for value in values if larger.index_of(value) is not None), None)


def _apart(one: str, other: str) -> bool:
    """Whether the fixed beginnings differ where both have a character."""
    return any(left != right for left, right in zip(one, other, strict=False))


def _alike(one: Template, other: Template) -> bool:
    """Whether the same value means the same number at the same place."""
    widths = [[part.width for part in template.ranges] for template in (one, other)]
    return one.literals == other.literals and widths[0] == widths[1]


def _common_of_alike(one: Template, other: Template) -> str | None:
    pieces = [one.literals[0]]
    for left, right, literal in zip(one.ranges, other.ranges, one.literals[1:], strict=True):
        first = max(left.first, right.first)
        if first > min(left.last, right.last):
            return None
        pieces += [left.written(first), literal]
    return "".join(pieces)
