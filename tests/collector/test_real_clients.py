"""Programs that the Internet really sends: dig, kdig, dnsperf, curl, wrk and swaks against a running collector.

What they were answered is on record, once each, and the chain verifies.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.hit import Channel, Contact
from collector.hitlog.reader import HitReader
from tests.collector.issuing import issue
from tests.collector.running import Collector, running

WAIT_SECONDS = 120
CONFIG = """
[log]
path = "hits.db"
[dns]
listen = ["127.0.0.1:"]
zones = ["t.example.net"]
answers = ["203.0.113.5"]
answers_per_second = 0
[web]
listen = ["127.0.0.1:"]
listen_http = ["127.0.0.1:"]
hosts = ["track.example.net"]
certificate = "tls/cert.pem"
key = "tls/key.pem"
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
certificate = "tls/cert.pem"
key = "tls/key.pem"
"""


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("clients")
    issue(found / "tls", "track.example.net", "mail.example.com")
    return found


@pytest.fixture(scope="module")
def collector(folder: Path) -> Iterator[Collector]:
    with running(folder, CONFIG) as found:
        yield found


def contacts(folder: Path, channel: Channel, part: str) -> list[Contact]:
    reader = HitReader(folder / "hits.db")
    reader.verify()
    found = [hit.contact for hit in reader.stream_from(1)]
    return [one for one in found if one.channel is channel and part in one.beacon]


@needs("dig")
def test_dig_asks_every_way_it_can(collector: Collector, folder: Path) -> None:
    at = ("@127.0.0.1", "-p", str(collector.port("dns")), "+tries=1", "+time=30")
    ways = {
        "plain": ("+short",), "tcp": ("+tcp", "+short"), "dnssec": ("+dnssec",), "subnet": ("+subnet=192.0.2.0/24",),
        "noedns": ("+noedns", "+short"), "small": ("+bufsize=512", "+short"), "cookie": ("+cookie", "+short"),
        "nsid": ("+nsid", "+short"), "padding": ("+padding=128", "+short"),
    }  # fmt: skip
    said = {way: run("dig", *at, *options, f"{way}.dig.t.example.net", "A") for way, options in ways.items()}
    assert [way for way, text in said.items() if "203.0.113.5" not in text] == []
    assert "CLIENT-SUBNET: 192.0.2.0/24/24" in said["subnet"]
    claims = {one.beacon.partition(".")[0]: one.claims for one in contacts(folder, Channel.DNS, ".dig.")}
    assert set(claims) == set(ways)
    assert claims["tcp"]["transport"] == "tcp"
    assert claims["subnet"]["client_subnet"].startswith("192.0.2.0/24")


@needs("dig")
def test_every_type_gets_an_answer_and_is_on_record(collector: Collector, folder: Path) -> None:
    kinds = ["AAAA", "TXT", "MX", "NS", "SOA", "CAA", "SRV", "HTTPS", "SVCB", "PTR", "DS", "DNSKEY", "TYPE65534", "ANY"]
    for kind in kinds:
        name = f"{kind.lower()}.types.t.example.net"
        text = run("dig", "@127.0.0.1", "-p", str(collector.port("dns")), "+tries=1", "+time=30", "+notcp", name, kind)
        assert "status: NOERROR" in text
        assert re.search(r"flags: qr aa", text)
    seen = [one.claims["qtype"] for one in contacts(folder, Channel.DNS, ".types.")]
    assert sorted(seen) == sorted(kinds)


@needs("kdig")
def test_kdig_keeps_a_connection_open_for_several_questions(collector: Collector, folder: Path) -> None:
    names = [f"k{at}.kdig.t.example.net" for at in range(5)]
    text = run("kdig", "@127.0.0.1", "-p", str(collector.port("dns")), "+tcp", "+keepopen", "+short", *names)
    assert text.split() == ["203.0.113.5"] * 5
    assert [one.beacon for one in contacts(folder, Channel.DNS, ".kdig.")] == names


@needs("dnsperf")
def test_dnsperf_is_answered_for_what_is_on_record(collector: Collector, folder: Path) -> None:
    questions = "".join(f"p{at}.perf.t.example.net {('A', 'AAAA', 'TXT')[at % 3]}\n" for at in range(3_000))
    (folder / "questions.txt").write_text(questions)
    text = run(
        "dnsperf", "-s", "127.0.0.1", "-p", str(collector.port("dns")), "-d", str(folder / "questions.txt"), "-n", "1",
        "-c", "4", "-t", "60",
    )  # fmt: skip
    completed = re.search(r"Queries completed:\s+(\d+)", text)
    assert completed
    assert int(completed[1]) == 3_000
    assert len({one.beacon for one in contacts(folder, Channel.DNS, ".perf.")}) == 3_000


@needs("curl")
def test_curl_reads_a_canary_link_by_tls_and_posts_a_tracking_form(collector: Collector, folder: Path) -> None:
    port = str(collector.port("web"))
    there = ("--resolve", f"track.example.net:{port}:127.0.0.1", "--cacert", str(folder / "tls" / "cert.pem"))
    base = f"https://track.example.net:{port}"
    common = ("curl", "--silent", "--show-error", "--max-time", "60", *there)
    for version in ("--http1.0", "--http1.1", "--http2"):  # HTTP/2 is offered, and answered by 1.1
        assert "<!doctype html>" in run(*common, version, f"{base}/t/curl{version[6:]}")
    assert "<!doctype html>" in run(*common, "--data", "no=YT8000000000123", f"{base}/track")
    run(*common, "--head", f"{base}/t/curlhead")
    seen = [one.beacon for one in contacts(folder, Channel.WEB, "curl")]
    assert len(seen) == 4
    posted = contacts(folder, Channel.WEB, "YT8000000000123")
    assert [one.claims["method"] for one in posted] == ["POST"]


@needs("wrk")
def test_wrk_is_answered_for_what_is_on_record(collector: Collector, folder: Path) -> None:
    text = run(
        "wrk", "--threads", "1", "--connections", "16", "--duration", "2s", "--timeout", "60s",
        f"http://127.0.0.1:{collector.port('web_http')}/t/wrk",
    )  # fmt: skip
    answered = re.search(r"(\d+) requests in", text)
    assert answered
    assert int(answered[1]) > 0
    assert "Socket errors" not in text
    assert "Non-2xx" not in text
    # Requests under way when wrk stops are recorded and not counted by it: at most one a connection.
    assert 0 <= len(contacts(folder, Channel.WEB, "/t/wrk")) - int(answered[1]) <= 16


@needs("swaks")
@pytest.mark.parametrize("tls", [True, False], ids=["with STARTTLS", "in the open"])
def test_swaks_delivers_mail(collector: Collector, folder: Path, *, tls: bool) -> None:
    mailbox = f"swaks-{'tls' if tls else 'open'}@mail.example.com"
    text = run(
        "swaks", "--server", "127.0.0.1", "--port", str(collector.port("smtp")), "--to", mailbox, "--from",
        "a@example.org", "--header", "Subject: parcel", "--body", "YT8000000000007", "--helo", "client.example.org",
        *(["--tls"] if tls else []),
    )  # fmt: skip
    assert "250" in text
    (found,) = contacts(folder, Channel.MAIL, mailbox)
    assert found.claims["subject"] == "parcel"
    assert found.claims["helo"] == "client.example.org"
    assert ("tls" in found.claims) == tls
    assert b"YT8000000000007" in found.raw
