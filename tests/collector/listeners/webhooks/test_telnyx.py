"""Telnyx: Ed25519 over time and body, the published call, messages to several receivers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.config.value import Secret
from collector.errors import ConfigError, ForgedError
from collector.hit import Channel
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.telnyx import TelnyxProvider
from tests.collector.listeners.webhooks.signers import NOW, config, published, telnyx

PROVIDER = TelnyxProvider(config("telnyx"))
CALL = published("telnyx_call_initiated.json")
MESSAGE = {
    "data": {
        "event_type": "message.received",
        "id": "e-1",
        "occurred_at": "2026-11-21T08:00:00.000+00:00",
        "payload": {
            "id": "m-1",
            "direction": "inbound",
            "from": {"phone_number": "+12025550133"},
            "to": [{"phone_number": "+12025550131"}, {"phone_number": "+12025550132"}],
            "text": "您的快递",
        },
    }
}


def event(kind: str, **payload: object) -> dict[str, Any]:
    data = {**CALL["data"], "event_type": kind, "payload": {**CALL["data"]["payload"], **payload}}
    return {"data": data}


def test_the_published_call_is_mapped_with_its_dashes_removed() -> None:
    PROVIDER.check(telnyx(CALL))
    (contact,) = PROVIDER.contacts(telnyx(CALL))
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.CALL, "+12025550131", "+12025550133")
    assert contact.event_id == "428c31b6-abf3-3bc1-b7f4-5013ef9657c1"
    assert contact.occurred_at == datetime(2018, 2, 2, 22, 25, 27, 521992, tzinfo=UTC)
    assert PROVIDER.answer([contact]).status == 200


def test_a_message_to_two_of_our_numbers_is_two_contacts_with_ids_of_their_own() -> None:
    first, second = PROVIDER.contacts(telnyx(MESSAGE))
    assert [first.beacon, second.beacon] == ["+12025550131", "+12025550132"]
    assert {first.channel, second.channel} == {Channel.SMS}
    assert first.event_id != second.event_id
    assert first.claims["text"] == "您的快递"


NO_CONTACTS = {
    "an outgoing call": event("call.initiated", direction="outgoing"),
    "the end of some call": event("call.hangup"),
    "a delivery report": {"data": {**MESSAGE["data"], "event_type": "message.finalized"}},
}


@pytest.mark.parametrize("document", NO_CONTACTS.values(), ids=NO_CONTACTS.keys())
def test_what_does_not_come_in_is_no_contact(document: Mapping[str, Any]) -> None:
    assert PROVIDER.contacts(telnyx(document)) == []


GOOD = telnyx(CALL)
FORGED = {
    "no signature": replace(GOOD, headers={"telnyx-timestamp": GOOD.header("telnyx-timestamp")}),
    "no time": replace(GOOD, headers={"telnyx-signature-ed25519": GOOD.header("telnyx-signature-ed25519")}),
    "another body": replace(GOOD, body=GOOD.body + b" "),
    "another time": replace(GOOD, headers={**GOOD.headers, "telnyx-timestamp": "1"}),
    "no base64": replace(GOOD, headers={**GOOD.headers, "telnyx-signature-ed25519": "签名"}),
    "too old": telnyx(CALL, NOW - timedelta(seconds=301)),
    "from the future": telnyx(CALL, NOW + timedelta(seconds=301)),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED.keys())
def test_anything_telnyx_did_not_sign_within_five_minutes_is_forged(request_: HookRequest) -> None:
    PROVIDER.check(GOOD)
    with pytest.raises(ForgedError):
        PROVIDER.check(request_)


UNREADABLE = {
    "a list": [],
    "no data": {},
    "no payload": {"data": {"event_type": "call.initiated"}},
    "no event_type": {"data": {"payload": {}}},
    "a message to nobody": {
        "data": {**MESSAGE["data"], "payload": {"id": "m-1", "to": []}},
    },
    "no called number": event("call.initiated", to=None),
}


@pytest.mark.parametrize("document", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_signed_message_nobody_can_read_is_recorded_with_the_reason(document: object) -> None:
    (contact,) = PROVIDER.contacts(telnyx(document))
    assert contact.claims["malformed"]


@pytest.mark.parametrize("key", [None, Secret("c2hvcnQ="), Secret("钥匙")], ids=["none", "too short", "no base64"])
def test_a_key_that_is_none_is_refused(key: Secret | None) -> None:
    with pytest.raises(ConfigError, match=r"webhooks\.telnyx\.key"):
        TelnyxProvider(config("telnyx", key=key))
