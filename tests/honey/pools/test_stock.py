"""Pools: what is drawn is never drawn again, controls are never drawn, shortage is told in numbers."""

import random

import pytest

from honey.errors import PoolExhaustedError
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.pools.stock import Pool, controls, expand, require, stock
from honey.pools.template import Template


class Taken:
    """What earlier plantings took."""

    def __init__(self, *taken: tuple[int, int]) -> None:
        self.taken = set(taken)

    def has(self, beacon: int, index: int) -> bool:
        return (beacon, index) in self.taken

    def count(self, beacon: int) -> int:
        return sum(1 for one, _ in self.taken if one == beacon)


def pool(*texts: str, taken: Taken | None = None) -> Pool:
    templates = {at: Template.parse(text) for at, text in enumerate(texts, start=1)}
    return Pool(BeaconKind.WAYBILL_NUMBER, templates, taken or Taken())


def test_every_contact_point_is_drawn_once_and_then_there_is_none() -> None:
    some, rng = pool("YT{00-49}", "ZT{000-249}", "single"), random.Random(1)
    assert some.free == 301
    drawn = [some.take(rng) for _ in range(301)]
    assert len({one.value for one in drawn}) == len({(one.beacon, one.index) for one in drawn}) == 301
    assert some.free == 0
    with pytest.raises(PoolExhaustedError, match="1 are missing"):
        some.take(rng)


def test_what_earlier_plantings_took_is_not_drawn_again() -> None:
    taken = Taken(*((1, at) for at in range(100) if at != 42), (2, 0))
    some = pool("YT{00-99}", "Z{0-1}", taken=taken)
    assert some.free == 2
    assert {some.take(random.Random(at)).value for at in range(2)} == {"YT42", "Z1"}


def test_a_draw_carries_the_value_of_its_template() -> None:
    draw = pool("YT{00-99}").take(random.Random(3))
    assert Template.parse("YT{00-99}").value(draw.index) == draw.value


def test_a_shortage_is_told_in_numbers_with_the_mend() -> None:
    with pytest.raises(PoolExhaustedError, match=r"1,500 postal addresses are needed and 200 are free: 1,300 are miss"):
        require(BeaconKind.ADDRESS, 1500, 200)
    require(BeaconKind.ADDRESS, 200, 200)


def test_controls_are_in_no_pool_and_every_one_of_their_values_is_known() -> None:
    beacons = {
        1: Beacon(BeaconKind.PHONE, "+86140000000{00-09}", BeaconRole.DECOY),
        2: Beacon(BeaconKind.PHONE, "+86140000001{00-09}", BeaconRole.CONTROL),
        3: Beacon(BeaconKind.PHONE, "+8614000000005", BeaconRole.DECOY),
        4: Beacon(BeaconKind.WAYBILL_NUMBER, "YT8{000-099}", BeaconRole.CONTROL),
        5: Beacon(BeaconKind.MAIL_DOMAIN, "mail.example.com", BeaconRole.DECOY),
        6: Beacon(BeaconKind.DNS_ZONE, "t.example.net", BeaconRole.CONTROL),
    }
    pools, silent = stock(beacons, Taken()), controls(beacons.values())
    assert len(pools.phones) == len(set(pools.phones)) == 10  # a number given twice is one number
    assert list(pools.phones) == sorted(pools.phones)
    assert pools.waybill_numbers.free == pools.addresses.free == 0
    assert (pools.mail_domains, pools.dns_zones, pools.web_hosts) == (("mail.example.com",), (), ())
    assert len(silent) == 111
    assert silent.isdisjoint(pools.phones)


def test_expand_gives_every_value_in_order() -> None:
    assert expand(Template.parse("a{1-3}")) == ["a1", "a2", "a3"]
