"""How a column writes times: text in some format, date objects, or seconds since 1970.

Pure. A style reads what its column holds and writes the same way, so that a moved time looks like its neighbours.
Zone suffixes are kept as text: only differences between times of one column are ever used.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

MOST = 0.95  # a column is a time column when at least this share of its values reads as one
DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_QUANTA = (DAY, timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1), timedelta(milliseconds=1))
_YEARS = range(1900, 2100)  # outside, a date stands for "never" or "for ever" and is no time to move
_EPOCH_YEARS = range(2000, 2100)  # an integer outside is no time
_MILLISECONDS_FROM = 10**11  # larger integers count milliseconds: as seconds they lie after the year 5000

# One pattern for every written form we know: year first with any separator, the Chinese form, year last with slashes.
_CLOCK = r"(?P<gap>[ T]| +)(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?P<point>[.,])?(?P<f>(?<=[.,])\d{1,6})?)?"
_FORMS = tuple(
    re.compile(form + rf"(?:{_CLOCK})?(?P<zone>Z|[+-]\d\d:?\d\d)?", re.ASCII)
    for form in (
        r"(?P<Y>\d{4})(?P<s1>[-/.年])(?P<m>\d{1,2})(?P<s2>[-/.月])(?P<d>\d{1,2})(?P<s3>日?)",
        r"(?P<m>\d{1,2})(?P<s1>/)(?P<d>\d{1,2})(?P<s2>/)(?P<Y>\d{4})(?P<s3>)",
    )
)
_COMPACT = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 8: "%Y%m%d"}
_ISO = {"%Y-%m-%d %H:%M:%S": " ", "%Y-%m-%dT%H:%M:%S": "T"}
_TOKEN = re.compile(r"%(-?[YmdHMS]|[1-6]f)")


class TimeKind(StrEnum):
    """What a value is in Python."""

    TEXT = "text"
    DATETIME = "datetime"
    DATE = "date"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """One way of writing times. `format` is strptime's, with `%-m` for no leading zero and `%3f` for three digits."""

    kind: TimeKind
    format: str = ""
    quantum: timedelta = timedelta(seconds=1)  # every time seen was a multiple of it

    def read(self, value: object) -> datetime | None:
        """Return the time, naive unless the value itself is aware; None when it is not written this way."""
        if self.kind is TimeKind.TEXT:
            return _parse(self.format, value) if isinstance(value, str) else None
        if self.kind is TimeKind.DATETIME:
            return value if isinstance(value, datetime) else None
        if self.kind is TimeKind.DATE:
            plain = isinstance(value, date) and not isinstance(value, datetime)
            return datetime(value.year, value.month, value.day) if plain else None  # type: ignore[attr-defined]  # noqa: DTZ001 - a bare date has no zone
        number = _integer(value)
        return None if number is None else _from_epoch(number)

    def write(self, at: datetime, like: object) -> object:
        """Return `at` as this column writes it; `like` is the value it replaces (integer or digits as text)."""
        if self.kind is TimeKind.TEXT:
            return _render(self.format, at)
        if self.kind is TimeKind.DATETIME:
            return at
        if self.kind is TimeKind.DATE:
            return at.date()
        seconds = (at.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)
        number = round(seconds * 1000) if self.kind is TimeKind.MILLISECONDS else int(seconds)
        return str(number) if isinstance(like, str) else number

    def floor(self, at: datetime) -> datetime:
        """Cut `at` to this style's precision."""
        if self.quantum == _SECOND:
            return at.replace(microsecond=0) if at.microsecond else at
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + (at - midnight) // self.quantum * self.quantum


@dataclass(frozen=True, slots=True)
class TimeStyles:
    """The ways one column writes times, most frequent first."""

    styles: tuple[TimeStyle, ...]

    @property
    def coarse(self) -> bool:
        """Whether the column holds whole days only."""
        return all(style.quantum >= DAY for style in self.styles)

    def read(self, value: object) -> tuple[datetime, TimeStyle] | None:
        """Return the time and the style it is written in; None for no time and for stand-ins such as 9999-12-31."""
        for style in self.styles:
            at = style.read(value)
            if at is not None:
                return (at, style) if at.year in _YEARS else None
        return None


def learn_times(values: Sequence[object], *, epoch: bool) -> TimeStyles | None:
    """Return the styles of a time column, None when it is not one. `epoch`: integers may be times here."""
    filled = [value for value in values if value is not None and value != ""]
    found = Counter(style for value in filled if (style := _style_of(value, epoch=epoch)) is not None)
    if not filled or found.total() < MOST * len(filled):
        return None
    merged = Counter[TimeStyle]()
    for style, count in found.items():
        merged[_merge(style, found)] += count
    styles = [style for style, _ in merged.most_common()]
    return TimeStyles(tuple(TimeStyle(one.kind, one.format, _quantum(one, filled)) for one in styles))


