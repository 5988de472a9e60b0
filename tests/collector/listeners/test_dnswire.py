"""The DNS core as transcripts: what is recorded and what is answered, for queries, oddities and garbage."""

import struct
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsigkeyring
import dns.update
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.config.file import DnsConfig
from collector.hit import GENESIS, Channel, Contact, parse_hit, seal
from collector.listeners.dnsfast import plain_answer
from collector.listeners.dnswire import _answer_query, answer, unfinished
from collector.listeners.dnszone import Authority

CONFIG = DnsConfig(
    listen=(),
    zones=("t.example.net", "deep.t.example.net"),
    answers=(IPv4Address("203.0.113.5"), IPv4Address("203.0.113.6")),
)
AUTHORITY = Authority(CONFIG, ["mail.example.com"], ["track.example.net"])
PEER = "192.0.2.53"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ask(
    name: str, kind: str, *, transport: str = "udp", authority: Authority = AUTHORITY, **options: object
) -> tuple[Contact, dns.message.Message]:
    query = dns.message.make_query(name, kind, **options)  # type: ignore[arg-type]  # options as make_query names them
    reply = answer(authority, query.to_wire(), PEER, transport=transport)
    assert reply.contact is not None
    assert reply.packet is not None
    response = dns.message.from_wire(reply.packet)
    assert query.is_response(response)
    return reply.contact, response


def texts(response: dns.message.Message) -> tuple[str, list[str], list[str], bool]:
    return (
        dns.rcode.to_text(response.rcode()),
        sorted(item.to_text() for rrset in response.answer for item in rrset),
        [f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}" for rrset in response.authority],
        bool(response.flags & dns.flags.AA),
    )


