"""Mailgun, SendGrid, Postmark and SES: signatures, envelopes, encodings, and what is no inbound mail."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.config.value import Secret
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel
from collector.listeners.webhooks.mailgun import MailgunProvider
from collector.listeners.webhooks.postmark import PostmarkProvider
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.sendgrid import SendGridProvider
from tests.collector.listeners.webhooks.signers import (
    FORM,
    JSON,
    NOW,
    config,
    mailgun,
    multipart_body,
    posted,
    postmark,
    published,
    sendgrid,
    unsigned,
)

MAILGUN = MailgunProvider(config("mailgun"))
SENDGRID = SendGridProvider(config("sendgrid"))
POSTMARK = PostmarkProvider(config("postmark"))

# --- Mailgun ---------------------------------------------------------------------------------------------------------

ROUTED = published("mailgun_inbound_form.json")
ROUTE = {key: value for key, value in ROUTED.items() if key not in ("timestamp", "token", "signature")}


def test_the_published_route_is_accepted_at_its_time_and_mapped() -> None:
    provider = MailgunProvider(config("mailgun", key=Secret("TEST_WEBHOOK_SIGNING_KEY")))
    at = datetime.fromtimestamp(int(ROUTED["timestamp"]), UTC)
    body = multipart_body({name: value.encode() for name, value in ROUTED.items()})
    request = posted("mailgun", body, {"Content-Type": "multipart/form-data; boundary=xYzZY"}, at)
    provider.check(request)
    (contact,) = provider.contacts(request)
    assert (contact.channel, contact.beacon) == (Channel.MAIL, "test@inbound.example.com")
    assert contact.peer == contact.claims["mail_from"] == "envelope-from@example.org"
    assert (contact.claims["spf"], contact.claims["dkim"]) == ("Pass", "Pass")
    assert contact.claims["from"] == '"Displayed From" <from+test@example.org>'
    assert (contact.claims["subject"], contact.claims["text"]) == ("Test subject", "Test body plain")
    assert contact.claims["message_id"] == "<CAEPk3R+4Zr@mail.example.org>"
    assert contact.occurred_at == at
    with pytest.raises(ForgedError):
        provider.check(replace(request, received_at=at + timedelta(days=1)))


def test_a_route_sent_again_with_another_token_is_the_same_hit_and_another_message_is_not() -> None:
    first, again = (MAILGUN.contacts(mailgun(ROUTE, token=token))[0] for token in ("a" * 50, "b" * 50))
    assert first.event_id == again.event_id
    other = MAILGUN.contacts(mailgun({**ROUTE, "body-plain": "another"}))[0]
    assert other.event_id != first.event_id, "the Message-Id is the sender's choice"


def test_each_recipient_of_a_route_is_a_contact() -> None:
    contacts = MAILGUN.contacts(mailgun({**ROUTE, "recipient": "A@mail.example.com, b@mail.example.com"}))
    assert [contact.beacon for contact in contacts] == ["a@mail.example.com", "b@mail.example.com"]
    assert len({contact.event_id for contact in contacts}) == 2


def test_a_route_that_forwards_mime_is_read_like_any_mail() -> None:
    mime = "From: =?utf-8?b?546L?= <a@example.org>\r\nSubject: s\r\nAuto-Submitted: auto-replied\r\n\r\nhello\r\n"
    fields = {"recipient": "a@mail.example.com", "sender": "", "body-mime": mime}
    (contact,) = MAILGUN.contacts(mailgun(fields))
    assert contact.claims["from"] == "王 <a@example.org>"
    assert {"bounce", "auto_reply"} <= set(contact.claims)


def test_mailguns_events_are_checked_and_no_contacts() -> None:
    form = mailgun({})
    signature = dict(part.split("=") for part in form.body.decode().split("&"))
    body = json.dumps({"signature": signature, "event-data": {"event": "delivered"}}).encode()
    request = posted("mailgun", body, {"Content-Type": JSON})
    MAILGUN.check(request)
    assert MAILGUN.contacts(request) == []
    with pytest.raises(ForgedError):
        MAILGUN.check(replace(request, body=b"{}"))


GOOD = mailgun(ROUTE)
MAILGUN_FORGED = {
    "no form": replace(GOOD, body=b"\xff"),
    "no token": posted("mailgun", b"recipient=a%40b.example", {"Content-Type": FORM}),
    "another token": replace(GOOD, body=GOOD.body.replace(b"t" * 50, b"u" * 50)),
    "older than Mailgun tries again": mailgun(ROUTE, NOW - timedelta(hours=10)),
    "from the future": mailgun(ROUTE, NOW + timedelta(hours=1)),
}


@pytest.mark.parametrize("request_", MAILGUN_FORGED.values(), ids=MAILGUN_FORGED.keys())
def test_anything_mailgun_did_not_sign_is_forged(request_: HookRequest) -> None:
    MAILGUN.check(GOOD)
    with pytest.raises(ForgedError):
        MAILGUN.check(request_)


# --- SendGrid --------------------------------------------------------------------------------------------------------

EVENT = published("sendgrid_event_webhook_vector.json")
PARSED = {
    "headers": "Received: from mail.example.org\nFrom: =?gb2312?B?zfXFrsq/?= <a@example.org>\nSubject: x\n"
    "Message-ID: <1@example.org>\n",
    "dkim": "{@example.org : pass}",
    "SPF": "pass",
    "sender_ip": "192.0.2.7",
    "envelope": '{"to":["Token@mail.example.com","b@mail.example.com"],"from":"bounce@example.org"}',
    "charsets": '{"to":"UTF-8","subject":"gb2312","text":"GBK"}',
}
MAIL = {name: value.encode() for name, value in PARSED.items()} | {
    "subject": "您的快递".encode("gb18030"),
    "text": "王女士，请取件".encode("gb18030"),
}


def event_request(body: str = EVENT["body"], signature: str = EVENT["signature"]) -> HookRequest:
    headers = {
        "Content-Type": JSON,
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": EVENT["timestamp"],
    }
    return posted("sendgrid", body.encode(), headers, datetime.fromtimestamp(int(EVENT["timestamp"]), UTC))


def test_the_published_event_is_accepted_by_its_key_alone_and_is_no_contact() -> None:
    provider = SendGridProvider(config("sendgrid", key=Secret(EVENT["public_key"])))
    provider.check(event_request())
    assert provider.contacts(event_request()) == []
    stranger = SendGridProvider(config("sendgrid", key=Secret(EVENT["wrong_public_key"])))
    for checking, request in (
        (stranger, event_request()),
        (provider, event_request("payload")),
        (provider, event_request(signature=EVENT["wrong_signature"])),
        (provider, event_request(signature="签名")),
    ):
        with pytest.raises(ForgedError):
            checking.check(request)


def test_parsed_mail_is_mapped_by_its_envelope_in_the_encodings_it_declares() -> None:
    SENDGRID.check(sendgrid(MAIL))
    first, second = SENDGRID.contacts(sendgrid(MAIL))
    assert [first.beacon, second.beacon] == ["token@mail.example.com", "b@mail.example.com"]
    assert (first.peer, first.claims["mail_from"]) == ("192.0.2.7", "bounce@example.org")
    assert (first.claims["subject"], first.claims["text"]) == ("您的快递", "王女士，请取件")
    assert (first.claims["spf"], first.claims["dkim"]) == ("pass", "{@example.org : pass}")
    assert first.verified
    assert first.event_id != second.event_id


def test_parsed_mail_sent_again_is_the_same_hit_whatever_the_boundary_and_time() -> None:
    again = sendgrid(MAIL, NOW - timedelta(hours=70), boundary="another")
    SENDGRID.check(again)
    assert [one.event_id for one in SENDGRID.contacts(again)] == [
        one.event_id for one in SENDGRID.contacts(sendgrid(MAIL))
    ]
    with pytest.raises(ForgedError):
        SENDGRID.check(sendgrid(MAIL, NOW - timedelta(hours=74)))


def test_raw_mail_is_read_like_any_mail() -> None:
    raw = b"From: a@example.org\r\nSubject: s\r\nContent-Type: text/plain; charset=gbk\r\n\r\n" + "快递".encode("gbk")
    contacts = SENDGRID.contacts(sendgrid({"envelope": MAIL["envelope"], "email": raw}))
    assert contacts[0].claims["text"] == "快递"


SENDGRID_UNREADABLE = {
    "no envelope": sendgrid({"to": b"a@mail.example.com"}),
    "an envelope without recipient": sendgrid({"envelope": b'{"to":[]}'}),
    "a form that breaks off": replace(sendgrid(MAIL), body=sendgrid(MAIL).body[:100]),
    "no boundary": replace(sendgrid(MAIL), headers={"content-type": "multipart/form-data"}),
    "JSON that is no list": posted("sendgrid", b"{}", {"Content-Type": JSON}),
}


@pytest.mark.parametrize("request_", SENDGRID_UNREADABLE.values(), ids=SENDGRID_UNREADABLE.keys())
def test_a_form_nobody_can_read_is_recorded_with_the_reason(request_: HookRequest) -> None:
    (contact,) = SENDGRID.contacts(request_)
    assert contact.claims["malformed"]


def test_a_key_that_is_no_curve_is_refused() -> None:
    for key in ("short", base64.b64encode(b"x").decode()):
        with pytest.raises(ConfigError, match=r"webhooks\.sendgrid\.key must be"):
            SendGridProvider(config("sendgrid", key=Secret(key)))


# --- Postmark --------------------------------------------------------------------------------------------------------

INBOUND: dict[str, Any] = {
    "From": "from@example.org",
    "To": "Someone <other@example.com>",
    "Subject": "您的快递",
    "OriginalRecipient": "Token+tag@mail.example.com",
    "MailboxHash": "tag",
    "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
    "TextBody": "王女士",
    "Headers": [
        {"Name": "Return-Path", "Value": "<bounce@example.org>"},
        {"Name": "X-Spam-Tests", "Value": "SPF_PASS"},
        {"Name": "Return-Path", "Value": "<forged@example.org>"},
    ],
}


def test_inbound_mail_is_mapped_by_its_original_recipient() -> None:
    POSTMARK.check(postmark(INBOUND))
    (contact,) = POSTMARK.contacts(postmark(INBOUND))
    assert (contact.beacon, contact.peer) == ("token+tag@mail.example.com", "bounce@example.org")
    assert (contact.claims["subject"], contact.claims["text"]) == ("您的快递", "王女士")
    assert (contact.claims["spam_tests"], contact.claims["mailbox_hash"]) == ("SPF_PASS", "tag")
    assert contact.event_id == f"{INBOUND['MessageID']}:token+tag@mail.example.com"
    assert not contact.verified


def test_without_an_envelope_the_named_receivers_are_taken() -> None:
    document = {**INBOUND, "OriginalRecipient": "", "BccFull": [{"Email": "token@mail.example.com"}, 1], "CcFull": 2}
    (contact,) = POSTMARK.contacts(postmark(document))
    assert contact.beacon == "token@mail.example.com"


def test_a_header_cannot_begin_another_one_by_a_line_break() -> None:
    document = {**INBOUND, "Headers": [{"Name": "X", "Value": "y\r\nAuto-Submitted: auto-replied"}]}
    assert "auto_reply" not in POSTMARK.contacts(postmark(document))[0].claims


@pytest.mark.parametrize("kind", ["Delivery", "Bounce", "Open"])
def test_what_postmark_says_of_our_own_mail_is_no_contact(kind: str) -> None:
    assert POSTMARK.contacts(postmark({"RecordType": kind, "MessageID": "1"})) == []


@pytest.mark.parametrize(
    "request_",
    [unsigned("postmark", INBOUND), postmark(INBOUND, "postmark:wrong"), postmark(INBOUND, "签名")],
    ids=["no password", "a wrong one", "another script"],
)
def test_a_wrong_password_is_forged(request_: HookRequest) -> None:
    with pytest.raises(ForgedError):
        POSTMARK.check(request_)


def test_a_secret_path_does_instead_of_a_password() -> None:
    provider = PostmarkProvider(config("postmark", key=None))
    provider.check(unsigned("postmark", INBOUND))
    assert len(provider.contacts(unsigned("postmark", INBOUND))) == 1


@pytest.mark.parametrize("document", [{}, {"MessageID": "1"}, [], {**INBOUND, "MessageID": ""}])
def test_mail_without_id_or_recipient_is_malformed(document: Mapping[str, Any]) -> None:
    (contact,) = POSTMARK.contacts(postmark(document))
    assert contact.claims["malformed"]


def test_a_password_that_can_be_guessed_is_refused() -> None:
    for key in ("user:short", "no-colon-in-this-long-key", ":a-password-of-some-length"):
        with pytest.raises(ConfigError, match="must be user:password"):
            PostmarkProvider(config("postmark", key=Secret(key)))
