"""Reads Alibaba Cloud's queues (MNS) for receipts of calls and messages. Never writes to one.

A message is deleted only once what it tells is on disk; until then the queue shows it again, and it is the same hit.
Each queue has a session of its own and a thread for its requests, which may last as long as the queue is silent.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from collector import limits
from collector.config.mns import MnsConfig, MnsQueue
from collector.errors import CollectorError
from collector.hit import Contact
from collector.listeners.mnshttp import MnsConnection, Response
from collector.listeners.mnsreceipt import contacts_of
from collector.listeners.mnswire import (
    NO_MESSAGE,
    AccessKey,
    MnsError,
    QueuePass,
    Received,
    Request,
    code_of_json,
    delete_request,
    pass_request,
    read_codes,
    read_messages,
    read_pass,
    receive_request,
)
from collector.listeners.reconnect import ConnectionEndedError, keep_connected
from collector.listeners.webhooks.payload import UnreadableError, json_value
from collector.loop import end
from collector.recorder import Recorder

PASS_MARGIN_SECONDS = 120.0  # before it ends, as Alibaba's own samples do
LEAST_PASS_SECONDS = 60.0
UNSTATED_PASS_SECONDS = 600.0  # of one whose times cannot be read; those seen last an hour
UNAVAILABLE_SECONDS = 5.0  # before more is asked for while the log cannot be written
QUICK_SECONDS = 1.0  # an empty answer that comes sooner did not wait for messages: then we do

T = TypeVar("T")
_logger = logging.getLogger("collector")


class MnsListener:
    """The [mns] section: one session for each queue."""

    def __init__(
        self, config: MnsConfig, recorder: Recorder, now: Callable[[], datetime], nonce: Callable[[], str]
    ) -> None:
        self._recorder = recorder
        self._threads = ThreadPoolExecutor(len(config.queues), thread_name_prefix="mns")
        self._sessions = [
            _Session(config, queue, recorder, _Means(self._threads, now, nonce)) for queue in config.queues
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect and stay connected."""
        for session in self._sessions:
            kept = keep_connected("mns", session.queue.kind, session.run, self._recorder)
            self._tasks.append(asyncio.create_task(kept))

    async def stop(self) -> None:
        """End all requests. What was received and not deleted comes again."""
        await end(self._tasks)
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Means:
    """What sessions are handed from outside."""

    threads: ThreadPoolExecutor
    now: Callable[[], datetime]
    nonce: Callable[[], str]


@dataclass(slots=True)
class _Session:
    """One queue: gets a pass, receives, records, deletes."""

    config: MnsConfig
    queue: MnsQueue
    recorder: Recorder
    means: _Means
    _key: AccessKey | None = field(default=None, repr=False)
    _pass_until: float = 0.0  # on the monotonic clock
    _office: MnsConnection | None = None

    async def run(self) -> None:
        """Receive until something fails; the next run begins with a new pass.

        Raises:
            ConnectionEndedError: the queue or the office of passes refused us, or does not speak their language.
            OSError: the network's part.
        """
        self._key = None
        connection = MnsConnection(self.config.endpoint)
        try:
            while True:
                key = await self._pass()
                began = time.monotonic()
                messages = await self._receive(connection, key)
                if messages:
                    await self._take(connection, key, messages)
                elif time.monotonic() - began < QUICK_SECONDS:
                    await asyncio.sleep(QUICK_SECONDS)
        except MnsError as exc:
            raise ConnectionEndedError(str(exc)) from exc
        finally:
            connection.close()
            if self._office is not None:
                self._office.close()

    async def _pass(self) -> AccessKey:
        """Return the key for the queue; a new one before the old one ends."""
        if self._key is not None and time.monotonic() < self._pass_until:
            return self._key
        given = await self._in_thread(self._fetch_pass)
        if self._key is None:
            _logger.warning("mns %s: a pass was given", self.queue.kind)
        lasts = UNSTATED_PASS_SECONDS if given.lifetime_seconds is None else given.lifetime_seconds
        self._pass_until = time.monotonic() + max(lasts - PASS_MARGIN_SECONDS, LEAST_PASS_SECONDS)
        self._key = given.key
        return given.key

    def _fetch_pass(self) -> QueuePass:
        config, office = self.config, self.config.token_endpoint
        key = AccessKey(config.access_key_id, config.access_key_secret.reveal())
        asked = {"MessageType": self.queue.kind, "QueueName": self.queue.name}
        self._office = connection = MnsConnection(office)
        try:
            request = pass_request(office.authority, key, asked, at=self.means.now(), nonce=self.means.nonce())
            answer = connection.ask(request)
        finally:
            connection.close()
        if answer.status != 200:
            raise MnsError(f"no pass was given: {answer.status} {_json_code(answer)}")
        return read_pass(answer.body)

    async def _receive(self, connection: MnsConnection, key: AccessKey) -> list[Received]:
        config = self.config
        request = receive_request(
            config.endpoint.authority, key, self.queue.name, wait_seconds=config.wait_seconds, at=self.means.now()
        )
        answer = await self._ask(connection, request, wait_seconds=config.wait_seconds)
        if answer.status == 200:
            return read_messages(answer.body)
        codes = read_codes(answer.body)
        if answer.status == 404 and codes == [NO_MESSAGE]:
            return []
        raise MnsError(f"the queue answers {answer.status} {' '.join(codes[:1])}")

    async def _take(self, connection: MnsConnection, key: AccessKey, messages: Sequence[Received]) -> None:
        """Record what came, then delete what is on record."""
        kept = await asyncio.gather(*(self._is_kept(message) for message in messages))
        handles = [message.handle for message, is_kept in zip(messages, kept, strict=True) if is_kept]
        if handles:
            await self._delete(connection, key, handles)
        if len(handles) < len(messages):
            self.recorder.count("mns.unavailable", len(messages) - len(handles))
            await asyncio.sleep(UNAVAILABLE_SECONDS)

    async def _is_kept(self, message: Received) -> bool:
        contacts = contacts_of(message, self.queue.kind, verified=self.config.endpoint.is_tls)
        if not contacts:
            self.recorder.count("mns.no_contact")
            return True
        return await self._is_recorded(contacts)

    async def _is_recorded(self, contacts: Sequence[Contact]) -> bool:
        try:
            recorded = asyncio.wrap_future(self.recorder.record(contacts))
            async with asyncio.timeout(limits.RECORD_WAIT_SECONDS):
                await asyncio.shield(recorded)  # they are on their way to the disk, whether we wait or not
        except (CollectorError, TimeoutError):
            return False
        return True

    async def _delete(self, connection: MnsConnection, key: AccessKey, handles: Sequence[str]) -> None:
        """Delete; what cannot be deleted any longer comes again and is the same hit."""
        request = delete_request(self.config.endpoint.authority, key, self.queue.name, handles, at=self.means.now())
        answer = await self._ask(connection, request)
        if answer.status == 204:
            return
        codes = read_codes(answer.body)
        self.recorder.count("mns.not_deleted", min(len(codes), len(handles)) or len(handles))
        if answer.status != 404:
            raise MnsError(f"the queue answers {answer.status} {' '.join(codes[:1])} to a deletion")

    async def _ask(self, connection: MnsConnection, request: Request, *, wait_seconds: float = 0.0) -> Response:
        return await self._in_thread(partial(connection.ask, request, wait_seconds=wait_seconds))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.means.threads, work)


def _json_code(answer: Response) -> str:
    try:
        return code_of_json(json_value(answer.body))
    except UnreadableError:
        return "no code"
