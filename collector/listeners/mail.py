"""The mail core: an envelope and its message in, contacts out. No sockets, no clock.

The recipient is the envelope's, never the To header's (blind copies have none). Bounces and automatic replies are no
sign of a reader and say so in their claims; whether they count is for `honey` to decide.
"""

import email.errors
import email.header
import email.message
import email.parser
import email.policy
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from collector import limits
from collector.hit import Channel, Contact

NULL_SENDERS = ("", "<>")  # a bounce, RFC 5321 4.5.5
CLAIMED_HEADERS = {"From": "from", "To": "to", "Subject": "subject", "Message-ID": "message_id", "Date": "date"}
# RFC 3834 first; the others are what older programs write.
AUTOMATIC_HEADERS = ("Auto-Submitted", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
REPORT_FIELDS = ("Action", "Status", "Final-Recipient")  # RFC 3464 2.3
AUTOMATIC_PRECEDENCE = ("auto_reply", "bulk", "junk", "list")
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "unknown-8bit": "utf-8", "us-ascii": "utf-8"}
MAX_HEADER_CHARS = 1000  # of one claim


@dataclass(frozen=True, slots=True)
class Envelope:
    """One SMTP transaction as far as it came."""

    mail_from: str
    recipients: Sequence[str]
    content: bytes
    peer: str
    peer_port: str
    helo: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)  # of the connection, and what was found out of the sender


def is_ours(address: str, domains: Iterable[str]) -> bool:
    """Say whether an address lies in one of `domains` or below one, by whole labels."""
    labels = address.rpartition("@")[2].lower().removesuffix(".").split(".")
    suffixes = {".".join(labels[start:]) for start in range(len(labels))}
    return "@" in address and not suffixes.isdisjoint(domains)


def contacts_of(envelope: Envelope, extra: Mapping[str, str] | None = None) -> list[Contact]:
    """Return one contact for each recipient of a message, and one without beacon where there is none.

    A message that carries a Message-ID and comes again byte for byte is the same event: a sender that lost our answer
    sends it twice. `extra` are claims about how it ended (an oversized message has only its first part here).
    """
    claims = {**_envelope_claims(envelope), **_message_claims(envelope), **(extra or {})}
    is_whole = bool(claims.get("message_id")) and not extra
    return [
        Contact(
            channel=Channel.MAIL,
            beacon=recipient.lower(),
            peer=envelope.peer,
            event_id=_event_id(envelope, recipient) if is_whole else None,
            claims=claims,
            raw=envelope.content,
        ).bounded()
        for recipient in dict.fromkeys(envelope.recipients or [""])
    ]


def refused(envelope: Envelope, recipient: str, claims: Mapping[str, str]) -> Contact:
    """Return the contact for a recipient or a session that was turned away before any message."""
    all_claims = {**_envelope_claims(envelope), **claims}
    return Contact(Channel.MAIL, recipient.lower(), envelope.peer, claims=all_claims, raw=envelope.content).bounded()


def _envelope_claims(envelope: Envelope) -> dict[str, str]:
    claims = {"mail_from": envelope.mail_from, "helo": envelope.helo, "peer_port": envelope.peer_port}
    claims |= envelope.claims
    return {name: value for name, value in claims.items() if value}


def _message_claims(envelope: Envelope) -> dict[str, str]:
    claims: dict[str, str] = {}
    if envelope.mail_from in NULL_SENDERS:
        claims["bounce"] = "empty sender"
    elif envelope.mail_from.partition("@")[0].lower() == "mailer-daemon":
        claims["bounce"] = "sender MAILER-DAEMON"
    try:
        claims |= _read(envelope.content)
    except Exception as exc:  # noqa: BLE001 - the email package raises whatever it likes; the raw message is kept anyway
        claims["malformed"] = f"message: {type(exc).__name__}"
    return claims


