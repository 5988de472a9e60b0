"""SendGrid Inbound Parse (multipart) and its event webhook.

Both may be signed: ECDSA over timestamp + body, the public key as base64 of its DER (sendgrid-python
test/unit/test_eventwebhook.py at 1dcc378; twilio.com "Securing your Inbound Parse webhooks"). Inbound Parse has no
signature unless a security policy is attached to it: without a key the address is the secret and networks are named.
"""

import hashlib
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from collector.config.file import HookConfig
from collector.errors import ForgedError
from collector.hit import Contact
from collector.listeners.webhooks.mailpart import Delivery, as_mime, contacts_of_delivery
from collector.listeners.webhooks.payload import (
    UnreadableError,
    decode,
    json_object,
    json_value,
    malformed,
    multipart,
    text,
)
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest
from collector.listeners.webhooks.signing import (
    HOUR_SECONDS,
    base64_bytes,
    check_age,
    ecdsa_key,
    require_secret_address,
    unix_seconds,
)

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
RETRY_SECONDS = 73 * HOUR_SECONDS  # Inbound Parse tries again for 3 days
CLAIMS = {"SPF": "spf", "dkim": "dkim", "spam_score": "spam_score"}
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030"}  # the wider set, as senders mean it


class SendGridProvider:
    """One domain's parsed mail."""

    def __init__(self, hook: HookConfig) -> None:
        self._key = None if hook.key is None else ecdsa_key(hook, hook.key.reveal())
        if self._key is None:
            require_secret_address(hook)

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless SendGrid signed this time and body, where a key is configured."""
        if self._key is None:
            return
        sent_at = request.header(TIMESTAMP)
        try:
            signed = sent_at.encode("utf-8", "replace") + request.body
            self._key.verify(base64_bytes(request.header(SIGNATURE)), signed, ECDSA(SHA256()))
        except InvalidSignature as exc:
            raise ForgedError(f"{SIGNATURE} is not this request's") from exc
        check_age(request, unix_seconds(sent_at), most_seconds=RETRY_SECONDS)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the message for each envelope recipient; nothing for events of what we sent ourselves."""
        is_signed = self._key is not None
        try:
            if _is_events(request):
                return []
            return _read(multipart(request), request, is_signed=is_signed)
        except UnreadableError as exc:
            return [malformed(request.content, "sendgrid", str(exc), verified=is_signed)]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept."""
        del contacts
        return HookAnswer(200, PLAIN, "")


def _is_events(request: HookRequest) -> bool:
    """Say whether this is the event webhook's list."""
    if "json" not in request.header("Content-Type").lower():
        return False
    if not isinstance(json_value(request.body), list):
        raise UnreadableError("JSON, but no list of events")
    return True


def _read(fields: Mapping[str, bytes], request: HookRequest, *, is_signed: bool) -> list[Contact]:
    if "envelope" not in fields:
        raise UnreadableError("no envelope")
    envelope = json_object(fields["envelope"])
    recipients = envelope.get("to")
    listed = recipients if isinstance(recipients, list) else [recipients]
    receivers = [one for one in listed if isinstance(one, str)]
    if not receivers:
        raise UnreadableError("the envelope has no recipient")
    sent = _decoded(fields)
    delivery = Delivery(
        provider="sendgrid",
        event_id=_digest(fields),
        recipients=receivers,
        mail_from=text(envelope, "from"),
        raw=request.body,
        content=fields.get("email") or as_mime(_headers(sent), sent.get("text") or sent.get("html", "")),
        verified=is_signed,
        peer=sent.get("sender_ip", ""),
        claims={claim: sent.get(name, "") for name, claim in CLAIMS.items()},
    )
    return contacts_of_delivery(delivery)


def _decoded(fields: Mapping[str, bytes]) -> dict[str, str]:
    """Return the fields as texts: `charsets` names the encoding of each, and may be wrong."""
    try:
        charsets = json_object(fields.get("charsets", b"{}"))
    except UnreadableError:
        charsets = {}
    named = {name: text(charsets, name).lower() for name in fields}
    return {name: decode(octets, CHARSETS.get(named[name], named[name] or "utf-8")) for name, octets in fields.items()}


def _headers(sent: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the header lines, unfolded; the decoded subject and sender take the place of the encoded ones."""
    lines = sent.get("headers", "").replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ").split("\n")
    pairs = [(name.strip(), value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon]
    shown = {name: sent[name] for name in ("from", "to", "subject") if sent.get(name)}
    return [(name, value) for name, value in pairs if name.lower() not in shown] + list(shown.items())


def _digest(fields: Mapping[str, bytes]) -> str:
    """Return what stays the same when SendGrid sends again; the parts' boundary does not."""
    parts = [part for name in sorted(fields) for part in (name.encode("utf-8", "replace"), fields[name])]
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()
