"""A connection that ends at any moment of its contact's recording ends for good, and the listener goes on."""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from collector.config.file import SmtpConfig
from collector.hit import Contact, Hit
from collector.listeners.smtp import SmtpListener

TICKS = 8  # turns of the loop between the commit and the end of the connection; a commit is told within five


class Held:
    """A recorder whose commits end when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Future[tuple[Hit, ...]]] = []
        self.asked = asyncio.Event()

    def record(self, contacts: Sequence[Contact]) -> Future[tuple[Hit, ...]]:
        del contacts
        self.waiting.append(Future())
        self.asked.set()
        return self.waiting[-1]

    def count(self, name: str, number: int = 1) -> None:
        del name, number


async def end_after(ticks: int) -> list[asyncio.Task[object]]:
    """End a connection so many turns after its commit; return what still handles it a little later."""
    recorder = Held()
    listener = SmtpListener(SmtpConfig((), ("mail.example.com",)), recorder)
    endpoint = socket.create_server(("127.0.0.1", 0))
    await listener.start([endpoint])
    _, writer = await asyncio.open_connection(*endpoint.getsockname())
    writer.write(b"\x80 is no command\r\n")
    await recorder.asked.wait()
    (session,) = listener._service.sessions
    handling = session._handler_coroutine
    recorder.waiting[0].set_result(())
    for _ in range(ticks):
        await asyncio.sleep(0)
    session.eof_received()  # as the loop does when the client has half-closed
    for _ in range(50):
        await asyncio.sleep(0)
        for left in recorder.waiting:
            if not left.done():
                left.set_result(())
    writer.close()
    await listener.stop()
    return [] if handling is None or handling.done() else [handling]


@pytest.mark.timeout(60)  # a session that spins stops the loop, this test's own included
@pytest.mark.parametrize("ticks", range(TICKS))
def test_a_connection_that_ends_beside_its_commit_is_over(ticks: int) -> None:
    assert asyncio.run(end_after(ticks)) == []
