"""Starts, watches and stops the listeners. Owns the sockets, the log's writer and the event loop; knows no protocol.

Every address is bound before the first contact is taken, so a wrong port is found at once and not after an hour.
"""

import asyncio
import json
import logging
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from collector import limits, manage
from collector.acme.service import AcmeService
from collector.alert import NOTICE_SECONDS, Notices
from collector.certificates import ServerTls, TlsFiles
from collector.config import Config
from collector.configvalue import Address
from collector.duties import duties_of, flood_of
from collector.errors import CollectorError
from collector.hitfile import HitReader
from collector.hitlog import HitLog
from collector.lines import start_lines
from collector.listeners import hooks
from collector.listeners.dns import TcpListener, UdpListener
from collector.listeners.dnsrate import AnswerRate
from collector.listeners.dnszone import Authority
from collector.listeners.sip import SipListener
from collector.listeners.smtp import SmtpListener
from collector.listeners.web import CanarySite
from collector.listeners.webfront import WebFront
from collector.mailroom import page as mailroom
from collector.outbox.overview import overview
from collector.outbox.service import AlertService
from collector.recorder import LogRecorder, record_unwaited
from collector.sockets import address_of, listen_tcp, listen_udp_and_tcp
from collector.tlsfront import TlsFront
from collector.wsgi import HttpServer, malformed_request

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

try:
    import uvloop
except ImportError:  # as quick for UDP here, slower for mail
    LOOP_FACTORY: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    LOOP_FACTORY = uvloop.new_event_loop

Clock = Callable[[], datetime]
_logger = logging.getLogger("collector")


@dataclass(slots=True)
class Bound:
    """Every socket of the configuration, before anything listens to them."""

    dns_udp: list[socket.socket] = field(default_factory=list)
    dns_tcp: list[socket.socket] = field(default_factory=list)
    web: list[socket.socket] = field(default_factory=list)
    web_http: list[socket.socket] = field(default_factory=list)
    smtp: list[socket.socket] = field(default_factory=list)
    sip_udp: list[socket.socket] = field(default_factory=list)
    sip_tcp: list[socket.socket] = field(default_factory=list)
    hooks: list[socket.socket] = field(default_factory=list)
    mailroom: list[socket.socket] = field(default_factory=list)
    manage: list[socket.socket] = field(default_factory=list)

    @classmethod
    def of(cls, config: Config) -> "Bound":
        """Bind everything or nothing.

        Raises:
            BindError: naming the address that cannot be had.
        """
        bound = cls()
        try:
            for address in config.dns.listen if config.dns else ():
                udp, tcp = listen_udp_and_tcp(address, "dns")
                bound.dns_udp.append(udp)
                bound.dns_tcp.append(tcp)
            for address in config.sip.listen if config.sip else ():
                udp, tcp = listen_udp_and_tcp(address, "sip")
                bound.sip_udp.append(udp)
                bound.sip_tcp.append(tcp)
            for address in config.web.listen_http if config.web else ():
                bound.web_http.append(listen_tcp(address, "web"))
            for section in ("web", "smtp", "hooks", "mailroom", "manage"):
                part = getattr(config, section)
                addresses: Sequence[Address] = part.listen if part else ()
                for address in addresses:
                    getattr(bound, section).append(listen_tcp(address, section))
        except CollectorError:
            bound.close()
            raise
        return bound

    def addresses(self, config: Config) -> dict[str, list[str]]:
        """Return what each part listens on; webhooks without an address of their own are found where the pages are."""
        parts = {"dns": self.dns_udp, "web": self.web, "smtp": self.smtp, "sip": self.sip_udp, "manage": self.manage}
        parts |= {"web_http": self.web_http, "mailroom": self.mailroom}
        if config.webhooks:
            parts["hooks"] = self.hooks or self.web
        return {name: [address_of(endpoint) for endpoint in sockets] for name, sockets in parts.items() if sockets}

    def close(self) -> None:
        """Give every address back."""
        pages = (self.web, self.web_http, self.hooks, self.mailroom, self.manage)
        for endpoints in (self.dns_udp, self.sip_udp, self.dns_tcp, self.smtp, self.sip_tcp, *pages):
            for endpoint in endpoints:
                endpoint.close()


def run(config: Config, *, now: Clock, announce: Callable[[str], None], notice: Callable[[str], None]) -> None:
    """Collect until SIGTERM or SIGINT, then write what waits.

    `announce` gets one JSON object that says what is bound, once everything is; `notice` gets content-free lines.

    Raises:
        CollectorError: the log, an address or a listener failed; everything is closed then.
    """
    served = [hooks.Hook.of(hook) for hook in config.webhooks]
    alerting = AlertService(config, now)
    renewing = AcmeService(config, now)
    bound = Bound.of(config)
    try:
        log = HitLog.open(config.log.path, now=now, max_bytes=config.log.max_bytes, duties=duties_of(config))
    except CollectorError:
        bound.close()
        raise
    notices = Notices(notice)
    with log, alerting, renewing, asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        recorder = LogRecorder(log, now, notices.add, flood_of(config))
        runner.run(_Service(config, bound, recorder, served, now).serve(log, notices, announce))
    notices.flush(force=True)


