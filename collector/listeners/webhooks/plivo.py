"""Plivo voice and messaging webhooks.

V3: Base64(HMAC-SHA256(auth token, URL with sorted query and parameters, ".", nonce)), several signatures separated by
commas (plivo-python plivo/utils/signature_v3.py at a0cd323). Messaging sends it as X-Plivo-Signature-MA-V3, older
applications only V2, which covers the address and the nonce alone: see the claim `signature_covers`. Plivo sends no
time: a replayed request has the same UUID and is the same hit.
"""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from collector import limits
from collector.config.file import HookConfig
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.payload import (
    UnreadableError,
    form_pairs,
    malformed,
    named,
    parameters,
    query_pairs,
    read_at,
)
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest, international
from collector.listeners.webhooks.signing import hmac_sha256_base64, is_same, key_of
from collector.translation import _

V3_HEADERS = ("X-Plivo-Signature-V3", "X-Plivo-Signature-MA-V3")
V3_NONCE = "X-Plivo-Signature-V3-Nonce"
V2_HEADER, V2_NONCE = "X-Plivo-Signature-V2", "X-Plivo-Signature-V2-Nonce"
XML = "application/xml; charset=utf-8"
VOICE_ANSWERS = {
    "busy": '<Response><Hangup reason="busy"/></Response>',
    "rejected": '<Response><Hangup reason="rejected"/></Response>',
    "hangup": "<Response><Hangup/></Response>",
}
CLAIMS = {
    "Text": "text",
    "CallStatus": "status",
    "Direction": "direction",
    "CallerName": "caller_name",
    "ForwardedFrom": "forwarded_from",
    "STIRVerification": "stir_verstat",
    "HangupCause": "hangup_cause",
    "Type": "type",
    "Units": "segments",
}


class PlivoProvider:
    """One Plivo account's callbacks."""

    def __init__(self, hook: HookConfig) -> None:
        self._token = key_of(hook, "the auth token of the account or subaccount")
        url = urlsplit(hook.public_url)
        if url.scheme not in ("http", "https") or not url.netloc:
            raise ConfigError(
                _(
                    "webhooks.{hook}.public_url must be the address Plivo calls, such as https://hooks.example.net",
                    hook=hook.name,
                )
            )
        self._public_url = hook.public_url
        self._voice_answer = VOICE_ANSWERS[hook.answer]

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless Plivo's token signed this request."""
        url = self._public_url + request.target
        nonce = request.header(V3_NONCE)
        stated = [one for name in V3_HEADERS for one in _listed(request.header(name))]
        if stated:
            expected = signature_v3(self._token, request.method, url, request.body, nonce)
        else:
            nonce = request.header(V2_NONCE)
            stated, expected = _listed(request.header(V2_HEADER)), signature_v2(self._token, url, nonce)
        if not any(is_same(one, expected) for one in stated):
            raise ForgedError("X-Plivo-Signature is not this request's")

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the one call or message; nothing for receipts and outbound calls."""
        try:
            contact = _read(request)
        except UnreadableError as exc:
            return [malformed(request.content, "plivo", str(exc), verified=True)]
        return [] if contact is None else [contact.bounded()]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Turn a caller away; thank for a message."""
        if contacts and contacts[0].channel == Channel.CALL:
            return HookAnswer(200, XML, self._voice_answer)
        return HookAnswer(200, PLAIN, "")


def signature_v3(token: str, method: str, url: str, body: bytes, nonce: str) -> str:
    """Return Plivo's third signature.

    Raises:
        ForgedError: the form cannot be read.
    """
    try:
        query, form = query_pairs(url), form_pairs(body) if method == "POST" else []
    except UnreadableError as exc:
        raise ForgedError("the form cannot be read") from exc
    signed = _without_query(url)
    joined_query = "&".join(f"{key}={value}" for key, value in _sorted_pairs(query))
    joined_form = "".join(f"{key}{value}" for key, value in _sorted_pairs(form))
    if joined_query or form:
        signed += "?" + joined_query
    if joined_query and form:
        signed += "."
    return hmac_sha256_base64(token, f"{signed}{joined_form}.{nonce}".encode("utf-8", "replace"))


def signature_v2(token: str, url: str, nonce: str) -> str:
    """Return Plivo's second signature."""
    return hmac_sha256_base64(token, f"{_without_query(url)}{nonce}".encode("utf-8", "replace"))


def _without_query(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def _sorted_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pairs)


def _listed(header: str) -> list[str]:
    return [one.strip() for one in header.split(",")[: limits.MAX_SIGNATURES] if one.strip()]


def _read(request: HookRequest) -> Contact | None:
    sent = parameters(request)
    event_id = sent.get("MessageUUID", "")
    channel = Channel.SMS if event_id else Channel.CALL
    event_id = event_id or sent.get("CallUUID", "")
    if not event_id:
        raise UnreadableError("neither call nor message")
    if _is_ours(sent, channel):
        return None
    beacon = international(sent.get("To", ""))
    if not beacon:
        raise UnreadableError("no called number")
    claims = named(sent, CLAIMS)
    if not any(request.header(name) for name in V3_HEADERS):
        claims["signature_covers"] = "address and nonce"
    return Contact(
        channel=channel,
        beacon=beacon,
        peer=international(sent.get("From", "")),
        occurred_at=read_at(sent.get("SessionStart", "")),  # "2017-08-03 12:34:56.789", UTC
        event_id=event_id,
        provider="plivo",
        verified=True,
        claims=claims,
        raw=request.content,
    )


def _is_ours(sent: Mapping[str, str], channel: Channel) -> bool:
    """Say whether this is a delivery report, or a call that we made."""
    if channel == Channel.SMS:
        return bool(sent.get("Status")) and "Text" not in sent and "Media0" not in sent
    return sent.get("Direction", "").lower().startswith("outbound")
