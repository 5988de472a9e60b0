"""What the DNS listener answers for: zones with their records, made once from the configuration."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import dns.name
import dns.rdatatype
import dns.rrset

from collector.acme.places import DNS_LABEL, dns_values
from collector.config.file import DnsConfig

MAIL_PREFERENCE = 10
CHALLENGE_START = bytes((len(DNS_LABEL),)) + DNS_LABEL.encode()  # how such a name begins, in wire form
CHALLENGE_TTL_SECONDS = 0  # every order has its own
# A zone that is never transferred needs no real serial; timers are RIPE-203's, the minimum is RFC 2308's negative TTL.
SOA_SERIAL, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, SOA_MINIMUM = 1, 86_400, 7_200, 3_600_000, 60
TYPE_A, TYPE_NS, TYPE_SOA, TYPE_MX, TYPE_AAAA = 1, 2, 6, 15, 28  # RFC 1035 3.2.2, RFC 3596


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone. `soa_data` is the RDATA of its SOA record, uncompressed, for the short path."""

    name: dns.name.Name
    nameservers: tuple[dns.name.Name, ...]
    is_mail: bool
    soa_data: bytes

    def soa(self) -> dns.rrset.RRset:
        """Return the SOA record set."""
        contact = dns.name.from_text("hostmaster", self.name).to_text()
        numbers = f"{SOA_SERIAL} {SOA_REFRESH} {SOA_RETRY} {SOA_EXPIRE} {SOA_MINIMUM}"
        text = f"{self.nameservers[0].to_text()} {contact} {numbers}"
        return dns.rrset.from_text(self.name, SOA_MINIMUM, "IN", "SOA", text)


class Authority:
    """The configured zones, and the names of our mail domains and web hosts. Every name below a zone exists."""

    def __init__(self, config: DnsConfig, mail_domains: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        mail = tuple(mail_domains)
        self.ttl_seconds = config.ttl_seconds
        self._acme_answers = config.acme_answers
        self._addresses: dict[int, Sequence[IPv4Address | IPv6Address]] = {
            TYPE_A: config.answers,
            TYPE_AAAA: config.answers6,
        }
        zones = [_zone(text, config, is_mail=text in mail) for text in dict.fromkeys([*config.zones, *mail, *hosts])]
        # By name in lower-case wire form: what the short path finds by slicing a packet at label boundaries.
        self.zones = {_wire(zone.name): zone for zone in zones}
        # Query type -> number of answer records and their wire form; their owner is a pointer to the question.
        self.plain: dict[int, tuple[int, bytes]] = {}
        for kind, addresses in self._addresses.items():
            parts = [
                struct.pack("!HHHLH", 0xC00C, kind, 1, config.ttl_seconds, len(one.packed)) + one.packed
                for one in addresses
            ]
            self.plain[kind] = (len(parts), b"".join(parts))

    def zone_of(self, name: dns.name.Name) -> Zone | None:
        """Return the zone a name lies in, by whole labels: nott.example.net is not in t.example.net."""
        while len(name) > 1:
            zone = self.zones.get(_wire(name))
            if zone is not None:
                return zone
            name = name.parent()
        return None

    def may_be_challenge(self, name: bytes) -> bool:
        """Say whether a name, given in wire form, may have what an authority asks for (RFC 8555 8.4)."""
        return self._acme_answers is not None and name[: len(CHALLENGE_START)].lower() == CHALLENGE_START

    def records(self, zone: Zone, name: dns.name.Name, kind: int) -> dns.rrset.RRset | None:
        """Return the record set of a name in `zone`, or None where the name has none of that type."""
        texts = [str(address) for address in self._addresses.get(kind, ())]
        if kind == dns.rdatatype.TXT and self.may_be_challenge(_wire(name)):
            return self._challenge(name)
        if name == zone.name and kind == dns.rdatatype.SOA:
            return zone.soa()
        if name == zone.name and kind == dns.rdatatype.NS:
            texts = [server.to_text() for server in zone.nameservers]
        if zone.is_mail and kind == dns.rdatatype.MX:
            texts = [f"{MAIL_PREFERENCE} {zone.name.to_text()}"]
        if not texts:
            return None
        return dns.rrset.from_text_list(name, self.ttl_seconds, "IN", dns.rdatatype.RdataType.make(kind), texts)

    def _challenge(self, name: dns.name.Name) -> dns.rrset.RRset | None:
        if self._acme_answers is None:
            return None
        values = dns_values(self._acme_answers, name.to_text(omit_final_dot=True).lower())
        return dns.rrset.from_text_list(name, CHALLENGE_TTL_SECONDS, "IN", "TXT", values) if values else None


def _zone(text: str, config: DnsConfig, *, is_mail: bool) -> Zone:
    name = dns.name.from_text(text)
    servers = tuple(dns.name.from_text(server) for server in config.nameservers) or (dns.name.from_text("ns1", name),)
    contact = dns.name.from_text("hostmaster", name)
    numbers = struct.pack("!5L", SOA_SERIAL, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, SOA_MINIMUM)
    return Zone(name, servers, is_mail, _wire(servers[0]) + _wire(contact) + numbers)


def _wire(name: dns.name.Name) -> bytes:
    return name.to_digestable()  # lower case, uncompressed
