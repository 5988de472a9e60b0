"""Clients that keep a fixed number of requests under way, in the process of the benchmark; the server is another one.

Every request is answered before a client returns, so that what was answered can be compared with what is on record.
"""

import base64
import hashlib
import hmac
import itertools
import selectors
import socket
import statistics
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

DNS_WINDOW = 400  # queries under way
HTTP_CONNECTIONS = 64
SMTP_CONNECTIONS = 16
PATIENCE_SECONDS = 20.0  # for one answer
BUFFER_BYTES = 4 << 20
QTYPES = (1, 28, 16, 255, 15)  # A, AAAA, TXT, ANY, MX, in turn
HOST = "127.0.0.1"
ZONE = b"\1t\7example\3net\0"
PUBLIC_URL = "https://hooks.example.net"
AUTH_TOKEN = "12345"


@dataclass(slots=True)
class Load:
    """What a client saw."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # seconds, one for each answer
    messages: int = 0  # that have to be on record

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds that a share of the answers did not exceed."""
        return statistics.quantiles(self.latencies, n=1000, method="inclusive")[round(share * 1000) - 1] * 1000


def query(port: int, seconds: float, *, is_hot: bool = False) -> Load:
    """Ask for names of their own, or all for one name, with the types of `QTYPES` in turn."""
    load = Load()
    sent_at: dict[int, float] = {}
    numbers = itertools.count()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        client.connect((HOST, port))
        client.settimeout(PATIENCE_SECONDS)
        started_at = time.perf_counter()
        ends_at = started_at + seconds
        while True:
            if time.perf_counter() < ends_at:
                for number in itertools.islice(numbers, DNS_WINDOW - len(sent_at)):
                    sent_at[number & 0xFFFF] = time.perf_counter()
                    client.send(_query(number, is_hot=is_hot))
            elif not sent_at:
                break
            answer = client.recv(4096)
            load.latencies.append(time.perf_counter() - sent_at.pop(answer[0] << 8 | answer[1]))
        load.seconds = time.perf_counter() - started_at
    load.messages = len(load.latencies)
    return load


def _query(number: int, *, is_hot: bool) -> bytes:
    label = b"hot" if is_hot else b"q%07d" % number
    head = struct.pack("!H", number & 0xFFFF) + b"\1\0\0\1\0\0\0\0\0\0"
    return head + bytes((len(label),)) + label + ZONE + struct.pack("!HH", QTYPES[number % len(QTYPES)], 1)


# --- connections ---------------------------------------------------------------------------------------------------

# What to send, and whether its answer completes one message; None: connect anew and wait for the greeting.
Steps = Iterator[tuple[bytes | None, bool]]