SOA = "hostmaster.t.example.net. 1 86400 7200 3600000 60"
A = ["203.0.113.5", "203.0.113.6"]
ANSWERS = {
    "A under a zone": ("x7.t.example.net", "A", ("NOERROR", A, [], True)),
    "A at the zone itself": ("t.example.net", "A", ("NOERROR", A, [], True)),
    "A many labels down": ("a.b.c.d.t.example.net", "A", ("NOERROR", A, [], True)),
    "A of a web host": ("track.example.net", "A", ("NOERROR", A, [], True)),
    "A of a mail domain": ("mail.example.com", "A", ("NOERROR", A, [], True)),
    "AAAA without an IPv6 address": ("x7.t.example.net", "AAAA", ("NOERROR", [], ["t.example.net. SOA"], True)),
    "AAAA in the inner of two zones": (
        "x.deep.t.example.net",
        "AAAA",
        ("NOERROR", [], ["deep.t.example.net. SOA"], True),
    ),
    "SOA of a zone": ("t.example.net", "SOA", ("NOERROR", [f"ns1.t.example.net. {SOA}"], [], True)),
    "NS of a zone": ("t.example.net", "NS", ("NOERROR", ["ns1.t.example.net."], [], True)),
    "NS below a zone": ("x7.t.example.net", "NS", ("NOERROR", [], ["t.example.net. SOA"], True)),
    "TXT": ("x7.t.example.net", "TXT", ("NOERROR", [], ["t.example.net. SOA"], True)),
    "MX of a mail domain": ("mail.example.com", "MX", ("NOERROR", ["10 mail.example.com."], [], True)),
    "MX below a mail domain": ("x.mail.example.com", "MX", ("NOERROR", ["10 mail.example.com."], [], True)),
    "MX of a canary name": ("x7.t.example.net", "MX", ("NOERROR", [], ["t.example.net. SOA"], True)),
    "ANY gets one record set": ("x7.t.example.net", "ANY", ("NOERROR", A, [], True)),
    "HTTPS": ("x7.t.example.net", "TYPE65", ("NOERROR", [], ["t.example.net. SOA"], True)),
    "an unknown type": ("x7.t.example.net", "TYPE65280", ("NOERROR", [], ["t.example.net. SOA"], True)),
    "a name outside": ("www.example.org", "A", ("REFUSED", [], [], False)),
    "a name that only ends like a zone": ("nott.example.net", "A", ("REFUSED", [], [], False)),
    "the parent of a zone": ("example.net", "A", ("REFUSED", [], [], False)),
    "the root": (".", "NS", ("REFUSED", [], [], False)),
    "a transfer": ("t.example.net", "AXFR", ("REFUSED", [], [], False)),
}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("name", "kind", "expected"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answers(name: str, kind: str, expected: tuple[str, list[str], list[str], bool], transport: str) -> None:
    """Each question gets its answer on both transports and is recorded under its own name."""
    contact, response = ask(name, kind, transport=transport)
    assert texts(response) == expected
    assert contact.channel == Channel.DNS
    assert contact.beacon == (name.rstrip(".").lower() or ".")
    assert contact.peer == PEER
    assert contact.claims["qtype"] in (kind, "HTTPS")
    assert contact.claims["transport"] == transport
    assert "malformed" not in contact.claims


def test_ipv6_answers_are_given_where_configured() -> None:
    """AAAA from `answers6`; the servers named in `nameservers` appear in NS and SOA."""
    config = DnsConfig((), ("t.example.net",), (), (IPv6Address("2001:db8::5"),), ("ns.example.org",))
    authority = Authority(config)
    assert texts(ask("x.t.example.net", "AAAA", authority=authority)[1])[1] == ["2001:db8::5"]
    assert texts(ask("x.t.example.net", "A", authority=authority)[1])[2] == ["t.example.net. SOA"]
    assert texts(ask("t.example.net", "NS", authority=authority)[1])[1] == ["ns.example.org."]


@pytest.mark.parametrize("kind", ["A", "AAAA", "TXT"])
def test_the_askers_spelling_is_kept(kind: str) -> None:
    """0x20 case returns in the answer and in the claims; the beacon is in lower case."""
    query = dns.message.make_query("X7aB.T.eXample.NET", kind)
    reply = answer(AUTHORITY, query.to_wire(), PEER, transport="udp")
    assert reply.packet is not None
    assert reply.contact is not None
    assert b"\x04X7aB\x01T\x07eXample\x03NET" in reply.packet
    assert reply.contact.beacon == "x7ab.t.example.net"
    assert reply.contact.claims["qname"] == "X7aB.T.eXample.NET"


@pytest.mark.parametrize("kind", ["A", "AAAA", "TXT"])
@pytest.mark.parametrize("want_dnssec", [False, True])
def test_edns_is_answered_in_kind(kind: str, want_dnssec: bool) -> None:
    """The answer offers 1,232 bytes and copies the DO bit; without EDNS in the query there is none in the answer."""
    _, response = ask("x.t.example.net", kind, use_edns=0, payload=4096, want_dnssec=want_dnssec)
    assert (response.edns, response.payload) == (0, 1232)
    assert bool(response.ednsflags & dns.flags.DO) is want_dnssec
    _, plain = ask("x.t.example.net", kind, use_edns=False)
    assert plain.edns == -1


def test_an_unknown_edns_version_gets_badvers() -> None:
    """RFC 6891 6.1.3."""
    contact, response = ask("x.t.example.net", "A", use_edns=1)
    assert response.rcode() == dns.rcode.BADVERS
    assert contact.beacon == "x.t.example.net"


def test_the_client_subnet_a_resolver_forwards_is_claimed() -> None:
    """It says more of the reader than the resolver's own address does."""
    option = dns.edns.ECSOption("198.51.100.0", 24)
    contact, _ = ask("x.t.example.net", "A", use_edns=0, options=[option])
    assert contact.claims["client_subnet"] == "198.51.100.0/24"


def test_other_classes_are_refused_and_recorded() -> None:
    """CHAOS version.bind is a scanner's question."""
    contact, response = ask("version.bind", "TXT", rdclass="CH")
    assert response.rcode() == dns.rcode.REFUSED
    assert contact.claims["qclass"] == "CH"


def test_answers_stay_small() -> None:
    """No answer can be used to amplify: at most 512 bytes with the most addresses and the longest name."""
    many = tuple(IPv6Address(number) for number in range(8))
    authority = Authority(DnsConfig((), ("t.example.net",), (), many))
    name = ".".join(["x" * 63, "y" * 63, "z" * 63, "w" * 46, "t.example.net"])
    query = dns.message.make_query(name, "AAAA", use_edns=False).to_wire()
    reply = answer(authority, query, PEER, transport="udp")
    assert reply.packet is not None
    assert len(reply.packet) <= 512
    assert not dns.message.from_wire(reply.packet).flags & dns.flags.TC


def header(flags: int, counts: tuple[int, int, int, int] = (1, 0, 0, 0)) -> bytes:
    return struct.pack("!HH4H", 0x1234, flags, *counts)


QUESTION = b"\x01x\x01t\x07example\x03net\x00\x00\x01\x00\x01"
TSIG_QUERY = dns.message.make_query("x.t.example.net", "A")
TSIG_QUERY.use_tsig(dns.tsigkeyring.from_text({"k.": "c2VjcmV0"}))
UPDATE = dns.update.UpdateMessage("t.example.net")
UPDATE.add("x", 60, "A", "192.0.2.1")

ODD = {
    # bytes -> (response code or None for silence, beacon, claim)
    "nothing": (b"", None, "", "malformed"),
    "eleven bytes": (header(0)[:11], None, "", "malformed"),
    "a header alone": (header(0), "FORMERR", "", "malformed"),
    "no question": (header(0, (0, 0, 0, 0)), "FORMERR", "", "malformed"),
    "two questions": (header(0, (2, 0, 0, 0)) + QUESTION * 2, "FORMERR", "x.t.example.net", "malformed"),
    "bytes after the question": (header(0) + QUESTION + b"junk", "FORMERR", "x.t.example.net", "malformed"),
    "a name cut short": (header(0) + QUESTION[:5], "FORMERR", "", "malformed"),
    "a label of 64": (header(0) + b"\x40" + b"x" * 64 + b"\0\0\1\0\1", "FORMERR", "", "malformed"),
    "a pointer to itself": (header(0) + b"\xc0\x0c\0\1\0\1", "FORMERR", "", "malformed"),
    "a record that is missing": (header(0, (1, 0, 0, 1)) + QUESTION, "FORMERR", "x.t.example.net", "malformed"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "NOTIMP", "", "opcode"),
    "TSIG with a key we never had": (TSIG_QUERY.to_wire(), "NOTAUTH", "x.t.example.net", "malformed"),
    "UPDATE": (UPDATE.to_wire(), "NOTIMP", "t.example.net", "opcode"),
    "NOTIFY": (header(0x2000) + QUESTION, "NOTIMP", "x.t.example.net", "opcode"),
    "an unassigned opcode": (header(0x7800), "NOTIMP", "", "opcode"),
}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("packet", "rcode", "beacon", "claim"), ODD.values(), ids=ODD.keys())
def test_odd_packets_are_recorded_and_answered_with_an_error(
    packet: bytes, rcode: str | None, beacon: str | None, claim: str, transport: str
) -> None:
    """FORMERR where a header can be read, silence where not, NOTIMP for other operations; the bytes are kept."""
    reply = answer(AUTHORITY, packet, PEER, transport=transport)
    assert reply.contact is not None
    assert claim in reply.contact.claims
    assert reply.contact.raw == packet
    if beacon is not None:
        assert reply.contact.beacon == beacon
    if rcode is not None:
        assert reply.packet is not None
        response = dns.message.from_wire(reply.packet)
        assert dns.rcode.to_text(response.rcode()) == rcode
        assert response.flags & dns.flags.QR
        assert reply.packet[:2] == packet[:2]
    elif len(packet) < 12:
        assert reply.packet is None


