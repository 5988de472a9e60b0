"""Twilio's signature by its published vectors, and the mapping of calls and messages."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config.file import HookConfig
from collector.config.value import Secret
from collector.errors import ConfigError, ForgedError
from collector.hit import GENESIS, Channel, parse_hit, seal
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.twilio import TwilioProvider, check_signature
from tests.collector.listeners.webhooks import signers

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[3] / "vectors" / "payloads"
PUBLISHED: dict[str, Any] = json.loads((PAYLOADS / "twilio_signature_vectors.json").read_text())
SIGNED_CALL: dict[str, Any] = json.loads((PAYLOADS / "twilio_voice_inbound_signed.json").read_text())
HOOK = HookConfig("calls", "twilio", key=Secret("12345"), public_url="https://hooks.example.net")
PROVIDER = TwilioProvider(HOOK)
FORM = "application/x-www-form-urlencoded"


def sign(url: str, parameters: Mapping[str, str] | None = None, token: str = "12345") -> str:
    signed = url + "".join(name + value for name, value in sorted((parameters or {}).items()))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def posted(parameters: Mapping[str, str], target: str = "/hooks/calls", signature: str | None = None) -> HookRequest:
    signature = sign(HOOK.public_url + target, parameters) if signature is None else signature
    headers = {"content-type": FORM, "x-twilio-signature": signature}
    return HookRequest("POST", target, headers, urlencode(parameters).encode(), NOW)


CALL = {"CallSid": "CA123", "From": "+12025550100", "To": "+12025550101", "CallStatus": "ringing", "CallerName": "王"}
MESSAGE = {"MessageSid": "SM123", "SmsSid": "SM123", "From": "+12025550100", "To": "+12025550101", "Body": "您的快递"}


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: vector.get("note", vector["signature"]))
def test_published_vectors(vector: dict[str, Any]) -> None:
    """Ports present, stripped and added, repeated keys, a JSON body by its digest, and a fake."""
    if "raw_body" in vector:
        body, is_form = vector["raw_body"].encode(), False
    else:
        pairs = vector.get("params_override") or list(PUBLISHED["params"].items())
        body, is_form = urlencode([(name, value) for name, value in pairs]).encode(), True

    def check() -> None:
        check_signature(PUBLISHED["auth_token"], vector["url"], body, vector["signature"], is_form=is_form)

    if vector["valid"]:
        check()
    else:
        with pytest.raises(ForgedError):
            check()


def test_a_published_call_is_accepted_and_mapped() -> None:
    """Caller, called number, event id and what Twilio says of the caller."""
    hook = replace(HOOK, key=Secret(SIGNED_CALL["auth_token"]), public_url="http://www.postbin.org")
    provider = TwilioProvider(hook)
    headers = {name.lower(): value for name, value in SIGNED_CALL["headers"].items()} | {"content-type": FORM}
    request = HookRequest("POST", "/1ed898x", headers, urlencode(SIGNED_CALL["form"]).encode(), NOW)
    provider.check(request)
    (contact,) = provider.contacts(request)
    assert contact.channel == Channel.CALL
    assert contact.beacon == SIGNED_CALL["form"]["To"]
    assert contact.peer == SIGNED_CALL["form"]["From"]
    assert contact.event_id == "CAd800bb12c0426a7ea4230e492fef2a4f"
    assert (contact.provider, contact.verified) == ("twilio", True)
    assert contact.claims["caller_name"] == "CA Wireless Call"
    assert contact.claims["from_city"] == "SOUTH LAKE TAHOE"


@pytest.mark.parametrize(
    ("parameters", "channel", "event_id"),
    [(CALL, Channel.CALL, "CA123"), (MESSAGE, Channel.SMS, "SM123")],
    ids=["a call", "a message"],
)
def test_forms_are_mapped(parameters: dict[str, str], channel: Channel, event_id: str) -> None:
    """The channel follows from the kind of id."""
    request = posted(parameters)
    PROVIDER.check(request)
    (contact,) = PROVIDER.contacts(request)
    assert (contact.channel, contact.event_id) == (channel, event_id)
    assert (contact.beacon, contact.peer) == ("+12025550101", "+12025550100")
    assert contact.raw == request.body
    assert "malformed" not in contact.claims


def test_what_a_message_says_is_claimed() -> None:
    """`text` is what attribution reads."""
    assert PROVIDER.contacts(posted(MESSAGE))[0].claims["text"] == "您的快递"


def test_json_bodies_and_queries_are_mapped_too() -> None:
    """JSON signed by its digest; a GET signed with its query."""
    body = json.dumps(CALL).encode()
    target = f"/hooks/calls?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json", "x-twilio-signature": sign(HOOK.public_url + target)}
    request = HookRequest("POST", target, headers, body, NOW)
    PROVIDER.check(request)
    assert PROVIDER.contacts(request)[0].event_id == "CA123"

    target = "/hooks/calls?" + urlencode(CALL)
    request = HookRequest("GET", target, {"x-twilio-signature": sign(HOOK.public_url + target)}, b"", NOW)
    PROVIDER.check(request)
    assert PROVIDER.contacts(request)[0].beacon == "+12025550101"


GOOD = posted(CALL)
FORGED = {
    "no signature": posted(CALL, signature=""),
    "another key": posted(CALL, signature=sign("https://hooks.example.net/hooks/calls", CALL, "54321")),
    "a changed number": replace(GOOD, body=GOOD.body.replace(b"5550101", b"5550102")),
    "an added parameter": replace(GOOD, body=GOOD.body + b"&Body=x"),
    "another address": replace(GOOD, target="/hooks/other"),
    "an added query": replace(GOOD, target="/hooks/calls?x=1"),
    "a form called JSON": replace(GOOD, headers={**GOOD.headers, "content-type": "application/json"}),
    "a body that is not text": replace(GOOD, body=b"\xff\xfe"),
    "too many parameters": replace(GOOD, body=b"&".join(b"a%d=1" % number for number in range(1000))),
    "a signature that is not ASCII": posted(CALL, signature="\u6c49"),
    "a wrong digest of the body": HookRequest(
        "POST",
        "/hooks/calls?bodySHA256=00",
        {
            "content-type": "application/json",
            "x-twilio-signature": sign(HOOK.public_url + "/hooks/calls?bodySHA256=00"),
        },
        b"{}",
        NOW,
    ),
    "JSON behind a signature for no body": HookRequest(
        "POST",
        "/hooks/calls",
        {"content-type": "application/json", "x-twilio-signature": sign(HOOK.public_url + "/hooks/calls")},
        json.dumps(CALL).encode(),
        NOW,
    ),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED.keys())
def test_anything_twilio_did_not_sign_is_forged(request_: HookRequest) -> None:
    """And the reason never repeats the payload."""
    PROVIDER.check(GOOD)
    with pytest.raises(ForgedError) as caught:
        PROVIDER.check(request_)
    assert "555" not in str(caught.value)


def test_a_caller_is_turned_away_as_configured_and_a_message_gets_no_reply() -> None:
    """Busy by default: a caller who hears a normal failure learns nothing."""
    call, message = PROVIDER.contacts(posted(CALL)), PROVIDER.contacts(posted(MESSAGE))
    assert PROVIDER.answer(call).body.endswith('<Response><Reject reason="busy"/></Response>')
    assert PROVIDER.answer(message).body.endswith("<Response/>")
    assert PROVIDER.answer(message).content_type.startswith("text/xml")
    rejecting = TwilioProvider(replace(HOOK, answer="rejected"))
    assert 'reason="rejected"' in rejecting.answer(call).body


def test_a_signed_request_that_is_neither_call_nor_message_is_recorded_as_malformed() -> None:
    """Twilio signed it, so it is kept."""
    (contact,) = PROVIDER.contacts(posted({"AccountSid": "AC1"}))
    assert contact.claims["malformed"] == "neither call nor message"
    assert contact.event_id is None


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        (replace(HOOK, key=None), "webhooks.calls.key is missing"),
        (replace(HOOK, public_url=""), "webhooks.calls.public_url must be"),
        (replace(HOOK, public_url="hooks.example.net"), "webhooks.calls.public_url must be"),
    ],
    ids=["no key", "no address", "an address without scheme"],
)
def test_what_is_needed_to_check_signatures_is_asked_for(hook: HookConfig, message: str) -> None:
    """A hook that could check nothing does not start."""
    with pytest.raises(ConfigError, match=message):
        TwilioProvider(hook)


@pytest.mark.parametrize("sent", [CALL, MESSAGE], ids=["a call", "a message"])
def test_what_twilios_own_package_signs_is_accepted(sent: dict[str, str]) -> None:
    """In any script."""
    request = signers.twilio(sent)
    TwilioProvider(signers.config("twilio")).check(request)
    with pytest.raises(ForgedError):
        TwilioProvider(signers.config("twilio")).check(replace(request, body=request.body + b"&x=1"))


OURS = {
    "a delivery receipt": {"MessageSid": "SM1", "From": "+12025550101", "To": "+12025550100", "MessageStatus": "sent"},
    "a call we made": {**CALL, "Direction": "outbound-api"},
}


@pytest.mark.parametrize("sent", OURS.values(), ids=OURS.keys())
def test_what_we_sent_ourselves_is_no_contact(sent: dict[str, str]) -> None:
    """Only what comes in counts; it is accepted all the same."""
    assert PROVIDER.contacts(posted(sent)) == []
    assert PROVIDER.answer([]).status == 200


def test_an_incoming_message_with_its_status_is_a_contact() -> None:
    """Twilio gives incoming ones a status too."""
    assert len(PROVIDER.contacts(posted({**MESSAGE, "SmsStatus": "received"}))) == 1


def test_a_secret_path_is_not_kept_in_the_record() -> None:
    """Of a GET only the query is."""
    request = HookRequest("GET", "/hooks/calls/secret?" + urlencode(CALL), {}, b"", NOW)
    assert PROVIDER.contacts(request)[0].raw == urlencode(CALL).encode()


@given(st.binary(max_size=200), st.text(max_size=80), st.sampled_from([FORM, "application/json", ""]))
def test_any_body_gives_a_contact_that_can_be_recorded(body: bytes, target: str, kind: str) -> None:
    """Only ForgedError comes out of the check, nothing out of the mapping."""
    request = HookRequest("POST", target, {"content-type": kind, "x-twilio-signature": "x"}, body, NOW)
    with pytest.raises(ForgedError):
        PROVIDER.check(request)
    for contact in PROVIDER.contacts(request):
        hit = seal(contact, seq=1, received_at=NOW, log="0123abcd", prev=GENESIS)
        assert parse_hit(hit.to_line()) == hit
