"""Events of the Asterisk REST Interface: which of them are contacts, and that no text is more than an AriError."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config.lines import AriConfig, Remote
from collector.config.value import Secret
from collector.hit import Channel, Contact
from collector.listeners.ariwire import AriError, contact_of_event, events_url, login, parse_event
from collector.listeners.cdr import Exchange
from collector.listeners.linenumber import Numbering

VECTORS = Path(__file__).parents[2] / "vectors" / "asterisk"
RELEASES = pytest.mark.parametrize("release", ["16", "22"])
CHINA = Exchange("asterisk", Numbering("86"))
CONFIG = AriConfig(Remote("127.0.0.1", 8088), "honey", Secret("pässword"))


def read(event: object, exchange: Exchange = CHINA) -> Contact | None:
    raw = json.dumps(event).encode()
    return contact_of_event(parse_event(raw), exchange, raw=raw)


def contacts(release: str, exchange: Exchange = CHINA) -> list[Contact]:
    lines = (VECTORS / f"ari-{release}.jsonl").read_bytes().splitlines()
    found = [contact_of_event(parse_event(line), exchange, raw=line) for line in lines]
    return [one for one in found if one is not None]


@RELEASES
def test_what_asterisk_sent_is_the_calls_that_came_in_and_the_text(release: str) -> None:
    found = contacts(release)
    calls = {one.event_id: one for one in found if one.channel is Channel.CALL}
    assert sorted(one.beacon[-1] for one in calls.values()) == ["0", "1", "2", "4"]
    assert {one.peer for one in calls.values()} == {"+12025550100", "+12025550199"}
    (asserted,) = {one.claims["caller_id"] for one in found if one.peer == "+12025550199"}
    assert asserted == "Chen"
    assert not [one for one in found if "Local" in one.claims.get("channel", "") or "Message" in str(one.claims)]
    (text,) = [one for one in found if one.channel is Channel.SMS]
    assert (text.beacon, text.peer) == ("+8614012345678", "+12025550100")
    assert text.claims["text"] == "包裹 YT8000000000007"
    assert text.event_id == "text@carrier.example.com 1 MESSAGE +8614012345678"


@RELEASES
def test_only_calls_to_us_count(release: str) -> None:
    assert contacts(release, Exchange("asterisk", Numbering("86", ("+861409*",)))) == []
    elsewhere = contacts(release, Exchange("asterisk", Numbering("86"), contexts=("from-another",)))
    assert {one.channel for one in elsewhere} == {Channel.SMS}, "texts name no context"


def created(**channel: object) -> dict[str, Any]:
    return {
        "type": "ChannelCreated",
        "channel": {
            "id": "pbx-1795248918.2",
            "name": "PJSIP/trunk-01",
            "state": "Ring",
            "caller": {"name": "", "number": "14012340000"},
            "connected": {"name": "Wang", "number": "2000"},
            "dialplan": {"context": "from-trunk", "exten": "14012345678"},
            "creationtime": "2026-11-21T16:15:18.250+0800",
            **channel,
        },
    }


def test_a_call_has_what_the_event_says_of_it() -> None:
    found = read(created(caller_rdnis="14012340001", protocol_id="call@x", accountcode="a"))
    assert found is not None
    assert (found.beacon, found.peer, found.provider) == ("+8614012345678", "+8614012340000", "asterisk")
    assert found.event_id == "pbx-1795248918.2 +8614012345678"
    assert found.occurred_at == datetime(2026, 11, 21, 8, 15, 18, tzinfo=UTC), "as its record will have it"
    told = {"context", "connected_line", "diverted_from", "call_id", "account", "channel", "unique_id", "start"}
    assert set(found.claims) == told
    assert found.claims["connected_line"] == "Wang 2000"


def test_an_id_that_holds_no_time_leaves_the_channels_own() -> None:
    found = read(created(id="given-by-us"))
    assert found is not None
    assert found.occurred_at == datetime(2026, 11, 21, 8, 15, 18, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("state", ["Down", "Ringing", "Up", "Rsrvd", None, 4])
def test_a_channel_that_does_not_ring_in_is_no_call(state: object) -> None:
    assert read(created(state=state)) is None


@pytest.mark.parametrize("name", ["Local/1@a-1;2", "Message/ast_msg_queue", "AsyncGoto/PJSIP/a-1", "Snoop/1-2"])
def test_a_channel_of_asterisks_own_is_no_call(name: str) -> None:
    assert read(created(name=name)) is None


def text(**message: object) -> dict[str, Any]:
    told = {"from": "<sip:+12025550100@x>", "to": "pjsip:14012345678@127.0.0.1", "body": "hello", **message}
    return {"type": "TextMessageReceived", "timestamp": "2026-11-21T08:15:18.250+0000", "message": told}


@pytest.mark.parametrize(
    "receiver",
    [
        "pjsip:14012345678@127.0.0.1",
        "sip:14012345678@127.0.0.1:5060",
        "pjsip:carrier/sip:+8614012345678@203.0.113.9",
        '"Li" <sip:+8614012345678@203.0.113.9;user=phone>',
        "+8614012345678",
        "tel:+8614012345678",
    ],
)
def test_the_receiver_of_a_text_is_a_number_however_it_is_written(receiver: str) -> None:
    found = read(text(to=receiver))
    assert found is not None
    assert found.beacon == "+8614012345678"


def test_texts_are_told_apart_by_what_they_say_where_they_have_no_id() -> None:
    events = [text(), text(), text(body="another"), text(variables={"Call-ID": "a", "CSeq": "1 MESSAGE"})]
    events.append(text(variables=[{"key": "Call-ID", "value": "a"}, {"key": "CSeq", "value": "2 MESSAGE"}]))
    found = [one.event_id for event in events if (one := read(event)) is not None]
    assert found[0] == found[1]
    assert len(set(found)) == 4
    assert found[3:] == ["a 1 MESSAGE +8614012345678", "a 2 MESSAGE +8614012345678"]


@pytest.mark.parametrize("receiver", ["", "sip:wang@x", 5, None, "sip:@", "<sip:"])
def test_a_text_to_nobody_we_know_is_no_contact(receiver: object) -> None:
    assert read(text(to=receiver)) is None


@pytest.mark.parametrize("message", [b"", b"[]", b"{}", b'{"type": 1}', b"[" * 100_000, b"\xff", b"1" * 5000])
def test_what_is_no_event_is_refused(message: bytes) -> None:
    with pytest.raises(AriError):
        parse_event(message)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["type", "channel", "caller", "message", "endpoint", "dialplan", "state", "exten", "to", "from", "body", "id"]


@given(
    st.sampled_from(["ChannelCreated", "Dial", "TextMessageReceived", "StasisStart"]),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8),
    st.dictionaries(st.sampled_from([*KEYS, "variables", "timestamp", "creationtime"]), VALUES, max_size=6),
)
def test_any_event_is_a_contact_that_can_be_recorded_or_none(
    kind: str, outer: dict[str, Any], inner: dict[str, Any]
) -> None:
    for event in ({**outer, "type": kind}, {**created(**inner), "type": kind}, text(**inner)):
        found = read(event)
        assert found is None or found == found.bounded()


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_an_event_or_refused(message: bytes | str) -> None:
    try:
        event = parse_event(message)
    except AriError:
        return
    contact_of_event(event, CHINA, raw=b"")


def test_the_password_is_in_the_header_alone() -> None:
    assert events_url(CONFIG) == "ws://127.0.0.1:8088/ari/events?app=waybill-collector&subscribeAll=true"
    assert base64.b64decode(login(CONFIG)["Authorization"].removeprefix("Basic ")).decode() == "honey:pässword"
    assert "pässword" not in repr(CONFIG)
    other = AriConfig(Remote("::1", 443), "a", Secret("b"), application="x", prefix="pbx", tls=True)
    assert events_url(other) == "wss://[::1]:443/pbx/ari/events?app=x&subscribeAll=true"
