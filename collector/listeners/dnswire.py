"""The DNS core: a packet and its peer in, a contact and an answer packet out. No sockets, no clock.

Every name under a zone exists, every query is recorded whatever its type, and names outside get REFUSED. The short
path of `dnsfast` goes first; dnspython reads and answers everything else.
"""

import struct
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from collector import limits
from collector.hit import Channel, Contact
from collector.listeners.dnsfast import HEADER_BYTES, plain_answer
from collector.listeners.dnszone import Authority

QR = 0x80  # response bit, in the third byte
TC = 0x02  # truncated, in the third byte
OPT_START = b"\0\0\x29" + limits.EDNS_PAYLOAD_BYTES.to_bytes(2, "big")  # how our EDNS record begins; it comes last
KEPT_FLAGS = 0x79  # opcode and recursion-desired, in the third byte
AD_CD = 0x30  # authentic data and checking disabled, in the fourth (RFC 4035 3.2)
UNREADABLE = (dns.exception.DNSException, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the core makes of one packet. Either part may be missing: a response is ignored, garbage gets no answer."""

    contact: Contact | None
    packet: bytes | None


def answer(authority: Authority, packet: bytes, peer: str, *, transport: str) -> Reply:
    """Return what to record and what to answer, for any bytes from any peer; `transport` is udp or tcp."""
    starts = packet[HEADER_BYTES + 1 : HEADER_BYTES + 2]  # behind the first label's length
    is_challenge = starts == b"_" and authority.may_be_challenge(packet[HEADER_BYTES:])
    if transport == "udp" and not is_challenge and (plain := plain_answer(authority, packet, peer)) is not None:
        return Reply(*plain)
    if len(packet) < HEADER_BYTES:
        return Reply(_malformed(packet, peer, transport, "shorter than a header"), None)
    if packet[2] & QR:
        return Reply(None, None)  # a response to nobody's question; answering it could start a loop
    if packet[2] >> 3 & 0x0F != dns.opcode.QUERY:
        return _answer_other(packet, peer, transport)
    return _answer_query(authority, packet, peer, transport)


def truncated(response: bytes) -> bytes:
    """Return an answer of ours with the truncated bit and without records: header, question and EDNS, like a query."""
    end = HEADER_BYTES
    if response[4:6] == b"\0\1":
        while response[end]:  # our own answer: its question is written out, label by label
            end += response[end] + 1
        end += 5
    at = response.find(OPT_START, end) if response[10:12] != b"\0\0" else -1
    edns = response[at:] if at >= 0 else b""
    counts = response[4:6] + b"\0\0\0\0" + (b"\0\1" if edns else b"\0\0")
    return response[:2] + bytes((response[2] | TC, response[3])) + counts + response[HEADER_BYTES:end] + edns


def unfinished(packet: bytes, peer: str) -> Contact:
    """Return the contact for a TCP message that broke off."""
    return _malformed(packet, peer, "tcp", "the message broke off")


def _answer_other(packet: bytes, peer: str, transport: str) -> Reply:
    """Answer NOTIFY, UPDATE and whatever else is not a query."""
    claims = {"opcode": dns.opcode.to_text(dns.opcode.Opcode.make(packet[2] >> 3 & 0x0F))}
    contact = _contact(packet, peer, transport, _question_of(packet), claims)
    return Reply(contact, _bare_answer(packet, dns.rcode.NOTIMP))


def _answer_query(authority: Authority, packet: bytes, peer: str, transport: str) -> Reply:
    try:
        query, response = _respond(authority, packet, transport)
    except dns.message.UnknownTSIGKey:
        contact = _malformed(packet, peer, transport, "TSIG with an unknown key")
        return Reply(contact, _bare_answer(packet, dns.rcode.NOTAUTH))
    except UNREADABLE as exc:
        contact = _malformed(packet, peer, transport, f"{type(exc).__name__}: {exc}"[:200])
        return Reply(contact, _bare_answer(packet, dns.rcode.FORMERR))
    return Reply(_contact(packet, peer, transport, query, _edns_claims(query)), response)


def _respond(authority: Authority, packet: bytes, transport: str) -> tuple[dns.message.Message, bytes]:
    query = dns.message.from_wire(_with_known_flags(packet))
    if len(query.question) != 1:
        raise ValueError(f"{len(query.question)} questions")  # RFC 9619: a query has one
    response = dns.message.make_response(query, our_payload=limits.EDNS_PAYLOAD_BYTES)
    response.flags |= query.flags & dns.flags.CD  # RFC 4035 3.1.6
    if query.edns == 0:
        # The subnet comes back with its whole length as scope (RFC 7871 7.2.1): the resolver then asks again for each
        # other subnet, and every reader is seen.
        scoped: list[dns.edns.Option] = [
            dns.edns.ECSOption(one.address, one.srclen, one.srclen) for one in _subnets(query)
        ]
        response.use_edns(0, query.ednsflags & dns.flags.DO, limits.EDNS_PAYLOAD_BYTES, options=scoped)  # RFC 3225 3
    _fill(authority, query, response)
    room = 65_535
    if transport == "udp":
        room = max(limits.PLAIN_UDP_BYTES, min(query.payload, limits.EDNS_PAYLOAD_BYTES))
    return query, response.to_wire(max_size=room, prefer_truncation=True)


def _fill(authority: Authority, query: dns.message.Message, response: dns.message.Message) -> None:
    question = query.question[0]
    zone = authority.zone_of(question.name)
    if query.edns > 0:
        response.set_rcode(dns.rcode.BADVERS)
        return
    is_transfer = question.rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR)
    if zone is None or question.rdclass != dns.rdataclass.IN or is_transfer:
        response.set_rcode(dns.rcode.REFUSED)
        return
    response.flags |= dns.flags.AA
    # One record set is a complete answer to ANY (RFC 8482 4.1), and too small to be worth amplifying.
    kind = dns.rdatatype.A if question.rdtype == dns.rdatatype.ANY else question.rdtype
    records = authority.records(zone, question.name, kind)
    if records is not None:
        response.answer.append(records)
    else:
        response.authority.append(zone.soa())


def _bare_answer(packet: bytes, rcode: dns.rcode.Rcode) -> bytes:
    """Return a header that only carries an error: the question may be what cannot be read."""
    return packet[:2] + bytes((QR | packet[2] & KEPT_FLAGS, int(rcode))) + b"\0" * 8


def _with_known_flags(packet: bytes) -> bytes:
    """Return a query with the flags alone that a query has: opcode, RD, AD and CD.

    Python keeps one object for ever for each combination of flags that dnspython meets (enum.Flag): 65,536 of them,
    some 25 MB, for whoever sends them all.
    """
    return packet[:2] + bytes((packet[2] & KEPT_FLAGS, packet[3] & AD_CD)) + packet[4:]


def _question_of(packet: bytes) -> dns.message.Message | None:
    """Read the question alone of a packet whose rest cannot be read."""
    if len(packet) < HEADER_BYTES:
        return None
    try:
        return dns.message.from_wire(_with_known_flags(packet), question_only=True, ignore_trailing=True)
    except UNREADABLE:
        return None


def _malformed(packet: bytes, peer: str, transport: str, reason: str) -> Contact:
    return _contact(packet, peer, transport, _question_of(packet), {"malformed": reason})


def _contact(
    packet: bytes, peer: str, transport: str, query: dns.message.Message | None, claims: dict[str, str]
) -> Contact:
    beacon = ""
    claims = {"transport": transport, **claims}
    if query is not None and query.question:
        question = query.question[0]
        qname = question.name.to_text(omit_final_dot=True)
        beacon = qname.lower()
        claims |= {"qname": qname, "qtype": dns.rdatatype.to_text(question.rdtype)}
        if question.rdclass != dns.rdataclass.IN:
            claims["qclass"] = dns.rdataclass.to_text(question.rdclass)
    return Contact(Channel.DNS, beacon, peer, claims=claims, raw=packet).bounded()


def _subnets(query: dns.message.Message) -> list[dns.edns.ECSOption]:
    return [option for option in query.options if isinstance(option, dns.edns.ECSOption)][:1]


def _edns_claims(query: dns.message.Message) -> dict[str, str]:
    """Claim the network the resolver says it asks for (RFC 7871), closer to the reader than it is; and DNSSEC-OK."""
    claims = {}
    for one in _subnets(query):
        claims["client_subnet"] = f"{one.address}/{one.srclen}"
    if query.ednsflags & dns.flags.DO:
        claims["dnssec_ok"] = "yes"
    return claims
