"""Requests that rest until the log has their contacts: real servers over sockets, and a log whose word can be held."""

import base64
import hashlib
import hmac
import os
import re
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector import limits
from collector.config.file import HookConfig, WebConfig
from collector.config.value import Address, Secret
from collector.hit import Channel, Contact, Hit
from collector.hit.sealing import Sealer
from collector.hitlog.writer import Duties, HitLog
from collector.http.server import QUICK_BODY_BYTES, HttpServer
from collector.later import OFFERED, Answer, Later
from collector.listeners.hooks import Hook, beside, create_app
from collector.listeners.web import CanarySite
from collector.recorder import Recorder
from collector.sockets import listen_tcp
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.patience import PATIENCE_SECONDS, wait_until
from tests.collector.listeners.webhooks.signers import config, target

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CALLS = HookConfig("calls", "twilio", key=Secret("12345"), public_url="https://hooks.example.net")
VISIT = Contact(Channel.WEB, "https://track.example.net/", "192.0.2.1")
REJECT = b'<Reject reason="busy"/></Response>'


class Held:
    """A recorder that records at once and says so only when it is told to."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._unsaid: list[tuple[Future[tuple[Hit, ...]], Future[tuple[Hit, ...]]]] = []
        self._guard = threading.Lock()
        self._is_holding = True
        self.handed_over = 0

    def record(self, contacts: Sequence[Contact]) -> Future[tuple[Hit, ...]]:
        recorded, said = self._recorder.record(contacts), Future[tuple[Hit, ...]]()
        with self._guard:
            self.handed_over += len(contacts)
            self._unsaid.append((recorded, said))
        if not self._is_holding:
            self.say()
        return said

    def count(self, name: str, number: int = 1) -> None:
        self._recorder.count(name, number)

    def say(self) -> None:
        """Say what has been held back, and hold back nothing from now on."""
        self._is_holding = False
        with self._guard:
            unsaid, self._unsaid = self._unsaid, []
        for recorded, said in unsaid:
            said.set_result(recorded.result(PATIENCE_SECONDS))


@contextmanager
def serving(application: "WSGIApplication") -> Iterator[int]:
    endpoint = listen_tcp(Address("127.0.0.1", 0), "web")
    server = HttpServer(application, [endpoint], name="web", on_malformed=lambda *_: None, max_body_bytes=4 << 20)
    try:
        yield int(endpoint.getsockname()[1])
    finally:
        server.stop()


def hook_app(recorder: Recorder, *more: HookConfig) -> "WSGIApplication":
    return create_app([Hook.of(one) for one in (CALLS, *more)], recorder, lambda: NOW)


def call(number: int = 1, *, version: str = "1.1", method: str = "POST", token: str = "12345", more: str = "") -> bytes:
    values = {"CallSid": f"CA{number}", "From": "+12025550100", "To": "+12025550101"}
    signed = f"{CALLS.public_url}/hooks/calls" + "".join(name + values[name] for name in sorted(values))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    body = urlencode(values)
    return (
        f"{method} /hooks/calls HTTP/{version}\r\nHost: hooks.example.net\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n{more}\r\n{body}"
    ).encode()


def post(provider: str, body: bytes) -> bytes:
    return f"POST {target(provider)} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)


def answer(connection: socket.socket) -> bytes:
    """Return one whole answer, and no byte of the next."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(1) or pytest.fail(f"closed after {got!r}")
    length = re.search(rb"\r\nContent-Length: (\d+)", got)
    for _ in range(int(length[1]) if length else 0):
        got += connection.recv(1) or pytest.fail(f"closed after {got!r}")
    return got


def all_of(port: int, request: bytes) -> bytes:
    """Send a request and the end of all requests; return everything that comes back, without the time."""
    with connected(port) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.sub(rb"\r\nDate: [^\r]*", b"", got)


# --- the answer is the same -------------------------------------------------------------------------------------------

REQUESTS = {
    "a call": call(),
    "of HTTP/1.0": call(version="1.0"),
    "of HTTP/1.0, kept open": call(version="1.0", more="Connection: keep-alive\r\n"),
    "the last of its connection": call(more="Connection: close\r\n"),
    "two at once": call(1) + call(2),
    "forged": call(token="54321"),
    "an unknown hook": call().replace(b"/hooks/calls", b"/hooks/other"),
    "a method that is not served": call(method="DELETE"),
    "an empty answer": post("tencent", b'{"callId": "1", "dstVirtualNum": "14012345671"}'),
    "unreadable": post("tencent", b"\xff"),
    "nothing to record": post("tencent", b'{"callId": "1", "recordUrl": "https://example.net/1"}'),
    "too large": b"POST /hooks/calls HTTP/1.1\r\nHost: a\r\nContent-Length: 2097152\r\n\r\n" + b"x" * 2097152,
}


