"""Huawei Cloud PrivateNumber (隐私保护通话): call events, call records (fee) and messages.

The sender proves itself by X-AKSK (Base64(HMAC-SHA256(app secret, Nonce + Created))) or the older X-WSSE
(Base64(SHA256(Nonce + Created + secret))); neither covers the body, so the address is a secret and the networks are
named as well (support.huaweicloud.com/api-PrivateNumber). Times are UTC. Of a call's events only `callin` names the
privacy number; `fee` repeats it at the end under the same session, and both are one hit.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from collector.config.file import HookConfig
from collector.errors import ForgedError
from collector.hit import Channel, Contact
from collector.listeners.webhooks.payload import (
    MAX_ITEMS,
    UnreadableError,
    as_bytes,
    each_with_its_own,
    json_object,
    malformed,
    named,
    read_at,
    text,
)
from collector.listeners.webhooks.request import JSON, HookAnswer, HookRequest, chinese
from collector.listeners.webhooks.signing import (
    HOUR_SECONDS,
    check_age,
    hmac_sha256_base64,
    is_same,
    require_secret_address,
)

# Sent again after 1, 4, 9, 106, 203 and 300 minutes, the last one about ten hours late if they add up.
RETRY_SECONDS = 11 * HOUR_SECONDS
ACCEPTED = '{"resultcode":"0","resultdesc":"Success"}'
CLOSE_CALL = '{"operation":"close"}'  # the answer a blocking callin waits for
FORWARD_NOTHING = '{"actions":[]}'  # the answer a blocking message waits for
# Events that say how a call went on, and those that are about numbers and recordings.
NO_CONTACT = frozenset(("callout", "alerting", "answer", "disconnect", "collectinfo", "numstatus", "record"))
CLAIMS = {
    "smsContent": "text",
    "called": "called",
    "calleeNum": "called",
    "subscriptionId": "binding",
    "userData": "user_data",
    "extendNum": "extension",
    "direction": "direction",
    "notifyMode": "mode",
    "notificationMode": "mode",
    "callEndTime": "ended_at_utc",
    "ulFailReason": "fail_reason",
    "sipStatusCode": "sip_status",
    "icid": "icid",
}
_PAIR = re.compile(r'(\w+)="([^"]{0,256})"', re.ASCII)


class HuaweiProvider:
    """One application's notifications."""

    def __init__(self, hook: HookConfig) -> None:
        require_secret_address(hook)
        self._secret = None if hook.key is None else hook.key.reveal()
        self._is_checked = self._secret is not None

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless the sender knows the app secret, where one is configured."""
        if self._secret is not None:
            check_sender(self._secret, request)

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the call that came in, each call of a record, or the message; nothing for how a call went on."""
        try:
            items = _items(json_object(request.body))
        except UnreadableError as exc:
            return [malformed(request.content, "huawei", str(exc), verified=self._is_checked)]
        found = [(self._contact(channel, item), item) for channel, item in items]
        return each_with_its_own(found, request.body, whole=max(1, len(items)))

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept; a platform that waits for orders is told to end the call and to forward no message."""
        if contacts and contacts[0].claims.get("mode", "").lower() == "block":
            is_call = contacts[0].channel == Channel.CALL
            return HookAnswer(200, JSON, CLOSE_CALL if is_call else FORWARD_NOTHING)
        return HookAnswer(200, JSON, ACCEPTED)

    def _contact(self, channel: Channel, item: object) -> Contact:
        if not isinstance(item, dict):
            return malformed(as_bytes(item), "huawei", "a record that is not an object", verified=self._is_checked)
        beacon = text(item, "virtualNumber", "bindNum", "called")
        event_id = text(item, "smsIdentifier", "sessionId", "icid")
        if not beacon or not event_id:
            reason = "a record without a privacy number or an id"
            return malformed(as_bytes(item), "huawei", reason, verified=self._is_checked)
        claims = named(item, CLAIMS)
        if self._is_checked:
            claims["signature_covers"] = "sender and time"
        return Contact(
            channel=channel,
            beacon=chinese(beacon),
            peer=chinese(text(item, "calling", "callerNum", "caller")),
            occurred_at=read_at(text(item, "timeStamp", "callInTime", "timestamp", "fwdStartTime")),
            event_id=event_id,
            provider="huawei",
            verified=self._is_checked,
            claims=claims,
        )


def _items(document: Mapping[str, Any]) -> list[tuple[Channel, object]]:
    """Return what came in, each with its channel."""
    if "smsEvent" in document:
        return [(Channel.SMS, document["smsEvent"])]
    kind = text(document, "eventType").lower()
    if kind == "callin":
        return [(Channel.CALL, document.get("statusInfo"))]
    if kind == "fee":
        records = document.get("feeLst")
        if not isinstance(records, list) or not 1 <= len(records) <= MAX_ITEMS:
            raise UnreadableError(f"feeLst is not a list of 1 to {MAX_ITEMS} records")
        return [(Channel.CALL, record) for record in records]
    if kind in NO_CONTACT:
        return []
    raise UnreadableError("neither eventType nor smsEvent is known")


def check_sender(secret: str, request: HookRequest) -> None:
    """Raise ForgedError unless X-AKSK or X-WSSE is made with the secret, and not too long ago."""
    header = request.header("X-AKSK")
    stated = dict(_PAIR.findall(header or request.header("X-WSSE")))
    nonce, created = stated.get("Nonce", ""), stated.get("Created", "")
    if header:
        expected = hmac_sha256_base64(secret, f"{nonce}{created}".encode("utf-8", "replace"))
    else:
        digest = hashlib.sha256(f"{nonce}{created}{secret}".encode("utf-8", "replace")).digest()
        expected = base64.b64encode(digest).decode()
    if not nonce or not is_same(stated.get("PasswordDigest", ""), expected):
        raise ForgedError("neither X-AKSK nor X-WSSE is made with our secret")
    at = read_at(created)
    if at is None:
        raise ForgedError("no usable Created")
    check_age(request, at.timestamp(), most_seconds=RETRY_SECONDS)
