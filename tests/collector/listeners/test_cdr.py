"""Call records of Asterisk and FreeSWITCH, and what is a call to one of our numbers."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.hit import Contact
from collector.listeners.amiwire import MAX_PARTS, Joiner, action, contact_of_event, parse_packet
from collector.listeners.cdr import CdrError, Exchange, contact_of_json, contact_of_line
from collector.listeners.cdrlines import asterisk_records
from collector.listeners.linenumber import Numbering

MASTER = Path(__file__).parents[2] / "vectors" / "payloads" / "asterisk_Master.csv"
CHINA = Numbering("86")
ASTERISK = Exchange("asterisk", CHINA)
ROW = (
    b'"","14012340000","14012345678","from-trunk","""Li"" <14012340000>","PJSIP/trunk-01","","Hangup","",'
    b'"2026-11-21 16:15:18","","2026-11-21 16:15:20",2,0,"NO ANSWER","DOCUMENTATION","pbx-1795248918.2",""'
)
DOCUMENT = {
    "variables": {
        "direction": "inbound",
        "uuid": "7b1c",
        "sip_from_user": "%2B12025550100",
        "sip_req_user": "+8614012345678",
        "start_epoch": "1795248918",
        "start_stamp": "2026-11-21%2016%3A15%3A18",
        "hangup_cause": "USER_BUSY",
        "duration": 2,
    },
    "callflow": [
        {"profile_index": "2", "caller_profile": {"destination_number": "100", "context": "default"}},
        {"profile_index": "1", "caller_profile": {"caller_id_name": "Li", "context": "public", "ani": "x"}},
    ],
}


def test_asterisks_own_example_is_read() -> None:
    """Three rows of one call; the row that dials no number is none."""
    contacts = [contact_of_line(line, Exchange("asterisk", Numbering())) for line in MASTER.read_bytes().splitlines()]
    assert [one and (one.beacon, one.peer) for one in contacts] == [
        ("8500", "100"),
        None,
        ("200", "100"),
        ("200", "100"),
    ]
    events = [one.event_id for one in contacts if one]
    assert events[1] == events[2], "two rows of a parallel dial are one call"
    assert contacts[0] is not None
    assert contacts[0].occurred_at == datetime.fromtimestamp(1362424276, UTC), (
        "the unique id holds the clock's own time"
    )


def test_a_row_becomes_a_call() -> None:
    found = contact_of_line(ROW, ASTERISK)
    assert found is not None
    assert (found.beacon, found.peer, found.provider) == ("+8614012345678", "+8614012340000", "asterisk")
    assert found.event_id == "pbx-1795248918.2 +8614012345678"
    assert found.claims["caller_id"] == '"Li" <14012340000>'
    assert found.claims["disposition"] == "NO ANSWER"
    assert found.raw == ROW


def test_local_times_count_where_their_zone_is_known() -> None:
    row = ROW.replace(b"pbx-1795248918.2", b"")
    found = contact_of_line(row, ASTERISK)
    assert found is not None
    assert found.occurred_at is None
    assert found.claims["start"] == "2026-11-21 16:15:18"
    found = contact_of_line(row, Exchange("asterisk", CHINA, timezone=ZoneInfo("Asia/Shanghai")))
    assert found is not None
    assert found.occurred_at == datetime(2026, 11, 21, 8, 15, 18, tzinfo=UTC)
    assert found.event_id is not None, "a row without id is its own"


@pytest.mark.parametrize(
    ("exchange", "is_ours"),
    [
        (Exchange("asterisk", CHINA, contexts=("from-trunk",)), True),
        (Exchange("asterisk", CHINA, contexts=("internal",)), False),
        (Exchange("asterisk", Numbering("86", ("+861401*",))), True),
        (Exchange("asterisk", Numbering("86", ("+8614012345679",))), False),
    ],
    ids=["its context", "another context", "our prefix", "another number"],
)
def test_only_calls_to_us_count(exchange: Exchange, is_ours: bool) -> None:
    assert (contact_of_line(ROW, exchange) is not None) == is_ours


def test_columns_in_another_order_are_named_in_the_configuration() -> None:
    exchange = Exchange("asterisk", CHINA, columns=("clid", "src", "dst", "uniqueid"))
    found = contact_of_line(b'"x","14012340000","14012345678","1.2"', exchange)
    assert found is not None
    assert found.beacon == "+8614012345678"


def test_freeswitchs_template_is_read_and_a_heading_is_not() -> None:
    exchange = Exchange("freeswitch-csv", CHINA)
    row = b'"Li","14012340000","14012345678","public","2026-11-21 16:15:18","","","2","0","USER_BUSY","7b1c","","",""'
    found = contact_of_line(row, exchange)
    assert found is not None
    assert (found.beacon, found.provider) == ("+8614012345678", "freeswitch")
    assert (found.claims["caller_name"], found.claims["disposition"]) == ("Li", "USER_BUSY")
    assert contact_of_line(b"caller_id_name,caller_id_number,destination_number,context", exchange) is None


