"""Answers of Alibaba Cloud's queues: any bytes are read or MnsError; any message in them can be recorded."""

import base64
import json
from collections.abc import Mapping

from collector import limits
from collector.listeners.mnsreceipt import contacts_of
from collector.listeners.mnswire import (
    MAX_MESSAGES,
    MnsError,
    Received,
    delete_request,
    read_codes,
    read_messages,
    read_pass,
    receive_request,
)
from fuzz import recordable

KINDS = ("SecretReport", "SmsUp")
HOST, QUEUE = "mns.example.com", "Alicom-Queue-1-SecretReport"


def check(data: bytes) -> None:
    """Read the bytes as each of the answers, and as the body of a message."""
    messages = [Received("1", "h", data.decode("utf-8", "replace"))]
    try:
        messages += read_messages(data)
        assert len(messages) <= MAX_MESSAGES + 1
    except MnsError as exc:
        _one_line(str(exc))
    for message in messages:
        for kind in KINDS:
            contacts = contacts_of(message, kind, verified=True)
            recordable.require(contacts)
            assert len(contacts) <= limits.MAX_COMMIT_HITS
    try:
        for code in read_codes(data):
            _one_line(code)
    except MnsError as exc:
        _one_line(str(exc))
    _pass(data)


def _pass(data: bytes) -> None:
    """What a pass holds goes into headers."""
    try:
        given = read_pass(data)
    except MnsError as exc:
        _one_line(str(exc))
        return
    for request in (
        receive_request(HOST, given.key, QUEUE, wait_seconds=1, at=recordable.NOON),
        delete_request(HOST, given.key, QUEUE, ["<&>"], at=recordable.NOON),
    ):
        for value in request.headers.values():
            assert value.isascii()
            assert value.isprintable()


def _one_line(text: str) -> None:
    assert text
    assert text.isprintable()


def seeds() -> Mapping[str, bytes]:
    """Return one of each answer, and messages in the open and in Base64."""
    call = json.dumps({"call_id": "1", "secret_no": "14012345678", "peer_no": "14012340000", "call_type": 1})
    text = json.dumps({"phone_number": "14012340000", "content": "x", "dest_code": "1", "sequence_id": 1})
    fields = f"<MessageBody>{base64.b64encode(call.encode()).decode()}</MessageBody>"
    told = ("AccessKeyId", "AccessKeySecret", "SecurityToken")
    times = {"CreateTime": "2026-11-22 16:00:00", "ExpireTime": "2026-11-22 17:00:00"}
    document = {"Code": "OK", "MessageTokenDTO": {**dict.fromkeys(told, "x"), **times}}
    return {
        "messages": f"<Messages><Message><ReceiptHandle>h</ReceiptHandle>{fields}</Message></Messages>".encode(),
        "empty": b"<Error><Code>MessageNotExist</Code><Message>m</Message></Error>",
        "errors": b"<Errors><Error><ErrorCode>A</ErrorCode></Error></Errors>",
        "entities": b'<!DOCTYPE x [<!ENTITY a "aa">]><Messages><Message>&a;</Message></Messages>',
        "pass": json.dumps(document).encode(),
        "refused": b'{"Code": "InvalidAccessKeyId.NotFound"}',
        "call": call.encode(),
        "calls": f"[{call}, {call}]".encode(),
        "call-encoded": base64.b64encode(call.encode()),
        "text": text.encode(),
    }
