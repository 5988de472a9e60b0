"""SIP over UDP, TCP and TLS: reads messages, hands them to `sipcalls`, carries answers back. No parsing beyond framing.

Messages on streams are framed by Content-Length; a stream that loses its frame is closed. Empty lines are keep-alives.
"""

import asyncio
import logging
import secrets
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from collector.certificates import ServerTls
from collector.config.lines import SipConfig
from collector.http.peer import is_within
from collector.listeners.sipcall import Source
from collector.listeners.sipcalls import Send, SipCalls
from collector.listeners.siptls import accept, shake_hands
from collector.listeners.sipwire import MAX_HEAD_BYTES, SipError, Via, content_length
from collector.recorder import Recorder
from collector.sockets import kernel_drops

DEFAULT_PORT = 5060
MAX_DATAGRAM_BYTES = 65_535
READS_PER_TICK = 64  # datagrams taken before the loop serves others
MAX_CONNECTIONS = 512
MAX_STRANGER_CONNECTIONS = 16  # from one address that is no trusted peer
IDLE_SECONDS = 300.0  # between messages; trunks send keep-alives every 30 to 120 s
MESSAGE_SECONDS = 10.0  # from a message's first byte to its last
SEND_BUFFER_BYTES = 256 << 10  # answers nobody reads; then the connection is closed

_logger = logging.getLogger("collector")


