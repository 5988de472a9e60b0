"""One server in a process of its own: `python -m benchmarks.collector.serve NAME FOLDER`.

Says its port on one line, serves until its input ends, then says how many contacts are on record.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from wsgiref.types import WSGIApplication

from aiosmtpd.smtp import SMTP

from benchmarks.collector.bare import BareDatagrams, raw_echo
from collector.alert import Notices
from collector.config import DnsConfig, HookConfig, SmtpConfig, WebConfig
from collector.configvalue import Address, Secret
from collector.hit import Contact, Hit
from collector.hitfile import HitReader
from collector.hitlog import HitLog
from collector.listeners import hooks
from collector.listeners.dns import UdpListener
from collector.listeners.dnszone import Authority
from collector.listeners.smtp import SmtpListener
from collector.listeners.web import CanarySite
from collector.listeners.webfront import WebFront
from collector.recorder import LogRecorder, Recorder
from collector.sockets import listen_tcp, listen_udp_and_tcp
from collector.supervisor import LOOP_FACTORY
from collector.wsgi import HttpServer

HERE = Address("127.0.0.1", 0)
Stop = Callable[[], Awaitable[None]]


def now() -> datetime:
    return datetime.now(UTC)


class Nothing:
    """A recorder that keeps nothing."""

    def record(self, _: Sequence[Contact]) -> Future[tuple[Hit, ...]]:
        """Say at once that it is done."""
        done: Future[tuple[Hit, ...]] = Future()
        done.set_result(())
        return done

    def count(self, name: str, number: int = 1) -> None:
        """Count nothing."""


async def dns(recorder: Recorder) -> tuple[int, Stop]:
    udp, tcp = listen_udp_and_tcp(HERE, "dns")
    tcp.close()
    authority = Authority(DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),)))
    listener = UdpListener(udp, authority, recorder)
    return udp.getsockname()[1], listener.stop


async def web(recorder: Recorder) -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "web")
    site = CanarySite(WebConfig((), ("track.example.net",)), recorder, now)
    server = HttpServer(site, [endpoint], name="web", on_malformed=lambda *_: None, accepts=False)
    front = WebFront(site, server, recorder)
    front.start([endpoint])

    async def stop() -> None:
        await front.stop()
        await asyncio.to_thread(server.stop)

    return endpoint.getsockname()[1], stop


async def webhooks(recorder: Recorder) -> tuple[int, Stop]:
    hook = HookConfig("calls", "twilio", Secret("12345"), "https://hooks.example.net")
    return http(hooks.create_app([hooks.Hook.of(hook)], recorder, now))


def http(application: WSGIApplication) -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "web")
    server = HttpServer(application, [endpoint], name="web", on_malformed=lambda *_: None)
    return endpoint.getsockname()[1], lambda: asyncio.to_thread(server.stop)


async def smtp(recorder: Recorder) -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "smtp")
    listener = SmtpListener(SmtpConfig((), ("mail.example.com",)), recorder)
    await listener.start([endpoint])
    return endpoint.getsockname()[1], listener.stop


class KeepsNothing:
    """A handler of aiosmtpd that takes every message and drops it."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it."""
        return "250 OK"


async def bare_smtp() -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "smtp")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(KeepsNothing(), loop=loop), sock=endpoint)

    async def stop() -> None:
        server.close()

    return endpoint.getsockname()[1], stop


LISTENERS = {"dns": dns, "web": web, "webhooks": webhooks, "smtp": smtp}


async def serve(name: str, folder: Path) -> int:
    """Serve until the input ends and return how many contacts are on record."""
    kind, _, what = name.partition("-")
    path = folder / "hits.db"
    if name == "dns-uvloop":
        return await until_told(await BareDatagrams.start(folder / "bare.db"))
    if name == "dns-echo":
        return await until_told(raw_echo(folder / "bare.db"))
    if name == "smtp-aiosmtpd":
        await until_told((*await bare_smtp(), int))
        return 0
    if what == "nothing":
        await until_told((*await LISTENERS[kind](Nothing()), int))
        return 0
    with HitLog.open(path, now=now) as log:
        before = HitReader(path).head().seq
        recorder = LogRecorder(log, now, Notices(lambda _: None).add)
        await until_told((*await LISTENERS[kind](recorder), int))
    return HitReader(path).head().seq - before


async def until_told(server: tuple[int, Stop, Callable[[], int]]) -> int:
    port, stop, recorded = server
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await stop()
    return recorded()


def main() -> None:
    logging.getLogger("waitress").setLevel(logging.ERROR)  # its queue is never empty here
    with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        print(runner.run(serve(sys.argv[1], Path(sys.argv[2]))), flush=True)


if __name__ == "__main__":
    main()
