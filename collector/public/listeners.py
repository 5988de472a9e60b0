"""Starts what any number of processes may serve on the same sockets: DNS, mail, pages and webhooks."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from wsgiref.types import WSGIApplication

from collector.bound import Bound
from collector.config.file import Config
from collector.http.servers import HttpServers
from collector.listeners import hooks
from collector.listeners.dns import TcpListener, UdpListener
from collector.listeners.dnsrate import AnswerRate
from collector.listeners.dnszone import Authority
from collector.listeners.smtp import SmtpListener
from collector.listeners.web import CanarySite
from collector.recorder import Recorder


class PublicListeners:
    """The listeners of one process, on the running loop; `processes` like it read the same sockets."""

    def __init__(
        self, config: Config, bound: Bound, recorder: Recorder, now: Callable[[], datetime], *, processes: int = 1
    ) -> None:
        self._config = config
        self._bound = bound
        self._recorder = recorder
        self._now = now
        self._processes = processes
        self._http: HttpServers | None = None

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve; `stack` stops it.

        Raises:
            CollectorError: a listener cannot be set up.
        """
        http = self._http = HttpServers(stack, self._recorder)
        await self._start_dns(stack)
        if self._config.smtp is not None:
            tls = http.certificate(self._config.smtp.tls)
            mail = SmtpListener(self._config.smtp, self._recorder, tls.context if tls else None)
            stack.push_async_callback(mail.stop)
            await mail.start(self._bound.smtp)
        self._start_pages(http)

    def check(self) -> None:
        """Follow renewed certificates. Call it about once a second.

        Raises:
            CollectorError: a listener stopped by itself.
        """
        if self._http is not None:
            self._http.check()

    async def _start_dns(self, stack: AsyncExitStack) -> None:
        config = self._config
        if config.dns is None:
            return
        authority = Authority(
            config.dns, config.smtp.domains if config.smtp else (), config.web.hosts if config.web else ()
        )
        answers = -(-config.dns.answers_per_second // self._processes)  # a source's queries reach all of them
        rate = AnswerRate(answers) if answers else None
        for endpoint in self._bound.dns_udp:
            datagrams = UdpListener(endpoint, authority, self._recorder, rate)
            stack.push_async_callback(datagrams.stop)
        streams = TcpListener(authority, self._recorder)
        stack.push_async_callback(streams.stop)
        await streams.start(self._bound.dns_tcp)

    def _start_pages(self, http: HttpServers) -> None:
        config, served = self._config, [hooks.Hook.of(hook) for hook in self._config.webhooks]
        most = hooks.max_body_bytes(served)
        if config.hooks is not None:
            app = hooks.create_app(served, self._recorder, self._now, config.hooks.trusted_proxies)
            tls = http.certificate(config.hooks.tls)
            http.start("hooks", app, self._bound.hooks, tls=tls, max_body_bytes=most)
        if config.web is None:
            return
        site = CanarySite(config.web, self._recorder, self._now)
        pages: WSGIApplication = site
        if served and config.hooks is None:
            app = hooks.create_app(served, self._recorder, self._now, config.web.trusted_proxies)
            pages = hooks.beside(site, app, [hook.config.name for hook in served])
        tls = http.certificate(config.web.tls)
        http.start("web", pages, self._bound.web, tls=tls, site=site, max_body_bytes=most)
        if self._bound.web_http:
            http.start("web_http", pages, self._bound.web_http, site=site, max_body_bytes=most)
