"""How much one stranger may send: a token bucket for each source network, in a bounded table."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

MAX_SOURCES = 8192  # buckets kept; the one unused for longest goes first
IPV6_BITS = 64  # one customer's network (RFC 6177): single addresses of it cost nothing


class SourceLimits:
    """Allows `burst` at once and `per_second` on average from each IPv4 address or IPv6 /64."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, host: str) -> bool:
        """Take one from the source's bucket; False if it is empty."""
        key, now = network_of(host), self._clock()
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        is_allowed = left >= 1
        self._buckets[key] = (left - 1 if is_allowed else left, now)
        if len(self._buckets) > MAX_SOURCES:
            self._buckets.popitem(last=False)
        return is_allowed


def network_of(host: str) -> str:
    """Return what one customer has: an IPv4 address, or an IPv6 /64; any other text as it is."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return f"{int(address) >> (128 - IPV6_BITS):x}"
