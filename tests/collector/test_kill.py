"""kill -9 of `collector run` under load on every channel: what was acknowledged is on record, once, and chained."""

import http.client
import smtplib
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import dns.exception

from collector.hitfile import HitReader
from tests.collector.running import Collector, start

ROUNDS = 4
ACKNOWLEDGED_PER_ROUND = 60  # before the kill, over all channels
GONE = (OSError, http.client.HTTPException, smtplib.SMTPException, dns.exception.DNSException)


class Load:
    """Clients that send one contact after another, each with a name of its own, and remember the acknowledged ones."""

    def __init__(self, collector: Collector, number: int) -> None:
        self.acknowledged: set[str] = set()
        self.enough = threading.Event()
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._collector = collector
        self._threads = [
            threading.Thread(target=self._send, args=(send, f"{number}-{kind}-{client}"))
            for kind, send in (("dns", self._dns), ("web", self._web), ("mail", self._mail), ("call", self._call))
            for client in range(3)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)

    def _send(self, send: Callable[[str], list[str]], prefix: str) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            try:
                beacons = send(f"{prefix}-{number}")
            except GONE:
                return
            with self._guard:
                self.acknowledged.update(beacons)
                if len(self.acknowledged) >= ACKNOWLEDGED_PER_ROUND:
                    self.enough.set()

    def _dns(self, name: str) -> list[str]:
        self._collector.query(f"{name}.t.example.net", timeout=1)
        return [f"{name}.t.example.net"]

    def _web(self, name: str) -> list[str]:
        assert self._collector.visit(f"/t/{name}") == 200
        return [f"https://track.example.net/t/{name}"]

    def _mail(self, name: str) -> list[str]:
        recipients = [f"{name}-{copy}@mail.example.com" for copy in "ab"]
        assert self._collector.mail(*recipients) == {}
        return recipients

    def _call(self, name: str) -> list[str]:
        assert self._collector.call(f"CA{name}") == 200
        return [f"CA{name}"]


def test_kill_9_under_load_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        collector = start(tmp_path)
        load = Load(collector, number)
        assert load.enough.wait(60), "the load ran"
        collector.process.kill()
        collector.process.communicate()
        load.stop()
        acknowledged |= load.acknowledged

    reader = HitReader(tmp_path / "hits.db")
    assert reader.verify().seq >= len(acknowledged) >= ROUNDS * ACKNOWLEDGED_PER_ROUND
    recorded = Counter(
        hit.contact.event_id if hit.contact.channel == "call" else hit.contact.beacon for hit in reader.stream_from(1)
    )
    assert {name: recorded[name] for name in acknowledged if recorded[name] != 1} == {}
    kinds = {name.split("-")[1] for name in acknowledged if not name.startswith("https")}
    assert kinds == {"dns", "mail", "call"}, "every channel had its share"


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
