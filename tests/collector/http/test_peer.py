"""Whose address a request counts as, through any number of proxies."""

from ipaddress import ip_network

import pytest

from collector.http.peer import client_address, is_within

PROXIES = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))

CASES = {
    "no proxy at all": ("203.0.113.9", "", "203.0.113.9"),
    "a stranger's claim is not believed": ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
    "one trusted proxy": ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
    "the right-most stranger counts": ("192.0.2.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
    "trusted proxies in a row are passed": ("192.0.2.1", "198.51.100.1, 192.0.2.7", "198.51.100.1"),
    "a proxy that says nothing": ("192.0.2.1", "", "192.0.2.1"),
    "garbage ends the walk": ("192.0.2.1", "198.51.100.1, unknown", "192.0.2.1"),
    "garbage behind a stranger is not reached": ("192.0.2.1", "nonsense, 198.51.100.1", "198.51.100.1"),
    "only proxies": ("192.0.2.1", "192.0.2.2", "192.0.2.2"),
    "IPv6": ("2001:db8::1", "2001:4860::1", "2001:4860::1"),
    "IPv4 spelt as IPv6 is still the proxy": ("::ffff:192.0.2.1", "198.51.100.1", "198.51.100.1"),
    "no address": ("", "198.51.100.1", ""),
}


@pytest.mark.parametrize(("peer", "forwarded", "expected"), CASES.values(), ids=CASES.keys())
def test_client_address(peer: str, forwarded: str, expected: str) -> None:
    """The nearest address that is no proxy of ours."""
    assert client_address(peer, forwarded, PROXIES) == expected


def test_without_trusted_proxies_the_socket_decides() -> None:
    """Nothing a peer writes can change its address."""
    assert client_address("203.0.113.9", "198.51.100.1", ()) == "203.0.113.9"
    assert not is_within("not an address", PROXIES)