class SipListener:
    """The [sip] section: every address on UDP and TCP, or on TLS, all sharing the calls in progress."""

    def __init__(self, config: SipConfig, recorder: Recorder) -> None:
        self._config = config
        self._recorder = recorder
        self._calls = SipCalls(config, recorder, tag_key=secrets.token_bytes(16))
        self._datagrams: list[socket.socket] = []
        self._drops: dict[int, int] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], str] = {}
        self._doors: list[asyncio.Task[None]] = []
        self._greeting: set[asyncio.Task[None]] = set()
        self._tls = ServerTls(config.tls) if config.tls is not None else None

    async def start(
        self,
        datagrams: Sequence[socket.socket],
        streams: Sequence[socket.socket],
        tls_streams: Sequence[socket.socket] = (),
    ) -> None:
        """Take calls."""
        loop = asyncio.get_running_loop()
        for endpoint in datagrams:
            self._datagrams.append(endpoint)
            loop.add_reader(endpoint.fileno(), self._readable, endpoint)
        for endpoint in streams:
            self._servers.append(await asyncio.start_server(self._connected, sock=endpoint, limit=MAX_HEAD_BYTES))
        for endpoint in tls_streams:
            self._doors.append(asyncio.create_task(accept(endpoint, self._connected_tls)))

    def check(self) -> None:
        """Count what the kernel threw away, and follow the certificate's files; call it now and then."""
        self._count_drops()
        if self._tls is not None:
            self._tls.refresh()

    def _count_drops(self) -> None:
        for endpoint in self._datagrams:
            drops, before = kernel_drops(endpoint), self._drops.get(endpoint.fileno(), 0)
            if drops > before:
                self._recorder.count("sip.dropped_by_kernel", drops - before)
                self._drops[endpoint.fileno()] = drops

    async def stop(self) -> None:
        """Take no more; calls that ring get their final answer at once."""
        loop = asyncio.get_running_loop()
        for endpoint in self._datagrams:
            loop.remove_reader(endpoint.fileno())
        for server in self._servers:
            server.close()
        for door in self._doors:
            door.cancel()
        self._calls.close()
        self._count_drops()
        await asyncio.sleep(0)
        for connection in list(self._connections):
            connection.cancel()
        for greeting in list(self._greeting):
            greeting.cancel()
        await asyncio.gather(*self._connections, *self._greeting, *self._doors, return_exceptions=True)
        for endpoint in self._datagrams:
            endpoint.close()

    def _source(self, address: Sequence[object], transport: str) -> Source:
        host, port = str(address[0]), int(str(address[1]))
        return Source(host, port, transport, is_within(host, self._config.trusted_peers))

    def _readable(self, endpoint: socket.socket) -> None:
        for _ in range(READS_PER_TICK):
            try:
                message, address = endpoint.recvfrom(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error for an earlier answer
                continue
            if message.strip(b"\r\n\0 \t"):  # else a keep-alive
                self._take_datagram(endpoint, message, address)

    def _take_datagram(self, endpoint: socket.socket, message: bytes, address: tuple[object, ...]) -> None:
        def send(answer: bytes, via: Via) -> None:
            # RFC 3261 18.2.2, RFC 3581: back to the sender's address; `maddr` would let anybody choose another.
            port = address[1] if via.wants_rport else via.port or DEFAULT_PORT
            try:
                endpoint.sendto(answer, (address[0], port, *address[2:]))
            except OSError:  # a full buffer or an address out of reach: the caller sends again
                self._recorder.count("sip.answers_unsent")

        self._take(message, self._source(address, "udp"), send)

    def _take(self, message: bytes, source: Source, send: Send) -> None:
        try:
            self._calls.take(message, source, send)
        except Exception as exc:  # noqa: BLE001 - a fault of ours must not end the line
            self._recorder.count("sip.errors")
            _logger.error("sip: %s", type(exc).__name__)  # noqa: TRY400 - its text may hold content

    # --- TCP and TLS -------------------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = self._source(writer.get_extra_info("peername") or ("", 0), "tcp")
        await self._admit(source, partial(self._speak, reader, writer, source), refuse=writer.close)

    def _connected_tls(self, connection: socket.socket, address: Sequence[object]) -> None:
        source = self._source(address, "tls")
        work = self._admit(source, partial(self._greet, connection, source), refuse=connection.close)
        greeting = asyncio.create_task(work)
        self._greeting.add(greeting)
        greeting.add_done_callback(self._greeting.discard)

    async def _greet(self, connection: socket.socket, source: Source) -> None:
        if self._tls is None:
            return
        try:
            reader, writer = await shake_hands(connection, self._tls, limit_bytes=MAX_HEAD_BYTES)
        except OSError:  # those of TLS, and the time-out, too
            self._recorder.count("sip.handshakes_failed")
            return
        await self._speak(reader, writer, source)

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: Source) -> None:
        try:
            await self._converse(reader, writer, source)
        finally:
            writer.close()

    async def _admit(self, source: Source, serve: Callable[[], Awaitable[None]], *, refuse: Callable[[], None]) -> None:
        """Serve a connection under the caps."""
        task = asyncio.current_task()
        same = Counter(self._connections.values())[source.host]
        if (
            task is None
            or len(self._connections) >= MAX_CONNECTIONS
            or (same >= MAX_STRANGER_CONNECTIONS and not source.is_trusted)
        ):
            self._recorder.count("sip.connections_refused")
            refuse()
            return
        self._connections[task] = source.host
        try:
            await serve()
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError, TimeoutError):  # gone, slow, or we stop
            pass
        except (SipError, asyncio.LimitOverrunError):
            self._recorder.count("sip.malformed")
        finally:
            self._connections.pop(task, None)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: Source) -> None:
        def send(answer: bytes, via: Via) -> None:
            del via  # on a stream the answer takes the way the request came
            if writer.is_closing() or writer.transport.get_write_buffer_size() > SEND_BUFFER_BYTES:
                self._recorder.count("sip.answers_unsent")
                writer.close()
                return
            writer.write(answer)

        while True:
            first = await _first_byte(reader, writer)
            if not first:
                return
            async with asyncio.timeout(MESSAGE_SECONDS):
                head = first + await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(content_length(head))
            self._take(head + body, source, send)


async def _first_byte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Wait for the first byte of a message; answer the keep-alives before it (RFC 5626 4.4.1)."""
    blank = 0
    while True:
        async with asyncio.timeout(IDLE_SECONDS):
            byte = await reader.read(1)
            if byte not in (b"\r", b"\n"):
                return byte
            blank += 1
            if blank % 4 == 0:
                writer.write(b"\r\n")
                await writer.drain()
