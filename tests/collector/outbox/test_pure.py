"""What a notice says, when it is tried again, and what is stripped of an error."""

import pytest

from collector.outbox.backoff import most_seconds, wait_seconds
from collector.outbox.courier import redacted
from collector.outbox.wording import Arrival, Digest, body_of, title_of

DIGEST = Digest((Arrival("call", 1, 1), Arrival("post", 2, 0), Arrival("sms", 3, 2)), 1042, 1051)


def test_a_notice_holds_counts_and_nothing_else() -> None:
    assert title_of(DIGEST) == "Waybill collector: 6 new contacts"
    assert body_of(DIGEST, log="0123abcd", notice=17).splitlines() == [
        "1 new contact on 1 beacon, channel call",
        "2 new contacts, channel post",
        "3 new contacts on 2 beacons, channel sms",
        "hits 1042 to 1051 of log 0123abcd, notice 17",
    ]
    one = Digest((Arrival("call", 1, 1),), 7, 7)
    assert title_of(one) == "Waybill collector: 1 new contact"
    assert body_of(one, log="0123abcd", notice=1).endswith("hit 7 of log 0123abcd, notice 1")


@pytest.mark.parametrize(
    ("tries", "least", "most"),
    [(1, 24, 36), (2, 48, 72), (3, 96, 144), (7, 1536, 2304), (8, 2880, 4320), (9, 2880, 4320), (10_000, 2880, 4320)],
)
def test_each_wait_is_twice_the_last_up_to_an_hour_give_or_take_a_fifth(tries: int, least: float, most: float) -> None:
    assert wait_seconds(tries, 0, first=30) == pytest.approx(least)
    assert wait_seconds(tries, 0.5, first=30) == pytest.approx((least + most) / 2)
    assert wait_seconds(tries, 1, first=30) == pytest.approx(most)
    assert most <= most_seconds() + 1e-6


URL = "json://hookuser:s3same%21pw@hooks.example.net:8443/T0KENT0KEN/a?to=ops%40example.net"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Failed to send JSON POST notification: Unavailable, error=503.",) * 2,
        ("Unparseable URL json://hookuser:s3same%21pw@x/ here", "Unparseable URL *** here"),
        ("error sending to hooks.example.net.", "error sending to ***."),
        ("hookuser s3same!pw s3same%21pw T0KENT0KEN ops@example.net", "*** *** *** *** ***"),
        ("two\r\nlines\tof it", "two lines of it"),
    ],
)
def test_an_error_keeps_its_reason_and_none_of_the_address(said: str, kept: str) -> None:
    assert redacted(said, URL) == kept
