"""Mailgun routes (form or multipart) and its events.

Signature: HMAC-SHA256(signing key, timestamp + token), hexadecimal (vector: anymail/django-anymail
tests/test_mailgun_inbound.py at 8c40cc4). It covers the sender and the time, not the message, so the event id is the
digest of the message: the same message again is the same hit, whatever its token.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from collector.config.file import HookConfig
from collector.errors import ForgedError
from collector.hit import Contact
from collector.listeners.webhooks.mailpart import Delivery, as_mime, contacts_of_delivery
from collector.listeners.webhooks.payload import (
    UnreadableError,
    json_object,
    json_value,
    malformed,
    parameters,
    read_at,
    text,
)
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest
from collector.listeners.webhooks.signing import HOUR_SECONDS, check_age, is_same, key_of, unix_seconds

RETRY_SECONDS = 9 * HOUR_SECONDS  # Mailgun tries again for 8 hours, the last time after 7 and a half
SIGNATURE_FIELDS = ("timestamp", "token", "signature")
HEADER_CLAIMS = {
    "x-mailgun-spf": "spf",
    "x-mailgun-dkim-check-result": "dkim",
    "x-mailgun-sscore": "spam_score",
    "x-mailgun-sflag": "spam",
}


class MailgunProvider:
    """One domain's routes."""

    def __init__(self, hook: HookConfig) -> None:
        self._key = key_of(hook, "the HTTP webhook signing key")

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless Mailgun made this token, not longer ago than it tries again."""
        try:
            signed = _signed(request)
        except UnreadableError as exc:
            raise ForgedError("no readable form") from exc
        stamp, token = signed.get("timestamp", ""), signed.get("token", "")
        made = hmac.new(self._key.encode(), f"{stamp}{token}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        if not token or not is_same(signed.get("signature", ""), made):
            raise ForgedError("signature is not this token's")
        check_age(request, unix_seconds(stamp), most_seconds=RETRY_SECONDS)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the message for each recipient; nothing for events of what we sent ourselves."""
        try:
            if _is_json(request):
                return [] if "event-data" in json_object(request.body) else [_unknown(request)]
            return _read(parameters(request), request)
        except UnreadableError as exc:
            return [malformed(request.content, "mailgun", str(exc), verified=True)]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept."""
        del contacts
        return HookAnswer(200, PLAIN, "")


def _is_json(request: HookRequest) -> bool:
    return "json" in request.header("Content-Type").lower()


def _unknown(request: HookRequest) -> Contact:
    return malformed(request.content, "mailgun", "JSON without event-data", verified=True)


def _signed(request: HookRequest) -> Mapping[str, str]:
    if not _is_json(request):
        return parameters(request)
    signature: Any = json_object(request.body).get("signature")
    if not isinstance(signature, dict):
        raise UnreadableError("no signature")
    return {name: text(signature, name) for name in SIGNATURE_FIELDS}


def _read(sent: Mapping[str, str], request: HookRequest) -> list[Contact]:
    recipient = sent.get("recipient", "")
    if not recipient or not ({"message-headers", "body-mime", "body-plain"} & set(sent)):
        raise UnreadableError("neither message nor recipient")
    headers = _headers(sent.get("message-headers", "[]"))
    mime = sent.get("body-mime", "").encode("utf-8", "surrogateescape")
    body = sent.get("body-plain") or sent.get("stripped-text") or sent.get("body-html", "")
    found = {name.lower(): value for name, value in headers}
    delivery = Delivery(
        provider="mailgun",
        event_id=_digest(sent),
        recipients=recipient.split(","),
        mail_from=sent.get("sender", ""),
        raw=request.body,
        content=mime or as_mime(headers, body),
        verified=True,
        occurred_at=read_at(sent.get("timestamp", "")),
        claims={claim: found.get(name, "") for name, claim in HEADER_CLAIMS.items()}
        | {"signature_covers": "sender and time"},
    )
    return contacts_of_delivery(delivery)


def _headers(encoded: str) -> list[tuple[str, str]]:
    pairs = json_value(encoded)
    if not isinstance(pairs, list):
        raise UnreadableError("message-headers is not a list")
    return [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    ]


def _digest(sent: Mapping[str, str]) -> str:
    kept = sorted((name, value) for name, value in sent.items() if name not in SIGNATURE_FIELDS)
    octets = [part.encode("utf-8", "surrogatepass") for pair in kept for part in pair]
    return hashlib.sha256(b"".join(len(one).to_bytes(4, "big") + one for one in octets)).hexdigest()
