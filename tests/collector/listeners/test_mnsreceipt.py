"""What the messages of queues tell, and that it is what the webhooks tell."""

import json
from pathlib import Path

import pytest

from collector.hit import Channel
from collector.listeners.mnsreceipt import contacts_of
from collector.listeners.mnswire import Received

VECTOR = Path(__file__).parents[2] / "vectors" / "payloads" / "aliyun_secret_report_http.json"
SMS_UP = {
    "phone_number": "14012340000",
    "content": "王女士,您的快递到了",
    "dest_code": "14012345678",
    "send_time": "2026-11-22 16:00:00",
    "sign_name": "x",
    "sequence_id": 42,
}


def test_a_call_that_came_by_webhook_too_is_the_same_event() -> None:
    body = VECTOR.read_text("utf-8")
    found = contacts_of(Received("1", "h", body), "SecretReport", verified=True)
    assert {one.provider for one in found} == {"aliyun"}
    assert [one.event_id for one in found] == [item["call_id"] for item in json.loads(body) if item["call_type"] == 1]


def test_an_answer_to_our_messages_is_recorded() -> None:
    message = Received("1", "h", json.dumps(SMS_UP))
    (contact,) = contacts_of(message, "SmsUp", verified=True)
    assert (contact.channel, contact.event_id) == (Channel.SMS, "smsup:42")
    assert (contact.beacon, contact.peer) == ("+8614012345678", "+8614012340000")
    assert contact.claims["text"] == SMS_UP["content"]


@pytest.mark.parametrize("is_tls", [True, False])
def test_a_message_is_verified_where_the_queue_was_read_over_tls(is_tls: bool) -> None:
    for kind, body in (("SmsUp", json.dumps(SMS_UP)), ("SecretReport", VECTOR.read_text("utf-8")), ("SmsUp", "?")):
        found = contacts_of(Received("1", "h", body), kind, verified=is_tls)
        assert {one.verified for one in found} == {is_tls}


@pytest.mark.parametrize("missing", ["phone_number", "sequence_id"])
def test_an_answer_without_its_sender_or_number_is_malformed(missing: str) -> None:
    body = json.dumps({**SMS_UP, missing: ""})
    (contact,) = contacts_of(Received("1", "h", body), "SmsUp", verified=True)
    assert contact.claims["malformed"] == "a message without phone_number or sequence_id"
    assert contact.raw == body.encode()
