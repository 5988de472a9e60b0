"""The cap on answers over UDP: full, then truncated, then none; every query is recorded all the same."""

import asyncio
import socket
from ipaddress import IPv6Address

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from collector import limits
from collector.config.file import DnsConfig
from collector.config.value import Address
from collector.listeners.dns import TcpListener, UdpListener
from collector.listeners.dnsrate import AnswerRate, Verdict
from collector.listeners.dnswire import answer, truncated
from collector.listeners.dnszone import Authority
from collector.sockets import listen_udp_and_tcp
from tests.collector.listeners.conftest import Records

FULL, SHORT, NONE = Verdict.FULL, Verdict.SHORT, Verdict.NONE
AUTHORITY = Authority(
    DnsConfig((), ("t.example.net",), answers6=tuple(IPv6Address(f"2001:db8::{host}") for host in range(1, 9)))
)


class Clock:
    """A clock that stands until it is turned."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_source_gets_full_answers_then_short_ones_then_none_and_a_second_later_full_ones_again() -> None:
    clock = Clock()
    rate = AnswerRate(2, clock)
    assert [rate.verdict("192.0.2.1") for _ in range(21)] == [FULL] * 2 + [SHORT] * 18 + [NONE]
    assert rate.verdict("192.0.2.2") is FULL
    clock.now += 1
    assert rate.verdict("192.0.2.1") is FULL


def test_an_ipv6_network_is_one_source() -> None:
    rate = AnswerRate(1, Clock())
    assert [rate.verdict(f"2001:db8::{host}") for host in (1, 2)] == [FULL, SHORT]
    assert rate.verdict("2001:db8:0:1::1") is FULL


def test_loopback_is_not_limited() -> None:
    rate = AnswerRate(1, Clock())
    assert {rate.verdict(host) for host in ("127.0.0.1", "127.1.2.3", "::1") for _ in range(99)} == {FULL}


def test_memory_is_bounded_and_sources_beyond_it_share_one_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_DNS_SOURCES", 2)
    rate = AnswerRate(1, Clock())
    assert [rate.verdict(f"192.0.2.{host}") for host in range(4)] == [FULL, FULL, FULL, SHORT]


@pytest.mark.parametrize("options", [[], [dns.edns.ECSOption("203.0.113.0", 24)]], ids=["plain", "with a subnet"])
@pytest.mark.parametrize("edns", [-1, 0], ids=["without EDNS", "with EDNS"])
def test_a_truncated_answer_is_valid_and_no_larger_than_its_question(edns: int, options: list[dns.edns.Option]) -> None:
    query = dns.message.make_query("Deep.Name.t.example.net", "AAAA", use_edns=edns, want_dnssec=edns == 0)
    if edns == 0:
        query.use_edns(0, dns.flags.DO, 1232, options=options)
    reply = answer(AUTHORITY, query.to_wire(), "192.0.2.1", transport="udp")
    assert reply.packet is not None
    short = truncated(reply.packet)
    assert len(short) <= len(query.to_wire()) < len(reply.packet)
    parsed = dns.message.from_wire(short)
    assert query.is_response(parsed)
    assert parsed.flags & dns.flags.TC
    assert (parsed.answer, parsed.rcode(), parsed.edns, parsed.ednsflags) == (
        [],
        dns.rcode.NOERROR,
        edns,
        query.ednsflags,
    )
    assert b"\x04Deep\x04Name" in short, "the letters' case comes back as it was sent"


def test_a_source_over_its_rate_is_recorded_told_to_use_tcp_and_served_there(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "IS_LOOPBACK_LIMITED", True)
    monkeypatch.setattr(limits, "WITHHELD_FACTOR", 2)

    async def talk() -> None:
        udp, tcp = listen_udp_and_tcp(Address("::1", 0), "dns")
        port = int(udp.getsockname()[1])
        datagrams, streams = (
            UdpListener(udp, AUTHORITY, records, AnswerRate(1, Clock())),
            TcpListener(AUTHORITY, records),
        )
        await streams.start([tcp])
        try:
            await asyncio.to_thread(ask, port)
        finally:
            await datagrams.stop()
            await streams.stop()

    def ask(port: int) -> None:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect(("::1", port))
            seen = []
            for number in range(2):
                client.send(dns.message.make_query(f"n{number}.t.example.net", "AAAA").to_wire())
                seen.append(dns.message.from_wire(client.recv(4096)))
            client.send(dns.message.make_query("n2.t.example.net", "AAAA").to_wire())
        assert [len(one.answer) for one in seen] == [1, 0]
        assert [bool(one.flags & dns.flags.TC) for one in seen] == [False, True]
        response = dns.query.tcp(dns.message.make_query("n1.t.example.net", "AAAA"), "::1", 10, port)
        assert len(response.answer) == 1

    asyncio.run(talk())
    contacts = records.contacts()
    assert sorted(one.beacon[:2] for one in contacts) == ["n0", "n1", "n1", "n2"]
    assert {one.peer for one in contacts} == {"::1"}
    assert records.counters_after_close() == {"dns.answers_truncated": 1, "dns.answers_withheld": 1}


def test_a_client_subnet_is_claimed_and_comes_back_as_the_scope_of_the_answer() -> None:
    """So that the resolver asks again for readers elsewhere."""
    query = dns.message.make_query("a.t.example.net", "A", use_edns=0)
    query.use_edns(0, 0, 1232, options=[dns.edns.ECSOption("2001:db8:7::", 56)])
    reply = answer(AUTHORITY, query.to_wire(), "192.0.2.1", transport="udp")
    assert reply.contact is not None
    assert reply.contact.claims["client_subnet"] == "2001:db8:7::/56"
    assert reply.packet is not None
    (scoped,) = dns.message.from_wire(reply.packet).options
    assert isinstance(scoped, dns.edns.ECSOption)
    assert (scoped.address, scoped.srclen, scoped.scopelen) == ("2001:db8:7::", 56, 56)


@pytest.mark.parametrize("kind", ["A", "TXT"], ids=["short path", "long path"])
def test_dnssec_ok_is_claimed_and_comes_back(kind: str) -> None:
    query = dns.message.make_query("a.t.example.net", kind, want_dnssec=True)
    reply = answer(AUTHORITY, query.to_wire(), "192.0.2.1", transport="udp")
    assert reply.contact is not None
    assert reply.contact.claims["dnssec_ok"] == "yes"
    assert reply.packet is not None
    assert dns.message.from_wire(reply.packet).ednsflags & dns.flags.DO
