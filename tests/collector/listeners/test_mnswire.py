"""Requests to queues and to the office of passes, against Alibaba's own signers; their answers, whatever they hold."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mns.mns_client import MNSClient

from collector.listeners.mnswire import (
    MAX_MESSAGES,
    AccessKey,
    MnsError,
    Received,
    Request,
    delete_request,
    pass_request,
    read_codes,
    read_messages,
    read_pass,
    receive_request,
    signed_v3,
)

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = AccessKey("YourAccessKeyId", "YourAccessKeySecret")
PASS = AccessKey("STS.example", "pass-secret", "pass-token")
HOST = "1234567890.mns.cn-hangzhou.aliyuncs.com"
QUEUE = "Alicom-Queue-1234567890-SecretReport"
SIGNED = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"


def test_the_documents_own_example_is_signed_as_it_shows() -> None:
    """ "V3版本请求体&签名机制", 固定参数示例."""
    request = signed_v3(
        "ecs.cn-shanghai.aliyuncs.com",
        KEY,
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
        action=("RunInstances", "2014-05-26"),
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    signature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert request.headers["authorization"] == (
        f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={SIGNED},Signature={signature}"
    )


def test_a_request_for_a_pass_is_signed_as_alibabas_client_does() -> None:
    """The signature was made by alibabacloud-tea-openapi 0.4.6, `Utils.get_authorization`, from the same values."""
    asked = {"QueueName": QUEUE, "MessageType": "SecretReport"}
    nonce = "d410180a5abf7fe235dd9b74aca91fc0"
    request = pass_request("dybaseapi.aliyuncs.com", KEY, asked, at=AT, nonce=nonce)
    assert request.headers["authorization"].endswith(
        "Signature=b8bbdbee57d747444d3f5dde6ab01880143c3ca16f466c33094e277d1f13b4ee"
    )
    assert (request.method, request.target) == ("POST", f"/?MessageType=SecretReport&QueueName={QUEUE}")


@pytest.mark.parametrize(
    "request_",
    [
        receive_request(HOST, PASS, QUEUE, wait_seconds=20, at=AT),
        delete_request(HOST, PASS, QUEUE, ["1-ODU4OTkzNDU5My0xNDM1MTk3NjAwLTItNg==", "<&>"], at=AT),
    ],
    ids=["receive", "delete"],
)
def test_requests_to_queues_are_signed_as_alibabas_client_does(request_: Request) -> None:
    client = MNSClient(f"https://{HOST}", PASS.key_id, PASS.secret, security_token=PASS.security_token)
    headers = dict(request_.headers)
    stated = headers.pop("authorization")
    assert headers.pop("security-token") == "pass-token"
    credential = client.credentials_provider.get_credentials()
    assert stated == client.get_signature(request_.method, headers, request_.target, credential)
    assert headers["date"] == "Sun, 22 Nov 2026 08:00:00 GMT"


def test_no_secret_shows_itself() -> None:
    shown = repr([PASS, receive_request(HOST, PASS, QUEUE, wait_seconds=1, at=AT), Received("1", "handle", "body")])
    for secret in ("pass-secret", "pass-token", "handle", "body", "MNS STS"):
        assert secret not in shown.replace("key_id", "")


def given_pass(**changes: object) -> bytes:
    told = {
        "AccessKeyId": "STS.1",
        "AccessKeySecret": "s",
        "SecurityToken": "t",
        "CreateTime": "2026-11-22 16:00:00",
        "ExpireTime": "2026-11-22 17:00:00",
    }
    return json.dumps({"Code": "OK", "MessageTokenDTO": {**told, **changes}}).encode()


def test_a_pass_lasts_as_long_as_its_two_times_say() -> None:
    assert read_pass(given_pass()).lifetime_seconds == 3600
    assert read_pass(given_pass(ExpireTime="tomorrow")).lifetime_seconds is None
    assert read_pass(given_pass()).key == AccessKey("STS.1", "s", "t")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "is not JSON"),
        (b"[]", "no pass was given: no code"),
        (b'{"Code": "InvalidAccessKeyId.NotFound"}', "no pass was given: InvalidAccessKeyId.NotFound"),
        (b'{"Code": "\\r\\nforged line"}', "no pass was given: forgedline"),
        (given_pass(SecurityToken=None), "lacks a key or a token"),
        (given_pass(SecurityToken="t\r\nX-Header: 1"), "holds what no header can"),
    ],
)
def test_what_is_no_pass_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(MnsError, match=reason):
        read_pass(body)


MESSAGES = (
    b'<?xml version="1.0"?><Messages xmlns="http://mns.aliyuncs.com/doc/v1/">'
    b"<Message><MessageId>1</MessageId><ReceiptHandle>1-A==</ReceiptHandle><MessageBody>e30=</MessageBody></Message>"
    b"<Message><MessageId>2</MessageId><ReceiptHandle>1-B==</ReceiptHandle><MessageBody>a &amp; b</MessageBody>"
    b"</Message>"
    b"</Messages>"
)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(9))
    + b"]><Messages><Message><ReceiptHandle>&j;</ReceiptHandle></Message></Messages>"
)


def test_messages_are_read() -> None:
    assert read_messages(MESSAGES) == [Received("1", "1-A==", "e30="), Received("2", "1-B==", "a & b")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BOMB, "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Messages/>', "document type"),
        (b"<a>" * 10_000, "too many elements"),
        (b"<Messages>" + b"<Message/>" * 2000 + b"</Messages>", "too many elements"),
        (b"<Messages><Message/></Messages>", "without a handle"),
        (b"{}", "not XML"),
        (b"", "not XML"),
        (MESSAGES[:-20], "not XML"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "not XML"),
    ],
)
def test_what_no_queue_sends_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(MnsError, match=reason):
        read_messages(body)


def test_more_messages_than_were_asked_for_are_left_for_later() -> None:
    one = b"<Message><ReceiptHandle>h</ReceiptHandle></Message>"
    assert len(read_messages(b"<Messages>" + one * 20 + b"</Messages>")) == MAX_MESSAGES


def test_codes_of_refusals_are_read_and_hold_no_line_breaks() -> None:
    assert read_codes(b"<Error><Code>MessageNotExist</Code><Message>x</Message></Error>") == ["MessageNotExist"]
    many = b"<Errors><Error><ErrorCode>A</ErrorCode></Error><Error><ErrorCode>B\r\nC</ErrorCode></Error></Errors>"
    assert read_codes(many) == ["A", "BC"]


@given(st.binary(max_size=300))
@example(b'<?xml version="1.0" encoding="utf-16"?><a/>')
@example(b"<Error><Error><Error/></Error></Error>")
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in (read_messages, read_codes, read_pass):
        try:
            read(body)
        except MnsError:
            continue
