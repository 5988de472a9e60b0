"""Asterisk's events over its Manager Interface: a call is on record while it still rings.

Events are sent once: what happens while we are not connected, or cannot write, is missing here and counted as far as it
is seen. The call records of [cdr] make up for it: both have the same event ids, so a call seen twice is one hit.
"""

import asyncio
import logging
import ssl

from collector.config.lines import AmiConfig
from collector.listeners.amiwire import MAX_PACKET_BYTES, Joiner, action, parse_packet
from collector.listeners.cdr import CdrError, Exchange
from collector.listeners.linenumber import Numbering
from collector.listeners.reconnect import ConnectionEndedError, keep_connected
from collector.loop import end
from collector.recorder import Recorder, record_unwaited

CONNECT_SECONDS = 30.0
PING_SECONDS = 30.0  # of silence, after which we ask whether anybody is there
LOST = "ami.lost"

_logger = logging.getLogger("collector")


class AmiListener:
    """The [ami] section."""

    def __init__(self, config: AmiConfig, recorder: Recorder) -> None:
        self._config = config
        self._recorder = recorder
        self._exchange = Exchange(
            format="asterisk",
            numbering=Numbering(config.country, config.numbers),
            contexts=config.contexts,
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect and stay connected."""
        target = str(self._config.connect)
        kept = keep_connected("ami", target, self._connect_once, self._recorder)
        self._tasks.append(asyncio.create_task(kept))

    async def stop(self) -> None:
        """Disconnect."""
        await end(self._tasks)

    async def _connect_once(self) -> None:
        remote = self._config.connect
        context = ssl.create_default_context() if self._config.tls else None
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                remote.host, remote.port, ssl=context, limit=MAX_PACKET_BYTES
            )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._login(reader, writer)
            await self._receive(reader, writer)
        except asyncio.LimitOverrunError as exc:
            raise ConnectionEndedError("a packet of impossible length") from exc
        finally:
            writer.close()

    async def _login(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        banner = await reader.readuntil(b"\n")
        if not banner.startswith(b"Asterisk Call Manager/"):
            raise ConnectionEndedError("not an Asterisk Manager Interface")
        config = self._config
        login = {"Username": config.username, "Secret": config.secret.reveal(), "Events": "call,cdr"}
        writer.write(action("Login", login))
        while not (answer := parse_packet(await reader.readuntil(b"\r\n\r\n"))).get("response"):
            continue  # events may come first
        if answer["response"].lower() != "success":
            raise ConnectionEndedError("the login was refused: see ami.username and ami.secret")
        _logger.warning("ami %s: logged in", config.connect)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent, joiner = False, Joiner()
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    packet = await reader.readuntil(b"\r\n\r\n")
            except TimeoutError:
                if silent:
                    raise ConnectionEndedError("no answer to a ping") from None
                silent = True
                writer.write(action("Ping", {}))
                continue
            silent = False
            try:
                contact = joiner.contact(packet, self._exchange)
            except CdrError:
                self._recorder.count("ami.malformed")
                continue
            if contact is not None:
                record_unwaited(self._recorder, contact, lost=LOST)