def test_responses_are_neither_answered_nor_recorded() -> None:
    """Answering a response could start a loop between two servers."""
    packet = bytearray(dns.message.make_query("x.t.example.net", "A").to_wire())
    packet[2] |= 0x80
    reply = answer(AUTHORITY, bytes(packet), PEER, transport="udp")
    assert (reply.contact, reply.packet) == (None, None)


def test_no_choice_of_flags_fills_the_memory() -> None:
    """Python keeps an object for each combination that dnspython meets."""
    question = dns.message.make_query("x.t.example.net", "A").to_wire()
    for flags in range(0, 65_536, 7):
        answer(AUTHORITY, question[:2] + flags.to_bytes(2, "big") + question[4:-1], PEER, transport="tcp")
    assert len(dns.flags.Flag._value2member_map_) < 300


def test_unfinished_tcp_messages_keep_their_bytes() -> None:
    """And the name, if that far was sent."""
    contact = unfinished(header(0) + QUESTION, PEER)
    assert (contact.beacon, contact.claims["malformed"]) == ("x.t.example.net", "the message broke off")


labels = st.text(st.sampled_from("abcXYZ019-_"), min_size=1, max_size=20)
flags = st.sampled_from([0, 0x0100, 0x0120, 0x0110, 0x0130])


@given(
    st.lists(labels, max_size=6),
    st.sampled_from(["t.example.net", "deep.T.example.net", "mail.example.com", "track.example.net"]),
    st.sampled_from([1, 28, 15, 255]) | st.integers(1, 127).filter(lambda kind: kind != dns.rdatatype.OPT),
    flags,
    st.sampled_from([None, False, True]),
)
def test_the_short_path_agrees_with_dnspython(
    below: list[str], zone: str, number: int, flag_bits: int, dnssec: bool | None
) -> None:
    """Same contact and same message, whichever path reads the query; only a zone's own NS and SOA have no short one."""
    kind = dns.rdatatype.RdataType.make(number)
    query = dns.message.make_query(
        ".".join([*below, zone]), kind, use_edns=dnssec is not None, want_dnssec=bool(dnssec)
    )
    query.flags = dns.flags.Flag(flag_bits)
    wire = query.to_wire()
    short = plain_answer(AUTHORITY, wire, PEER)
    long = _answer_query(AUTHORITY, wire, PEER, "udp")
    if number in {dns.rdatatype.NS, dns.rdatatype.SOA} and not below:
        assert short is None
        return
    assert short is not None
    assert long.packet is not None
    contact, packet = short
    assert contact == long.contact
    ours, oracle = dns.message.from_wire(packet), dns.message.from_wire(long.packet)
    assert ours == oracle, "sections, identity and flags"
    assert (ours.ednsflags, ours.payload) == (oracle.ednsflags, oracle.payload)
    assert ours.to_text().lower() == oracle.to_text().lower()


