"""STARTTLS and the caps of one source, in real dialogues on both event loops."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop

from collector import limits
from collector.certificates import ServerTls
from collector.config.file import SmtpConfig
from tests.collector.issuing import issue
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.mailserver import MESSAGE, lines_of, serving

CONFIG = SmtpConfig(listen=(), domains=("mail.example.com",), max_message_bytes=20_000)
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
TO = "token@mail.example.com"

each_loop = pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS.keys())
NewLoop = Callable[[], asyncio.AbstractEventLoop]


def trusting(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False  # the client connects to an address
    return context


def client(port: int, source: str = "127.0.0.1") -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, timeout=30, source_address=(source, 0))


@each_loop
def test_a_message_over_starttls_is_recorded_with_the_version_spoken(
    records: Records, tmp_path: Path, new_loop: NewLoop
) -> None:
    issued = issue(tmp_path, "mail.example.com", section="smtp")
    tls = ServerTls(issued.files).context
    with serving(records, CONFIG, tls, new_loop) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo("probe")
        assert client.has_extn("starttls")
        assert client.esmtp_features["size"] == "20000"
        client.starttls(context=trusting(issued.files.certificate))
        client.ehlo("probe")
        assert not client.has_extn("starttls")
        assert client.sendmail("a@example.org", [TO], MESSAGE) == {}
    (contact,) = records.contacts()
    assert (contact.beacon, contact.peer) == (TO, "127.0.0.1")
    assert contact.claims["tls"] in {"TLSv1.2", "TLSv1.3"}
    assert contact.raw == MESSAGE


def test_without_a_certificate_starttls_is_not_offered(records: Records) -> None:
    with serving(records, CONFIG) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo("probe")
        assert not client.has_extn("starttls")
        client.sendmail("a@example.org", [TO], MESSAGE)
    assert "tls" not in records.contacts()[0].claims


def test_a_session_that_began_before_a_renewal_goes_on_and_the_next_gets_the_new_certificate(
    records: Records, tmp_path: Path
) -> None:
    first = issue(tmp_path, "mail.example.com", section="smtp")
    tls = ServerTls(first.files)
    context = ssl._create_unverified_context()
    with serving(records, CONFIG, tls.context) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as old:
        old.starttls(context=context)
        second = issue(tmp_path, "mail.example.com", section="smtp")
        assert tls.refresh()
        assert old.sendmail("a@example.org", [TO], MESSAGE) == {}
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as new:
            new.starttls(context=trusting(second.files.certificate))
            assert new.noop()[0] == 250


@each_loop
def test_a_handshake_that_fails_is_recorded(records: Records, tmp_path: Path, new_loop: NewLoop) -> None:
    tls = ServerTls(issue(tmp_path, "mail.example.com", section="smtp").files).context
    with serving(records, CONFIG, tls, new_loop) as port, lines_of(port) as client:
        stream = client.makefile("rwb")
        stream.readline()
        for command in (b"HELO probe\r\n", b"STARTTLS\r\n"):
            stream.write(command)
            stream.flush()
            stream.readline()
        stream.write(b"MAIL FROM:<a@example.org>\r\n" * 3)
        stream.flush()
        while client.recv(4096):
            pass
    (contact,) = records.contacts()
    assert contact.claims["malformed"] == "TLS handshake"
    assert contact.claims["helo"] == "probe"


def test_what_was_sent_in_clear_before_the_handshake_is_not_taken_for_encrypted(
    records: Records, tmp_path: Path
) -> None:
    """The command injection of CVE-2011-0411: commands behind STARTTLS in the same packet are thrown away."""
    issued = issue(tmp_path, "mail.example.com", section="smtp")
    with serving(records, CONFIG, ServerTls(issued.files).context) as port, lines_of(port) as client:
        client.recv(4096)
        client.sendall(b"HELO probe\r\n")
        client.recv(4096)
        client.sendall(b"STARTTLS\r\nMAIL FROM:<injected@example.org>\r\nRCPT TO:<x@mail.example.com>\r\n")
        assert client.recv(4096).startswith(b"220")
        with trusting(issued.files.certificate).wrap_socket(client) as safe:
            safe.sendall(b"EHLO probe\r\nRCPT TO:<x@mail.example.com>\r\nQUIT\r\n")
            said = b""
            while block := safe.recv(4096):
                said += block
    assert b"503 Error: need MAIL command" in said


@each_loop
def test_connections_of_one_source_and_of_all_are_capped_and_counted(
    records: Records, monkeypatch: pytest.MonkeyPatch, new_loop: NewLoop
) -> None:
    monkeypatch.setattr(limits, "IS_LOOPBACK_LIMITED", True)
    config = replace(CONFIG, max_connections_per_source=2)
    with serving(records, config, new_loop=new_loop) as port, client(port), client(port):
        with pytest.raises(smtplib.SMTPConnectError, match="421"):
            client(port)
        with client(port, "127.0.0.2") as other:  # another source: this machine as well
            assert other.noop()[0] == 250
    assert records.counters_after_close() == {"smtp.connections_refused": 1}


def test_messages_of_one_source_are_capped_and_counted(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """One a minute: the second is put off with 451, which its sender tries again."""
    monkeypatch.setattr(limits, "IS_LOOPBACK_LIMITED", True)
    with serving(records, replace(CONFIG, max_messages_per_minute=1)) as port:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.sendmail("a@example.org", [TO], MESSAGE)
            with pytest.raises(smtplib.SMTPDataError) as caught:
                client.sendmail("a@example.org", [TO], MESSAGE)
            assert caught.value.smtp_code == 451
        with smtplib.SMTP("127.0.0.1", port, timeout=30, source_address=("127.0.0.2", 0)) as other:
            other.sendmail("b@example.org", [TO], MESSAGE)
    assert [one.peer for one in records.contacts()] == ["127.0.0.1", "127.0.0.2"]
    assert records.counters_after_close() == {"smtp.messages_refused": 1}


def test_loopback_is_not_capped(records: Records) -> None:
    """A relay of the operator's on the same machine."""
    config = replace(CONFIG, max_messages_per_minute=1, max_connections_per_source=1)
    with serving(records, config) as port, client(port) as first, client(port) as second:
        for number, one in enumerate((first, second)):
            one.sendmail("a@example.org", [f"t{number}@mail.example.com"], MESSAGE)
    assert len(records.contacts()) == 2


@each_loop
def test_a_message_without_end_is_cut_off_on_either_loop(records: Records, new_loop: NewLoop) -> None:
    with serving(records, CONFIG, new_loop=new_loop) as port, lines_of(port) as client:
        for command in (b"EHLO x\r\n", b"MAIL FROM:<a@example.org>\r\n", f"RCPT TO:<{TO}>\r\n".encode(), b"DATA\r\n"):
            client.recv(4096)
            client.sendall(command)
        client.recv(4096)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):  # noqa: PT012 - one of many writes is the one that fails
            for _ in range(2000):
                client.sendall(b"z" * 10_000)
    assert "oversized" in records.contacts()[0].claims
