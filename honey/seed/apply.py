"""Bring intended rows into the host and take them out again; see `journal` for the order of operations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from honey.errors import HostError
from honey.host.failure import HostRowError
from honey.host.table import HostTable
from honey.model.decoy import DecoyId
from honey.model.waybill import Role
from honey.seed.journal import HostRow, Journal
from honey.translation import _

BATCH_ROWS = 500  # one host transaction; short, because the host is in use

# The parts of a decoy that nobody else's row carries together, most telling first.
_IDENTITY = (
    Role.WAYBILL_NUMBER, Role.RECIPIENT, Role.RECIPIENT_EMAIL, Role.RECIPIENT_ADDRESS, Role.RECIPIENT_NAME,
    Role.RECIPIENT_PHONE, Role.LINK,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run did. `rejects` pairs a decoy with the host's reason; `lost` were intended to go but not found."""

    planted: int = 0
    found: int = 0  # already there: an earlier run was cut short after the host had them
    removed: int = 0
    rejects: tuple[tuple[DecoyId, str], ...] = ()
    lost: tuple[DecoyId, ...] = field(default=())


def plant(
    table: HostTable,
    rows: Sequence[HostRow],
    journal: Journal,
    *,
    resumed: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> Applied:
    """Insert rows that the journal calls intended. `resumed`: an earlier run may have inserted some of them."""
    planted = found = 0
    rejects: list[tuple[DecoyId, str]] = []
    for batch in _batches(rows):
        present = _present(table, batch) if resumed else []
        known = {one.decoy for one in present}
        fresh, refused = _insert(table, [one for one in batch if one.decoy not in known])
        for decoy, reason in refused:
            journal.rejected(decoy, reason)
        journal.confirmed([*present, *fresh])
        planted, found = planted + len(fresh), found + len(present)
        rejects += refused
        progress(len(batch))
    return Applied(planted=planted, found=found, rejects=tuple(rejects))


def unplant(
    table: HostTable, rows: Sequence[HostRow], journal: Journal, *, progress: Callable[[int], None] = lambda _: None
) -> Applied:
    """Delete rows, whether the journal calls them intended or confirmed; what the host lost already is reported."""
    removed, lost = 0, list[DecoyId]()
    for batch in _batches(rows):
        present = _present(table, batch)
        table.delete([one.key for one in present if one.key is not None])
        there = {one.decoy for one in present}
        lost += [one.decoy for one in batch if one.decoy not in there and one.key is not None]
        journal.removed([one.decoy for one in batch])
        removed += len(present)
        progress(len(batch))
    return Applied(removed=removed, lost=tuple(lost))


def restore_counter(table: HostTable, rows: Sequence[HostRow]) -> None:
    """Take the host's own row counter back below the numbers it gave to our rows, as far as no other row came after.

    `rows` are all rows ever planted, the removed ones too: together they show which of the last numbers were ours. A
    number that the host gave to a row of its own since is not.
    """
    count = table.counter()
    if count is None or len(table.primary_key) != 1:
        return
    column = table.primary_key[0]
    ours = {one.key.get(column) for one in rows if one.key}
    before = count
    while before in ours:
        before -= 1
    standing = table.find_many(column, range(before + 1, count + 1))
    table.restore_counter(max([before, *(int(str(one[column])) for one in standing)]), count)


def identity(table: HostTable, row: HostRow) -> dict[str, object]:
    """Return the columns and values by which a row is recognised before the host has given it a key."""
    columns = [table.roles[role] for role in _IDENTITY if role in table.roles]
    return {name: row.values[name] for name in columns if row.values.get(name) is not None}


def _insert(table: HostTable, rows: Sequence[HostRow]) -> tuple[list[HostRow], list[tuple[DecoyId, str]]]:
    """Insert all rows but those the host refuses; every other row of the batch goes in."""
    left, refused = list(rows), list[tuple[DecoyId, str]]()
    while left:
        try:
            keys = table.insert([one.values for one in left])
        except HostRowError as error:
            refused.append((left.pop(error.index).decoy, error.reason))
            continue
        written = [replace(one, key=dict(key)) for one, key in zip(left, keys, strict=True)]
        try:
            _read_back(table, written)
        except HostError:  # a row that cannot be recognised must not stay: the next run would plant it again
            table.delete([dict(key) for key in keys])
            restore_counter(table, written)
            raise
        return written, refused
    return [], refused


def _read_back(table: HostTable, rows: Sequence[HostRow]) -> None:
    """Raise HostError unless every row stands in the host with our identity under the key it was given."""
    if len(_present(table, rows)) < len(rows):
        raise HostError(
            _("{place}: a row read back differs from the one written: look for a trigger on it", place=table.place)
        )


def _present(table: HostTable, rows: Sequence[HostRow]) -> list[HostRow]:
    """Return those rows that are in the host, each with its key."""
    wanted = {one.decoy: {**(one.key or {}), **identity(table, one)} for one in rows}
    column = _search_column(table, rows)
    by_value: dict[str, list[dict[str, object]]] = {}
    for stored in table.find_many(column, [values[column] for values in wanted.values() if column in values]):
        by_value.setdefault(str(stored[column]), []).append(stored)
    found = []
    for one in rows:
        values = wanted[one.decoy]
        for stored in by_value.get(str(values.get(column)), ()):
            if all(str(stored[name]) == str(value) for name, value in values.items()):
                found.append(replace(one, key=one.key or _key(table, stored)))
                by_value[str(stored[column])].remove(stored)  # one row is one decoy's
                break
    return found


def _search_column(table: HostTable, rows: Sequence[HostRow]) -> str:
    """Choose the column to look rows up by: the key when all have one, else the most telling identity column."""
    if len(table.primary_key) == 1 and all(one.key for one in rows):
        return table.primary_key[0]
    candidates = [table.roles[role] for role in _IDENTITY if role in table.roles]
    for name in candidates:
        if all(one.values.get(name) is not None for one in rows):
            return name
    raise HostError(
        _(
            "{place}: no mapped column tells a decoy's row apart: map recipient_name or waybill_number",
            place=table.place,
        )
    )


def _key(table: HostTable, stored: dict[str, object]) -> dict[str, object]:
    if table.primary_key:
        return {name: stored[name] for name in table.primary_key}
    return {name: stored[name] for name in stored if stored[name] is not None}


def _batches(rows: Sequence[HostRow]) -> Iterator[Sequence[HostRow]]:
    for at in range(0, len(rows), BATCH_ROWS):
        yield rows[at : at + BATCH_ROWS]
