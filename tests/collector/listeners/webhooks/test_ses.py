"""SES by SNS: the certificate's address, our topics alone, mail, and a subscription that nobody visits unasked."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from collector.config.value import Secret
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel
from collector.listeners.webhooks.amazon import (
    FETCHES_PER_HOUR,
    MAX_FETCH_BYTES,
    download,
    is_amazon,
    signed_text,
)
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.ses import SesProvider
from tests.collector.listeners.webhooks.signers import NOW, OTHER_RSA, certificate, config, published, sns

PROVIDER = SesProvider(config("ses"))
PUBLISHED = published("ses_sns_inbound.json")
MAIL = {"Message": PUBLISHED["Message"]}
NOTICE: dict[str, Any] = json.loads(PUBLISHED["Message"])
CERTIFICATE_URL = PUBLISHED["SigningCertURL"]


def notice(**changes: object) -> dict[str, Any]:
    return {"Message": json.dumps({**NOTICE, **changes})}


def test_the_published_mail_is_mapped_by_its_envelope() -> None:
    for version in ("1", "2"):
        PROVIDER.check(sns(MAIL, version=version))
    (contact,) = PROVIDER.contacts(sns(MAIL))
    assert (contact.channel, contact.beacon) == (Channel.MAIL, "inbound@example.com")
    assert contact.peer == contact.claims["mail_from"] == "envelope-from@example.org"
    assert contact.occurred_at == datetime(2018, 3, 30, 17, 21, 51, 636000, tzinfo=UTC)
    assert (contact.claims["spf"], contact.claims["dmarc"]) == ("pass", "pass")
    assert contact.claims["text"] == "It's a body…"
    assert contact.event_id == "jili9m351il3gkburn7o2f0u6788stij94c8ld01:inbound@example.com"


def test_what_is_signed_is_each_name_and_value_on_its_own_line() -> None:
    """As aws-js-sns-message-validator joins them; the subject only where there is one."""
    message = {"Type": "Notification", "Message": "m", "MessageId": "i", "Timestamp": "t", "TopicArn": "a", "x": "y"}
    assert signed_text(message) == b"Message\nm\nMessageId\ni\nTimestamp\nt\nTopicArn\na\nType\nNotification\n"
    assert b"Subject\ns\n" in signed_text({**message, "Subject": "s"})


def test_a_message_in_base64_and_one_without_content_are_read() -> None:
    mime = b"From: a@example.org\r\nSubject: =?gbk?b?v+y13Q==?=\r\n\r\nx\r\n"
    receipt = {**NOTICE["receipt"], "action": {"type": "SNS", "encoding": "BASE64"}}
    (encoded,) = PROVIDER.contacts(sns(notice(content=base64.b64encode(mime).decode(), receipt=receipt)))
    assert encoded.claims["subject"] == "快递"
    (bare,) = PROVIDER.contacts(sns(notice(content=None)))
    assert bare.claims["subject"] == "Test inbound message"


CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Message": "You have chosen to subscribe",
    "Token": "t",
    "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t",
}


def test_a_subscription_is_recorded_with_the_address_to_open() -> None:
    PROVIDER.check(sns(CONFIRMATION))
    (contact,) = PROVIDER.contacts(sns(CONFIRMATION))
    assert contact.claims["subscribe_url"] == CONFIRMATION["SubscribeURL"]
    assert contact.beacon == ""


def test_a_subscription_at_another_host_is_malformed() -> None:
    (contact,) = PROVIDER.contacts(sns({**CONFIRMATION, "SubscribeURL": "https://example.com/"}))
    assert "subscribe_url" not in contact.claims
    assert contact.claims["malformed"]


NO_CONTACTS = {
    "a bounce": notice(notificationType="Bounce"),
    "a delivery": notice(notificationType=None, eventType="Delivery"),
    "an end of subscription": {**CONFIRMATION, "Type": "UnsubscribeConfirmation"},
}


@pytest.mark.parametrize("message", NO_CONTACTS.values(), ids=NO_CONTACTS.keys())
def test_what_amazon_says_of_our_own_mail_is_no_contact(message: Mapping[str, Any]) -> None:
    PROVIDER.check(sns(message))
    assert PROVIDER.contacts(sns(message)) == []


UNREADABLE = {
    "another type": {"Type": "Party"},
    "a message that is no JSON": {"Message": "hello"},
    "no receipt": notice(receipt=None),
    "no recipients": notice(receipt={"recipients": []}),
}


@pytest.mark.parametrize("message", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_signed_message_nobody_can_read_is_recorded_with_the_reason(message: Mapping[str, Any]) -> None:
    (contact,) = PROVIDER.contacts(sns(message))
    assert contact.claims["malformed"]


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


GOOD = sns(MAIL)
FORGED = {
    "no JSON": replace(GOOD, body=b"\xff"),
    "the published placeholder": replace(GOOD, body=json.dumps(PUBLISHED).encode()),
    "another text": replace(GOOD, body=GOOD.body.replace(b"8f6dee70", b"8f6dee71")),
    "somebody else's topic": sns({**MAIL, "TopicArn": "arn:aws:sns:us-east-1:222222222222:theirs"}),
    "somebody else's key": sns(MAIL, key=OTHER_RSA),
    "an unknown version": sns(MAIL, version="3"),
    "a certificate from elsewhere": sns({**MAIL, "SigningCertURL": "https://example.com/a.pem"}),
    "a certificate that is no file": sns({**MAIL, "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x"}),
    "yesterday's": sns({**MAIL, "Timestamp": at(NOW - timedelta(days=1))}),
    "tomorrow's": sns({**MAIL, "Timestamp": at(NOW + timedelta(days=1))}),
    "no time": sns({**MAIL, "Timestamp": "now"}),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED.keys())
def test_anything_amazon_did_not_sign_for_our_topic_is_forged(request_: HookRequest) -> None:
    PROVIDER.check(GOOD)
    with pytest.raises(ForgedError):
        PROVIDER.check(request_)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (CERTIFICATE_URL, True),
        ("https://sns.cn-north-1.amazonaws.com.cn/a.pem", True),
        ("http://sns.us-east-1.amazonaws.com/a.pem", False),
        ("https://sns.us-east-1.amazonaws.com:8443/a.pem", False),
        ("https://sns.us-east-1.amazonaws.com@example.com/a.pem", False),
        ("https://x@sns.us-east-1.amazonaws.com/a.pem", False),
        ("https://sns.us-east-1.amazonaws.com.example.com/a.pem", False),
        ("https://example.com/sns.us-east-1.amazonaws.com/a.pem", False),
        ("https://sns.us-east-1.amazonaws.com\\.example.com/a.pem", False),
        ("https://sns.us-east-1.amazonaws.com:x/", False),
        ("https://s3.us-east-1.amazonaws.com/a.pem", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_sns_itself_is_amazon(address: str, expected: bool) -> None:
    assert is_amazon(address) is expected
    if not expected:
        with pytest.raises(OSError, match="not an address of Amazon SNS"):
            download(address)


class Server(BaseHTTPRequestHandler):
    """A host on loopback that answers, redirects, or sends without end."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/redirect" else 200)
        if self.path == "/redirect":
            self.send_header("Location", "/found")
        self.end_headers()
        self.wfile.write(b"x" * (MAX_FETCH_BYTES + 10 if self.path == "/large" else 5))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_download_takes_a_limited_amount_and_follows_no_redirect(host: str) -> None:
    """Over a real socket; the rule which addresses are Amazon's is set aside for it."""

    def anywhere(_: str) -> bool:
        return True

    assert download(f"{host}/found", anywhere) == b"xxxxx"
    assert len(download(f"{host}/large", anywhere)) == MAX_FETCH_BYTES
    with pytest.raises(OSError, match="302"):
        download(f"{host}/redirect", anywhere)
    with pytest.raises(OSError, match="not an address of Amazon SNS"):
        download(f"{host}/found")


