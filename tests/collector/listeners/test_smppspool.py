"""Parts that wait while the log is sealed: closed on disk, joined by the run that took them, recorded by the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.config.lines import Remote, SmppConfig
from collector.config.value import Secret
from collector.hit import Contact
from collector.hit.sealing import Opener, Sealer, opened
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import Duties, HitLog
from collector.listeners import smpp as smpp_module
from collector.listeners.smpp import SmppListener
from collector.listeners.smppjoin import EventIds
from collector.listeners.smppspool import PartSpool
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.patience import until
from tests.collector.listeners.smsc import MessageCentre, concatenated, deliver

ROK, RSYSERR = 0, 8
NOON = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
PRIVATE = bytes(range(32))
SEALER = Sealer(X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw(), b"event key")
SECRETS = (b"8614012345678", b"8614012340000", b"first", b"second", b"concat_")


def part(number: int, text: bytes, *, total: int = 3) -> bytes:
    return deliver(concatenated(7, total, number, text), esm_class=0x40)


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Records]:
    with HitLog.open(tmp_path / "hits.db", now=lambda: NOON, duties=Duties(sealer=SEALER)) as log:
        yield Records(log)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_module, "SWEEP_SECONDS", 0.02)


@asynccontextmanager
async def receiving(
    records: Records, clock: Callable[[], datetime] = lambda: NOON, sealer: Sealer | None = SEALER
) -> AsyncIterator[MessageCentre]:
    centre = MessageCentre()
    await centre.start()
    config = SmppConfig((Remote("127.0.0.1", centre.port),), "honey", Secret("secret08"), country="86")
    spool = PartSpool(records.log.path.with_name("parts"), sealer)
    listener = SmppListener(config, records, clock, spool, EventIds())
    await listener.start()
    try:
        yield centre
    finally:
        await listener.stop()
        await centre.stop()


def run(
    records: Records,
    talk: Callable[[MessageCentre], Awaitable[None]],
    clock: Callable[[], datetime] = lambda: NOON,
    sealer: Sealer | None = SEALER,
) -> None:
    async def one_life() -> None:
        async with receiving(records, clock, sealer) as centre:
            await talk(centre)

    asyncio.run(one_life())


def inside(records: Records) -> list[Contact]:
    """What the holder of the private half reads, after the chain was checked."""
    records.contacts()
    opener = Opener([PRIVATE])
    return [opened(hit, opener.hit_key(hit)).contact for hit in HitReader(records.log.path).stream_from(1)]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def assert_hidden(folder: Path) -> None:
    content = on_disk(folder)
    assert [secret for secret in SECRETS if secret in content] == []


def test_parts_that_wait_are_closed_on_disk_and_joined_from_memory(sealed: Records, tmp_path: Path) -> None:
    async def talk(centre: MessageCentre) -> None:
        assert await centre.all([part(1, b"first "), part(2, b"second ")]) == [ROK, ROK]
        assert_hidden(tmp_path)
        assert await centre.all([part(3, b"third"), part(2, b"second ")]) == [ROK, ROK]
        await until(lambda: spooled(tmp_path) == 0)

    run(sealed, talk)
    assert [one.claims["text"] for one in inside(sealed)] == ["first second third"]
    assert_hidden(tmp_path)


def spooled(folder: Path) -> int:
    spool = PartSpool(folder / "parts", SEALER)
    try:
        return len(spool.orphans())
    finally:
        spool.close()


def test_after_a_restart_each_part_is_a_hit_of_its_own_with_its_number_and_time(
    sealed: Records, tmp_path: Path
) -> None:
    async def first(centre: MessageCentre) -> None:
        assert await centre.all([part(1, b"first "), part(3, b"third")]) == [ROK, ROK]

    async def second(centre: MessageCentre) -> None:
        await until(lambda: len(sealed.contacts()) == 2)
        assert await centre.send(part(1, b"first ")) == ROK, "sent again, it is known"
        assert await centre.send(part(2, b"second ")) == ROK
        later[0] += timedelta(seconds=301)
        await until(lambda: len(sealed.contacts()) == 3)

    later = [NOON + timedelta(minutes=1)]
    run(sealed, first)
    assert sealed.contacts() == []
    run(sealed, second, lambda: later[0])
    found = inside(sealed)
    assert [(one.claims["text"], one.claims["concat_part"], one.claims["concat_total"]) for one in found] == [
        ("first ", "1", "3"),
        ("third", "3", "3"),
        ("second ", "2", "3"),
    ]
    assert {one.claims["concat_reference"] for one in found} == {"7"}
    assert found[0].occurred_at == NOON
    assert_hidden(tmp_path)
    assert spooled(tmp_path) == 0


def test_orphans_wait_for_a_log_that_cannot_be_written(sealed: Records, tmp_path: Path) -> None:
    async def first(centre: MessageCentre) -> None:
        assert await centre.send(part(1, b"first ")) == ROK

    async def second(centre: MessageCentre) -> None:
        await centre.bound.wait()
        await asyncio.sleep(0.1)
        assert spooled(tmp_path) == 1
        sealed.fail(on=False)
        await until(lambda: spooled(tmp_path) == 0)

    run(sealed, first)
    sealed.fail()
    run(sealed, second)
    assert [one.claims["text"] for one in inside(sealed)] == ["first "]


def test_a_message_that_was_complete_when_the_log_failed_is_one_hit_after_a_restart(
    sealed: Records, tmp_path: Path
) -> None:
    async def first(centre: MessageCentre) -> None:
        assert await centre.send(part(2, b"second", total=2)) == ROK
        sealed.fail()
        assert await centre.send(part(1, b"first ", total=2)) == RSYSERR
        assert_hidden(tmp_path)

    async def second(centre: MessageCentre) -> None:
        assert await centre.send(part(1, b"first ", total=2)) == ROK, "its sender was told to send again"
        await until(lambda: len(sealed.contacts()) == 1)

    run(sealed, first)
    sealed.fail(on=False)
    run(sealed, second)
    assert [one.claims["text"] for one in inside(sealed)] == ["first second"]


def test_a_message_that_was_on_record_before_its_parts_were_dropped_is_one_hit(
    sealed: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the commit and the next sweep: the parts are still in the spool."""

    async def first(centre: MessageCentre) -> None:
        assert await centre.all([part(1, b"first ", total=2), part(2, b"second", total=2)]) == [ROK, ROK]

    async def second(centre: MessageCentre) -> None:
        assert await centre.send(part(2, b"second", total=2)) == ROK, "the acknowledgement may have been lost"
        await until(lambda: not sealed.contacts()[1:])

    with monkeypatch.context() as patched:
        patched.setattr(PartSpool, "remove", lambda *_: None)
        run(sealed, first)
    run(sealed, second)
    assert [one.claims["text"] for one in inside(sealed)] == ["first second"]


