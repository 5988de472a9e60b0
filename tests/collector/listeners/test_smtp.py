"""The mail listener in real SMTP dialogues: 250 means on disk, and what is turned away is on record too."""

import smtplib
import socket
from contextlib import AbstractContextManager

import pytest

from collector import limits
from collector.config.file import SmtpConfig
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.mailserver import serving

CONFIG = SmtpConfig(listen=(), domains=("mail.example.com",), max_message_bytes=20_000)
MESSAGE = "From: a@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nyour parcel\r\n"


def server(records: Records) -> AbstractContextManager[int]:
    return serving(records, CONFIG)


def send(port: int, recipients: list[str], message: str = MESSAGE, sender: str = "a@example.org") -> dict[str, object]:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        return dict(client.sendmail(sender, recipients, message))


def test_a_message_is_on_record_when_it_is_acknowledged(records: Records) -> None:
    with server(records) as port:
        assert send(port, ["Token@mail.example.com"]) == {}
        (contact,) = records.contacts()
    assert contact.beacon == "token@mail.example.com"
    assert contact.claims["text"] == "your parcel"
    assert contact.claims["mail_from"] == "a@example.org"
    assert contact.peer == "127.0.0.1"
    assert contact.raw.startswith(b"From: a@example.org\r\n")


def test_every_recipient_is_a_hit_and_a_message_sent_again_is_none(records: Records) -> None:
    recipients = [f"r{number}@mail.example.com" for number in range(5)]
    with server(records) as port:
        send(port, recipients)
        send(port, recipients)
    assert [one.beacon for one in records.contacts()] == recipients


def test_other_domains_are_refused_and_recorded_beside_ours(records: Records) -> None:
    with server(records) as port:
        refused = send(port, ["victim@example.net", "token@mail.example.com"])
    assert list(refused) == ["victim@example.net"]
    contacts = {one.beacon: one.claims for one in records.contacts()}
    assert contacts["victim@example.net"]["relay"] == "refused"
    assert contacts["token@mail.example.com"]["subject"] == "hello"


def test_a_bounce_is_taken_and_marked(records: Records) -> None:
    with server(records) as port:
        send(port, ["token@mail.example.com"], sender="")
    assert records.contacts()[0].claims["bounce"] == "empty sender"


def dialogue(port: int, *commands: bytes) -> list[bytes]:
    """Send commands one by one and return the last line of each answer."""
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        stream = client.makefile("rwb")
        for command in (b"", *commands):
            stream.write(command)
            stream.flush()
            while (line := stream.readline())[3:4] == b"-":
                pass
            answers.append(line.strip())
    return answers


GREETING = (b"EHLO probe\r\n", b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<token@mail.example.com>\r\n", b"DATA\r\n")


def test_a_message_that_turns_out_too_large_gets_552_and_its_head_is_kept(records: Records) -> None:
    body = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n"
    with server(records) as port:
        answers = dialogue(port, *GREETING, body + (b"y" * 70 + b"\r\n") * 400 + b".\r\n", b"QUIT\r\n")
    assert answers[-2].startswith(b"552")
    (contact,) = records.contacts()
    assert contact.beacon == "token@mail.example.com"
    assert contact.claims["oversized"] == "more than 20000 bytes"
    assert contact.claims["subject"] == "large"
    assert contact.raw.startswith(body)
    assert records.counters_after_close()["smtp.oversized"] == 1


def test_a_message_announced_as_too_large_gets_552_and_is_recorded(records: Records) -> None:
    with server(records) as port:
        answers = dialogue(port, b"EHLO probe\r\n", b"MAIL FROM:<a@example.org> SIZE=99999999\r\n", b"QUIT\r\n")
    assert answers[2].startswith(b"552")
    (contact,) = records.contacts()
    assert contact.claims["declared"] == "FROM:<a@example.org> SIZE=99999999"


def test_a_message_without_end_is_cut_off_and_recorded(records: Records) -> None:
    with server(records) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        for command in GREETING:
            client.recv(4096)
            client.sendall(command)
        client.recv(4096)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):  # noqa: PT012 - one of many writes is the one that fails
            for _ in range(1000):
                client.sendall(b"z" * 10_000)
    (contact,) = records.contacts()
    assert "oversized" in contact.claims
    assert len(contact.raw) <= limits.MAX_HEAD_BYTES


def test_long_lines_are_taken_although_the_standard_ends_them(records: Records) -> None:
    with server(records) as port:
        answers = dialogue(port, *GREETING, b"Subject: x\r\n\r\n" + b"w" * 15_000 + b"\r\n.\r\n", b"QUIT\r\n")
    assert answers[-2].startswith(b"250")
    assert len(records.contacts()[0].raw) > 15_000


NOT_SMTP = {
    "HTTP": b"GET / HTTP/1.1\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\r\n",
    "an address that is none": b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<<<>\r\n",
}


@pytest.mark.parametrize("sent", NOT_SMTP.values(), ids=NOT_SMTP.keys())
def test_what_is_not_smtp_is_recorded_once_with_its_first_bytes(records: Records, sent: bytes) -> None:
    with server(records) as port:
        dialogue(
            port, *[line + b"\r\n" for line in sent.removesuffix(b"\r\n").split(b"\r\n")], b"NOPE\r\n", b"NOPE\r\n"
        )
    (contact,) = records.contacts()
    assert contact.claims["malformed"].startswith("5")
    assert contact.raw.startswith(sent)


def test_a_full_log_gets_451_so_that_the_sender_tries_again(records: Records) -> None:
    with server(records) as port:
        records.fail()
        with pytest.raises(smtplib.SMTPDataError) as caught:
            send(port, ["token@mail.example.com"])
        assert caught.value.smtp_code == 451
        assert records.contacts() == []
        records.fail(on=False)
        send(port, ["token@mail.example.com"])
    assert len(records.contacts()) == 1
    assert records.counters_after_close() == {"smtp.lost": 1}


def test_recipients_and_connections_are_capped(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_RECIPIENTS", 2)
    monkeypatch.setattr(limits, "MAX_SMTP_CONNECTIONS", 1)
    with server(records) as port:
        refused = send(port, [f"r{number}@mail.example.com" for number in range(3)])
        assert list(refused) == ["r2@mail.example.com"]
        with smtplib.SMTP("127.0.0.1", port, timeout=10), pytest.raises(smtplib.SMTPConnectError, match="421"):
            smtplib.SMTP("127.0.0.1", port, timeout=10)
    assert len(records.contacts()) == 2
    assert records.counters_after_close()["smtp.connections_refused"] == 1


def test_ehlo_says_what_aiosmtpd_says_and_a_wrong_one_is_told_and_recorded(records: Records) -> None:
    with server(records) as port, socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        stream = client.makefile("rwb")
        stream.readline()
        stream.write(b"EHLO\r\nEHLO probe\r\nNOOP\r\n")
        stream.flush()
        said = [stream.readline() for _ in range(7)]
    assert said == [
        b"501 Syntax: EHLO hostname\r\n",
        b"250-mail.example.com\r\n",
        b"250-SIZE 20000\r\n",
        b"250-8BITMIME\r\n",
        b"250-SMTPUTF8\r\n",
        b"250 HELP\r\n",
        b"250 OK\r\n",
    ]
    (contact,) = records.contacts()
    assert contact.claims["malformed"] == "501 Syntax: EHLO hostname"
