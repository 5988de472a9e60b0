"""Recipients that were taken and that no message followed: tried addresses and connections that break are contacts."""

import socket
import time

import pytest

from collector.config.file import SmtpConfig
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.mailserver import serving

CONFIG = SmtpConfig(listen=(), domains=("mail.example.com",), max_message_bytes=20_000)
PATIENCE_SECONDS = 60.0
HELLO = (b"EHLO scan.example.org\r\n", b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<Token@mail.example.com>\r\n")

# What follows RCPT -> the claim `message`, and what is kept of a message.
ENDINGS = {
    "the client says good-bye": ((b"QUIT\r\n",), "none", b""),
    "the client leaves": ((), "none", b""),
    "the transaction is reset": ((b"RSET\r\n", b"NOOP\r\n"), "none", b""),
    "another greeting": ((b"EHLO again.example.org\r\n",), "none", b""),
    "the message breaks off": ((b"DATA\r\n", b"Subject: half\r\n\r\nof i"), "broke off", b"Subject: half\r\n\r\nof i"),
}


def talk(port: int, *commands: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as client:
        stream = client.makefile("rwb")
        for command in (b"", *commands):
            stream.write(command)
            stream.flush()
            if command.startswith(b"Subject"):
                return  # within a message nobody answers
            while stream.readline()[3:4] == b"-":
                pass


def recorded(records: Records, number: int) -> None:
    """Wait until so many contacts are on record: nobody is told of these."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while len(records.contacts()) < number and time.monotonic() < ends_at:
        time.sleep(0.01)


@pytest.mark.parametrize(("commands", "claim", "kept"), ENDINGS.values(), ids=ENDINGS.keys())
def test_a_recipient_without_a_message_is_a_contact(
    records: Records, commands: tuple[bytes, ...], claim: str, kept: bytes
) -> None:
    with serving(records, CONFIG) as port:
        talk(port, *HELLO, *commands)
        recorded(records, 1)
    (contact,) = records.contacts()
    assert contact.beacon == "token@mail.example.com"
    assert contact.claims["message"] == claim
    assert contact.claims["mail_from"] == "a@example.org"
    assert contact.raw == kept


def test_every_recipient_that_was_tried_is_one_contact(records: Records) -> None:
    tried = [b"RCPT TO:<r%d@mail.example.com>\r\n" % number for number in range(3)]
    with serving(records, CONFIG) as port:
        talk(port, *HELLO, *tried, b"QUIT\r\n")
        recorded(records, 4)
    assert sorted(one.beacon for one in records.contacts()) == [
        *(f"r{number}@mail.example.com" for number in range(3)),
        "token@mail.example.com",
    ]


def test_a_message_that_arrived_is_one_contact_and_says_nothing_of_it(records: Records) -> None:
    with serving(records, CONFIG) as port:
        talk(port, *HELLO, b"DATA\r\n", b"\r\nwhole\r\n.\r\n", *HELLO[1:], b"QUIT\r\n")
        recorded(records, 2)
    whole, tried = records.contacts()
    assert "message" not in whole.claims
    assert (tried.claims["message"], tried.raw) == ("none", b""), "nothing is kept of the message before"


def test_a_message_that_is_too_large_is_told_once(records: Records) -> None:
    with serving(records, CONFIG) as port:
        talk(port, *HELLO, b"DATA\r\n", b"x" * 30_000 + b"\r\n.\r\n", b"QUIT\r\n")
        recorded(records, 1)
    (contact,) = records.contacts()
    assert "oversized" in contact.claims