def _read(content: bytes) -> dict[str, str]:
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(content)
    present = {name.lower() for name in message}
    claims = {
        claim: value
        for header, claim in CLAIMED_HEADERS.items()
        if header.lower() in present and (value := _header(message, header))
    }
    automatics = [name for name in AUTOMATIC_HEADERS if name.lower() in present]
    automatic = next((f"{name}: {value}" for name in automatics if _speaks(value := _header(message, name))), "")
    precedence = _header(message, "Precedence") if "precedence" in present else ""
    if not automatic and precedence.lower() in AUTOMATIC_PRECEDENCE:
        automatic = f"Precedence: {precedence}"
    claims |= _report(message)
    if automatic:
        claims["auto_reply"] = automatic
    if text := _text(message):
        claims["text"] = text
    return claims


def _speaks(value: str) -> bool:
    """Say whether an Auto-Submitted header, or one like it, names a machine; "no" is a person (RFC 3834 5)."""
    return re.split(r"[;(\s]", value.strip().lower(), maxsplit=1)[0] not in {"", "no"}


def _report(message: email.message.Message) -> dict[str, str]:
    """Return what a multipart/report is: a bounce (RFC 3464), a read receipt (RFC 8098) or a complaint (RFC 5965)."""
    if message.get_content_type() != "multipart/report":
        return {"bounce": "X-Failed-Recipients"} if _header(message, "X-Failed-Recipients") else {}
    kind = str(message.get_param("report-type") or "").lower()
    if kind == "disposition-notification":
        return {"auto_reply": "read receipt"}
    if kind == "feedback-report":
        return {"bounce": "complaint"}
    found = {"bounce": "delivery report"}
    for part in islice(message.walk(), limits.MAX_MAIL_PARTS):
        if part.get_content_type() == "message/delivery-status":
            fields = {name: value for block in part.walk() for name in REPORT_FIELDS if (value := _header(block, name))}
            told = [value.rpartition(";")[2].strip() for value in fields.values()]
            found["bounce"] = " ".join(("delivery report:", *told))[:MAX_HEADER_CHARS] if told else found["bounce"]
            break
    return found


def _header(message: email.message.Message, name: str) -> str:
    """Return the first header of that name, decoded, on one line."""
    value = next((raw for key, raw in message.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return ""
    plain = _decode(str(value).encode("utf-8", "surrogateescape"), "utf-8")[: 4 * MAX_HEADER_CHARS]
    text = ""
    was_encoded = False
    try:
        parts = email.header.decode_header(plain)
    except email.errors.HeaderParseError:  # broken base64
        parts = [(plain, None)]
    for part, charset in parts:
        # Space between two encoded words only folds the line; any other separates (RFC 2047 6.2).
        text += "" if was_encoded and charset else " "
        text += part if isinstance(part, str) else _decode(part, charset or "utf-8")
        was_encoded = charset is not None
    return " ".join(text.split())[:MAX_HEADER_CHARS]


def _text(message: email.message.Message) -> str:
    """Return the first plain text part, else the first text of any kind."""
    texts = list(islice(_text_parts(message), 2))
    return texts[0][: limits.MAX_CLAIM_CHARS] if texts else ""


def _text_parts(message: email.message.Message) -> Iterator[str]:
    parts = [
        part
        for part in islice(message.walk(), limits.MAX_MAIL_PARTS)
        if part.get_content_maintype() == "text" and not part.is_multipart()
    ]
    for part in sorted(parts, key=lambda part: part.get_content_subtype() != "plain"):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and payload.strip():
            yield _decode(payload, part.get_content_charset() or "utf-8").strip()


def _decode(octets: bytes, charset: str) -> str:
    """Decode by the declared charset, else as UTF-8, else as GB18030: Chinese mail often declares the wrong one."""
    for candidate in (CHARSETS.get(charset.lower(), charset), "utf-8", "gb18030"):
        try:
            return octets.decode(candidate)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def _event_id(envelope: Envelope, recipient: str) -> str:
    parts = (envelope.mail_from.encode("utf-8", "replace"), recipient.lower().encode("utf-8", "replace"))
    head = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(head + envelope.content).hexdigest()
