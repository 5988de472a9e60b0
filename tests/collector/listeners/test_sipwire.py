"""SIP messages: what is read from them, who was called and who called, and that any bytes are survived."""

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.hit import Contact
from collector.http.peer import is_within
from collector.listeners import sipwire
from collector.listeners.linenumber import Numbering
from collector.listeners.sipcall import Source, called_number, contact_of, user_of
from collector.listeners.sipwire import SipError, SipRequest, name_and_uri, parse, response, split_list, top_via
from tests.collector.listeners.sipclient import header, request

# As exchanges send it: compact names, two Diversion lines, %2B, two asserted identities, dashes in the called number.
DETOURED = (
    b"INVITE sip:140-1234-5678@pbx.example;user=phone SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 192.0.2.91:5060;branch=z9hG4bK-7f\r\n"
    b'f: "Branch, 3F" <sip:1001@PBX.example>;tag=a1\r\n'
    b"t: <sip:140-1234-5678@pbx.example>\r\n"
    b"i: 7f3a@192.0.2.91\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Max-Forwards: 70\r\n"
    b"m: <sip:1001@192.0.2.91:5060;transport=udp>\r\n"
    b"P-Asserted-Identity: <sip:+12025550142@pbx.example>, <tel:+12025550143>\r\n"
    b"Diversion: <sip:+8614012340000@pbx.example>;reason=unconditional\r\n"
    b"diversion: <sip:%2B8614012340009@pbx.example>;reason=user-busy\r\n"
    b"History-Info: <sip:+8614012340009@pbx.example>;index=1,\r\n"
    b" <sip:+8614012345678@pbx.example>;index=1.1\r\n"
    b"User-Agent: Exchange/8.1\r\n"
    b"l: 0\r\n\r\n"
)
TRUNK = Source("192.0.2.91", 5060, "udp", is_trusted=True)
STRANGER = Source("198.51.100.7", 5060, "udp", is_trusted=False)
CHINA = Numbering("86")


def contact(message: bytes, source: Source = TRUNK, numbering: Numbering = CHINA) -> Contact:
    return contact_of(parse(message), source, numbering, raw=message)


def test_an_exchanges_invite_with_detours_is_read_whole() -> None:
    found = contact(DETOURED)
    assert (found.beacon, found.peer) == ("+8614012345678", "+12025550142")
    assert found.event_id == "7f3a@192.0.2.91 +8614012345678"
    claims = found.claims
    assert claims["caller_name"] == "Branch, 3F"
    assert claims["diverted_from"] == "+8614012340009", "the last entry is what the caller dialled"
    assert claims["diversion_reason"] == "user-busy"
    assert "+8614012340000" in claims["diversion"]
    assert claims["history_info"].count("index=") == 2
    assert claims["asserted_identity"] == "<sip:+12025550142@pbx.example>, <tel:+12025550143>"
    assert claims["user_agent"] == "Exchange/8.1"
    assert claims["trusted_peer"] == "yes"


def test_an_asserted_identity_of_a_stranger_is_only_a_claim() -> None:
    found = contact(DETOURED, STRANGER)
    assert found.peer == "1001"
    assert found.claims["asserted_identity"].startswith("<sip:+12025550142")
    assert found.claims["trusted_peer"] == "no"


@pytest.mark.parametrize(
    ("uri", "to", "beacon"),
    [
        ("sip:+8614012345678@x.example", "<sip:other@x>", "+8614012345678"),
        ("tel:+86-140-1234-5678;phone-context=example.com", "<sip:other@x>", "+8614012345678"),
        ("sips:14012345678;npdi@x.example;user=phone", "<sip:other@x>", "+8614012345678"),
        ("sip:008614012345678@x.example", "<sip:other@x>", "+8614012345678"),
        ("sip:s@x.example", "<sip:14012345678@x.example>", "+8614012345678"),
        ("sip:trunk7@x.example", "Anybody <tel:+8614012345678>;tag=", "+8614012345678"),
        ("sip:95338@x.example", "<sip:95338@x.example>", "95338"),
        ("sip:reception@x.example", "<sip:reception@x.example>", "reception"),
        ("http://x.example/", "<sip:x.example>", "http://x.example/"),
    ],
    ids=[
        "E.164 in a sip: URI",
        "a tel: URI with separators and parameters",
        "a user part with parameters",
        "an international prefix",
        "no number in the Request-URI but in To",
        "a trunk's name, and a tel: URI in To",
        "a service number stays",
        "a name stays",
        "no user anywhere",
    ],
)
def test_who_was_called_is_found(uri: str, to: str, beacon: str) -> None:
    assert called_number(parse(request(uri=uri, to=to)), CHINA) == beacon


@pytest.mark.parametrize(
    ("sender", "peer"),
    [
        ('"A <b>" <sip:+12025550100@x.example>;tag=1', "+12025550100"),
        ("sip:+12025550100@x.example;tag=1", "+12025550100"),
        ("<tel:+1-202-555-0100>;tag=1", "+12025550100"),
        ("<sip:14012340000:secret@x.example>;tag=1", "+8614012340000"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', "anonymous"),
        ("<sip:alice@x.example>;tag=1", "alice@x.example"),
    ],
    ids=["a name that looks like an address", "no brackets", "tel", "a password", "withheld", "no number"],
)
def test_who_called_is_found(sender: str, peer: str) -> None:
    assert contact(request(sender=sender), STRANGER).peer == peer


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        request().replace(b"Call-ID:", b"X-ID:"),
        request(cseq="1 BYE"),
        request(cseq="x INVITE"),
        request(cseq="99999999999 INVITE"),
        request(extra=("no colon",)),
        request(extra=("a\0b: c",)),
        request(extra=("X: " + "a" * 5000,)),
        request(extra=tuple(f"X-{number}: y" for number in range(200))),
        request().rstrip(),
        request(body=b"0123456789")[:-1],
        request(extra=tuple(f"X-{number}: {'y' * 900}" for number in range(40))),
    ],
    ids=[
        "nothing",
        "a keep-alive",
        "a response",
        "HTTP",
        "no Call-ID",
        "CSeq of another method",
        "CSeq without number",
        "CSeq too large",
        "a header without name",
        "a zero byte in a name",
        "a line that is too long",
        "too many headers",
        "no end of the headers",
        "a cut body",
        "too large",
    ],
)
def test_what_is_no_request_is_refused(message: bytes) -> None:
    with pytest.raises(SipError):
        parse(message)


