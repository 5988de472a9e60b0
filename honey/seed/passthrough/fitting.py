"""Decides where each decoy of an export goes and what its row says there. Reads the table; writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from honey.derive import stream
from honey.generate.row import Around, fit_row, has_room
from honey.host.columnprofile import Treatment
from honey.host.profile import Profile
from honey.model.decoy import Decoy
from honey.model.waybill import Role
from honey.seed.passthrough.cellstyle import Dress, defuse
from honey.seed.passthrough.order import SortedColumn
from honey.seed.passthrough.ordinary import Ordinary
from honey.seed.passthrough.place import positions
from honey.seed.passthrough.table import Insert, Table

MIN_CHANGES = 8  # rises without a fall by which a column is sorted and not just lucky (1 in 181,440 either way)
DONOR_REACH_ROWS = 64  # how far from its place a decoy's donor may stand
_BLOCK_ROWS = 128
_MAX_BLOCKS = 16
_SPAN = 4  # rows on each side whose cells excuse a formula start

_ROW_OWN = frozenset({Treatment.TIME, Treatment.ANEW, Treatment.COPY})  # a neighbour's value may stand there twice

Cells = Sequence[str]


def _is_decoys_own(role: Role) -> bool:
    """Whether the decoy, not the rows around it, decides the column."""
    return role in {Role.WAYBILL_NUMBER, Role.LINK, Role.GOODS} or role.value.startswith("recipient")


@dataclass(slots=True)
class Fitter:
    """Fits decoys into one export. `dresses` are the affixes of each column's cells; `key` seeds every draw."""

    table: Table
    profile: Profile
    ordinary: Ordinary
    dresses: Sequence[Dress]
    key: bytes
    _blocks: dict[int, list[Cells]] = field(default_factory=dict)

    def fit(self, decoys: Sequence[Decoy]) -> list[tuple[Decoy, Insert]]:
        """Return each decoy with its place and row, in order of place."""
        places = positions(len(decoys), self.table.rows, stream(self.key, "place"), self._match)
        queue = list(zip(decoys, places, strict=True))
        leading = self._leading_column()
        if leading is not None:
            queue = self._by_value(queue, leading)
        fitted: list[tuple[Decoy, Insert]] = []
        for decoy, place in queue:
            last = fitted[-1][1] if fitted and fitted[-1][1].after == place else None
            fitted.append((decoy, self._insert(decoy, place, last)))
        return fitted

    def _insert(self, decoy: Decoy, place: int, last: Insert | None) -> Insert:
        """Make the decoy's row after row `place`, or after the decoy `last` put there already."""
        before = last.cells if last else self._whole(place)
        after = self._whole(place + 1)
        rng = stream(self.key, "fit", decoy.id)
        donor = self._donor(place, rng)
        row = self._row(self._cells(donor))
        around = Around(self._row(before) if before else None, self._row(after) if after else None)
        made = fit_row(decoy, row, self.profile, rng, around=around)
        cells = [
            dress.put_on("" if (value := made.get(name)) is None else str(value))
            for name, dress in zip(self.table.names, self.dresses, strict=True)
        ]
        if before and after:
            for column in self._followed():
                at = column.index
                if not (column.in_order(before[at], cells[at]) and column.in_order(cells[at], after[at])):
                    cells[at] = column.fill(before[at], after[at], rng)
        near = [found for row in range(place - _SPAN, place + _SPAN + 2) if (found := self._whole(row))]
        return Insert(place, donor, tuple(defuse(cell, [one[at] for one in near]) for at, cell in enumerate(cells)))

    def _match(self, place: int) -> int:
        """Say how well a place suits: after an ordinary row, with room for numbers between it and the next."""
        cells, following = self._cells(place), self._whole(place + 1)
        if not self.ordinary.holds(cells):
            return 0
        if following is None:
            return 2
        room = has_room(self.profile, Around(self._row(cells), self._row(following)))
        room = room and all(
            column.has_room(cells[column.index], following[column.index])
            for column in self._followed()
            if column.strict and column.numeric
        )
        return 3 if room else 2

    def _followed(self) -> list[SortedColumn]:
        """Return the sorted columns in which a decoy follows its neighbours: never one that holds people's values."""
        followed = {
            one.column.name for one in self.profile.columns if one.treatment in _ROW_OWN and not one.mirrors
        }  # fmt: skip
        return [column for column in self.table.sorted_columns if self.table.names[column.index] in followed]

    def _leading_column(self) -> SortedColumn | None:
        """Return the sorted column whose value the decoy brings along, so that it decides the place."""
        by_name = {name: role for role, name in self.profile.roles.items() if _is_decoys_own(role)}
        leading = [
            (by_name[name] is not Role.WAYBILL_NUMBER, column.index, column)
            for column in self.table.sorted_columns
            if (name := self.table.names[column.index]) in by_name and column.changes >= MIN_CHANGES
        ]
        return min(leading, key=lambda one: one[:2])[2] if leading else None

    def _by_value(self, queue: Sequence[tuple[Decoy, int]], leading: SortedColumn) -> list[tuple[Decoy, int]]:
        """Move decoys to where the value they bring belongs; unreadable values stay where they were drawn."""
        unreadable: list[tuple[Decoy, int]] = []
        moved: list[tuple[object, Decoy, int]] = []
        for decoy, place in queue:
            text = self._insert(decoy, place, None).cells[leading.index]
            value = leading.read(text)
            if value is None:
                unreadable.append((decoy, place))
            else:
                moved.append((value, decoy, self._rows_before(text, leading) - 1))
        moved.sort(key=lambda one: one[0], reverse=leading.descending)  # type: ignore[arg-type,return-value]  # one kind
        return sorted([*unreadable, *((decoy, place) for _, decoy, place in moved)], key=lambda one: one[1])

    def _rows_before(self, text: str, leading: SortedColumn) -> int:
        """Return how many rows belong before a value, by halving; rows without one go with the next that has."""
        low, high = 0, self.table.rows
        while low < high:
            middle = at = (low + high) // 2
            while at < high and leading.read(self._at(at, leading.index)) is None:
                at += 1
            if at == high or not leading.in_order(self._at(at, leading.index), text):
                high = middle
            else:
                low = at + 1
        return low

    def _donor(self, place: int, rng: Random) -> int:
        """Return the row a decoy is shaped after: an ordinary one near its place, of the same outlet and account.

        Not a direct neighbour where there are others: two rows in a row of one weight and price would show.
        """
        start, stop = max(0, place - DONOR_REACH_ROWS), min(self.table.rows, place + DONOR_REACH_ROWS)
        anchor = self._whole(max(0, place)) or ()
        near: list[int] = sorted(range(start, stop), key=lambda row: abs(row - place))
        whole = [row for row in near if self._whole(row)]
        ordinary = [row for row in whole if self.ordinary.holds(self._cells(row))]
        alike = [row for row in ordinary if all(self._at(row, at) == anchor[at] for at in self._shared() if anchor)]
        apart = [row for row in alike if row not in {place, place + 1}]
        if apart:
            return rng.choice(apart)
        return (alike or ordinary or whole or near)[0]

    def _shared(self) -> list[int]:
        """Return the columns in which a decoy agrees with the row before it, whoever its donor is."""
        names = {self.profile.roles.get(role) for role in (Role.OUTLET, Role.ACCOUNT)}
        return [at for at, name in enumerate(self.table.names) if name in names]

    def _row(self, cells: Cells) -> dict[str, object]:
        return {
            name: dress.strip(cell) for name, dress, cell in zip(self.table.names, self.dresses, cells, strict=False)
        }

    def _whole(self, row: int) -> Cells | None:
        """Return a row's cells, None outside the file and for ragged rows."""
        if not 0 <= row < self.table.rows:
            return None
        cells = self._cells(row)
        return cells if len(cells) == len(self.table.names) else None

    def _at(self, row: int, column: int) -> str:
        cells = self._cells(row)
        return cells[column] if column < len(cells) else ""

    def _cells(self, row: int) -> Cells:
        block, at = divmod(row, _BLOCK_ROWS)
        if block not in self._blocks:
            if len(self._blocks) >= _MAX_BLOCKS:
                self._blocks.clear()
            start = block * _BLOCK_ROWS
            self._blocks[block] = [record.cells for record in self.table.between(start, start + _BLOCK_ROWS)]
        return self._blocks[block][at]
