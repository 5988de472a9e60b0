"""Serving WSGI applications with waitress on sockets that are bound already.

waitress buffers each request before the application sees it and answers what is not HTTP by itself; here the latter
is reported too, because a contact that is malformed is a contact. An application may return a `Later` instead of a
body: its request rests until the log has its contacts, and no thread waits with it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from socket import socket
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore  # type: ignore[import-untyped]  # waitress ships no types
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer, create_server  # type: ignore[import-untyped]
from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]

from collector import limits
from collector.hit import Channel, Contact
from collector.http.channel import OnMalformed, RestingChannel, Shared, offering
from collector.later import Recordings
from collector.redaction import redacted

STOP_SECONDS = 5.0  # for requests that are being answered
STOP_STEP_SECONDS = 0.005  # between two looks at what the log has dealt with
LAST_FLUSHES = 10  # turns of the loop that send what the last requests wrote
TURN_SECONDS = 1.0  # the longest wait for something to happen
QUICK_BODY_BYTES = 64 << 10  # what is larger is read by a thread, beside the other requests
QUICK_REQUESTS = 24  # of one turn; then the log gets what came, and the answers that are ready go out


def malformed_request(peer: str, opening: bytes, reason: str) -> Contact:
    """Return the contact for bytes that are not HTTP, without what would let its reader call a webhook."""
    claims = {"malformed": " ".join(reason.split())[:200]}
    return Contact(Channel.WEB, "", peer, claims=claims, raw=redacted(opening)).bounded()


class HttpServer:
    """One or several listening sockets, an application, and the threads that serve it.

    With `accepts` false nothing is accepted here: connections come through `adopt`. An application with a method
    `is_quick(path)` promises to wait for nothing there: it is called in the I/O thread itself.
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
        self._dispatcher = _Dispatcher(getattr(application, "is_quick", lambda _: False))
        create_server(
            offering(application),
            map=self._map,
            _start=accepts,
            _dispatcher=self._dispatcher,
            sockets=list(endpoints),
            connection_limit=limits.MAX_HTTP_CONNECTIONS,
            channel_timeout=limits.HTTP_IDLE_SECONDS,
            max_request_body_size=max_body_bytes,
            max_request_header_size=limits.MAX_HTTP_HEADER_BYTES,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # what a peer claims of itself is a claim; nothing here believes it
            ident="",
        )
        self._servers = [one for one in self._map.values() if isinstance(one, TcpWSGIServer)]
        self._recordings = Recordings(self._wake)
        for one in self._servers:
            one.shared = Shared(on_malformed, self._recordings)
            one.channel_class = RestingChannel
            one.pull_trigger = self._wake
            one.accept = partial(self._accept, one)
        self._pausing: list[TcpWSGIServer] = []  # for want of file descriptors
        self._pause_ends_at = 0.0
        self._guard = threading.Lock()  # holds: _is_closed
        self._is_closed = False
        self._is_awake = False  # the loop will look at everything before it waits again
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

        if not self._pull(begin):
            connection.close()

    def stop(self) -> None:
        """Accept nothing more, finish what is being answered, close the sockets."""
        self._stopping = True
        self._wake()
        self.thread.join()

    def _wake(self) -> None:
        """Let the loop turn. One byte in its pipe is enough for all that happens before it looks."""
        if not self._is_awake and threading.current_thread() is not self.thread:
            self._is_awake = True
            self._pull(None)

    def _pull(self, thunk: Callable[[], None] | None) -> bool:
        """Write into the pipe unless it is closed, when its number may be another file's; say whether it was open."""
        with self._guard:
            if not self._is_closed:
                self._servers[0].trigger.pull_trigger(thunk)
            return not self._is_closed

    # --- the I/O thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._is_awake = False  # before the looks below: what happens after them wakes the loop
            if self._stopping:
                break
            self._accept_again()
            is_due = self._dispatcher.quick or self._recordings.is_due
            wasyncore.loop(timeout=0.0 if is_due else TURN_SECONDS, use_poll=True, map=self._map, count=1)
            self._recordings.settle()
            self._dispatcher.run_quick()
            self._recordings.submit()
        self._finish()

    def _accept(self, server: TcpWSGIServer) -> tuple[socket, Any] | None:
        try:
            accepted: tuple[socket, Any] | None = TcpWSGIServer.accept(server)
        except OSError:  # waitress would try again at once, without end, and log each time
            server.accepting = False
            self._pausing.append(server)
            self._pause_ends_at = time.monotonic() + TURN_SECONDS
            return None
        return accepted

    def _accept_again(self) -> None:
        if self._pausing and time.monotonic() >= self._pause_ends_at:
            for one in self._pausing:
                one.accepting = True
            self._pausing.clear()

    def _finish(self) -> None:
        for one in self._servers:
            one.accepting = False
        ends_at = time.monotonic() + STOP_SECONDS
        self._dispatcher.shutdown(cancel_pending=True, timeout=STOP_SECONDS)
        self._recordings.submit()
        while self._recordings.is_waiting and time.monotonic() < ends_at:
            time.sleep(STOP_STEP_SECONDS)
            self._recordings.settle()
        wasyncore.loop(timeout=0.02, use_poll=True, map=self._map, count=LAST_FLUSHES)
        with self._guard:
            self._is_closed = True
            wasyncore.close_all(self._map)


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress ships no types
    """Keeps what is quick for the I/O thread, which serves it after a look at the sockets; threads serve the rest."""

    def __init__(self, is_quick: Callable[[str], bool]) -> None:
        super().__init__()
        self.quick: deque[RestingChannel] = deque()
        self._is_quick = is_quick
        self.set_thread_count(limits.HTTP_THREADS)

    def add_task(self, task: RestingChannel) -> None:
        request = task.requests[0]
        if request.error or (_body_bytes(request) <= QUICK_BODY_BYTES and self._is_quick(request.path)):
            self.quick.append(task)
        else:
            super().add_task(task)

    def run_quick(self) -> None:
        for _ in range(min(len(self.quick), QUICK_REQUESTS)):
            channel = self.quick.popleft()
            try:
                channel.service()
            except Exception:
                self.logger.exception("Exception when servicing %r", channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = STOP_SECONDS) -> bool:
        while cancel_pending and self.quick:
            self.quick.popleft().cancel()
        return bool(super().shutdown(cancel_pending, timeout))


def _body_bytes(request: HTTPRequestParser) -> int:
    return 0 if request.body_rcv is None else len(request.body_rcv)
