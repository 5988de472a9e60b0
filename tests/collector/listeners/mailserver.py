"""The mail listener on a loop of its own, asyncio's or uvloop's, as `collector run` has it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collector.config.file import SmtpConfig
from collector.config.value import Address
from collector.listeners.smtp import SmtpListener
from collector.sockets import listen_tcp
from tests.collector.listeners.conftest import Records

MESSAGE = b"From: a@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nyour parcel\r\n"


@contextmanager
def serving(
    records: Records,
    config: SmtpConfig,
    tls: ssl.SSLContext | None = None,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> Iterator[int]:
    """Yield the port."""
    endpoint = listen_tcp(Address("127.0.0.1", 0), "smtp")
    loop = new_loop()
    stop = asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        listener = SmtpListener(config, records, tls)
        await listener.start([endpoint])
        ready.set()
        await stop.wait()
        await listener.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(30)
    try:
        yield int(endpoint.getsockname()[1])
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def lines_of(port: int) -> socket.socket:
    """Return a connected client."""
    return socket.create_connection(("127.0.0.1", port), timeout=30)