def test_parts_left_in_the_open_are_closed_when_sealing_begins_and_still_joined(
    sealed: Records, tmp_path: Path
) -> None:
    async def first(centre: MessageCentre) -> None:
        assert await centre.send(part(1, b"first ", total=2)) == ROK
        assert b"first" in on_disk(tmp_path)

    async def second(centre: MessageCentre) -> None:
        await centre.bound.wait()
        assert_hidden(tmp_path)
        assert await centre.send(part(2, b"second", total=2)) == ROK

    run(sealed, first, sealer=None)
    run(sealed, second)
    assert [one.claims["text"] for one in inside(sealed)] == ["first second"]


def test_parts_left_sealed_are_recorded_when_sealing_has_ended(sealed: Records, tmp_path: Path) -> None:
    async def first(centre: MessageCentre) -> None:
        assert await centre.send(part(1, b"first ", total=2)) == ROK

    async def second(centre: MessageCentre) -> None:
        await centre.bound.wait()
        await until(lambda: len(records.contacts()) == 1)

    run(sealed, first)
    sealed.log.close()
    with HitLog.open(tmp_path / "hits.db", now=lambda: NOON) as log:
        records = Records(log)
        run(records, second, sealer=None)
        assert [one.claims["text"] for one in inside(records)] == ["first "]
