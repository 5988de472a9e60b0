"""Telnyx call control and messaging webhooks.

Ed25519 over `<telnyx-timestamp>|<body>`, within 300 s (telnyx-python src/telnyx/lib/webhook_verification.py at
6d68c8c). Of a call only `call.initiated` of an incoming leg is a contact: later events do not say which way it went.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature

from collector import limits
from collector.config.file import HookConfig
from collector.errors import ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.payload import (
    UnreadableError,
    event_key,
    json_object,
    malformed,
    named,
    read_at,
    text,
)
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest, number
from collector.listeners.webhooks.signing import base64_bytes, check_age, ed25519_key, key_of, unix_seconds

CLAIMS = {
    "text": "text",
    "direction": "direction",
    "state": "status",
    "type": "type",
    "caller_id_name": "caller_name",
    "stir_shaken_status": "stir_verstat",
    "parts": "segments",
}


class TelnyxProvider:
    """One Telnyx account's callbacks."""

    def __init__(self, hook: HookConfig) -> None:
        self._key = ed25519_key(hook, key_of(hook, "the public key of Mission Control's account settings"))

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless Telnyx signed this time and body within the last five minutes."""
        sent_at = request.header("telnyx-timestamp")
        signature = base64_bytes(request.header("telnyx-signature-ed25519"))
        try:
            self._key.verify(signature, sent_at.encode("utf-8", "replace") + b"|" + request.body)
        except InvalidSignature as exc:
            raise ForgedError("telnyx-signature-ed25519 is not this request's") from exc
        check_age(request, unix_seconds(sent_at), most_seconds=limits.SIGNATURE_AGE_SECONDS)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return an incoming call, or a message for each of its receivers; nothing for what we sent ourselves."""
        try:
            return [contact.bounded() for contact in _read(request)]
        except UnreadableError as exc:
            return [malformed(request.content, "telnyx", str(exc), verified=True)]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept: Telnyx takes commands by its API only, so an incoming call rings until it gives up."""
        del contacts
        return HookAnswer(200, PLAIN, "")


def _read(request: HookRequest) -> Iterator[Contact]:
    event = _object(json_object(request.body), "data")
    payload = _object(event, "payload")
    kind = text(event, "event_type")
    if not kind:
        raise UnreadableError("no event_type")
    if kind == "call.initiated" and text(payload, "direction") in ("incoming", "inbound"):
        event_id = text(payload, "call_session_id", "call_leg_id") or text(event, "id")
        yield _contact(request, event, payload, Channel.CALL, event_id)
    elif kind == "message.received":
        event_id = text(payload, "id") or text(event, "id")
        yield from _messages(request, event, payload, event_id)


def _messages(
    request: HookRequest, event: Mapping[str, Any], payload: Mapping[str, Any], event_id: str
) -> Iterator[Contact]:
    receivers = payload.get("to")
    listed = receivers if isinstance(receivers, list) else [receivers]
    if not listed:
        raise UnreadableError("a message to nobody")
    for receiver in listed[: limits.MAX_RECIPIENTS]:
        one = {**payload, "to": receiver}
        own_id = event_id if len(listed) == 1 else event_key(event_id, _number(one, "to"))
        yield _contact(request, event, one, Channel.SMS, own_id)


def _contact(
    request: HookRequest, event: Mapping[str, Any], payload: Mapping[str, Any], channel: Channel, event_id: str
) -> Contact:
    beacon = _number(payload, "to")
    if not beacon or not event_id:
        raise UnreadableError("no called number or no id")
    return Contact(
        channel=channel,
        beacon=number(beacon),
        peer=number(_number(payload, "from")),
        occurred_at=read_at(text(payload, "received_at") or text(event, "occurred_at")),
        event_id=event_id,
        provider="telnyx",
        verified=True,
        claims=named(payload, CLAIMS),
        raw=request.body,
    )


def _number(payload: Mapping[str, Any], key: str) -> str:
    """Return a number: calls have it as text, messages as {"phone_number": "…"}."""
    value = payload.get(key)
    return text(value, "phone_number") if isinstance(value, dict) else text(payload, key)


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise UnreadableError(f"no object {key}")
    return value
