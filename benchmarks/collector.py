"""What the collector records a second, beside bare recorders measured in the same run.

Ratios are what to look at: absolute rates move by a factor of two with whatever else the machine does.
"""

import asyncio
import multiprocessing
import multiprocessing.queues
import socket
import statistics
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from collector.config import DnsConfig
from collector.configvalue import Address
from collector.hit import Channel, Contact
from collector.hitfile import HitReader
from collector.hitlog import HitLog
from collector.listeners.dns import UdpListener
from collector.listeners.dnszone import Authority
from collector.recorder import LogRecorder
from collector.sockets import listen_udp_and_tcp
from collector.sqlite import sqlite3
from collector.supervisor import LOOP_FACTORY

ROUNDS = 3
SECONDS = 0.9  # of each measurement; three rounds of five and their starts stay under 20 s
PRODUCERS = 256
BATCH = 256  # rows per bare commit: as many as there are producers waiting
WINDOW = 400  # queries under way
ANSWER = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\5"
CONTACT = Contact(
    Channel.DNS, "x7.t.example.net", "192.0.2.53", claims={"qname": "x7.t.example.net", "qtype": "A"}, raw=b"x" * 40
)


def now() -> datetime:
    return datetime.now(UTC)


def waiting_producers(folder: Path) -> float:
    """Return hits a second when 256 threads each wait for their own hit."""
    stop = threading.Event()
    counts = [0] * PRODUCERS
    with HitLog.open(folder / "producers.db", now=now) as log:

        def produce(number: int) -> None:
            while not stop.is_set():
                log.append(CONTACT, now()).result()
                counts[number] += 1

        threads = [threading.Thread(target=produce, args=(number,)) for number in range(PRODUCERS)]
        for thread in threads:
            thread.start()
        before, started_at = sum(counts), time.perf_counter()
        time.sleep(SECONDS)
        rate = (sum(counts) - before) / (time.perf_counter() - started_at)
        stop.set()
        for thread in threads:
            thread.join()
    return rate


def groups(folder: Path) -> float:
    """Return hits a second in groups of 256, the next handed over when one is on disk, as DNS does."""
    with HitLog.open(folder / "groups.db", now=now) as log:
        count, started_at = 0, time.perf_counter()
        while time.perf_counter() - started_at < SECONDS:
            log.append_all([CONTACT] * BATCH, now()).result()
            count += BATCH
        return count / (time.perf_counter() - started_at)


def bare_batches(folder: Path) -> float:
    """Return rows a second of executemany and commit, without chain, de-duplication or anybody waiting."""
    connection = bare_table(folder / "bare.db")
    rows = [("2026-11-21T08:15:30.123456Z", "dns", "x7.t.example.net", "192.0.2.53", "{}", b"x" * 40)] * BATCH
    count, started_at = 0, time.perf_counter()
    while time.perf_counter() - started_at < SECONDS:
        connection.executemany("INSERT INTO hit VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
        count += BATCH
    connection.close()
    return count / (time.perf_counter() - started_at)


def bare_table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(str(path), check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS hit (at, channel, beacon, peer, claims, raw)")
    return connection


def recorded_queries(folder: Path) -> float:
    """Return queries a second that our listener answered after committing them; fails if any is not on record."""
    path = folder / "dns.db"
    with HitLog.open(path, now=now) as log:
        authority = Authority(DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),)))
        recorder = LogRecorder(log, now, lambda _: None)

        async def serve() -> tuple[int, float]:
            udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
            tcp.close()
            listener = UdpListener(udp, authority, recorder)
            result = await load(int(udp.getsockname()[1]))
            await listener.stop()
            return result

        before = HitReader(path).head().seq
        answered, seconds = run(serve)
        recorded = HitReader(path).head().seq - before
    if recorded < answered:
        raise AssertionError(f"{answered} answered, {recorded} recorded")
    return answered / seconds


def bare_queries(folder: Path) -> float:
    """Return queries a second of a recorder that checks nothing: echo after a commit of the packet, no chain."""
    connection = bare_table(folder / "bare_dns.db")

    async def serve() -> tuple[int, float]:
        udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
        tcp.close()

        def readable() -> None:
            batch: list[tuple[bytes, tuple[str, int]]] = []
            try:
                while len(batch) < BATCH:
                    batch.append(udp.recvfrom(512))
            except BlockingIOError:
                pass
            connection.executemany(
                "INSERT INTO hit (peer, raw) VALUES (?, ?)", [(address[0], packet) for packet, address in batch]
            )
            connection.commit()
            for packet, address in batch:
                udp.sendto(packet[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + packet[12:] + ANSWER, address)

        loop = asyncio.get_running_loop()
        loop.add_reader(udp.fileno(), readable)
        result = await load(int(udp.getsockname()[1]))
        loop.remove_reader(udp.fileno())
        udp.close()
        return result

    answered, seconds = run(serve)
    connection.close()
    return answered / seconds


def run(serve: Callable[[], Coroutine[None, None, tuple[int, float]]]) -> tuple[int, float]:
    with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        return runner.run(serve())


async def load(port: int) -> tuple[int, float]:
    """Query a port from a process of its own; return how many answers came in how many seconds."""
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.queues.Queue[tuple[int, float]] = context.Queue()
    client = context.Process(target=query_for_a_while, args=(port, results))
    client.start()
    result = await asyncio.to_thread(results.get, True, 30)
    await asyncio.to_thread(client.join)
    return result


def query_for_a_while(port: int, results: "multiprocessing.queues.Queue[tuple[int, float]]") -> None:
    """Keep `WINDOW` queries under way, each for a name of its own."""
    sent = answered = 0
    started_at = time.perf_counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.settimeout(1)
        while time.perf_counter() - started_at < SECONDS:
            while sent - answered < WINDOW:
                label = b"q%d" % sent
                name = bytes((len(label),)) + label + b"\1t\7example\3net\0"
                client.send(struct.pack("!H", sent & 0xFFFF) + b"\1\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1")
                sent += 1
            client.recv(512)
            answered += 1
        results.put((answered, time.perf_counter() - started_at))


def main() -> None:
    """Print the table."""
    measurements = {
        "log, 256 waiting": waiting_producers,
        "log, groups of 256": groups,
        "bare SQLite, 256 a commit": bare_batches,
        "DNS, committed": recorded_queries,
        "bare DNS echo, committed": bare_queries,
    }
    rates: dict[str, list[float]] = {name: [] for name in measurements}
    for number in range(ROUNDS):
        for name, measure in measurements.items():
            with tempfile.TemporaryDirectory(prefix=f"collector-{number}-") as folder:
                rates[name].append(measure(Path(folder)))
    print("collector: what is on disk when it is acknowledged, WAL with synchronous=FULL")
    print(f"{'':28}{'per second':>12}{'lowest':>10}{'highest':>10}")
    for name, values in rates.items():
        print(f"{name:28}{statistics.median(values):12,.0f}{min(values):10,.0f}{max(values):10,.0f}")
    for ours, bare in (
        ("log, 256 waiting", "bare SQLite, 256 a commit"),
        ("log, groups of 256", "bare SQLite, 256 a commit"),
        ("DNS, committed", "bare DNS echo, committed"),
    ):
        ratios = [one / other for one, other in zip(rates[ours], rates[bare], strict=True)]
        print(f"{ours} / {bare}: {statistics.median(ratios):.2f} [{min(ratios):.2f}..{max(ratios):.2f}]")


if __name__ == "__main__":
    main()
