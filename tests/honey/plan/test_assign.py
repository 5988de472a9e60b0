"""Who gets what: repeatable with the key, secret without it, exhausted before anything is drawn."""

from collections import Counter
from dataclasses import replace

import pytest

from honey.derive import PlanKey
from honey.errors import PoolExhaustedError
from honey.model.account import AccountId
from honey.model.beacon import E164, Beacon, BeaconKind, BeaconRole
from honey.model.waybill import Role
from honey.plan.assign import Assignment, Order, assign
from honey.plan.codebook import EXPORT, PHONES_PER_ACCOUNT, codeword
from honey.plan.needs import Needs
from honey.pools.stock import Pools, stock

KEY = PlanKey(bytes(range(32)))
NUMBERS = [E164(f"+86140000000{at:02d}") for at in range(50)]
NEEDS = Needs.of([Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS, Role.RECIPIENT_EMAIL, Role.LINK, Role.WAYBILL_NUMBER])
BEACONS = {
    1: Beacon(BeaconKind.PHONE, "+86140000000{00-49}", BeaconRole.DECOY),
    2: Beacon(BeaconKind.ADDRESS, "浙江省/杭州市/余杭区/文一西路969号{1-100}室", BeaconRole.DECOY),
    3: Beacon(BeaconKind.WAYBILL_NUMBER, "YT8{0000-0099}", BeaconRole.DECOY),
    4: Beacon(BeaconKind.MAIL_DOMAIN, "mail.example.com", BeaconRole.DECOY),
    5: Beacon(BeaconKind.DNS_ZONE, "t.example.net", BeaconRole.DECOY),
    6: Beacon(BeaconKind.PHONE, "+86140000001{00-09}", BeaconRole.CONTROL),
}


class Nothing:
    """Nothing was planted before."""

    def has(self, beacon: int, index: int) -> bool:
        return False

    def count(self, beacon: int) -> int:
        return 0


def fresh(*left_out: int) -> Pools:
    return stock({number: one for number, one in BEACONS.items() if number not in left_out}, Nothing())


def orders(accounts: int = 4, count: int = 3, context: str = "resident") -> list[Order]:
    return [Order(AccountId(f"HB-{at}"), count, context) for at in range(accounts)]


def made(key: PlanKey = KEY, epoch: int = 1, context: str = "resident") -> list[Assignment]:
    return assign(key, epoch, orders(context=context), fresh(), NEEDS)


def test_the_same_key_epoch_orders_and_stock_give_the_same_plan() -> None:
    assert made() == made()


@pytest.mark.parametrize(
    "other",
    [made(key=PlanKey(bytes(32))), made(epoch=2), made(context="export E-1")],
    ids=["key", "epoch", "context"],
)
def test_another_key_epoch_or_context_gives_another_plan(other: list[Assignment]) -> None:
    assert {one.decoy for one in other}.isdisjoint(one.decoy for one in made())
    assert [one.address for one in other] != [one.address for one in made()]


def test_everything_but_the_phone_number_serves_one_decoy_only() -> None:
    found = assign(KEY, 1, orders(25, 4), fresh(), NEEDS)
    for values in ([one.decoy for one in found], [one.address for one in found], [one.waybill_number for one in found]):
        assert len(set(values)) == len(values) == 100
    assert len({draw for one in found for draw in one.draws}) == 200


def test_an_account_keeps_to_its_codeword_and_uses_all_of_it() -> None:
    found = assign(KEY, 1, orders(10, PHONES_PER_ACCOUNT), fresh(), NEEDS)
    for name in {one.account for one in found}:
        word = codeword(KEY, 1, name, NUMBERS, PHONES_PER_ACCOUNT)
        assert Counter(one.phone for one in found if one.account == name) == Counter(word)


