"""What processes say to each other: whole messages out of any pieces, and one stated error for anything else."""

from dataclasses import replace
from datetime import UTC

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import LinkError
from collector.hit import Channel, Contact
from collector.limits import MAX_COMMIT_HITS, MAX_RAW_BYTES
from collector.public.wire import (
    MAX_FRAME_BYTES,
    Counts,
    Failed,
    Frames,
    FromListener,
    FromWriter,
    Group,
    Ready,
    Recorded,
    Stop,
    framed,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
contacts = st.builds(
    Contact,
    channel=st.sampled_from(Channel),
    beacon=texts,
    peer=texts,
    occurred_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    event_id=st.none() | texts,
    provider=st.none() | texts,
    verified=st.booleans(),
    claims=st.dictionaries(texts, texts, max_size=3),
    raw=st.binary(max_size=50),
    sealed=st.binary(max_size=10),
)
from_listener = st.one_of(
    st.just(Ready()),
    st.builds(Failed, texts),
    st.builds(Group, st.integers(0, 2**63 - 1), st.lists(contacts, max_size=3).map(tuple)),
    st.builds(Counts, st.dictionaries(texts, st.integers(0, 2**40), max_size=3)),
)


@given(st.lists(from_listener, max_size=5), st.integers(1, 200))
def test_messages_arrive_as_they_were_sent_in_pieces_of_any_size(messages: list[FromListener], size: int) -> None:
    sent = b"".join(map(framed, messages))
    frames = Frames[FromListener](FromListener)
    got = [message for at in range(0, len(sent), size) for message in frames.feed(sent[at : at + size])]
    assert got == messages


@given(st.lists(contacts, min_size=1, max_size=3), st.binary(max_size=50) | st.just(b"x" * MAX_RAW_BYTES))
def test_an_original_that_all_contacts_share_is_sent_once(some: list[Contact], raw: bytes) -> None:
    sharing = [replace(contact, raw=raw) for contact in some]
    (got,) = Frames[FromListener](FromListener).feed(sent := framed(Group.of(1, sharing)))
    assert isinstance(got, Group)
    assert list(got.whole()) == sharing
    assert len(sent) < len(framed(Group.of(1, some))) + MAX_RAW_BYTES + 200
    (got,) = Frames[FromListener](FromListener).feed(framed(Group.of(1, some)))
    assert isinstance(got, Group)
    assert list(got.whole()) == some


@pytest.mark.parametrize(
    "absurd",
    [
        Counts({"x": -1}),
        Counts({"x": 2**63}),
        Group(1, (Contact(Channel.DNS, "", ""),) * (MAX_COMMIT_HITS + 1)),
    ],
)
def test_what_would_spoil_the_log_is_refused(absurd: FromListener) -> None:
    with pytest.raises(LinkError):
        list(Frames[FromListener](FromListener).feed(framed(absurd)))


@given(st.binary(max_size=300))
def test_anything_else_is_one_stated_error(garbage: bytes) -> None:
    frames = Frames[FromListener](FromListener)
    try:
        list(frames.feed(garbage))
    except LinkError:
        return


def test_what_the_writer_says_is_nothing_that_a_listener_may_say() -> None:
    for message in (Recorded(1), Stop()):
        assert list(Frames[FromWriter](FromWriter).feed(framed(message))) == [message]
        with pytest.raises(LinkError):
            list(Frames[FromListener](FromListener).feed(framed(message)))


def test_a_time_without_zone_is_refused() -> None:
    """As everywhere: `Contact` itself refuses it."""
    contact = {"channel": "dns", "beacon": "", "peer": "", "occurred_at": "2026-01-01T00:00:00"}
    body = msgspec.msgpack.encode(["Group", 1, [contact]])
    with pytest.raises(LinkError, match="aware"):
        list(Frames[FromListener](FromListener).feed(len(body).to_bytes(4, "big") + body))


def test_a_length_beyond_the_cap_is_refused_before_it_is_read() -> None:
    with pytest.raises(LinkError, match="at most"):
        list(Frames[FromListener](FromListener).feed((MAX_FRAME_BYTES + 1).to_bytes(4, "big")))


def test_text_that_utf_8_cannot_hold_is_not_sent() -> None:
    with pytest.raises(LinkError, match="surrogates"):
        framed(Group(1, (Contact(Channel.DNS, "\ud800", ""),)))
