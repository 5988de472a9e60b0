"""A listener process's end of the connection to the process that writes the log. Owns what waits for an answer.

When the connection ends unasked, the process ends at once: nothing may be answered that nobody has recorded.
"""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import cast

from collector import limits
from collector.errors import CollectorError, HitError, LinkError, LogUnwritableError
from collector.hit import Contact, raw_bytes
from collector.public.wire import Counts, Frames, FromListener, FromWriter, Group, Recorded, framed
from collector.recorder import Hits
from collector.translation import _

DRAIN_SECONDS = 5.0  # for the last counts, which are a few hundred bytes


def _end_now() -> None:
    os._exit(1)


class WriterLink(asyncio.Protocol):
    """Records through another process. `record` and `count` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None] = _end_now) -> None:
        self._loop = loop
        self._end = end
        self._transport: asyncio.WriteTransport | None = None
        self._frames = Frames[FromWriter](FromWriter)
        self._thread = threading.get_ident()
        self._guard = threading.Lock()  # holds everything below
        self._number = 0
        self._waiting: dict[int, tuple[Future[Hits], int, int]] = {}
        self._contacts_waiting = 0
        self._bytes_waiting = 0
        self._counts: Counter[str] = Counter()
        self.stopping = asyncio.Event()  # the other side asked to stop
        self._drained = asyncio.Event()
        self._drained.set()

    def record(self, contacts: Sequence[Contact]) -> Future[Hits]:
        """Hand contacts over; the future resolves, without hits, once all are on disk.

        Raises:
            LogUnwritableError: too many contacts wait already; also through the future.
            LinkError: the contacts cannot be sent.
        """
        if not 1 <= len(contacts) <= limits.MAX_COMMIT_HITS:  # the writer would end this process
            raise LinkError(f"a group holds 1 to {limits.MAX_COMMIT_HITS} contacts, not {len(contacts)}")
        done: Future[Hits] = Future()
        octets = raw_bytes(contacts)
        with self._guard:
            has_room = self._contacts_waiting + len(contacts) <= limits.MAX_WAITING_CONTACTS
            if not has_room or self._bytes_waiting + octets > limits.MAX_WAITING_BYTES:
                raise LogUnwritableError(
                    _(
                        "{contacts_waiting} contacts wait for the hit log already",
                        contacts_waiting=self._contacts_waiting,
                    )
                )
            self._number += 1
            number = self._number
        frame = framed(Group.of(number, contacts))
        with self._guard:
            self._waiting[number] = (done, len(contacts), octets)
            self._contacts_waiting += len(contacts)
            self._bytes_waiting += octets
        self._send(frame)
        return done

    def count(self, name: str, number: int = 1) -> None:
        """Count; it reaches the other side with `flush`."""
        with self._guard:
            self._counts[name] += number

    def say(self, message: FromListener) -> None:
        """Send a message."""
        self._send(framed(message))

    def flush(self) -> None:
        """Send what was counted."""
        with self._guard:
            counts, self._counts = self._counts, Counter()
        if counts:
            self.say(Counts(dict(counts)))

    async def close(self) -> None:
        """Send the last counts, wait until they are sent, end the connection."""
        self.flush()
        self.stopping.set()
        if self._transport is not None:
            self._transport.close()  # what is buffered is sent first
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._drained.wait()

    def _send(self, frame: bytes) -> None:
        if threading.get_ident() == self._thread:
            self._write(frame)
        else:
            self._loop.call_soon_threadsafe(self._write, frame)

    def _write(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame)

    # --- asyncio.Protocol --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are not derived from it
        self._drained.clear()

    def data_received(self, data: bytes) -> None:
        """Resolve what is recorded."""
        try:
            for message in self._frames.feed(data):
                if isinstance(message, Recorded):
                    self._recorded(message)
                else:
                    self.stopping.set()
        except LinkError:
            self._end()

    def connection_lost(self, _: Exception | None) -> None:
        """End the process, unless it was to end."""
        self._drained.set()
        if not self.stopping.is_set():
            self._end()

    def _recorded(self, message: Recorded) -> None:
        with self._guard:
            done, contacts, octets = self._waiting.pop(message.number)
            self._contacts_waiting -= contacts
            self._bytes_waiting -= octets
        kind = HitError if message.is_faulty else LogUnwritableError
        error: CollectorError | None = kind(message.reason) if message.reason else None
        with suppress(InvalidStateError):  # the waiter cancelled; its contacts are on record all the same
            if error is None:
                done.set_result(())
            else:
                done.set_exception(error)
