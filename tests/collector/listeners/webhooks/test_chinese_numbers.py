"""Number privacy of Alibaba Cloud, Huawei, Tencent and Aliqin: what is checked, mapped, and no contact."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from collector.errors import ForgedError
from collector.hit import Channel
from collector.listeners.webhooks.aliqin import AliqinProvider, ucs2
from collector.listeners.webhooks.aliyun import AliyunProvider
from collector.listeners.webhooks.huawei import HuaweiProvider
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.tencent import TencentProvider
from tests.collector.listeners.webhooks.signers import (
    FORM,
    NOW,
    aliqin,
    config,
    huawei,
    posted,
    published,
    top,
    unsigned,
)

ALIYUN = AliyunProvider(config("aliyun"))
HUAWEI = HuaweiProvider(config("huawei"))
TENCENT = TencentProvider(config("tencent"))
ALIQIN = AliqinProvider(config("aliqin"))
RECEIPT = published("aliyun_secret_report_http.json")[0]

# --- Alibaba Cloud ---------------------------------------------------------------------------------------------------


def test_the_published_receipt_is_mapped_with_beijing_time_and_country_code() -> None:
    (contact,) = ALIYUN.contacts(unsigned("aliyun", [RECEIPT]))
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.CALL, "+8614012345671", "+8614012345672")
    assert contact.occurred_at == datetime(2016, 12, 31, 16, tzinfo=UTC)
    assert (contact.event_id, contact.verified) == ("12345678", False)
    assert contact.raw == unsigned("aliyun", [RECEIPT]).body
    assert json.loads(ALIYUN.answer([contact]).body)["code"] == 0


def test_an_array_of_calls_gives_one_contact_each_with_its_own_raw() -> None:
    """What went out is left out, what cannot be read is recorded as such; the digest names the whole."""
    other = {**RECEIPT, "call_id": "2", "peer_no": "14012345673"}
    items = [RECEIPT, {**RECEIPT, "call_type": 0}, other, "?", {"call_type": 1}]
    request = unsigned("aliyun", items)
    contacts = ALIYUN.contacts(request)
    assert [contact.claims.get("malformed", "") != "" for contact in contacts] == [False, False, True, True]
    assert [json.loads(contact.raw) for contact in contacts] == [RECEIPT, other, "?", {"call_type": 1}]
    assert {contact.claims["batch_sha256"] for contact in contacts} == {hashlib.sha256(request.body).hexdigest()}
    assert len({contact.event_id for contact in contacts}) == 4
    assert ALIYUN.answer(contacts).status == 200


START = {key: RECEIPT[key] for key in ("sub_id", "call_id", "phone_no", "secret_no", "peer_no", "call_type")}
SMS = {
    "id": 9,
    "sub_id": 1,
    "send_no": "14012345672",
    "secret_no": "14012345671",
    "receive_no": "14012345670",
    "sms_content": "王女士,您的快递",
    "sms_type": 1,
    "start_time": "2026-11-21 16:00:00",
}


def test_the_report_at_the_start_of_a_call_and_the_one_at_its_end_are_one_hit() -> None:
    start, end = (ALIYUN.contacts(unsigned("aliyun", [one]))[0] for one in (START, RECEIPT))
    assert (start.channel, start.event_id) == (end.channel, end.event_id)


def test_a_message_is_mapped_with_its_text_under_an_id_of_its_own() -> None:
    (contact,) = ALIYUN.contacts(unsigned("aliyun", [SMS]))
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.SMS, "+8614012345671", "+8614012345672")
    assert (contact.claims["text"], contact.event_id) == ("王女士,您的快递", "sms:9")
    assert contact.occurred_at == NOW


@pytest.mark.parametrize(
    ("call_type", "channel"),
    [(1, Channel.CALL), ("3", Channel.SMS), (4, Channel.CALL), (5, Channel.SMS), (0, None), (2, None)],
)
def test_the_type_says_channel_and_direction(call_type: object, channel: Channel | None) -> None:
    contacts = ALIYUN.contacts(unsigned("aliyun", [{**RECEIPT, "call_type": call_type}]))
    assert [contact.channel for contact in contacts] == ([] if channel is None else [channel])


ALIYUN_NO_CONTACTS = {
    "a recording": {"call_id": "1", "sub_id": 1, "record_url": "https://example.com"},
    "a message the platform delivers": {**SMS, "sms_type": 2},
}


@pytest.mark.parametrize("item", ALIYUN_NO_CONTACTS.values(), ids=ALIYUN_NO_CONTACTS.keys())
def test_recordings_and_deliveries_are_no_contacts_and_are_accepted(item: Mapping[str, Any]) -> None:
    assert ALIYUN.contacts(unsigned("aliyun", [item])) == []
    assert json.loads(ALIYUN.answer([]).body)["code"] == 0


@pytest.mark.parametrize("body", [[], [RECEIPT] * 501, 7], ids=["empty", "too many", "a number"])
def test_an_array_out_of_bounds_is_one_malformed_contact(body: object) -> None:
    (contact,) = ALIYUN.contacts(unsigned("aliyun", body))
    assert contact.claims["malformed"]


# --- Huawei ----------------------------------------------------------------------------------------------------------

CALLIN = {
    "eventType": "callin",
    "statusInfo": {
        "timestamp": "2026-11-21 08:00:00",
        "sessionId": "s-1",
        "caller": "+8614012345672",
        "called": "+8614012345671",
        "subscriptionId": "b-1",
    },
}
FEE = {
    "direction": 1,
    "icid": "i-1",
    "sessionId": "s-1",
    "bindNum": "+8614012345671",
    "callerNum": "+8614012345672",
    "calleeNum": "+8614012345671",
    "fwdDstNum": "+8614012345670",
    "callInTime": "2026-11-21 08:00:00",
    "callEndTime": "2026-11-21 08:01:00",
}


@pytest.mark.parametrize("document", [CALLIN, {"eventType": "fee", "feeLst": [FEE]}], ids=["callin", "fee"])
def test_a_call_and_its_record_are_one_hit_in_utc(document: object) -> None:
    HUAWEI.check(huawei(document))
    (contact,) = HUAWEI.contacts(huawei(document))
    assert (contact.channel, contact.event_id) == (Channel.CALL, "s-1")
    assert (contact.beacon, contact.peer) == ("+8614012345671", "+8614012345672")
    assert contact.occurred_at == NOW
    assert (contact.verified, contact.claims["signature_covers"]) == (True, "sender and time")


def test_several_records_are_several_contacts() -> None:
    contacts = HUAWEI.contacts(huawei({"eventType": "fee", "feeLst": [FEE, {**FEE, "sessionId": "s-2"}]}))
    assert [contact.event_id for contact in contacts] == ["s-1", "s-2"]
    assert json.loads(HUAWEI.answer(contacts).body)["resultcode"] == "0"


def test_the_published_message_is_mapped() -> None:
    (contact,) = HUAWEI.contacts(huawei(published("huawei_sms_notify.json")))
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.SMS, "+8614012345671", "+8614012345672")
    assert contact.occurred_at == datetime(2020, 12, 23, 9, 6, 16, 450000, tzinfo=UTC)


def test_a_platform_that_waits_for_orders_ends_calls_and_forwards_nothing() -> None:
    blocked = {**CALLIN, "statusInfo": {**CALLIN["statusInfo"], "notifyMode": "Block"}}  # type: ignore[dict-item]  # a dict
    assert json.loads(HUAWEI.answer(HUAWEI.contacts(huawei(blocked))).body) == {"operation": "close"}
    message = published("huawei_sms_notify.json")
    message["smsEvent"]["notificationMode"] = "Block"
    assert json.loads(HUAWEI.answer(HUAWEI.contacts(huawei(message))).body) == {"actions": []}


@pytest.mark.parametrize("kind", ["callout", "alerting", "answer", "disconnect", "numStatus", "collectInfo"])
def test_how_a_call_went_on_is_no_contact(kind: str) -> None:
    assert HUAWEI.contacts(huawei({"eventType": kind, "statusInfo": CALLIN["statusInfo"]})) == []


HUAWEI_UNREADABLE: dict[str, object] = {
    "an unknown event": {"eventType": "party"},
    "records that are no list": {"eventType": "fee", "feeLst": {}},
    "a record that is a number": {"eventType": "fee", "feeLst": [1]},
    "a call without a number": {"eventType": "callin", "statusInfo": {"sessionId": "1"}},
}


@pytest.mark.parametrize("document", HUAWEI_UNREADABLE.values(), ids=HUAWEI_UNREADABLE.keys())
def test_what_huawei_does_not_document_is_malformed(document: object) -> None:
    (contact,) = HUAWEI.contacts(huawei(document))
    assert contact.claims["malformed"]


SENT = huawei(CALLIN)
HUAWEI_FORGED = {
    "no header": replace(SENT, headers={}),
    "another digest": replace(SENT, headers={"x-aksk": SENT.header("X-AKSK").replace('Digest="', 'Digest="A')}),
    "another time": replace(SENT, headers={"x-aksk": SENT.header("X-AKSK").replace("2026", "2027")}),
    "yesterday's": huawei(CALLIN, NOW - timedelta(hours=24)),
}


@pytest.mark.parametrize("request_", HUAWEI_FORGED.values(), ids=HUAWEI_FORGED.keys())
def test_a_sender_without_the_app_secret_is_forged(request_: HookRequest) -> None:
    HUAWEI.check(SENT)
    HUAWEI.check(huawei(CALLIN, header="X-WSSE"))
    HUAWEI.check(huawei(CALLIN, NOW - timedelta(hours=10)))
    with pytest.raises(ForgedError):
        HUAWEI.check(request_)


def test_without_an_app_secret_huawei_is_taken_unverified() -> None:
    provider = HuaweiProvider(config("huawei", key=None))
    provider.check(unsigned("huawei", CALLIN))
    assert not provider.contacts(unsigned("huawei", CALLIN))[0].verified


# --- Tencent ---------------------------------------------------------------------------------------------------------

HANGUP = {
    "appId": "1",
    "callId": "c-1",
    "bindId": "b-1",
    "src": "008614012345672",
    "dst": "008614012345670",
    "dstVirtualNum": "008614012345671",
    "callCenterAcceptTime": "1795248000",
    "callEndStatus": "1",
}


@pytest.mark.parametrize("kind", ["json", "form"])
def test_a_call_is_mapped_whether_pushed_as_json_or_as_a_form(kind: str) -> None:
    body = json.dumps(HANGUP) if kind == "json" else urlencode(HANGUP)
    (contact,) = TENCENT.contacts(posted("tencent", body.encode(), {"Content-Type": FORM}))
    assert (contact.beacon, contact.peer, contact.event_id) == ("+8614012345671", "+8614012345672", "c-1")
    assert contact.occurred_at == NOW
    assert (TENCENT.answer([contact]).status, TENCENT.answer([contact]).body) == (200, "")


def test_the_states_of_a_call_are_the_same_hit_and_its_recording_is_none() -> None:
    state = {**HANGUP, "callStatus": "ringing", "userFlag": "dst", "timeStamp": "1795248000"}
    assert TENCENT.contacts(unsigned("tencent", state))[0].event_id == "c-1"
    assert TENCENT.contacts(unsigned("tencent", {"callId": "c-1", "recordUrl": "https://example.com"})) == []
    assert TENCENT.contacts(unsigned("tencent", {"callId": "c-1"}))[0].claims["malformed"]


# --- Aliqin ----------------------------------------------------------------------------------------------------------

ENDED = {
    "call_id": "c-1",
    "call_no": "14012345672",
    "secret_no": "14012345671",
    "called_no": "14012345670",
    "call_type": "1",
    "call_time": "2026-11-21 16:00:00",
}


@pytest.mark.parametrize("way", ["md5", "hmac", "hmac-sha256"])
def test_pushes_signed_in_each_of_tops_ways_are_mapped(way: str) -> None:
    request = aliqin(top(ENDED, way=way))
    ALIQIN.check(request)
    (contact,) = ALIQIN.contacts(request)
    assert (contact.beacon, contact.peer, contact.event_id) == ("+8614012345671", "+8614012345672", "c-1")
    assert contact.occurred_at == NOW
    answer = json.loads(ALIQIN.answer([contact]).body)
    assert answer["alibaba_aliqin_axb_vendor_push_call_release_response"]["result"]["success"]


def test_a_message_in_ucs2_is_read() -> None:
    event = {**ENDED, "sms_content": "您的快递".encode("utf-16-be").hex()}
    (contact,) = ALIQIN.contacts(aliqin(top(event)))
    assert (contact.channel, contact.claims["text"]) == (Channel.SMS, "您的快递")


@pytest.mark.parametrize("text", ["1234", "验证码", "", "00", "code 1234", "D83D"])
def test_a_text_that_is_no_ucs2_stays_as_it_is(text: str) -> None:
    assert ucs2(text) == text


def test_heartbeats_are_accepted_and_no_contact() -> None:
    assert ALIQIN.contacts(aliqin(top({}, method="heart.beat"))) == []
    assert ALIQIN.contacts(aliqin(top({})))[0].claims["malformed"]


PUSHED = aliqin(top(ENDED))
ALIQIN_FORGED = {
    "no sign": replace(PUSHED, body=PUSHED.body.partition(b"&sign=")[0]),
    "another number": replace(PUSHED, body=PUSHED.body.replace(b"14012345671", b"14012345673")),
    "an added parameter": replace(PUSHED, body=PUSHED.body + b"&x=1"),
    "an added query": replace(PUSHED, target=PUSHED.target + "?x=1"),
    "no text": replace(PUSHED, body=b"\xff"),
    "a quarter of an hour old": aliqin(top(ENDED, NOW - timedelta(minutes=15))),
    "a quarter of an hour early": aliqin(top(ENDED, NOW + timedelta(minutes=15))),
}


@pytest.mark.parametrize("request_", ALIQIN_FORGED.values(), ids=ALIQIN_FORGED.keys())
def test_anything_the_app_secret_did_not_sign_is_forged(request_: HookRequest) -> None:
    ALIQIN.check(PUSHED)
    with pytest.raises(ForgedError):
        ALIQIN.check(request_)
