"""How much one stranger may send."""

import pytest

from collector.listeners import sourcelimit
from collector.listeners.sourcelimit import SourceLimits


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    clock = Clock()
    limits = SourceLimits(3, 2, clock)
    assert [limits.allows("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert limits.allows("192.0.2.2"), "another source has its own"
    clock.at = 1.0
    assert [limits.allows("192.0.2.1") for _ in range(3)] == [True, True, False]
    clock.at = 1000.0
    assert sum(limits.allows("192.0.2.1") for _ in range(9)) == 3, "no more is saved up than a burst"


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::2%eth0")],
    ids=["one /64", "an IPv4 address in two spellings", "scoped addresses"],
)
def test_addresses_of_one_customer_share(one: str, other: str) -> None:
    limits = SourceLimits(1, 0)
    assert limits.allows(one)
    assert not limits.allows(other)


def test_the_table_is_bounded_and_forgets_the_longest_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sourcelimit, "MAX_SOURCES", 2)
    limits = SourceLimits(1, 0, Clock())
    assert all(limits.allows(f"192.0.2.{number}") for number in range(5))
    assert len(limits._buckets) == 2
    assert not limits.allows("192.0.2.4")
