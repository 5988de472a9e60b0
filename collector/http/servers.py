"""HTTP servers of one process: plain, behind TLS, or with the short path for canary pages. Owns the servers."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from wsgiref.types import WSGIApplication

from collector import limits
from collector.certificates import ServerTls, TlsFiles
from collector.errors import CollectorError
from collector.http.server import HttpServer, malformed_request
from collector.http.tls import TlsFront
from collector.listeners.web import CanarySite
from collector.listeners.webfront import WebFront
from collector.recorder import Recorder, record_unwaited
from collector.translation import _


class HttpServers:
    """Starts HTTP servers on the running loop; `stack` stops them, the last one first."""

    def __init__(self, stack: AsyncExitStack, recorder: Recorder) -> None:
        self._stack = stack
        self._recorder = recorder
        self._servers: dict[str, HttpServer] = {}
        self._tls: list[ServerTls] = []

    def certificate(self, files: TlsFiles | None) -> ServerTls | None:
        """Load a certificate, if there is one; from then on it follows its files.

        Raises:
            ConfigError: it cannot be used.
        """
        if files is None:
            return None
        self._tls.append(ServerTls(files))
        return self._tls[-1]

    def start(
        self,
        name: str,
        application: WSGIApplication,
        endpoints: Sequence[socket.socket],
        *,
        tls: ServerTls | None = None,
        site: CanarySite | None = None,
        max_body_bytes: int = limits.MAX_HTTP_BODY_BYTES,
    ) -> None:
        """Serve an application; plain requests for the pages of `site` take the short path."""

        def on_malformed(peer: str, opening: bytes, reason: str) -> None:
            record_unwaited(self._recorder, malformed_request(peer, opening, reason), lost="web.lost")

        server = HttpServer(
            application,
            endpoints,
            name=name,
            on_malformed=on_malformed,
            max_body_bytes=max_body_bytes,
            accepts=tls is None and site is None,
        )
        self._servers[name] = server
        # Its requests may be waiting for the log, which this thread must not keep from answering them.
        self._stack.push_async_callback(partial(asyncio.to_thread, server.stop))
        taker: HttpServer | WebFront = server
        if site is not None:
            taker = front = WebFront(site, server, self._recorder)
            self._stack.push_async_callback(front.stop)
            if tls is None:
                front.start(endpoints)
        if tls is not None:
            ended = TlsFront(tls, taker, on_malformed=on_malformed, count=self._recorder.count)
            self._stack.push_async_callback(ended.stop)
            ended.start(endpoints)

    def check(self) -> None:
        """Follow renewed certificates.

        Raises:
            CollectorError: a server stopped by itself.
        """
        for tls in self._tls:
            tls.refresh()
        for name, server in self._servers.items():
            if not server.thread.is_alive():
                raise CollectorError(
                    _("the [{name}] listener stopped by itself: see the lines above, then start again", name=name)
                )
