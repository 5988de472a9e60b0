"""Accepts SIP connections over TLS (RFC 3261 26.2.1): the handshake, under a time limit. What is said is `sip`'s part.

asyncio's own servers shake hands before anybody can count or refuse a connection; here that comes first.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

from collector import limits
from collector.certificates import ServerTls

ACCEPT_PAUSE_SECONDS = 0.1  # after running out of file descriptors
_SCARCE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


async def accept(endpoint: socket.socket, take: Callable[[socket.socket, tuple[object, ...]], None]) -> None:
    """Hand over every connection to a listening, non-blocking socket, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            connection, address = await loop.sock_accept(endpoint)
        except OSError as exc:
            await asyncio.sleep(ACCEPT_PAUSE_SECONDS if exc.errno in _SCARCE else 0)
            continue
        take(connection, address)


async def shake_hands(
    connection: socket.socket, tls: ServerTls, *, limit_bytes: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the two ends of what is said behind the handshake.

    Raises:
        OSError: it failed or took too long; the connection is closed then.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit_bytes)
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            connection,
            ssl=tls.context,
            ssl_handshake_timeout=limits.TLS_HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=limits.TLS_SHUTDOWN_SECONDS,
        )
    except BaseException:
        connection.close()
        raise
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
