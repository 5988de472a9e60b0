"""Ends TLS in front of the HTTP server: accepts, shakes hands, and passes the plain bytes on through a socket pair.

waitress knows no TLS. Owns the connections; the HTTP server is told who is at the other end. What begins like no TLS
or breaks off in the handshake is reported, because a contact that is malformed is a contact.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Protocol

from collector import limits
from collector.certificates import ServerTls
from collector.http.channel import OnMalformed
from collector.loop import end

HANDSHAKE = b"\x16"  # the first byte of a TLS connection (RFC 8446 5.1)
PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 19\r\nConnection: close\r\n\r\n"
    b"This port is HTTPS\n"
)
BLOCK_BYTES = 64 << 10
ACCEPT_PAUSE_SECONDS = 0.1  # after running out of file descriptors
_SCARCE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Taker(Protocol):
    """An HTTP server that connections are passed to."""

    def adopt(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        """Serve a connection that `peer` is at the other end of. Called on the loop; returns at once."""


class TlsFront:
    """The TLS side of one HTTP server, on the running loop."""

    def __init__(
        self, tls: ServerTls, server: Taker, *, on_malformed: OnMalformed, count: Callable[[str], None]
    ) -> None:
        self._tls = tls
        self._server = server
        self._on_malformed = on_malformed
        self._count = count
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0

    def start(self, endpoints: Sequence[socket.socket]) -> None:
        """Accept connections on bound, listening, non-blocking sockets."""
        for endpoint in endpoints:
            self._run(self._accept(endpoint))

    async def stop(self) -> None:
        """Accept nothing more and close every connection."""
        await end(self._tasks)

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, endpoint: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(endpoint)
            except OSError as exc:
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS if exc.errno in _SCARCE else 0)
                continue
            if self._open >= limits.MAX_HTTP_CONNECTIONS:
                self._count("web.connections_refused")
                connection.close()
            else:
                self._run(self._serve(connection, (str(address[0]), int(address[1]))))

    async def _serve(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        self._open += 1
        try:
            opening = await self._greeted(connection, peer[0])
            if opening:
                await self._speak(connection, peer, opening)
        except OSError:  # the peer is gone
            pass
        finally:
            self._open -= 1

    async def _greeted(self, connection: socket.socket, peer: str) -> bytes:
        """Return the first bytes of what may be TLS; turn anything else away."""
        is_tls = False
        try:
            opening = await _opening(connection)
            is_tls = opening[:1] == HANDSHAKE
            if opening and not is_tls:
                self._on_malformed(peer, opening, "not TLS, which this port speaks")
                connection.recv(len(opening))  # left unread, it would make the kernel throw the answer away
                connection.send(PLAIN_ANSWER)
                connection.shutdown(socket.SHUT_WR)
            return opening if is_tls else b""
        finally:
            if not is_tls:
                connection.close()

    async def _speak(self, connection: socket.socket, peer: tuple[str, int], opening: bytes) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._tls.context,
                ssl_handshake_timeout=limits.TLS_HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=limits.TLS_SHUTDOWN_SECONDS,
            )
        except OSError as exc:  # SSLError and the time-out are OSErrors, too
            reason = exc.reason if isinstance(exc, ssl.SSLError) else type(exc).__name__
            self._on_malformed(peer[0], opening, f"TLS handshake: {reason}")
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        near, far = socket.socketpair()
        near.setblocking(False)
        self._server.adopt(far, peer)
        await _relay(reader, writer, *await asyncio.open_connection(sock=near))


async def _opening(connection: socket.socket) -> bytes:
    """Wait for the first bytes and return them without taking them; none if nothing comes in time."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection.fileno(), readable.set)
    try:
        async with asyncio.timeout(limits.TLS_HANDSHAKE_SECONDS):
            await readable.wait()
    except TimeoutError:
        return b""
    finally:
        loop.remove_reader(connection.fileno())
    return connection.recv(limits.MAX_MALFORMED_BYTES, socket.MSG_PEEK)


async def _relay(
    client: asyncio.StreamReader,
    to_client: asyncio.StreamWriter,
    server: asyncio.StreamReader,
    to_server: asyncio.StreamWriter,
) -> None:
    """Pass bytes both ways until one side ends; then the other is ended as well."""
    try:
        ways = [asyncio.create_task(_pass(client, to_server)), asyncio.create_task(_pass(server, to_client))]
        try:
            # What the client ends is passed on, and the server answers what it has; what the server ends is over.
            await ways[1]
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        await _linger(client)
    finally:
        to_server.close()
        to_client.close()
    await to_client.wait_closed()  # the last bytes are on their way until then


async def _linger(client: asyncio.StreamReader) -> None:
    """Read what a refused client still sends: closing at once would make its kernel throw our answer away."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(limits.LINGER_SECONDS):
            while await client.read(BLOCK_BYTES):
                pass


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while block := await source.read(BLOCK_BYTES):
            target.write(block)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
    except OSError:  # either side is gone
        if target.can_write_eof():
            target.write_eof()
