"""The webhook application: admitted, recorded, answered; forged is 403 and counted, a full log is 503."""

import base64
import hashlib
import hmac
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from collector.config.file import HookConfig, WebConfig
from collector.config.value import Secret
from collector.hit import Channel
from collector.listeners.hooks import Hook, beside, create_app, receive
from collector.listeners.web import CanarySite
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.webhooks.signers import config, sns, target

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CALLS = HookConfig("calls", "twilio", key=Secret("12345"), public_url="https://hooks.example.net")
CALL = {"CallSid": "CA123", "From": "+12025550100", "To": "+12025550101"}


def client(records: Records, *hooks: HookConfig, trusted: str = "") -> FlaskClient:
    proxies = (ip_network(trusted),) if trusted else ()
    return create_app([Hook.of(hook) for hook in hooks], records, lambda: NOW, proxies).test_client()


def call(
    path: str = "/hooks/calls", token: str = "12345", parameters: dict[str, str] | None = None
) -> dict[str, object]:
    """Return what Flask's test client posts for a signed call."""
    parameters = CALL if parameters is None else parameters
    signed = CALLS.public_url + path + "".join(name + value for name, value in sorted(parameters.items()))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return {
        "path": path,
        "data": urlencode(parameters),
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"X-Twilio-Signature": signature},
    }


def test_a_signed_call_is_on_record_when_twilio_hears_the_answer(records: Records) -> None:
    response = client(records, CALLS).post(**call())
    assert response.status_code == 200
    assert response.text.endswith('<Reject reason="busy"/></Response>')
    (contact,) = records.contacts()
    assert (contact.channel, contact.beacon, contact.event_id) == (Channel.CALL, "+12025550101", "CA123")
    assert contact.verified


