"""SIP: any bytes are a request or SipError; what we answer holds the lines we wrote and no line a stranger put in."""

from collections.abc import Mapping
from contextlib import suppress

from collector.listeners.linenumber import Numbering
from collector.listeners.sipcall import Source, contact_of
from collector.listeners.sipwire import REASONS, SipError, SipRequest, content_length, parse, response, top_via
from fuzz import recordable

PEER = ("192.0.2.7", 5060)
OURS = {"via", "record-route", "from", "to", "call-id", "cseq", "content-length"}


def check(data: bytes) -> None:
    """Read a message as one datagram and as a stream's head, record its call, write all answers."""
    with suppress(SipError):
        assert content_length(data) >= 0
    try:
        request = parse(data)
    except SipError as exc:
        if exc.request is not None:
            _answer(exc.request)
        return
    _answer(request)
    for trusted in (True, False):
        source = Source(*PEER, "udp", trusted)
        recordable.require([contact_of(request, source, Numbering("86"), raw=data)])


def _answer(request: SipRequest) -> None:
    try:
        top_via(request)
    except SipError:
        return
    for status in REASONS:
        head, gap, body = response(request, status, to_tag="ours", source=PEER).partition(b"\r\n\r\n")
        assert gap
        assert not body
        first, *lines = head.decode().split("\r\n")
        assert first == f"SIP/2.0 {status} {REASONS[status]}"
        assert {line.partition(":")[0].lower() for line in lines} <= OURS
        assert "\n" not in "".join(lines)
        assert "\r" not in "".join(lines)


def seeds() -> Mapping[str, bytes]:
    """Return calls as switches write them."""
    head = (
        "INVITE sip:14012345678@203.0.113.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1;rport\r\n"
        'From: "A, \\"B\\"" <sip:+12025550100@192.0.2.7>;tag=1\r\nTo: <sip:14012345678@203.0.113.9>\r\n'
        "Call-ID: c1@192.0.2.7\r\nCSeq: 1 INVITE\r\n"
    )
    detours = (
        "P-Asserted-Identity: <tel:+12025550101>\r\nRemote-Party-ID: <sip:1@a>;party=calling\r\n"
        'Diversion: <sip:14012345679@192.0.2.8>;reason="user-busy"\r\nHistory-Info: <sip:a@b?Reason=SIP>;index=1\r\n'
        "Record-Route: <sip:192.0.2.8;lr>\r\nUser-Agent: probe\r\nPrivacy: id\r\n"
    )
    compact = (
        "OPTIONS tel:+8614012345678;phone-context=x SIP/2.0\nv: SIP / 2.0 / TCP [2001:db8::1]:5061 ;branch=z9hG4bK2\n"
        "f: sip:anonymous@anonymous.invalid;tag=2\nt: sip:a%40b:pw@c\n ;folded=1\ni: 2\nCSeq: 2 OPTIONS\nl: 0\n\n"
    )
    return {
        "invite": f"{head}Content-Length: 0\r\n\r\n".encode(),
        "detours": f"{head}{detours}Content-Length: 4\r\n\r\nv=0\n".encode(),
        "compact": compact.encode(),
        "cut": f"{head}Content-Length: 400\r\n\r\nv=0".encode(),
        "wrong-cseq": head.replace("CSeq: 1 INVITE", "CSeq: 1 BYE").encode() + b"\r\n",
        "response": b"SIP/2.0 200 OK\r\n\r\n",
    }
