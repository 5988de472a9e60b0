"""Serving WSGI applications with waitress on sockets that are bound already. The only module that knows waitress.

waitress buffers each request before the application sees it and answers what is not HTTP by itself; here the latter
is reported too, because a contact that is malformed is a contact.
"""

import threading
from collections.abc import Callable, Sequence
from socket import socket
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore  # type: ignore[import-untyped]  # waitress ships no types
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer, create_server  # type: ignore[import-untyped]
from waitress.task import ErrorTask  # type: ignore[import-untyped]
from waitress.utilities import InternalServerError  # type: ignore[import-untyped]

from collector import limits
from collector.hit import Channel, Contact
from collector.redaction import redacted

# Peer address, the first bytes of the request, and why it is not HTTP. Must not wait: it may run in the I/O thread.
OnMalformed = Callable[[str, bytes, str], None]
STOP_SECONDS = 5.0  # for requests that are being answered
LAST_FLUSHES = 10  # turns of the loop that send what the last requests wrote


def malformed_request(peer: str, opening: bytes, reason: str) -> Contact:
    """Return the contact for bytes that are not HTTP, without what would let its reader call a webhook."""
    claims = {"malformed": " ".join(reason.split())[:200]}
    return Contact(Channel.WEB, "", peer, claims=claims, raw=redacted(opening)).bounded()


class HttpServer:
    """One or several listening sockets, an application, and the threads that serve it.

    With `accepts` false nothing is accepted here: connections come through `adopt`.
    """

    def __init__(
        self,
        application: WSGIApplication,
        endpoints: Sequence[socket],
        *,
        name: str,
        on_malformed: OnMalformed,
        max_body_bytes: int = limits.MAX_HTTP_BODY_BYTES,
        accepts: bool = True,
    ) -> None:
        self._map: dict[int, Any] = {}
        server = create_server(
            application,
            map=self._map,
            _start=accepts,
            sockets=list(endpoints),
            threads=limits.HTTP_THREADS,
            connection_limit=limits.MAX_HTTP_CONNECTIONS,
            channel_timeout=limits.HTTP_IDLE_SECONDS,
            max_request_body_size=max_body_bytes,
            max_request_header_size=limits.MAX_HTTP_HEADER_BYTES,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # what a peer claims of itself is a claim; nothing here believes it
            ident="",
        )
        self._dispatcher = server.task_dispatcher
        self._servers = [one for one in self._map.values() if isinstance(one, TcpWSGIServer)]
        for one in self._servers:
            one.channel_class = _channel_class(on_malformed)
        self._stopping = False
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    @property
    def connections(self) -> int:
        """How many connections are open, and a few sockets of our own."""
        return len(self._map)

    def adopt(self, connection: socket, peer: tuple[str, int]) -> None:
        """Serve a connection that `peer` is at the other end of. May be called from any thread; returns at once."""
        server = self._servers[0]

        def begin() -> None:  # in the I/O thread, which alone may touch the map
            if self._stopping:
                connection.close()
            else:
                server.channel_class(server, connection, peer, server.adj, map=self._map)

        server.trigger.pull_trigger(begin)

    def stop(self) -> None:
        """Accept nothing more, finish what is being answered, close the sockets."""
        self._stopping = True
        for one in self._servers:
            one.pull_trigger()
        self.thread.join()

    def _run(self) -> None:
        while not self._stopping:
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
        for one in self._servers:
            one.accepting = False
        self._dispatcher.shutdown(cancel_pending=True, timeout=STOP_SECONDS)
        wasyncore.loop(timeout=0.02, use_poll=True, map=self._map, count=LAST_FLUSHES)
        wasyncore.close_all(self._map)


def _channel_class(on_malformed: OnMalformed) -> type[HTTPChannel]:
    class ReportingErrorTask(ErrorTask):  # type: ignore[misc]  # waitress ships no types
        """Answers what waitress refuses, after reporting it."""

        def execute(self) -> None:
            error = self.request.error
            if not isinstance(error, InternalServerError) and not self.channel.is_told:  # that one is ours
                self.channel.is_told = True  # the connection ends here; what still comes is the rest of this request
                on_malformed(
                    str(self.channel.addr[0]), self.channel.opening, f"{error.code} {error.reason}: {error.body}"
                )
            super().execute()

    class KeepingChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
        """Keeps the first bytes of the request being read."""

        error_task_class = ReportingErrorTask
        opening = b""
        is_told = False

        def received(self, data: bytes) -> bool:
            if self.request is None:
                self.opening = b""
            self.opening += data[: limits.MAX_MALFORMED_BYTES - len(self.opening)]
            return bool(super().received(data))

        def handle_close(self) -> None:
            if self.request is not None and self.opening and self.connected and not self.is_told:
                on_malformed(str(self.addr[0]), self.opening, "the request broke off")
                self.opening = b""
            super().handle_close()

    return KeepingChannel