def test_a_retried_call_is_one_hit_and_gets_the_same_answer(records: Records) -> None:
    twilio = client(records, CALLS)
    answers = [
        twilio.post(**call(parameters={**CALL, "CallStatus": status})) for status in ("ringing", "ringing", "busy")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len(records.contacts()) == 1


def test_a_forged_call_is_refused_counted_and_logged_in_one_line(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="collector"):
        response = client(records, CALLS).post(**call(token="54321"))
    assert response.status_code == 403
    assert records.contacts() == []
    assert caplog.messages == ["hook calls: forged request from 127.0.0.1: X-Twilio-Signature is not this request's"]
    assert records.counters_after_close() == {"hooks.calls.forged": 1}


def test_a_log_that_cannot_be_written_gets_503_and_the_retry_is_recorded(records: Records) -> None:
    twilio = client(records, CALLS)
    records.fail()
    response = twilio.post(**call())
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    records.fail(on=False)
    assert twilio.post(**call()).status_code == 200
    assert len(records.contacts()) == 1
    assert records.counters_after_close() == {"hooks.calls.unavailable": 1}


def test_a_secret_path_is_part_of_the_address_and_of_what_is_signed(records: Records) -> None:
    twilio = client(records, replace(CALLS, secret_path=Secret("s3/cret")))
    assert twilio.post(**call("/hooks/calls")).status_code == 403
    assert twilio.post(**call("/hooks/calls/wrong")).status_code == 403
    assert twilio.post(**call("/hooks/calls/s3/cret")).status_code == 200
    assert client(records, CALLS).post(**call("/hooks/calls/s3/cret")).status_code == 403
    assert len(records.contacts()) == 1


def test_only_allowed_networks_are_heard_as_seen_through_trusted_proxies(records: Records) -> None:
    allowed = replace(CALLS, allow=(ip_network("198.51.100.0/24"),))
    message = call()
    assert client(records, allowed).post(**message).status_code == 403
    message["headers"] = {**call()["headers"], "X-Forwarded-For": "198.51.100.7"}  # type: ignore[dict-item]  # a dict
    assert client(records, allowed).post(**message).status_code == 403, "a stranger's claim"
    assert client(records, allowed, trusted="127.0.0.1/32").post(**message).status_code == 200


def test_unknown_hooks_and_methods_are_not_there(records: Records) -> None:
    twilio = client(records, CALLS)
    assert twilio.post("/hooks/other").status_code == 404
    assert twilio.post("/").status_code == 404
    assert twilio.delete("/hooks/calls").status_code == 405


def test_beside_the_pages_only_the_addresses_of_hooks_are_hooks(records: Records) -> None:
    """Any other path below /hooks/ is a visit like every other one."""
    site = CanarySite(WebConfig(listen=()), records, lambda: NOW)
    app = create_app([Hook.of(CALLS)], records, lambda: NOW)
    both = Client(beside(site, app, ["calls"]))
    assert both.post(**call()).status_code == 200
    assert both.get("/hooks/other").status_code == 200
    assert both.get("/hooks").status_code == 200
    assert [one.channel for one in records.contacts()] == [Channel.CALL, Channel.WEB, Channel.WEB]


def test_a_receipt_is_accepted_and_counted_but_no_hit(records: Records) -> None:
    twilio = client(records, CALLS)
    receipt = {"MessageSid": "SM1", "From": "+12025550101", "To": "+12025550100", "MessageStatus": "delivered"}
    assert twilio.post(**call(parameters=receipt)).status_code == 200
    assert twilio.post(**call(parameters={**CALL, "Direction": "outbound-api"})).status_code == 200
    assert records.contacts() == []
    assert records.counters_after_close() == {"hooks.calls.no_contact": 2}


def test_what_cannot_be_read_is_recorded_once_and_its_sender_told_why(records: Records) -> None:
    tencent = client(records, config("tencent"))
    for _ in range(2):
        response = tencent.post(target("tencent"), data=b"\xff", content_type="application/json")
        assert response.status_code == 400
        assert response.text == "recorded, but unreadable: not JSON\n"
    (contact,) = records.contacts()
    assert contact.raw == b"\xff"


def test_a_provider_that_signs_nothing_is_heard_at_its_secret_address_from_its_networks_alone(
    records: Records,
) -> None:
    body = json.dumps([{"call_id": "1", "call_type": 1, "secret_no": "14012345671", "peer_no": "14012345672"}])
    sent = {"data": body, "content_type": "application/json"}
    aliyun = client(records, config("aliyun"))
    assert aliyun.post("/hooks/aliyun", **sent).status_code == 403
    assert aliyun.post("/hooks/aliyun/an-address-somebody-guesses", **sent).status_code == 403
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert aliyun.post(target("aliyun"), **sent, environ_base=elsewhere).status_code == 403
    assert aliyun.post(target("aliyun"), **sent).json == {"code": 0, "msg": "接收成功"}
    assert [contact.beacon for contact in records.contacts()] == ["+8614012345671"]
    assert records.counters_after_close() == {"hooks.aliyun.forged": 3}


CONFIRMATION = sns(
    {
        "Type": "SubscriptionConfirmation",
        "Message": "You have chosen to subscribe",
        "Token": "t",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t",
    }
)


@pytest.mark.parametrize("fetch", [True, False], ids=["configured", "not configured"])
def test_a_subscription_is_visited_only_where_that_is_configured(
    records: Records, caplog: pytest.LogCaptureFixture, fetch: bool
) -> None:
    visited: list[str] = []

    def visit(address: str) -> bytes:
        visited.append(address)
        return b""

    with caplog.at_level(logging.WARNING, logger="collector"):
        answer = receive(Hook.of(config("ses", fetch=fetch)), CONFIRMATION, records, visit)
    assert answer.status == 200
    (contact,) = records.contacts()
    assert visited == ([contact.claims["subscribe_url"]] if fetch else [])
    assert ("waits for you" in caplog.text) is not fetch


def test_a_subscription_that_cannot_be_visited_stays_on_record(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    def unreachable(address: str) -> bytes:
        raise OSError(f"unreachable: {address[:10]}")

    with caplog.at_level(logging.WARNING, logger="collector"):
        assert receive(Hook.of(config("ses", fetch=True)), CONFIRMATION, records, unreachable).status == 200
    assert "cannot be confirmed: unreachable" in caplog.text
    assert len(records.contacts()) == 1