def test_a_json_record_is_read_as_the_call_came_in() -> None:
    found = contact_of_json(json.dumps(DOCUMENT).encode(), Exchange("freeswitch-json", CHINA, contexts=("public",)))
    assert found is not None
    assert (found.beacon, found.peer) == ("+8614012345678", "+12025550100")
    assert found.occurred_at == datetime.fromtimestamp(1795248918, UTC)
    assert found.claims["caller_name"] == "Li"


def test_the_leg_an_exchange_makes_itself_is_no_contact() -> None:
    leg = {**DOCUMENT, "variables": {"direction": "outbound", "uuid": "1", "sip_req_user": "14012345678"}}
    assert contact_of_json(json.dumps(leg).encode(), Exchange("freeswitch-json", CHINA)) is None


@pytest.mark.parametrize("line", [b"", b"a,b", b'"open', b"\xff\x00"])
def test_what_is_no_row_is_refused(line: bytes) -> None:
    with pytest.raises(CdrError):
        contact_of_line(line, ASTERISK)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"variables": 1}', b"[" * 100_000, b'{"variables": {}}'])
def test_what_is_no_json_record_is_refused(document: bytes) -> None:
    with pytest.raises(CdrError):
        contact_of_json(document, Exchange("freeswitch-json", CHINA))


NEWCHANNEL = (
    b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-01\r\nChannelState: 4\r\n"
    b"ChannelStateDesc: Ring\r\nCallerIDNum: 14012340000\r\nCallerIDName: <unknown>\r\n"
    b"ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\n"
    b"Context: from-trunk\r\nExten: 14012345678\r\nPriority: 1\r\n"
    b"Uniqueid: pbx-1795248918.2\r\nLinkedid: pbx-1795248918.2\r\n\r\n"
)


def test_an_event_and_the_record_of_its_call_have_one_id() -> None:
    event, record = contact_of_event(NEWCHANNEL, ASTERISK), contact_of_line(ROW, ASTERISK)
    assert event is not None
    assert record is not None
    assert (event.event_id, event.provider, event.beacon) == (record.event_id, record.provider, record.beacon)
    assert "caller_id" not in event.claims, "<unknown> is nobody's name"


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x1c", "\x0b", "\n", "\r"])
def test_a_callers_name_is_no_field_whatever_signs_it_has(separator: str) -> None:
    forged = separator.join(("A", "Exten: 14012349999", "Uniqueid: 1.1", "Linkedid: 1.1"))
    event = NEWCHANNEL.replace(b"CallerIDName: <unknown>", f"CallerIDName: {forged}".encode())
    found, plain = contact_of_event(event, ASTERISK), contact_of_event(NEWCHANNEL, ASTERISK)
    assert found is not None
    assert plain is not None
    assert (found.beacon, found.event_id) == (plain.beacon, plain.event_id)


BREAKS = {  # what a caller wrote into the number he calls from, percent-encoded: 79 characters at most
    "another number": "1\r\nExten: 14012349999\r\nContext: x",
    "another id": "1\r\nUniqueid: 1795248918.9\r\nLinkedid: 1795248918.9",
    "an empty line": "1\r\n\r\n",
    "an event of another kind": "1\r\n\r\nEvent: Hangup\r\n\r\n",
    "many empty lines": "\r\n" * 39,
    "a call": "1\r\n\r\nEvent: Newchannel\r\nExten: 14012349999\r\nUniqueid: 7.7\r\n\r\n",
    "the rest of a call": "1\r\n\r\nContext: in\r\nExten: 14012349999\r\nUniqueid: 7.7\r\nLinkedid: 7.7\r\n",
}


def joined(stream: bytes) -> list[Contact]:
    """Return what a stream of packets comes to."""
    joiner = Joiner()
    packets = [packet + b"\r\n\r\n" for packet in stream.split(b"\r\n\r\n")[:-1]]
    return [found for packet in packets if (found := joiner.contact(packet, ASTERISK)) is not None]


@pytest.mark.parametrize("number", BREAKS.values(), ids=BREAKS.keys())
def test_line_breaks_in_a_callers_number_forge_no_call_and_hide_none(number: str) -> None:
    assert len(number) <= 79
    event = NEWCHANNEL.replace(b"CallerIDNum: 14012340000", b"CallerIDNum: " + number.encode())
    other = NEWCHANNEL.replace(b"18.2", b"18.3")
    found = joined(event + b"Event: Hangup\r\nUniqueid: 1\r\n\r\n" + other)
    assert [one.beacon for one in found] == ["+8614012345678"] * 2
    assert [one.event_id for one in found] == [f"pbx-1795248918.{at} +8614012345678" for at in (2, 3)]


