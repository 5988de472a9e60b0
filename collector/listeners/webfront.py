"""Serves canary links on the event loop, in batches (`batches`).

Looks at what a connection sent without taking it. A plain request (`webplain`) is answered here; at the first that is
not, the connection goes to waitress, which finds every byte in place. Owns its connections until then.
"""

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

from collector import limits
from collector.hit import Contact
from collector.http.server import HttpServer
from collector.listeners.batches import Batches
from collector.listeners.web import CanarySite
from collector.listeners.webplain import MAX_BYTES, plain_request, response
from collector.recorder import Recorder

SWEEP_SECONDS = 1.0  # between two looks for idle connections
ACCEPTS_PER_TICK = 64


class _Connection:
    __slots__ = ("is_busy", "is_read", "last_at", "peer", "socket")

    def __init__(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        self.socket = connection
        self.peer = peer
        self.is_busy = False  # its request waits for the commit
        self.is_read = False
        self.last_at = time.monotonic()


class _Waiting(NamedTuple):
    contact: Contact
    answer: bytes
    connection: _Connection


class WebFront:
    """The short path of one HTTP server, on the running loop."""

    def __init__(self, site: CanarySite, server: HttpServer, recorder: Recorder) -> None:
        self._site = site
        self._server = server
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._endpoints: list[socket.socket] = []
        self._open: set[_Connection] = set()
        self._batches = Batches[_Waiting](recorder, self._answer_all, lost="web.lost")
        self._is_due = False
        self._stopping = False
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def start(self, endpoints: Sequence[socket.socket]) -> None:
        """Accept connections on bound, listening, non-blocking sockets."""
        for endpoint in endpoints:
            self._endpoints.append(endpoint)
            self._loop.add_reader(endpoint.fileno(), self._accept, endpoint)

    def adopt(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        """Serve a connection that `peer` is at the other end of."""
        connection.setblocking(False)
        one = _Connection(connection, peer)
        self._open.add(one)
        self._read(one)

    async def stop(self) -> None:
        """Accept nothing more, answer what was taken, close every connection."""
        self._stopping = True
        self._sweeping.cancel()
        for endpoint in self._endpoints:
            self._loop.remove_reader(endpoint.fileno())
        for one in self._open:
            self._pause(one)
        await self._batches.finish()
        for one in list(self._open):
            self._close(one)

    # --- connections -------------------------------------------------------------------------------------------------

    def _accept(self, endpoint: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_TICK):
            if len(self._open) + self._server.connections >= limits.MAX_HTTP_CONNECTIONS:
                self._loop.remove_reader(endpoint.fileno())  # until the next sweep; the kernel's queue holds some
                return
            try:
                connection, address = endpoint.accept()
            except BlockingIOError:
                return
            except OSError:  # the peer is gone, or no file descriptor is left
                self._loop.remove_reader(endpoint.fileno())
                return
            self.adopt(connection, (str(address[0]), int(address[1])))

    def _sweep(self) -> None:
        """Close what has been silent for too long, and accept again."""
        oldest_at = time.monotonic() - limits.HTTP_IDLE_SECONDS
        for one in [one for one in self._open if one.last_at < oldest_at and not one.is_busy]:
            self._close(one)
        for endpoint in self._endpoints:
            self._loop.add_reader(endpoint.fileno(), self._accept, endpoint)
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def _read(self, one: _Connection) -> None:
        if not one.is_read:
            self._loop.add_reader(one.socket.fileno(), self._readable, one)
            one.is_read = True

    def _pause(self, one: _Connection) -> None:
        if one.is_read:
            self._loop.remove_reader(one.socket.fileno())
            one.is_read = False

    def _close(self, one: _Connection) -> None:
        self._pause(one)
        self._open.discard(one)
        one.socket.close()

    def _readable(self, one: _Connection) -> None:
        if one.is_busy:  # the next request, or the end, comes after the answer
            self._pause(one)
            return
        try:
            data = one.socket.recv(MAX_BYTES + 1, socket.MSG_PEEK)
            if not data:
                self._close(one)
                return
            request = plain_request(data, one.peer[0], str(one.peer[1]))
            if request is None:
                self._pause(one)
                self._open.discard(one)
                self._server.adopt(one.socket, one.peer)
                return
            one.socket.recv(len(data))
        except BlockingIOError:
            return
        except OSError:
            self._close(one)
            return
        contact, page = self._site.answer(request)
        one.is_busy = True
        self._batches.add(_Waiting(contact, response(page, int(time.time())), one))
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._submit)  # after the other connections that are readable now

    def _submit(self) -> None:
        self._is_due = False
        self._batches.submit()

    def _answer_all(self, batch: Sequence[_Waiting]) -> None:
        for _, answer, one in batch:
            self._answer(one, answer)

    def _answer(self, one: _Connection, answer: bytes) -> None:
        one.is_busy = False
        one.last_at = time.monotonic()
        try:
            if one.socket.send(answer) < len(answer) or self._stopping:
                self._close(one)  # a client that leaves its answers unread
                return
        except OSError:
            self._close(one)
            return
        self._read(one)
