"""A real Asterisk and `collector run`: what its events and its call records say of a call."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from collector.hit import Channel
from tests.collector.listeners.exchange import Exchange, needs_asterisk, running_exchange
from tests.collector.listeners.exchangecalls import (
    CARRIER,
    COMMON,
    ENVIRONMENT,
    ami,
    ari,
    call,
    cdr,
    collect,
    contacts,
    counted,
    heard_from,
    listening,
    needs_sipp,
    sipp,
    text,
    wait,
)
from tests.collector.listeners.patience import PATIENCE_SECONDS
from tests.collector.running import running

pytestmark = needs_asterisk
BUSY, PARALLEL, LOCAL, SUBROUTINE, ANSWERED, MENU = (f"+861401234567{digit}" for digit in range(6))
DIALPLAN = f"""
[from-trunk]
exten => {BUSY},1,Hangup(17)
exten => {PARALLEL},1,Dial(PJSIP/2000@phone&PJSIP/3000@phone,1)
 same => n,Hangup(17)
exten => {LOCAL},1,Dial(Local/7000@inside)
 same => n,Hangup(17)
exten => {SUBROUTINE},1,Gosub(tell,start,1)
 same => n,Hangup(17)
exten => {ANSWERED},1,Answer()
 same => n,Hangup()
exten => {MENU},1,Set(CDR(userfield)=${{EXTEN}})
 same => n,Goto(menu,s,1)
[inside]
exten => 7000,1,Hangup(17)
[tell]
exten => start,1,Verbose(1,a call)
 same => n,Return()
