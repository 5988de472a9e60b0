"""One listener process: serves sockets that it is given, knows no log, and ends with whoever started it."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from collector.alert import log_to_stderr
from collector.bound import Bound
from collector.config.file import Config
from collector.errors import CollectorError
from collector.loop import LOOP_FACTORY
from collector.public.link import WriterLink
from collector.public.listeners import PublicListeners
from collector.public.wire import Failed, Ready

CHECK_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # blocked when a process starts


def serve(config: Config, bound: Bound, writer: socket.socket, processes: int) -> None:
    """Serve until the writer says stop or is gone. The entry of a process; `processes` are like it."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # sent to the whole group: the writer is told, and tells us
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    log_to_stderr()
    with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        runner.run(_serve(config, bound, writer, processes))


async def _serve(config: Config, bound: Bound, writer: socket.socket, processes: int) -> None:
    loop = asyncio.get_running_loop()
    _, link = await loop.create_unix_connection(lambda: WriterLink(loop), sock=writer)
    try:
        async with AsyncExitStack() as stack:
            stack.callback(bound.close)
            listeners = PublicListeners(config, bound, link, _now, processes=processes)
            await listeners.start(stack)
            link.say(Ready())
            await _watch(listeners.check, link)
    except CollectorError as exc:
        link.say(Failed(str(exc)))
    await link.close()


async def _watch(check: Callable[[], None], link: WriterLink) -> None:
    while not link.stopping.is_set():
        check()
        link.flush()
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await link.stopping.wait()
        except TimeoutError:
            continue


def _now() -> datetime:
    return datetime.now(UTC)
