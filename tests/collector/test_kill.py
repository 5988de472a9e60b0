"""kill -9 of `collector run` under load on every channel: what was acknowledged is on record, once, and chained."""

import threading
from pathlib import Path

import pytest

from collector.hit import Channel
from collector.hitlog.reader import HitReader
from tests.collector.killing import GONE, kill_rounds
from tests.collector.running import CONFIG, TWO_LISTENERS, Collector, start

ROUNDS = 10  # `python -m benchmarks.collector_kills --rounds 100` has as many as you like


@pytest.mark.parametrize("config", [CONFIG, TWO_LISTENERS], ids=["one process", "two that listen and one that writes"])
def test_kill_9_under_load_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path, config: str) -> None:
    outcome = kill_rounds(tmp_path, ROUNDS, seed=1, config=config)
    assert outcome.wrong == {}
    assert len(outcome.acknowledged) >= ROUNDS
    assert set(outcome.channels) == {Channel.DNS, Channel.WEB, Channel.MAIL, Channel.CALL}, (
        "every channel had its share"
    )


def test_a_call_retried_until_it_is_acknowledged_over_a_kill_is_one_hit(tmp_path: Path) -> None:
    """What a provider does: the same request again until it hears 200, whoever crashed in between."""
    for number in range(3):
        collector = start(tmp_path)
        attempts = [threading.Thread(target=_try_call, args=(collector, f"CA{one}")) for one in range(8)]
        for attempt in attempts:
            attempt.start()
        if number < 2:
            collector.process.kill()
            collector.process.communicate()
        for attempt in attempts:
            attempt.join(30)
        if number == 2:
            assert [collector.call(f"CA{one}") for one in range(8)] == [200] * 8
            assert collector.stop()[0] == 0
    reader = HitReader(tmp_path / "hits.db")
    assert sorted(hit.contact.event_id or "" for hit in reader.stream_from(1)) == [f"CA{one}" for one in range(8)]
    reader.verify()


def _try_call(collector: Collector, sid: str) -> None:
    try:
        collector.call(sid)
    except GONE:
        return
