"""Vonage: tokens and `sig` by the provider's own code, and the mapping of calls, messages and receipts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from vonage_http_client.auth import Auth  # type: ignore[import-untyped]  # the package ships no types
from vonage_jwt import verify_signature  # type: ignore[import-untyped]  # the package ships no types

from collector.errors import ConfigError, ForgedError
from collector.hit import Channel
from collector.listeners.webhooks.bearer import token_claims
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.vonage import VonageProvider
from tests.collector.listeners.webhooks.signers import (
    FORM,
    JSON,
    KEYS,
    NOW,
    config,
    jwt,
    posted,
    published,
    seconds,
    target,
    vonage,
)

SECRET = KEYS["vonage"]
PROVIDER = VonageProvider(config("vonage"))
VECTOR = published("vonage_jwt_vector.json")
CALL = published("vonage_answer_webhook.json")
MESSAGE = {key: value for key, value in published("vonage_inbound_sms.json").items() if key != "timestamp"}


def sms(method: str | None = "sha256", at: datetime = NOW, **changes: str) -> HookRequest:
    """Return an SMS signed by Vonage's own package, or by the plain MD5 that it no longer makes."""
    sent = {**MESSAGE, "timestamp": seconds(at), **changes}
    if method is None:
        pairs = "".join(f"&{key}={sent[key]}" for key in sorted(sent))
        sig = hashlib.md5(f"{pairs}{SECRET}".encode()).hexdigest()
    else:
        sig = Auth(api_key="k", signature_secret=SECRET, signature_method=method).sign_params(dict(sent))
    return posted("vonage", urlencode({**sent, "sig": sig}).encode(), {"Content-Type": FORM})


def asked(sent: Mapping[str, str], at: datetime = NOW, **claims: str) -> HookRequest:
    """Return the GET that Vonage makes by default when a call comes in."""
    token = jwt(SECRET, {"iat": int(at.timestamp()), "jti": "1", **claims})
    return HookRequest("GET", f"{target('vonage')}?{urlencode(sent)}", {"authorization": f"Bearer {token}"}, b"", NOW)


def test_the_published_token_is_ours_with_its_secret_and_nobodys_with_another() -> None:
    assert token_claims(VECTOR["valid_secret"], VECTOR["token"])["iat"] == 1697634680
    with pytest.raises(ForgedError):
        token_claims(VECTOR["invalid_secret"], VECTOR["token"])


def test_vonages_own_package_accepts_the_tokens_of_these_tests() -> None:
    assert verify_signature(jwt(SECRET, {"iat": 1}), SECRET)
    assert not verify_signature(jwt("another", {"iat": 1}), SECRET)


def test_a_call_is_mapped_and_ended() -> None:
    PROVIDER.check(vonage(CALL))
    (contact,) = PROVIDER.contacts(vonage(CALL))
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.CALL, "+447700900000", "+442079460000")
    assert contact.event_id == CALL["uuid"]
    assert contact.verified
    assert PROVIDER.answer([contact]).body == "[]"


def test_a_call_announced_by_get_is_taken_for_minutes_and_says_what_is_signed() -> None:
    PROVIDER.check(asked(CALL))
    (contact,) = PROVIDER.contacts(asked(CALL))
    assert contact.claims["signature_covers"] == "sender and time"
    assert b"to=447700900000" in contact.raw
    with pytest.raises(ForgedError):
        PROVIDER.check(asked(CALL, NOW - timedelta(seconds=301)))


def test_a_call_announced_by_get_with_a_hash_of_its_parameters_is_wholly_signed() -> None:
    """As Vonage's support describes it: the parameters in their order, as JSON without spaces."""
    digest = hashlib.sha256(json.dumps(CALL, separators=(",", ":")).encode()).hexdigest()
    request = asked(CALL, NOW - timedelta(hours=1), payload_hash=digest)
    PROVIDER.check(request)
    assert "signature_covers" not in PROVIDER.contacts(request)[0].claims
    with pytest.raises(ForgedError):
        PROVIDER.check(replace(request, target=request.target.replace("447700900000", "447700900001")))


def test_a_hash_of_the_body_without_its_spaces_is_the_bodys_too() -> None:
    """Vonage hashes its object, which the sent text may show with spaces."""
    spaced, compact = json.dumps(CALL).encode(), json.dumps(CALL, separators=(",", ":")).encode()
    claims = {"iat": int(NOW.timestamp()), "payload_hash": hashlib.sha256(compact).hexdigest()}
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {jwt(SECRET, claims)}"}
    PROVIDER.check(posted("vonage", spaced, headers))


def test_what_happens_next_to_a_call_is_the_same_hit() -> None:
    (contact,) = PROVIDER.contacts(vonage(published("vonage_event_completed.json")))
    assert contact.event_id == CALL["uuid"]
    assert contact.occurred_at == datetime(2020, 1, 1, 12, tzinfo=UTC)
    assert PROVIDER.answer([contact]).body == ""


