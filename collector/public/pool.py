"""Starts, watches and stops the listener processes, and records what they hand over. Runs beside the log's writer.

A process that ends by itself is started again on the same sockets, which stay open here: what waits in them is served
by its successor. What it had read and not yet handed over was not answered.
"""

import asyncio
import logging
import multiprocessing
import signal
import socket
import time
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import cast

from collector.bound import Bound
from collector.config.file import Config
from collector.config.log import LogConfig
from collector.errors import CollectorError, HitError, LinkError
from collector.public.process import STOP_SIGNALS, serve
from collector.public.wire import Counts, Failed, Frames, FromListener, FromWriter, Group, Ready, Recorded, Stop, framed
from collector.recorder import Hits, Recorder
from collector.translation import _

START_SECONDS = 60.0  # an import of everything takes about one on a slow machine
STOP_SECONDS = 15.0  # for the slowest listener, which waits for its requests
DRAIN_SECONDS = 5.0  # for what a process said last: at most what the kernel buffers
STABLE_SECONDS = 60.0  # after which a process is not one that dies at its start
MAX_PAUSE_SECONDS = 60.0
COUNTER = "processes.restarted"
_logger = logging.getLogger("collector")
_spawn = multiprocessing.get_context("spawn")  # a fork would take the writer's threads' locks along


class _Link(asyncio.Protocol):
    """The writer's end of the connection to one listener process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._frames = Frames[FromListener](FromListener)
        self._transport: asyncio.WriteTransport | None = None
        self.ended = asyncio.Event()  # all that was sent is read
        self.told: asyncio.Future[None] = self._loop.create_future()  # it serves, or why it cannot

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are not derived from it

    def data_received(self, data: bytes) -> None:
        """Record what the process hands over."""
        try:
            for message in self._frames.feed(data):
                self._take(message)
        except LinkError as exc:
            _logger.warning("a listener process said %s: it is ended", exc)
            self.close()

    def connection_lost(self, _: Exception | None) -> None:
        """Tell who waits for the start, and for the end."""
        self._transport = None
        self.ended.set()
        if not self.told.done():
            self.told.set_exception(LinkError("a listener process ended at its start: see the lines above"))

    def say(self, message: FromWriter) -> None:
        """Send a message, if anybody is there."""
        if self._transport is not None:
            self._transport.write(framed(message))

    def close(self) -> None:
        """End the connection, and with it the process."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, message: FromListener) -> None:
        if isinstance(message, Group):
            self._record(message)
        elif isinstance(message, Counts):
            for name, number in message.numbers.items():
                self._recorder.count(name, number)
        elif not self.told.done():
            if isinstance(message, Ready):
                self.told.set_result(None)
            else:
                self.told.set_exception(CollectorError(message.reason))
        elif isinstance(message, Failed):
            _logger.error("%s", message.reason)

    def _record(self, group: Group) -> None:
        try:
            recorded = self._recorder.record(group.whole())
        except (CollectorError, ValueError) as exc:
            self.say(Recorded(group.number, str(exc)))
            return

        def tell(done: asyncio.Future[Hits]) -> None:
            error = done.exception()
            reason = "" if error is None else str(error) or type(error).__name__
            self.say(Recorded(group.number, reason, is_faulty=isinstance(error, HitError)))

        asyncio.wrap_future(recorded, loop=self._loop).add_done_callback(tell)


def _public_part(config: Config) -> Config:
    """Return what a listener process needs: no key of the log, no token, nothing of the lines and the mail room."""
    return Config(
        LogConfig(config.log.path), config.dns, config.web, config.smtp, hooks=config.hooks, webhooks=config.webhooks
    )


class _Process:
    """One place in the pool: the process that fills it now, and when the next one may."""

    def __init__(self, process: BaseProcess, link: _Link) -> None:
        self.process = process
        self.link = link
        self.started_at = time.monotonic()


class Pool:
    """A number of listener processes on the running loop."""

    def __init__(self, config: Config, bound: Bound, recorder: Recorder, number: int) -> None:
        self._config = _public_part(config)
        self._bound = bound
        self._recorder = recorder
        self._number = number
        self._running: list[_Process] = []
        self._pause_seconds = 0.0
        self._next_at = 0.0

    async def start(self) -> None:
        """Start all, and wait until all serve.

        Raises:
            CollectorError: one of them cannot.
        """
        self._running = [await self._begin() for _ in range(self._number)]
        told = [one.link.told for one in self._running]
        _started, late = await asyncio.wait(told, timeout=START_SECONDS)
        if late:
            raise CollectorError(
                _(
                    "a listener process took more than {start_seconds:.0f} s to start: try again",
                    start_seconds=START_SECONDS,
                )
            )
        for error in [one.exception() for one in told]:  # all are looked at: asyncio complains of others
            if error is not None:
                raise error

    async def check(self) -> None:
        """Put a new process in the place of each that ended; one that ends soon again waits longer each time."""
        now = time.monotonic()
        ended = [one for one in self._running if not one.process.is_alive()]
        if not ended or now < self._next_at:
            return
        for one in ended:  # its connection ends when all that it handed over is read
            is_stable = now - one.started_at > STABLE_SECONDS
            self._pause_seconds = 1.0 if is_stable else min(2 * max(self._pause_seconds, 0.5), MAX_PAUSE_SECONDS)
            self._next_at = now + self._pause_seconds
            one.started_at = now  # in case there is no successor yet
            _logger.error("a listener process ended (exit code %s): it is started again", one.process.exitcode)
            try:
                successor = self._running[self._running.index(one)] = await self._begin()
            except LinkError as exc:
                _logger.error("%s", exc)  # noqa: TRY400 - one line, which says all
                return
            self._recorder.count(COUNTER)
            successor.link.told.add_done_callback(_log_failure)

    async def stop(self) -> None:
        """Have all finish what they took, and end those that do not."""
        for one in self._running:
            one.link.say(Stop())
        await asyncio.gather(*(asyncio.to_thread(one.process.join, STOP_SECONDS) for one in self._running))
        for one in self._running:
            if one.process.is_alive():
                one.process.kill()
                _logger.error("a listener process did not stop and was killed")
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                for one in self._running:  # what they handed over last may not be read yet
                    await one.link.ended.wait()

    async def _begin(self) -> _Process:
        try:
            near, far = socket.socketpair()
            with far:
                process = _spawn.Process(target=serve, args=(self._config, self._bound, far, self._number), daemon=True)
                resource_tracker.ensure_running()  # by itself: it unblocks signals
                signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # the process inherits it until it is ready
                try:
                    process.start()
                finally:
                    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        except OSError as exc:
            raise LinkError(
                f"a listener process cannot be started ({exc.strerror}): give this service more memory, files or tasks"
            ) from exc
        near.setblocking(False)
        link = _Link(self._recorder)
        await asyncio.get_running_loop().create_unix_connection(lambda: link, sock=near)
        return _Process(process, link)


def _log_failure(told: asyncio.Future[None]) -> None:
    if not told.cancelled() and (error := told.exception()) is not None:
        _logger.error("%s", error)
