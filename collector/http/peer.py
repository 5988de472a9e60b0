"""Who is at the other end of an HTTP request that may have come through proxies of ours."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


def client_address(socket_peer: str, forwarded_for: str, trusted_proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return the address nearest to us that is not a proxy of ours.

    X-Forwarded-For is read from the right, as far as trusted proxies wrote it: anything further left is the peer's own
    invention. An entry that is no address ends the walk.
    """
    address = socket_peer
    if not trusted_proxies:
        return address
    for entry in reversed(forwarded_for.split(",")):
        if not is_within(address, trusted_proxies):
            return address
        parsed = _parse(entry.strip())
        if parsed is None:
            return address
        address = str(parsed)
    return address


def is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Say whether an address lies in one of `networks`; text that is no address lies in none."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    # ::ffff:192.0.2.1 is 192.0.2.1: a dual-stack proxy must not step out of an IPv4 network by its spelling.
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
