"""The short path of the DNS core: queries of any type for ordinary names under our zones, on `struct` alone.

A hundred times cheaper than reading the packet with dnspython, which decides everything that is not plain and is the
oracle this path is tested against (docs/decisions/0103).
"""

import struct
from typing import NamedTuple

import dns.rdatatype

from collector import limits
from collector.hit import Channel, Contact
from collector.listeners.dnszone import MAIL_PREFERENCE, SOA_MINIMUM, TYPE_A, TYPE_MX, TYPE_NS, TYPE_SOA, Authority

HEADER_BYTES = 12  # RFC 1035 4.1.1
ORDINARY = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
LEAST_BYTES, MOST_BYTES = HEADER_BYTES + 5, limits.PLAIN_UDP_BYTES
TYPE_OPT, TYPE_ANY = 41, 255  # RFC 6891, RFC 8482
# Record types and ANY. What else there is from 128 on (transfers, TSIG) asks for more than records (RFC 6895 3.1).
_TYPES = {kind: dns.rdatatype.to_text(kind) for kind in (*range(1, 128), TYPE_ANY, 256, 257) if kind != TYPE_OPT}
_APEX_TYPES = (TYPE_NS, TYPE_SOA)  # which a zone has at its own name
_NO_RECORDS = (0, b"")
_ONE_QUESTION = b"\0\1\0\0\0\0"  # and neither answers nor authorities
_CLASS_IN = b"\0\1"
_OPT_HEAD = b"\0\0\x29"  # root owner, type OPT (RFC 6891 6.1.2)


class _Question(NamedTuple):
    name: str  # as received, without the final dot
    starts: list[int]  # where each label begins in the packet
    root: int  # where the name's final zero byte is
    kind: int


def plain_answer(authority: Authority, packet: bytes, peer: str) -> tuple[Contact, bytes] | None:
    """Return the contact and the answer, or None if this packet is not for the short path."""
    question = _question(packet)
    if question is None or question.kind not in _TYPES:
        return None
    end = question.root + 5
    edns = _edns(packet, end)
    lower = packet[: question.root + 1].lower()  # length bytes are below 64, capital letters above
    if edns is None:
        return None
    for start in question.starts:
        if (zone := authority.zones.get(lower[start:])) is not None:
            break
    else:
        return None
    kind = TYPE_A if question.kind == TYPE_ANY else question.kind
    if kind in _APEX_TYPES and start == HEADER_BYTES:
        return None
    answers, records = authority.plain.get(kind, _NO_RECORDS)
    if kind == TYPE_MX and zone.is_mail:
        owner = struct.pack("!HHHL", _pointer(HEADER_BYTES), TYPE_MX, 1, authority.ttl_seconds)
        answers, records = 1, owner + struct.pack("!HHH", 4, MAIL_PREFERENCE, _pointer(start))
    authorities = 0 if answers else 1
    if not answers:
        records = struct.pack("!HHHLH", _pointer(start), TYPE_SOA, 1, SOA_MINIMUM, len(zone.soa_data)) + zone.soa_data
    # Flags: response and authoritative, with the query's recursion-desired and checking-disabled bits.
    head = struct.pack("!BB4H", 0x84 | packet[2] & 1, packet[3] & 0x10, 1, answers, authorities, 1 if edns else 0)
    claims = {"transport": "udp", "qname": question.name, "qtype": _TYPES[question.kind]}
    if len(edns) and edns[7]:
        claims["dnssec_ok"] = "yes"
    contact = Contact(Channel.DNS, question.name.lower(), peer, claims=claims, raw=packet)
    return contact, packet[:2] + head + packet[HEADER_BYTES:end] + records + edns


def _pointer(at: int) -> int:
    """Return what stands for a name that is written out at `at` (RFC 1035 4.1.4)."""
    return 0xC000 | at


def _question(packet: bytes) -> _Question | None:
    # A standard query whose only flags are recursion-desired, authentic-data and checking-disabled.
    size = len(packet)
    if not LEAST_BYTES <= size <= MOST_BYTES or packet[2] & 0xFE or packet[3] & 0xCF or packet[4:10] != _ONE_QUESTION:
        return None
    labels: list[bytes] = []
    starts: list[int] = []
    at = HEADER_BYTES
    while length := packet[at]:
        end = at + length + 1
        if length > 63 or end > size - 5:
            return None
        starts.append(at)
        labels.append(packet[at + 1 : end])
        at = end
    name = b".".join(labels)
    is_ordinary = len(name) <= 253 and len(name.translate(None, ORDINARY)) == len(labels) - 1
    if not is_ordinary or packet[at + 3 : at + 5] != _CLASS_IN:
        return None
    return _Question(name.decode(), starts, at, packet[at + 1] << 8 | packet[at + 2])


def _edns(packet: bytes, at: int) -> bytes | None:
    """Return the EDNS record to answer with: empty without EDNS, None if what follows the question is not plain."""
    rest = packet[at:]
    has_record = packet[10:12] == b"\0\1"
    if not rest:
        return b"" if packet[10:12] == b"\0\0" else None
    # Owner and type, payload size, extended code 0, version 0, flags (only DO), no options.
    if not has_record or len(rest) != 11 or rest[:3] != _OPT_HEAD or rest[5:7] != b"\0\0" or rest[8:] != b"\0\0\0":
        return None
    return b"".join(
        (_OPT_HEAD, struct.pack("!H", limits.EDNS_PAYLOAD_BYTES), b"\0\0", bytes((rest[7] & 0x80,)), b"\0\0\0")
    )
