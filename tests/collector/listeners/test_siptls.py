"""SIP over TLS: the same line behind a handshake, tried with Python's TLS, sipsak and a real Asterisk as the trunk."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from collector import limits
from collector.certificates import TlsFiles
from collector.config.file import parse_config
from collector.config.lines import SipConfig
from collector.config.value import Address
from collector.errors import ConfigError
from collector.hitlog.reader import HitReader
from collector.listeners import sip as sip_module
from collector.listeners import sipcalls
from collector.listeners.sip import SipListener
from collector.sockets import listen_tcp
from tests.collector.issuing import issue
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.exchange import Exchange, needs_asterisk, running_exchange
from tests.collector.listeners.exchangecalls import CARRIER, call, contacts, wait
from tests.collector.listeners.sipclient import Phone, request, status
from tests.collector.running import Collector, free_port, run_command, running

NUMBER = "+8614012345678"
NAME, ADDRESS = "localhost", "127.0.0.1"
CONGESTED = 503
CONFIG = """
[log]
path = "hits.db"
[sip]
listen_tls = "127.0.0.1:"
certificate = "tls/cert.pem"
key = "tls/key.pem"
trusted_peers = ["127.0.0.0/8"]
country = "86"
ring_seconds = 0
"""


class TlsPhone(Phone):
    """A phone that speaks TLS and knows the line's certificate."""

    def __init__(self, port: int, certificate: Path) -> None:
        super().__init__(port, "tcp")
        context = ssl.create_default_context(cafile=str(certificate))
        self._socket = context.wrap_socket(self._socket, server_hostname=NAME)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sipcalls, "T1_SECONDS", 60.0)


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return issue(tmp_path / "tls", ADDRESS, NAME, section="sip").files


def serve(records: Records, files: TlsFiles, talk: Callable[[int, SipListener], None], *, trusted: bool = True) -> None:
    """Run a listener on a free port while `talk` speaks to it from a thread."""

    async def run() -> None:
        peers = (ip_network("127.0.0.0/8"),) if trusted else ()
        listener = SipListener(SipConfig((), peers, country="86", ring_seconds=0, tls=files), records)
        endpoint = listen_tcp(Address("127.0.0.1", 0), "sip")
        await listener.start([], [], [endpoint])
        try:
            await asyncio.to_thread(talk, int(endpoint.getsockname()[1]), listener)
        finally:
            await listener.stop()
            endpoint.close()

    asyncio.run(run())


def test_a_call_over_tls_is_turned_away_and_on_record(records: Records, files: TlsFiles) -> None:
    def talk(port: int, _: SipListener) -> None:
        with TlsPhone(port, files.certificate) as phone:
            invite = request(uri=f"sips:{NUMBER}@pbx.example.net", port=phone.port, transport="TLS", call_id="one@x")
            phone.send(invite)
            statuses, final = phone.until_final()
            assert statuses == [100, 486]
            assert len(records.contacts()) == 1, "it is on disk when the final answer comes"
            phone.acknowledge(invite, final)
            assert status(phone.ask(request("OPTIONS", transport="TLS"))) == 200, "the connection goes on"

    serve(records, files, talk)
    (contact,) = records.contacts()
    assert (contact.beacon, contact.peer) == (NUMBER, "+12025550100")
    assert contact.claims["transport"] == "tls"
    assert contact.claims["trusted_peer"] == "yes"


def test_what_is_no_tls_is_counted_and_others_are_served(records: Records, files: TlsFiles) -> None:
    def talk(port: int, _: SipListener) -> None:
        with Phone(port, "tcp") as phone:
            phone.send(request())
            assert not phone.receive().startswith(b"SIP/2.0")
        with TlsPhone(port, files.certificate) as phone:
            assert status(phone.ask(request("OPTIONS", transport="TLS"))) == 200

    serve(records, files, talk)
    assert records.contacts() == []
    assert records.counters_after_close()["sip.handshakes_failed"] == 1


def test_handshakes_that_never_end_are_capped_and_given_up(
    records: Records, files: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TLS_HANDSHAKE_SECONDS", 1.0)
    monkeypatch.setattr(sip_module, "MAX_STRANGER_CONNECTIONS", 3)

    def talk(port: int, _: SipListener) -> None:
        silent = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(5)]
        for connection in silent:
            assert connection.recv(1) == b"", "closed, at once or when its time was up"
            connection.close()
        with TlsPhone(port, files.certificate) as phone:
            assert status(phone.ask(request("OPTIONS", transport="TLS"))) == 200

    serve(records, files, talk, trusted=False)
    counters = records.counters_after_close()
    assert (counters["sip.handshakes_failed"], counters["sip.connections_refused"]) == (3, 2)


def test_a_renewed_certificate_is_shown_to_the_next_caller(records: Records, files: TlsFiles) -> None:
    def talk(port: int, listener: SipListener) -> None:
        before = ssl.get_server_certificate(("127.0.0.1", port))
        time.sleep(0.02)  # the file's time must differ
        issue(files.certificate.parent, NAME, section="sip")
        listener.check()
        after = ssl.get_server_certificate(("127.0.0.1", port))
        assert before != after
        assert after.strip() == files.certificate.read_text().strip()

    serve(records, files, talk)


