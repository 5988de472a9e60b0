"""SPF and DKIM against a name server on loopback: results are claims, and nothing else is asked."""

import asyncio
import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import dkim
import dns.message
import dns.rcode
import dns.rrset
import pytest

from collector import limits
from collector.config.file import SmtpConfig
from collector.config.value import Address
from collector.listeners.mail import Envelope
from collector.listeners.mailsender import SenderChecks
from tests.collector.issuing import rsa_pair
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.mailserver import MESSAGE, serving

KEY, PUBLIC = rsa_pair()
RECORDS = {
    ("good.example.org.", "TXT"): '"v=spf1 ip4:127.0.0.0/8 -all"',
    ("bad.example.org.", "TXT"): '"v=spf1 -all"',
    ("mx.example.org.", "TXT"): '"v=spf1 mx -all"',
    ("mx.example.org.", "MX"): "10 host.example.org.",
    ("host.example.org.", "A"): "127.0.0.1",
    ("included.example.org.", "TXT"): '"v=spf1 include:good.example.org ?all"',
    ("broken.example.org.", "TXT"): '"v=spf1 nonsense:x -all"',
    ("loop.example.org.", "TXT"): '"v=spf1 include:loop.example.org -all"',
    ("void.example.org.", "TXT"): '"v=spf1 a:v1.example.org a:v2.example.org a:v3.example.org -all"',
    ("s1._domainkey.good.example.org.", "TXT"): " ".join(
        f'"{part}"' for part in (f"v=DKIM1; k=rsa; p={PUBLIC[:200]}", PUBLIC[200:])
    ),
}
ENVELOPE = Envelope("a@good.example.org", ["token@mail.example.com"], MESSAGE, "127.0.0.1", "4711", "host.example.org")


@contextmanager
def name_server() -> Iterator[tuple[Address, list[str]]]:
    """Answer from RECORDS, NXDOMAIN for other names; `silent.` names get no answer. Yields what was asked, too."""
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.bind(("127.0.0.1", 0))
    asked: list[str] = []

    def serve() -> None:
        while True:
            packet, peer = endpoint.recvfrom(4096)
            if packet == b"stop":
                return
            query = dns.message.from_wire(packet)
            question = query.question[0]
            name, kind = question.name.to_text().lower(), question.rdtype.name
            asked.append(f"{kind} {name}")
            if name.startswith("silent."):
                continue
            response = dns.message.make_response(query)
            if (name, kind) in RECORDS:
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, RECORDS[name, kind]))
            elif name not in {known for known, _ in RECORDS}:
                response.set_rcode(dns.rcode.NXDOMAIN)
            endpoint.sendto(response.to_wire(), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Address("127.0.0.1", endpoint.getsockname()[1]), asked
    finally:
        endpoint.sendto(b"stop", endpoint.getsockname())
        thread.join(30)
        endpoint.close()


def signed(message: bytes = MESSAGE) -> bytes:
    return bytes(dkim.sign(message, b"s1", b"good.example.org", KEY)) + message


def checked(envelope: Envelope) -> dict[str, str]:
    with name_server() as (address, _):
        checks = SenderChecks(address)
        try:
            return asyncio.run(checks.claims(envelope))
        finally:
            checks.close()


SPF = {
    "allowed by address": (ENVELOPE, "pass good.example.org"),
    "forbidden": (replace(ENVELOPE, mail_from="a@bad.example.org"), "fail bad.example.org"),
    "allowed by its mail server": (replace(ENVELOPE, mail_from="a@mx.example.org"), "pass mx.example.org"),
    "allowed by another's record": (replace(ENVELOPE, mail_from="a@included.example.org"), "pass included.example.org"),
    "no record": (replace(ENVELOPE, mail_from="a@host.example.org"), "none host.example.org"),
    "no such domain": (replace(ENVELOPE, mail_from="a@gone.example.org"), "none gone.example.org"),
    "a broken record": (replace(ENVELOPE, mail_from="a@broken.example.org"), "permerror broken.example.org"),
    "a record that includes itself": (replace(ENVELOPE, mail_from="a@loop.example.org"), "permerror loop.example.org"),
    "too many empty answers": (replace(ENVELOPE, mail_from="a@void.example.org"), "permerror void.example.org"),
    "a bounce": (replace(ENVELOPE, mail_from="", helo="good.example.org"), "pass good.example.org"),
    "neither sender nor greeting": (replace(ENVELOPE, mail_from="", helo=""), "none"),
}


@pytest.mark.parametrize(("envelope", "result"), SPF.values(), ids=SPF.keys())
def test_spf_says_whether_the_sender_may_send_from_there(envelope: Envelope, result: str) -> None:
    assert checked(envelope)["spf"] == result


DKIM = {
    "signed": (signed(), "pass good.example.org"),
    "changed after it was signed": (signed().replace(b"your parcel", b"my parcel"), "fail good.example.org"),
    "not signed": (MESSAGE, "none"),
    "signed twice": (signed(signed()), "pass good.example.org; pass good.example.org"),
    "a key that is not published": (signed().replace(b"s=s1", b"s=s2"), "fail good.example.org"),
    "a signature that is none": (b"DKIM-Signature: nonsense\r\n" + MESSAGE, "permerror: MessageFormatError"),
}


@pytest.mark.parametrize(("content", "result"), DKIM.values(), ids=DKIM.keys())
def test_dkim_says_who_signed(content: bytes, result: str) -> None:
    assert checked(replace(ENVELOPE, content=content))["dkim"] == result


def test_a_name_server_that_is_silent_costs_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SENDER_CHECK_SECONDS", 0.5)
    assert checked(replace(ENVELOPE, mail_from="a@silent.example.org"))["spf"].startswith("temperror")


def test_the_claims_are_on_record_and_refuse_nothing(records: Records) -> None:
    message = signed()  # once: a signature holds the second it was made in, and a message sent again is the same bytes
    with name_server() as (address, asked):
        config = SmtpConfig(listen=(), domains=("mail.example.com",), resolver=address)
        with serving(records, config) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            assert client.sendmail("a@bad.example.org", ["token@mail.example.com"], message) == {}
            assert client.sendmail("a@bad.example.org", ["token@mail.example.com"], message) == {}
        assert asked.count("TXT bad.example.org.") == 1, "answers are kept for their time"
    (contact,) = records.contacts()
    assert contact.claims["spf"] == "fail bad.example.org"
    assert contact.claims["dkim"] == "pass good.example.org"
    assert contact.event_id, "the claims do not keep a message that comes twice from being one hit"


def test_without_a_resolver_nothing_is_asked_or_claimed(records: Records) -> None:
    config = SmtpConfig(listen=(), domains=("mail.example.com",))
    with serving(records, config) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.sendmail("a@bad.example.org", ["token@mail.example.com"], signed())
    assert not {"spf", "dkim"} & set(records.contacts()[0].claims)
