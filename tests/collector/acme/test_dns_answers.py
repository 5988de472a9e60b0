"""_acme-challenge names over the name server's core: TXT while an order is under way, like any name otherwise."""

from ipaddress import IPv4Address
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from collector.acme.places import Places
from collector.config.file import DnsConfig
from collector.hit import Contact
from collector.listeners.dnswire import answer
from collector.listeners.dnszone import Authority

NAME = "_acme-challenge.t.example.net"
VALUES = ("A" * 43, "b" * 43)


def authority(folder: Path | None) -> Authority:
    return Authority(DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),), acme_answers=folder))


def asked(
    names: Authority, name: str, kind: str = "TXT", transport: str = "udp", *, edns: bool = False
) -> tuple[Contact, dns.message.Message]:
    query = dns.message.make_query(name, kind, id=7, use_edns=edns)
    reply = answer(names, query.to_wire(), "192.0.2.7", transport=transport)
    assert reply.contact is not None
    assert reply.packet is not None
    response = dns.message.from_wire(reply.packet)
    assert query.is_response(response)
    return reply.contact, response


def texts(response: dns.message.Message) -> list[str]:
    return [item.to_text().strip('"') for one in response.answer for item in one]


@pytest.fixture
def names(tmp_path: Path) -> Authority:
    places = Places(tmp_path)
    for value in VALUES:
        places.dns_answer(NAME, value)
    return authority(places.challenges)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", [NAME, "_aCmE-chALLenge.T.exAMPLE.net"])
def test_every_record_is_answered_and_the_query_recorded(names: Authority, transport: str, name: str) -> None:
    contact, response = asked(names, name, transport=transport)
    assert sorted(texts(response)) == sorted(VALUES)
    assert response.flags & dns.flags.AA
    assert response.answer[0].ttl == 0, "no resolver keeps it for the next order"
    assert response.question[0].name.to_text() == f"{name}.", "as it was spelt (0x20)"
    assert (contact.beacon, contact.claims["qtype"], contact.claims["qname"]) == (NAME, "TXT", name)


def test_with_edns_it_is_answered_alike(names: Authority) -> None:
    assert sorted(texts(asked(names, NAME, edns=True)[1])) == sorted(VALUES)


OTHERS = [("x.t.example.net", "TXT"), (f"x.{NAME}", "TXT"), ("_acme-challenge.x.t.example.net", "TXT"), (NAME, "CAA")]


@pytest.mark.parametrize(("name", "kind"), OTHERS)
def test_other_names_and_types_are_as_without_it(names: Authority, name: str, kind: str) -> None:
    _, response = asked(names, name, kind)
    assert response == asked(authority(None), name, kind)[1]
    assert (response.rcode(), response.answer) == (dns.rcode.NOERROR, [])
    assert response.authority[0].rdtype == dns.rdatatype.SOA


def test_an_address_of_such_a_name_is_ours(names: Authority) -> None:
    assert texts(asked(names, NAME, "A")[1]) == ["203.0.113.5"]


def test_outside_the_zones_it_is_refused(names: Authority) -> None:
    assert asked(names, "_acme-challenge.example.org")[1].rcode() == dns.rcode.REFUSED


def test_it_is_gone_when_the_order_is_over(names: Authority, tmp_path: Path) -> None:
    Places(tmp_path).take_down()
    assert asked(names, NAME)[1].answer == []
