"""Recorders to compare with: one row for each query, committed before the answer; no zones, no chain, no claims."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from collector.config.value import Address
from collector.hitlog.sqlite import sqlite3
from collector.sockets import listen_udp_and_tcp

ANSWER = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\5"
BATCH = 256  # packets before a commit
Server = tuple[int, Callable[[], Awaitable[None]], Callable[[], int]]


def bare_table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(str(path), check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS hit (seq INTEGER PRIMARY KEY, at, peer, name, qtype, raw)")
    return connection


def row_of(packet: bytes, address: tuple[Any, ...]) -> tuple[object, ...]:
    """Read the name and the type, as a recorder has to that anybody wants to ask."""
    labels = []
    at = 12
    while length := packet[at]:
        labels.append(packet[at + 1 : at + 1 + length])
        at += length + 1
    return time.time(), address[0], b".".join(labels).decode().lower(), packet[at + 2], packet


def answer_to(packet: bytes) -> bytes:
    return packet[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + packet[12:] + ANSWER


INSERT = "INSERT INTO hit (at, peer, name, qtype, raw) VALUES (?, ?, ?, ?, ?)"


class BareDatagrams(asyncio.DatagramProtocol):
    """uvloop hands over the packets; all that came in one turn of the loop are committed together, then answered."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[bytes, tuple[Any, ...]]] = []
        self._transport: Any = None

    @classmethod
    async def start(cls, path: Path) -> Server:
        """Serve on a free port."""
        connection = bare_table(path)
        udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
        tcp.close()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: cls(connection), sock=udp)

        async def stop() -> None:
            transport.close()

        return udp.getsockname()[1], stop, lambda: _count(connection)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are sent by."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Keep a packet for the commit of this turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._commit)
        self._waiting.append((data, addr))

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        self._connection.executemany(INSERT, [row_of(packet, address) for packet, address in batch])
        self._connection.commit()
        for packet, address in batch:
            self._transport.sendto(answer_to(packet), address)


def raw_echo(path: Path) -> Server:
    """Read the socket without asyncio's datagram layer and store the packets unread: the least there can be."""
    connection = bare_table(path)
    udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
    tcp.close()
    loop = asyncio.get_running_loop()
    loop.add_reader(udp.fileno(), lambda: _echo(udp, connection))

    async def stop() -> None:
        loop.remove_reader(udp.fileno())

    return udp.getsockname()[1], stop, lambda: _count(connection)


def _echo(udp: socket.socket, connection: sqlite3.Connection) -> None:
    batch: list[tuple[bytes, tuple[Any, ...]]] = []
    try:
        while len(batch) < BATCH:
            batch.append(udp.recvfrom(512))
    except BlockingIOError:
        pass
    rows = [(address[0], packet) for packet, address in batch]
    connection.executemany("INSERT INTO hit (peer, raw) VALUES (?, ?)", rows)
    connection.commit()
    for packet, address in batch:
        udp.sendto(answer_to(packet), address)


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM hit").fetchone()[0])
