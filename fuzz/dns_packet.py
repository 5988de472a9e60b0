"""DNS: any packet is answered or not, never with more than UDP allows; the short path says what dnspython says."""

from collections.abc import Mapping
from ipaddress import IPv4Address

import dns.edns
import dns.message
import dns.opcode

from collector import limits
from collector.config.file import DnsConfig
from collector.listeners.dnswire import answer, truncated
from collector.listeners.dnszone import Authority
from fuzz import recordable

PEER = "192.0.2.53"
AUTHORITY = Authority(
    DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),)), ["mail.example.com"], ["track.example.net"]
)
SAME = ("beacon", "peer", "raw")


def check(data: bytes) -> None:
    """Ask over UDP and TCP."""
    udp, tcp = (answer(AUTHORITY, data, PEER, transport=transport) for transport in ("udp", "tcp"))
    assert (udp.contact is None) == (tcp.contact is None)
    if udp.contact is None or tcp.contact is None:
        assert udp.packet is None
        return
    recordable.require([udp.contact, tcp.contact])
    assert all(getattr(udp.contact, name) == getattr(tcp.contact, name) for name in SAME)
    assert {**udp.contact.claims, "transport": "tcp"} == tcp.contact.claims
    assert (udp.packet is None) == (tcp.packet is None)
    if udp.packet is None or tcp.packet is None:
        return
    assert len(udp.packet) <= limits.EDNS_PAYLOAD_BYTES
    assert len(tcp.packet) < 1 << 16
    short = truncated(udp.packet)
    assert len(short) <= len(udp.packet)
    assert short[2] & 0x02
    for packet in (udp.packet, tcp.packet, short):
        assert packet[:2] == data[:2]
        assert packet[2] & 0x80
        dns.message.from_wire(packet)
    if not udp.packet[2] & 0x02:  # the whole answer fitted: the short path and dnspython agree
        _require_same(udp.packet, tcp.packet)


def _require_same(one: bytes, other: bytes) -> None:
    first, second = dns.message.from_wire(one), dns.message.from_wire(other)
    assert (first.rcode(), first.flags, first.edns, first.options) == (
        second.rcode(), second.flags, second.edns, second.options,
    )  # fmt: skip
    assert (first.answer, first.authority) == (second.answer, second.authority)


def seeds() -> Mapping[str, bytes]:
    """Return ordinary queries, and odd ones."""

    def query(name: str, kind: str, **options: object) -> bytes:
        message = dns.message.make_query(name, kind, **options)  # type: ignore[arg-type]  # as make_query names them
        message.id = 7
        return message.to_wire()

    subnet = dns.edns.ECSOption("198.51.100.0", 24)
    update = dns.message.QueryMessage(id=7)
    update.set_opcode(dns.opcode.UPDATE)
    return {
        "a": query("abc.t.example.net", "A"),
        "aaaa-edns": query("AbC.t.example.net", "AAAA", use_edns=0, payload=1232),
        "mx": query("mail.example.com", "MX"),
        "any-dnssec": query("t.example.net", "ANY", want_dnssec=True),
        "subnet": query("x.track.example.net", "A", use_edns=0, options=[subnet]),
        "outside": query("www.example.org", "TXT"),
        "axfr": query("t.example.net", "AXFR"),
        "badvers": query("t.example.net", "A", use_edns=1),
        "update": update.to_wire(),
        "pointer": b"\0\7\1\0\0\1\0\0\0\0\0\0\1a\xc0\x0c\0\1\0\1",
    }
