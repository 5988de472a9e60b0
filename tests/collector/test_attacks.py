"""Known attacks on a running collector: injected headers, redirects, requests that are slow, swollen or packed."""

import gzip
import http.client
import smtplib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from collector.hit import Channel
from collector.hitlog.reader import HitReader
from tests.collector.running import Collector, running

SLOW_CONNECTIONS = 150
MEMORY_BYTES = 64 * 1024 * 1024
WAIT_SECONDS = 60
SECRET = "a-secret-path-nobody-guesses"
CONFIG = f"""
[log]
path = "hits.db"
[web]
listen = ["127.0.0.1:"]
hosts = ["track.example.net"]
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
[webhooks.mail]
provider = "postmark"
secret_path = "{SECRET}"
allow = ["127.0.0.0/8"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def collector(folder: Path) -> Iterator[Collector]:
    with running(folder, CONFIG) as found:
        yield found


def exchange(port: int, request: bytes) -> bytes:
    """Send raw bytes and return all that comes back."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as connection, suppress(OSError):
        connection.sendall(request)
        while block := connection.recv(65536):
            answer += block
    return answer


def memory_bytes(collector: Collector) -> int:
    return int(psutil.Process(collector.process.pid).memory_info().rss)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /t/%0d%0aSet-Cookie:%20owned=1 HTTP/1.1",
        "GET /?no=%0d%0a%0d%0a<script> HTTP/1.1",
        "GET /t/x%0aLocation:%20https://evil.example/ HTTP/1.1",
        "GET /track?no=YT1%E5%98%8A%E5%98%8DSet-Cookie:x=1 HTTP/1.1",
        "HEAD /t/%00%0d%0aX-Owned:%201 HTTP/1.0",
    ],
)  # fmt: skip
def test_no_header_and_no_markup_can_be_injected(collector: Collector, request_line: str) -> None:
    request = f"{request_line}\r\nHost: track.example.net\r\nConnection: close\r\n\r\n".encode()
    head, _, body = exchange(collector.port("web"), request).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.")
    assert not [
        line for line in head.lower().split(b"\r\n") if line.startswith((b"set-cookie", b"location", b"x-owned"))
    ]
    assert b"<script>" not in body


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "/\\evil.example",
        "/?next=https://evil.example/",
        "/t/..//evil.example",
        "/%2f%2fevil.example",
    ],
)
def test_nobody_is_sent_elsewhere(collector: Collector, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode()
    head = exchange(collector.port("web"), request).partition(b"\r\n\r\n")[0].lower()
    assert head.startswith((b"http/1.1 2", b"http/1.1 4", b"http/1.0 4"))
    assert b"location:" not in head
    assert b"refresh:" not in head


def test_the_collector_fetches_nothing_it_is_asked_to(collector: Collector) -> None:
    """Absolute targets, CONNECT, URLs in fields and in mail: nobody knocks at the address they name."""
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(1)
        address = f"127.0.0.1:{inside.getsockname()[1]}"
        for line in (
            f"GET http://{address}/ HTTP/1.1",
            f"CONNECT {address} HTTP/1.1",
            f"GET /?url=http://{address}/ HTTP/1.1",
        ):
            headers = (
                f"Host: {address}\r\nX-Forwarded-Host: {address}\r\nReferer: http://{address}/\r\nConnection: close"
            )
            exchange(collector.port("web"), f"{line}\r\n{headers}\r\n\r\n".encode())
        with smtplib.SMTP("127.0.0.1", collector.port("smtp"), timeout=WAIT_SECONDS) as client:
            text = f'Subject: x\r\nContent-Type: text/html\r\n\r\n<img src="http://{address}/a.png">'
            client.sendmail("a@example.org", ["ssrf@mail.example.com"], text)
        with pytest.raises(TimeoutError):
            inside.accept()


def test_slow_requests_keep_nobody_waiting(collector: Collector, folder: Path) -> None:
    with ExitStack() as stack:
        for number in range(SLOW_CONNECTIONS):
            port = collector.port("web" if number % 2 else "smtp")
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), WAIT_SECONDS))
            slow.sendall(b"GET /slow HTTP/1.1\r\nHost: tr" if number % 2 else b"EHLO slo")
        assert collector.visit("/t/beside-slow-ones") == 200
        assert collector.mail("beside-slow-ones@mail.example.com") == {}
    reader = HitReader(folder / "hits.db")
    beacons = [hit.contact.beacon for hit in reader.stream_from(1)]
    assert any("/t/beside-slow-ones" in one for one in beacons)
    assert "beside-slow-ones@mail.example.com" in beacons


def test_a_packed_body_is_not_unpacked(collector: Collector) -> None:
    bomb, before = gzip.compress(bytes(200 * 1024 * 1024)), memory_bytes(collector)
    connection = http.client.HTTPConnection("127.0.0.1", collector.port("web"), timeout=WAIT_SECONDS)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    connection.request("POST", f"/hooks/mail/{SECRET}", bomb, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status < 500
    assert memory_bytes(collector) - before < MEMORY_BYTES


@pytest.mark.parametrize("kind", ["nested", "many parts", "long header", "many headers", "packed"])
def test_a_swollen_mail_is_one_mail_and_the_next_is_taken(collector: Collector, folder: Path, kind: str) -> None:
    before, parts = memory_bytes(collector), 4_000
    heads = "".join(f'Content-Type: multipart/mixed; boundary="b{at}"\r\n\r\n--b{at}\r\n' for at in range(parts))
    mail = {
        "nested": heads + "x",
        "many parts": 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + "--b\r\n\r\nx\r\n" * 15_000 + "--b--",
        "long header": "Subject: " + "=?utf-8?q?" + "=20" * 50_000 + "?=\r\n\r\nx",
        "many headers": "".join(f"X-{at}: y\r\n" for at in range(15_000)) + "\r\nx",
        "packed": "Content-Transfer-Encoding: base64\r\nContent-Type: application/gzip\r\n\r\nH4sIAAAAAAAC/+3BMQEAAAA=",
    }[kind]
    mailbox = f"{kind.replace(' ', '-')}@mail.example.com"
    with (
        suppress(smtplib.SMTPException, OSError),
        smtplib.SMTP("127.0.0.1", collector.port("smtp"), timeout=WAIT_SECONDS) as client,
    ):
        client.sendmail("a@example.org", [mailbox], mail)
    assert collector.mail(f"after-{mailbox}") == {}
    reader = HitReader(folder / "hits.db")
    reader.verify()
    found = [hit.contact.beacon for hit in reader.stream_from(1) if hit.contact.channel is Channel.MAIL]
    assert found.count(mailbox) <= 1
    assert found.count(f"after-{mailbox}") == 1
    assert memory_bytes(collector) - before < MEMORY_BYTES
