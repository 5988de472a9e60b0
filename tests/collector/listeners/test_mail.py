"""The mail core: one contact per recipient, readable claims from hostile messages, honest marks on automatic mail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.hit import GENESIS, Channel, parse_hit, seal
from collector.listeners.mail import Envelope, contacts_of, is_ours, refused

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MESSAGE = (
    b"From: Lottery <win@example.org>\r\nTo: undisclosed-recipients:;\r\n"
    b"Subject: =?gb2312?B?zfXFrsq/?=\r\n parcel\r\nMessage-ID: <1@example.org>\r\n"
    b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "王女士，您的快递".encode("gb18030") + b"\r\n"
)
ENVELOPE = Envelope("Win@example.org", ["Token-1@Mail.example.com"], MESSAGE, "203.0.113.9", "2525", "mx.example.org")


def test_a_message_is_a_contact_of_its_envelope_recipient() -> None:
    """The To header names nobody here; the text is read by its declared charset."""
    (contact,) = contacts_of(ENVELOPE)
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.MAIL, "token-1@mail.example.com", "203.0.113.9")
    assert contact.raw == MESSAGE
    assert contact.claims == {
        "mail_from": "Win@example.org",
        "helo": "mx.example.org",
        "peer_port": "2525",
        "from": "Lottery <win@example.org>",
        "to": "undisclosed-recipients:;",
        "subject": "王女士 parcel",
        "message_id": "<1@example.org>",
        "text": "王女士，您的快递",
    }


def test_every_recipient_is_its_own_contact_with_the_same_message() -> None:
    """Blind copies included; the same address twice is one."""
    envelope = replace(ENVELOPE, recipients=["a@mail.example.com", "b@mail.example.com", "a@mail.example.com"])
    contacts = contacts_of(envelope)
    assert [contact.beacon for contact in contacts] == ["a@mail.example.com", "b@mail.example.com"]
    assert {contact.raw for contact in contacts} == {MESSAGE}
    assert len({contact.event_id for contact in contacts}) == 2


def test_a_message_sent_again_is_the_same_event_and_any_other_is_not() -> None:
    """Byte for byte, from the same sender, to the same recipient, with a Message-ID."""
    event = contacts_of(ENVELOPE)[0].event_id
    assert event
    assert contacts_of(replace(ENVELOPE, peer_port="9999"))[0].event_id == event
    assert contacts_of(replace(ENVELOPE, content=MESSAGE + b"!"))[0].event_id != event
    assert contacts_of(replace(ENVELOPE, mail_from="other@example.org"))[0].event_id != event
    assert contacts_of(replace(ENVELOPE, content=b"Subject: x\r\n\r\nx"))[0].event_id is None
    assert contacts_of(ENVELOPE, {"oversized": "yes"})[0].event_id is None


AUTOMATIC = {
    "a bounce": ({"mail_from": "<>"}, b"", "bounce"),
    "a bounce without brackets": ({"mail_from": ""}, b"", "bounce"),
    "an out-of-office": ({}, b"Auto-Submitted: auto-replied\r\n", "auto_reply"),
    "an old autoresponder": ({}, b"X-Autoreply: yes\r\n", "auto_reply"),
    "a list": ({}, b"Precedence: list\r\n", "auto_reply"),
    "an answer with parameters": ({}, b"Auto-Submitted: Auto-Replied; owner=x\r\n", "auto_reply"),
    "a mail system": ({"mail_from": "MAILER-DAEMON@example.org"}, b"", "bounce"),
    "addresses that failed": ({}, b"X-Failed-Recipients: a@example.org\r\n", "bounce"),
    "a complaint": ({}, b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n", "bounce"),
    "a receipt": (
        {},
        b"Content-Type: multipart/report; report-type=Disposition-Notification; boundary=b\r\n",
        "auto_reply",
    ),
}


@pytest.mark.parametrize(("changes", "header", "claim"), AUTOMATIC.values(), ids=AUTOMATIC.keys())
def test_automatic_mail_says_so(changes: dict[str, str], header: bytes, claim: str) -> None:
    """It is recorded, and marked."""
    (contact,) = contacts_of(
        replace(ENVELOPE, content=header + MESSAGE, mail_from=changes.get("mail_from", ENVELOPE.mail_from))
    )
    assert claim in contact.claims


REPORT = b"""Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1

