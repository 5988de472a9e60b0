"""Records what waits in batches, one under way at a time, and has each answered on the event loop.

What comes while one commit runs is recorded together by the next, so the log's own speed sets the pace. A batch that
the log cannot take, or has not taken after `RECORD_WAIT_SECONDS` (a disk that hangs), is counted as lost and answered
all the same: silence would give the canary away.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

from collector import limits
from collector.errors import CollectorError
from collector.hit import Contact
from collector.recorder import Hits, Recorder

STOP_SECONDS = 5.0  # for the last commit; one takes milliseconds


class Waiting(Protocol):
    """Somebody who is answered once the contact is on disk."""

    @property
    def contact(self) -> Contact:
        """What is to be recorded."""


T = TypeVar("T", bound=Waiting)


class Batches(Generic[T]):
    """The batches of one listener, on the running loop; `answer` sends what those of one batch get."""

    def __init__(self, recorder: Recorder, answer: Callable[[Sequence[T]], None], *, lost: str) -> None:
        self._recorder = recorder
        self._answer = answer
        self._lost = lost  # the counter of what is not on record
        self._loop = asyncio.get_running_loop()
        self._waiting: list[T] = []
        self._under_way: list[T] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_full(self) -> bool:
        """Whether one whole commit waits already."""
        return len(self._waiting) >= limits.MAX_COMMIT_HITS

    def add(self, one: T) -> None:
        """Have `one` recorded by the next batch; call `submit` after the last one there is for now."""
        self._waiting.append(one)

    def submit(self) -> None:
        """Record what waits, unless a batch is under way: then that comes next."""
        if self._under_way is not None or not self._waiting:
            return
        batch, self._waiting = self._waiting[: limits.MAX_COMMIT_HITS], self._waiting[limits.MAX_COMMIT_HITS :]
        self._under_way = batch
        self._idle.clear()
        try:
            recorded = self._recorder.record([one.contact for one in batch])
        except CollectorError:
            # Answered on the next turn of the loop, so that a log that refuses at once cannot starve the rest.
            self._loop.call_soon(self._ended, batch, False)
            return
        timer = self._loop.call_later(limits.RECORD_WAIT_SECONDS, self._ended, batch, False)

        def end(is_recorded: bool) -> None:
            timer.cancel()
            self._ended(batch, is_recorded)

        recorded.add_done_callback(lambda done: self._loop.call_soon_threadsafe(end, _is_good(done)))

    async def finish(self) -> None:
        """Wait until nothing is under way; what still waits then is counted as lost."""
        self.submit()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            self._recorder.count(self._lost, len(self._waiting) + len(self._under_way or ()))

    def _ended(self, batch: list[T], is_recorded: bool) -> None:
        if self._under_way is not batch:
            return  # it took too long, and was answered then
        self._under_way = None
        self.submit()  # before the answers: the writer goes on meanwhile
        if not is_recorded:
            self._recorder.count(self._lost, len(batch))
        self._answer(batch)
        if self._under_way is None:
            self._idle.set()


def _is_good(recorded: Future[Hits]) -> bool:
    return recorded.exception() is None
