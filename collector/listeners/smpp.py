"""Receives short messages from an operator's message centre by SMPP. Never sends one.

A message is acknowledged only once it is on disk: a whole one and a completed one in the hit log, a part of an
incomplete one in the spool. Else the centre hears ESME_RSYSERR and sends it again. Receipts are no contacts.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from collector import limits
from collector.configlines import SmppConfig
from collector.errors import CollectorError
from collector.hit import Contact
from collector.listeners import smppwire
from collector.listeners.linenumber import Numbering
from collector.listeners.reconnect import keep_connected
from collector.listeners.smppjoin import EventIds, Joiner, Key, Piece, contact_of, malformed, number_of
from collector.listeners.smppsession import SmppSession
from collector.listeners.smppspool import PartSpool
from collector.listeners.smppwire import Pdu, SmppError, parse_pdu, pdu
from collector.recorder import Recorder

SWEEP_SECONDS = 1.0  # how often parts are looked through for those that waited too long


class SmppListener:
    """The [smpp] section: one session for each address, all sharing the parts that wait."""

    def __init__(
        self, config: SmppConfig, recorder: Recorder, now: Callable[[], datetime], spool: PartSpool, event_ids: EventIds
    ) -> None:
        self._config = config
        self._recorder = recorder
        self._now = now
        self._spool = spool
        self._numbering = Numbering(config.country, config.numbers)
        self._joiner = Joiner(config.part_wait_seconds)
        self._event_ids = event_ids
        self._parts_guard = asyncio.Lock()  # holds: _joiner, _spool
        self._tasks: list[asyncio.Task[None]] = []
        self._sessions: list[SmppSession] = []

    async def start(self) -> None:
        """Take up what an earlier run left, then connect and stay connected."""
        for received_at, octets in self._spool.load():
            with suppress(SmppError):  # it could be read when it was put there
                piece = Piece.of(parse_pdu(octets), received_at)
                if piece.key is not None and piece.content.part is not None:
                    self._joiner.add(piece.key, piece, piece.content.part)
        for remote in self._config.connect:
            session = SmppSession(self._config, remote, self._recorder, self._take)
            self._sessions.append(session)
            self._tasks.append(asyncio.create_task(keep_connected("smpp", str(remote), session.run, self._recorder)))
        self._tasks.append(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        """Acknowledge what is on its way to the disk, then unbind. Parts stay in the spool."""
        for session in self._sessions:
            await session.finish()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._spool.close()

    # --- deliveries --------------------------------------------------------------------------------------------------

    async def _take(self, received: Pdu) -> int:
        """Record one delivery and return the status its sender hears."""
        try:
            piece = Piece.of(received, self._now())
        except SmppError as exc:
            return await self._record(
                [malformed(pdu(received.command, received.sequence, body=received.body), str(exc))]
            )
        if piece.delivery.is_receipt:
            self._recorder.count("smpp.receipts")
            return smppwire.ROK
        if not self._numbering.covers(number_of(piece.delivery.destination, self._numbering)):
            self._recorder.count("smpp.other_numbers")
            return smppwire.ROK
        if piece.key is None:
            return await self._record([self._contact([piece])])
        async with self._parts_guard:
            return await self._take_part(piece.key, piece)

    async def _take_part(self, key: Key, piece: Piece) -> int:
        part = piece.content.part
        if part is None or self._joiner.is_repeated(piece):
            self._recorder.count("smpp.repeated_parts")
            return smppwire.ROK
        complete = self._joiner.add(key, piece, part)
        if complete:
            return await self._record_message(key, complete, is_complete=True)
        try:
            await asyncio.to_thread(self._spool.put, piece.digest, piece.received_at, piece.octets)
        except CollectorError:
            self._recorder.count("smpp.unavailable")
            return smppwire.RSYSERR
        return smppwire.ROK

    async def _record_message(self, key: Key, pieces: list[Piece], *, is_complete: bool) -> int:
        """Record a message, joined or in its parts; what cannot be recorded goes on waiting."""
        contacts = [self._contact(pieces)] if is_complete else [self._contact([piece]) for piece in pieces]
        status = await self._record(contacts)
        if status == smppwire.ROK:
            self._joiner.forget(key, self._now())
            try:
                await asyncio.to_thread(self._spool.remove, [piece.digest for piece in pieces])
            except CollectorError:
                self._recorder.count("smpp.spool_errors")
        return status

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            async with self._parts_guard:
                for key, pieces in self._joiner.overdue(self._now()):
                    is_complete = len(pieces) == key[3]
                    if await self._record_message(key, pieces, is_complete=is_complete) != smppwire.ROK:
                        break

    def _contact(self, pieces: Sequence[Piece]) -> Contact:
        return contact_of(pieces, self._event_ids.of(pieces), self._numbering, self._config.alphabet)

    async def _record(self, contacts: Sequence[Contact]) -> int:
        try:
            recorded = asyncio.wrap_future(self._recorder.record(contacts))
            # Shielded: the contacts are on their way to the disk, whether the centre waits or not.
            # Not `wait_for`: in Python 3.11 it may swallow a cancellation, and `stop` would wait for ever.
            async with asyncio.timeout(limits.RECORD_WAIT_SECONDS):
                await asyncio.shield(recorded)
        except (CollectorError, TimeoutError):
            self._recorder.count("smpp.unavailable", len(contacts))
            return smppwire.RSYSERR
        return smppwire.ROK
