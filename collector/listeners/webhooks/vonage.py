"""Vonage (Nexmo) voice, SMS and Messages webhooks.

Voice and Messages: `Authorization: Bearer` with a JWT, HS256 by the signature secret, whose `payload_hash` is the
SHA-256 of the body, or for a GET of its parameters as JSON (Vonage support, article 19033783342876; vonage-python-sdk
at b308cb1 checks the JWT alone). Where a GET is not covered the claim `signature_covers` says so. SMS: `sig` over the
sorted parameters (vonage_http_client auth.py).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from collector import limits
from collector.config.file import HookConfig
from collector.errors import ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.bearer import token_claims, token_part
from collector.listeners.webhooks.payload import (
    UnreadableError,
    json_object,
    malformed,
    named,
    parameters,
    query_pairs,
    read_at,
    text,
)
from collector.listeners.webhooks.request import JSON, PLAIN, HookAnswer, HookRequest, international
from collector.listeners.webhooks.signing import HOUR_SECONDS, check_age, is_same, key_of, unix_seconds

RETRY_SECONDS = 24 * HOUR_SECONDS  # an SMS that got no 2xx is sent again for 24 hours
END_CALL = "[]"  # a call control object without an action: the call ends
CLAIMS = {
    "text": "text",
    "status": "status",
    "direction": "direction",
    "type": "type",
    "data": "data",
    "keyword": "keyword",
    "concat-ref": "concat_ref",
    "concat-total": "concat_total",
    "concat-part": "concat_part",
    "conversation_uuid": "conversation",
    "SipHeader_Diversion": "diversion",
    "network": "network",
    "channel": "via",
}
# The dashboard offers five ways to make `sig`; they differ in length, but for the two of MD5.
DIGESTS: Mapping[int, str] = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


class VonageProvider:
    """One Vonage account's or application's callbacks."""

    def __init__(self, hook: HookConfig) -> None:
        self._secret = key_of(hook, "the signature secret of the dashboard's settings")

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless the token or the `sig` parameter is right."""
        scheme, _, token = request.header("Authorization").partition(" ")
        if scheme.lower() == "bearer":
            check_token(self._secret, token.strip(), request)
        else:
            check_sig(self._secret, request)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the one call or message; nothing for receipts and what we sent ourselves."""
        try:
            contact = _read(request)
        except UnreadableError as exc:
            return [malformed(request.content, "vonage", str(exc), verified=True)]
        return [] if contact is None else [contact.bounded()]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """End a call that has just come in; thank for everything else."""
        is_new_call = bool(contacts) and contacts[0].channel == Channel.CALL and "status" not in contacts[0].claims
        return HookAnswer(200, JSON, END_CALL) if is_new_call else HookAnswer(200, PLAIN, "")


def check_token(secret: str, token: str, request: HookRequest) -> None:
    """Raise ForgedError unless the token is ours, recent, and for this body."""
    claims = token_claims(secret, token)
    is_bound = _is_for(claims, request)
    if request.body and not is_bound:
        raise ForgedError("the token is for another body")
    # A token that nothing ties to the parameters is worth something for minutes only.
    most_seconds = RETRY_SECONDS if is_bound else limits.SIGNATURE_AGE_SECONDS
    check_age(request, unix_seconds(text(claims, "iat")), most_seconds=most_seconds)
    if (expires := text(claims, "exp")) and unix_seconds(expires) < request.received_at.timestamp():
        raise ForgedError("the token has expired")


def _is_for(claims: Mapping[str, Any], request: HookRequest) -> bool:
    """Say whether a token was made for what this request says."""
    stated = text(claims, "payload_hash").lower()
    return any(is_same(stated, hashlib.sha256(one).hexdigest()) for one in _payloads(request))


def _payloads(request: HookRequest) -> list[bytes]:
    """Return what Vonage may have hashed: the body as sent, and body or parameters as JSON without spaces."""
    try:
        document = json_object(request.body) if request.body else dict(query_pairs(request.target))
    except UnreadableError:
        return [request.body]
    compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return [request.body, compact] if request.body else [compact]


def check_sig(secret: str, request: HookRequest) -> None:
    """Raise ForgedError unless `sig` is made of exactly these parameters, with a recent time among them."""
    try:
        sent = parameters(request)
    except UnreadableError as exc:
        raise ForgedError("neither a token nor parameters") from exc
    stated = sent.pop("sig", "").lower()
    if not stated:
        raise ForgedError("neither a token nor a sig parameter")
    if not any(is_same(stated, one) for one in signatures(secret, sent, len(stated))):
        raise ForgedError("sig is not this request's")
    check_age(request, unix_seconds(sent.get("timestamp", "")), most_seconds=RETRY_SECONDS)


def signatures(secret: str, sent: Mapping[str, str], length: int) -> list[str]:
    """Return the possible values of `sig` of that length for these parameters."""
    name = DIGESTS.get(length)
    if name is None:
        return []
    pairs = (f"&{key}={sent[key].replace('&', '_').replace('=', '_')}" for key in sorted(sent))
    signed = "".join(pairs).encode("utf-8", "replace")
    made = [hmac.new(secret.encode(), signed, name).hexdigest()]
    if name == "md5":  # Vonage's default appends the secret; nobody can extend or collide what they do not know
        made.append(hashlib.md5(signed + secret.encode(), usedforsecurity=False).hexdigest())
    return made


def _read(request: HookRequest) -> Contact | None:
    is_json = bool(request.body) and "json" in request.header("Content-Type").lower()
    document: Mapping[str, Any] = json_object(request.body) if is_json else parameters(request)
    event_id = text(document, "messageId", "message_uuid")
    if event_id:
        return None if "status" in document else _contact(request, document, Channel.SMS, event_id)
    event_id = text(document, "uuid", "call_uuid")
    if event_id and text(document, "direction") != "outbound" and _number(document, "to"):
        return _contact(request, document, Channel.CALL, event_id)
    if event_id or text(document, "conversation_uuid", "recording_uuid"):
        return None
    raise UnreadableError("neither call nor message")


def _contact(request: HookRequest, document: Mapping[str, Any], channel: Channel, event_id: str) -> Contact:
    beacon = _number(document, "to")
    if not beacon:
        raise UnreadableError("no called number")
    claims = named(document, CLAIMS)
    if request.header("Authorization") and not _is_for(_stated_claims(request), request):
        claims["signature_covers"] = "sender and time"
    return Contact(
        channel=channel,
        beacon=international(beacon),
        peer=international(_number(document, "msisdn") or _number(document, "from")),
        occurred_at=read_at(text(document, "message-timestamp", "timestamp", "start_time")),
        event_id=event_id,
        provider="vonage",
        verified=True,
        claims=claims,
        raw=request.content,
    )


def _stated_claims(request: HookRequest) -> Mapping[str, Any]:
    """Return the claims of a token that has been checked before; nothing where it has not."""
    try:
        return token_part(request.header("Authorization").partition(".")[2].partition(".")[0])
    except ForgedError:
        return {}


def _number(document: Mapping[str, Any], key: str) -> str:
    """Return a number, which older Messages webhooks wrap as {"type": "sms", "number": "…"}."""
    value = document.get(key)
    return text(value, "number", "id") if isinstance(value, dict) else text(document, key)
