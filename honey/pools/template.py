"""A value with brace ranges, such as `3栋{1-4}单元{01-18}室`: many contact points written as one."""

import math
import re
from dataclasses import dataclass

from honey.errors import InputError
from honey.translation import _

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

    @property
    def lengths(self) -> tuple[int, int]:
        """Fewest and most digits of a value."""
        return len(self.written(self.first)), len(self.written(self.last))

    def written(self, number: int) -> str:
        return str(number).zfill(self.width)


@dataclass(frozen=True, slots=True)
class Template:
    """Literal parts with ranges between them: `literals` is one longer than `ranges`."""

    text: str
    literals: tuple[str, ...]
    ranges: tuple[_Range, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a template; a range keeps the width of what it was given: {01-18} gives 01, 02, ... 18.

        Raises InputError for an unclosed brace, a range that runs backwards or one that is no pair of numbers, and for
        ranges side by side that would give one value twice: {1-11}{1-11} gives 111 as 1 and 11 and as 11 and 1.
        """
        if len(text) > MAX_TEMPLATE_CHARACTERS:
            raise InputError(
                _(
                    "{text}...: longer than {max_template_characters} characters",
                    text=text[:40],
                    max_template_characters=MAX_TEMPLATE_CHARACTERS,
                )
            )
        pieces = _RANGE.split(text)
        literals, bounds = tuple(pieces[0::2]), pieces[1::2]
        if any("{" in literal or "}" in literal for literal in literals):
            raise InputError(_("{text}: a brace is not closed; write ranges as {{01-18}}", text=text))
        if len(bounds) > MAX_RANGES:
            raise InputError(_("{text}: more than {max_ranges} ranges", text=text, max_ranges=MAX_RANGES))
        ranges = tuple(_parse_range(bound, text) for bound in bounds)
        _require_distinct(text, literals, ranges)
        return cls(text, literals, ranges)

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
            digits.append(one.written(one.first + at))
        parts = [self.literals[0]]
        for digit, literal in zip(reversed(digits), self.literals[1:], strict=True):
            parts += [digit, literal]
        return "".join(parts)

    def index_of(self, value: str) -> int | None:
        """Return the index whose value this is, or None."""
        pattern = re.escape(self.literals[0])
        for one, literal in zip(self.ranges, self.literals[1:], strict=True):
            fewest, most = one.lengths
            pattern += f"([0-9]{{{fewest},{most}}})" + re.escape(literal)
        found = re.fullmatch(pattern, value)
        if not found:
            return None
        index = 0
        for one, written in zip(self.ranges, found.groups(), strict=True):
            at = int(written) - one.first
            if not 0 <= at < one.size or one.written(int(written)) != written:
                return None
            index = index * one.size + at
        return index


def _require_distinct(text: str, literals: tuple[str, ...], ranges: tuple[_Range, ...]) -> None:
    """Raise InputError when one run of digits holds two ranges of varying length."""
    varying = 0
    for one, literal in zip(ranges, literals[:-1], strict=True):
        if literal.strip("0123456789"):
            varying = 0
        varying += one.lengths[0] != one.lengths[1]
        if varying > 1:
            raise InputError(
                _("{text}: ranges side by side give some values twice; pad them to one width, {{01-18}}", text=text)
            )


def _parse_range(text: str, template: str) -> _Range:
    bounds = _BOUNDS.fullmatch(text)
    if not bounds:
        raise InputError(
            _(
                "{template}: {{{text}}} is not a range; write two numbers, {{1-18}} or {{01-18}}",
                template=template,
                text=text,
            )
        )
    first, last = bounds.groups()
    if int(last) < int(first):
        raise InputError(_("{template}: {{{text}}} runs backwards", template=template, text=text))
    return _Range(int(first), int(last), len(first))
