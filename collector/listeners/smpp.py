"""Receives short messages from an operator's message centre by SMPP. Never sends one.

A message is acknowledged only once it is on disk: a whole one and a completed one in the hit log, a part of an
incomplete one in the spool. Else the centre hears ESME_RSYSERR and sends it again. Receipts are no contacts.
What an earlier run left sealed in the spool is recorded as it is, first of all.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from collector import limits
from collector.config.lines import SmppConfig
from collector.errors import CollectorError
from collector.hit import Contact
from collector.listeners import smppwire
from collector.listeners.linenumber import Numbering
from collector.listeners.reconnect import keep_connected
from collector.listeners.smppjoin import EventIds, Joiner, Key, Piece, contact_of, malformed, number_of
from collector.listeners.smppsession import SmppSession
from collector.listeners.smppspool import PartSpool
from collector.listeners.smppwire import Pdu, SmppError, parse_pdu, pdu
from collector.loop import end
from collector.recorder import Recorder

SWEEP_SECONDS = 1.0  # how often parts are looked through for those that waited too long
ORPHANS_AT_ONCE = 100  # recorded in one transaction

_logger = logging.getLogger("collector")


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
        self._parts_guard = asyncio.Lock()  # holds: _joiner, _spool, _settled
        self._settled: list[str] = []  # digests of sealed parts that are on record
        self._orphans: list[Contact] = []  # what an earlier run left sealed; the sweep's
        self._tasks: list[asyncio.Task[None]] = []
        self._sessions: list[SmppSession] = []

    async def start(self) -> None:
        """Take up what an earlier run left, then connect and stay connected."""
        self._orphans = self._spool.orphans()
        for received_at, octets in self._spool.load():
            with suppress(SmppError):  # it could be read when it was put there
                piece = Piece.of(parse_pdu(octets), received_at)
                if piece.key is not None and piece.content.part is not None:
                    self._joiner.add(piece.key, piece, piece.content.part)
                    if self._spool.is_sealed:  # since that run
                        self._spool.put(piece, self._early_contact([piece]))
        for remote in self._config.connect:
            session = SmppSession(self._config, remote, self._recorder, self._take)
            self._sessions.append(session)
            self._tasks.append(asyncio.create_task(keep_connected("smpp", str(remote), session.run, self._recorder)))
        self._tasks.append(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        """Acknowledge what is on its way to the disk, then unbind. Parts stay in the spool."""
        for session in self._sessions:
            await session.finish()
        await end(self._tasks)
        async with self._parts_guard:
            await self._drop_settled()
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
        if part is None or self._joiner.is_repeated(piece) or self._spool.is_known(piece):
            self._recorder.count("smpp.repeated_parts")
            return smppwire.ROK
        complete = self._joiner.add(key, piece, part)
        if complete:
            return await self._record_message(key, complete, is_complete=True)
        try:
            await asyncio.to_thread(self._spool.put, piece, self._early_contact([piece]))
        except CollectorError:
            self._recorder.count("smpp.unavailable")
            return smppwire.RSYSERR
        return smppwire.ROK

    async def _record_message(self, key: Key, pieces: list[Piece], *, is_complete: bool) -> int:
        """Record a message, joined or in its parts; what cannot be recorded goes on waiting."""
        contacts = [self._contact(pieces)] if is_complete else [self._contact([piece]) for piece in pieces]
        if is_complete:
            try:
                await asyncio.to_thread(self._spool.put_joined, pieces, self._early_contact(pieces))
            except CollectorError:
                self._recorder.count("smpp.unavailable")
                return smppwire.RSYSERR
        status = await self._record(contacts)
        if status == smppwire.ROK:
            self._joiner.forget(key, self._now())
            self._settled += [piece.digest for piece in pieces]
            if not self._spool.is_sealed:
                await self._drop_settled()
            # Else with the next sweep: a run that is killed before the centre hears of it knows the parts again.
        return status

    async def _drop_settled(self) -> None:
        if not self._settled:
            return
        try:
            await asyncio.to_thread(self._spool.remove, self._settled)
        except CollectorError:
            self._recorder.count("smpp.spool_errors")
        self._settled = []

    async def _sweep(self) -> None:
        while True:
            try:
                await self._record_orphans()
                await self._record_overdue()
            except Exception as exc:  # noqa: BLE001 - a fault of ours: parts would wait for ever, and nobody would know
                self._recorder.count("smpp.errors")
                _logger.error("smpp: %s", type(exc).__name__)  # noqa: TRY400 - its text may hold content
            await asyncio.sleep(SWEEP_SECONDS)

    async def _record_overdue(self) -> None:
        async with self._parts_guard:
            await self._drop_settled()
            for key, pieces in self._joiner.overdue(self._now()):
                is_complete = len(pieces) == key[3]
                if await self._record_message(key, pieces, is_complete=is_complete) != smppwire.ROK:
                    break

    async def _record_orphans(self) -> None:
        """Record what an earlier run left sealed; what the log cannot take is tried again with the next sweep."""
        while self._orphans:
            some = self._orphans[:ORPHANS_AT_ONCE]
            if not await self._is_recorded(some):
                return
            del self._orphans[: len(some)]
            try:
                await asyncio.to_thread(self._spool.settle, some)
            except CollectorError:
                self._recorder.count("smpp.spool_errors")

    def _early_contact(self, pieces: Sequence[Piece]) -> Contact:
        """Return the contact that a later run may have to record, with the time that only this one knows."""
        return replace(self._contact(pieces), occurred_at=min(piece.received_at for piece in pieces))

    def _contact(self, pieces: Sequence[Piece]) -> Contact:
        return contact_of(pieces, self._event_ids.of(pieces), self._numbering, self._config.alphabet)

    async def _record(self, contacts: Sequence[Contact]) -> int:
        if await self._is_recorded(contacts):
            return smppwire.ROK
        self._recorder.count("smpp.unavailable", len(contacts))
        return smppwire.RSYSERR

    async def _is_recorded(self, contacts: Sequence[Contact]) -> bool:
        try:
            recorded = asyncio.wrap_future(self._recorder.record(contacts))
            # Shielded: the contacts are on their way to the disk, whether the centre waits or not.
            # Not `wait_for`: in Python 3.11 it may swallow a cancellation, and `stop` would wait for ever.
            async with asyncio.timeout(limits.RECORD_WAIT_SECONDS):
                await asyncio.shield(recorded)
        except (CollectorError, TimeoutError):
            return False
        return True
