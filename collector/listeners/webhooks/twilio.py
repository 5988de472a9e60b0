"""Twilio voice and messaging webhooks.

Signature: Base64(HMAC-SHA1(auth token, URL + each POST parameter's name and value, sorted by name)); a JSON body is
signed through its SHA-256 in the query instead (twilio/twilio-python request_validator.py at 306691e). Twilio sends no
time: a replayed request has the same SID and is the same hit.
"""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from collector.config.file import HookConfig
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.request import HookAnswer, HookRequest, number
from collector.translation import _

MAX_PARAMETERS = 500  # Twilio sends about 30; each medium of a message adds two
DEFAULT_PORTS = {"https": 443, "http": 80}
XML = "text/xml; charset=utf-8"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
VOICE_ANSWERS = {
    "busy": f'{HEAD}<Response><Reject reason="busy"/></Response>',
    "rejected": f'{HEAD}<Response><Reject reason="rejected"/></Response>',
    "hangup": f"{HEAD}<Response><Hangup/></Response>",
}
CLAIMS = {  # parameter -> claim
    "Body": "text",
    "CallerName": "caller_name",
    "CallStatus": "status",
    "SmsStatus": "status",
    "Direction": "direction",
    "ForwardedFrom": "forwarded_from",
    "StirVerstat": "stir_verstat",
    "FromCity": "from_city",
    "FromState": "from_state",
    "FromCountry": "from_country",
    "NumMedia": "media",
    "NumSegments": "segments",
    "AccountSid": "account_sid",
}
RECEIVED = ("received", "receiving")
MESSAGE_IDS = ("MessageSid", "SmsMessageSid", "SmsSid")


class TwilioProvider:
    """One Twilio account's callbacks."""

    def __init__(self, hook: HookConfig) -> None:
        if hook.key is None:
            raise ConfigError(
                _('webhooks.{hook}.key is missing: set it to {{ env = "TWILIO_AUTH_TOKEN" }}', hook=hook.name)
            )
        url = urlsplit(hook.public_url)
        if url.scheme not in DEFAULT_PORTS or not url.netloc:
            raise ConfigError(
                _(
                    "webhooks.{hook}.public_url must be the address Twilio calls, such as https://hooks.example.net",
                    hook=hook.name,
                )
            )
        self._token = hook.key.reveal()
        self._public_url = hook.public_url
        self._voice_answer = VOICE_ANSWERS[hook.answer]

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless Twilio's token signed exactly this request."""
        is_form = "json" not in request.header("Content-Type").lower()
        url = self._public_url + request.target
        check_signature(self._token, url, request.body, request.header("X-Twilio-Signature"), is_form=is_form)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the one call or message; nothing for receipts and for calls of our own."""
        parameters = _parameters(request)
        if _is_ours(parameters):
            return []
        event_id = next((parameters[key] for key in MESSAGE_IDS if parameters.get(key)), "")
        channel = Channel.SMS if event_id else Channel.CALL
        event_id = event_id or parameters.get("CallSid", "")
        beacon = number(parameters.get("To") or parameters.get("Called") or "")
        claims = {claim: parameters[key] for key, claim in CLAIMS.items() if parameters.get(key)}
        if not event_id or not beacon:
            claims["malformed"] = "neither call nor message"
        contact = Contact(
            channel=channel,
            beacon=beacon,
            peer=number(parameters.get("From") or parameters.get("Caller") or ""),
            event_id=event_id or None,
            provider="twilio",
            verified=True,
            claims=claims,
            raw=request.content,
        )
        return [contact.bounded()]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Turn a caller away; thank for a message without replying to its sender."""
        if contacts and contacts[0].channel == Channel.CALL:
            return HookAnswer(200, XML, self._voice_answer)
        return HookAnswer(200, XML, f"{HEAD}<Response/>")


def check_signature(token: str, url: str, body: bytes, signature: str, *, is_form: bool) -> None:
    """Raise ForgedError unless `signature` is Twilio's for this URL and body, with or without the port in the URL."""
    if not signature:
        raise ForgedError("no X-Twilio-Signature")
    stated_digest = _query(url).get("bodySHA256")
    if stated_digest is not None:
        if not hmac.compare_digest(stated_digest.encode("utf-8", "replace"), hashlib.sha256(body).hexdigest().encode()):
            raise ForgedError("bodySHA256 is not the body's")
        signed = b""
    elif is_form:
        signed = _signed_parameters(body)
    elif body:
        raise ForgedError("a body that is not a form needs bodySHA256")
    else:
        signed = b""
    for candidate in itertools.chain((url,), _with_and_without_port(url)):
        digest = hmac.new(token.encode(), candidate.encode("utf-8", "replace") + signed, hashlib.sha1).digest()
        if hmac.compare_digest(base64.b64encode(digest), signature.encode("utf-8", "replace")):
            return
    raise ForgedError("X-Twilio-Signature is not this request's")


def _signed_parameters(body: bytes) -> bytes:
    """Return each name followed by its values: sorted, and a repeated pair counts once."""
    try:
        pairs = set(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError as exc:  # not UTF-8, or too many
        raise ForgedError("the form cannot be read") from exc
    return "".join(name + value for name, value in sorted(pairs)).encode("utf-8", "replace")


def _is_ours(parameters: Mapping[str, str]) -> bool:
    """Say whether this tells of a message or call that we made: "outbound-api", or a status no incoming one has."""
    status = parameters.get("MessageStatus") or parameters.get("SmsStatus") or RECEIVED[0]
    return parameters.get("Direction", "").startswith("outbound") or status not in RECEIVED


def _with_and_without_port(url: str) -> Iterator[str]:
    """Give the URL without its port, and with the default port of its scheme: Twilio signs any of them."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return
    host = f"[{host}]" if ":" in host else host
    yield urlunsplit(parts._replace(netloc=host))
    yield urlunsplit(parts._replace(netloc=f"{host}:{port or DEFAULT_PORTS[parts.scheme]}"))


def _query(target: str) -> dict[str, str]:
    """Return the parameters of an address; none if there are too many to be Twilio's."""
    query = target.partition("?")[2].partition("#")[0]
    if not query:
        return {}
    try:
        return dict(parse_qsl(query, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        return {}


def _parameters(request: HookRequest) -> Mapping[str, str]:
    """Return what Twilio sent, as a form, as JSON or (for GET) in the query; the query counts least."""
    query = _query(request.target)
    sent: Iterable[tuple[str, object]]
    try:
        if "json" in request.header("Content-Type").lower():
            document: Any = json.loads(request.body or b"{}")
            sent = document.items() if isinstance(document, dict) else ()
        else:
            sent = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except (ValueError, RecursionError):
        return query
    return {**query, **{key: value for key, value in sent if isinstance(value, str)}}
