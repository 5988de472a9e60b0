"""The SMPP receiver under `kill -9`: no acknowledged message is lost, none is doubled when the centre sends again."""

import asyncio
from contextlib import suppress
from pathlib import Path

from collector.hitfile import HitReader
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