--b--
""".replace(b"\n", b"\r\n")


def test_a_delivery_report_says_what_became_of_which_recipient() -> None:
    """RFC 3464: also where the sender is not empty, as it should be."""
    (contact,) = contacts_of(replace(ENVELOPE, content=REPORT))
    assert contact.claims["bounce"] == "delivery report: failed 5.1.1 nobody@example.org"
    assert contact.claims["text"] == "Your message could not be delivered."


@pytest.mark.parametrize("value", [b"no", b"No", b"no (by hand)", b"no; x=y", b""])
def test_a_header_that_says_no_marks_nothing(value: bytes) -> None:
    """RFC 3834 5: "no" is a message of a person, however it is written."""
    (contact,) = contacts_of(replace(ENVELOPE, content=b"Auto-Submitted: " + value + b"\r\n" + MESSAGE))
    assert "auto_reply" not in contact.claims


def test_a_person_is_not_marked() -> None:
    """`Auto-Submitted: no` is what RFC 3834 says of people."""
    (contact,) = contacts_of(replace(ENVELOPE, content=b"Auto-Submitted: no\r\n" + MESSAGE))
    assert not {"bounce", "auto_reply"} & set(contact.claims)


TEXTS = {
    "a wrong charset": (b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "王女士".encode("gb18030"), "王女士"),
    "an unknown charset": (b"Content-Type: text/plain; charset=x-nonsense\r\n\r\n" + "王女士".encode(), "王女士"),
    "no charset": (b"Subject: x\r\n\r\nhello", "hello"),
    "base64": (b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=", "hello"),
    "plain beside HTML": (
        b"\r\n".join(
            (
                b"Content-Type: multipart/alternative; boundary=b\r\n",
                b"--b\r\nContent-Type: text/html\r\n\r\n<b>hi</b>",
                b"--b\r\nContent-Type: text/plain\r\n\r\nhi plain",
                b"--b--\r\n",
            )
        ),
        "hi plain",
    ),
    "HTML alone": (b"Content-Type: text/html\r\n\r\n<b>hi</b>", "<b>hi</b>"),
    "nothing": (b"", None),
    "a raw 8-bit subject": (b"Subject: \xcd\xf5\r\n\r\nx", "x"),
}


@pytest.mark.parametrize(("content", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_texts(content: bytes, text: str | None) -> None:
    """The first plain text, whatever the message says of its charset."""
    (contact,) = contacts_of(replace(ENVELOPE, content=content))
    assert contact.claims.get("text") == text
    assert "malformed" not in contact.claims


def test_a_header_that_cannot_be_decoded_is_claimed_as_it_stands() -> None:
    """Broken base64 in one header costs no other claim."""
    (contact,) = contacts_of(replace(ENVELOPE, content=b"Subject: =?utf-8?b?abcde?=\r\nFrom: x@example.org\r\n\r\nhi"))
    assert contact.claims["subject"] == "=?utf-8?b?abcde?="
    assert (contact.claims["from"], contact.claims["text"]) == ("x@example.org", "hi")


def test_refused_recipients_and_messages_without_recipient_are_contacts() -> None:
    """What is turned away is recorded under the address that was tried."""
    contact = refused(replace(ENVELOPE, content=b""), "Victim@Example.net", {"relay": "refused"})
    assert (contact.beacon, contact.claims["relay"]) == ("victim@example.net", "refused")
    (nobody,) = contacts_of(replace(ENVELOPE, recipients=[]))
    assert nobody.beacon == ""


DOMAINS = {
    "a@mail.example.com": True,
    "a@MAIL.example.com.": True,
    "a@sub.mail.example.com": True,
    "a@b@mail.example.com": True,
    "a@notmail.example.com": False,
    "a@example.com": False,
    "a@mail.example.com.evil.org": False,
    "mail.example.com": False,
    "": False,
}


@pytest.mark.parametrize(("address", "ours"), DOMAINS.items(), ids=DOMAINS.keys())
def test_domains_match_by_whole_labels(address: str, ours: bool) -> None:
    """notmail.example.com is another domain."""
    assert is_ours(address, ["mail.example.com"]) is ours


@given(
    st.binary(max_size=400)
    | st.binary(max_size=200).map(lambda tail: b"Content-Type: multipart/mixed; boundary=x\r\nSubject: =?a?b?" + tail),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_any_message_gives_contacts_that_can_be_recorded(content: bytes, sender: str, recipient: str) -> None:
    """No exception escapes, and the raw message is kept whatever the parser thinks of it."""
    (contact,) = contacts_of(replace(ENVELOPE, content=content, mail_from=sender, recipients=[recipient]))
    assert contact.raw == content
    hit = seal(contact, seq=1, received_at=NOW, log="0123abcd", prev=GENESIS)
    assert parse_hit(hit.to_line()) == hit
