"""Both ends of the connection between a listener process and the writer, over a real socket pair."""

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from collector import limits
from collector.errors import HitError, LinkError, LogUnwritableError
from collector.hit import Channel, Contact
from collector.public.link import WriterLink
from collector.public.wire import Counts, Frames, FromListener, Group, Recorded, Stop, framed
from collector.recorder import Hits

CONTACT = Contact(Channel.DNS, "x.t.example.net", "192.0.2.1", raw=b"\0")
PATIENCE_SECONDS = 60.0


class Writer:
    """The other end, which answers as it is told."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._frames = Frames[FromListener](FromListener)

    async def hears(self) -> FromListener:
        loop = asyncio.get_running_loop()
        while True:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for message in self._frames.feed(await loop.sock_recv(self._end, 65_536)):
                    return message

    async def says(self, message: Recorded | Stop) -> None:
        await asyncio.get_running_loop().sock_sendall(self._end, framed(message))

    def leaves(self) -> None:
        self._end.close()


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[WriterLink, Writer, asyncio.Event]]:
    near, far = socket.socketpair()
    far.setblocking(False)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    _, link = await loop.create_unix_connection(lambda: WriterLink(loop, ended.set), sock=near)
    try:
        yield link, Writer(far), ended
    finally:
        await link.close()
        far.close()


def test_contacts_of_any_thread_resolve_when_the_writer_says_so_and_in_its_order() -> None:
    async def talk() -> None:
        async with linked() as (link, writer, _):
            first = link.record([CONTACT])
            assert await writer.hears() == Group(1, (CONTACT,))
            second: Future[Hits] = await asyncio.to_thread(link.record, [CONTACT, CONTACT])
            assert await writer.hears() == Group(2, (CONTACT, CONTACT))
            await writer.says(Recorded(2))
            assert await asyncio.wrap_future(second) == ()
            assert not first.done()
            await writer.says(Recorded(1, "the disk is full"))
            with pytest.raises(LogUnwritableError, match="the disk is full"):
                await asyncio.wrap_future(first)
            third = link.record([CONTACT])
            await writer.says(Recorded(3, "no log can hold it", is_faulty=True))
            with pytest.raises(HitError, match="no log can hold it"):
                await asyncio.wrap_future(third)

    asyncio.run(talk())


def test_too_many_that_wait_are_refused_until_some_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WAITING_CONTACTS", 3)

    async def talk() -> None:
        async with linked() as (link, writer, _):
            first = link.record([CONTACT] * 3)
            with pytest.raises(LogUnwritableError, match="3 contacts wait"):
                link.record([CONTACT])
            await writer.says(Recorded(1))
            await asyncio.wrap_future(first)
            link.record([CONTACT])

    asyncio.run(talk())


def test_no_group_is_sent_that_the_writer_would_refuse_to_read() -> None:
    async def talk() -> None:
        async with linked() as (link, writer, _):
            for number in (0, limits.MAX_COMMIT_HITS + 1):
                with pytest.raises(LinkError, match=f"not {number}"):
                    link.record([CONTACT] * number)
            link.record([CONTACT])
            assert await writer.hears() == Group(1, (CONTACT,))

    asyncio.run(talk())


def test_originals_that_wait_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WAITING_BYTES", 3)
    others = [CONTACT, replace(CONTACT, raw=b"\1"), replace(CONTACT, raw=b"\2")]

    async def talk() -> None:
        async with linked() as (link, writer, _):
            first = link.record(others)
            with pytest.raises(LogUnwritableError, match="3 contacts wait"):
                link.record([CONTACT])
            await writer.says(Recorded(1))
            await asyncio.wrap_future(first)
            link.record([CONTACT])

    asyncio.run(talk())


def test_counts_arrive_added_up_and_the_last_ones_before_the_end() -> None:
    async def talk() -> None:
        async with linked() as (link, writer, _):
            link.count("dns.lost")
            link.count("dns.lost", 2)
            link.flush()
            assert await writer.hears() == Counts({"dns.lost": 3})
            link.flush()
            link.count("web.lost")
            await link.close()
            assert await writer.hears() == Counts({"web.lost": 1})

    asyncio.run(talk())


def test_a_writer_that_is_gone_ends_the_process_at_once() -> None:
    """Nothing may be answered that nobody has recorded; only after `Stop` is the end no surprise."""

    async def talk() -> None:
        async with linked() as (link, writer, ended):
            waiting = link.record([CONTACT])
            writer.leaves()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await ended.wait()
            assert not waiting.done()

    asyncio.run(talk())


def test_a_writer_that_says_what_is_no_message_ends_the_process() -> None:
    async def talk() -> None:
        async with linked() as (_, writer, ended):
            await asyncio.get_running_loop().sock_sendall(writer._end, b"\0\0\0\1\xc1")
            async with asyncio.timeout(PATIENCE_SECONDS):
                await ended.wait()

    asyncio.run(talk())


def test_being_told_to_stop_is_no_surprise() -> None:
    async def talk() -> None:
        async with linked() as (link, writer, ended):
            await writer.says(Stop())
            async with asyncio.timeout(PATIENCE_SECONDS):
                await link.stopping.wait()
            writer.leaves()
            await asyncio.sleep(0.05)
            assert not ended.is_set()

    asyncio.run(talk())
