"""Authorities that are broken, hostile or elsewhere: one line each, nothing kept, no end without an end."""

import json
import resource
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from josepy.jwk import JWKEC

from collector.acme.authority import obtain
from collector.acme.keeper import LEAST_ASK, MOST_ASK, Keeper
from collector.acme.pair import described, joined, new_key, temporary
from collector.acme.places import AcmeError, write
from collector.acme.renewal import State, renews_at
from collector.acme.wire import Network
from collector.config.acme import AcmeConfig
from collector.config.file import parse_config
from tests.collector.acme.oddauthority import Handler, Odd, Say, saying, says, signed

NAME = "track.example.net"
LIFE = timedelta(days=90)


def configured(folder: Path, directory: str, ca_file: Path | None) -> AcmeConfig:
    text = f"""
[log]
path = "hits.db"
[web]
listen = ["127.0.0.1:"]
listen_http = ["127.0.0.1:"]
hosts = ["{NAME}"]
certificate = "acme"
[acme]
directory = "{directory}"
agree_to_terms = true
folder = "{folder / "acme"}"
ca_file = "{ca_file or ""}"
"""
    acme = parse_config(tomllib.loads(text), {}).acme
    assert acme is not None
    return acme


def slowly(request: Handler) -> None:
    """Never come to an end."""
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.end_headers()
    try:
        while True:
            request.wfile.write(b" ")
            time.sleep(0.1)
    except OSError:
        pass


FOREIGN = (
    '{"newNonce": "http://localhost:9/n", "newAccount": "https://localhost:9/a", "newOrder": "https://localhost:9/o"}'
)
ODD: dict[str, tuple[Say, str]] = {
    "a web page": (says("<html>"), "localhost does not answer as RFC 8555 says"),
    "a list": (says("[]"), "localhost does not answer as RFC 8555 says"),
    "an empty directory": (says("{}"), "localhost does not answer as RFC 8555 says"),
    "nested too deep": (says("[" * 100_000), "localhost does not answer as RFC 8555 says"),
    "an error": (says("no", status=500), "localhost"),
    "a problem": (
        says(json.dumps({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "slow\x1b[2Jdown"}), status=429),
        r"localhost refuses: rateLimited: slow\\x1b\[2Jdown \(wait, and use",
    ),
    "a long problem": (
        says(json.dumps({"type": "urn:ietf:params:acme:error:malformed", "detail": "x" * 9000}), status=400),
        "localhost refuses: malformed: x+…$",
    ),
    "too much": (says(" " * (2 << 20)), "its answer is longer than 1048576 bytes"),
    "unencrypted addresses": (says(FOREIGN), "localhost: No connection adapters"),
    "a redirect out of TLS": (
        says("", status=302, Location="http://localhost:9/dir"),
        "localhost: No connection adapters",
    ),
    "redirects without end": (says("", status=302, Location="/dir"), "localhost: Exceeded 30 redirects"),
}


@pytest.mark.parametrize(("say", "expected"), ODD.values(), ids=ODD.keys())
def test_an_odd_answer_is_one_line(tmp_path: Path, say: Say, expected: str) -> None:
    with saying(tmp_path, {"/dir": say}) as odd:
        config = configured(tmp_path, odd.directory, odd.ca_file)
        with pytest.raises(AcmeError, match=expected) as caught:
            obtain(config, config.certificates[0])
    assert len(str(caught.value)) < 800
    assert str(caught.value).isprintable()


def test_an_authority_that_trickles_is_left_after_a_time(tmp_path: Path) -> None:
    with saying(tmp_path, {"/dir": slowly}) as odd:
        network = Network(JWKEC.load(new_key()), odd.ca_file, 1.0)
        with pytest.raises(requests.RequestException, match="too long to answer"):
            network.get(odd.directory)
        network.close()


def test_an_authority_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    with saying(tmp_path, {"/dir": says("{}")}) as odd:
        config = configured(tmp_path, odd.directory, None)
        with pytest.raises(AcmeError, match=r"the TLS certificate of localhost is not trusted: acme\.ca_file"):
            obtain(config, config.certificates[0])
        assert odd.asked == []


