"""Deliver contacts to a collector over real sockets on loopback, as providers, mail servers and browsers do."""

import base64
import hashlib
import hmac
import smtplib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage

import dns.message
import dns.query
import dns.rdatatype

TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Collector:
    """Where one running collector listens, and what its telephony provider signs with."""

    dns: tuple[str, int]
    web: tuple[str, int]
    smtp: tuple[str, int]
    hooks: tuple[str, int]
    public_url: str  # the base URL that the provider was told
    auth_token: str


def call(collector: Collector, *, caller: str, called: str, call_id: str) -> None:
    """Report an incoming call as Twilio does: a signed form."""
    _signed_form(collector, "calls", {
        "CallSid": call_id, "AccountSid": "AC0", "From": caller, "To": called, "CallStatus": "ringing",
        "Direction": "inbound", "ApiVersion": "2010-04-01",
    })  # fmt: skip


def sms(collector: Collector, *, sender: str, recipient: str, text: str, message_id: str) -> None:
    """Report an incoming SMS as Twilio does."""
    _signed_form(collector, "calls", {
        "MessageSid": message_id, "SmsSid": message_id, "SmsMessageSid": message_id, "AccountSid": "AC0",
        "From": sender, "To": recipient, "Body": text, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
    })  # fmt: skip


def mail(collector: Collector, *, sender: str, recipient: str, subject: str, text: str) -> None:
    """Deliver a message over SMTP."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message.set_content(text)
    with smtplib.SMTP(*collector.smtp, timeout=TIMEOUT_SECONDS) as client:
        client.send_message(message)


def look_up(collector: Collector, name: str) -> None:
    """Ask the collector's name server for an address, over UDP."""
    host, port = collector.dns
    dns.query.udp(dns.message.make_query(name, dns.rdatatype.A), host, timeout=TIMEOUT_SECONDS, port=port)


def visit(collector: Collector, url: str) -> None:
    """Open a link; the connection goes to the collector, the Host header names the link's host."""
    parts = urllib.parse.urlsplit(url)
    host, port = collector.web
    request = urllib.request.Request(f"http://{host}:{port}{parts.path or '/'}", headers={"Host": parts.netloc})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - http on loopback
            answer.read()
    except urllib.error.HTTPError as error:
        error.close()  # an answer is an answer: the contact is on record whatever the page says


def twilio_signature(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """Sign a form post: HMAC-SHA1 over the URL and the sorted keys with their values (Twilio, "Security")."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _signed_form(collector: Collector, hook: str, form: Mapping[str, str]) -> None:
    signature = twilio_signature(f"{collector.public_url}/hooks/{hook}", form, collector.auth_token)
    host, port = collector.hooks
    request = urllib.request.Request(
        f"http://{host}:{port}/hooks/{hook}",
        data=urllib.parse.urlencode(form).encode(),
        headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - http on loopback
        answer.read()