def test_a_packet_that_never_ends_is_told_and_the_next_call_is_not_its_rest() -> None:
    head = NEWCHANNEL.partition(b"Context")[0] + b"\r\n"
    assert [one.event_id for one in joined(head + NEWCHANNEL)] == ["pbx-1795248918.2 +8614012345678"]
    with pytest.raises(CdrError, match="a packet that is cut"):
        joined(head + b"Event: Hangup\r\n\r\n" * MAX_PARTS)


def test_a_record_event_with_a_field_twice_is_left_to_the_file() -> None:
    event = (
        b"Event: Cdr\r\nSource: 14012340000\r\nDestination: 14012345678\r\nDestinationContext: in\r\n"
        b"CallerID: <1>\r\nChannel: PJSIP/1\r\nStartTime: 2026-11-21 08:00:00\r\nDisposition: BUSY\r\n"
        b"UniqueID: 1.1\r\n\r\n"
    )
    assert len(joined(event)) == 1
    with pytest.raises(CdrError, match="a field that stands twice"):
        joined(event.replace(b"<1>", b"<1\r\nDestination: 14012349999>"))


TEXTS = st.text('",\r\n\\ 1é', max_size=79)


@example([("", "\n", ",,\n")])
@example([("", '\n",', ",,\n")])
@example([("", '\n"",', ",0,0\n")])
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
def test_whatever_callers_write_a_file_of_records_is_taken_apart_into_them(texts: list[tuple[str, str, str]]) -> None:
    """Rows as cdr_csv.c writes them."""
    rows = [
        ",".join('"' + text.replace('"', '""') + '"' for text in ("", *one, "PJSIP/1", "Hangup", "")) + ',0,0,"BUSY"'
        for one in texts
    ]
    lines = "".join(row + "\n" for row in rows).encode()
    assert asterisk_records(lines) == ([row.encode() for row in rows], 0)
    for cut in range(0, len(lines), 7):
        whole, left = asterisk_records(lines[:cut])
        begun = lines[:cut].rfind(b"\n") + 1 - left
        assert b"".join(row + b"\n" for row in whole) == lines[:begun]


@pytest.mark.parametrize("name", ["Local/1@a-1;1", "Local/1@a-1;2", "Message/ast_msg_queue", "AsyncGoto/PJSIP/a-1"])
def test_a_channel_of_asterisks_own_is_no_call(name: str) -> None:
    assert contact_of_event(NEWCHANNEL.replace(b"PJSIP/trunk-01", name.encode()), ASTERISK) is None
    assert contact_of_line(ROW.replace(b"PJSIP/trunk-01", name.encode()), ASTERISK) is None


def test_a_call_that_asterisk_makes_itself_begins_down() -> None:
    for state, is_call in (("Ring", True), ("Down", False)):
        event = NEWCHANNEL.replace(b"Desc: Ring", f"Desc: {state}".encode())
        assert (contact_of_event(event, ASTERISK) is not None) == is_call


@pytest.mark.parametrize(
    "event",
    [
        NEWCHANNEL.replace(b"Linkedid: pbx-1795248918.2", b"Linkedid: pbx-1795248918.1"),
        NEWCHANNEL.replace(b"Event: Newchannel", b"Event: Hangup"),
        NEWCHANNEL.replace(b"Exten: 14012345678", b"Exten: s"),
        NEWCHANNEL.replace(b"Exten: 14012345678", b"Exten: "),
        b"\r\n\r\n",
    ],
    ids=["a leg of another channel's call", "another event", "no number", "an empty number", "nothing"],
)
def test_other_events_are_no_contacts(event: bytes) -> None:
    assert contact_of_event(event, ASTERISK) is None


def test_an_action_is_written_line_by_line() -> None:
    assert action("Login", {"Username": "a"}) == b"Action: Login\r\nUsername: a\r\n\r\n"


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b'"', b",", b"1", b"s", b"\n", b"9" * 30]), max_size=60).map(b"".join)
)
def test_any_bytes_give_a_contact_or_none_or_the_one_error(octets: bytes) -> None:
    exchange = Exchange("asterisk", CHINA, timezone=UTC)
    for read, kind in (
        (contact_of_line, "asterisk"),
        (contact_of_line, "freeswitch-csv"),
        (contact_of_json, "freeswitch-json"),
    ):
        try:
            found = read(octets, Exchange(kind, CHINA, timezone=UTC))
        except CdrError:
            continue
        assert found is None or found.event_id
    assert isinstance(parse_packet(octets), dict)
    with suppress(CdrError):
        contact_of_event(NEWCHANNEL.replace(b"14012340000", octets), exchange)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["variables", "callflow", "x"]), json_values | st.just(DOCUMENT["variables"])))
def test_any_json_gives_a_contact_or_none_or_the_one_error(document: dict[str, object]) -> None:
    try:
        contact_of_json(json.dumps(document).encode(), Exchange("freeswitch-json", CHINA))
    except CdrError:
        return
