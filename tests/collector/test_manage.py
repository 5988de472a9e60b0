"""The management address: nothing without the token, bounded pages with it."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from collector import limits
from collector.config.value import Secret
from collector.hit import Channel, Contact, parse_hit, verify_chain
from collector.hit.checkpoint import open_note, parse_verifier_key
from collector.hitlog.reader import HitReader
from collector.hitlog.signing import LogKey, Signing
from collector.hitlog.writer import Duties, HitLog
from collector.manage import create_app

TOKEN = {"Authorization": "Bearer let-me-read-the-hits"}
QUERY = Contact(Channel.DNS, "x.t.example.net", "192.0.2.1")


@pytest.fixture
def client(log: HitLog, noon: datetime) -> FlaskClient:
    log.append_all([replace(QUERY, beacon=f"{number}.t.example.net") for number in range(1, 8)], noon).result(5)
    app = create_app(HitReader(log.path), Secret("let-me-read-the-hits"), lambda: {"dns": ["127.0.0.1:53"]})
    return app.test_client()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "let-me-read-the-hits"},
        {"Authorization": "Bearer \xff"},
    ],
    ids=["nothing", "a wrong token", "no Bearer", "not ASCII"],
)
@pytest.mark.parametrize("path", ["/hits", "/status", "/checkpoint", "/nothing"])
def test_without_the_token_there_is_no_answer_at_all(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    """Not even whether the path exists."""
    response = client.get(path, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert b"t.example.net" not in response.data


def test_hits_come_as_lines_that_verify_from_where_the_last_page_ended(client: FlaskClient) -> None:
    """Three pages, each checked against the hash before it."""
    after, last, pulled = 0, None, []
    while True:
        response = client.get(f"/hits?after={after}&limit=3", headers=TOKEN)
        assert response.status_code == 200
        assert response.content_type == "application/x-ndjson"
        page = [parse_hit(line) for line in response.text.splitlines()]
        if not page:
            break
        last = verify_chain(page, last)
        after = page[-1].seq
        pulled += page
    assert [hit.contact.beacon for hit in pulled] == [f"{number}.t.example.net" for number in range(1, 8)]
    assert (response.headers["X-Log"], response.headers["X-Head-Seq"]) == ("0123abcd", "7")
    assert response.headers["X-Head-Hash"] == last


def test_pages_end_early_when_hits_are_large(log: HitLog, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is bounded in bytes, but never empty while there is more."""
    monkeypatch.setattr(limits, "MAX_HITS_PAGE_BYTES", 1000)
    log.append_all([replace(QUERY, raw=b"x" * 600)] * 5, noon).result(5)
    app = create_app(HitReader(log.path), Secret("let-me-read-the-hits"), dict)
    assert len(app.test_client().get("/hits", headers=TOKEN).text.splitlines()) == 1


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1.5", "limit=x", "after=" + "9" * 30, "after=٣"])
def test_numbers_that_are_none_are_refused(client: FlaskClient, query: str) -> None:
    """400 with the name of the parameter."""
    response = client.get(f"/hits?{query}", headers=TOKEN)
    assert response.status_code == 400
    assert response.text == f"{query.partition('=')[0]} must be a whole number\n"


def test_beyond_the_head_and_limit_0_are_empty_pages(client: FlaskClient) -> None:
    """An up-to-date puller gets nothing, not an error."""
    for query in ("after=7", f"after={limits.MAX_SEQ - 1}", "limit=0"):
        response = client.get(f"/hits?{query}", headers=TOKEN)
        assert (response.status_code, response.data) == (200, b"")


def test_status_says_how_far_the_log_reaches(client: FlaskClient, log: HitLog) -> None:
    """One JSON object with head, counters and addresses."""
    document = json.loads(client.get("/status", headers=TOKEN).data)
    head = HitReader(log.path).head()
    assert document == {
        "log": "0123abcd",
        "head": {"seq": 7, "hash": head.hash},
        "counters": {},
        "listeners": {"dns": ["127.0.0.1:53"]},
    }


def test_the_newest_checkpoint_comes_with_its_key(client: FlaskClient, log: HitLog, noon: datetime) -> None:
    """404 until something is signed; then a note that the key in the header opens."""
    assert client.get("/checkpoint", headers=TOKEN).status_code == 404
    log.close()
    duties = Duties(signing=Signing(LogKey.of("01" * 32, "key"), every_hits=1, every_seconds=60))
    with HitLog.open(log.path, now=lambda: noon, duties=duties):
        pass
    response = client.get("/checkpoint", headers=TOKEN)
    name, key = parse_verifier_key(response.headers["X-Verifier-Key"])
    assert (name, open_note(response.text, key).seq) == ("0123abcd", 7)


@pytest.mark.parametrize(
    ("seq", "is_hash_right", "noted"),
    [(7, True, [7]), (3, True, [3]), (3, False, []), (8, True, []), (0, True, [])],
    ids=["the head", "a hit before it", "another hash", "a hit beyond the head", "no hit"],
)
def test_what_is_stored_inside_is_noted_if_it_is_this_logs_hit(
    log: HitLog, client: FlaskClient, seq: int, is_hash_right: bool, noted: list[int]
) -> None:
    """A number alone could be another log's, and would let hits be erased that nobody has."""
    del client  # it filled the log
    seen: list[int] = []
    app = create_app(HitReader(log.path), Secret("let-me-read-the-hits"), dict, pulled=seen.append)
    hashes = {hit.seq: hit.hash for hit in HitReader(log.path).stream_from(1)}
    digest = hashes.get(seq, "00" * 32) if is_hash_right else "ab" * 32
    assert app.test_client().post(f"/pulled?seq={seq}&hash={digest}").status_code == 401
    response = app.test_client().post(f"/pulled?seq={seq}&hash={digest}", headers=TOKEN)
    assert (response.status_code, seen) == (204 if noted else 409, noted)


def test_only_reading_is_possible(client: FlaskClient) -> None:
    """No method but GET (and HEAD), but for the note of what was pulled."""
    assert client.get("/pulled", headers=TOKEN).status_code == 405
    for method in ("post", "put", "delete"):
        assert getattr(client, method)("/hits", headers=TOKEN).status_code == 405


def test_a_log_that_is_gone_is_said_in_one_line(client: FlaskClient, log: HitLog) -> None:
    """Not a traceback."""
    log.path.rename(log.path.with_suffix(".away"))
    response = client.get("/hits", headers=TOKEN)
    assert response.status_code == 500
    assert response.text.startswith("there is no hit log at")
    log.path.with_suffix(".away").rename(log.path)
