"""The DNS listener on real sockets: recorded before answered, UDP and TCP, and what a full log changes."""

import asyncio
import signal
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from collector import limits
from collector.config.file import DnsConfig
from collector.config.value import Address
from collector.hitlog.sqlite import sqlite3
from collector.listeners.dns import TcpListener, UdpListener
from collector.listeners.dnszone import Authority
from collector.sockets import DropCounter, listen_udp_and_tcp
from tests.collector.listeners.conftest import Records
from tests.collector.running import running

AUTHORITY = Authority(DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),)))


@asynccontextmanager
async def server(records: Records) -> AsyncIterator[int]:
    udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
    port = int(udp.getsockname()[1])
    datagrams, streams = UdpListener(udp, AUTHORITY, records), TcpListener(AUTHORITY, records)
    await streams.start([tcp])
    try:
        yield port
    finally:
        await datagrams.stop()
        await streams.stop()


async def ask(transport: str, name: str, port: int) -> dns.message.Message:
    if transport == "udp":
        return await dns.asyncquery.udp(query(name), "127.0.0.1", 10, port)
    return await dns.asyncquery.tcp(query(name), "127.0.0.1", 10, port)


def query(name: str, kind: str = "A") -> dns.message.Message:
    return dns.message.make_query(name, kind)


def test_udp_and_tcp_queries_are_on_record_when_they_are_answered(records: Records) -> None:
    async def talk() -> None:
        async with server(records) as port:
            for number, transport in enumerate(("udp", "tcp")):
                response = await ask(transport, f"n{number}.t.example.net", port)
                assert response.answer[0][0].to_text() == "203.0.113.5"
                assert records.contacts()[-1].beacon == f"n{number}.t.example.net"

    asyncio.run(talk())
    assert [one.claims["transport"] for one in records.contacts()] == ["udp", "tcp"]
    assert [hit.seq for hit in records.noticed] == [1, 2]


def test_many_queries_at_once_are_all_answered_and_all_recorded(records: Records) -> None:
    async def talk() -> None:
        async with server(records) as port:
            asked = [ask("udp", f"n{number}.t.example.net", port) for number in range(300)]
            assert len(await asyncio.gather(*asked)) == 300

    asyncio.run(talk())
    assert {one.beacon for one in records.contacts()} == {f"n{number}.t.example.net" for number in range(300)}


def test_several_queries_share_one_tcp_connection(records: Records) -> None:
    async def talk() -> None:
        async with server(records) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for number in range(3):
                wire = query(f"n{number}.t.example.net", "TXT").to_wire()
                writer.write(struct.pack("!H", len(wire)) + wire)
            for _ in range(3):
                (size,) = struct.unpack("!H", await reader.readexactly(2))
                assert dns.message.from_wire(await reader.readexactly(size)).rcode() == dns.rcode.NOERROR
            writer.close()

    asyncio.run(talk())
    assert [one.beacon for one in records.contacts()] == [f"n{number}.t.example.net" for number in range(3)]


def test_a_tcp_message_that_breaks_off_is_recorded_and_an_empty_connection_is_not(records: Records) -> None:
    async def talk() -> None:
        async with server(records) as port:
            for sent in (b"", b"\x01", struct.pack("!H", 500) + query("x.t.example.net").to_wire()):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                writer.write_eof()
                assert await reader.read() == b""
                writer.close()

    asyncio.run(talk())
    contacts = records.contacts()
    assert [one.claims["malformed"] for one in contacts] == ["the message broke off"] * 2
    assert contacts[1].beacon == "x.t.example.net"


def test_a_silent_tcp_connection_is_closed(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TCP_IDLE_SECONDS", 0.05)

    async def talk() -> None:
        async with server(records) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()

    asyncio.run(talk())
    assert records.contacts() == []


def test_connections_beyond_the_cap_are_closed_and_counted(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TCP_CONNECTIONS", 1)

    async def talk() -> None:
        async with server(records) as port:
            _, first = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
            reader, second = await asyncio.open_connection("127.0.0.1", port)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            first.close()
            second.close()

    asyncio.run(talk())
    assert records.counters_after_close() == {"dns.connections_refused": 1}


def test_responses_are_counted_not_recorded(records: Records) -> None:
    async def talk() -> None:
        async with server(records) as port:
            packet = bytearray(query("x.t.example.net").to_wire())
            packet[2] |= 0x80
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(bytes(packet), ("127.0.0.1", port))
            await ask("udp", "y.t.example.net", port)

    asyncio.run(talk())
    assert [one.beacon for one in records.contacts()] == ["y.t.example.net"]
    assert records.counters_after_close() == {"dns.responses_ignored": 1}


def test_a_full_log_is_answered_as_usual_and_the_loss_counted(records: Records) -> None:
    """Silence would give the canary away. The count reaches the log once it can be written again."""

    async def talk() -> None:
        async with server(records) as port:
            await ask("udp", "before.t.example.net", port)
            records.fail()
            for number, transport in enumerate(("udp", "udp", "tcp")):
                response = await ask(transport, f"lost{number}.t.example.net", port)
                assert response.answer[0][0].to_text() == "203.0.113.5"
            records.fail(on=False)
            await ask("udp", "after.t.example.net", port)

    asyncio.run(talk())
    assert [one.beacon for one in records.contacts()] == ["before.t.example.net", "after.t.example.net"]
    assert records.counters_after_close() == {"dns.lost": 3}


def test_stopping_answers_what_was_taken(records: Records) -> None:
    async def talk() -> None:
        udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
        tcp.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(udp.getsockname())
            client.send(query("x.t.example.net").to_wire())
            listener = UdpListener(udp, AUTHORITY, records)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await listener.stop()
            client.settimeout(5)
            assert dns.message.from_wire(client.recv(512)).rcode() == dns.rcode.NOERROR

    asyncio.run(talk())
    assert [one.beacon for one in records.contacts()] == ["x.t.example.net"]


def test_a_tcp_query_under_way_at_a_stop_is_recorded_and_told_like_any_other(tmp_path: Path) -> None:
    wire = query("x.t.example.net").to_wire()
    with running(tmp_path) as collector:
        with closing(sqlite3.connect(tmp_path / "hits.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # the commit waits
            with socket.create_connection(("127.0.0.1", collector.port("dns"))) as client:
                client.sendall(struct.pack("!H", len(wire)) + wire)
                time.sleep(0.5)
                collector.process.send_signal(signal.SIGTERM)
                assert client.recv(1) == b"", "not answered"
            other.execute("ROLLBACK")
        _, said = collector.process.communicate(timeout=20)
    assert (collector.process.returncode, said) == (0, "dns hit 1\n")


def test_what_the_kernel_drops_is_counted(records: Records) -> None:
    """A burst larger than the socket's buffer, sent before anything is read."""
    burst = 3000

    async def talk() -> None:
        udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
        tcp.close()
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for number in range(burst):
                client.sendto(query(f"n{number}.t.example.net").to_wire(), udp.getsockname())
            listener = UdpListener(udp, AUTHORITY, records)
            await asyncio.sleep(0.05)
            drops = DropCounter([udp], partial(records.count, "dns.dropped_by_kernel"))
            drops.check()
            drops.check()
            await listener.stop()

    asyncio.run(talk())
    recorded = len(records.contacts())
    assert 0 < recorded < burst
    assert records.counters_after_close() == {"dns.dropped_by_kernel": burst - recorded}
