"""Alibaba Cloud number privacy (号码隐私保护): receipts in the HTTP batch push mode.

The body is a JSON array of several calls; nothing is signed, so the address is the secret and the networks are named
(chuangyeshuo/dypls, cn.zh-CN/API参考/消息回执; help.aliyun.com document 59629: receipts may come twice). Times name no
zone and are Beijing's; numbers carry no +86. Who was rung is the number X, `secret_no`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from collector.config.file import HookConfig
from collector.hit import Channel, Contact
from collector.listeners.webhooks.payload import (
    BEIJING,
    MAX_ITEMS,
    UnreadableError,
    as_bytes,
    each_with_its_own,
    json_value,
    malformed,
    named,
    read_at,
    text,
)
from collector.listeners.webhooks.request import JSON, HookAnswer, HookRequest, chinese
from collector.listeners.webhooks.signing import require_secret_address

ACCEPTED = '{"code":0,"msg":"接收成功"}'
# call_type of SecretReport: 0 our side calls, 1 called, 2 our side sends, 3 message received, 4 and 5 were blocked.
INCOMING = {"1": Channel.CALL, "3": Channel.SMS, "4": Channel.CALL, "5": Channel.SMS}
OUTGOING = ("0", "2")
SMS_UP = "1"  # sms_type of SecretSmsIntercept: 1 is what somebody sent; 2 and 3 are what the platform delivers
CLAIMS = {
    "sms_content": "text",
    "call_type": "call_type",
    "phone_no": "forwarded_to",
    "receive_no": "forwarded_to",
    "called_display_no": "shown_number",
    "sub_id": "binding",
    "out_id": "out_id",
    "call_id": "call_id",
    "release_cause": "release_cause",
    "release_time": "released_at_beijing",
    "sms_number": "segments",
    "sms_intercept_type": "intercept",
}


class AliyunProvider:
    """One number pool's receipts."""

    def __init__(self, hook: HookConfig) -> None:
        require_secret_address(hook)

    def check(self, request: HookRequest) -> None:
        """Nothing is signed: the address and the source network have been checked before."""

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return each call and message that came in; nothing for those that went out, recordings and transcripts."""
        try:
            return read_receipts(request.body)
        except UnreadableError as exc:
            return [malformed(request.content, "aliyun", str(exc), verified=False)]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Say 0: anything else, or no answer within 700 ms, is sent again."""
        del contacts
        return HookAnswer(200, JSON, ACCEPTED)


def read_receipts(body: bytes) -> list[Contact]:
    """Return the contacts of one receipt or of several, however they were delivered.

    Raises:
        UnreadableError: they are none.
    """
    items = _items(body)
    found = [(contact, item) for item in items if (contact := _contact(item)) is not None]
    return each_with_its_own(found, body, whole=len(items))


def _items(body: bytes) -> list[Any]:
    document = json_value(body)
    items = document if isinstance(document, list) else [document]
    if not items or len(items) > MAX_ITEMS:
        raise UnreadableError(f"not a JSON array of 1 to {MAX_ITEMS} receipts")
    return items


def _contact(item: object) -> Contact | None:
    if not isinstance(item, dict):
        return malformed(as_bytes(item), "aliyun", "a receipt that is not an object", verified=False)
    channel, event_id = _kind(item)
    if channel is None:
        return None
    beacon = text(item, "secret_no")
    if not beacon or not event_id:
        return malformed(as_bytes(item), "aliyun", "a receipt without secret_no or call_id", verified=False)
    return Contact(
        channel=channel,
        beacon=chinese(beacon),
        peer=chinese(text(item, "send_no", "peer_no")),
        occurred_at=read_at(text(item, "call_time", "start_time"), BEIJING),
        event_id=event_id,
        provider="aliyun",
        claims=named(item, CLAIMS),
    )


def _kind(item: Mapping[str, Any]) -> tuple[Channel | None, str]:
    """Return the channel, None for what is no contact, and the id under which it may come again."""
    if text(item, "send_no") or "sms_content" in item:
        # Its own id: the call record of the same message has no text and must not take its place.
        event_id = text(item, "id", "call_id")
        is_up = text(item, "sms_type") in ("", SMS_UP)
        return (Channel.SMS if is_up else None), f"sms:{event_id}" if event_id else ""
    call_type, call_id = text(item, "call_type"), text(item, "call_id", "id")
    if call_type in OUTGOING:
        return None, call_id
    if not call_type and call_id and not text(item, "peer_no"):
        return None, call_id  # a recording, a transcript
    return INCOMING.get(call_type, Channel.CALL), call_id
