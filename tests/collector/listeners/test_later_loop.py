"""Coroutines that wait for the log: they hear the truth, in time, and all of one commit with one wake-up."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVarTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector import limits
from collector.errors import LinkError
from collector.hit import Channel, Contact, Hit
from collector.hit.sealing import Sealer
from collector.hitlog.writer import Duties, HitLog
from collector.later import MAX_TURN_BYTES, LoopRecordings
from tests.collector.listeners.conftest import Records

Ts = TypeVarTuple("Ts")
MAIL = Contact(Channel.MAIL, "token@mail.example.com", "192.0.2.1")


class Silent:
    """A recorder that never says anything by itself."""

    def __init__(self) -> None:
        self.groups: list[Sequence[Contact]] = []
        self.unsaid: list[Future[tuple[Hit, ...]]] = []

    def record(self, contacts: Sequence[Contact]) -> Future[tuple[Hit, ...]]:
        self.groups.append(contacts)
        self.unsaid.append(Future())
        return self.unsaid[-1]

    def say(self) -> None:
        for one in self.unsaid:
            one.set_result(())

    async def handed_over(self, groups: int) -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(self.groups) == groups

    def count(self, name: str, number: int = 1) -> None:
        del name, number


def test_who_waits_hears_yes_when_it_is_on_disk_and_no_when_it_cannot_be(records: Records) -> None:
    async def both() -> tuple[bool, bool]:
        recordings = LoopRecordings()
        first = await recordings.record([MAIL], records)
        assert records.contacts() == [MAIL]
        records.fail()
        return first, await recordings.record([MAIL], records)

    assert asyncio.run(both()) == (True, False)


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts how often other threads wake it."""

    woken = 0

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        self.woken += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


def test_what_comes_in_one_turn_is_one_group_and_what_ends_together_is_one_wake_up() -> None:
    recorder = Silent()
    loop = CountingLoop()

    async def wait() -> int:
        recordings = LoopRecordings()
        waiting = []
        for number in range(1, 6):
            waiting += [asyncio.create_task(recordings.record([MAIL], recorder)) for _ in range(number)]
            await recorder.handed_over(number)
        commit = threading.Thread(target=recorder.say)
        commit.start()
        commit.join()
        woken = loop.woken
        assert await asyncio.gather(*waiting) == [True] * 15
        return woken

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(wait()) == 1
    assert [len(group) for group in recorder.groups] == [1, 2, 3, 4, 5]


def test_a_log_that_never_speaks_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RECORD_WAIT_SECONDS", 0.1)
    recorder = Silent()

    async def wait() -> bool:
        is_recorded = await LoopRecordings().record([MAIL], recorder)
        recorder.say()  # too late, and no matter
        await asyncio.sleep(0.05)
        return is_recorded

    assert asyncio.run(wait()) is False


def test_who_is_cancelled_is_gone_at_once_and_the_others_go_on(records: Records) -> None:
    recorder = Silent()

    async def wait() -> bool:
        recordings = LoopRecordings()
        leaving, staying = (asyncio.create_task(recordings.record([MAIL], recorder)) for _ in range(2))
        await recorder.handed_over(1)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        recorder.say()
        return await staying

    assert asyncio.run(wait())


def test_a_contact_that_no_log_can_hold_fails_alone(tmp_path: Path) -> None:
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    broken = replace(MAIL, peer="\ud800")  # sealed as UTF-8, which has no such character

    async def three() -> list[bool]:
        recordings = LoopRecordings()
        return await asyncio.gather(*(recordings.record([one], records) for one in (MAIL, broken, MAIL)))

    duties = Duties(sealer=Sealer(public, b"event key"))
    with HitLog.open(tmp_path / "hits.db", now=lambda: datetime.now(UTC), duties=duties) as log:
        records = Records(log)
        assert asyncio.run(three()) == [True, False, True]
        assert len(records.contacts()) == 2


def test_what_is_too_large_together_is_recorded_one_by_one(records: Records) -> None:
    class Narrow(Records):
        def record(self, contacts: Sequence[Contact]) -> Future[tuple[Hit, ...]]:
            if len(contacts) > 1:
                raise LinkError("too large")
            return super().record(contacts)

    narrow = Narrow(records.log)

    async def three() -> list[bool]:
        recordings = LoopRecordings()
        return await asyncio.gather(*(recordings.record([MAIL], narrow) for _ in range(3)))

    assert asyncio.run(three()) == [True] * 3
    assert len(narrow.contacts()) == 3


def test_a_group_holds_no_more_than_its_share_of_contacts_and_bytes() -> None:
    recorder = Silent()
    large = replace(MAIL, raw=bytes(MAX_TURN_BYTES // 2))
    parts = [[MAIL] * 300, [MAIL] * 200, [MAIL], [large], [large], [large, large, large], [MAIL]]

    async def wait() -> None:
        recordings = LoopRecordings()
        waiting = [asyncio.create_task(recordings.record(part, recorder)) for part in parts]
        await recorder.handed_over(4)
        recorder.say()
        assert await asyncio.gather(*waiting) == [True] * len(parts)

    asyncio.run(wait())
    assert [len(group) for group in recorder.groups] == [500, 3, 3, 1]


def test_a_loop_that_is_closed_is_not_woken(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Silent()

    async def leave() -> None:
        waiting = asyncio.create_task(LoopRecordings().record([MAIL], recorder))
        await recorder.handed_over(1)
        waiting.cancel()

    asyncio.run(leave())
    recorder.say()
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]
