"""HTTPS in front of the pages and webhooks of a running collector: real handshakes, renewals and broken clients."""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from collector.hit import Contact
from collector.hitlog.reader import HitReader
from tests.collector.issuing import Issued, issue
from tests.collector.running import Collector, run_command, running

SECRET = "a-secret-path-nobody-guesses"
CONFIG = f"""
[log]
path = "hits.db"
[web]
listen = ["127.0.0.1:"]
listen_http = ["127.0.0.1:"]
hosts = ["track.example.net"]
certificate = "tls/cert.pem"
key = "tls/key.pem"
acme_folder = "acme"
[webhooks.mail]
provider = "postmark"
secret_path = "{SECRET}"
allow = ["127.0.0.0/8"]
[webhooks.privacy]
provider = "aliyun"
secret_path = "{SECRET}"
allow = ["127.0.0.0/8"]
"""


@dataclass(frozen=True)
class Site:
    """A running collector with the certificate it was started with."""

    folder: Path
    issued: Issued
    collector: Collector

    def connect(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.issued.files.certificate))
        context.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", self.collector.port("web"), timeout=30, context=context)

    def plain(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.collector.port("web")), timeout=30)

    def contacts(self) -> list[Contact]:
        reader = HitReader(self.folder / "hits.db")
        reader.verify()
        return [hit.contact for hit in reader.stream_from(1)]

    def counters(self) -> dict[str, int]:
        assert self.collector.stop()[0] == 0
        return dict(HitReader(self.folder / "hits.db").counters())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    issued = issue(tmp_path / "tls", "track.example.net")
    with running(tmp_path, CONFIG) as collector:
        yield Site(tmp_path, issued, collector)


def test_a_visit_over_tls_is_recorded_with_the_visitors_address(site: Site) -> None:
    connection = site.connect()
    for number in range(3):  # on one connection
        connection.request("GET", f"/track?no=YT800000000000{number}", headers={"Host": "track.example.net"})
        response = connection.getresponse()
        assert (response.status, b"YT8" in response.read()) == (200, True)
    connection.close()
    contacts = site.contacts()
    assert [one.beacon for one in contacts] == [
        f"https://track.example.net/track?no=YT800000000000{number}" for number in range(3)
    ]
    assert {one.peer for one in contacts} == {"127.0.0.1"}
    assert site.collector.stop()[0] == 0


def test_plain_http_is_served_beside_it_with_the_answers_to_acme_challenges(site: Site) -> None:
    folder = site.folder / "acme" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (folder / "tok_EN-1").write_text("tok_EN-1.thumbprint")
    said = {}
    for target in ("tok_EN-1", "gone", "..%2f..%2ftls%2fkey.pem", "../../../tls/key.pem"):
        connection = http.client.HTTPConnection("127.0.0.1", site.collector.port("web_http"), timeout=30)
        connection.request("GET", f"/.well-known/acme-challenge/{target}")
        said[target] = connection.getresponse().read()
        connection.close()
    assert said.pop("tok_EN-1") == b"tok_EN-1.thumbprint"
    assert all(b"<!doctype html>" in page and b"PRIVATE" not in page for page in said.values())
    assert len(site.contacts()) == 4


def test_a_renewed_certificate_is_used_without_a_restart(site: Site) -> None:
    before = site.issued.serial
    renewed = issue(site.folder / "tls", "track.example.net")
    serial = before
    for _ in range(300):
        serial = shown(site)
        if serial != before:
            break
        time.sleep(0.1)
    assert serial == renewed.serial


def shown(site: Site) -> int:
    pem = ssl.get_server_certificate(("127.0.0.1", site.collector.port("web")), timeout=30)
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


BROKEN = {
    "plain HTTP": (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "not TLS", b"400"),
    "SSH": (b"SSH-2.0-probe\r\n", "not TLS", b"400"),
    "a greeting that is none": (b"\x16\x03\x01\x00\x05hello", "TLS handshake", b""),
}


@pytest.mark.parametrize(("sent", "reason", "answer"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_tls_is_recorded_with_its_first_bytes(site: Site, sent: bytes, reason: str, answer: bytes) -> None:
    with site.plain() as client:
        client.sendall(sent)
        said = b""
        while block := client.recv(4096):
            said += block
    assert answer in said
    assert site.collector.stop()[0] == 0
    (contact,) = site.contacts()
    assert reason in contact.claims["malformed"]
    assert contact.raw == sent
    assert contact.peer == "127.0.0.1"


def test_a_client_that_says_nothing_or_goes_away_leaves_nothing_behind(site: Site) -> None:
    for _ in range(20):
        site.plain().close()
    silent = site.plain()
    connection = site.connect()
    connection.request("GET", "/t/1")
    assert connection.getresponse().status == 200
    connection.close()
    silent.close()
    assert len(site.contacts()) == 1
    assert site.collector.stop()[0] == 0


def test_a_large_mail_webhook_is_taken_and_a_large_call_webhook_is_not(site: Site) -> None:
    """10 MiB for mail, 1 MiB for calls; what is refused is recorded without secrets."""
    attachment = b'"Attachments": [{"Content": "' + b"A" * (3 << 20) + b'"}]'
    mail = b'{"MessageID": "m-1", "OriginalRecipient": "token@mail.example.com", "TextBody": "x", ' + attachment + b"}"
    assert post(site, f"/hooks/mail/{SECRET}", mail) == 200
    assert post(site, f"/hooks/privacy/{SECRET}", mail) == 413
    assert post(site, f"/hooks/mail/{SECRET}", b" ", announced=11 << 20) == 413
    assert site.collector.stop()[0] == 0
    taken, *refused = site.contacts()
    assert taken.beacon == "token@mail.example.com"
    assert len(refused) == 2
    for contact in refused:
        assert contact.claims["malformed"].startswith("413")
        assert b"/hooks/" in contact.raw
        assert SECRET.encode() not in contact.raw
        assert b"dXNlcjpwYXNz" not in contact.raw
    assert HitReader(site.folder / "hits.db").counters() == {"hooks.privacy.too_large": 1}


def post(site: Site, path: str, body: bytes, announced: int = 0) -> int:
    connection = site.connect()
    headers = {
        "Content-Type": "application/json",
        "Authorization": "Basic dXNlcjpwYXNz",
        "Content-Length": str(announced or len(body)),
    }
    connection.request("POST", path, body, headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_check_names_what_is_wrong_with_the_certificate(tmp_path: Path) -> None:
    issue(tmp_path / "tls", "track.example.net")
    (tmp_path / "collector.toml").write_text(CONFIG)
    done = run_command(tmp_path, "check", "--config", "collector.toml")
    assert done.returncode == 0, done.stderr
    assert "track.example.net; valid until" in done.stdout
    issue(tmp_path / "other", "track.example.net").files.key.replace(tmp_path / "tls" / "key.pem")
    done = run_command(tmp_path, "check", "--config", "collector.toml")
    assert done.returncode == 1
    assert "web.key: tls/key.pem is not the key of tls/cert.pem" in done.stdout + done.stderr
    done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "web.key: tls/key.pem is not the key of tls/cert.pem" in done.stderr
