"""Plivo: signatures by its own package and its vector, calls, messages and reports."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plivo.utils import (  # type: ignore[import-untyped]  # the package ships no types
    validate_signature,
    validate_v3_signature,
)

from collector.errors import ConfigError, ForgedError
from collector.hit import Channel
from collector.listeners.webhooks.plivo import PlivoProvider, signature_v2, signature_v3
from collector.listeners.webhooks.request import HookRequest
from tests.collector.listeners.webhooks.signers import KEYS, PUBLIC_URL, config, plivo, published, target

PROVIDER = PlivoProvider(config("plivo"))
TOKEN = KEYS["plivo"]
VECTOR = published("plivo_signature_v2_vector.json")
CALL = {
    "CallUUID": "c-1",
    "From": "12025550133",
    "To": "12025550131",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "Event": "StartApp",
    "SessionStart": "2026-11-21 08:00:00.000000",
}
MESSAGE = {"MessageUUID": "m-1", "From": "12025550133", "To": "12025550131", "Text": "您的 快递&件", "Type": "sms"}


def test_the_published_vector_of_the_second_signature() -> None:
    nonce = VECTOR["headers"]["X-Plivo-Signature-V2-Nonce"]
    expected = VECTOR["headers"]["X-Plivo-Signature-V2"]
    assert signature_v2(VECTOR["auth_token"], VECTOR["url"], nonce) == expected
    assert signature_v2(VECTOR["auth_token"] + "s", VECTOR["url"], nonce) != expected
    assert validate_signature(VECTOR["url"], nonce, expected, VECTOR["auth_token"])


@given(
    st.dictionaries(st.text("aBz_é", min_size=1), st.text(max_size=8), max_size=4),
    # The package cannot read other scripts in a query.
    st.dictionaries(st.text("ab", min_size=1), st.text("xy =&", max_size=5, min_size=1), max_size=3),
)
@settings(derandomize=True)
def test_plivos_own_package_accepts_our_third_signature(form: dict[str, str], query: dict[str, str]) -> None:
    """With and without query and parameters, in any script."""
    url = f"{PUBLIC_URL}/hooks/plivo" + (f"?{urlencode(query)}" if query else "")
    made = signature_v3(TOKEN, "POST", url, urlencode(form).encode(), "12345")
    assert validate_v3_signature("POST", url, "12345", TOKEN, made, dict(form))
    if not form:
        asked = signature_v3(TOKEN, "GET", url, b"", "12345")
        assert validate_v3_signature("GET", url, "12345", TOKEN, asked, {})


@pytest.mark.parametrize("header", ["X-Plivo-Signature-V3", "X-Plivo-Signature-MA-V3"])
@pytest.mark.parametrize(
    ("sent", "channel", "event_id"), [(CALL, Channel.CALL, "c-1"), (MESSAGE, Channel.SMS, "m-1")], ids=["call", "sms"]
)
def test_calls_and_messages_are_mapped(sent: Mapping[str, str], channel: Channel, event_id: str, header: str) -> None:
    request = plivo(sent, header=header)
    PROVIDER.check(request)
    (contact,) = PROVIDER.contacts(request)
    assert (contact.channel, contact.event_id) == (channel, event_id)
    assert (contact.beacon, contact.peer) == ("+12025550131", "+12025550133")
    assert "signature_covers" not in contact.claims


def test_a_caller_is_turned_away_as_configured_and_a_message_gets_no_reply() -> None:
    call, message = PROVIDER.contacts(plivo(CALL)), PROVIDER.contacts(plivo(MESSAGE))
    assert PROVIDER.answer(call).body == '<Response><Hangup reason="busy"/></Response>'
    assert PROVIDER.answer(message).body == ""
    assert message[0].claims["text"] == "您的 快递&件"


def test_one_right_signature_among_several_is_enough() -> None:
    right = plivo(CALL)
    header = f"bm9wZQ==,{right.header('X-Plivo-Signature-V3')}"
    PROVIDER.check(replace(right, headers={**right.headers, "x-plivo-signature-v3": header}))


def test_an_old_application_that_signs_only_the_address_says_so() -> None:
    signature = signature_v2(TOKEN, PUBLIC_URL + target("plivo"), "12345")
    headers = {"x-plivo-signature-v2": signature, "x-plivo-signature-v2-nonce": "12345"}
    request = replace(plivo(MESSAGE), headers=headers)
    PROVIDER.check(request)
    assert PROVIDER.contacts(request)[0].claims["signature_covers"] == "address and nonce"


NO_CONTACTS = {
    "a delivery report": {"MessageUUID": "m-1", "From": "1", "To": "2", "Status": "delivered"},
    "a call we made": {**CALL, "Direction": "outbound"},
}


@pytest.mark.parametrize("sent", NO_CONTACTS.values(), ids=NO_CONTACTS.keys())
def test_what_we_sent_ourselves_is_no_contact(sent: Mapping[str, str]) -> None:
    assert PROVIDER.contacts(plivo(sent)) == []


GOOD = plivo(CALL)
FORGED = {
    "no signature": replace(GOOD, headers={}),
    "no nonce": replace(GOOD, headers={**GOOD.headers, "x-plivo-signature-v3-nonce": ""}),
    "another nonce": replace(GOOD, headers={**GOOD.headers, "x-plivo-signature-v3-nonce": "1"}),
    "another number": replace(GOOD, body=GOOD.body.replace(b"5550131", b"5550132")),
    "another address": replace(GOOD, target="/hooks/other"),
    "an added query": replace(GOOD, target=GOOD.target + "?x=1"),
    "a body that is no text": replace(GOOD, body=b"\xff"),
    "the second signature as the third": replace(
        GOOD,
        headers={**GOOD.headers, "x-plivo-signature-v3": signature_v2(TOKEN, PUBLIC_URL + target("plivo"), "12345")},
    ),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED.keys())
def test_anything_plivo_did_not_sign_is_forged(request_: HookRequest) -> None:
    PROVIDER.check(GOOD)
    with pytest.raises(ForgedError):
        PROVIDER.check(request_)


def test_what_is_needed_to_check_signatures_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"webhooks\.plivo\.key is missing"):
        PlivoProvider(config("plivo", key=None))
    with pytest.raises(ConfigError, match=r"webhooks\.plivo\.public_url must be"):
        PlivoProvider(config("plivo", public_url=""))
