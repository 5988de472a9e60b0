"""Batches: one under way at a time, everybody answered, and what a log that refuses or hangs changes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from collector import limits
from collector.errors import LogUnwritableError
from collector.hit import Channel, Contact
from collector.listeners import batches
from collector.listeners.batches import Batches
from collector.recorder import Hits

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class One:
    contact: Contact


def one(name: str) -> One:
    return One(Contact(Channel.DNS, name, "192.0.2.1"))


@dataclass
class Slow:
    """A log that commits when it is told."""

    asked: list[list[str]] = field(default_factory=list)
    futures: list[Future[Hits]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    is_full: bool = False

    def record(self, contacts: Sequence[Contact]) -> Future[Hits]:
        if self.is_full:
            raise LogUnwritableError("full")
        self.asked.append([contact.beacon for contact in contacts])
        self.futures.append(Future())
        return self.futures[-1]

    def count(self, name: str, number: int = 1) -> None:
        self.counts[name] += number


@dataclass
class Bench:
    """A listener that remembers whom it answered."""

    log: Slow = field(default_factory=Slow)
    answered: list[str] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.batches = Batches[One](self.log, self.answer, lost="x.lost")

    def answer(self, batch: Sequence[One]) -> None:
        self.answered += [each.contact.beacon for each in batch]
        self.more.set()

    async def until(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.answered) < number:
                self.more.clear()
                await self.more.wait()


def played(play: Callable[[Bench], Awaitable[None]]) -> Bench:
    async def run() -> Bench:
        bench = Bench()
        await play(bench)
        return bench

    return asyncio.run(run())


def test_what_comes_during_a_commit_is_the_next_batch_and_nobody_is_answered_before_his_own() -> None:
    async def play(bench: Bench) -> None:
        for name in "abc":
            bench.batches.add(one(name))
            bench.batches.submit()
        assert bench.log.asked == [["a"]]
        await asyncio.sleep(0.01)
        assert bench.answered == []
        bench.log.futures[0].set_result(())
        await bench.until(1)
        assert bench.log.asked == [["a"], ["b", "c"]]
        assert bench.answered == ["a"]
        bench.log.futures[1].set_result(())
        await bench.batches.finish()

    bench = played(play)
    assert bench.answered == ["a", "b", "c"]
    assert bench.log.counts == {}


@pytest.mark.parametrize("is_at_once", [True, False], ids=["refused at once", "refused at the commit"])
def test_what_the_log_cannot_take_is_counted_and_answered(is_at_once: bool) -> None:
    async def play(bench: Bench) -> None:
        bench.log.is_full = is_at_once
        bench.batches.add(one("a"))
        bench.batches.add(one("b"))
        bench.batches.submit()
        if not is_at_once:
            bench.log.futures[0].set_exception(LogUnwritableError("full"))
        await bench.batches.finish()

    bench = played(play)
    assert bench.answered == ["a", "b"]
    assert bench.log.counts == {"x.lost": 2}


def test_a_log_that_hangs_delays_an_answer_and_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted as lost; that it is recorded in the end answers and counts nothing twice."""
    monkeypatch.setattr(limits, "RECORD_WAIT_SECONDS", 0.02)

    async def play(bench: Bench) -> None:
        bench.batches.add(one("a"))
        bench.batches.submit()
        bench.batches.add(one("b"))
        await bench.until(1)
        assert bench.log.asked == [["a"], ["b"]], "the next batch is handed over"
        bench.log.futures[0].set_result(())
        bench.log.futures[1].set_result(())
        await bench.batches.finish()

    bench = played(play)
    assert bench.answered == ["a", "b"]
    assert bench.log.counts["x.lost"] in (1, 2), "b may have waited too long as well"


def test_the_end_waits_for_what_was_taken_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "STOP_SECONDS", 0.02)

    async def play(bench: Bench) -> None:
        for name in "abc":
            bench.batches.add(one(name))
            bench.batches.submit()
        await bench.batches.finish()

    bench = played(play)
    assert bench.answered == []
    assert bench.log.counts == {"x.lost": 3}


def test_no_batch_is_larger_than_one_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_COMMIT_HITS", 2)

    async def play(bench: Bench) -> None:
        for name in "abc":
            bench.batches.add(one(name))
        assert bench.batches.is_full
        bench.batches.submit()
        assert not bench.batches.is_full
        bench.log.futures[0].set_result(())
        await bench.until(2)
        bench.log.futures[1].set_result(())
        await bench.batches.finish()

    assert played(play).log.asked == [["a", "b"], ["c"]]