[menu]
exten => s,1,Hangup(17)
[texts]
exten => _[+0-9].,1,Hangup()
"""
COLUMNS = (  # with the number that the dialplan kept in the user field as the called one
    *("accountcode", "src", "last_exten", "last_context", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "dst", "peeraccount"),
    *("linkedid", "sequence"),
)


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    with running_exchange(CARRIER, DIALPLAN) as found:
        yield found


@needs_sipp
def test_events_and_call_records_say_the_same_of_every_call(exchange: Exchange, tmp_path: Path) -> None:
    """Each of the three alone has each call once; a collector that has all three has it once, too."""
    with ExitStack() as stack:
        log = {
            "ami": collect(stack, tmp_path / "ami", ami(exchange)),
            "ari": collect(stack, tmp_path / "ari", ari(exchange, "same-1")),
            "cdr": collect(stack, tmp_path / "cdr", cdr(exchange)),
            "all": collect(stack, tmp_path / "all", ami(exchange) + ari(exchange, "same-2") + cdr(exchange)),
        }
        listening(exchange, "same-1", "same-2", managers=2)
        before = len(contacts(log["cdr"]))  # calls of other tests
        sipp(exchange, BUSY, 20, tmp_path)
        for number in (PARALLEL, LOCAL, SUBROUTINE):
            call(exchange, number, caller="+12025550101")
        call(exchange, ANSWERED, caller="+12025550101", hears=200)
        for place, path in log.items():
            counted(path, 24 + (before if place in ("cdr", "all") else 0))
        call(exchange, BUSY, caller="+12025550102")  # nothing more came of the others before this one was seen
        told = {}
        for place, path in log.items():
            heard_from(path, "+12025550102")
            found = contacts(path)[before if place in ("cdr", "all") else 0 :]
            told[place] = sorted((one.event_id, one.beacon, one.peer, one.occurred_at) for one in found)
    assert len(told["ami"]) == 25
    assert told["ami"] == told["ari"] == told["cdr"] == told["all"]
    beacons = [beacon for _, beacon, _, _ in told["all"]]
    assert [beacons.count(one) for one in (BUSY, PARALLEL, LOCAL, SUBROUTINE, ANSWERED)] == [21, 1, 1, 1, 1]
    assert {peer for _, _, peer, _ in told["all"]} == {"+12025550100", "+12025550101", "+12025550102"}


def test_calls_that_the_exchange_makes_itself_are_no_contacts(tmp_path: Path) -> None:
    """Its own calls, out by a line and into its own dialplan, and the channel on which it handles texts."""
    everywhere = 'country = "86"\n'
    with running_exchange(CARRIER, DIALPLAN) as exchange, ExitStack() as stack:
        events = (ami(exchange) + ari(exchange, "own")).replace(COMMON, everywhere)
        heard = collect(stack, tmp_path / "events", events)
        read = collect(stack, tmp_path / "records", cdr(exchange, everywhere))
        listening(exchange, "own", managers=1)
        for channel in ("PJSIP/+8614012349999@phone", f"Local/{BUSY}@from-trunk"):
            said = exchange.do("Originate", Channel=channel, Application="Hangup", Timeout="1000", Async="true")
            assert "Success" in said
        text(exchange, "+8614012348888", b"parcel")
        wait(lambda: all(f'"{kind}' in exchange.records() for kind in ("PJSIP/phone", "Local/")))
        call(exchange, "+8614012340007", hears=404)  # no extension has it: it is no call to Asterisk either
        call(exchange, BUSY, caller="+12025550103")
        heard_from(heard, "+12025550103")
        exchange.stop()  # which ends the channel for texts
        assert '"Message/' in exchange.records()
        exchange.start()
        call(exchange, BUSY, caller="+12025550104")
        heard_from(read, "+12025550104")
    assert [(one.channel, one.peer) for one in contacts(heard)][:2] == [
        (Channel.SMS, "+12025550100"),
        (Channel.CALL, "+12025550103"),
    ]
    assert [(one.channel, one.peer) for one in contacts(read)] == [
        (Channel.CALL, "+12025550103"),
        (Channel.CALL, "+12025550104"),
    ]


def test_a_text_is_a_contact_with_its_words(exchange: Exchange, tmp_path: Path) -> None:
    words = "王女士，您的包裹 YT8000000000007 😀"
    with ExitStack() as stack:
        log = collect(stack, tmp_path / "one", ari(exchange, "texts") + 'numbers = ["+861401234*"]\n')
        listening(exchange, "texts", managers=0)
        text(exchange, "14012345678", words.encode(), call_id="one@x")
        text(exchange, "14012345678", b"2", call_id="one@x", cseq=2)
        text(exchange, "14012995678", b"not to us")
        text(exchange, "14012345678", b"\x01" * 8000, call_id="two@x")
        found = counted(log, 3)
    assert [one.claims["text"] for one in found[:2]] == [words, "2"]
    assert {(one.channel, one.beacon, one.peer) for one in found} == {(Channel.SMS, "+8614012345678", "+12025550100")}
    assert found[0].claims["call_id"] == "one@x"
    assert found[0].claims["endpoint"] == "PJSIP/carrier"
    assert len(found) == 3


def test_a_call_that_the_dialplan_sends_on_is_in_the_events_and_by_the_user_field_in_the_records(
    exchange: Exchange, tmp_path: Path
) -> None:
    """The record of such a call names the last place, `s`, as the called number."""
    named = 'country = "86"\ncolumns = [' + ", ".join(f'"{one}"' for one in COLUMNS) + "]\n"
    with ExitStack() as stack:
        events = collect(stack, tmp_path / "events", ami(exchange) + ari(exchange, "menu"))
        records = collect(stack, tmp_path / "records", cdr(exchange))
        mended = collect(stack, tmp_path / "mended", cdr(exchange, named))
        listening(exchange, "menu", managers=1)
        call(exchange, MENU, caller="+12025550104")
        call(exchange, BUSY, caller="+12025550105")
        (sent_on, _) = counted(events, 2)
        heard_from(records, "+12025550105")
        assert not [one for one in contacts(records) if one.beacon == MENU]
        (found,) = counted(mended, 1)
    assert (sent_on.beacon, sent_on.peer) == (MENU, "+12025550104")
    assert (found.beacon, found.peer, found.event_id) == (MENU, "+12025550104", sent_on.event_id)


def test_a_caller_who_is_asserted_by_the_trunk_and_was_diverted(exchange: Exchange, tmp_path: Path) -> None:
    with ExitStack() as stack:
        log = [
            collect(stack, tmp_path / "ami", ami(exchange)),
            collect(stack, tmp_path / "ari", ari(exchange, "asserted")),
        ]
        listening(exchange, "asserted", managers=1)
        asserted = 'P-Asserted-Identity: "Chen" <sip:+12025550199@carrier.example.com>'
        call(exchange, BUSY, asserted, "Diversion: <sip:+8614012340001@carrier.example.com>;reason=no-answer")
        for path in log:
            (found,) = counted(path, 1)
            assert found.peer == "+12025550199"
            assert found.claims["caller_id"] == "Chen"


def test_a_callers_name_forges_nothing(exchange: Exchange, tmp_path: Path) -> None:
    """Signs that some readers take for line ends, and bytes that are no UTF-8."""
    signs = ("\u2028".encode(), "\x85".encode(), b"\x1c", b"\x0b", b"\x0c", "王".encode("gbk"), b"\xff")
    forged = [sign.join((b"A", f"Exten: {PARALLEL}".encode(), b"Uniqueid: 1.1", b"Linkedid: 1.1")) for sign in signs]
    with ExitStack() as stack:
        log = {
            "ami": collect(stack, tmp_path / "ami", ami(exchange)),
            "ari": collect(stack, tmp_path / "ari", ari(exchange, "forged")),
        }
        listening(exchange, "forged", managers=1)
        for name in forged:
            call(exchange, BUSY, caller="+12025550106", name=name)
        told = {
            place: [(one.event_id, one.beacon) for one in counted(path, len(forged))] for place, path in log.items()
        }
    assert told["ami"] == told["ari"]
    assert {beacon for _, beacon in told["ami"]} == {BUSY}


NUMBERS = (  # what a caller may write before the @ of his own address, percent-encoded
    f"1%0D%0AExten%3A%20{PARALLEL}%0D%0AContext%3A%20from-trunk",
    "1%0D%0AUniqueid%3A%201.1%0D%0ALinkedid%3A%201.1",
    "1%0D%0A%0D%0A",
    f"1%0D%0A%0D%0AEvent%3A%20Newchannel%0D%0AExten%3A%20{PARALLEL}%0D%0AUniqueid%3A%207.7%0D%0A%0D%0A",
    "%0D%0A" * 39,
    f"1%0A%22%22,2,{PARALLEL},from-trunk,a,b,c,d,e,f,g,h,i,j,k,l%0A",
    "1%22,%222%22%0A%22%22",
)


def test_line_breaks_in_a_callers_number_forge_nothing_and_hide_nothing(exchange: Exchange, tmp_path: Path) -> None:
    """Asterisk decodes them, and writes them into its events and records as they are."""
    with ExitStack() as stack:
        log = {
            "ami": collect(stack, tmp_path / "ami", ami(exchange)),
            "ari": collect(stack, tmp_path / "ari", ari(exchange, "broken")),
            "cdr": collect(stack, tmp_path / "cdr", cdr(exchange)),
        }
        listening(exchange, "broken", managers=1)
        for number in NUMBERS:
            call(exchange, BUSY, caller=number)
        call(exchange, BUSY, caller="+12025550107")
        told = {}
        for place, path in log.items():
            heard_from(path, "+12025550107")
            told[place] = [(one.event_id, one.beacon) for one in contacts(path)][-len(NUMBERS) - 1 :]
    assert sorted(told["ami"]) == sorted(told["ari"]) == sorted(told["cdr"])
    assert {beacon for _, beacon in told["ami"]} == {BUSY}


def test_nothing_is_lost_when_the_exchange_or_the_collector_is_killed(tmp_path: Path) -> None:
    callers = [f"+120255501{number}" for number in range(10, 50)]
    with running_exchange(CARRIER, DIALPLAN) as exchange, ExitStack() as stack:
        config = f'[log]\npath = "hits.db"\n{ami(exchange)}{ari(exchange, "killed")}{cdr(exchange)}'

        def ring(ten: int) -> None:
            for caller in callers[10 * ten : 10 * ten + 10]:
                call(exchange, BUSY, caller=caller)

        collector = stack.enter_context(running(tmp_path, config, ENVIRONMENT))
        listening(exchange, "killed", managers=1)
        ring(0)
        exchange.stop(kill=True)
        time.sleep(1.1)  # Asterisk's ids are the second it is and a number that begins anew
        exchange.start()
        ring(1)  # perhaps before the collector is back: then only the records tell
        listening(exchange, "killed", managers=1)
        collector.process.kill()
        collector.process.communicate(timeout=PATIENCE_SECONDS)
        ring(2)
        stack.enter_context(running(tmp_path, config, ENVIRONMENT))
        listening(exchange, "killed", managers=1)
        ring(3)
        found = counted(tmp_path / "hits.db", 40)
    assert [one.peer for one in sorted(found, key=lambda one: one.peer)] == callers
