"""Amazon SES inbound mail, by an SNS topic.

SNS signs everybody's topics with the same certificates, so a right signature says nothing until the topic is one of
ours. A subscription has to be confirmed by visiting an address: it is recorded, and visited only with `fetch = true`.
Fields and signature: anymail/django-anymail tests at 8c40cc4, aws/aws-js-sns-message-validator.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from collector.config.file import HookConfig
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.amazon import SUBSCRIBE_CLAIM, Certificates, download, is_amazon
from collector.listeners.webhooks.mailpart import Delivery, as_mime, contacts_of_delivery
from collector.listeners.webhooks.payload import UnreadableError, json_object, malformed, read_at, text
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest
from collector.listeners.webhooks.signing import HOUR_SECONDS, check_age
from collector.translation import _

# SNS tries again for 3,600 s at most (a hard limit of its delivery policies); its Timestamp is that of the first try.
RETRY_SECONDS = HOUR_SECONDS + 600
VERDICTS = ("spf", "dkim", "dmarc", "spam", "virus")


class SesProvider:
    """The mail of one or several topics."""

    def __init__(self, hook: HookConfig, fetch: Callable[[str], bytes] = download) -> None:
        if not hook.topics:
            raise ConfigError(
                _(
                    "webhooks.{hook}.topics must name your topics, as in "
                    '["arn:aws:sns:us-east-1:111111111111:mail"]: Amazon signs for everybody\'s',
                    hook=hook.name,
                )
            )
        if hook.key is None and not hook.fetch:
            raise ConfigError(
                _(
                    "webhooks.{hook}.key must be {{ file = … }} with Amazon's signing certificates in PEM, or "
                    "set fetch = true to have them fetched from sns.*.amazonaws.com",
                    hook=hook.name,
                )
            )
        self._topics = frozenset(hook.topics)
        pem = b"" if hook.key is None else hook.key.reveal().encode()
        try:
            self._certificates = Certificates(pem, fetch if hook.fetch else None)
        except ConfigError as exc:
            raise ConfigError(_("webhooks.{hook}: {exc}", hook=hook.name, exc=exc)) from exc

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless Amazon signed this message, for one of our topics, not too long ago."""
        try:
            message = json_object(request.body)
        except UnreadableError as exc:
            raise ForgedError("not a message of SNS") from exc
        if text(message, "TopicArn") not in self._topics:  # first: strangers' topics must not make us fetch anything
            raise ForgedError("not one of our topics")
        self._certificates.check(message, request.received_at)
        at = read_at(text(message, "Timestamp"))
        if at is None:
            raise ForgedError("no usable Timestamp")
        check_age(request, at.timestamp(), most_seconds=RETRY_SECONDS)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the mail for each envelope recipient, or the subscription that waits for confirmation."""
        try:
            return _read(json_object(request.body), request)
        except UnreadableError as exc:
            return [malformed(request.content, "ses", str(exc), verified=True)]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept."""
        del contacts
        return HookAnswer(200, PLAIN, "")


def _read(message: Mapping[str, Any], request: HookRequest) -> list[Contact]:
    kind = text(message, "Type")
    if kind == "SubscriptionConfirmation":
        return [_subscription(message, request)]
    if kind == "UnsubscribeConfirmation":
        return []
    if kind != "Notification":
        raise UnreadableError("no known Type")
    notice = json_object(text(message, "Message"))
    if text(notice, "notificationType", "eventType") != "Received":
        return []  # bounces, complaints and deliveries of what we sent ourselves
    return _mail(notice, request)


def _mail(notice: Mapping[str, Any], request: HookRequest) -> list[Contact]:
    mail, receipt = _object(notice, "mail"), _object(notice, "receipt")
    event_id, recipients = text(mail, "messageId"), receipt.get("recipients")
    if not event_id or not isinstance(recipients, list) or not recipients:
        raise UnreadableError("no messageId or no recipients")
    verdicts = {name: _verdict(receipt, f"{name}Verdict") for name in VERDICTS}
    delivery = Delivery(
        provider="ses",
        event_id=event_id,
        recipients=[one for one in recipients if isinstance(one, str)],
        mail_from=text(mail, "source"),
        raw=request.body,
        content=_content(notice, receipt) or as_mime(_headers(mail), ""),
        verified=True,
        occurred_at=read_at(text(mail, "timestamp") or text(receipt, "timestamp")),
        claims=verdicts,
    )
    return contacts_of_delivery(delivery)


def _subscription(message: Mapping[str, Any], request: HookRequest) -> Contact:
    address = text(message, "SubscribeURL")
    if not is_amazon(address):
        raise UnreadableError("SubscribeURL is not Amazon's")
    return Contact(
        channel=Channel.WEB,
        beacon="",
        peer="",
        occurred_at=read_at(text(message, "Timestamp")),
        event_id=text(message, "MessageId") or None,
        provider="ses",
        verified=True,
        claims={"notice": "open subscribe_url to confirm the subscription", SUBSCRIBE_CLAIM: address},
        raw=request.body,
    ).bounded()


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise UnreadableError(f"no object {key}")
    return value


def _verdict(receipt: Mapping[str, Any], key: str) -> str:
    value = receipt.get(key)
    return text(value, "status").lower() if isinstance(value, dict) else ""


def _content(notice: Mapping[str, Any], receipt: Mapping[str, Any]) -> bytes:
    """Return the message itself, which an SNS action carries up to 150 KB of; an S3 action has none."""
    content = text(notice, "content")
    action = receipt.get("action")
    if isinstance(action, dict) and text(action, "encoding").upper() == "BASE64":
        try:
            return base64.b64decode(content.encode("ascii", "replace"), validate=True)
        except binascii.Error:
            return b""
    return content.encode("utf-8", "replace")


def _headers(mail: Mapping[str, Any]) -> list[tuple[str, str]]:
    listed = mail.get("headers")
    pairs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [(text(one, "name"), text(one, "value")) for one in pairs if text(one, "name")]
