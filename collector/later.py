"""Answers that wait for the log while no thread waits with them.

A WSGI application returns a `Later` where its server offers to take one: what to record, and what to say then.
`Recordings` hands the log all that came in one turn of a loop, as one group, and says how it ended; `LoopRecordings`
is the same for coroutines. They own what waits, and know neither a protocol nor the log's file.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from collector import limits
from collector.errors import CollectorError, HitError, LinkError
from collector.hit import Contact
from collector.recorder import Recorder

OFFERED = "collector.later"  # in the WSGI environment of a server that takes a `Later`
LOOK_SECONDS = 1.0  # between two looks for what has waited too long
MAX_TURN_CONTACTS = 500  # in one group: a commit of so many takes some 20 ms
MAX_TURN_BYTES = 8 << 20  # of raw, in one group of several

_logger = logging.getLogger("collector")


class Answer(NamedTuple):
    """What a client hears in the end."""

    status: str  # "200 OK"
    headers: list[tuple[str, str]]  # without Content-Length
    body: bytes


@dataclass(frozen=True, slots=True)
class Later:
    """What an application returns instead of a body: it has called no `start_response`, its server answers for it."""

    contacts: Sequence[Contact]
    recorder: Recorder
    answer: Callable[[bool], Answer]  # is told whether the contacts are on record; runs in the loop's thread

    def __iter__(self) -> Iterator[bytes]:
        """There is nothing to send yet."""
        return iter(())


class _Waiting(NamedTuple):
    contacts: Sequence[Contact]
    recorder: Recorder
    resume: Callable[[bool], None]


@dataclass(slots=True)
class _Group:
    waiting: Sequence[_Waiting]
    ends_at: float  # monotonic seconds
    is_over: bool = False

    def end(self, *, is_recorded: bool) -> None:
        self.is_over = True
        for one in self.waiting:
            try:
                one.resume(is_recorded)
            except Exception:  # the others still wait
                _logger.exception("an answer cannot be given")


@dataclass(slots=True)
class Recordings:
    """What waits for the log. `add` may be called from any thread, all else from the loop's own.

    `wake` is called from any thread when `is_due` has become true.
    """

    wake: Callable[[], None]
    _added: deque[_Waiting] = field(default_factory=deque)
    _open: deque[_Group] = field(default_factory=deque)  # in the order of their ends
    _ended: deque[tuple[_Group, BaseException | None]] = field(default_factory=deque)

    def add(self, contacts: Sequence[Contact], recorder: Recorder, resume: Callable[[bool], None]) -> None:
        """Have contacts recorded with the next group, then say in the loop's thread, once, whether they are."""
        self._added.append(_Waiting(contacts, recorder, resume))
        self.wake()

    @property
    def is_due(self) -> bool:
        """Say whether there is something to do now."""
        return bool(self._added or self._ended)

    @property
    def is_waiting(self) -> bool:
        """Say whether somebody waits for an answer."""
        return self.is_due or any(not group.is_over for group in self._open)

    def submit(self) -> None:
        """Hand the log what was added."""
        for group in _groups([self._added.popleft() for _ in range(len(self._added))]):
            self._record(group)

    def settle(self) -> None:
        """Go on with what the log has dealt with, and give up what it has not dealt with in time."""
        for _ in range(len(self._ended)):
            group, error = self._ended.popleft()
            if group.is_over:
                continue
            if isinstance(error, HitError | LinkError) and len(group.waiting) > 1:  # the fault of one, or their size
                group.is_over = True
                for one in group.waiting:
                    self._record((one,))
            else:
                group.end(is_recorded=error is None)
        now = time.monotonic()
        while self._open and (self._open[0].is_over or self._open[0].ends_at <= now):
            group = self._open.popleft()
            if not group.is_over:
                group.end(is_recorded=False)

    def _record(self, waiting: Sequence[_Waiting]) -> None:
        group = _Group(waiting, time.monotonic() + limits.RECORD_WAIT_SECONDS)
        self._open.append(group)

        def ended(error: BaseException | None) -> None:
            self._ended.append((group, error))
            self.wake()

        contacts = [contact for one in waiting for contact in one.contacts]
        try:
            recorded = waiting[0].recorder.record(contacts)
        except CollectorError as exc:
            ended(exc)
        except Exception as exc:  # these clients get an answer all the same, and the others go on
            _logger.exception("contacts cannot be handed to the log")
            ended(exc)
        else:
            recorded.add_done_callback(lambda done: ended(done.exception()))


def _groups(added: Iterable[_Waiting]) -> Iterator[Sequence[_Waiting]]:
    group: list[_Waiting] = []
    contacts = octets = 0
    for one in added:
        contacts += len(one.contacts)
        octets += sum(len(contact.raw) for contact in one.contacts)
        is_full = contacts > MAX_TURN_CONTACTS or octets > MAX_TURN_BYTES
        if group and (is_full or one.recorder is not group[0].recorder):
            yield group
            group, contacts = [], len(one.contacts)
            octets = sum(len(contact.raw) for contact in one.contacts)
        group.append(one)
    if group:
        yield group


class LoopRecordings:
    """What coroutines of the running event loop wait for. One wake-up of the loop serves all of a commit."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._recordings = Recordings(self._wake)
        self._is_called = False
        self._looking: asyncio.TimerHandle | None = None

    async def record(self, contacts: Sequence[Contact], recorder: Recorder) -> bool:
        """Return whether the contacts are on record, not before they are; False if the log has not said so in time.

        A coroutine that is cancelled leaves them on their way to the disk.
        """
        waiter: asyncio.Future[bool] = self._loop.create_future()

        def resume(is_recorded: bool) -> None:
            if not waiter.done():
                waiter.set_result(is_recorded)

        self._recordings.add(contacts, recorder, resume)
        if self._looking is None:
            self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
        return await waiter

    def _wake(self) -> None:
        if self._is_called:
            return
        self._is_called = True
        is_here = threading.get_ident() == self._thread
        with suppress(RuntimeError):  # the loop is closed
            if is_here:
                self._loop.call_soon(self._turn)  # after the others that can go on now
            else:
                self._loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        self._is_called = False  # before the looks below: what happens after them calls again
        self._recordings.settle()
        self._recordings.submit()

    def _look(self) -> None:
        """Give up in time what the log never speaks of."""
        self._turn()
        is_waiting = self._recordings.is_waiting
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look) if is_waiting else None
