"""The SMPP receiver under `kill -9`: no acknowledged message is lost, none is doubled when the centre sends again."""

import asyncio
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.hit.sealing import Opener, opened, public_text
from collector.hitlog.reader import HitReader
from collector.listeners.smppspool import SUFFIX
from tests.collector.listeners.patience import until
from tests.collector.listeners.smsc import MessageCentre, concatenated, deliver
from tests.collector.running import running

CONFIG = """
[log]
path = "hits.db"
[smpp]
connect = "127.0.0.1:{port}"
system_id = "honey"
password = {{ env = "COLLECTOR_TOKEN" }}
"""
PASSWORD = "let-me-read-the-hits"
LIVES = 5
MESSAGES = 60  # in each life
PARTS = 3
PRIVATE = bytes(range(32))
PUBLIC = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()


def test_acknowledged_messages_outlive_kill_9_and_a_retry_is_one_hit(tmp_path: Path) -> None:
    acknowledged: set[str] = set()

    async def send(centre: MessageCentre, text: str, waiting: list[str]) -> None:
        with suppress(OSError):
            if await centre.send(deliver(text.encode())) == 0:
                acknowledged.add(text)
                return
        waiting.append(text)

    async def run() -> None:
        centre = MessageCentre(password=PASSWORD)
        await centre.start()
        waiting: list[str] = []
        for life in range(LIVES + 1):
            again, waiting = waiting, []
            fresh = [f"message {life}-{number}" for number in range(MESSAGES)] if life < LIVES else []
            with running(tmp_path, CONFIG.format(port=centre.port)) as collector:
                await asyncio.wait_for(centre.bound.wait(), 60)
                sending = [asyncio.create_task(send(centre, text, waiting)) for text in [*again, *fresh]]
                if life < LIVES:
                    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.wait(sending)
                collector.process.kill()
                collector.process.communicate()
            centre.drop()
            await asyncio.gather(*sending)
        await centre.stop()
        assert waiting == [], "the last life was left in peace"

    asyncio.run(run())
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    recorded = [hit.contact.claims["text"] for hit in reader.stream_from(1)]
    assert len(acknowledged) == LIVES * MESSAGES
    assert acknowledged == set(recorded)
    assert len(recorded) == len(set(recorded))


def test_a_part_that_was_acknowledged_outlives_kill_9(tmp_path: Path) -> None:
    async def run() -> None:
        centre = MessageCentre(password=PASSWORD)
        await centre.start()
        for number, text in ((1, b"one "), (2, b"two ")):
            with running(tmp_path, CONFIG.format(port=centre.port)) as collector:
                assert await centre.send(deliver(concatenated(7, 2, number, text), esm_class=0x40)) == 0
                collector.process.kill()
                collector.process.communicate()
            centre.drop()
        await centre.stop()

    asyncio.run(run())
    assert [hit.contact.claims["text"] for hit in HitReader(tmp_path / "hits.db").stream_from(1)] == ["one two "]


def test_parts_under_kill_9_in_a_sealed_log_are_each_on_record_once_and_never_readable_on_disk(tmp_path: Path) -> None:
    """Whether a part ends in a joined hit or, cut off from its rest by a kill, in one of its own."""
    config = CONFIG.replace('"hits.db"', f'"hits.db"\nseal_to = "{public_text(PUBLIC)}"')
    acknowledged: set[str] = set()

    async def run() -> None:
        centre = MessageCentre(password=PASSWORD)
        await centre.start()
        waiting: list[tuple[int, int, int]] = []
        for life in range(LIVES + 1):
            again, waiting = waiting, []
            fresh = [(life, message, 1) for message in range(MESSAGES)] if life < LIVES else []
            with running(tmp_path, config.format(port=centre.port)) as collector:
                await asyncio.wait_for(centre.bound.wait(), 60)
                sending = [
                    asyncio.create_task(send_parts(centre, one, acknowledged, waiting)) for one in [*again, *fresh]
                ]
                if life < LIVES:  # some whole messages are through, some are in the middle, some have not begun
                    await until(partial(holds, acknowledged, len(acknowledged) + (life + 1) * MESSAGES // 2))
                else:
                    await asyncio.wait(sending)
                collector.process.kill()
                collector.process.communicate()
            centre.drop()
            await asyncio.gather(*sending)
            assert_hidden(tmp_path)
        assert waiting == [], "the last life was left in peace"
        with running(tmp_path, config.format(port=centre.port)) as collector:
            await until(lambda: len(texts(tmp_path)) == LIVES * MESSAGES * PARTS)
            assert collector.stop()[0] == 0
        await centre.stop()

    asyncio.run(run())
    HitReader(tmp_path / "hits.db").verify()
    assert_hidden(tmp_path)
    assert len(acknowledged) == LIVES * MESSAGES * PARTS
    assert Counter(texts(tmp_path)) == Counter(acknowledged)


async def send_parts(
    centre: MessageCentre, begin: tuple[int, int, int], acknowledged: set[str], waiting: list[tuple[int, int, int]]
) -> None:
    """Send part after part, as centres do; what is not acknowledged goes on `waiting`, to be sent again from there."""
    life, message, first = begin
    for number in range(first, PARTS + 1):
        text = f"parcel-{life}-{message}-{number};"
        body = deliver(
            concatenated(message, PARTS, number, text.encode()), source=f"86140123400{life:02}", esm_class=0x40
        )
        try:
            accepted = centre.bound.is_set() and await centre.send(body) == 0
        except OSError:
            accepted = False
        if not accepted:
            waiting.append((life, message, number))
            return
        acknowledged.add(text)


def holds(some: Collection[str], number: int) -> bool:
    return len(some) > number


def texts(folder: Path) -> list[str]:
    """Every part's text that the holder of the private half finds."""
    opener = Opener([PRIVATE])
    hits = HitReader(folder / "hits.db").stream_from(1)
    joined = "".join(opened(hit, opener.hit_key(hit)).contact.claims["text"] for hit in hits)
    return [f"{text};" for text in joined.split(";")[:-1]]


def assert_hidden(folder: Path) -> None:
    names = [file.name for file in folder.iterdir()]
    assert f"hits.db{SUFFIX}" in names
    content = b"".join(file.read_bytes() for file in folder.iterdir() if file.name.startswith("hits.db"))
    for secret in (b"parcel-", b"8614012345678", b"86140123400", b"concat_"):
        assert secret not in content
