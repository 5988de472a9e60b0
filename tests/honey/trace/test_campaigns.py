"""Contacts are grouped by caller, wording, link and sender; what touched a control is background."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from collector.hit import Channel, Contact, Hit
from honey.trace.campaigns import campaigns_of

START = datetime(2026, 11, 1, tzinfo=UTC)
TEXT = "{}您好，我是快递客服，您的包裹在运输途中丢失，现为您办理双倍理赔，请添加客服微信处理"


def hit(seq: int, peer: str = "", *, hours: float = 0.0, channel: Channel = Channel.SMS, **claims: str) -> Hit:
    contact = Contact(channel, f"+861400000{seq:04d}", peer or f"+8617{seq:02d}0000000", claims=claims)
    return Hit(contact, seq, START + timedelta(hours=hours), "00c0ffee", "00" * 32, "11" * 32)


def groups(hits: Sequence[Hit], controls: Sequence[int] = ()) -> list[list[int]]:
    found = campaigns_of(hits, [one.seq in controls for one in hits])
    return [[hits[at].seq for at in one.members] for one in found]


CALLER = "+8617012345678"
TOGETHER = {
    "one caller": (hit(1, CALLER), hit(2, CALLER, hours=100)),
    "one caller, a call and a message": (hit(1, CALLER, channel=Channel.CALL), hit(2, CALLER)),
    "neighbouring callers within the hour": (hit(1, "+8617012345678"), hit(2, "+8617012345001", hours=0.9)),
    "one template": (hit(1, text=TEXT.format("王女士")), hit(2, text=TEXT.format("李先生"), hours=100)),
    "one link": (hit(1, text="退款 x.example.com/1"), hit(2, text="包裹 http://x.example.com/2")),
    "a message and a mail with one link": (
        hit(1, text="x.example.com"),
        hit(2, channel=Channel.MAIL, subject="http://x.example.com/"),
    ),
    "a parcel entered twice": tuple(hit(at, channel=Channel.POST, waybill_number="SF1400000000001") for at in (1, 2)),
    "one mail sender": tuple(
        hit(at, f"198.51.100.{at}", channel=Channel.MAIL, mail_from="A@b.example") for at in (1, 2)
    ),
}
APART = {
    "parcels": tuple(hit(at, CALLER, channel=Channel.POST, waybill_number=f"SF140000000000{at}") for at in (1, 2)),
    "letters": tuple(hit(at, CALLER, channel=Channel.POST) for at in (1, 2)),
    "strangers": (hit(1), hit(2)),
    "a caller much later": (hit(1, CALLER), hit(2, CALLER, hours=24 * 8)),
    "neighbouring callers later": (hit(1, "+8617012345678"), hit(2, "+8617012345001", hours=1.1)),
    "withheld callers": (hit(1, "anonymous"), hit(2, "Anonymous")),
    "short texts": (hit(1, text="您好王女士"), hit(2, text="您好王女士")),
    "one proxy": tuple(hit(at, "198.51.100.1", channel=Channel.WEB) for at in (1, 2)),
    "one resolver": tuple(hit(at, "198.51.100.1", channel=Channel.DNS) for at in (1, 2)),
    "one mail server": tuple(
        hit(at, "198.51.100.1", channel=Channel.MAIL, mail_from=f"{at}@b.example") for at in (1, 2)
    ),
    "bounces": tuple(hit(at, "198.51.100.1", channel=Channel.MAIL, mail_from="<>") for at in (1, 2)),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_contacts_of_one_campaign_are_found(name: str) -> None:
    assert groups(TOGETHER[name]) == [[1, 2]]


@pytest.mark.parametrize("name", APART)
def test_contacts_that_share_nothing_telling_stay_apart(name: str) -> None:
    assert groups(APART[name]) == [[1], [2]]


def test_a_campaign_goes_on_as_long_as_it_is_not_silent_for_a_week() -> None:
    assert groups([hit(at, CALLER, hours=100.0 * at) for at in range(1, 6)]) == [[1, 2, 3, 4, 5]]


def test_whoever_shares_a_key_with_either_belongs_to_both() -> None:
    linked = [hit(1, CALLER), hit(2, CALLER, text=TEXT.format("")), hit(3, text=TEXT.format("王女士")), hit(4)]
    assert groups(linked) == [[1, 2, 3], [4]]


def test_the_order_in_which_hits_are_given_changes_nothing() -> None:
    hits = [hit(1, CALLER), hit(3, hours=1), hit(2, CALLER, hours=2)]
    assert groups(hits) == groups(hits[::-1]) == [[1, 2], [3]]


def test_a_campaign_that_touched_a_control_is_background_before_and_after() -> None:
    hits = [hit(1, CALLER), hit(2, CALLER, hours=1), hit(3, CALLER, hours=2), hit(4)]
    found = campaigns_of(hits, [False, True, False, False])
    assert [(one.members, one.background) for one in found] == [((0, 1, 2), True), ((3,), False)]


def test_a_flood_of_contacts_is_one_campaign() -> None:
    flood = [hit(at, CALLER, hours=at / 100) for at in range(20_000)]
    assert [len(one.members) for one in campaigns_of(flood, [False] * len(flood))] == [20_000]
