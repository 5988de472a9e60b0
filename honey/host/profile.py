"""What a table's own rows teach: how each column is written, and what a decoy's row must do with it.

Pure: columns and a sample of rows in, one frozen profile out; it never sees a database. A profile holds values of
real rows and is as secret as they are; it is not stored.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from honey.host.amounts import related_amounts
from honey.host.column import Column
from honey.host.columnprofile import ColumnProfile, Treatment, learn_column, mirroring, naive, time_hint
from honey.host.namestyle import NameStyle, Script, script_of
from honey.host.placestyle import PlaceStyle, learn_places
from honey.host.recipienttext import RecipientTextStyle, learn_recipient_text
from honey.host.senders import BusinessSender, learn_senders, sender_columns
from honey.host.timestyle import learn_times
from honey.model.waybill import ColumnRoles, Role, Row


@dataclass(frozen=True, slots=True)
class Profile:
    """What the rows around a decoy look like."""

    columns: tuple[ColumnProfile, ...]
    roles: ColumnRoles
    sampled: int
    script: Script = Script.HAN
    name_style: NameStyle = field(default_factory=NameStyle)
    places: PlaceStyle = field(default_factory=PlaceStyle)
    recipient_text: RecipientTextStyle = field(default_factory=lambda: RecipientTextStyle((), None))
    senders: Mapping[tuple[str, ...], BusinessSender] = field(default_factory=dict)
    sender_columns: tuple[str, ...] = ()
    goods: tuple[tuple[str, int], ...] = ()  # the host's own goods texts with their counts, most frequent first
    times: tuple[ColumnProfile, ...] = ()  # the columns that move together
    created_at: str = ""  # the column all other times of a row follow, empty when there is none
    gap: timedelta = timedelta(minutes=1)  # typical time from one row to the next
    descending: bool = False  # the rows came newest first

    def column(self, name: str) -> ColumnProfile | None:
        """Return the profile of one column."""
        return next((one for one in self.columns if one.column.name == name), None)


def learn(columns: Sequence[Column], rows: Sequence[Row], roles: ColumnRoles) -> Profile:
    """Learn how a table or an export writes its rows, from a sample of them in their own order."""
    role_of = {name: role for role, name in roles.items()}
    created_at = _created_at(columns, rows, roles)
    times = row_times(rows, created_at)
    profiles: list[ColumnProfile] = []
    sums = related_amounts(rows, [column.name for column in columns])
    for column in columns:
        values = [row.get(column.name) for row in rows]
        learnt = learn_column(column, role_of.get(column.name), values, times)
        if learnt.treatment is Treatment.MEASURE and column.name in sums:
            learnt = replace(learnt, treatment=Treatment.COPY)
        profiles.append(mirroring(learnt, values, profiles, rows))
    recipient = roles.get(Role.RECIPIENT)
    name_column = roles.get(Role.RECIPIENT_NAME) or roles.get(Role.SENDER_NAME)
    known = [at for at in times if at is not None]
    return Profile(
        columns=tuple(profiles),
        roles=dict(roles),
        sampled=len(rows),
        script=script_of([row.get(name) for row in rows for name in (name_column, recipient) if name]),
        name_style=_name_style(name_column, profiles),
        places=learn_places(rows, roles),
        recipient_text=learn_recipient_text([row.get(recipient) for row in rows] if recipient else []),
        senders=learn_senders(rows, roles),
        sender_columns=sender_columns(roles),
        goods=_goods(rows, roles),
        times=tuple(one for one in profiles if one.treatment is Treatment.TIME),
        created_at=created_at,
        gap=_gap(known),
        descending=sum(a > b for a, b in pairwise(known)) * 2 > len(known),
    )


def row_times(rows: Sequence[Row], column: str) -> list[datetime | None]:
    """Return each row's time from a column, naive."""
    styles = learn_times([row.get(column) for row in rows], epoch=True) if column else None
    read = [styles.read(row.get(column)) if styles else None for row in rows]
    return [naive(found[0]) if found else None for found in read]


def _created_at(columns: Sequence[Column], rows: Sequence[Row], roles: ColumnRoles) -> str:
    if Role.CREATED_AT in roles:
        return roles[Role.CREATED_AT]
    for column in columns:
        values = [row.get(column.name) for row in rows]
        if column.name not in set(roles.values()) and learn_times(values, epoch=time_hint(column)):
            return column.name
    return ""


def _gap(times: Sequence[datetime]) -> timedelta:
    steps = sorted(b - a for a, b in pairwise(sorted(times)) if b > a)
    return steps[len(steps) // 2] if steps else timedelta(minutes=1)


def _goods(rows: Sequence[Row], roles: ColumnRoles) -> tuple[tuple[str, int], ...]:
    name = roles.get(Role.GOODS)
    found = Counter(value for row in rows if name and isinstance(value := row.get(name), str) and value)
    return tuple(found.most_common())


def _name_style(column: str | None, profiles: Sequence[ColumnProfile]) -> NameStyle:
    found = next((one.name for one in profiles if one.column.name == column and one.name), None)
    return found or NameStyle()
