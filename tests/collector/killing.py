"""`collector run` under load on every channel, killed at random moments and started again on the same log."""

import http.client
import os
import random
import signal
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import dns.exception

from collector.hit import Channel
from collector.hitlog.reader import HitReader
from tests.collector.running import CONFIG, Collector, start

GONE = (OSError, http.client.HTTPException, smtplib.SMTPException, dns.exception.DNSException)
CLIENTS = 3  # of each channel
MOST_ACKNOWLEDGED = 120  # of one round, before the kill
MOST_DELAY_SECONDS = 0.03  # after that; a commit takes some milliseconds
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was acknowledged over all rounds, and what the log holds."""

    acknowledged: Sequence[str]  # names, links, mailboxes, call ids
    recorded: Counter[str]
    channels: Counter[Channel]
    retried_calls: int

    @property
    def wrong(self) -> dict[str, int]:
        """What was acknowledged and is not on record once, or is on record twice though nobody was told."""
        lost = {name: self.recorded[name] for name in self.acknowledged if self.recorded[name] != 1}
        return lost | {name: number for name, number in self.recorded.items() if number != 1}


class Load:
    """Clients that send one contact after another, each with a name of its own, and remember the acknowledged ones.

    Calls that were not acknowledged are sent again by the next load, as their provider does.
    """

    def __init__(self, collector: Collector, number: int, again: Iterable[str], enough: int) -> None:
        self.acknowledged: list[str] = []
        self.unanswered_calls: list[str] = []
        self.enough = threading.Event()
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._collector = collector
        self._number = number
        self._again = list(again)
        self._wanted = enough
        sends = (self._dns, self._web, self._mail, self._call)
        self._threads = [
            threading.Thread(target=self._send, args=(send, one)) for send in sends for one in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait for the clients, which end when the collector is gone."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def _send(self, send: Callable[[str], list[str]], client: int) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            try:
                names = send(f"{self._number}-{client}-{number}")
            except GONE:
                return
            with self._guard:
                self.acknowledged += names
                if len(self.acknowledged) >= self._wanted:
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
        with self._guard:
            sid = self._again.pop() if self._again else f"CA{name}"
        try:
            assert self._collector.call(sid) == 200
        except GONE:
            with self._guard:
                self.unanswered_calls.append(sid)
            raise
        return [sid]

    @property
    def calls_to_repeat(self) -> list[str]:
        """Calls that nobody acknowledged; to be read after `stop`."""
        return [*self.unanswered_calls, *self._again]


def kill_rounds(folder: Path, rounds: int, *, seed: int, config: str = CONFIG) -> Outcome:
    """Start, load and kill so many times; then start once more in peace and read the log.

    Where listeners are processes of their own, one of them is killed first in every other round.

    Raises:
        HitError: the chain does not verify.
    """
    chance = random.Random(seed)
    acknowledged: list[str] = []
    again: list[str] = []
    retried = 0
    for number in range(rounds):
        collector = start(folder, config)
        load = Load(collector, number, again, chance.randint(1, MOST_ACKNOWLEDGED))
        assert load.enough.wait(PATIENCE_SECONDS), "the load ran"
        time.sleep(chance.random() * MOST_DELAY_SECONDS)
        if collector.listeners and number % 2:
            os.kill(chance.choice(collector.listeners), signal.SIGKILL)
            time.sleep(chance.random() * MOST_DELAY_SECONDS)
        collector.process.kill()
        collector.process.communicate()
        load.stop()
        acknowledged += load.acknowledged
        again = load.calls_to_repeat
        retried += len(again)
    collector = start(folder, config)
    assert [collector.call(sid) for sid in again] == [200] * len(again)
    assert collector.stop()[0] == 0
    acknowledged += again
    reader = HitReader(folder / "hits.db")
    reader.verify()
    contacts = [hit.contact for hit in reader.stream_from(1)]
    recorded = Counter(one.event_id or "" if one.channel == Channel.CALL else one.beacon for one in contacts)
    return Outcome(acknowledged, recorded, Counter(one.channel for one in contacts), retried)