class Amazon:
    """What stands in for the network: answers with one certificate and remembers what was asked."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        if self.answer is None:
            raise OSError("unreachable")
        return self.answer


def test_a_certificate_is_fetched_once_where_that_is_configured() -> None:
    amazon = Amazon(certificate())
    provider = SesProvider(config("ses", key=None, fetch=True), amazon)
    for _ in range(3):
        provider.check(sns(MAIL))
    assert amazon.asked == [CERTIFICATE_URL]
    with pytest.raises(ForgedError):
        provider.check(sns({**MAIL, "TopicArn": "theirs", "SigningCertURL": CERTIFICATE_URL + "x.pem"}))
    assert len(amazon.asked) == 1, "a stranger's topic makes us fetch nothing"


def test_a_given_certificate_is_tried_before_any_is_fetched() -> None:
    amazon = Amazon(certificate(OTHER_RSA))
    provider = SesProvider(config("ses", fetch=True), amazon)
    provider.check(sns(MAIL))
    assert amazon.asked == []
    provider.check(sns(MAIL, key=OTHER_RSA))
    assert amazon.asked == [CERTIFICATE_URL]


def test_what_cannot_be_fetched_is_refused_and_not_asked_for_without_end() -> None:
    amazon = Amazon(None)
    provider = SesProvider(config("ses", key=None, fetch=True), amazon)
    for _ in range(FETCHES_PER_HOUR + 5):
        with pytest.raises(ForgedError):
            provider.check(sns(MAIL))
    assert len(amazon.asked) == FETCHES_PER_HOUR
    amazon.answer = certificate()
    later = NOW + timedelta(minutes=65)
    provider.check(replace(sns({**MAIL, "Timestamp": at(later)}), received_at=later))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"topics": ()}, "topics must name"),
        ({"key": None}, "fetch = true"),
        ({"key": Secret("no certificate")}, "signing certificates, in PEM"),
    ],
    ids=["no topics", "no certificate", "no PEM"],
)
def test_what_is_needed_to_check_signatures_is_asked_for(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SesProvider(config("ses", **changes))
