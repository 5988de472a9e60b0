"""The SMPP receiver against a message centre on a real socket: acknowledged when durable, joined, reconnected."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.config.lines import Remote, SmppConfig
from collector.config.value import Secret
from collector.hit import Channel
from collector.listeners import reconnect
from collector.listeners import smpp as smpp_module
from collector.listeners.smpp import SmppListener
from collector.listeners.smppjoin import EventIds, Joiner, Key, Piece
from collector.listeners.smppspool import PartSpool
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.patience import until
from tests.collector.listeners.smsc import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    ENQUIRE_LINK,
    ENQUIRE_LINK_RESP,
    UNBIND,
    UNBIND_RESP,
    MessageCentre,
    concatenated,
    deliver,
    frame,
    tlv,
)

ROK, RSYSERR = 0, 8
NOON = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnect, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(smpp_module, "SWEEP_SECONDS", 0.02)


@asynccontextmanager
async def receiving(
    records: Records,
    centre: MessageCentre,
    clock: Callable[[], datetime],
    *,
    bind: str = "receiver",
    password: str = "secret08",
    numbers: tuple[str, ...] = (),
    enquire_seconds: int = 30,
) -> AsyncIterator[SmppListener]:
    config = SmppConfig(
        (Remote("127.0.0.1", centre.port),),
        "honey",
        Secret(password),
        bind=bind,
        numbers=numbers,
        country="86",
        enquire_seconds=enquire_seconds,
    )
    spool = PartSpool(records.log.path.with_name("parts"))
    listener = SmppListener(config, records, clock, spool, EventIds())
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


def converse(
    records: Records,
    talk: Callable[[MessageCentre], Awaitable[None]],
    clock: Callable[[], datetime] | None = None,
    *,
    bind: str = "receiver",
    numbers: tuple[str, ...] = (),
) -> MessageCentre:
    """Run a centre and a receiver bound to it while `talk` delivers."""

    async def run() -> MessageCentre:
        centre = MessageCentre()
        await centre.start()
        try:
            async with receiving(records, centre, clock or Clock(), bind=bind, numbers=numbers):
                await talk(centre)
        finally:
            await centre.stop()
        return centre

    return asyncio.run(run())


def test_a_message_is_on_record_when_it_is_acknowledged(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        assert await centre.send(deliver("王女士您好".encode("utf-16-be"), data_coding=8)) == ROK
        assert len(records.contacts()) == 1

    centre = converse(records, talk)
    (contact,) = records.contacts()
    assert (contact.channel, contact.provider) == (Channel.SMS, "smpp")
    assert (contact.beacon, contact.peer) == ("+8614012345678", "+8614012340000")
    assert contact.claims["text"] == "王女士您好"
    assert centre.binds[0].startswith(b"honey\0secret08\0\0\x34")
    assert centre.seen[0][0] == BIND_RECEIVER
    assert centre.seen[-1][0] == UNBIND


def test_a_transceiver_binds_as_one(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        await centre.bound.wait()

    assert converse(records, talk, bind="transceiver").seen[0][0] == BIND_TRANSCEIVER


def test_receipts_are_acknowledged_and_no_contacts(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        for esm_class in (0x04, 0x20):
            assert await centre.send(deliver(b"id:1 stat:DELIVRD", esm_class=esm_class)) == ROK

    converse(records, talk)
    assert records.contacts() == []
    assert records.counters_after_close() == {"smpp.receipts": 2}


def test_messages_to_other_numbers_are_counted(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        assert await centre.all([deliver(b"x", destination="8613000000000"), deliver(b"y")]) == [ROK, ROK]

    converse(records, talk, numbers=("+86140*",))
    assert [one.claims["text"] for one in records.contacts()] == ["y"]
    assert records.counters_after_close() == {"smpp.other_numbers": 1}


def test_parts_are_acknowledged_one_by_one_and_become_one_hit(records: Records) -> None:
    """A centre may send part two only after part one was acknowledged. A character may be cut in two."""
    text = "您的快递😀已到".encode("utf-16-be")
    cut = 13  # inside the emoji's four bytes
    parts = [
        deliver(concatenated(7, 2, number, piece), esm_class=0x40, data_coding=8)
        for number, piece in ((2, text[cut:]), (1, text[:cut]))
    ]

    async def talk(centre: MessageCentre) -> None:
        assert await centre.send(parts[0]) == ROK
        assert records.contacts() == []
        assert await centre.send(parts[1]) == ROK
        assert await centre.all(parts) == [ROK, ROK], "sent again, they are known"

    converse(records, talk)
    (contact,) = records.contacts()
    assert contact.claims["text"] == "您的快递😀已到"
    assert contact.claims["parts"] == "2"
    assert records.counters_after_close()["smpp.repeated_parts"] == 2


def test_parts_numbered_by_sar_parameters_are_joined(records: Records) -> None:
    def part(number: int, text: bytes) -> bytes:
        sar = tlv(0x020C, b"\x01\x02") + tlv(0x020E, b"\x03") + tlv(0x020F, bytes((number,)))
        return deliver(text, tlvs=sar)

    async def talk(centre: MessageCentre) -> None:
        await centre.all([part(1, b"one "), part(3, b"three"), part(2, b"two ")])

    converse(records, talk)
    assert [one.claims["text"] for one in records.contacts()] == ["one two three"]


def test_parts_of_two_senders_are_kept_apart(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        for number in (1, 2):
            for source in ("8614012340000", "8614012340001"):
                text = concatenated(9, 2, number, f"{source[-1]}{number}".encode())
                await centre.send(deliver(text, source=source, esm_class=0x40))

    converse(records, talk)
    assert sorted(one.claims["text"] for one in records.contacts()) == ["0102", "1112"]


def test_parts_whose_rest_does_not_come_are_recorded_as_they_are(records: Records) -> None:
    clock = Clock()

    async def talk(centre: MessageCentre) -> None:
        assert await centre.send(deliver(concatenated(7, 3, 1, b"first"), esm_class=0x40)) == ROK
        assert await centre.send(deliver(concatenated(7, 3, 3, b"third"), esm_class=0x40)) == ROK
        clock.at += timedelta(seconds=301)
        await until(lambda: len(records.contacts()) == 2)

    converse(records, talk, clock)
    contacts = records.contacts()
    assert [(one.claims["text"], one.claims["concat_part"], one.claims["concat_total"]) for one in contacts] == [
        ("first", "1", "3"),
        ("third", "3", "3"),
    ]
    assert records.counters_after_close() == {}


def test_an_acknowledged_part_outlives_the_process(records: Records) -> None:
    """The second run gets the last part only."""

    async def first(centre: MessageCentre) -> None:
        assert await centre.send(deliver(concatenated(7, 2, 1, b"one "), esm_class=0x40)) == ROK

    async def second(centre: MessageCentre) -> None:
        assert await centre.send(deliver(concatenated(7, 2, 2, b"two"), esm_class=0x40)) == ROK

    converse(records, first)
    assert records.contacts() == []
    converse(records, second)
    assert [one.claims["text"] for one in records.contacts()] == ["one two"]
    spool = PartSpool(records.log.path.with_name("parts"))
    assert spool.load() == []
    spool.close()


def test_a_full_log_makes_the_centre_send_again(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        body = deliver(b"hello")
        parts = [deliver(concatenated(1, 2, number, b"x"), esm_class=0x40) for number in (1, 2)]
        records.fail()
        assert await centre.send(body) == RSYSERR
        assert await centre.all(parts) == [ROK, RSYSERR], "the first is in the spool"
        records.fail(on=False)
        assert await centre.all([body, parts[1]]) == [ROK, ROK]

    converse(records, talk)
    assert sorted(one.claims["text"] for one in records.contacts()) == ["hello", "xx"]
    assert records.counters_after_close()["smpp.unavailable"] >= 2


def test_the_same_message_after_a_lost_acknowledgement_is_one_hit(records: Records) -> None:
    """The same bytes within the hour are a retry; an hour later they are a message of their own."""
    clock = Clock()

    async def talk(centre: MessageCentre) -> None:
        assert await centre.send(deliver(b"hello")) == ROK
        centre.drop()
        assert await centre.send(deliver(b"hello")) == ROK
        assert len(records.contacts()) == 1
        clock.at += timedelta(hours=1)
        assert await centre.send(deliver(b"hello")) == ROK

    converse(records, talk, clock)
    assert len(records.contacts()) == 2
    assert records.counters_after_close()["smpp.disconnected"] >= 1


def test_a_wrong_password_is_tried_again_and_never_logged(records: Records, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        centre = MessageCentre()
        await centre.start()
        async with receiving(records, centre, Clock(), password="not-this"):
            await until(lambda: len(centre.binds) >= 2)
        await centre.stop()

    asyncio.run(run())
    assert "the bind was refused with status 0x0000000e (wrong password)" in caplog.text
    assert "not-this" not in caplog.text
    assert records.counters_after_close()["smpp.disconnected"] >= 1


def test_a_silent_line_is_asked_and_a_dead_one_replaced(records: Records) -> None:
    async def run() -> None:
        centre = MessageCentre(answers_enquiries=False)
        await centre.start()
        async with receiving(records, centre, Clock(), enquire_seconds=1):
            await until(lambda: len(centre.binds) >= 2)
        await centre.stop()
        assert ENQUIRE_LINK in [command for command, *_ in centre.seen]

    asyncio.run(run())


def test_the_centres_own_questions_are_answered(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        assert (await centre.request(b"", ENQUIRE_LINK))[0] == ENQUIRE_LINK_RESP
        command, status, *_ = await centre.request(b"", 0x03)
        assert (command, status) == (0x80000000, 3), "a command a receiver has nothing to do with"
        assert (await centre.request(b"", UNBIND))[0] == UNBIND_RESP

    converse(records, talk)


def test_a_delivery_nobody_can_read_is_kept_and_not_sent_for_ever(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        assert await centre.send(b"\0\x01\x01 no end") == ROK

    converse(records, talk)
    (contact,) = records.contacts()
    assert contact.claims["malformed"] == "a text without end"
    assert contact.raw.endswith(b" no end")


def test_a_stream_of_nonsense_is_left_and_taken_up_again(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        await centre.bound.wait()
        centre.bound.clear()
        centre.write(b"\xff" * 16)
        assert await centre.send(deliver(b"after")) == ROK

    converse(records, talk)
    assert [one.claims["text"] for one in records.contacts()] == ["after"]


def test_many_deliveries_at_once_are_all_recorded(records: Records) -> None:
    async def talk(centre: MessageCentre) -> None:
        sent = [centre.send(deliver(f"message {number}".encode())) for number in range(300)]
        assert set(await asyncio.gather(*sent)) == {ROK}

    converse(records, talk)
    assert len({one.claims["text"] for one in records.contacts()}) == 300


def test_a_spool_that_cannot_be_had_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="mend the disk"):
        PartSpool(tmp_path / "missing" / "parts")


def test_a_frame_is_what_the_specification_shows() -> None:
    """The centre of these tests, against an example of its own: enquire_link is sixteen octets."""
    assert frame(ENQUIRE_LINK, 1).hex() == "00000010000000150000000000000001"


def test_a_fault_of_ours_does_not_end_the_sweep(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    overdue = Joiner.overdue
    faults = [KeyError("content"), KeyError("content")]

    def faulty(joiner: Joiner, now: datetime) -> list[tuple[Key, list[Piece]]]:
        if faults:
            raise faults.pop()
        return overdue(joiner, now)

    async def talk(centre: MessageCentre) -> None:
        assert await centre.send(deliver(concatenated(7, 2, 1, b"first"), esm_class=0x40)) == ROK
        clock.at += timedelta(seconds=301)
        await until(lambda: len(records.contacts()) == 1)

    monkeypatch.setattr(Joiner, "overdue", faulty)
    converse(records, talk, clock)
    assert records.counters_after_close()["smpp.errors"] == 2
