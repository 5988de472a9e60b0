"""Postmark inbound mail (JSON).

Nothing is signed. The address holds the secret: as secret_path, or as user and password in front of the host, which
arrive as basic authentication and are then the hook's key ("user:password"). Postmark publishes the networks it calls
from. Fields: anymail/django-anymail tests/test_postmark_inbound.py at 13a0871.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from collector.config.file import HookConfig
from collector.errors import ConfigError, ForgedError
from collector.hit import Contact
from collector.listeners.webhooks.mailpart import Delivery, as_mime, contacts_of_delivery
from collector.listeners.webhooks.payload import UnreadableError, json_object, malformed, text
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest
from collector.listeners.webhooks.signing import (
    LEAST_SECRET_PATH_CHARS,
    is_same,
    require_networks,
    require_secret_address,
)
from collector.translation import _

HEADER_CLAIMS = {
    "received-spf": "spf",
    "x-spam-tests": "spam_tests",
    "x-spam-score": "spam_score",
    "x-spam-status": "spam",
}


class PostmarkProvider:
    """One server's inbound stream."""

    def __init__(self, hook: HookConfig) -> None:
        self._expected = ""
        if hook.key is None:
            require_secret_address(hook)
            return
        require_networks(hook)
        user, colon, password = hook.key.reveal().partition(":")
        if not user or not colon or len(password) < LEAST_SECRET_PATH_CHARS:
            raise ConfigError(
                _(
                    "webhooks.{hook}.key must be user:password, the password of {least_secret_path_chars} characters",
                    hook=hook.name,
                    least_secret_path_chars=LEAST_SECRET_PATH_CHARS,
                )
            )
        self._expected = base64.b64encode(hook.key.reveal().encode()).decode()

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless the user and password are right, where they are configured."""
        if not self._expected:
            return
        scheme, _, stated = request.header("Authorization").partition(" ")
        if scheme.lower() != "basic" or not is_same(stated.strip(), self._expected):
            raise ForgedError("wrong user or password")

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the message for its envelope recipient; nothing for events of what we sent ourselves."""
        try:
            document = json_object(request.body)
            return [] if text(document, "RecordType") else _read(document, request)
        except UnreadableError as exc:
            return [malformed(request.content, "postmark", str(exc), verified=False)]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept. Postmark sends again what got no 200, for ten hours and a half, but never what got 403."""
        del contacts
        return HookAnswer(200, PLAIN, "")


def _read(document: Mapping[str, Any], request: HookRequest) -> list[Contact]:
    event_id = text(document, "MessageID")
    recipients = _recipients(document)
    if not event_id or not recipients:
        raise UnreadableError("no MessageID or no recipient")
    headers = _headers(document)
    found = {name.lower(): value for name, value in reversed(headers)}
    raw_mail = text(document, "RawEmail").encode("utf-8", "replace")
    delivery = Delivery(
        provider="postmark",
        event_id=event_id,
        recipients=recipients,
        mail_from=found.get("return-path", text(document, "From")),
        raw=request.body,
        content=raw_mail or as_mime(_shown(document) + headers, text(document, "TextBody", "HtmlBody")),
        verified=False,
        claims={claim: found.get(name, "") for name, claim in HEADER_CLAIMS.items()}
        | {"mailbox_hash": text(document, "MailboxHash")},
    )
    return contacts_of_delivery(delivery)


def _recipients(document: Mapping[str, Any]) -> list[str]:
    """Return the envelope recipient; only where it is missing, whom the headers name."""
    if original := text(document, "OriginalRecipient"):
        return [original]
    lists = [document.get(key) for key in ("ToFull", "CcFull", "BccFull")]
    listed = [one for part in lists if isinstance(part, list) for one in part]
    return [address for one in listed if isinstance(one, dict) and (address := text(one, "Email"))]


def _headers(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    listed = document.get("Headers")
    pairs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [(text(one, "Name"), text(one, "Value")) for one in pairs if text(one, "Name")]


def _shown(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, value) for key in ("From", "To", "Subject", "Date") if (value := text(document, key))]