@pytest.mark.parametrize("is_written", [True, False], ids=["recorded", "the log cannot be written"])
@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS.keys())
def test_what_rests_gets_the_very_answer_that_a_waiting_thread_would_give(
    records: Records, request_bytes: bytes, is_written: bool
) -> None:
    app = hook_app(records, config("tencent"))

    def waiting(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        del environ[OFFERED]
        return app(environ, start_response)

    records.fail(on=not is_written)
    with serving(app) as rests, serving(waiting) as waits:
        assert all_of(rests, request_bytes) == all_of(waits, request_bytes) != b""
    records.fail(on=False)


def test_a_head_request_gets_the_head_of_the_answer_alone(records: Records) -> None:
    def say(is_recorded: bool) -> Answer:
        return Answer(
            "200 OK" if is_recorded else "503 SERVICE UNAVAILABLE", [("Content-Type", "text/plain")], b"thanks"
        )

    def app(_: "WSGIEnvironment", __: "StartResponse") -> Iterable[bytes]:
        return Later([VISIT], records, say)

    with serving(app) as port:
        assert all_of(port, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").endswith(b"\r\nContent-Type: text/plain\r\n\r\n")
        assert all_of(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").endswith(b"\r\n\r\nthanks")
    assert len(records.contacts()) == 2


# --- resting ----------------------------------------------------------------------------------------------------------


def test_nobody_hears_an_answer_before_the_log_has_spoken_and_no_thread_waits(records: Records) -> None:
    number = 2 * limits.HTTP_THREADS + 10
    held = Held(records)
    with ExitStack() as stack:
        port = stack.enter_context(serving(hook_app(held)))
        connections = [stack.enter_context(connected(port)) for _ in range(number)]
        for at, connection in enumerate(connections):
            connection.sendall(call(at))
        wait_until(lambda: held.handed_over == number)
        for connection in connections:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            connection.settimeout(PATIENCE_SECONDS)
        held.say()
        assert all(answer(connection).endswith(REJECT) for connection in connections)
    assert len(records.contacts()) == number


def test_what_waits_too_long_gets_503_once_and_the_connection_goes_on(
    records: Records, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held(records)
    with serving(hook_app(held)) as port, connected(port) as connection:
        monkeypatch.setattr(limits, "RECORD_WAIT_SECONDS", 0.1)
        connection.sendall(call(1))
        refused = answer(connection)
        assert b" 503 " in refused
        assert b"\r\nRetry-After: " in refused
        monkeypatch.setattr(limits, "RECORD_WAIT_SECONDS", PATIENCE_SECONDS)
        connection.sendall(call(1))
        wait_until(lambda: held.handed_over == 2)
        held.say()  # of both, the first too late
        assert answer(connection).endswith(REJECT)
        connection.sendall(call(2))
        assert answer(connection).endswith(REJECT)
    assert [contact.event_id for contact in records.contacts()] == ["CA1", "CA2"]
    assert records.counters_after_close() == {"hooks.calls.unavailable": 1}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_client_that_leaves_while_its_request_rests_leaves_its_contact_and_nothing_else(records: Records) -> None:
    held = Held(records)
    with serving(hook_app(held)) as port:
        with connected(port) as connection:
            connection.sendall(call(1))
            wait_until(lambda: held.handed_over == 1)
        held.say()
        assert all_of(port, call(2)).endswith(REJECT)
    assert [contact.event_id for contact in records.contacts()] == ["CA1", "CA2"]


def test_a_server_that_stops_answers_what_rests_and_closes(records: Records) -> None:
    held = Held(records)
    endpoint = listen_tcp(Address("127.0.0.1", 0), "web")
    server = HttpServer(hook_app(held), [endpoint], name="web", on_malformed=lambda *_: None)
    with connected(int(endpoint.getsockname()[1])) as connection:
        connection.sendall(call(1))
        wait_until(lambda: held.handed_over == 1)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        held.say()
        assert answer(connection).endswith(REJECT)
        assert connection.recv(1) == b""
        stopping.join()


def test_a_server_that_has_stopped_is_not_moved_by_what_the_log_says_then(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipe that wakes it is closed, and its number may be that of the log's file."""
    monkeypatch.setattr("collector.http.server.STOP_SECONDS", 0.05)
    held = Held(records)
    with serving(hook_app(held)) as port:
        connection = connected(port)
        connection.sendall(call(1))
        wait_until(lambda: held.handed_over == 1)
    with connection, (Path(records.log.path.parent) / "other").open("wb+") as other:
        files = [os.dup(other.fileno()) for _ in range(64)]  # takes the numbers that became free
        held.say()
        assert other.seek(0, 2) == 0
        for file in files:
            os.close(file)
        assert connection.recv(1) == b""


# --- order and threads ------------------------------------------------------------------------------------------------


def test_requests_sent_at_once_are_answered_in_their_order_whoever_serves_them(records: Records) -> None:
    site = CanarySite(WebConfig(listen=()), records, lambda: NOW)
    app = create_app([Hook.of(CALLS)], records, lambda: NOW)
    page = b"GET /t/YT1 HTTP/1.1\r\nHost: a\r\n\r\n"
    with serving(beside(site, app, ["calls"])) as port, connected(port) as connection:
        connection.sendall(call(1) + page + page + call(2) + call(3) + page + call(4))
        kinds = [b"text/xml" in answer(connection) for _ in range(7)]
    assert kinds == [True, False, False, True, True, False, True]
    found = [contact.event_id or contact.channel.value for contact in records.contacts()]
    assert found == ["CA1", "web", "web", "CA2", "CA3", "web", "CA4"]


def test_what_is_large_or_may_visit_its_provider_is_served_by_a_thread_and_rests_all_the_same(records: Records) -> None:
    served: list[str] = []
    app = create_app([Hook.of(CALLS), Hook.of(config("ses", fetch=True))], records, lambda: NOW)

    class Watched:
        is_quick = staticmethod(app.is_quick)

        def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            served.append(threading.current_thread().name)
            return app(environ, start_response)

    large = b"CallSid=CA9&To=%2B12025550101&Body=" + b"x" * QUICK_BODY_BYTES
    with serving(Watched()) as port:
        assert all_of(port, call(1)).endswith(REJECT)
        assert all_of(port, post("ses", b"{}")).startswith(b"HTTP/1.1 403 ")
        assert all_of(port, post("calls", large)).startswith(b"HTTP/1.1 403 ")
    assert [name.partition("-")[0] for name in served] == ["web", "waitress", "waitress"]


# --- what cannot be recorded ------------------------------------------------------------------------------------------


def test_a_contact_that_no_log_can_hold_is_the_fault_of_its_own_request_alone(tmp_path: Path) -> None:
    broken = replace(VISIT, peer="\ud800")  # sealed as UTF-8, which has no such character
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    is_held, both_sent = threading.Event(), threading.Event()

    class App:
        def is_quick(self, _: str) -> bool:
            return True

        def __call__(self, environ: "WSGIEnvironment", _: "StartResponse") -> Iterable[bytes]:
            if environ["PATH_INFO"] == "/hold":  # until both others can be read in one turn, and make one group
                is_held.set()
                both_sent.wait(PATIENCE_SECONDS)
            contact = broken if environ["PATH_INFO"] == "/broken" else VISIT
            return Later([contact], records, lambda is_recorded: Answer(str(is_recorded), [], b""))

    with ExitStack() as stack:
        log = HitLog.open(tmp_path / "hits.db", now=lambda: NOW, duties=Duties(sealer=Sealer(public, b"event key")))
        records = Records(stack.enter_context(log))
        port = stack.enter_context(serving(App()))
        sent = {path: stack.enter_context(connected(port)) for path in ("/hold", "/broken", "/whole")}
        for connection in sent.values():  # accepted, before the first is held
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert answer(connection)
        for path, connection in sent.items():
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert is_held.wait(PATIENCE_SECONDS)
        both_sent.set()
        said = {path: answer(connection).partition(b"\r\n")[0] for path, connection in sent.items()}
        assert said == {"/hold": b"HTTP/1.1 True", "/broken": b"HTTP/1.1 False", "/whole": b"HTTP/1.1 True"}


def test_a_request_whose_answer_fails_gets_500_and_the_others_theirs(records: Records) -> None:
    def say(_: bool) -> Answer:
        raise ZeroDivisionError

    def app(environ: "WSGIEnvironment", _: "StartResponse") -> Iterable[bytes]:
        good = Answer("200 OK", [], b"")
        return Later([VISIT], records, say if environ["PATH_INFO"] == "/fails" else lambda _: good)

    with serving(app) as port:
        fails = b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n"
        assert all_of(port, fails).startswith(b"HTTP/1.1 500 ")
        assert all_of(port, fails.replace(b"/fails", b"/")).startswith(b"HTTP/1.1 200 ")
    assert len(records.contacts()) == 2
