"""Answers that wait for the log while no thread waits with them.

A WSGI application returns a `Later` where its server offers to take one: what to record, and what to say then.
`Recordings` hands the log all that came in one turn of the server's loop, as one group, and says how it ended. Owns
what waits; knows neither HTTP nor the log's file.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector import limits
from collector.errors import CollectorError, HitError
from collector.hit import Contact
from collector.recorder import Recorder

OFFERED = "collector.later"  # in the WSGI environment of a server that takes a `Later`
MAX_TURN_CONTACTS = 500  # in one group: a commit of so many takes some 20 ms

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
    answer: Callable[[bool], Answer]  # is told whether the contacts are on record; runs in the server's own thread

    def __iter__(self) -> Iterator[bytes]:
        """There is nothing to send yet."""
        return iter(())


class _Waiting(NamedTuple):
    later: Later
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
    """What waits for the log. `add` may be called from any thread, all else from the server's own.

    `wake` is called from the log's thread once something can go on.
    """

    wake: Callable[[], None]
    _added: deque[_Waiting] = field(default_factory=deque)
    _open: deque[_Group] = field(default_factory=deque)  # in the order of their ends
    _ended: deque[tuple[_Group, BaseException | None]] = field(default_factory=deque)

    def add(self, later: Later, resume: Callable[[bool], None]) -> None:
        """Have contacts recorded with the next group, then call `resume` in the server's thread, once."""
        self._added.append(_Waiting(later, resume))
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
            if isinstance(error, HitError) and len(group.waiting) > 1:  # one contact's fault is not the others'
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

        contacts = [contact for one in waiting for contact in one.later.contacts]
        try:
            recorded = waiting[0].later.recorder.record(contacts)
        except CollectorError as exc:
            ended(exc)
        except Exception as exc:  # these clients get an answer all the same, and the others go on
            _logger.exception("contacts cannot be handed to the log")
            ended(exc)
        else:
            recorded.add_done_callback(lambda done: ended(done.exception()))


def _groups(added: Iterable[_Waiting]) -> Iterator[Sequence[_Waiting]]:
    group: list[_Waiting] = []
    contacts = 0
    for one in added:
        contacts += len(one.later.contacts)
        if group and (contacts > MAX_TURN_CONTACTS or one.later.recorder is not group[0].later.recorder):
            yield group
            group, contacts = [], len(one.later.contacts)
        group.append(one)
    if group:
        yield group
