"""Every link between the Internet and the collector, asked over real sockets: whole, and broken one at a time."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.rrset
import pytest

from collector.checks import Check, run_outside_checks
from collector.config.file import Config, load_config
from collector.config.value import Address
from collector.hitlog.reader import HitReader
from collector.outside.checks import Outside
from collector.outside.setup import view
from collector.outside.vantage import Ports, Vantage
from tests.collector.issuing import issue
from tests.collector.running import run_command, running

NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
CONFIG = """
[log]
path = "hits.db"
[dns]
listen = ["127.0.0.1:"]
zones = ["t.example.net"]
answers = ["203.0.113.5"]
[web]
listen = ["127.0.0.1:"]
hosts = ["track.example.net"]
certificate = "tls/cert.pem"
key = "tls/key.pem"
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
certificate = "tls/cert.pem"
key = "tls/key.pem"
[webhooks.calls]
provider = "postmark"
secret_path = "a-secret-path-nobody-guesses"
allow = ["127.0.0.0/8"]
"""
RECORDS = {
    ("t.example.net.", "NS"): ["ns1.t.example.net."],
    ("ns1.t.example.net.", "A"): ["127.0.0.1"],
    ("track.example.net.", "A"): ["127.0.0.1"],
    ("mail.example.com.", "MX"): ["10 mx.example.com."],
    ("mx.example.com.", "A"): ["127.0.0.1"],
    ("time.example.net.", "A"): ["127.0.0.1"],
}


class Resolver:
    """A recursive resolver: what it knows, and for names of the canary zone what the collector answers."""

    def __init__(self, records: dict[tuple[str, str], list[str]], collector_port: int) -> None:
        self.records = dict(records)
        self._collector_port = collector_port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = Address(*self._socket.getsockname())
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                wire, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        name = question.name.to_text().lower()
        if name.startswith("check-") and kind == "A":
            asked = dns.message.make_query(name, "A")
            found = dns.query.udp(asked, "127.0.0.1", 10, self._collector_port)
            values = [item.to_text() for one in found.answer for item in one]
        else:
            values = self.records.get((name, kind), [])
        answer = dns.message.make_response(query, recursion_available=True)
        if values:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
        return answer

    def close(self) -> None:
        self._socket.close()


@contextmanager
def time_server(ahead_seconds: float) -> Iterator[int]:
    """An SNTP server whose clock is ahead; yields its port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                _, peer = server.recvfrom(512)
            except OSError:
                return
            seconds = (datetime.now(UTC) - NTP_EPOCH).total_seconds() + ahead_seconds
            stamp = struct.pack("!II", int(seconds), int(seconds % 1 * 2**32))
            server.sendto(bytes([0x24]) + bytes(39) + stamp, peer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


@dataclass(frozen=True)
class Setup:
    """A running collector and how it is looked at."""

    outside: Outside
    resolver: Resolver

    def said(self, change: Callable[[Outside], Outside] = lambda outside: outside) -> dict[str, Check]:
        return {one.name: one for one in run_outside_checks(change(self.outside))}


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    folder = tmp_path_factory.mktemp("outside")
    issued = issue(folder / "tls", "track.example.net", "mx.example.com")
    with ExitStack() as stack:
        collector = stack.enter_context(running(folder, CONFIG))
        ntp = stack.enter_context(time_server(0.0))
        resolver = Resolver(RECORDS, collector.port("dns"))
        stack.callback(resolver.close)
        trust = ssl.create_default_context(cafile=str(issued.files.certificate))
        ports = Ports(collector.port("dns"), 9, collector.port("web"), collector.port("smtp"), ntp)
        vantage = Vantage(resolver.address, ports, trust, wait_seconds=20)
        records = HitReader(folder / "hits.db")
        config = load_config(folder / "collector.toml")
        yield Setup(Outside(config, vantage, "time.example.net", records, records.head().seq), resolver)


@contextmanager
def changed(setup: Setup, key: tuple[str, str], values: list[str]) -> Iterator[None]:
    before = dict(setup.resolver.records)
    setup.resolver.records[key] = values
    try:
        yield
    finally:
        setup.resolver.records = before


def test_a_whole_set_up_passes_and_what_was_asked_is_on_record(setup: Setup) -> None:
    said = setup.said()
    assert [one.detail for one in said.values() if not one.ok] == []
    assert list(said) == [
        "outside dns t.example.net", "outside web track.example.net", "outside smtp mail.example.com",
        "outside webhooks.calls", "outside clock",
    ]  # fmt: skip
    assert said["outside dns t.example.net"].detail.endswith("recorded")
    assert "HTTPS 200, recorded" in said["outside web track.example.net"].detail
    assert "with STARTTLS" in said["outside smtp mail.example.com"].detail
    assert "refuses strangers (403)" in said["outside webhooks.calls"].detail


@pytest.mark.parametrize(
    ("key", "values", "check", "mend"),
    [
        (("t.example.net.", "NS"), [], "dns t.example.net", "set NS records to ns1.t.example.net at its parent"),
        (("t.example.net.", "NS"), ["ns1.parked.example."], "dns t.example.net", "mend the parent's NS records"),
        (("ns1.t.example.net.", "A"), [], "dns t.example.net", "add a glue record"),
        (("ns1.t.example.net.", "A"), ["127.0.0.2"], "dns t.example.net", "open it in the firewall"),
        (("track.example.net.", "A"), [], "web track.example.net", "set A and AAAA records"),
        (("track.example.net.", "A"), ["127.0.0.2"], "web track.example.net", "open it in the firewall"),
        (("mail.example.com.", "MX"), [], "smtp mail.example.com", "has no MX record"),
        (("mx.example.com.", "A"), ["127.0.0.2"], "smtp mail.example.com", "does not take mail on port"),
        (("mail.example.com.", "MX"), ["10 track.example.com."], "smtp mail.example.com", "has no address"),
    ],
    ids=["not delegated", "delegated elsewhere", "no glue", "name server closed", "host without address",
         "web port closed", "no MX", "mail port closed", "MX without address"],
)  # fmt: skip
def test_a_broken_link_is_named_with_how_to_mend_it(
    setup: Setup, key: tuple[str, str], values: list[str], check: str, mend: str
) -> None:
    short = replace(setup.outside.vantage, wait_seconds=2)
    with changed(setup, key, values):
        said = setup.said(lambda outside: replace(outside, vantage=short))
    assert not said[f"outside {check}"].ok
    assert mend in said[f"outside {check}"].detail


def test_a_certificate_that_nobody_trusts_fails(setup: Setup) -> None:
    vantage = replace(setup.outside.vantage, trust=ssl.create_default_context())
    said = setup.said(lambda outside: replace(outside, vantage=vantage))
    assert "give the certificate with its chain" in said["outside web track.example.net"].detail
    assert not said["outside smtp mail.example.com"].ok


def test_a_webhook_that_takes_strangers_or_is_unknown_fails(setup: Setup) -> None:
    (hook,) = setup.outside.config.webhooks
    config = replace(setup.outside.config, webhooks=(replace(hook, name="other"),))
    said = setup.said(lambda outside: replace(outside, config=config))
    assert "knows no /hooks/other" in said["outside webhooks.other"].detail


def test_a_clock_that_is_wrong_fails(setup: Setup) -> None:
    with time_server(90.0) as port:
        vantage = replace(setup.outside.vantage, ports=replace(setup.outside.vantage.ports, ntp=port))
        said = setup.said(lambda outside: replace(outside, vantage=vantage))
    assert "run chrony or systemd-timesyncd" in said["outside clock"].detail


def test_what_is_answered_by_another_collector_is_not_on_record_here(
    setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.outside.checks.RECORD_SECONDS", 0.2)
    with running(tmp_path, '[log]\npath = "hits.db"\n[dns]\nlisten = ["127.0.0.1:"]\nzones = ["t.example.net"]\n'):
        records = HitReader(tmp_path / "hits.db")
        said = setup.said(lambda outside: replace(outside, records=records, after=0))
    assert "is this another collector's log?" in said["outside dns t.example.net"].detail


def test_the_command_says_what_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(
        '[log]\npath = "hits.db"\n[dns]\nlisten = ["127.0.0.1:"]\nzones = ["t.example.net"]\n'
    )
    started = time.monotonic()
    done = run_command(
        tmp_path, "check", "--config", "collector.toml", "--outside", "--resolver", "127.0.0.1:9", "--ntp", "127.0.0.1"
    )
    assert time.monotonic() - started < 60
    assert done.returncode == 1
    assert "outside dns t.example.net" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_resolver_is_an_address_with_or_without_a_port(tmp_path: Path) -> None:
    config = Config(load_config_of(tmp_path).log)
    seen = [view(config, text, "127.0.0.1").vantage.resolver for text in ("192.0.2.1", "192.0.2.1:5353", "[::1]:54")]
    assert seen == [Address("192.0.2.1", 53), Address("192.0.2.1", 5353), Address("::1", 54)]
    assert view(config, "2001:db8::1", "127.0.0.1").vantage.resolver == Address("2001:db8::1", 53)


def load_config_of(folder: Path) -> Config:
    (folder / "collector.toml").write_text('[log]\npath = "hits.db"\n')
    return load_config(folder / "collector.toml")
