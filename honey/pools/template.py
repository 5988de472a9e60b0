"""A value with brace ranges, such as `3栋{1-4}单元{01-18}室`: many contact points written as one."""

import math
import re
from dataclasses import dataclass

from honey.errors import InputError

_RANGE = re.compile(r"\{([^{}]*)\}")
_BOUNDS = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
MAX_TEMPLATE_CHARACTERS = 400  # longer than any address column met in a host (256, Cainiao detail)
MAX_RANGES = 8


@dataclass(frozen=True, slots=True)
class _Range:
    first: int
    last: int
    width: int  # digits to pad to with zeros; 1 for no padding

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def at(self, index: int) -> str:
        return str(self.first + index).zfill(self.width)


@dataclass(frozen=True, slots=True)
class Template:
    """Literal parts with ranges between them: `literals` is one longer than `ranges`."""

    text: str
    literals: tuple[str, ...]
    ranges: tuple[_Range, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a template; a range keeps the width of what it was given: {01-18} gives 01, 02, ... 18.

        Raises InputError for an unclosed brace, a range that runs backwards or one that is no pair of numbers.
        """
        if len(text) > MAX_TEMPLATE_CHARACTERS:
            raise InputError(f"{text[:40]}...: longer than {MAX_TEMPLATE_CHARACTERS} characters")
        pieces = _RANGE.split(text)
        literals, bounds = tuple(pieces[0::2]), pieces[1::2]
        if any("{" in literal or "}" in literal for literal in literals):
            raise InputError(f"{text}: a brace is not closed; write ranges as {{01-18}}")
        if len(bounds) > MAX_RANGES:
            raise InputError(f"{text}: more than {MAX_RANGES} ranges")
        return cls(text, literals, tuple(_parse_range(bound, text) for bound in bounds))

    @property
    def count(self) -> int:
        """How many values it stands for."""
        return math.prod(one.size for one in self.ranges)

    def value(self, index: int) -> str:
        """Return value number `index`, 0 to count - 1; the last range turns fastest."""
        if not 0 <= index < self.count:
            raise ValueError(f"index {index} outside 0..{self.count - 1}")
        digits: list[str] = []
        for one in reversed(self.ranges):
            index, at = divmod(index, one.size)
            digits.append(one.at(at))
        parts = [self.literals[0]]
        for digit, literal in zip(reversed(digits), self.literals[1:], strict=True):
            parts += [digit, literal]
        return "".join(parts)

    def index_of(self, value: str) -> int | None:
        """Return the index whose value this is, or None."""
        pattern = re.escape(self.literals[0])
        for literal in self.literals[1:]:
            pattern += "([0-9]+)" + re.escape(literal)
        found = re.fullmatch(pattern, value)
        if not found:
            return None
        index = 0
        for one, written in zip(self.ranges, found.groups(), strict=True):
            at = int(written) - one.first
            if not 0 <= at < one.size or one.at(at) != written:
                return None
            index = index * one.size + at
        return index


def _parse_range(text: str, template: str) -> _Range:
    bounds = _BOUNDS.fullmatch(text)
    if not bounds:
        raise InputError(f"{template}: {{{text}}} is not a range; write two numbers, {{1-18}} or {{01-18}}")
    first, last = bounds.groups()
    if int(last) < int(first):
        raise InputError(f"{template}: {{{text}}} runs backwards")
    return _Range(int(first), int(last), len(first))
