"""DNS over UDP and TCP: reads packets, has each contact recorded, then sends the answer of `dnswire`.

UDP has no task per query but batches (`batches`), and the kernel's buffer holds what is too much. If the log cannot be
written, queries are answered as usual and counted as `dns.lost`. A source over its rate (`dnsrate`) gets
answers no larger than its questions: nobody can have us flood a victim, and a true resolver asks again over TCP.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector import limits
from collector.errors import CollectorError
from collector.hit import Contact
from collector.listeners.batches import Batches
from collector.listeners.dnsrate import AnswerRate, Verdict
from collector.listeners.dnswire import Reply, answer, truncated, unfinished
from collector.listeners.dnszone import Authority
from collector.loop import end
from collector.recorder import Recorder


class _Waiting(NamedTuple):
    contact: Contact
    packet: bytes | None
    address: tuple[object, ...]


class UdpListener:
    """Serves one bound, non-blocking UDP socket on the running loop."""

    def __init__(
        self, endpoint: socket.socket, authority: Authority, recorder: Recorder, rate: AnswerRate | None = None
    ) -> None:
        self._socket = endpoint
        self._rate = rate
        self._authority = authority
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._batches = Batches[_Waiting](recorder, self._send, lost="dns.lost")
        self._reading = False
        self._stopping = False
        self._resume()

    async def stop(self) -> None:
        """Take no more queries, answer those already taken, close the socket."""
        self._stopping = True
        self._pause()
        await self._batches.finish()
        self._socket.close()

    def _resume(self) -> None:
        if not self._reading:
            self._loop.add_reader(self._socket.fileno(), self._readable)
            self._reading = True

    def _pause(self) -> None:
        if self._reading:
            self._loop.remove_reader(self._socket.fileno())
            self._reading = False

    def _readable(self) -> None:
        ignored = shortened = withheld = 0
        for _ in range(limits.UDP_READS_PER_TICK):
            try:
                packet, address = self._socket.recvfrom(limits.MAX_UDP_BYTES)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error for an earlier answer
                continue
            reply = answer(self._authority, packet, address[0], transport="udp")
            if reply.contact is None:
                ignored += 1
                continue
            given = reply.packet
            if self._rate is not None and given is not None:
                verdict = self._rate.verdict(address[0])
                if verdict is Verdict.SHORT:
                    given = truncated(given)
                    shortened += 1
                elif verdict is Verdict.NONE:
                    given = None
                    withheld += 1
            self._batches.add(_Waiting(reply.contact, given, address))
        self._count({"responses_ignored": ignored, "answers_truncated": shortened, "answers_withheld": withheld})
        if self._batches.is_full:
            self._pause()
        self._batches.submit()

    def _count(self, numbers: Mapping[str, int]) -> None:
        for name, number in numbers.items():
            if number:
                self._recorder.count(f"dns.{name}", number)

    def _send(self, batch: Sequence[_Waiting]) -> None:
        unsent = 0
        for one in batch:
            if one.packet is not None:
                try:
                    self._socket.sendto(one.packet, one.address)
                except OSError:  # a full send buffer or an address that cannot be reached: the resolver asks again
                    unsent += 1
        if unsent:
            self._recorder.count("dns.answers_unsent", unsent)
        if not self._stopping and not self._batches.is_full:
            self._resume()


class TcpListener:
    """Serves bound TCP sockets: messages behind a two-byte length, several on one connection (RFC 7766)."""

    def __init__(self, authority: Authority, recorder: Recorder) -> None:
        self._authority = authority
        self._recorder = recorder
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, endpoints: Sequence[socket.socket]) -> None:
        """Accept connections."""
        for endpoint in endpoints:
            self._servers.append(await asyncio.start_server(self._connected, sock=endpoint))

    async def stop(self) -> None:
        """Close everything; what was read and not answered is recorded all the same."""
        for server in self._servers:
            server.close()
        await end(self._connections)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= limits.MAX_TCP_CONNECTIONS:
            self._recorder.count("dns.connections_refused")
            writer.close()
            return
        self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (OSError, asyncio.CancelledError):  # the peer is gone, or we stop
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str(writer.get_extra_info("peername")[0])
        for _ in range(limits.MAX_TCP_QUERIES):
            head = await _read(reader, 2)
            if not head:
                return
            size = int.from_bytes(head, "big")
            packet = await _read(reader, size) if len(head) == 2 else head
            if len(head) < 2 or len(packet) < size:
                await self._record(Reply(unfinished(packet, peer), None))
                return
            reply = answer(self._authority, packet, peer, transport="tcp")
            await self._record(reply)
            if reply.packet is None:
                return
            writer.write(len(reply.packet).to_bytes(2, "big") + reply.packet)
            async with asyncio.timeout(limits.TCP_IDLE_SECONDS):
                await writer.drain()

    async def _record(self, reply: Reply) -> None:
        if reply.contact is None:
            self._recorder.count("dns.responses_ignored")
            return
        try:
            # Shielded: who waits may be cancelled, what is on its way to the disk may not.
            await asyncio.shield(asyncio.wrap_future(self._recorder.record([reply.contact])))
        except CollectorError:
            self._recorder.count("dns.lost")


async def _read(reader: asyncio.StreamReader, size: int) -> bytes:
    """Read `size` bytes, or fewer if the peer ends or stays silent for too long."""
    got = b""
    try:
        async with asyncio.timeout(limits.TCP_IDLE_SECONDS):
            while len(got) < size and (more := await reader.read(size - len(got))):
                got += more
    except TimeoutError:
        pass
    return got
