"""Notices carry no content, come once per hit, and stay few under a flood."""

import logging
from datetime import UTC, datetime

from collector.alert import MAX_LINES_PER_SECOND, LineLimit, Notices, OneLine, printable
from collector.hit import Channel, Contact, Hit

AT = datetime(2026, 11, 21, tzinfo=UTC)


def hit(seq: int, channel: Channel = Channel.CALL) -> Hit:
    return Hit(Contact(channel, "+8614012345678", "+12025550100", claims={"text": "secret"}), seq, AT, "0" * 8, "", "")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_hit_is_one_line_that_names_only_channel_and_number() -> None:
    """Nothing of the contact leaves the log."""
    lines: list[str] = []
    Notices(lines.append, Clock()).add([hit(1042)])
    assert lines == ["call hit 1042"]


def test_a_flood_is_a_line_per_channel_and_second() -> None:
    """What comes within the second waits and is summed up."""
    lines: list[str] = []
    clock = Clock()
    notices = Notices(lines.append, clock)
    notices.add([hit(1, Channel.DNS)])
    for seq in range(2, 1000):
        notices.add([hit(seq, Channel.DNS)])
    notices.add([hit(1000, Channel.CALL)])
    assert lines == ["dns hit 1"]
    clock.now += 1
    notices.flush()
    assert lines == ["dns hit 1", "dns hits 2 to 999 (998)", "call hit 1000"]
    notices.flush(force=True)
    assert len(lines) == 3


def test_the_earlier_hit_of_a_retry_is_no_news() -> None:
    """A retried webhook resolves to its first hit."""
    lines: list[str] = []
    notices = Notices(lines.append, Clock())
    notices.add([hit(7)])
    notices.add([hit(7), hit(3)])
    notices.flush(force=True)
    assert lines == ["call hit 7"]


def test_log_lines_are_escaped_and_limited() -> None:
    """A peer can neither write terminal codes nor fill the operator's disk with lines."""
    record = logging.LogRecord("collector", logging.WARNING, "", 0, "from %s", ("\x1b[2J\nx",), None)
    assert OneLine("%(message)s").format(record) == r"from \x1b[2J\nx"
    clock = Clock()
    limit = LineLimit(clock)
    passed = [limit.filter(logging.makeLogRecord({"msg": "forged"})) for _ in range(MAX_LINES_PER_SECOND + 5)]
    assert passed == [True] * MAX_LINES_PER_SECOND + [False] * 5
    clock.now += 1
    late = logging.makeLogRecord({"msg": "forged"})
    assert limit.filter(late)
    assert late.getMessage() == "forged (5 lines before this one were left out)"


def test_printable_keeps_chinese_and_escapes_controls() -> None:
    """Direction marks and separators included."""
    assert printable("王女士") == "王女士"
    assert printable("a\u202eb\u2028c\x9b") == r"a\u202eb\u2028c\x9b"
