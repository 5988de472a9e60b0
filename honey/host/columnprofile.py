"""What the sampled values of one column say, and what a decoy's row must do with the column.

Pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from honey.host.amounts import is_fraction
from honey.host.column import Column, ColumnType
from honey.host.namestyle import NameStyle, learn_names
from honey.host.personal import PersonalKind, personal_kind
from honey.host.phonestyle import PhoneStyle, learn_phones
from honey.host.rising import Rising, learn_rising
from honey.host.shape import Shape, learn_shapes
from honey.host.timestyle import TimeStyles, learn_times
from honey.model.waybill import Role, Row

USUAL_ROWS = 3  # a text seen in so many sampled rows is the host's own wording, not one customer's
NEARLY_ALL = 0.995  # distinct share from which a column identifies its row
ENOUGH_ROWS = 20  # below this many values a distinct share says nothing
MEASURES = 0.8  # distinct share from which a copied fractional amount would stand out as a double
FEW = 0.2  # distinct share up to which a column holds a few values only
SAME_SHARE = 0.95  # of the rows in which two columns agree, for one to mirror the other
_CODE_SHAPES = 12  # codes come in few shapes; prose in as many as there are values
_TIME_HINTS = ("time", "date", "_at", "_ts", "timestamp", "时间", "日期")


class Treatment(StrEnum):
    """What happens to a column when a decoy's row is made from a donor row."""

    OMIT = "omit"  # computed, or filled in by the host
    DECOY = "decoy"  # the decoy's own value, by role
    TIME = "time"  # moved with all other times of the row
    ANEW = "anew"  # identifies the row: drawn in the column's shape
    MEASURE = "measure"  # a fractional number nearly unique to its row: moved a little
    SENDER = "sender"  # kept when it is a business, else replaced
    PERSONAL = "personal"  # somebody's value in a column without a role: never copied
    PROSE = "prose"  # free text: kept only when several rows say the same
    COPY = "copy"  # the donor's, so that the columns agree


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column as its sampled values show it."""

    column: Column
    role: Role | None = None
    treatment: Treatment = Treatment.COPY
    null_share: float = 0.0
    distinct_share: float = 0.0  # of the filled values
    blank: object = None  # how this column writes "nothing": None or ""
    integer: bool = False  # its filled values are Python integers
    usual: frozenset[object] = frozenset()  # seen in USUAL_ROWS sampled rows or more
    seen: frozenset[str] = frozenset()  # every sampled value as text, kept where values are made anew
    times: TimeStyles | None = None
    newest: datetime | None = None  # latest time seen, naive
    phone: PhoneStyle | None = None
    name: NameStyle | None = None
    shapes: tuple[Shape, ...] = ()
    rising: Rising | None = None
    personal: PersonalKind | None = None
    mirrors: str = ""  # an earlier column whose value this one repeats

    @property
    def low_cardinality(self) -> bool:
        """Whether the column holds a few values only, a status or a carrier."""
        return self.distinct_share <= FEW


def naive(at: datetime) -> datetime:
    """Return a time without zone, in UTC when it had one: for comparing rows of one table."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def time_hint(column: Column) -> bool:
    """Whether a column's name lets its integers be times."""
    return any(hint in column.name.lower() for hint in _TIME_HINTS)


def learn_column(
    column: Column, role: Role | None, values: Sequence[object], row_times: Sequence[datetime | None]
) -> ColumnProfile:
    """Return the profile of one column; `row_times` says when each row was made, as far as known."""
    return _Facts(column, role, values, row_times).profile()


def mirroring(
    learnt: ColumnProfile, values: Sequence[object], earlier: Sequence[ColumnProfile], rows: Sequence[Row]
) -> ColumnProfile:
    """Note an earlier column that this one repeats, so that both get the same new value."""
    if learnt.role is not None or learnt.treatment in {Treatment.OMIT, Treatment.TIME} or learnt.low_cardinality:
        return learnt
    for other in earlier:
        if other.treatment in {Treatment.DECOY, Treatment.ANEW}:
            pairs = [(a, b) for a, row in zip(values, rows, strict=True) if (b := row.get(other.column.name)) and a]
            same = sum(str(a) == str(b) for a, b in pairs)
            if len(pairs) >= USUAL_ROWS and same >= SAME_SHARE * len(pairs):
                return replace(learnt, mirrors=other.column.name)
    return learnt


def _is_fraction(filled: Sequence[object]) -> bool:
    return sum(map(is_fraction, filled)) * 2 > len(filled)