def test_all_exports_of_an_account_walk_through_one_codeword_that_is_not_its_residents() -> None:
    owner = AccountId("HB-1")
    found = [
        one
        for at in range(10)
        for one in assign(KEY, 1, [Order(owner, 4, f"export E-{at}", numbers=7)], fresh(), NEEDS)
    ]
    word = codeword(KEY, 1, owner, NUMBERS, 7, kind=EXPORT)
    assert {one.phone for one in found} == set(word)
    assert not set(word) >= set(codeword(KEY, 1, owner, NUMBERS, PHONES_PER_ACCOUNT))


def test_one_export_shows_each_number_once_while_it_has_numbers_left() -> None:
    found = assign(KEY, 1, [Order(AccountId("HB-1"), 7, "export E-1", numbers=7)], fresh(), NEEDS)
    assert len({one.phone for one in found}) == 7


def test_controls_are_never_assigned() -> None:
    assert all(one.phone and not one.phone.startswith("+86140000001") for one in made())


def test_ordinals_go_on_where_they_ended() -> None:
    whole = assign(KEY, 1, orders(1, 5), fresh(), NEEDS)
    again = assign(KEY, 1, [replace(orders(1, 2)[0], first=3)], fresh(), NEEDS)
    assert [one.decoy for one in again] == [one.decoy for one in whole[3:]]


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (1, "phone numbers"), (2, "120 postal addresses are needed and 0 are free"), (3, "waybill numbers"),
        (4, "mail domains"), (5, "web hosts"), (0, "120 postal addresses are needed and 100 are free: 20 are missing"),
    ],
)  # fmt: skip
def test_a_shortage_is_told_before_anything_is_drawn(missing: int, reason: str) -> None:
    pools = fresh(missing)
    before = pools.addresses.free, pools.waybill_numbers.free
    with pytest.raises(PoolExhaustedError, match=reason):
        assign(KEY, 1, orders(40 if missing in (0, 2) else 2, 3), pools, NEEDS)
    assert (pools.addresses.free, pools.waybill_numbers.free) == before


def test_a_table_without_a_column_for_any_beacon_is_said_to_have_none() -> None:
    with pytest.raises(PoolExhaustedError, match="no mapped column"):
        assign(KEY, 1, orders(), fresh(), Needs.of([Role.RECIPIENT_NAME, Role.GOODS]))
    assert assign(KEY, 1, [], fresh(), NEEDS) == []


def test_only_what_the_table_has_columns_for_is_drawn() -> None:
    (one,) = assign(KEY, 1, orders(1, 1), fresh(2, 3, 4, 5), Needs.of([Role.RECIPIENT_PHONE]))
    assert one.phone
    assert (one.address, one.waybill_number, one.mail_domain, one.link_base, one.draws) == (None, None, None, None, ())


def test_codewords_are_distinct_numbers_and_all_of_a_small_pool() -> None:
    word = codeword(KEY, 1, AccountId("HB-1"), NUMBERS, 4)
    assert len(set(word)) == 4
    assert word == codeword(KEY, 1, AccountId("HB-1"), NUMBERS, 4)
    assert word != codeword(KEY, 2, AccountId("HB-1"), NUMBERS, 4)
    assert sorted(codeword(KEY, 1, AccountId("HB-1"), NUMBERS[:3], 4)) == NUMBERS[:3]
    assert codeword(KEY, 1, AccountId("HB-1"), [], 4) == ()


def test_codewords_spread_evenly_and_few_accounts_share_two_numbers() -> None:
    words = [set(codeword(KEY, 1, AccountId(f"HB-{at}"), NUMBERS, 4)) for at in range(1000)]
    held = Counter(number for word in words for number in word)
    assert len(held) == 50
    assert all(40 < count < 130 for count in held.values())  # 80 expected, standard deviation 8.6


def test_one_free_text_column_needs_name_phone_and_address() -> None:
    found = Needs.of([Role.RECIPIENT])
    assert (found.name, found.phone, found.address, found.email, found.waybill_number) == (
        True,
        True,
        True,
        False,
        False,
    )