class _Conversation:
    def __init__(self, port: int, steps: Steps, is_whole: Callable[[bytes], bool]) -> None:
        self._port = port
        self._steps = steps
        self._is_whole = is_whole
        self._got = b""
        self._began_at = 0.0
        self._is_last = True
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection((HOST, self._port), PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def next(self, *, may_begin: bool) -> bool:
        """Send the next step. A message that has begun is finished; a new one only if it may begin."""
        if self._is_last:
            if not may_begin:
                return False
            self._began_at = time.perf_counter()
        data, self._is_last = next(self._steps)
        if data is None:  # the caller closes the old one
            self.socket = self._connect()
        else:
            self.socket.sendall(data)
        return True

    def readable(self) -> float | None:
        """Take what came; return None while the answer is not whole, 0 after a step, the latency after a message."""
        more = self.socket.recv(65_536)
        if not more:
            raise ConnectionError("the server closed the connection")
        self._got += more
        if not self._is_whole(self._got):
            return None
        if not self._got.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204", b"2", b"354")):
            raise ConnectionError(f"refused: {self._got[:80]!r}")
        self._got = b""
        return time.perf_counter() - self._began_at if self._is_last else 0.0


def _converse(conversations: Iterable[_Conversation], seconds: float) -> Load:
    load = Load()
    with selectors.DefaultSelector() as selector:
        started_at = time.perf_counter()
        ends_at = started_at + seconds
        for one in conversations:
            one.next(may_begin=True)
            selector.register(one.socket, selectors.EVENT_READ, one)
        while selector.get_map():
            ready = selector.select(PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError("no answer")
            for key, _ in ready:
                one, used = key.data, key.data.socket
                latency = one.readable()
                if latency is None:
                    continue
                if latency:
                    load.latencies.append(latency)
                goes_on = one.next(may_begin=time.perf_counter() < ends_at)
                if one.socket is not used or not goes_on:
                    selector.unregister(used)
                    used.close()
                    if goes_on:
                        selector.register(one.socket, selectors.EVENT_READ, one)
        load.seconds = time.perf_counter() - started_at
    load.messages = len(load.latencies)
    return load


def _http_whole(got: bytes) -> bool:
    head, blank, body = got.partition(b"\r\n\r\n")
    at = head.lower().find(b"\r\ncontent-length:")
    return bool(blank) and len(body) >= (int(head[at + 17 :].partition(b"\r\n")[0]) if at >= 0 else 0)


def _smtp_whole(got: bytes) -> bool:
    return got.endswith(b"\r\n") and got.rstrip().rpartition(b"\n")[2][3:4] == b" "


def visit(port: int, seconds: float, *, is_hot: bool = False) -> Load:
    """Open canary links over 64 connections."""
    numbers = itertools.count()
    headers = (
        "Host: track.example.net\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
        "\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: zh-CN,zh;q=0.8\r\nAccept-Encoding: gzip, deflate\r\n\r\n"
    )

    def steps() -> Steps:
        for number in numbers:
            path = "hot" if is_hot else f"q{number:07d}"
            yield f"GET /t/{path} HTTP/1.1\r\n{headers}".encode(), True

    return _converse([_Conversation(port, steps(), _http_whole) for _ in range(HTTP_CONNECTIONS)], seconds)


def call_back(port: int, seconds: float) -> Load:
    """Send Twilio's signed callbacks over 64 connections, each call with an id of its own."""
    numbers = itertools.count()

    def steps() -> Steps:
        for number in numbers:
            values = {"CallSid": f"CA{number:032d}", "From": "+12025550100", "To": "+12025550101"}
            signed = f"{PUBLIC_URL}/hooks/calls" + "".join(key + values[key] for key in sorted(values))
            digest = hmac.digest(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1)
            body = urlencode(values)
            yield (
                (
                    "POST /hooks/calls HTTP/1.1\r\nHost: hooks.example.net\r\nUser-Agent: TwilioProxy/1.1\r\n"
                    f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
                    f"X-Twilio-Signature: {base64.b64encode(digest).decode()}\r\n\r\n{body}"
                ).encode(),
                True,
            )

    return _converse([_Conversation(port, steps(), _http_whole) for _ in range(HTTP_CONNECTIONS)], seconds)


def mail(port: int, seconds: float) -> Load:
    """Send mail from 16 senders, each message of one recipient over a connection of its own, as most mail comes."""
    numbers = itertools.count()

    def steps() -> Steps:
        for number in numbers:
            name = f"q{number:07d}"
            text = "Guten Tag. " * 40
            head = (
                f"From: a@example.org\r\nTo: {name}@mail.example.com\r\nSubject: {name}\r\nMessage-ID: <{name}@x>\r\n"
            )
            yield None, False
            yield b"EHLO relay.example.org\r\n", False
            yield b"MAIL FROM:<a@example.org>\r\n", False
            yield f"RCPT TO:<{name}@mail.example.com>\r\n".encode(), False
            yield b"DATA\r\n", False
            yield f"{head}Date: Sun, 22 Nov 2026 08:00:00 +0000\r\n\r\n{text}\r\n.\r\n".encode(), False
            yield b"QUIT\r\n", True

    return _converse([_Conversation(port, steps(), _smtp_whole) for _ in range(SMTP_CONNECTIONS)], seconds)
