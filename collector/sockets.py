"""Binding listening sockets, with an error that names the address, its section and the mend."""

import errno
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from collector import limits
from collector.config.value import Address
from collector.errors import BindError
from collector.translation import _

BACKLOG = 1024  # connections waiting to be accepted; the kernel caps it at net.core.somaxconn
UDP_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
UDP_INODE_FIELD = 9  # counted from 0; the last field is the drops (Documentation/networking/proc_net_tcp.rst)
FREE_PORT_TRIES = 20  # a port free for UDP may be taken for TCP

_MENDS = {
    errno.EADDRINUSE: _("another program has it: stop that, or choose another port"),
    errno.EACCES: _("ports below 1024 need CAP_NET_BIND_SERVICE: grant it to the service, or choose another port"),
    errno.EADDRNOTAVAIL: _("this machine does not have the address: use one of its own, or 0.0.0.0"),
    errno.EAFNOSUPPORT: _("this machine does not speak IPv6: use an IPv4 address"),
}


def listen_tcp(address: Address, section: str) -> socket.socket:
    """Return a listening, non-blocking TCP socket.

    Raises:
        BindError: the address cannot be had.
    """
    endpoint = _bound(address, section, socket.SOCK_STREAM)
    endpoint.listen(BACKLOG)
    return endpoint


def listen_udp_and_tcp(address: Address, section: str) -> tuple[socket.socket, socket.socket]:
    """Return a UDP and a TCP socket on the same port, which port 0 leaves to be found.

    Raises:
        BindError: the address cannot be had.
    """
    for tries_left in reversed(range(FREE_PORT_TRIES)):
        udp = _bound(address, section, socket.SOCK_DGRAM)
        with suppress(OSError):  # a smaller buffer only loses more of a flood
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.UDP_BUFFER_BYTES)
        try:
            return udp, listen_tcp(Address(address.host, udp.getsockname()[1]), section)
        except BindError:
            udp.close()
            if address.port or not tries_left:
                raise
    raise AssertionError("unreachable")


def address_of(endpoint: socket.socket) -> str:
    """Return what a socket is bound to, as configuration writes it."""
    host, port = endpoint.getsockname()[:2]
    return str(Address(host, port))


def _bound(address: Address, section: str, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        endpoint = socket.socket(family, kind)
    except OSError as exc:
        raise _error(address, section, exc) from exc
    try:
        if kind == socket.SOCK_STREAM:
            # A restart must not wait for old connections. Not on UDP: there two collectors would share the port.
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            endpoint.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        endpoint.bind((address.host, address.port))
    except OSError as exc:
        endpoint.close()
        raise _error(address, section, exc) from exc
    endpoint.setblocking(False)
    return endpoint


def _error(address: Address, section: str, exc: OSError) -> BindError:
    mend = _MENDS.get(exc.errno or 0, exc.strerror or _("unknown reason"))
    return BindError(
        _("cannot listen on {address} for [{section}]: {mend}", address=address, section=section, mend=mend)
    )


def kernel_drops(endpoint: socket.socket, tables: Sequence[Path] = UDP_TABLES) -> int:
    """Return how many packets for a UDP socket the kernel has thrown away because its buffer was full.

    0 where the system does not say (only Linux does).
    """
    inode = str(os.fstat(endpoint.fileno()).st_ino)
    for table in tables:
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if len(fields) > UDP_INODE_FIELD and fields[UDP_INODE_FIELD] == inode:
                return int(fields[-1])
    return 0


class DropCounter:
    """Counts what the kernel threw away of UDP sockets that any number of processes read."""

    def __init__(self, endpoints: Sequence[socket.socket], count: Callable[[int], None]) -> None:
        self._endpoints = endpoints
        self._count = count
        self._counted = 0

    def check(self) -> None:
        """Count what was thrown away since the last time; call it now and then, and before the sockets are closed."""
        dropped = sum(map(kernel_drops, self._endpoints))
        if dropped > self._counted:
            self._count(dropped - self._counted)
            self._counted = dropped
