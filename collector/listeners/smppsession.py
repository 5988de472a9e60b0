"""One SMPP session: connects, binds, answers, shows that it lives. What a delivery means is the caller's part."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from itertools import count

from collector.config.lines import Remote, SmppConfig
from collector.listeners import smppwire
from collector.listeners.reconnect import ConnectionEndedError
from collector.listeners.smppwire import Pdu, SmppError, bind_body, parse_pdu, pdu, pdu_length
from collector.recorder import Recorder

CONNECT_SECONDS = 30.0  # for the connection, and for the answer to the bind
PDU_SECONDS = 30.0  # from a PDU's first byte to its last
STOP_SECONDS = 5.0  # for the last commits; one takes milliseconds
MAX_PENDING = 1000  # deliveries not yet acknowledged; then the centre has to wait
MAX_SEQUENCE = 0x7FFF_FFFF  # SMPP 3.4 3.2
BIND_FAULTS = {0x05: "already bound", 0x0D: "bind failed", 0x0E: "wrong password", 0x0F: "unknown system_id"}
DELIVERIES = (smppwire.DELIVER_SM, smppwire.DATA_SM)
BINDS = {"receiver": smppwire.BIND_RECEIVER, "transceiver": smppwire.BIND_TRANSCEIVER}

_logger = logging.getLogger("collector")


class SmppSession:
    """One connection at a time to one address. `take` records a delivery and returns the status its sender hears."""

    def __init__(
        self, config: SmppConfig, remote: Remote, recorder: Recorder, take: Callable[[Pdu], Awaitable[int]]
    ) -> None:
        self._config = config
        self._remote = remote
        self._recorder = recorder
        self._take = take
        self._writer: asyncio.StreamWriter | None = None
        self._pending: set[asyncio.Task[None]] = set()
        self._sequence = count(1)
        self._stopping = False

    async def run(self) -> None:
        """Connect, bind and receive until the connection ends.

        Raises:
            ConnectionEndedError: the centre refused us, fell silent or does not speak SMPP.
            OSError, TimeoutError, EOFError: the network's part.
        """
        context = ssl.create_default_context() if self._config.tls else None
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(self._remote.host, self._remote.port, ssl=context)
        self._writer = writer
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._bind(reader, writer)
            await self._receive(reader, writer)
        except SmppError as exc:
            raise ConnectionEndedError(str(exc)) from exc
        finally:
            self._writer = None
            writer.close()

    async def finish(self) -> None:
        """Take no more deliveries, acknowledge those on their way to the disk, unbind."""
        self._stopping = True
        if self._pending:
            await asyncio.wait(self._pending, timeout=STOP_SECONDS)
        if self._writer is not None:
            self._send(self._writer, smppwire.UNBIND)
            await asyncio.sleep(0)
            self._writer.close()

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _bind(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        config = self._config
        body = bind_body(
            config.system_id, config.password.reveal(), system_type=config.system_type, version=config.version
        )
        command = BINDS[config.bind]
        self._send(writer, command, body)
        while True:
            answer = await _read(reader)
            if answer.command == command | smppwire.RESPONSE:
                break
            if answer.command == smppwire.GENERIC_NACK:
                raise ConnectionEndedError(f"the bind was refused with status 0x{answer.status:08x}")
        if answer.status != smppwire.ROK:
            reason = BIND_FAULTS.get(answer.status, "see the operator's list")
            raise ConnectionEndedError(f"the bind was refused with status 0x{answer.status:08x} ({reason})")
        _logger.warning("smpp %s: bound as %s", self._remote, config.bind)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent = 0
        while True:
            try:
                async with asyncio.timeout(self._config.enquire_seconds):
                    head = await reader.readexactly(4)
            except TimeoutError:
                if silent:
                    raise ConnectionEndedError("no answer to enquire_link") from None
                silent += 1
                self._send(writer, smppwire.ENQUIRE_LINK)
                continue
            silent = 0
            if not await self._handle(await _rest(reader, head), writer):
                return

    async def _handle(self, received: Pdu, writer: asyncio.StreamWriter) -> bool:
        """Answer one PDU; False ends the session."""
        command = received.command
        if command in DELIVERIES:
            while len(self._pending) >= MAX_PENDING:
                await asyncio.wait(self._pending, return_when=asyncio.FIRST_COMPLETED)
            if not self._stopping:
                task = asyncio.create_task(self._deliver(received, writer))
                self._pending.add(task)
                task.add_done_callback(self._pending.discard)
        elif command == smppwire.ENQUIRE_LINK:
            self._answer(writer, received)
        elif command == smppwire.UNBIND:
            self._answer(writer, received)
            await writer.drain()
            return False
        elif not command & smppwire.RESPONSE and command != smppwire.ALERT_NOTIFICATION:
            self._recorder.count("smpp.unknown_commands")
            nack = pdu(smppwire.GENERIC_NACK, received.sequence, status=smppwire.RINVCMDID)
            _write(writer, nack)
        return True

    async def _deliver(self, received: Pdu, writer: asyncio.StreamWriter) -> None:
        try:
            status = await self._take(received)
        except Exception as exc:  # noqa: BLE001 - a fault of ours: the centre is asked to send again
            self._recorder.count("smpp.errors")
            _logger.error("smpp %s: %s", self._remote, type(exc).__name__)  # noqa: TRY400 - its text may hold content
            status = smppwire.RSYSERR
        self._answer(writer, received, status=status, body=b"\0")  # an empty message_id

    def _answer(self, writer: asyncio.StreamWriter, to: Pdu, *, status: int = smppwire.ROK, body: bytes = b"") -> None:
        _write(writer, pdu(to.command | smppwire.RESPONSE, to.sequence, status=status, body=body))

    def _send(self, writer: asyncio.StreamWriter, command: int, body: bytes = b"") -> None:
        _write(writer, pdu(command, (next(self._sequence) - 1) % MAX_SEQUENCE + 1, body=body))


def _write(writer: asyncio.StreamWriter, octets: bytes) -> None:
    if not writer.is_closing():  # else the centre sends again on the next connection
        writer.write(octets)


async def _read(reader: asyncio.StreamReader) -> Pdu:
    return await _rest(reader, await reader.readexactly(4))


async def _rest(reader: asyncio.StreamReader, head: bytes) -> Pdu:
    length = pdu_length(head)
    async with asyncio.timeout(PDU_SECONDS):
        return parse_pdu(head + await reader.readexactly(length - len(head)))