def test_folded_and_repeated_headers_keep_their_order() -> None:
    found = parse(request(extra=("Subject: a", "\tb", " c", "Diversion: <sip:1@x>", "diversion: <sip:2@x>")))
    assert found.first("subject") == "a b c"
    assert found.all("diversion") == ["<sip:1@x>", "<sip:2@x>"]


def test_lines_that_end_with_lf_alone_are_read() -> None:
    assert parse(request().replace(b"\r\n", b"\n")).method == "INVITE"


def test_an_answer_says_where_the_request_came_from_and_cannot_be_split() -> None:
    """A header value never starts a line of its own, whatever is in it."""
    message = request(sender="<sip:x@x>;tag=1\r\n Injected: yes", rport=";rport=;received=203.0.113.9")
    answer = response(parse(message), 486, to_tag="t", source=("192.0.2.1", 7777))
    assert header(answer, "Via").endswith(";rport=7777;received=192.0.2.1")
    assert b"\r\nInjected" not in answer
    assert header(answer, "To").endswith(";tag=t")


def test_values_are_split_outside_quotes_and_brackets_only() -> None:
    assert split_list('"a, b" <sip:x,y@z>, <sip:c>') == ['"a, b" <sip:x,y@z>', "<sip:c>"]
    assert name_and_uri('"a \\" <b>" <sip:c@d>;e=f') == ('a " <b>', "sip:c@d", ";e=f")
    assert user_of("sip:x.example") == ""


def test_a_proxy_does_not_become_trusted_by_its_spelling() -> None:
    assert is_within("::ffff:192.0.2.1", (ip_network("192.0.2.0/24"),))


PIECES = (
    *(b"INVITE", b" ", b"sip:", b"@", b"\r\n", b"\n", b":", b";", b",", b"<", b">", b'"', b"\\", b"Via: SIP/2.0/UDP x"),
    *(b";rport", b"From: ", b"To: ", b"i: 1", b"CSeq: 1 INVITE", b"SIP/2.0", b"Content-Length: 5", b"%2B", b"\xff"),
)
pieces = st.sampled_from(PIECES)
hostile = st.binary(max_size=600) | st.lists(pieces | st.binary(max_size=8), max_size=60).map(b"".join)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(hostile)
def test_any_bytes_give_a_request_or_the_one_error(message: bytes) -> None:
    try:
        found = parse(message)
        via = top_via(found)
    except SipError:
        return
    assert via.host
    assert contact_of(found, STRANGER, CHINA, raw=message).event_id
    answer = response(found, 486, to_tag="t", source=("192.0.2.1", 5060))
    assert answer.count(b"\r\n\r\n") == 1


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([*sipwire.COMPACT.values(), "diversion"]), st.text(max_size=80)), max_size=20)
)
def test_any_header_values_give_one_contact_and_one_answer(extra: list[tuple[str, str]]) -> None:
    base = parse(request())
    odd = tuple((name, value) for name, value in extra if "\n" not in value and "\r" not in value and name != "via")
    found = SipRequest(base.method, base.uri, (*odd, *base.headers), b"")
    one = contact_of(found, TRUNK, CHINA, raw=b"x")
    assert one.beacon
    assert response(found, 180, to_tag="t", source=("192.0.2.1", 5060)).startswith(b"SIP/2.0 180")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["", "86", "1", "44", "39"]))
def test_any_text_gives_a_number_or_itself(text: str, country: str) -> None:
    number = Numbering(country).e164(text)
    assert number == text.strip() or (number.startswith("+") and number[1:].isdigit() and 8 <= len(number) <= 16)


@pytest.mark.parametrize(
    ("country", "received", "number"),
    [
        ("86", "8614012345678", "+8614012345678"),
        ("86", "14012345678", "+8614012345678"),
        ("86", "014012345678", "+8614012345678"),
        ("86", "10086", "10086"),
        ("86", "4000000000", "4000000000"),
        ("86", "106900001234567", "106900001234567"),
        ("44", "07700900123", "+447700900123"),
        ("44", "447700900123", "+447700900123"),
        ("1", "2025550100", "+12025550100"),
        ("1", "12025550100", "+12025550100"),
        ("39", "0000000000", "0000000000"),
        ("", "2025550100", "2025550100"),
        ("", "+1 (202) 555-0100", "+12025550100"),
        ("", "%2B12025550100", "+12025550100"),
    ],
)
def test_numbers_become_e164_where_the_country_is_known(country: str, received: str, number: str) -> None:
    assert Numbering(country).e164(received) == number


def test_our_numbers_are_whole_ones_and_prefixes() -> None:
    numbering = Numbering("", ("+8614012345678", "+447700900*"))
    covered = [one for one in ("+8614012345678", "+86140123456789", "+447700900123", "") if numbering.covers(one)]
    assert covered == ["+8614012345678", "+447700900123"]
