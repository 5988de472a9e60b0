"""One HTTP connection to a queue or to the office of passes. Blocks: for a thread of its own, closed from any."""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from collector.config.mns import Endpoint
from collector.listeners.mnswire import MAX_RESPONSE_BYTES, MnsError, Request

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 15.0  # beyond the time the other side was asked to wait
CHUNK_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whole."""

    status: int
    body: bytes = field(repr=False)


def reach(endpoint: Endpoint) -> None:
    """Connect, check the certificate and hang up.

    Raises:
        OSError: saying what is wrong.
    """
    connection = MnsConnection(endpoint)
    try:
        connection.connect()
    finally:
        connection.close()


class MnsConnection:
    """Connects with the first request. Certificates are checked against the system's authorities."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._guard = threading.Lock()  # holds: _closed
        self._closed = False
        self._http: http.client.HTTPConnection
        if endpoint.is_tls:
            context = ssl.create_default_context()
            self._http = http.client.HTTPSConnection(
                endpoint.host, endpoint.port, timeout=CONNECT_SECONDS, context=context
            )
        else:
            self._http = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=CONNECT_SECONDS)

    def connect(self) -> None:
        """Connect, where that was not done.

        Raises:
            OSError: the network's part, or the certificate's.
        """
        self._refuse_closed()
        if self._http.sock is None:
            self._http.connect()
            self._refuse_closed()

    def ask(self, request: Request, *, wait_seconds: float = 0.0) -> Response:
        """Send a request and read the answer.

        Raises:
            MnsError: the answer is longer than any, or comes too slowly.
            OSError: the network's part; also when `close` was called.
        """
        deadline = time.monotonic() + CONNECT_SECONDS + wait_seconds + ANSWER_SECONDS
        try:
            self.connect()
            self._sock.settimeout(wait_seconds + ANSWER_SECONDS)
            self._http.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                self._http.putheader(name, value)
            self._http.putheader("content-length", str(len(request.body)))
            self._http.endheaders(request.body or None)
            return self._read(deadline)
        except OSError:  # some errors of TLS are ValueErrors too
            raise
        except (http.client.HTTPException, ValueError, AttributeError) as exc:
            # http.client may find its socket gone when another thread closes it.
            raise MnsError("the answer is not HTTP") from exc

    def close(self) -> None:
        """End the connection; a request under way ends with an error."""
        with self._guard:
            self._closed = True
        connected = self._http.sock
        if connected is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._http.close()

    def _refuse_closed(self) -> None:
        with self._guard:
            if self._closed:
                self._http.close()
                raise ConnectionAbortedError("closed")

    @property
    def _sock(self) -> socket.socket:
        if self._http.sock is None:
            raise ConnectionAbortedError("closed")
        return self._http.sock

    def _read(self, deadline: float) -> Response:
        with self._http.getresponse() as response:
            body = bytearray()
            while chunk := response.read1(CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES or time.monotonic() > deadline:
                    raise MnsError("an answer that is too long or too slow")
            return Response(response.status, bytes(body))
