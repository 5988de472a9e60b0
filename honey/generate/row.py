"""One row for one decoy: a donor row of the host with every trace of its customer replaced.

Pure. Keeps nothing of the donor that could belong to a person; see docs/decisions/0201 and 0202.
"""

import random
from collections.abc import Callable

from honey.errors import HostError
from honey.generate.around import Around, has_room, number_bounds, time_bounds
from honey.generate.codes import new_code, new_measure
from honey.generate.donors import choose_donors
from honey.generate.fields import DecoyFields
from honey.generate.scrub import Scrubber
from honey.generate.sender import sender_values
from honey.generate.times import move_times
from honey.host.columnprofile import ColumnProfile, Treatment, comparable
from honey.host.personal import PersonalKind
from honey.host.profile import Profile
from honey.host.senders import sender_key
from honey.model.decoy import Decoy
from honey.model.waybill import Role, Row
from honey.translation import _

__all__ = ["Around", "choose_donors", "fit_row", "has_room"]

_OWNER_SHARE = 0.3  # of null values from which an empty field stands out no more than a wrong one


def fit_row(
    decoy: Decoy, donor: Row, profile: Profile, rng: random.Random, *, around: Around | None = None
) -> dict[str, object]:
    """Return the decoy's row, column by column, without the columns the host fills in itself.

    `around` gives the rows it will stand between in an export: times and running numbers then lie between theirs.
    Raises HostError naming the column when one of the decoy's values does not fit it.
    """
    return _Fitting(decoy, donor, profile, rng, around).row()


class _Fitting:
    """The parts of one row while it is made."""

    def __init__(
        self,
        decoy: Decoy,
        donor: Row,
        profile: Profile,
        rng: random.Random,
        around: Around | None,
    ) -> None:
        self._decoy, self._donor, self._profile, self._rng, self._around = decoy, donor, profile, rng, around
        self._times = move_times(donor, profile, rng, time_bounds(around, profile))
        self._fields = DecoyFields(decoy, donor, profile)
        self._sender = sender_values(donor, profile, rng)
        kept = sender_key(donor, profile.roles) in profile.senders
        self._scrubber = Scrubber(decoy, donor, profile.roles, sender_kept=kept)

    def row(self) -> dict[str, object]:
        made: dict[str, object] = {}
        for column in self._profile.columns:
            name, treatment = column.column.name, column.treatment
            if treatment is Treatment.OMIT:
                continue
            theirs = self._donor.get(name)
            if column.mirrors:
                made[name] = self._fitted(column, made.get(column.mirrors) if theirs else theirs)
            elif treatment is Treatment.COPY and theirs is not None and not isinstance(theirs, str):
                made[name] = theirs
            else:
                made[name] = self._fitted(column, _TREATMENTS[treatment](self, column, theirs))
        return made

    def decoy_value(self, column: ColumnProfile, value: object) -> object:
        role = column.role
        assert role is not None, "only a column with a role is given the decoy's value"  # noqa: S101 - see _BY_ROLE
        own = self._fields.by_role(role, column)
        if own is None and role is Role.WAYBILL_NUMBER and value and not column.column.nullable:
            return self.anew(column, value)
        return own if own is not None else _nothing(column)

    def time(self, column: ColumnProfile, value: object) -> object:
        return self._times.values.get(column.column.name, value)

    def anew(self, column: ColumnProfile, value: object) -> object:
        if value is None or value == "":
            return value
        bounds = number_bounds(self._around, column, descending=self._profile.descending)
        return new_code(column, value, self._rng, at=self._times.created_at, bounds=bounds)

    def measure(self, _: ColumnProfile, value: object) -> object:
        return new_measure(value, self._rng)

    def sender(self, column: ColumnProfile, value: object) -> object:
        if self._sender is not None:
            return self._sender.get(column.column.name, value)
        role = column.role
        if value is None or value == "" or role is None or column.null_share > _OWNER_SHARE:
            return value if value is None or value == "" else _nothing(column)
        own = self._fields.by_sender_role(role, column)
        return own if own is not None else _nothing(column)

    def personal(self, column: ColumnProfile, value: object) -> object:
        if value is None or value == "":
            return value
        # Few people over many rows are staff, not customers: there the decoy's own value would be odd.
        staff = column.low_cardinality and column.personal is not PersonalKind.ADDRESS
        if staff and column.column.nullable:
            return _nothing(column)
        own = self._fields.by_kind(column.personal, column) if column.personal is not None else None
        return own if own is not None else _nothing(column)

    def prose(self, column: ColumnProfile, value: object) -> object:
        kept = value is None or value == "" or comparable(value) in column.usual
        return self._scrubber.clean(value, _nothing(column)) if kept else _nothing(column)

    def copy(self, column: ColumnProfile, value: object) -> object:
        return self._scrubber.clean(value, _nothing(column)) if isinstance(value, str) else value

    def _fitted(self, column: ColumnProfile, value: object) -> object:
        name, room = column.column.name, column.column.max_length
        if value is None and not column.column.nullable and not column.column.has_default:
            raise HostError(
                _(
                    "column {name!r} must not be empty, and decoy {decoy} has no value for it",
                    name=name,
                    decoy=self._decoy.id,
                )
            )
        if column.integer and isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if room is not None and isinstance(value, str) and len(value) > room:
            raise HostError(
                _(
                    "column {name!r} holds {room} characters and decoy {decoy} needs {count} there: use "
                    "shorter beacons, or leave the column's role out of [host.columns]",
                    name=name,
                    room=room,
                    decoy=self._decoy.id,
                    count=len(value),
                )
            )
        return value


def _nothing(column: ColumnProfile) -> object:
    return column.blank if column.column.nullable or not column.integer else 0


_Treat = Callable[[_Fitting, ColumnProfile, object], object]
_TREATMENTS: dict[Treatment, _Treat] = {
    Treatment.DECOY: _Fitting.decoy_value,
    Treatment.TIME: _Fitting.time,
    Treatment.ANEW: _Fitting.anew,
    Treatment.MEASURE: _Fitting.measure,
    Treatment.SENDER: _Fitting.sender,
    Treatment.PERSONAL: _Fitting.personal,
    Treatment.PROSE: _Fitting.prose,
    Treatment.COPY: _Fitting.copy,
}
