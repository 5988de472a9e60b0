"""Pulling hits from a real server on a real socket: whatever it answers, hits or one clear error."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.hit import GENESIS, Channel, Contact, Hit, seal
from honey.errors import InputError
from honey.intake.pull import PAGE_HITS, confirm, pull

AT = datetime(2026, 11, 21, tzinfo=UTC)
LOG = "00c0ffee"
STATUS = b'{"log": "x", "head": {"seq": 9}}'
Answer = Callable[[str, int], tuple[int, bytes]]


def chain(count: int) -> list[Hit]:
    hits: list[Hit] = []
    for seq in range(1, count + 1):
        contact = Contact(Channel.CALL, "+8614000700000", "+12025550147")
        prev = hits[-1].hash if hits else GENESIS
        hits.append(seal(contact, seq=seq, received_at=AT, log=LOG, prev=prev))
    return hits


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that answers path and `after` with `answer`; also gives the tokens it was shown."""
    tokens: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            tokens.append(str(self.headers["Authorization"]))
            url = urlsplit(self.path)
            code, body = answer(url.path, int(parse_qs(url.query).get("after", ["0"])[0]))
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Verifier-Key", "the key")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", tokens
        finally:
            server.shutdown()
            thread.join()


def collector(hits: list[Hit]) -> Answer:
    def answer(path: str, after: int) -> tuple[int, bytes]:
        if path == "/status":
            return 200, json.dumps({"log": LOG, "head": {"seq": len(hits)}}).encode()
        if path == "/checkpoint":
            return 404, b"nothing is signed yet"
        page = [one for one in hits if one.seq > after][:PAGE_HITS]
        return 200, "".join(one.to_line() + "\n" for one in page).encode()

    return answer


def test_all_pages_come_over_and_the_token_goes_along() -> None:
    hits = chain(PAGE_HITS + 5)
    with serving(collector(hits)) as (url, tokens):
        assert pull(url + "/", "secret", {}).records == hits
        assert pull(url, "secret", {LOG: PAGE_HITS}).records == hits[PAGE_HITS:]
        assert pull(url, "secret", {LOG: PAGE_HITS + 5, "ffffffff": 3}).records == []
    assert set(tokens) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(lambda *_: (200, b"<html>"), "no collector's answer", id="a web page"),
        pytest.param(lambda *_: (200, b"[1]"), "no collector's answer", id="another JSON"),
        pytest.param(lambda *_: (200, b"[" * 100_000), "no collector's answer", id="endless nesting"),
        pytest.param(lambda *_: (200, b'{"log": "x"}'), "no collector's answer", id="a status without a head"),
        pytest.param(lambda *_: (401, b""), r"answered 401: set collector\.token", id="a wrong token"),
        pytest.param(lambda *_: (500, b""), "answered 500", id="a broken server"),
        pytest.param(lambda path, _: (200, STATUS if path == "/status" else b"\xff\n"), "http", id="bytes"),
        pytest.param(lambda path, _: (200, STATUS if path == "/status" else b"{}\n"), "version", id="no hit"),
        pytest.param(
            lambda path, _: (200, STATUS if path == "/status" else chain(1)[0].to_line().encode()),
            "repeats hit 1", id="the same page for ever",
        ),
    ],
)  # fmt: skip
def test_any_other_answer_is_one_clear_error(answer: Answer, reason: str) -> None:
    with serving(answer) as (url, _), pytest.raises(InputError, match=reason):
        pull(url, "secret", {})


@pytest.mark.parametrize("url", ["", "file:///x", "ftp://127.0.0.1", "127.0.0.1:8053", "http://"])
def test_an_address_that_is_no_collectors_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(InputError, match="no address of a collector"):
        pull(url, "secret", {})


def test_a_server_that_is_gone_is_one_clear_error_without_the_token() -> None:
    with serving(collector([])) as (url, _):
        pass
    with pytest.raises(InputError, match="cannot be reached") as raised:
        pull(url, "secret", {})
    assert "secret" not in str(raised.value)


def test_a_log_that_ends_before_what_was_pulled_is_refused() -> None:
    with serving(collector(chain(3))) as (url, _), pytest.raises(InputError, match="ends at hit 3, but 5 were pulled"):
        pull(url, "secret", {LOG: 5})


def test_what_the_collector_signed_comes_along_with_its_key() -> None:
    def answer(path: str, after: int) -> tuple[int, bytes]:
        return (200, b"the note") if path == "/checkpoint" else collector(chain(2))(path, after)

    with serving(answer) as (url, _):
        pulled = pull(url + "/", "secret", {})
    assert (pulled.log, pulled.url, pulled.note, pulled.key) == (LOG, url, "the note", "the key")


def test_a_collector_is_told_what_is_stored_and_an_older_one_is_left_alone() -> None:
    asked: list[str] = []

    def answer(path: str, after: int) -> tuple[int, bytes]:
        asked.append(path)
        return 404, b""

    with serving(answer) as (url, tokens):
        confirm(url, "secret", 5, "ab" * 32)
    assert (asked, tokens) == (["/pulled"], ["Bearer secret"])
    with serving(lambda *_: (409, b"")) as (url, _), pytest.raises(InputError, match="answered 409"):
        confirm(url, "secret", 5, "ab" * 32)
