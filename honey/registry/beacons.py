"""Beacons in the registry, and which of them are used."""

from collections.abc import Iterable

import sqlalchemy as sa

from honey.errors import InputError
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.model.decoy import DecoyId
from honey.pools.overlap import common_value
from honey.pools.stock import Draw, Pools, stock
from honey.pools.template import Template
from honey.registry import schema
from honey.registry.store import Session, next_number
from honey.translation import _

EXCLUSIVE = (BeaconKind.ADDRESS, BeaconKind.WAYBILL_NUMBER)  # one value serves one decoy
_READ_WHOLE = 20_000  # indexes of one beacon that are read in one go; more are asked one by one


def add(session: Session, beacons: Iterable[Beacon]) -> int:
    """Insert beacons not known yet; returns how many. A known one keeps its number, and so its uses.

    Raises InputError for one that changes its role, since a number that was planted cannot become a control, and for
    one that shares values with another: two decoys in one room or with one waybill number could not be told apart.
    """
    known = {(one.kind, one.value): one.role for one in all_beacons(session).values()}
    compared = [(other, Template.parse(other.value)) for other in all_beacons(session).values()]
    number = next_number(session.connection, schema.beacon.c.id)
    rows: list[dict[str, object]] = []
    for one in beacons:
        is_new = (one.kind, one.value) not in known
        role = known.setdefault((one.kind, one.value), one.role)
        if role is not one.role:
            raise InputError(
                _(
                    "{value} is known as a {role}: it cannot become a {wanted}, use another one",
                    value=one.value,
                    role=role,
                    wanted=one.role,
                )
            )
        if is_new:
            _require_apart(one, compared)
            rows.append(
                {
                    "id": number + len(rows),
                    "kind": one.kind.value,
                    "value": one.value,
                    "role": one.role.value,
                    "provider": one.provider,
                }
            )
    if rows:
        session.connection.execute(schema.beacon.insert(), rows)
    return len(rows)


def all_beacons(session: Session) -> dict[int, Beacon]:
    """Return every beacon by its number."""
    query = sa.select(schema.beacon).order_by(schema.beacon.c.id)
    return {
        row.id: Beacon(BeaconKind(row.kind), row.value, BeaconRole(row.role), row.provider)
        for row in session.connection.execute(query)
    }


def pools(session: Session) -> Pools:
    """Return the stock of decoy beacons as it stands in this transaction."""
    return stock(all_beacons(session), _Used(session))


def mark_used(session: Session, draws: Iterable[tuple[DecoyId, Draw]]) -> None:
    """Record what was drawn; two decoys with one contact point are a constraint violation, never silent."""
    rows = [{"beacon_id": one.beacon, "value_index": one.index, "decoy_id": decoy} for decoy, one in draws]
    if rows:
        session.connection.execute(schema.beacon_use.insert(), rows)


def usage(session: Session) -> dict[int, int]:
    """Return how many values of each beacon are planted."""
    table = schema.beacon_use
    query = sa.select(table.c.beacon_id, sa.func.count()).group_by(table.c.beacon_id)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def _require_apart(one: Beacon, compared: list[tuple[Beacon, Template]]) -> None:
    """Raise InputError when it overlaps a beacon compared before; numbers of one role may, since decoys share them."""
    template = Template.parse(one.value)
    for other, known in compared:
        if other.kind is not one.kind or not (template.ranges or known.ranges):
            continue
        if one.kind in EXCLUSIVE or other.role is not one.role:
            shared = common_value(template, known)
            if shared is not None:
                raise InputError(
                    _(
                        "{value} overlaps {other}, a {role}: both stand for {shared}",
                        value=one.value,
                        other=other.value,
                        role=other.role,
                        shared=shared,
                    )
                )
    compared.append((one, template))


class _Used:
    """The planted contact points of this transaction: none are asked for where none can be, few are read at once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._counts = usage(session)
        self._known: dict[int, frozenset[int]] = {}

    def has(self, beacon: int, index: int) -> bool:
        table = schema.beacon_use
        if self.count(beacon) > _READ_WHOLE:
            query = sa.select(table.c.decoy_id).where(table.c.beacon_id == beacon, table.c.value_index == index)
            return self._session.connection.execute(query).first() is not None
        if beacon not in self._known:
            query = sa.select(table.c.value_index).where(table.c.beacon_id == beacon)
            found = self._session.connection.execute(query).scalars() if self.count(beacon) else ()
            self._known[beacon] = frozenset(found)
        return index in self._known[beacon]

    def count(self, beacon: int) -> int:
        return self._counts.get(beacon, 0)