def test_calls_that_heard_busy_over_tls_outlive_kill_9(tmp_path: Path, files: TlsFiles) -> None:
    answered: list[str] = []
    for life in range(3):
        with running(tmp_path, CONFIG) as collector:
            assert set(collector.bound) == {"log", "sip_tls"}
            with TlsPhone(collector.port("sip_tls"), files.certificate) as phone:
                for number in range(10):
                    call_id = f"{life}-{number}@x"
                    invite = request(call_id=call_id, transport="TLS")
                    phone.send(invite)
                    phone.acknowledge(invite, phone.until_final()[1])
                    answered.append(call_id)
                phone.send(request(call_id=f"{life}-last@x", transport="TLS"))
                collector.process.kill()
                collector.process.communicate()
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    recorded = [hit.contact.claims["call_id"] for hit in reader.stream_from(1)]
    assert set(answered) <= set(recorded)
    assert len(recorded) == len(set(recorded))


def test_check_looks_at_the_certificate(tmp_path: Path, files: TlsFiles) -> None:
    (tmp_path / "collector.toml").write_text(CONFIG)
    assert "sip.certificate" in run_command(tmp_path, "check", "--json", "--config", "collector.toml").stdout
    files.key.write_text("")
    done = run_command(tmp_path, "check", "--config", "collector.toml")
    assert done.returncode == 1
    assert "sip.key" in done.stdout + done.stderr
    done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert "sip.key" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ({"listen_tls": "127.0.0.1:5061"}, "belong together"),
        ({"listen": "127.0.0.1:5060", "certificate": "a", "key": "b"}, "belong together"),
        ({"listen_tls": "127.0.0.1:5061", "certificate": "a"}, "sip.key is missing"),
        ({"listen_tls": "127.0.0.1:5061", "certificate": "acme"}, r'"acme" needs the section \[acme\]'),
        ({"listen_tls": [], "certificate": "a", "key": "b"}, "sip.listen_tls must not be empty"),
        ({}, "sip.listen is missing"),
    ],
)
def test_a_line_without_what_it_needs_is_refused(section: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_config({"log": {"path": "hits.db"}, "sip": section}, {})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_is_answered_and_finds_nothing_to_object_to(tmp_path: Path, files: TlsFiles) -> None:
    with running(tmp_path, CONFIG) as collector:
        address = f"127.0.0.1:{collector.port('sip_tls')}"
        known = ["-CAfile", str(files.certificate), "-verify_return_error", "-verify_hostname", NAME]
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", address, *known, "-quiet", "-no_ign_eof"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(request(uri=f"sips:{NUMBER}@pbx.example.net", transport="TLS"))
        client.stdin.flush()
        answers = [client.stdout.readline()]
        while not answers[-1].startswith(b"SIP/2.0 486"):
            assert answers[-1], client.communicate()
            answers.append(client.stdout.readline())
        client.communicate(timeout=60)
    assert answers[0] == b"SIP/2.0 100 Trying\r\n"
    assert [one.beacon for one in contacts(tmp_path / "hits.db")] == [NUMBER]


TRUNK = """
[outside]
type = transport
protocol = tls
bind = 127.0.0.1:{own}
ca_list_file = {certificate}
verify_server = yes
method = tlsv1_2
[line]
type = endpoint
transport = outside
disallow = all
allow = ulaw
aors = line
from_user = trunk
[line]
type = aor
contact = {scheme}:127.0.0.1:{port}\\;transport=tls
"""
DIALPLAN = """
[from-trunk]
exten => _+X.,1,Dial(PJSIP/${EXTEN}@line,60)
 same => n,Set(CDR(userfield)=${DIALSTATUS} ${HANGUPCAUSE})
 same => n,Hangup()
"""


@contextmanager
def trunk(collector: Collector, authority: Path, scheme: str = "sip") -> Iterator[Exchange]:
    """An exchange that calls our line over TLS if somebody in `authority` vouches for it."""
    port = collector.port("sip_tls")
    line = TRUNK.format(certificate=authority, own=free_port(), port=port, scheme=scheme)
    with running_exchange(CARRIER + line, DIALPLAN) as exchange:
        yield exchange


@needs_asterisk
@pytest.mark.parametrize("scheme", ["sip", "sips"])
def test_an_asterisk_that_checks_our_certificate_calls_over_tls(tmp_path: Path, files: TlsFiles, scheme: str) -> None:
    with running(tmp_path, CONFIG) as collector, trunk(collector, files.certificate, scheme) as exchange:
        for number in range(5):
            call(exchange, NUMBER, caller=f"+1202555010{number}")
        wait(lambda: exchange.records().count('"BUSY"') >= 5)
    found = contacts(tmp_path / "hits.db")
    assert [one.beacon for one in found] == 5 * [NUMBER]
    assert {one.claims["transport"] for one in found} == {"tls"}
    assert {one.claims["request_uri"].partition(":")[0] for one in found} == {scheme}
    assert len({one.event_id for one in found}) == 5


@needs_asterisk
def test_an_asterisk_that_knows_another_authority_does_not_call(tmp_path: Path, files: TlsFiles) -> None:
    """So the calls above were made because our certificate was right."""
    other = issue(tmp_path / "other", ADDRESS).files
    with running(tmp_path, CONFIG) as collector, trunk(collector, other.certificate) as exchange:
        call(exchange, NUMBER, hears=CONGESTED)
        assert collector.stop()[0] == 0
    assert contacts(tmp_path / "hits.db") == []