def comparable(value: object) -> object:
    """Return a value that can be counted and looked up: itself, or its text when it cannot be hashed."""
    return value if isinstance(value, str | int | float | datetime) else repr(value)


@dataclass(frozen=True, slots=True)
class _Facts:
    """One column's sampled values while its profile is made."""

    column: Column
    role: Role | None
    values: Sequence[object]
    row_times: Sequence[datetime | None]

    def profile(self) -> ColumnProfile:
        filled = [value for value in self.values if value is not None and value != ""]
        counts = Counter(map(comparable, filled))
        times = self._times()
        personal = self._personal(filled, times)
        distinct = len(counts) / len(filled) if filled else 0.0
        treatment = self._treatment(filled, distinct, times, personal)
        anew = treatment is Treatment.ANEW or self.role is Role.WAYBILL_NUMBER
        read = [naive(found[0]) for value in filled if times and (found := times.read(value))]
        name = self.role in {Role.RECIPIENT_NAME, Role.SENDER_NAME} or personal is PersonalKind.NAME
        phone = self.role in {Role.RECIPIENT_PHONE, Role.SENDER_PHONE} or personal is PersonalKind.PHONE
        return ColumnProfile(
            column=self.column,
            role=self.role,
            treatment=treatment,
            null_share=sum(value is None for value in self.values) / len(self.values) if self.values else 0.0,
            distinct_share=distinct,
            blank=self._blank(),
            integer=bool(filled) and all(isinstance(value, int) and not isinstance(value, bool) for value in filled),
            usual=frozenset(value for value, count in counts.items() if count >= USUAL_ROWS),
            seen=frozenset(map(str, filled)) if anew else frozenset(),
            times=times,
            newest=max(read, default=None),
            phone=learn_phones(filled) if phone else None,
            name=learn_names(filled, self.column.max_length) if name else None,
            shapes=learn_shapes(self.values, self.row_times) if anew else (),
            rising=learn_rising(self.values, self.row_times) if anew else None,
            personal=personal,
        )

    def _times(self) -> TimeStyles | None:
        if self.role not in {None, Role.CREATED_AT}:
            return None
        typed = self.column.type in {ColumnType.DATETIME, ColumnType.DATE}
        return learn_times(self.values, epoch=typed or self.role is Role.CREATED_AT or time_hint(self.column))

    def _personal(self, filled: Sequence[object], times: TimeStyles | None) -> PersonalKind | None:
        if self.role is not None or times is not None:
            return None
        return personal_kind(self.column.name, filled)

    def _blank(self) -> object:
        if any(value == "" for value in self.values) or not self.column.nullable:
            return ""
        nulls = any(value is None for value in self.values)
        return None if nulls or self.column.sql_type else ""  # an export has no NULL

    def _treatment(
        self, filled: Sequence[object], distinct: float, times: TimeStyles | None, personal: PersonalKind | None
    ) -> Treatment:
        if self.column.computed or (self.column.autoincrement and self.role is None):
            return Treatment.OMIT
        if self.role is not None:
            return _BY_ROLE.get(self.role, _by_family(self.role)) if times is None else Treatment.TIME
        if times is not None:
            return Treatment.TIME
        return self._unmapped(filled, distinct, personal)

    def _unmapped(self, filled: Sequence[object], distinct: float, personal: PersonalKind | None) -> Treatment:
        if personal is not None and not self.column.foreign_key:
            return Treatment.PERSONAL
        if len(filled) >= ENOUGH_ROWS and distinct >= MEASURES and _is_fraction(filled):
            return Treatment.MEASURE
        identifying = len(filled) >= ENOUGH_ROWS and distinct >= NEARLY_ALL
        alone = self.column.unique or self.column.primary_key or identifying
        return self._anew(filled) if alone and not self.column.foreign_key else Treatment.COPY

    def _anew(self, filled: Sequence[object]) -> Treatment:
        texts = [str(value) for value in filled]
        prose = sum(" " in text or not text.isascii() for text in texts) * 2 > len(texts)
        shapes = len(learn_shapes(texts, [None] * len(texts)))
        return Treatment.PROSE if prose or shapes > max(_CODE_SHAPES, len(texts) // 4) else Treatment.ANEW


_BY_ROLE = {
    Role.ORDER_NUMBER: Treatment.ANEW,
    Role.ACCOUNT: Treatment.COPY,
    Role.OUTLET: Treatment.COPY,
    Role.CREATED_AT: Treatment.COPY,  # written in no way we can read
    Role.NOTE: Treatment.PROSE,
}


def _by_family(role: Role) -> Treatment:
    return Treatment.SENDER if role.value.startswith("sender") else Treatment.DECOY
