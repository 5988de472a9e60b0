"""The record format: round trips, canonical hashes, and what a hostile or damaged hit is refused for."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector import limits
from collector.errors import HitError
from collector.hit import GENESIS, Channel, Contact, Hit, clean_text, format_at, parse_hit, seal, verify_chain

AT = datetime(2026, 11, 21, 8, 15, 30, 123456, tzinfo=UTC)
CALL = Contact(
    channel=Channel.CALL,
    beacon="+8614012345678",
    peer="+8614087654321",
    occurred_at=datetime(2026, 11, 21, 16, 15, 29, tzinfo=timezone(timedelta(hours=8))),
    event_id="CA123",
    provider="twilio",
    verified=True,
    claims={"text": "王女士，您的快递", "name": "王女士"},
    raw=b"From=%2B8614087654321",
)


def chain(*contacts: Contact, log: str = "0123abcd") -> list[Hit]:
    hits: list[Hit] = []
    for contact in contacts:
        prev = hits[-1].hash if hits else GENESIS
        hits.append(seal(contact, seq=len(hits) + 1, received_at=AT, log=log, prev=prev))
    return hits


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
contacts = st.builds(
    Contact,
    channel=st.sampled_from(Channel),
    beacon=texts,
    peer=texts,
    occurred_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    event_id=st.none() | texts,
    provider=st.none() | st.text("abcdefghij", max_size=10),
    verified=st.booleans(),
    claims=st.dictionaries(texts, texts, max_size=5),
    raw=st.binary(max_size=200),
)


def test_json_form_is_the_contracts() -> None:
    """A hit prints exactly the keys and forms of the contract, and `log`."""
    (hit,) = chain(CALL)
    assert hit.to_json() == {
        "v": 1,
        "seq": 1,
        "received_at": "2026-11-21T08:15:30.123456Z",
        "channel": "call",
        "beacon": "+8614012345678",
        "peer": "+8614087654321",
        "occurred_at": "2026-11-21T08:15:29.000000Z",
        "event_id": "CA123",
        "provider": "twilio",
        "verified": True,
        "claims": {"text": "王女士，您的快递", "name": "王女士"},
        "raw": base64.b64encode(CALL.raw).decode(),
        "log": "0123abcd",
        "prev": GENESIS,
        "hash": hit.hash,
    }


@given(contacts)
@example(CALL)
def test_hash_can_be_recomputed_by_an_outsider_from_the_json_alone(contact: Contact) -> None:
    """SHA-256(prev || SHA-256(canonical JSON without prev and hash)), as the documentation says."""
    document = json.loads(chain(contact)[0].to_line())
    stated, prev = document.pop("hash"), document.pop("prev")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert stated == hashlib.sha256(bytes.fromhex(prev) + hashlib.sha256(canonical).digest()).hexdigest()


@given(st.lists(contacts, max_size=5))
def test_hits_survive_printing_and_parsing_and_still_verify(given_contacts: list[Contact]) -> None:
    """parse(print(hit)) is the hit, and the parsed chain verifies."""
    hits = chain(*given_contacts)
    parsed = [parse_hit(hit.to_line()) for hit in hits]
    assert [one.to_json() for one in parsed] == [one.to_json() for one in hits]
    assert verify_chain(parsed) == (hits[-1].hash if hits else GENESIS)


@given(contacts)
def test_a_line_is_one_line_for_every_reader(contact: Contact) -> None:
    """Control characters and Unicode line separators never reach a terminal or split a line."""
    (hit,) = chain(contact)
    line = hit.to_line()
    assert line.isascii()
    assert line.isprintable()
    assert len(line.splitlines()) == 1


def changed(**values: object) -> dict[str, Any]:
    return {**chain(CALL)[0].to_json(), **values}


BAD_HITS: dict[str, dict[str, Any] | str] = {
    "not JSON": "{",
    "a list": "[]",
    "deep nesting": "[" * 100_000,
    "a key twice": '{"v":1,"v":1}',
    "too long": " " * (limits.MAX_HIT_JSON_CHARS + 1),
    "an enormous number": '{"v":1,"seq":' + "9" * 5000 + "}",
    "another version": changed(v=2),
    "version true": changed(v=True),
    "no sequence number": changed(seq=None),
    "sequence number 0": changed(seq=0),
    "sequence number true": changed(seq=True),
    "sequence number beyond 63 bits": changed(seq=2**63),
    "an unknown key": changed(account="HB-0193"),
    "a missing key": {name: value for name, value in changed().items() if name != "raw"},
    "an unknown channel": changed(channel="pigeon"),
    "a channel that is a list": changed(channel=["call"]),
    "verified as a number": changed(verified=1),
    "a beacon that is too long": changed(beacon="x" * (limits.MAX_BEACON_CHARS + 1)),
    "a lone surrogate": changed(beacon="\ud800"),
    "a lone surrogate in a claim": changed(claims={"text": "\ud800"}),
    "a claim that is a number": changed(claims={"text": 1}),
    "too many claims": changed(claims={str(number): "" for number in range(limits.MAX_CLAIMS + 1)}),
    "claims that are a list": changed(claims=[]),
    "raw that is not base64": changed(raw="!"),
    "raw in base64 with loose bits": changed(raw="QUF="),
    "a time without zone": changed(received_at="2026-11-21T08:15:30.123456"),
    "a time that does not exist": changed(received_at="2026-02-30T08:15:30.123456Z"),
    "a hash in capitals": changed(hash="A" * 64),
    "a short prev": changed(prev="00"),
    "a log name that is a path": changed(log="../../x."),
}


@pytest.mark.parametrize("document", BAD_HITS.values(), ids=BAD_HITS.keys())
def test_bad_hits_are_refused_with_one_line(document: dict[str, Any] | str) -> None:
    """Whatever is wrong, only HitError comes out, on one line."""
    with pytest.raises(HitError) as caught:
        parse_hit(document)
    assert len(str(caught.value).splitlines()) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(changed())), json_values)
def test_any_value_in_any_key_is_read_or_refused(key: str, value: object) -> None:
    """No other error than HitError escapes, and what is read prints the same again."""
    try:
        hit = parse_hit(changed(**{key: value}))
    except HitError:
        return
    assert parse_hit(hit.to_json()) == hit


TAMPERING: dict[str, Callable[[list[Hit]], list[Hit]]] = {
    "a changed beacon": lambda hits: [hits[0], replace(hits[1], contact=replace(CALL, beacon="x")), hits[2]],
    "a changed raw": lambda hits: [replace(hits[0], contact=replace(CALL, raw=b"")), *hits[1:]],
    "a changed time": lambda hits: [replace(hits[0], received_at=AT + timedelta(microseconds=1)), *hits[1:]],
    "a changed number": lambda hits: [replace(hits[0], seq=2), *hits[1:]],
    "a changed log name": lambda hits: [replace(hit, log="ffffffff") for hit in hits],
    "a hit left out": lambda hits: [hits[0], hits[2]],
    "the first hit left out": lambda hits: hits[1:],
    "two hits swapped": lambda hits: [hits[1], hits[0], hits[2]],
    "a hit twice": lambda hits: [hits[0], hits[0], *hits[1:]],
    "hits of another log in between": lambda hits: [hits[0], *chain(CALL, CALL, log="ffffffff")[1:]],
    "a forged hash": lambda hits: [replace(hits[0], hash="0" * 64), *hits[1:]],
}


@pytest.mark.parametrize("tamper", TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_breaks_the_chain(tamper: Callable[[list[Hit]], list[Hit]]) -> None:
    """Every single change, gap or swap is found and the hit named."""
    hits = chain(CALL, replace(CALL, event_id="CA124"), replace(CALL, event_id="CA125"))
    verify_chain(hits)
    with pytest.raises(HitError, match=r"^hit \d"):
        verify_chain(tamper(hits))


def test_a_later_part_verifies_from_the_hash_before_it() -> None:
    """A pull after hit 1 is checked against the hash of hit 1 alone."""
    hits = chain(CALL, CALL, CALL)
    assert verify_chain(hits[1:], hits[0].hash) == hits[2].hash
    with pytest.raises(HitError):
        verify_chain(hits[2:], hits[0].hash)


def test_no_hits_leave_the_hash_as_it_was() -> None:
    """An empty pull is not an error."""
    assert verify_chain([]) == GENESIS
    assert verify_chain([], "ab" * 32) == "ab" * 32


def test_bounded_caps_every_part_and_keeps_the_digest_of_what_was_cut() -> None:
    """A contact of any size becomes one that can be recorded and read back."""
    raw = b"x" * (limits.MAX_RAW_BYTES + 1)
    large = Contact(
        channel=Channel.WEB,
        beacon="b" * 10_000,
        peer="p" * 10_000,
        event_id="e" * 10_000,
        provider="v" * 10_000,
        claims={f"{number}" * 100: "\ud800" * 10_000 for number in range(100)},
        raw=raw,
    ).bounded()
    assert large.claims["raw_bytes"] == str(len(raw))
    assert large.claims["raw_sha256"] == hashlib.sha256(raw).hexdigest()
    (hit,) = chain(large)
    assert parse_hit(hit.to_json()) == hit


def test_unbounded_surrogates_cannot_be_sealed() -> None:
    """Text that UTF-8 cannot hold is refused rather than hashed ambiguously."""
    with pytest.raises(HitError, match="surrogates"):
        chain(replace(CALL, beacon="\ud800"))


def test_times_are_aware_and_printed_in_utc() -> None:
    """A naive time is a programming error; other zones are converted."""
    with pytest.raises(ValueError, match="aware"):
        replace(CALL, occurred_at=datetime(2026, 11, 21))  # noqa: DTZ001 - the naive time is the point
    assert format_at(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))) == "2025-12-31T16:00:00.000000Z"


def test_clean_text_keeps_chinese() -> None:
    """Only what UTF-8 cannot hold is replaced."""
    assert clean_text("王女士\udcff!", 10) == "王女士?!"
