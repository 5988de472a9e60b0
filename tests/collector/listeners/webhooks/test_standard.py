"""Standard Webhooks: the specification's own vector, what is forged, and the documented body."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config.file import HookConfig
from collector.config.value import Secret
from collector.errors import ConfigError, ForgedError
from collector.hit import GENESIS, Channel, Contact, parse_hit, seal
from collector.listeners.webhooks.request import HookRequest
from collector.listeners.webhooks.standard import StandardProvider

KEY = base64.b64encode(b"0123456789abcdef01234567").decode()
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PROVIDER = StandardProvider(HookConfig("own", "standard", key=Secret(f"whsec_{KEY}")))
BODY = {
    "channel": "sms",
    "beacon": "0086 140-1234-5678",
    "peer": "10690000",
    "occurred_at": "2026-11-21T16:00:00+08:00",
    "text": "王女士",
    "name": "王女士",
}


def sign(identity: str, sent_at: str, body: bytes, key: str = KEY) -> str:
    signed = f"{identity}.{sent_at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(base64.b64decode(key), signed, hashlib.sha256).digest()).decode()


def request(
    body: object = None, *, identity: str = "msg_1", at: datetime = NOW, signature: str | None = None
) -> HookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(BODY if body is None else body).encode()
    sent_at = str(int(at.timestamp()))
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": sent_at,
        "webhook-signature": sign(identity, sent_at, raw) if signature is None else signature,
    }
    return HookRequest("POST", "/hooks/own", headers, raw, NOW)


def test_the_specifications_vector_is_accepted() -> None:
    """Key, id, time, body and signature as the reference libraries' tests have them."""
    provider = StandardProvider(HookConfig("own", "standard", key=Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
    body = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    provider.check(HookRequest("POST", "/", headers, body, at))
    with pytest.raises(ForgedError):
        provider.check(HookRequest("POST", "/", headers, body + b" ", at))


def test_the_documented_body_is_mapped() -> None:
    """Numbers become E.164 where they say their country; short codes stay; other texts are claims."""
    PROVIDER.check(request())
    (contact,) = PROVIDER.contacts(request())
    assert contact == Contact(
        Channel.SMS,
        "+8614012345678",
        "10690000",
        occurred_at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        event_id="msg_1",
        provider="standard",
        verified=True,
        claims={"text": "王女士", "name": "王女士"},
        raw=request().body,
    )
    assert PROVIDER.answer([contact]).status == 204


@pytest.mark.parametrize(
    ("channel", "beacon", "expected"),
    [
        ("call", "+1 (202) 555-0100", "+12025550100"),
        ("call", "14012345678", "14012345678"),
        ("mail", "Token@Mail.Example.com", "token@mail.example.com"),
        ("dns", "X.T.Example.net.", "x.t.example.net"),
        ("web", "https://track.example.net/T/1", "https://track.example.net/T/1"),
        ("post", "浙江省杭州市余杭区1栋", "浙江省杭州市余杭区1栋"),
        ("access", "YT8000000000123", "YT8000000000123"),
    ],
)
def test_every_channel_takes_its_own_form_of_beacon(channel: str, beacon: str, expected: str) -> None:
    """As the listeners of those channels write it."""
    (contact,) = PROVIDER.contacts(request({"channel": channel, "beacon": beacon}))
    assert (contact.channel, contact.beacon, contact.peer) == (channel, expected, "")


RIGHT = request().header("webhook-signature")
ACCEPTED = {
    "several signatures": request(signature=f"v1,bm9wZQ== v1a,x {RIGHT}"),
    "five minutes late": request(at=NOW - timedelta(seconds=300)),
    "five minutes early": request(at=NOW + timedelta(seconds=300)),
}


@pytest.mark.parametrize("request_", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_rotated_keys_and_small_clock_errors_are_accepted(request_: HookRequest) -> None:
    """One right signature among several is enough."""
    PROVIDER.check(request_)


def without(name: str) -> HookRequest:
    headers = {key: value for key, value in request().headers.items() if key != name}
    return replace(request(), headers=headers)


FORGED = {
    "no id": without("webhook-id"),
    "no time": without("webhook-timestamp"),
    "no signature": without("webhook-signature"),
    "another key": request(signature=sign("msg_1", str(int(NOW.timestamp())), request().body, "A" * 32)),
    "another version": request(signature=RIGHT.replace("v1,", "v2,")),
    "a changed body": replace(request(), body=request().body + b" "),
    "another id": replace(request(), headers={**request().headers, "webhook-id": "msg_2"}),
    "too old": request(at=NOW - timedelta(seconds=301)),
    "from the future": request(at=NOW + timedelta(seconds=301)),
    "a time that is no number": replace(request(), headers={**request().headers, "webhook-timestamp": "-1"}),
    "a time in other digits": replace(request(), headers={**request().headers, "webhook-timestamp": "١٢٣"}),
    "an endless time": replace(request(), headers={**request().headers, "webhook-timestamp": "9" * 5000}),
    "an endless id": request(identity="x" * 5000),
    "the right one behind too many": request(signature="v1,eA== " * 100 + RIGHT),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED.keys())
def test_anything_else_is_forged(request_: HookRequest) -> None:
    """Signature, id, time and body belong together."""
    with pytest.raises(ForgedError):
        PROVIDER.check(request_)


UNREADABLE: dict[str, tuple[object, str]] = {
    "not JSON": (b"{", "not a JSON object"),
    "not UTF-8": (b"\xff", "not a JSON object"),
    "deep nesting": (b"[" * 100_000, "not a JSON object"),
    "a list": ([], "not a JSON object"),
    "no channel": ({"beacon": "x"}, "channel must be one of call, sms"),
    "an unknown channel": ({"channel": "pigeon", "beacon": "x"}, "channel must be one of"),
    "no beacon": ({"channel": "call"}, "beacon is missing"),
    "a beacon that is a number": ({"channel": "call", "beacon": 1}, "beacon is missing"),
    "a time without zone": ({**BODY, "occurred_at": "2026-11-21T08:00:00"}, "must name its zone"),
    "a time that is none": ({**BODY, "occurred_at": "yesterday"}, "must be a time"),
}


@pytest.mark.parametrize(("body", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_signed_body_that_cannot_be_read_is_recorded_and_its_sender_told(body: object, reason: str) -> None:
    """400 with the reason; the bytes are kept."""
    (contact,) = PROVIDER.contacts(request(body))
    assert reason in contact.claims["malformed"]
    assert contact.raw == request(body).body
    answer = PROVIDER.answer([contact])
    assert (answer.status, reason in answer.body) == (400, True)


@pytest.mark.parametrize(
    ("key", "message"),
    [(None, "key is missing"), ("whsec_!!!", "must be whsec_"), ("whsec_c2hvcnQ=", "at least 16 bytes")],
    ids=["none", "no base64", "short"],
)
def test_keys_that_could_be_guessed_are_refused(key: str | None, message: str) -> None:
    """And never shown."""
    with pytest.raises(ConfigError, match=message):
        StandardProvider(HookConfig("own", "standard", key=Secret(key) if key else None))


@given(st.binary(max_size=200) | st.dictionaries(st.sampled_from(sorted(BODY)), st.text(max_size=20)))
def test_any_body_gives_a_contact_that_can_be_recorded(body: object) -> None:
    """No exception escapes the mapping."""
    (contact,) = PROVIDER.contacts(request(body))
    hit = seal(contact, seq=1, received_at=NOW, log="0123abcd", prev=GENESIS)
    assert parse_hit(hit.to_line()) == hit
