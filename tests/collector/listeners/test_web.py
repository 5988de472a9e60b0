"""The pages and their core: every request is a contact, every answer is plausible and harmless."""

import asyncio
import http.client
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.config.file import WebConfig
from collector.config.value import Address
from collector.hit import GENESIS, Channel, parse_hit, seal
from collector.http.server import HttpServer, malformed_request
from collector.listeners.web import CanarySite, Request, answer
from collector.listeners.webfront import WebFront
from collector.listeners.webpages import PIXEL, tracking_page
from collector.listeners.webplain import plain_request
from collector.recorder import record_unwaited
from collector.sockets import listen_tcp
from tests.collector.listeners.conftest import Records

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CONFIG = WebConfig(listen=(), hosts=("track.example.net",), trusted_proxies=(ip_network("127.0.0.1/32"),))


def request(target: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> Request:
    named = [(name.replace("_", "-"), value) for name, value in {"Host": "track.example.net", **headers}.items()]
    return Request(method, target, named, body, "203.0.113.9", "4711")


BEACONS = {
    "a path": (request("/t/YT8000000000123"), "https://track.example.net/t/YT8000000000123"),
    "path and query": (request("/track?no=YT8&x=1"), "https://track.example.net/track?no=YT8&x=1"),
    "our host with a port": (request("/a", Host="track.example.net:8443"), "https://track.example.net/a"),
    "our host in capitals": (request("/A", Host="Track.Example.NET"), "https://track.example.net/A"),
    "another host": (request("/a", Host="other.example.org:81"), "https://other.example.org:81/a"),
    "no host": (request("/a", Host=""), "https:///a"),
    "an absolute target": (request("http://track.example.net/a?b"), "https://track.example.net/a?b"),
    "an asterisk": (request("*", method="OPTIONS"), "https://track.example.net/*"),
}


@pytest.mark.parametrize(("received", "beacon"), BEACONS.values(), ids=BEACONS.keys())
def test_the_beacon_is_the_address_as_requested(received: Request, beacon: str) -> None:
    """Under our own name without port, under any other as received."""
    contact, _ = answer(received, CONFIG, NOW)
    assert (contact.channel, contact.beacon) == (Channel.WEB, beacon)


def test_what_a_browser_says_of_itself_is_claimed_and_the_request_kept() -> None:
    """Method, agent, referer and the raw request with its body."""
    received = request("/x", "POST", b"name=1", User_Agent="probe/1", Referer="https://chat.example.org/")
    contact, _ = answer(received, CONFIG, NOW)
    assert contact.peer == "203.0.113.9"
    assert contact.claims["method"] == "POST"
    assert contact.claims["user_agent"] == "probe/1"
    assert contact.claims["referer"] == "https://chat.example.org/"
    assert contact.raw.startswith(b"POST /x\r\nHost: track.example.net\r\n")
    assert contact.raw.endswith(b"\r\n\r\nname=1")


PAGES = {
    "front": ("/", "text/html", "请输入运单号"),
    "an unknown path": ("/wp-login.php", "text/html", "请输入运单号"),
    "tracking by query": ("/track?no=YT8000000000123", "text/html", "YT8000000000123"),
    "tracking by path": ("/t/YT8000000000123", "text/html", "运输中"),
    "an image": ("/img/a.GIF?x", "image/gif", "GIF89a"),
    "robots": ("/robots.txt", "text/plain", "Disallow"),
}


@pytest.mark.parametrize(("target", "kind", "part"), PAGES.values(), ids=PAGES.keys())
def test_pages(target: str, kind: str, part: str) -> None:
    """Each address has a plausible answer."""
    _, page = answer(request(target), CONFIG, NOW)
    assert page.status == "200 OK"
    assert page.content_type.startswith(kind)
    assert part in page.body.decode("latin-1" if kind == "image/gif" else "utf-8")


def test_a_result_is_made_up_from_the_number_and_stays_the_same() -> None:
    """The same number shows the same journey an hour later, another number another one, none from the future."""
    first, later = (tracking_page("YT8000000000123", "zh-CN", NOW + timedelta(hours=hours)) for hours in (0, 1))
    rows = re.findall(r"<tr>.*?</tr>", first.body.decode())
    assert set(rows) <= set(re.findall(r"<tr>.*?</tr>", later.body.decode()))
    assert len(rows) >= 1
    assert tracking_page("YT8000000000124", "zh-CN", NOW).body != first.body
    for seed in range(300):
        times = re.findall(r"<td>(\d{4}-\d\d-\d\d \d\d:\d\d)</td>", tracking_page(str(seed), "", NOW).body.decode())
        assert times
        assert all(time <= "2026-11-21 08:00" for time in times)


def test_the_language_follows_the_visitor() -> None:
    """English for those who ask for another language first, Chinese else."""
    assert "In transit" in tracking_page("1", "en-GB,en;q=0.9,zh;q=0.1", NOW).body.decode()
    assert "运输中" in tracking_page("1", "zh-CN,en", NOW).body.decode()
    assert "运输中" in tracking_page("1", "", NOW).body.decode()


def test_a_number_cannot_write_into_the_page() -> None:
    """Escaped in the text and in the field, and cut."""
    _, page = answer(request("/track?no=%3Cscript%3Ealert(1)%3C/script%3E%22" + "9" * 500), CONFIG, NOW)
    assert b"<script" not in page.body
    assert b"&lt;script&gt;" in page.body
    assert b"9" * 50 not in page.body


@given(
    st.text(max_size=60),
    st.sampled_from(["GET", "POST", "X" * 40]),
    st.dictionaries(
        st.sampled_from(["Host", "User-Agent", "X-Forwarded-For", "Accept-Language"]), st.text(max_size=30)
    ),
    st.binary(max_size=50),
)
def test_any_request_gives_a_contact_that_can_be_recorded(
    target: str, method: str, headers: dict[str, str], body: bytes
) -> None:
    """No exception escapes the core, whatever arrives."""
    contact, page = answer(Request(method, target, [*headers.items()], body, "203.0.113.9", "1"), CONFIG, NOW)
    hit = seal(contact, seq=1, received_at=NOW, log="0123abcd", prev=GENESIS)
    assert parse_hit(hit.to_line()) == hit
    assert page.body


@contextmanager
def server(records: Records, *, is_short: bool = True) -> Iterator[int]:
    """Both paths as `collector run` has them, or waitress alone."""
    endpoint = listen_tcp(Address("127.0.0.1", 0), "web")

    def on_malformed(peer: str, opening: bytes, reason: str) -> None:
        record_unwaited(records, malformed_request(peer, opening, reason), lost="web.lost")

    site = CanarySite(CONFIG, records, lambda: NOW)
    running = HttpServer(site, [endpoint], name="web", on_malformed=on_malformed, accepts=not is_short)
    with ExitStack() as stack:
        stack.callback(running.stop)
        if is_short:
            stack.enter_context(short_path(site, running, records, endpoint))
        yield int(endpoint.getsockname()[1])


@contextmanager
def short_path(site: CanarySite, running: HttpServer, records: Records, endpoint: socket.socket) -> Iterator[None]:
    """The event loop that `collector run` has, in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> WebFront:
        front = WebFront(site, running, records)
        front.start([endpoint])
        return front

    front = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(front.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def get(port: int, target: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_a_visit_is_on_record_when_it_is_answered(records: Records) -> None:
    with server(records) as port:
        response, body = get(port, "/t/YT8%E5%BF%AB?x=1", Host="track.example.net", X_Forwarded_For="203.0.113.77")
        (contact,) = records.contacts()
    assert response.status == 200
    assert "运输中".encode() in body
    assert contact.beacon == "https://track.example.net/t/YT8%E5%BF%AB?x=1"
    assert contact.peer == "203.0.113.77"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Server"] is None


def test_images_and_head_requests(records: Records) -> None:
    with server(records) as port:
        assert get(port, "/p.gif")[1] == PIXEL
        response, body = get(port, "/", "HEAD")
        assert (response.status, body) == (200, b"")
    assert [one.claims["method"] for one in records.contacts()] == ["GET", "HEAD"]


BROKEN = {
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)) + b"\r\n\r\n",
    "an invalid header": b"GET / HTTP/1.1\r\nbroken header\r\n\r\n",
    "an invalid length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    "too large a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    "too large a header": b"GET / HTTP/1.1\r\nX: " + b"y" * (limits.MAX_HTTP_HEADER_BYTES + 10) + b"\r\n\r\n",
    "a request that breaks off": b"GET / HTTP/1.1\r\nHost: track",
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_http_is_recorded_with_its_first_bytes(records: Records, sent: bytes) -> None:
    with server(records) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        client.recv(4096)
    (contact,) = records.contacts()
    assert contact.claims["malformed"]
    assert contact.raw
    assert sent.startswith(contact.raw)
    assert contact.peer == "127.0.0.1"


def test_a_full_log_shows_the_page_and_counts_the_loss(records: Records) -> None:
    with server(records) as port:
        records.fail()
        response, body = get(port, "/track?no=YT8")
        assert response.status == 200
        assert "运输中".encode() in body
        records.fail(on=False)
        get(port, "/after")
    assert [one.beacon for one in records.contacts()] == [f"https://127.0.0.1:{port}/after"]
    assert records.counters_after_close() == {"web.lost": 1}


# --- the short path and waitress -----------------------------------------------------------------------------------

BROWSER = b"Host: track.example.net\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept-Language: en\r\n"
SAME = {
    "a browser": b"GET /t/YT8 HTTP/1.1\r\n" + BROWSER + b"\r\n",
    "a query": b"GET /track?no=YT8&x=%E5%BF%AB HTTP/1.1\r\n" + BROWSER + b"\r\n",
    "no header at all": b"GET / HTTP/1.1\r\n\r\n",
    "an image": b"GET /p.gif HTTP/1.1\r\nhost:track.example.net\r\n\r\n",
    "odd spelling and spaces": b"GET /a HTTP/1.1\r\nhOST:   Track.Example.NET  \r\nX-EmPTY:\r\n\r\n",
    "UTF-8 in a header": "GET /a HTTP/1.1\r\nHost: x\r\nReferer: https://x/快\r\n\r\n".encode(),
    "bytes that are no UTF-8": b"GET /a HTTP/1.1\r\nHost: x\r\nReferer: \xff\xfe\r\n\r\n",
    "a proxy of ours": b"GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.77\r\n\r\n",
    "kept alive": b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\n",
    "percent signs": b"GET /%2e%2e/%00%d HTTP/1.1\r\nHost: %s\r\n\r\n",
}
NOT_PLAIN = {
    "a HEAD request": b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "a body of a GET": b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.0": b"GET /a HTTP/1.0\r\n\r\n",
    "the last request": b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "an absolute target": b"GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "two slashes": b"GET //x/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header twice": b"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "an underscore": b"GET /a HTTP/1.1\r\nX_Y: x\r\n\r\n",
    "a tab": b"GET /a HTTP/1.1\r\nHost: x\ty\r\n\r\n",
    "a folded header": b"GET /a HTTP/1.1\r\nHost: x\r\n y\r\n\r\n",
    "a bare line feed": b"GET /a HTTP/1.1\nHost: x\r\n\r\n",
}


def exchange(port: int, sent: bytes) -> bytes:
    """Send one request and return its whole answer, without the date."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(sent)
        got = b""
        while more := client.recv(65_536):
            got += more
            found = re.search(rb"Content-Length: (\d+)\r\n", got)
            if found and len(got.partition(b"\r\n\r\n")[2]) >= (0 if sent.startswith(b"HEAD") else int(found[1])):
                break
    return re.sub(rb"Date: [^\r]*\r\n", b"Date\r\n", got)


@pytest.mark.parametrize("sent", [*SAME.values(), *NOT_PLAIN.values()], ids=[*SAME, *NOT_PLAIN])
def test_the_short_path_records_and_answers_as_waitress_does(records: Records, sent: bytes) -> None:
    with server(records, is_short=False) as port:
        expected = exchange(port, sent)
    with server(records) as port:
        assert exchange(port, sent) == expected
    ours, oracle = ({**one.claims, "peer_port": ""} for one in records.contacts())
    assert ours == oracle
    first, second = records.contacts()
    assert (first.beacon, first.peer, first.raw) == (second.beacon, second.peer, second.raw)


def test_which_requests_take_the_short_path() -> None:
    assert [name for name, sent in SAME.items() if plain_request(sent, "192.0.2.1", "1") is None] == []
    assert [name for name, sent in NOT_PLAIN.items() if plain_request(sent, "192.0.2.1", "1") is not None] == []
    for target in (b"/hooks/calls", b"/.well-known/acme-challenge/x", b"/%2fhooks"):
        assert plain_request(b"GET " + target + b" HTTP/1.1\r\n\r\n", "192.0.2.1", "1") is None, target


@given(st.binary(max_size=120))
def test_any_bytes_are_a_request_or_for_waitress(data: bytes) -> None:
    for sent in (data, b"GET /" + data + b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost: " + data + b"\r\n\r\n"):
        found = plain_request(sent, "192.0.2.1", "1")
        assert found is None or found.target.startswith("/")


def test_requests_on_one_connection_are_answered_in_their_order(records: Records) -> None:
    """A plain one, several at once, a posted form, and a plain one again."""
    plain = [f"GET /{number} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for number in range(6)]
    form = b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    with server(records) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        answers = client.makefile("rb")
        for sent in (plain[0], plain[1] + plain[2] + plain[3], form, plain[4] + plain[5]):
            client.sendall(sent)
            for _ in range(sent.count(b"HTTP/1.1")):
                head = b"".join(iter(answers.readline, b"\r\n"))
                assert head.startswith(b"HTTP/1.1 200 OK\r\n")
                found = re.search(rb"Content-Length: (\d+)", head)
                assert found is not None
                answers.read(int(found[1]))
    beacons = [one.beacon.removeprefix("https://x/") for one in records.contacts()]
    assert beacons == ["0", "1", "2", "3", "form", "4", "5"]


def test_a_silent_connection_is_closed(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HTTP_IDLE_SECONDS", 0)
    with server(records) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        assert client.recv(1) == b""
    assert records.contacts() == []


def test_connections_beyond_the_cap_wait_until_there_is_room(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(records) as port:
        monkeypatch.setattr(limits, "MAX_HTTP_CONNECTIONS", 0)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(b"GET /patient HTTP/1.1\r\nHost: x\r\n\r\n")
            monkeypatch.setattr(limits, "MAX_HTTP_CONNECTIONS", 1000)
            assert client.recv(15) == b"HTTP/1.1 200 OK"
