"""One server in a process of its own: `python -m benchmarks.collector.serve NAME FOLDER`.

Says its port on one line, serves until its input ends, then says how many contacts are on record.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from wsgiref.types import WSGIApplication

from aiosmtpd.smtp import SMTP

from benchmarks.collector.bare import BareDatagrams, raw_echo
from collector.alert import Notices
from collector.bound import Bound
from collector.config.file import Config, DnsConfig, HookConfig, SmtpConfig, WebConfig
from collector.config.log import LogConfig
from collector.config.value import Address, Secret
from collector.hit import Contact, Hit
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import HitLog
from collector.http.server import HttpServer
from collector.listeners import hooks
from collector.listeners.dns import UdpListener
from collector.listeners.dnszone import Authority
from collector.listeners.smtp import SmtpListener
from collector.listeners.web import CanarySite
from collector.listeners.webfront import WebFront
from collector.loop import LOOP_FACTORY
from collector.public.pool import Pool
from collector.recorder import LogRecorder, Recorder
from collector.sockets import listen_tcp, listen_udp_and_tcp

HERE = Address("127.0.0.1", 0)
DNS = DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),), answers_per_second=0)
WEB = WebConfig((), ("track.example.net",))
HOOK = HookConfig("calls", "twilio", Secret("12345"), "https://hooks.example.net")
SMTP_CONFIG = SmtpConfig((), ("mail.example.com",))
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
    authority = Authority(DNS)
    listener = UdpListener(udp, authority, recorder)
    return udp.getsockname()[1], listener.stop


async def web(recorder: Recorder) -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "web")
    site = CanarySite(WEB, recorder, now)
    server = HttpServer(site, [endpoint], name="web", on_malformed=lambda *_: None, accepts=False)
    front = WebFront(site, server, recorder)
    front.start([endpoint])

    async def stop() -> None:
        await front.stop()
        await asyncio.to_thread(server.stop)

    return endpoint.getsockname()[1], stop


async def webhooks(recorder: Recorder) -> tuple[int, Stop]:
    return http(hooks.create_app([hooks.Hook.of(HOOK)], recorder, now))


def http(application: WSGIApplication) -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "web")
    server = HttpServer(application, [endpoint], name="web", on_malformed=lambda *_: None)
    return endpoint.getsockname()[1], lambda: asyncio.to_thread(server.stop)


async def smtp(recorder: Recorder) -> tuple[int, Stop]:
    endpoint = listen_tcp(HERE, "smtp")
    listener = SmtpListener(SMTP_CONFIG, recorder)
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


async def pool(kind: str, recorder: Recorder, path: Path) -> tuple[int, Stop]:
    """Serve from a process of its own, as [processes] listeners = 1 has it; this one writes the log."""
    bound = Bound.of(config := CONFIGS[kind](LogConfig(path)))
    processes = Pool(config, bound, recorder, 1)
    await processes.start()

    async def stop() -> None:
        await processes.stop()
        bound.close()

    return int(bound.addresses(config)["web" if kind == "webhooks" else kind][0].rpartition(":")[2]), stop


CONFIGS = {
    "dns": lambda log: Config(log, dns=replace(DNS, listen=(HERE,))),
    "web": lambda log: Config(log, web=replace(WEB, listen=(HERE,))),
    "webhooks": lambda log: Config(log, web=replace(WEB, listen=(HERE,)), webhooks=(HOOK,)),
    "smtp": lambda log: Config(log, smtp=replace(SMTP_CONFIG, listen=(HERE,))),
}
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
        if what == "process":
            await until_told((*await pool(kind, recorder, path), int))
        else:
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
