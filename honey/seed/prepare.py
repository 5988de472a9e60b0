"""Plan a seeding against an open host: who lacks decoys, what they look like, where they go. Writes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from honey.derive import PlanKey
from honey.errors import HostError
from honey.host.profile import learn
from honey.host.table import HostTable
from honey.model.account import Account, AccountId
from honey.model.waybill import Role, Row
from honey.plan.assign import Assignment, Order, assign
from honey.plan.needs import Needs
from honey.pools.stock import Pools
from honey.seed.compose import Draft, Names, draft
from honey.translation import _

SAMPLE_ROWS = 20_000  # most donors come from these
LEARNT_ROWS = 4_000  # of them, spread evenly: what the profile is learnt from
DONOR_ROWS = 60  # asked for an account that the sample does not cover


@dataclass(frozen=True, slots=True)
class Plan:
    """How many decoys each account is to get, with the number of its first new one."""

    key: PlanKey
    epoch: int
    orders: tuple[Order, ...]


def plan_orders(
    accounts: Iterable[AccountId],
    alive: Mapping[AccountId, int],
    ever: Mapping[AccountId, int],
    decoys_per_account: int,
) -> tuple[Order, ...]:
    """Order what each account lacks. Ordinals go on from all it ever had, so that no draw is made twice."""
    return tuple(
        Order(name, decoys_per_account - alive.get(name, 0), "resident", first=ever.get(name, 0))
        for name in accounts
        if alive.get(name, 0) < decoys_per_account
    )


def prepare_residents(
    plan: Plan, table: HostTable, accounts: Mapping[AccountId, Account], pools: Pools, taken: Names
) -> list[Draft]:
    """Return the resident decoys of a plan with their host rows.

    Raises PoolExhaustedError before anything is drawn, HostError when a decoy cannot be made to fit.
    """
    if not plan.orders:
        return []
    needs = Needs.of(table.roles)
    rows = table.sample(SAMPLE_ROWS)
    donors = _Donors(table, rows)
    local = _with_cities(plan.orders, table, accounts, donors) if needs.address else plan.orders
    assignments = assign(plan.key, plan.epoch, local, pools, needs)
    _require_unknown(table, assignments)
    profile = learn(table.columns, rows[:: max(1, len(rows) // LEARNT_ROWS)], table.roles)
    return draft(assignments, accounts, needs=needs, profile=profile, donors=donors.of, taken=taken, key=plan.key)


def _with_cities(
    orders: Sequence[Order], table: HostTable, accounts: Mapping[AccountId, Account], donors: "_Donors"
) -> list[Order]:
    """Say where the customers of each account live, so that its decoys live there too."""
    column = table.roles.get(Role.RECIPIENT_CITY)
    if column is None:
        return list(orders)
    return [
        replace(one, cities=frozenset(str(row[column]) for row in donors.of(accounts[one.account]) if row.get(column)))
        for one in orders
    ]


def _require_unknown(table: HostTable, assignments: Sequence[Assignment]) -> None:
    """Raise HostError when a waybill number set aside for decoys is a customer's: its sightings would prove nothing."""
    numbers = [one.waybill_number for one in assignments if one.waybill_number]
    known = table.existing(Role.WAYBILL_NUMBER, numbers)
    if known:
        raise HostError(
            _(
                "{place}: {count:,} waybill numbers of the pool stand in real rows, {known} for one: "
                "import a block that the carrier really set aside",
                place=table.place,
                count=len(known),
                known=min(known),
            )
        )


class _Donors:
    """Rows of each account's view out of one sample; the host is asked only for accounts the sample lacks."""

    def __init__(self, table: HostTable, rows: Sequence[Row]) -> None:
        self._table = table
        self._rows = rows
        self._by_view: dict[tuple[Role, str], list[Row]] = defaultdict(list)
        for row in rows:
            for role in (Role.ACCOUNT, Role.OUTLET):
                column = table.roles.get(role)
                if column and row.get(column) is not None:
                    self._by_view[role, str(row[column])].append(row)

    def of(self, account: Account) -> Sequence[Row]:
        """Return rows of the account's view, else of its outlet, else any."""
        for role, value in ((Role.ACCOUNT, account.id), (Role.OUTLET, account.outlet)):
            found = self._by_view.get((role, value))
            if found:
                return found
        if not {Role.ACCOUNT, Role.OUTLET} & set(self._table.roles):
            return self._rows
        return self._table.donors(account=account.id, outlet=account.outlet or None, limit=DONOR_ROWS)
