"""What the messages of Alibaba Cloud's queues say: receipts of number privacy, and messages sent to us. Pure.

Receipts are those of the webhooks and have their event ids, so a call that comes by both is one hit.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from collector.hit import Channel, Contact
from collector.listeners.mnswire import Received
from collector.listeners.webhooks.aliyun import read_receipts
from collector.listeners.webhooks.payload import (
    BEIJING,
    UnreadableError,
    event_key,
    json_object,
    malformed,
    named,
    read_at,
    text,
)
from collector.listeners.webhooks.request import chinese

PROVIDER = "aliyun"
SMS_UP = "SmsUp"  # somebody answered a message of ours
SMS_UP_CLAIMS = {"content": "text", "sign_name": "sign_name", "dest_code": "dest_code", "send_time": "sent_at_beijing"}


def contacts_of(message: Received, kind: str, *, verified: bool) -> Sequence[Contact]:
    """Return what a message of a queue of this kind tells; nothing for calls and messages that went out.

    `verified` says that the queue was read over TLS: only Alibaba Cloud writes to it.
    """
    try:
        body = _decoded(message.body)
        found = [_sms_up(json_object(body), body)] if kind == SMS_UP else read_receipts(body)
    except UnreadableError as exc:
        found = [malformed(message.body.encode("utf-8", "replace"), PROVIDER, str(exc), verified=verified)]
    return [_from_queue(one, message, kind, verified=verified) for one in found]


# --- inside ----------------------------------------------------------------------------------------------------------


def _decoded(body: str) -> bytes:
    """Take the Base64 off, which senders may leave out."""
    if body.lstrip()[:1] in ("{", "["):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise UnreadableError("neither JSON nor Base64") from exc


def _sms_up(item: Mapping[str, Any], body: bytes) -> Contact:
    peer, number = text(item, "phone_number"), text(item, "sequence_id")
    if not peer or not number:
        raise UnreadableError("a message without phone_number or sequence_id")
    return Contact(
        channel=Channel.SMS,
        beacon=chinese(text(item, "dest_code")),
        peer=chinese(peer),
        occurred_at=read_at(text(item, "send_time"), BEIJING),
        event_id=event_key("smsup", number),
        provider=PROVIDER,
        claims=named(item, SMS_UP_CLAIMS),
        raw=body,
    )


def _from_queue(contact: Contact, message: Received, kind: str, *, verified: bool) -> Contact:
    claims = {**contact.claims, "queue": kind, "queue_message_id": message.message_id}
    return replace(contact, verified=verified, claims=claims).bounded()
