"""Numbers are counted by campaign, within a span, however the provider writes them."""

from datetime import UTC, datetime, timedelta

from collector.hit import Channel, Contact, Hit
from honey.model.beacon import E164
from honey.trace.campaigns import campaigns_of
from honey.trace.rung import rung

START = datetime(2026, 11, 1, tzinfo=UTC)
NUMBERS = [E164(f"+861400000{at:04d}") for at in range(4)]
CONTROL = E164("+8614099999999")


def hit(seq: int, beacon: str, peer: str, channel: Channel = Channel.CALL) -> Hit:
    return Hit(Contact(channel, beacon, peer), seq, START + timedelta(hours=seq), "00c0ffee", "00" * 32, "11" * 32)


HITS = [
    hit(1, NUMBERS[0], "+8617011111111"),
    hit(2, NUMBERS[0], "+8617011111111"),  # again: the same campaign
    hit(3, "14000000001", "+8617011111111", Channel.SMS),
    hit(4, "0086 14000000000", "+8617022222222"),
    hit(5, NUMBERS[2], "+8617033333333"),
    hit(6, CONTROL, "+8617033333333"),
    hit(7, "+8614012121212", "+8617044444444"),  # no number of ours
    hit(8, "x.t.example.net", "198.51.100.1", Channel.DNS),
]
CAMPAIGNS = campaigns_of(HITS, [one.contact.beacon == CONTROL for one in HITS])


def test_a_campaign_counts_once_on_each_number_and_not_at_all_if_it_touched_a_control() -> None:
    assert rung(HITS, CAMPAIGNS, NUMBERS) == dict(zip(NUMBERS, (2, 1, 0, 0), strict=True))


def test_controls_are_counted_with_the_campaigns_that_touched_them() -> None:
    assert rung(HITS, CAMPAIGNS, [CONTROL], controls=True) == {CONTROL: 1}


def test_only_the_span_asked_for_is_counted() -> None:
    since, until = START + timedelta(hours=3), START + timedelta(hours=4)
    assert rung(HITS, CAMPAIGNS, NUMBERS, since=since, until=until) == dict(zip(NUMBERS, (0, 1, 0, 0), strict=True))
    assert sum(rung(HITS, CAMPAIGNS, NUMBERS, until=START).values()) == 0
