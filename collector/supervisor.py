"""Starts, watches and stops the collector. Owns the sockets, the log's writer and the event loop; knows no protocol.

Every address is bound before the first contact is taken, so a wrong port is found at once and not after an hour. What
strangers reach runs here or in processes of its own ([processes]); lines, mail room and management run here.
"""

import asyncio
import json
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from typing import Any

from collector import manage, privileges
from collector.acme.service import AcmeService
from collector.alert import NOTICE_SECONDS, Notices
from collector.bound import Bound
from collector.config.file import Config
from collector.duties import duties_of, flood_of
from collector.errors import CollectorError
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import HitLog
from collector.http.servers import HttpServers
from collector.lines import start_lines
from collector.listeners import hooks
from collector.listeners.sip import SipListener
from collector.loop import LOOP_FACTORY
from collector.mailroom import page as mailroom
from collector.outbox.overview import overview
from collector.outbox.service import AlertService
from collector.public.listeners import PublicListeners
from collector.public.pool import Pool
from collector.recorder import LogRecorder
from collector.sockets import DropCounter

Clock = Callable[[], datetime]


def run(config: Config, *, now: Clock, announce: Callable[[str], None], notice: Callable[[str], None]) -> None:
    """Collect until SIGTERM or SIGINT, then write what waits.

    `announce` gets one JSON object that says what is bound, once everything is; `notice` gets content-free lines.

    Raises:
        CollectorError: the log, an address or a listener failed; everything is closed then.
    """
    for hook in config.webhooks:
        hooks.Hook.of(hook)  # a key that cannot be one is found before anything is bound
    alerting = AlertService(config, now)
    renewing = AcmeService(config, now)
    bound = Bound.of(config)
    try:
        privileges.drop(config.processes.user)
        log = HitLog.open(config.log.path, now=now, max_bytes=config.log.max_bytes, duties=duties_of(config))
    except CollectorError:
        bound.close()
        raise
    notices = Notices(notice)
    with log, alerting, renewing, asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        recorder = LogRecorder(log, now, notices.add, flood_of(config))
        runner.run(_Service(config, bound, recorder, now).serve(log, notices, renewing.after(announce)))
    notices.flush(force=True)


class _Service:
    """One run: the listeners and how to stop them, last started first."""

    def __init__(self, config: Config, bound: Bound, recorder: LogRecorder, now: Clock) -> None:
        self._config = config
        self._bound = bound
        self._recorder = recorder
        self._now = now
        self._public: PublicListeners | None = None
        self._pool: Pool | None = None
        self._sip: SipListener | None = None
        self._dns_drops = DropCounter(bound.dns_udp, partial(recorder.count, "dns.dropped_by_kernel"))

    async def serve(self, log: HitLog, notices: Notices, announce: Callable[[str], None]) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        addresses = self._bound.addresses(self._config)
        async with AsyncExitStack() as stack:
            stack.callback(self._bound.close)
            await self._start_public(stack)
            stack.callback(self._dns_drops.check)
            self._sip = await self._start_lines(stack)
            http = HttpServers(stack, self._recorder)
            self._start_pages(http, log, addresses)
            announce(json.dumps({"log": log.log_id, **addresses}))
            while not stopping.is_set():
                await self._check(http)
                notices.flush()
                try:
                    async with asyncio.timeout(NOTICE_SECONDS):
                        await stopping.wait()
                except TimeoutError:
                    continue

    async def _start_public(self, stack: AsyncExitStack) -> None:
        if self._config.processes.listeners:
            self._pool = Pool(self._config, self._bound, self._recorder, self._config.processes.listeners)
            stack.push_async_callback(self._pool.stop)
            await self._pool.start()
        else:
            self._public = PublicListeners(self._config, self._bound, self._recorder, self._now)
            await self._public.start(stack)

    async def _start_lines(self, stack: AsyncExitStack) -> SipListener | None:
        bound = self._bound
        sip = {"sip_udp": bound.sip_udp, "sip_tcp": bound.sip_tcp, "sip_tls": bound.sip_tls}
        return await start_lines(stack, self._config, self._recorder, self._now, **sip)

    def _start_pages(self, http: HttpServers, log: HitLog, addresses: Mapping[str, Any]) -> None:
        """Serve the mail room, whose entries are told their numbers, and management, which reads the log."""
        config = self._config
        if config.mailroom is not None:
            app = mailroom.create_app(config.mailroom, self._recorder, self._now)
            tls, most = http.certificate(config.mailroom.tls), mailroom.MAX_BODY_BYTES
            http.start("mailroom", app, self._bound.mailroom, tls=tls, max_body_bytes=most)
        if config.manage is not None:
            reader = HitReader(log.path)
            app = manage.create_app(
                reader, config.manage.token, lambda: addresses, pulled=log.pulled, more=self._alerts
            )
            http.start("manage", app, self._bound.manage)

    def _alerts(self) -> Mapping[str, Any]:
        return {"alerts": overview(self._config)} if self._config.alerts else {}

    async def _check(self, http: HttpServers) -> None:
        self._dns_drops.check()
        if self._sip is not None:
            self._sip.check()
        if self._pool is not None:
            await self._pool.check()
        if self._public is not None:
            self._public.check()
        http.check()
