"""What mail providers share: one delivery as they describe it becomes the contacts our own SMTP would record.

Pure. The recipient is the envelope's; a bounce or an automatic reply says so in its claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from collector import limits
from collector.hit import Contact
from collector.listeners.mail import Envelope, contacts_of
from collector.listeners.webhooks.payload import event_key

BODY_HEADERS = ("content-", "mime-version")  # of the original: what follows here is plain text


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message. `event_id` is the same whenever the provider sends it again."""

    provider: str
    event_id: str
    recipients: Sequence[str]
    mail_from: str
    raw: bytes
    content: bytes  # MIME, or `as_mime`
    verified: bool
    peer: str = ""  # the sending host's address, where the provider tells it
    occurred_at: datetime | None = None
    claims: Mapping[str, str] = field(default_factory=dict)


def contacts_of_delivery(delivery: Delivery) -> list[Contact]:
    """Return one contact for each recipient, or one without beacon."""
    mail_from = _address(delivery.mail_from)
    recipients = [_address(one) for one in delivery.recipients[: limits.MAX_RECIPIENTS]]
    peer = delivery.peer or mail_from.lower()
    envelope = Envelope(mail_from, [one for one in recipients if one], delivery.content, peer, "")
    return [
        replace(
            contact,
            occurred_at=delivery.occurred_at,
            event_id=event_key(delivery.event_id, contact.beacon),
            provider=delivery.provider,
            verified=delivery.verified,
            claims={**contact.claims, **{name: value for name, value in delivery.claims.items() if value}},
            raw=delivery.raw,
        ).bounded()
        for contact in contacts_of(envelope)
    ]


def as_mime(headers: Sequence[tuple[str, str]], text: str) -> bytes:
    """Return a plain message of these headers and this text, for providers that take messages apart."""
    kept = [(name, value) for name, value in headers if not name.lower().startswith(BODY_HEADERS)]
    lines = [f"{_line(name)}: {_line(value)}" for name, value in kept if _line(name).isascii() and " " not in name]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join([*lines, "", text]).encode("utf-8", "replace")


def _line(value: str) -> str:
    """Return a header on one line: a line break in a value must not begin a header of its own."""
    return " ".join(value.split())


def _address(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">").strip()
