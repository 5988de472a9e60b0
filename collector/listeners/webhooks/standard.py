"""Webhooks signed as in the Standard Webhooks specification: for senders of our own and for any that follow it.

`webhook-signature` holds "v1,<base64>" entries, HMAC-SHA256 over "<webhook-id>.<webhook-timestamp>.<body>" with the
key behind "whsec_" (github.com/standard-webhooks). The body is one JSON object: `channel` and `beacon`, and where
known `peer`, `occurred_at` (RFC 3339), `text`, `name` and any other text, which become claims.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector import limits
from collector.config.file import HookConfig
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.request import HookAnswer, HookRequest, number
from collector.translation import _

KEY_PREFIX = "whsec_"
VERSION = "v1"
LEAST_KEY_BYTES = 16  # the specification asks for 24 to 64; below 128 bits a key can be guessed
NUMBERED = (Channel.CALL, Channel.SMS)


class StandardProvider:
    """One sender that signs by Standard Webhooks."""

    def __init__(self, hook: HookConfig) -> None:
        if hook.key is None:
            raise ConfigError(
                _('webhooks.{hook}.key is missing: set it to {{ env = "NAME" }}, whsec_ and base64', hook=hook.name)
            )
        try:
            self._key = base64.b64decode(hook.key.reveal().removeprefix(KEY_PREFIX), validate=True)
        except (binascii.Error, ValueError) as exc:
            raise ConfigError(
                _("webhooks.{hook}.key must be {key_prefix} followed by base64", hook=hook.name, key_prefix=KEY_PREFIX)
            ) from exc
        if len(self._key) < LEAST_KEY_BYTES:
            raise ConfigError(
                _(
                    "webhooks.{hook}.key must hold at least {least_key_bytes} bytes",
                    hook=hook.name,
                    least_key_bytes=LEAST_KEY_BYTES,
                )
            )

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless one of the signatures is right and the time is within the tolerance."""
        event_id, sent_at = request.header("webhook-id"), request.header("webhook-timestamp")
        if not event_id or len(event_id) > limits.MAX_EVENT_ID_CHARS:
            raise ForgedError("no usable webhook-id")
        if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
            raise ForgedError("no usable webhook-timestamp")
        signed = f"{event_id}.{sent_at}.".encode() + request.body
        expected = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        stated = request.header("webhook-signature").split()[: limits.MAX_SIGNATURES]
        candidates = [entry.partition(",") for entry in stated]
        if not any(
            version == VERSION and hmac.compare_digest(signature.encode("utf-8", "replace"), expected)
            for version, _, signature in candidates
        ):
            raise ForgedError("webhook-signature is not this request's")
        # The time is looked at last: it is worth something only once it is known to be signed.
        if abs(request.received_at.timestamp() - int(sent_at)) > limits.SIGNATURE_AGE_SECONDS:
            raise ForgedError(f"webhook-timestamp is more than {limits.SIGNATURE_AGE_SECONDS} s off our clock")

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the one contact the body describes."""
        try:
            contact = _read(request)
        except (ValueError, RecursionError) as exc:
            reason = str(exc) if isinstance(exc, _BadBodyError) else "not a JSON object"
            contact = _contact(request, Channel.WEB, {"malformed": reason})
        return [contact.bounded()]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept; or tell the sender what it got wrong, which is on record too."""
        malformed = contacts[0].claims.get("malformed")
        if malformed is not None:
            return HookAnswer(400, "text/plain; charset=utf-8", f"recorded, but unreadable: {malformed}\n")
        return HookAnswer(204, "text/plain; charset=utf-8", "")


class _BadBodyError(ValueError):
    """Signed, but not what is documented above; the message is for the sender."""


def _read(request: HookRequest) -> Contact:
    document: Any = json.loads(request.body)
    if not isinstance(document, dict):
        raise _BadBodyError("not a JSON object")
    texts = {key: value for key, value in document.items() if isinstance(value, str)}
    channel = texts.pop("channel", "")
    if channel not in list(Channel):
        raise _BadBodyError(f"channel must be one of {', '.join(Channel)}")
    beacon = texts.pop("beacon", "").strip()
    if not beacon:
        raise _BadBodyError("beacon is missing")
    occurred_at = _occurred_at(texts.pop("occurred_at", ""))
    return _contact(
        request,
        Channel(channel),
        claims={key: value for key, value in texts.items() if key != "peer"},
        beacon=_beacon(Channel(channel), beacon),
        peer=number(texts.get("peer", "")),
        occurred_at=occurred_at,
    )


def _contact(
    request: HookRequest,
    channel: Channel,
    claims: dict[str, str],
    *,
    beacon: str = "",
    peer: str = "",
    occurred_at: datetime | None = None,
) -> Contact:
    return Contact(
        channel=channel,
        beacon=beacon,
        peer=peer,
        occurred_at=occurred_at,
        event_id=request.header("webhook-id"),
        provider="standard",
        verified=True,
        claims=claims,
        raw=request.body,
    )


def _beacon(channel: Channel, text: str) -> str:
    if channel in NUMBERED:
        return number(text)
    return text.lower().removesuffix(".") if channel in (Channel.MAIL, Channel.DNS) else text


def _occurred_at(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise _BadBodyError("occurred_at must be a time such as 2026-11-21T08:15:30Z") from exc
    if at.tzinfo is None:
        raise _BadBodyError("occurred_at must name its zone, as in 2026-11-21T08:15:30Z or +08:00")
    return at
