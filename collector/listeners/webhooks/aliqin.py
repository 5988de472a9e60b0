"""Aliqin (阿里通信) number vendors' pushes, by the rules of Taobao's open platform (TOP).

alibaba.aliqin.axb.vendor.push.call.event, …push.call.release and …sms.intercept (bububa/opentaobao model/alicom). All
parameters but `sign` are signed, sorted by name: MD5 with the secret around them, HMAC-MD5 or HMAC-SHA256, in
upper-case hexadecimal; `timestamp` is Beijing's and may be ten minutes off. One parameter holds the event in JSON.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from collector.config.file import HookConfig
from collector.errors import ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.payload import (
    BEIJING,
    UnreadableError,
    form_pairs,
    json_object,
    malformed,
    named,
    query_pairs,
    read_at,
    text,
)
from collector.listeners.webhooks.request import JSON, HookAnswer, HookRequest, chinese
from collector.listeners.webhooks.signing import check_age, is_same, key_of

AGE_SECONDS = 600  # TOP: the clocks may differ by ten minutes
DIGESTS = {"hmac": "md5", "hmac-sha256": "sha256"}
# What vendors also send: heartbeats, questions how to route a call, numbers out of order.
NO_CONTACT = ("heart.beat", "call.control", "exception.no.sync")
CLAIMS = {
    "sms_content": "text",
    "call_id": "call_id",
    "called_no": "forwarded_to",
    "receive_no": "forwarded_to",
    "extension_no": "extension",
    "event_type": "status",
    "call_type": "call_type",
    "release_cause": "release_cause",
    "subs_id": "binding",
    "sms_number": "segments",
}


class AliqinProvider:
    """One TOP application's pushes."""

    def __init__(self, hook: HookConfig) -> None:
        self._secret = key_of(hook, "the App Secret of the TOP application")

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless these parameters are signed with the secret, within ten minutes."""
        try:
            sent = _parameters(request)
        except UnreadableError as exc:
            raise ForgedError("the parameters cannot be read") from exc
        stated = sent.pop("sign", "").upper()
        if not is_same(stated, sign(self._secret, sent)):
            raise ForgedError("sign is not this request's")
        at = read_at(sent.get("timestamp", ""), BEIJING)
        if at is None:
            raise ForgedError("no usable timestamp")
        check_age(request, at.timestamp(), most_seconds=AGE_SECONDS)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the one call or message; nothing for heartbeats and questions."""
        try:
            contact = _read(request)
        except UnreadableError as exc:
            return [malformed(request.content, "aliqin", str(exc), verified=True)]
        return [] if contact is None else [contact.bounded()]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept in TOP's form, under the name of the method that was called."""
        method = contacts[0].claims.get("method", "") if contacts else ""
        name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in method)
        body = {f"{name or 'vendor_push'}_response": {"result": {"code": "OK", "success": True}}}
        return HookAnswer(200, JSON, json.dumps(body, separators=(",", ":")))


def sign(secret: str, sent: Mapping[str, str]) -> str:
    """Return TOP's signature of these parameters, by the `sign_method` among them."""
    signed = "".join(name + sent[name] for name in sorted(sent)).encode("utf-8", "replace")
    key = secret.encode()
    digest = DIGESTS.get(sent.get("sign_method", "").lower())
    if digest is not None:
        return hmac.new(key, signed, digest).hexdigest().upper()
    return hashlib.md5(key + signed + key, usedforsecurity=False).hexdigest().upper()


def ucs2(content: str) -> str:
    """Return a text written as hexadecimal UCS-2, where it is one; a text of digits alone stays what it is."""
    try:
        decoded = bytes.fromhex(content).decode("utf-16-be")
    except ValueError:
        return content
    return decoded if decoded and all(_is_likely(letter) for letter in decoded) else content


def _is_likely(letter: str) -> bool:
    """Say whether a character is ASCII, Chinese or full-width: "1234" read as UCS-2 is Ethiopic."""
    return (
        (letter.isascii() and (letter.isprintable() or letter.isspace()))
        or "\u2010" <= letter <= "\u2030"
        or ("\u3000" <= letter <= "\u303f" or "\u4e00" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef")
    )


def _parameters(request: HookRequest) -> dict[str, str]:
    """Return what TOP signs: the parameters of the address and of the body together."""
    return dict([*query_pairs(request.target), *form_pairs(request.body)])


def _read(request: HookRequest) -> Contact | None:
    sent = _parameters(request)
    method = sent.get("method", "")
    if method.endswith(NO_CONTACT):
        return None
    event = _event(sent)
    beacon, call_id = text(event, "secret_no"), text(event, "call_id", "sms_id", "id")
    if not beacon or not call_id:
        raise UnreadableError("no secret_no or no call_id")
    is_message = "sms_content" in event
    claims = named(event, CLAIMS) | {"method": method}
    if is_message:
        claims["text"] = ucs2(text(event, "sms_content"))
    return Contact(
        channel=Channel.SMS if is_message else Channel.CALL,
        beacon=chinese(beacon),
        peer=chinese(text(event, "call_no", "send_no")),
        occurred_at=read_at(text(event, "call_time", "event_time", "start_time", "sms_time"), BEIJING),
        event_id=call_id,
        provider="aliqin",
        verified=True,
        claims=claims,
        raw=request.content,
    )


def _event(sent: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the parameter that holds the event; its name differs by method."""
    for name, value in sent.items():
        if name.endswith("_request") and value.lstrip().startswith("{"):
            return json_object(value)
    raise UnreadableError("no parameter holds an event")
