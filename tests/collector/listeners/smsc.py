"""A message centre written from the SMPP 3.4 specification, independent of the code under test."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

DELIVER_SM, DELIVER_SM_RESP = 0x05, 0x80000005
BIND_RECEIVER, BIND_TRANSCEIVER = 0x01, 0x09
ENQUIRE_LINK, ENQUIRE_LINK_RESP, UNBIND, UNBIND_RESP = 0x15, 0x80000015, 0x06, 0x80000006
Seen = tuple[int, int, int, bytes]  # command, status, sequence, body


def frame(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">4I", 16 + len(body), command, status, sequence) + body


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def deliver(
    text: bytes,
    *,
    source: str = "8614012340000",
    destination: str = "8614012345678",
    ton: int = 1,
    esm_class: int = 0,
    data_coding: int = 0,
    tlvs: bytes = b"",
) -> bytes:
    """The body of a deliver_sm."""
    return (
        b"\0"
        + bytes((ton, 1))
        + source.encode()
        + b"\0"
        + bytes((1, 1))
        + destination.encode()
        + b"\0"
        + bytes((esm_class, 0, 0))
        + b"\0\0"  # schedule_delivery_time and validity_period, both empty
        + bytes((0, 0, data_coding, 0, len(text)))
        + text
        + tlvs
    )


def concatenated(reference: int, total: int, number: int, text: bytes) -> bytes:
    """User data with the header of one part; set UDHI (0x40) in esm_class."""
    return bytes((5, 0, 3, reference, total, number)) + text


@dataclass
class MessageCentre:
    """Accepts binds; what it is sent besides answers to deliveries is in `seen`."""

    password: str = "secret08"
    answers_enquiries: bool = True
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    binds: list[bytes] = field(default_factory=list)
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _writer: asyncio.StreamWriter | None = None
    _waiting: dict[int, "asyncio.Future[Seen]"] = field(default_factory=dict)
    _sequence: int = 100

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()

    def drop(self) -> None:
        """Cut the connection off."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self.bound.clear()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("cut off"))
        self._waiting.clear()

    async def send(self, body: bytes, command: int = DELIVER_SM) -> int:
        """Deliver and return the status of the answer."""
        return (await self.request(body, command))[1]

    async def request(self, body: bytes, command: int) -> Seen:
        await asyncio.wait_for(self.bound.wait(), 60)
        if self._writer is None:
            raise ConnectionError("cut off")
        self._sequence += 1
        answer: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._waiting[self._sequence] = answer
        self._writer.write(frame(command, self._sequence, body))
        return await asyncio.wait_for(answer, 60)

    def write(self, octets: bytes) -> None:
        assert self._writer is not None
        self._writer.write(octets)

    async def all(self, bodies: Sequence[bytes]) -> list[int]:
        return [await self.send(body) for body in bodies]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack(">I", await reader.readexactly(4))
                command, status, sequence = struct.unpack(">3I", await reader.readexactly(12))
                body = await reader.readexactly(length - 16)
                await self._handle((command, status, sequence, body), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _handle(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        command, _, sequence, body = seen
        if command & 0x80000000 and sequence in self._waiting:
            self._waiting.pop(sequence).set_result(seen)
            return
        self.seen.append(seen)
        if command in (BIND_RECEIVER, BIND_TRANSCEIVER):
            self.binds.append(body)
            status = 0 if body.split(b"\0")[1] == self.password.encode() else 0x0E
            writer.write(frame(command | 0x80000000, sequence, b"smsc\0", status))
            if not status:
                self._writer = writer
                self.bound.set()
        elif command == ENQUIRE_LINK and self.answers_enquiries:
            writer.write(frame(ENQUIRE_LINK_RESP, sequence))
        elif command == UNBIND:
            writer.write(frame(UNBIND_RESP, sequence))