def check_any(packet: bytes, transport: str) -> None:
    reply = answer(AUTHORITY, packet, PEER, transport=transport)
    if reply.contact is None:
        assert reply.packet is None
        assert packet[2] & 0x80
        return
    hit = seal(reply.contact, seq=1, received_at=NOON, log="0123abcd", prev=GENESIS)
    assert parse_hit(hit.to_line()) == hit
    if reply.packet is not None:
        assert reply.packet[2] & 0x80, "an answer is marked as one"
        assert len(reply.packet) <= 1232 or transport == "tcp"


@given(st.binary(max_size=600), st.sampled_from(["udp", "tcp"]))
@example(b"\0" * 12, "udp")
@example(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x3f", "udp")
def test_any_bytes_give_a_contact_that_can_be_recorded(packet: bytes, transport: str) -> None:
    """No exception escapes, whatever arrives."""
    check_any(packet, transport)


VALID = [
    dns.message.make_query("x7.t.example.net", "A").to_wire(),
    dns.message.make_query(
        "x7.t.example.net", "TXT", use_edns=0, options=[dns.edns.ECSOption("198.51.100.0")]
    ).to_wire(),
    TSIG_QUERY.to_wire(),
    UPDATE.to_wire(),
]


@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 200),
)
def test_any_damaged_query_gives_a_contact_that_can_be_recorded(
    valid: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    """Bytes changed and the end cut off a valid message reach deeper than random bytes."""
    packet = bytearray(valid)
    for at, value in changes:
        packet[at % len(packet)] = value
    check_any(bytes(packet[: len(packet) - cut % len(packet)]), "udp")
