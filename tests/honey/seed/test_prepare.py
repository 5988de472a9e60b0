"""Planning a seeding on a real host: who lacks decoys, rows that fit, and nothing written."""

from collections import Counter

import pytest

from honey.derive import PlanKey
from honey.errors import HostError, PoolExhaustedError
from honey.host.table import HostTable
from honey.model.account import Account, AccountId
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.plan.assign import Order
from honey.pools.stock import Pools, stock
from honey.seed.compose import Draft
from honey.seed.prepare import Plan, plan_orders, prepare_residents
from tests.honey.seed.conftest import Host

KEY = PlanKey(bytes(range(32)))
ACCOUNTS = {
    AccountId(name): Account(AccountId(name), "courier", name, outlet)
    for name, outlet in (("HB-0", "OUT-0"), ("HB-1", "OUT-1"), ("NEW", "OUT-1"), ("HQ", ""))
}


class Names(set[str]):
    """The names in use."""


class Nothing:
    """Nothing was planted before."""

    def has(self, beacon: int, index: int) -> bool:
        return False

    def count(self, beacon: int) -> int:
        return 0


def pools(block: str = "YT8{0000-0099}") -> Pools:
    lines = [
        Beacon(BeaconKind.PHONE, "+86140000000{00-49}", BeaconRole.DECOY),
        Beacon(BeaconKind.WAYBILL_NUMBER, block, BeaconRole.DECOY),
    ]
    return stock(dict(enumerate(lines, start=1)), Nothing())


def prepared(table: HostTable, count: int = 2, key: PlanKey = KEY, block: str = "YT8{0000-0099}") -> list[Draft]:
    orders = tuple(Order(name, count, "resident") for name in ACCOUNTS)
    return prepare_residents(Plan(key, 1, orders), table, ACCOUNTS, pools(block), Names())


def test_accounts_are_ordered_what_they_lack_from_the_first_unused_ordinal() -> None:
    a, b, c = AccountId("A"), AccountId("B"), AccountId("C")
    assert plan_orders([a, b, c], {a: 3, b: 1}, {a: 3, b: 4}, 3) == (
        Order(b, 2, "resident", first=4), Order(c, 3, "resident", first=0),
    )  # fmt: skip
    assert plan_orders([a], {a: 5}, {a: 5}, 3) == ()


def test_preparing_writes_nothing_and_gives_every_account_its_count(host: Host) -> None:
    before = host.dump()
    with host.open() as table:
        drafts = prepared(table)
    assert host.dump() == before
    assert Counter(one.planting.account for one in drafts) == dict.fromkeys(ACCOUNTS, 2)


def test_each_row_lies_in_its_accounts_view_and_carries_its_decoys_beacons(host: Host) -> None:
    with host.open() as table:
        drafts = prepared(table)
    for one in drafts:
        account, values = ACCOUNTS[one.planting.account], one.row.values
        assert values["account"] == account.id
        if account.outlet:
            assert values["outlet"] == account.outlet == one.planting.outlet
        assert (values["no"], values["name"]) == (one.decoy.waybill_number, one.decoy.name)
        assert str(values["phone"]).endswith(str(one.decoy.phone)[-11:])
        assert one.row.decoy == one.planting.decoy == one.decoy.id == one.assignment.decoy


def test_a_planting_says_in_which_outlet_its_row_really_lies(host: Host) -> None:
    """A head-office account has no outlet, but its decoy's row stands among some outlet's rows."""
    with host.open() as table:
        drafts = prepared(table)
    for one in drafts:
        assert one.planting.outlet == one.row.values["outlet"]


def test_names_and_waybill_numbers_are_each_given_out_once(host: Host) -> None:
    with host.open() as table:
        drafts = prepared(table, count=10)
    for values in ([one.decoy.name for one in drafts], [one.decoy.waybill_number for one in drafts]):
        assert len(set(values)) == len(values) == 40


def test_the_same_key_and_host_give_the_same_rows_and_another_key_others(host: Host) -> None:
    with host.open() as table:
        assert prepared(table) == prepared(table)
        other = prepared(table, key=PlanKey(b"\x01" * 32))
        assert {one.decoy.name for one in other} != {one.decoy.name for one in prepared(table)}


def test_the_host_takes_every_prepared_row(host: Host) -> None:
    before = host.dump()
    with host.open() as table:
        table.try_insert([one.row.values for one in prepared(table, count=5)])
    assert host.dump() == before


def test_a_pool_whose_numbers_are_customers_is_refused(host: Host) -> None:
    with host.open() as table, pytest.raises(HostError, match="stand in real rows, R0000"):
        prepared(table, block="R00000{0-9}")


def test_a_host_without_rows_is_refused_with_the_reason(host: Host) -> None:
    host.run("DELETE FROM waybill")
    with host.open() as table, pytest.raises(HostError, match="no rows"):
        prepared(table)


def test_too_few_beacons_are_told_before_anything_is_made(host: Host) -> None:
    with host.open() as table, pytest.raises(PoolExhaustedError, match="8 waybill numbers are needed and 5 are free"):
        prepared(table, block="YT800{0-4}")


def test_no_orders_need_no_host_rows(host: Host) -> None:
    host.run("DELETE FROM waybill")
    with host.open() as table:
        assert prepare_residents(Plan(KEY, 1, ()), table, ACCOUNTS, pools(), Names()) == []
