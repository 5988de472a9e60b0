"""The written shape of codes: what stands at each position, and which part repeats the row's date.

Pure. A new code is drawn position by position from what the host itself wrote there, so a fixed prefix stays fixed and
a counter stays a counter; when that leaves too few codes the last positions are opened up.
"""

import math
import random
import re
import string
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

_PLAIN = re.compile(r"[0-9A-Za-z]")
_STAMPS = ("%Y%m%d%H%M%S", "%Y%m%d", "%y%m%d")  # longest first
_MOST = 0.9  # of the rows repeat their date at this place
_MANY_DIGITS = 5  # when so many different digits were seen at a place, all ten are taken to occur
_ENOUGH = 10**5  # codes a shape must be able to make before it is opened no further
_TRIES = 24


@dataclass(frozen=True, slots=True)
class Stamp:
    """The part of a code that repeats the row's time."""

    start: int
    format: str
    length: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of positions: `fixed` text, or `digits` free digits, or one character of an `alphabet`."""

    fixed: str = ""
    digits: int = 0
    alphabet: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """Codes of one length whose separators stand at the same places."""

    skeleton: str  # letters and digits as "x"
    segments: tuple["Segment", ...]
    stamp: Stamp | None
    count: int


def skeleton(text: str) -> str:
    """Return a code with its letters and digits blotted out."""
    return _PLAIN.sub("x", text)


def learn_shapes(values: Sequence[object], times: Sequence[datetime | None]) -> tuple[Shape, ...]:
    """Return the shapes of a column of codes, most frequent first; `times` are the rows' own, as far as known."""
    groups: dict[str, list[tuple[str, datetime | None]]] = {}
    for value, at in zip(values, times, strict=True):
        if value is not None and value != "":
            text = str(value)
            groups.setdefault(skeleton(text), []).append((text, at))
    shapes = [_shape(form, rows) for form, rows in groups.items()]
    return tuple(sorted(shapes, key=lambda shape: -shape.count))


def _shape(form: str, rows: list[tuple[str, datetime | None]]) -> Shape:
    columns = zip(*(text for text, _ in rows), strict=True)
    seen = tuple("".join(sorted(set(column))) for column in columns)
    stamp = _find_stamp([(text, at) for text, at in rows if at is not None])
    whole = tuple(_completed(one) for one in seen)
    first = whole[0] if "0" in seen[0] else whole[0].replace("0", "")  # numbers have no leading zero
    return Shape(form, _segments(_opened((first, *whole[1:]), form, stamp)), stamp, len(rows))


def _segments(alphabets: Sequence[str]) -> tuple[Segment, ...]:
    made: list[Segment] = []
    for one in alphabets:
        last = made[-1] if made else Segment()
        if len(one) == 1 and last.fixed:
            made[-1] = Segment(fixed=last.fixed + one)
        elif one == string.digits and last.digits:
            made[-1] = Segment(digits=last.digits + 1)
        elif len(one) == 1:
            made.append(Segment(fixed=one))
        else:
            made.append(Segment(digits=1) if one == string.digits else Segment(alphabet=one))
    return tuple(made)


def _completed(seen: str) -> str:
    """Fill up an alphabet of which most was seen."""
    digits, letters = set(seen) & set(string.digits), set(seen) - set(string.digits)
    filled = set(string.digits) if len(digits) >= _MANY_DIGITS else digits
    if len(letters) >= _MANY_DIGITS:
        letters |= _letters_like(letters)
    return "".join(sorted(filled | letters))


def _letters_like(letters: set[str]) -> set[str]:
    if letters <= set("abcdef"):
        return set("abcdef")
    if letters <= set("ABCDEF"):
        return set("ABCDEF")
    made = set()
    if any(letter.islower() for letter in letters):
        made |= set(string.ascii_lowercase)
    if any(letter.isupper() for letter in letters):
        made |= set(string.ascii_uppercase)
    return made


def _opened(alphabets: tuple[str, ...], form: str, stamp: Stamp | None) -> tuple[str, ...]:
    """Open the last positions to their whole class until the shape can make enough codes."""
    opened = list(alphabets)
    free = [at for at, mark in enumerate(form) if mark == "x" and not _inside(stamp, at)]
    for at in reversed(free):
        if math.prod(len(opened[place]) for place in free) >= _ENOUGH:
            break
        if opened[at].isdigit():
            opened[at] = string.digits
        elif opened[at].isalpha():
            opened[at] = "".join(sorted(set(opened[at]) | _letters_like(set(opened[at]))))
    return tuple(opened)


def _inside(stamp: Stamp | None, at: int) -> bool:
    return stamp is not None and stamp.start <= at < stamp.start + stamp.length


def _find_stamp(rows: list[tuple[str, datetime]]) -> Stamp | None:
    """Find where codes repeat the date or time of their row."""
    if not rows:
        return None
    for form in _STAMPS:
        length = len(rows[0][1].strftime(form))
        places = Counter(at for text, time in rows if (at := text.find(time.strftime(form))) >= 0)
        if places and places.most_common(1)[0][1] >= _MOST * len(rows):
            return Stamp(places.most_common(1)[0][0], form, length)
    return None


def draw_code(rng: random.Random, shape: Shape, at: datetime | None, taken: Collection[str] = ()) -> str:
    """Return a code of this shape that is not taken; its date part says `at`.

    May return a taken code when the shape has hardly any others left: the caller's constraint then decides.
    """
    made = ""
    for _ in range(_TRIES):
        made = "".join([_drawn(rng, segment) for segment in shape.segments])
        if shape.stamp is not None and at is not None:
            stamp = shape.stamp
            made = made[: stamp.start] + at.strftime(stamp.format) + made[stamp.start + stamp.length :]
        if made not in taken:
            break
    return made


def _drawn(rng: random.Random, segment: Segment) -> str:
    if segment.fixed:
        return segment.fixed
    if segment.digits:
        return f"{rng.randrange(10**segment.digits):0{segment.digits}d}"
    return segment.alphabet[int(rng.random() * len(segment.alphabet))]