class _Service:
    """One run: the listeners and how to stop them, last started first."""

    def __init__(
        self, config: Config, bound: Bound, recorder: LogRecorder, served: Sequence[hooks.Hook], now: Clock
    ) -> None:
        self._config = config
        self._bound = bound
        self._recorder = recorder
        self._served = served
        self._now = now
        self._http: dict[str, HttpServer] = {}
        self._tls: list[ServerTls] = []
        self._datagrams: list[UdpListener | SipListener] = []

    async def serve(self, log: HitLog, notices: Notices, announce: Callable[[str], None]) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        addresses = self._bound.addresses(self._config)
        async with AsyncExitStack() as stack:
            stack.callback(self._bound.close)
            await self._start_dns(stack)
            await self._start_smtp(stack)
            await self._start_lines(stack)
            self._start_http(stack, log, addresses)
            announce(json.dumps({"log": log.log_id, **addresses}))
            while not stopping.is_set():
                self._check()
                notices.flush()
                try:
                    await asyncio.wait_for(stopping.wait(), NOTICE_SECONDS)
                except TimeoutError:
                    continue

    async def _start_dns(self, stack: AsyncExitStack) -> None:
        config = self._config
        if config.dns is None:
            return
        authority = Authority(
            config.dns, config.smtp.domains if config.smtp else (), config.web.hosts if config.web else ()
        )
        rate = AnswerRate(config.dns.answers_per_second) if config.dns.answers_per_second else None
        for endpoint in self._bound.dns_udp:
            datagrams = UdpListener(endpoint, authority, self._recorder, rate)
            self._datagrams.append(datagrams)
            stack.push_async_callback(datagrams.stop)
        streams = TcpListener(authority, self._recorder)
        stack.push_async_callback(streams.stop)
        await streams.start(self._bound.dns_tcp)

    async def _start_smtp(self, stack: AsyncExitStack) -> None:
        if self._config.smtp is None:
            return
        tls = self._certificate(self._config.smtp.tls)
        mail = SmtpListener(self._config.smtp, self._recorder, tls.context if tls else None)
        stack.push_async_callback(mail.stop)
        await mail.start(self._bound.smtp)

    async def _start_lines(self, stack: AsyncExitStack) -> None:
        bound = self._bound
        sip = await start_lines(
            stack, self._config, self._recorder, self._now, sip_udp=bound.sip_udp, sip_tcp=bound.sip_tcp
        )
        if sip is not None:
            self._datagrams.append(sip)

    def _start_http(self, stack: AsyncExitStack, log: HitLog, addresses: Mapping[str, Any]) -> None:
        config = self._config
        names = [hook.config.name for hook in self._served]
        if config.hooks is not None:
            app = hooks.create_app(self._served, self._recorder, self._now, config.hooks.trusted_proxies)
            self._start_one(stack, "hooks", app, self._bound.hooks, tls=self._certificate(config.hooks.tls))
        if config.web is not None:
            site = CanarySite(config.web, self._recorder, self._now)
            pages: WSGIApplication = site
            if self._served and config.hooks is None:
                app = hooks.create_app(self._served, self._recorder, self._now, config.web.trusted_proxies)
                pages = hooks.beside(site, app, names)
            tls = self._certificate(config.web.tls)
            self._start_one(stack, "web", pages, self._bound.web, tls=tls, site=site)
            if self._bound.web_http:
                self._start_one(stack, "web_http", pages, self._bound.web_http, site=site)
        if config.mailroom is not None:
            app = mailroom.create_app(config.mailroom, self._recorder, self._now)
            self._start_one(stack, "mailroom", app, self._bound.mailroom, tls=self._certificate(config.mailroom.tls))
        if config.manage is not None:
            reader = HitReader(log.path)
            app = manage.create_app(
                reader, config.manage.token, lambda: addresses, pulled=log.pulled, more=self._alerts
            )
            self._start_one(stack, "manage", app, self._bound.manage)

    def _start_one(
        self,
        stack: AsyncExitStack,
        name: str,
        application: "WSGIApplication",
        endpoints: Sequence[socket.socket],
        *,
        tls: ServerTls | None = None,
        site: CanarySite | None = None,
    ) -> None:
        """Serve an application; plain requests for the pages of `site` take the short path."""

        def on_malformed(peer: str, opening: bytes, reason: str) -> None:
            record_unwaited(self._recorder, malformed_request(peer, opening, reason), lost="web.lost")

        server = HttpServer(
            application,
            endpoints,
            name=name,
            on_malformed=on_malformed,
            max_body_bytes=self._max_body_bytes(name),
            accepts=tls is None and site is None,
        )
        self._http[name] = server
        # Its requests may be waiting for the log, which this thread must not keep from answering them.
        stack.push_async_callback(partial(asyncio.to_thread, server.stop))
        taker: HttpServer | WebFront = server
        if site is not None:
            taker = front = WebFront(site, server, self._recorder)
            stack.push_async_callback(front.stop)
            if tls is None:
                front.start(endpoints)
        if tls is not None:
            ended = TlsFront(tls, taker, on_malformed=on_malformed, count=self._recorder.count)
            stack.push_async_callback(ended.stop)
            ended.start(endpoints)

    def _alerts(self) -> Mapping[str, Any]:
        return {"alerts": overview(self._config)} if self._config.alerts else {}

    def _max_body_bytes(self, name: str) -> int:
        own = {"manage": limits.MAX_HTTP_BODY_BYTES, "mailroom": mailroom.MAX_BODY_BYTES}
        return own[name] if name in own else hooks.max_body_bytes(self._served)

    def _certificate(self, files: TlsFiles | None) -> ServerTls | None:
        """Load a certificate; from then on it follows its files."""
        if files is None:
            return None
        self._tls.append(ServerTls(files))
        return self._tls[-1]

    def _check(self) -> None:
        for datagrams in self._datagrams:
            datagrams.count_drops()
        for tls in self._tls:
            tls.refresh()
        for name, server in self._http.items():
            if not server.thread.is_alive():
                raise CollectorError(f"the [{name}] listener stopped by itself: see the lines above, then start again")