@pytest.mark.parametrize("method", [None, "md5", "sha1", "sha256", "sha512"])
def test_messages_signed_in_each_of_vonages_ways_are_mapped(method: str | None) -> None:
    PROVIDER.check(sms(method))
    (contact,) = PROVIDER.contacts(sms(method))
    assert (contact.channel, contact.beacon, contact.peer) == (Channel.SMS, "+447700900000", "+447700900001")
    assert contact.event_id == "0A0000000123ABCD1"
    assert contact.occurred_at == datetime(2020, 1, 1, 12, tzinfo=UTC)
    assert (contact.claims["text"], contact.claims["concat_part"]) == ("Hello world", "2")


def test_characters_that_part_parameters_are_signed_as_underscores() -> None:
    PROVIDER.check(sms(text="a=b&to=x"))
    assert PROVIDER.contacts(sms(text="a=b&to=x"))[0].claims["text"] == "a=b&to=x"


MESSAGES_API = {"message_uuid": "m-1", "from": "447700900001", "to": "447700900000", "channel": "sms", "text": "您好"}


@pytest.mark.parametrize(
    "document",
    [
        MESSAGES_API,
        {
            **MESSAGES_API,
            "from": {"type": "sms", "number": "447700900001"},
            "to": {"type": "sms", "number": "447700900000"},
        },
    ],
    ids=["numbers as texts", "numbers in objects"],
)
def test_messages_of_the_messages_api_are_mapped(document: Mapping[str, Any]) -> None:
    (contact,) = PROVIDER.contacts(vonage(document))
    assert (contact.beacon, contact.peer, contact.claims["text"]) == ("+447700900000", "+447700900001", "您好")


NO_CONTACTS = {
    "a delivery receipt": {"messageId": "1", "msisdn": "447700900001", "to": "Acme", "status": "delivered"},
    "a status of the Messages API": {"message_uuid": "m", "to": "1", "from": "2", "status": "read"},
    "a call we made": {**CALL, "direction": "outbound", "status": "ringing"},
    "a recording": {"recording_url": "https://example.com", "conversation_uuid": "CON-1", "recording_uuid": "r"},
}


@pytest.mark.parametrize("document", NO_CONTACTS.values(), ids=NO_CONTACTS.keys())
def test_what_we_sent_ourselves_is_no_contact(document: Mapping[str, Any]) -> None:
    assert PROVIDER.contacts(vonage(document)) == []
    assert PROVIDER.answer([]).status == 200


GOOD = vonage(CALL)


def token(claims: Mapping[str, Any], secret: str = SECRET, **header: str) -> HookRequest:
    made = jwt(secret, claims, {"typ": "JWT", "alg": "HS256", **header})
    return replace(GOOD, headers={**GOOD.headers, "authorization": f"Bearer {made}"})


HASH = hashlib.sha256(GOOD.body).hexdigest()
FORGED = {
    "no token and no sig": replace(GOOD, headers={"content-type": JSON}),
    "no sig in the form": posted("vonage", urlencode(MESSAGE).encode(), {"Content-Type": FORM}),
    "another body": replace(GOOD, body=GOOD.body + b" "),
    "another secret": token({"iat": int(NOW.timestamp()), "payload_hash": HASH}, "another"),
    "a token without the body's hash": token({"iat": int(NOW.timestamp())}),
    "a token without a time": token({"payload_hash": HASH}),
    "a time that is a word": token({"payload_hash": HASH, "iat": "now"}),
    "a token of last week": token({"payload_hash": HASH, "iat": int(NOW.timestamp()) - 7 * 86400}),
    "a token of tomorrow": token({"payload_hash": HASH, "iat": int(NOW.timestamp()) + 86400}),
    "a token that has expired": token(
        {"payload_hash": HASH, "iat": int(NOW.timestamp()) - 60, "exp": int(NOW.timestamp()) - 1}
    ),
    "another algorithm": token({"iat": int(NOW.timestamp()), "payload_hash": HASH}, alg="none"),
    "two parts": replace(GOOD, headers={"authorization": "Bearer a.b"}),
    "an endless token": replace(GOOD, headers={"authorization": "Bearer " + "a.b." * 5000}),
    "a changed text": replace(sms(), body=sms().body.replace(b"Hello", b"Hallo")),
    "a sig of no known length": replace(sms(), body=sms().body + b"00"),
    "a message of last week": sms(at=NOW - timedelta(days=7)),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED.keys())
def test_anything_vonage_did_not_sign_is_forged(request_: HookRequest) -> None:
    PROVIDER.check(GOOD)
    with pytest.raises(ForgedError):
        PROVIDER.check(request_)


def test_a_message_sent_again_for_a_day_is_still_taken() -> None:
    PROVIDER.check(sms(at=NOW - timedelta(hours=23)))


def test_a_signed_message_nobody_can_read_is_recorded_with_the_reason() -> None:
    (contact,) = PROVIDER.contacts(vonage({"hello": "world"}))
    assert contact.claims["malformed"] == "neither call nor message"


def test_without_the_signature_secret_nothing_starts() -> None:
    with pytest.raises(ConfigError, match=r"webhooks\.vonage\.key is missing"):
        VonageProvider(config("vonage", key=None))
    assert "a-signature" not in json.dumps(repr(config("vonage")))
