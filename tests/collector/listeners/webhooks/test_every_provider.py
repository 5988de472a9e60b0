"""What holds for every provider: bytes of any kind, what the configuration must have, what it refuses."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import limits
from collector.config.file import HookConfig
from collector.config.value import Secret
from collector.errors import ConfigError, ForgedError
from collector.listeners.webhooks import PROVIDERS, provider_for
from collector.listeners.webhooks.payload import read_at
from collector.listeners.webhooks.request import HookRequest, chinese, international, refusal
from tests.collector.listeners.webhooks.signers import FORM, JSON, NOW, UNSIGNED, config, recordable, target

SIGNING = ("twilio", "vonage", "telnyx", "plivo", "aliqin", "mailgun", "standard")
CONTRACT = (*SIGNING, "aliyun", "huawei", "tencent", "sendgrid", "postmark", "ses")
BUILT = {name: provider_for(config(name)) for name in CONTRACT}
HEADERS = (
    *("authorization", "x-twilio-signature", "telnyx-signature-ed25519", "telnyx-timestamp", "x-plivo-signature-v3"),
    *("x-plivo-signature-v3-nonce", "x-aksk", "x-wsse", "x-twilio-email-event-webhook-signature"),
    *("x-twilio-email-event-webhook-timestamp", "webhook-id", "webhook-timestamp", "webhook-signature"),
)
MULTIPART = "multipart/form-data; boundary=b"
# Keys that some provider reads: generated values reach the mapping behind them.
KEYS = (
    *("data", "payload", "event_type", "direction", "to", "from", "uuid", "messageId", "msisdn", "status", "text"),
    *("CallUUID", "MessageUUID", "To", "From", "CallSid", "call_id", "secret_no", "call_type", "send_no", "sms_type"),
    *("eventType", "statusInfo", "feeLst", "smsEvent", "sessionId", "called", "bindNum", "timestamp", "callId"),
    *("dstVirtualNum", "method", "end_call_request", "recipient", "message-headers", "body-mime", "sender"),
    *("envelope", "charsets", "headers", "MessageID", "OriginalRecipient", "Headers", "Name", "Value", "Type"),
    *("Message", "mail", "receipt", "recipients", "notificationType", "content", "action", "SubscribeURL"),
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["call.initiated", "message.received", "incoming", "callin", "fee", "Received", "Notification", "2026-11-21"]
    )
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return JSON of known keys, a form, a multipart form, or just bytes."""
    kind = draw(st.sampled_from(["json", "form", "multipart", "bytes"]))
    if kind == "json":
        return json.dumps(draw(DOCUMENTS)).encode("utf-8", "replace")
    pairs = draw(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=30), max_size=8))
    if kind == "form":
        return urlencode(pairs, errors="replace").encode()
    if kind == "multipart":
        part = "--b\r\nContent-Disposition: form-data; name={}\r\n\r\n{}\r\n"
        return ("".join(part.format(*pair) for pair in pairs.items()) + "--b--").encode("utf-8", "replace")
    return draw(st.binary(max_size=200))


@pytest.mark.parametrize("name", CONTRACT)
@settings(derandomize=True, deadline=None)
@given(
    body=bodies(),
    kind=st.sampled_from([JSON, FORM, MULTIPART, "multipart/form-data", ""]),
    query=st.text(max_size=30),
    headers=st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=60), max_size=4),
)
def test_any_bytes_give_contacts_that_can_be_recorded(
    name: str, body: bytes, kind: str, query: str, headers: dict[str, str]
) -> None:
    """Only ForgedError comes out of the check and nothing out of the mapping; the answer is always one."""
    request = HookRequest("POST", f"{target(name)}?{query}", {**headers, "content-type": kind}, body, NOW)
    provider = BUILT[name]
    with suppress(ForgedError):
        provider.check(request)
    contacts = provider.contacts(request)
    recordable(contacts)
    assert len(contacts) <= limits.MAX_COMMIT_HITS
    assert all(contact.provider == name for contact in contacts)
    answer = refusal(contacts) or provider.answer(contacts)
    assert answer.status in (200, 204, 400)
    assert "\n" not in answer.body.rstrip("\n")


@pytest.mark.parametrize("name", SIGNING)
def test_a_provider_that_signs_needs_its_key(name: str) -> None:
    with pytest.raises(ConfigError, match=f"webhooks.{name}.key is missing"):
        provider_for(config(name, key=None))


UNPROTECTED: dict[str, Any] = {
    "no secret path": {"secret_path": None},
    "a secret path that can be guessed": {"secret_path": Secret("short")},
    "no networks": {"allow": ()},
}


@pytest.mark.parametrize("name", [*UNSIGNED, "sendgrid"])
@pytest.mark.parametrize("changes", UNPROTECTED.values(), ids=UNPROTECTED.keys())
def test_a_provider_that_signs_nothing_needs_a_secret_address_and_named_networks(
    name: str, changes: dict[str, Any]
) -> None:
    complete = {**{key: getattr(config("aliyun"), key) for key in ("secret_path", "allow")}, "key": None}
    provider_for(config(name, **complete))
    with pytest.raises(ConfigError, match=f"webhooks.{name}.(secret_path|allow) must"):
        provider_for(config(name, **{**complete, **changes}))


def test_every_name_of_the_contract_is_built_and_no_other() -> None:
    assert set(PROVIDERS) == set(CONTRACT)
    with pytest.raises(ConfigError, match="twillio is not known; supported: twilio, vonage"):
        provider_for(HookConfig("calls", "twillio"))


def test_settings_for_amazon_are_refused_elsewhere() -> None:
    with pytest.raises(ConfigError, match="topics and fetch are for ses alone"):
        provider_for(config("twilio", fetch=True))


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("14012345678", "+8614012345678"),
        ("8614012345678", "+8614012345678"),
        ("+8614012345678", "+8614012345678"),
        ("008614012345678", "+8614012345678"),
        ("057112345678", "+8657112345678"),
        ("01012345678", "+861012345678"),
        ("95554", "95554"),
        ("4001234567", "4001234567"),
        ("106912345678", "106912345678"),
        ("10691234567", "10691234567"),
        ("140****5678", "140****5678"),
        ("", ""),
    ],
)
def test_chinese_numbers_get_their_country_code_and_service_numbers_stay(received: str, expected: str) -> None:
    assert chinese(received) == expected


@pytest.mark.parametrize(
    ("received", "expected"),
    [("447700900000", "+447700900000"), ("+447700900000", "+447700900000"), ("12345", "12345"), ("Acme", "Acme")],
)
def test_numbers_without_a_plus_get_one_unless_they_are_too_short(received: str, expected: str) -> None:
    assert international(received) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "0001-01-01T00:00:00+08:00", "9" * 14, "99999999999999999", "٣", "1e9", "2026-13-01"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_at(text) is None