def _style_of(value: object, *, epoch: bool) -> TimeStyle | None:
    if isinstance(value, datetime):
        return TimeStyle(TimeKind.DATETIME)
    if isinstance(value, date):
        return TimeStyle(TimeKind.DATE)
    number = _integer(value)
    if number is not None and epoch and _from_epoch(number) is not None:
        return TimeStyle(TimeKind.MILLISECONDS if number >= _MILLISECONDS_FROM else TimeKind.SECONDS)
    form = format_of(value) if isinstance(value, str) else None
    return TimeStyle(TimeKind.TEXT, form) if form else None


def format_of(text: str) -> str | None:
    """Return the format of a written date or time, None when it is none."""
    if text.isascii() and text.isdigit():
        compact = _COMPACT.get(len(text))
        return compact if compact and _parse(compact, text) else None
    match = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    if match is None:
        return None
    form = match.re.pattern[:6] == _FORMS[0].pattern[:6]
    part = match.groupdict()
    day, month = _field("d", part["d"]), _field("m", part["m"])
    head = f"%Y{part['s1']}{month}{part['s2']}{day}" if form else f"{month}{part['s1']}{day}{part['s2']}%Y"
    made = head + part["s3"] + _clock(part) + (part["zone"] or "").replace("%", "")
    return made if _parse(made, text) else _parse_day_first(made, text)


def _parse_day_first(form: str, text: str) -> str | None:
    swapped = form.translate({ord("m"): "d", ord("d"): "m"})
    return swapped if swapped.endswith("%Y") and _parse(swapped, text) else None


def _clock(part: dict[str, str | None]) -> str:
    if part["H"] is None:
        return ""
    seconds = "" if part["S"] is None else ":%S"
    fraction = "" if part["f"] is None else f"{part['point']}%{len(part['f'])}f"
    return f"{part['gap']}{_field('H', part['H'])}:%M{seconds}{fraction}"


def _field(letter: str, text: str | None) -> str:
    return f"%{letter}" if text and len(text) == 2 else f"%-{letter}"


def _merge(style: TimeStyle, found: Counter[TimeStyle]) -> TimeStyle:
    """A value such as 2026/11/12 does not tell whether zeros are written; a sibling without them does."""
    key = style.format.replace("%-", "%")
    loose = [other for other in found if other.format.replace("%-", "%") == key and other.kind is style.kind]
    return max(loose, key=lambda other: (other.format.count("%-"), other.format))


def _quantum(style: TimeStyle, values: Sequence[object]) -> timedelta:
    times = [at for value in values if (at := style.read(value)) is not None]
    for quantum in _QUANTA:
        if all((at - at.replace(hour=0, minute=0, second=0, microsecond=0)) % quantum == timedelta(0) for at in times):
            return quantum
    return timedelta(microseconds=1)


def _integer(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 13:
        return int(value)
    return None


def _from_epoch(number: int) -> datetime | None:
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    try:
        at = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return None
    return at if at.year in _EPOCH_YEARS else None


@lru_cache(maxsize=256)
def _compiled(form: str) -> tuple[re.Pattern[str], tuple[str, ...], Callable[[datetime], str]]:
    names = tuple(_TOKEN.findall(form))
    width = {"Y": r"(\d{4})"} | dict.fromkeys("mdHMS", r"(\d\d)") | {f"-{one}": r"(\d{1,2})" for one in "mdHMS"}
    literal = [re.escape(part) for part in _TOKEN.split(form)[::2]]
    groups = [width.get(name, rf"(\d{{{name[0]}}})") for name in names]
    pattern = "".join(a + b for a, b in zip(literal, [*groups, ""], strict=True))
    return re.compile(pattern, re.ASCII), names, _writer(form)


def _writer(form: str) -> Callable[[datetime], str]:
    """Build one %-template and a getter per field: several times faster than strftime."""
    if form in _ISO:
        return lambda at: at.replace(tzinfo=None).isoformat(_ISO[form], "seconds")
    spell = {"Y": "%04d"} | dict.fromkeys("mdHMS", "%02d") | {f"-{one}": "%d" for one in "mdHMS"}
    names = _TOKEN.findall(form)
    literal = [part.replace("%", "%%") for part in _TOKEN.split(form)[::2]]
    template = "".join(
        a + b for a, b in zip(literal, [*(spell.get(name, f"%0{name[0]}d") for name in names), ""], strict=True)
    )
    fields = tuple(_ATTRIBUTE.get(name.removeprefix("-"), name) for name in names)

    def write(at: datetime) -> str:
        return template % tuple(
            at.microsecond // 10 ** (6 - int(name[0])) if name[0].isdigit() else getattr(at, name) for name in fields
        )

    return write


_ATTRIBUTE = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}


@lru_cache(maxsize=65536)
def _parse(form: str, text: str) -> datetime | None:
    pattern, names, _ = _compiled(form)
    match = pattern.fullmatch(text)
    if match is None:
        return None
    part = {"year": 1, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    for name, digits in zip(names, match.groups(), strict=True):
        if name[0].isdigit():
            part["microsecond"] = int(digits.ljust(6, "0"))
        else:
            part[_ATTRIBUTE[name.removeprefix("-")]] = int(digits)
    try:
        return datetime(**part)  # type: ignore[arg-type]  # noqa: DTZ001 - the text names no zone
    except ValueError:
        return None


def _render(form: str, at: datetime) -> str:
    return _compiled(form)[2](at)
