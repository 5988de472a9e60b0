"""How many answers one source gets over UDP: full ones, then truncated ones, then none. Every query is recorded.

UDP sources can be forged: without a limit, whoever writes a victim's address on small questions would have us send the
victim larger answers. Counted in whole seconds, because this runs for each query and must cost next to nothing.
"""

import socket
import time
from collections.abc import Callable
from enum import Enum, auto

from collector import limits

IPV6_NETWORK_BYTES = 8  # /64, one customer's network (RFC 6177)


class Verdict(Enum):
    """What a query is answered with."""

    FULL = auto()
    SHORT = auto()  # truncated, as large as the question
    NONE = auto()


class AnswerRate:
    """Allows `per_second` full answers to an IPv4 address or an IPv6 /64, and ten times as many short ones."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._full = per_second
        self._any = per_second * limits.WITHHELD_FACTOR
        self._clock = clock
        self._second = 0
        self._counts: dict[str | bytes, int] = {}

    def verdict(self, host: str) -> Verdict:
        """Count one answer to a source and say what it is."""
        if (host.startswith("127.") or host == "::1") and not limits.IS_LOOPBACK_LIMITED:
            return Verdict.FULL
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._counts.clear()
        source = _network(host) if ":" in host else host
        if source not in self._counts and len(self._counts) >= limits.MAX_DNS_SOURCES:
            source = ""
        count = self._counts[source] = self._counts.get(source, 0) + 1
        if count <= self._full:
            return Verdict.FULL
        return Verdict.SHORT if count <= self._any else Verdict.NONE


def _network(host: str) -> str | bytes:
    try:
        return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])[:IPV6_NETWORK_BYTES]
    except OSError:
        return host
