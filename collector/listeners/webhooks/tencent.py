"""Tencent Cloud number protection (号码保护, 直拨): the hang-up push and the status push.

Nothing is signed, so the address is the secret and the networks are named (tencentyun/qcloud-documents at 1dac45d,
api/基础通信/PSTN号码保护). Every push of a call carries the same callId and the same number: one hit. Times are UNIX
seconds in texts, numbers are 0086 and the number; the answer is an empty text.
"""

from collections.abc import Mapping, Sequence

from collector.config.file import HookConfig
from collector.hit import Channel, Contact
from collector.listeners.webhooks.payload import (
    UnreadableError,
    json_object,
    malformed,
    named,
    parameters,
    read_at,
    text,
    texts,
)
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest, chinese
from collector.listeners.webhooks.signing import require_secret_address

RECORDING_KEYS = ("recordUrl", "recordingUrl", "recordURL")
CLAIMS = {
    "dst": "forwarded_to",
    "bindId": "binding",
    "requestId": "request",
    "callStatus": "status",
    "userFlag": "side",
    "callEndStatus": "end_status",
    "callEndStatusDetail": "end_status_detail",
    "errorCode": "sip_status",
    "srcDuration": "caller_seconds",
    "dstDuration": "called_seconds",
}


class TencentProvider:
    """One application's pushes."""

    def __init__(self, hook: HookConfig) -> None:
        require_secret_address(hook)

    def check(self, request: HookRequest) -> None:
        """Nothing is signed: the address and the source network have been checked before."""

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the one call; nothing for where its recording lies."""
        try:
            contact = _read(request)
        except UnreadableError as exc:
            return [malformed(request.content, "tencent", str(exc), verified=False)]
        return [] if contact is None else [contact.bounded()]

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Accept with nothing, as documented."""
        del contacts
        return HookAnswer(200, PLAIN, "")


def _read(request: HookRequest) -> Contact | None:
    sent = _parameters(request)
    event_id, beacon = sent.get("callId", ""), sent.get("dstVirtualNum", "")
    if event_id and any(sent.get(key) for key in RECORDING_KEYS):
        return None
    if not event_id or not beacon:
        raise UnreadableError("no callId or no dstVirtualNum")
    return Contact(
        channel=Channel.CALL,
        beacon=chinese(beacon),
        peer=chinese(sent.get("src", "")),
        occurred_at=read_at(text(sent, "callCenterAcceptTime", "timeStamp")),
        event_id=event_id,
        provider="tencent",
        claims=named(sent, CLAIMS),
        raw=request.content,
    )


def _parameters(request: HookRequest) -> Mapping[str, str]:
    """Return the pushed object. The document shows no Content-Type, so the body says what it is."""
    if request.body.lstrip().startswith(b"{"):
        return texts(json_object(request.body))
    return parameters(request)