def test_a_certificate_for_another_key_or_name_is_not_taken() -> None:
    now = datetime.now(UTC)
    key = new_key()
    chain = signed(NAME, begins_at=now, life=LIFE, key_pem=key)[len(key) :].decode()
    pair = joined(key, chain, [NAME])
    assert described(pair) is not None
    for other_key, other_chain, names in (
        (new_key(), chain, [NAME]),
        (key, chain, [NAME, "other.example.net"]),
        (key, "", [NAME]),
        (key, "<html>", [NAME]),
        (key, temporary([NAME], now).decode().partition("-----END PRIVATE KEY-----\n")[2], [NAME]),
    ):
        with pytest.raises(AcmeError, match="no certificate for this key and these names"):
            joined(other_key, other_chain, names)


def keeper(folder: Path, odd: Odd, now: datetime) -> Keeper:
    """Return a keeper whose certificate came from the authority."""
    config = configured(folder, odd.directory, odd.ca_file)
    write(config.places.certificate("web"), signed(NAME, begins_at=now - timedelta(days=1), life=LIFE))
    write(config.places.state("web"), State(directory=odd.directory).to_json().encode())
    return Keeper.of(config, lambda: now, lambda: 0.5)


def renewal_info(start: datetime, end: datetime, retry_after: str) -> Say:
    window = {"start": start.isoformat(), "end": end.isoformat()}
    return says(json.dumps({"suggestedWindow": window}), Retry_After=retry_after)


def directory(renewal_info_url: str) -> str:
    return json.dumps({"newNonce": "https://localhost/n", "renewalInfo": renewal_info_url})


@pytest.mark.parametrize(("retry_after", "expected"), [("21600", 21_600), ("1", LEAST_ASK), ("99999999", MOST_ASK)])
def test_the_authoritys_suggestion_moves_the_renewal(
    tmp_path: Path, retry_after: str, expected: int | timedelta
) -> None:
    now = datetime.now(UTC)
    start = now + timedelta(days=20)
    answers: dict[str, Say] = {"/info/": renewal_info(start, start + timedelta(days=2), retry_after)}
    with saying(tmp_path, answers) as odd:
        answers["/dir"] = says(directory(odd.directory.replace("/dir", "/info")))
        one = keeper(tmp_path, odd, now)
        (plan,) = one.config.certificates
        one.ask(plan)
        one.ask(plan)
        assert len([path for path in odd.asked if path.startswith("/info/")]) == 1, "not before it likes to be asked"
    held, state = one.held(plan), one.state(plan)
    assert held is not None
    assert start <= renews_at(held, state) <= start + timedelta(days=2)
    assert state.ask_again_at is not None
    wait = expected if isinstance(expected, timedelta) else timedelta(seconds=expected)
    assert abs(state.ask_again_at - now - wait) < timedelta(minutes=5)


@pytest.mark.parametrize("info", ["", "{}", "[]", '{"suggestedWindow": {"start": "soon", "end": "later"}}'])
def test_a_suggestion_that_is_none_changes_nothing(tmp_path: Path, info: str) -> None:
    now = datetime.now(UTC)
    answers: dict[str, Say] = {"/info/": says(info)} if info else {}
    with saying(tmp_path, answers) as odd:
        answers["/dir"] = says(directory(odd.directory.replace("/dir", "/info")))
        one = keeper(tmp_path, odd, now)
        (plan,) = one.config.certificates
        one.ask(plan)
    held, state = one.held(plan), one.state(plan)
    assert held is not None
    assert renews_at(held, state) - held.begins_at == LIFE * 2 / 3
    assert state.ask_again_at == now + timedelta(hours=6)
    assert (state.failures, one.attend(plan).is_new) == (0, False)


def test_on_a_full_disk_nothing_is_ordered_and_nobody_is_asked(tmp_path: Path) -> None:
    """Else a disk that stays full would use up what an authority allows."""
    now = datetime.now(UTC)
    with saying(tmp_path, {"/dir": says("{}")}) as odd:
        one = keeper(tmp_path, odd, now)
        (plan,) = one.config.certificates
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            with pytest.raises(AcmeError, match=r"cannot write .*web\.json .*mend acme\.folder"):
                one.attend(plan, force=True)
            with pytest.raises(AcmeError, match=r"cannot write .*web\.json"):
                one.ask(plan)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert odd.asked == []
        assert one.attend(plan, force=True).error.startswith("localhost does not answer as RFC 8555 says")
        assert odd.asked == ["/dir"]
