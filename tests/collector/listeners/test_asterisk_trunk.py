"""A real Asterisk as the trunk that calls our SIP line, over UDP and TCP."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.collector.listeners.exchange import Exchange, needs_asterisk, running_exchange
from tests.collector.listeners.exchangecalls import CARRIER, call, contacts, heard_from, needs_sipp, sipp, wait
from tests.collector.listeners.patience import PATIENCE_SECONDS
from tests.collector.listeners.sipclient import Phone, request
from tests.collector.running import Collector, free_port, running

pytestmark = needs_asterisk
BOTH = pytest.mark.parametrize("transport", ["udp", "tcp"])
NUMBER = "+8614012345678"
TRUNK = """
[line]
type = endpoint
transport = {transport}
disallow = all
allow = ulaw
aors = line
from_user = trunk
send_pai = yes
{more}
[line]
type = aor
contact = sip:127.0.0.1:{port}\\;transport={transport}
qualify_frequency = {qualify}
"""
USERFIELD = 17  # of a record
DIALPLAN = """
[from-trunk]
exten => _+X.,1,Dial(PJSIP/${EXTEN}@line,60)
 same => n,Set(CDR(userfield)=${DIALSTATUS} ${HANGUPCAUSE})
 same => n,Hangup()
"""


@contextmanager
def trunk(transport: str, port: int, *, more: str = "", qualify: int = 0) -> Iterator[Exchange]:
    """An exchange whose calls from outside go out again, to our line."""
    line = TRUNK.format(transport=transport, port=port, more=more, qualify=qualify)
    with running_exchange(CARRIER + line, DIALPLAN) as exchange:
        yield exchange


def line(port: int, *, answer: int = 486, ring_seconds: int = 0, trusted: str = "127.0.0.0/8") -> str:
    return (
        f'[log]\npath = "hits.db"\n[sip]\nlisten = "127.0.0.1:{port}"\ntrusted_peers = ["{trusted}"]\n'
        f'country = "86"\nanswer = {answer}\nring_seconds = {ring_seconds}\n'
    )


@BOTH
@needs_sipp
def test_calls_by_the_trunk_hear_busy_and_are_on_record_with_their_caller(transport: str, tmp_path: Path) -> None:
    with running(tmp_path, line(0)) as collector, trunk(transport, collector.port("sip")) as exchange:
        sipp(exchange, NUMBER, 30, tmp_path)
        call(exchange, NUMBER, caller="+12025550101")
        found = contacts(tmp_path / "hits.db")
        wait(lambda: "0 active channels" in exchange.command("core show channels"))
        dialled = [row for row in exchange.records().splitlines() if '"Dial"' in row]  # beside one row of its Hangup
        assert ['"BUSY"' in row for row in dialled] == 31 * [True]
    assert {one.beacon for one in found} == {NUMBER}
    assert [one.peer for one in found] == 30 * ["+12025550100"] + ["+12025550101"]
    claims = found[-1].claims
    assert claims["transport"] == transport
    assert claims["trusted_peer"] == "yes"
    assert "sip:trunk@" in claims["from"]
    assert "sip:+12025550101@" in claims["asserted_identity"]
    assert len({one.event_id for one in found}) == 31


def test_a_trunk_that_is_not_trusted_asserts_nothing(tmp_path: Path) -> None:
    with (
        running(tmp_path, line(0, trusted="192.0.2.0/24")) as collector,
        trunk("udp", collector.port("sip")) as exchange,
    ):
        call(exchange, NUMBER)
        (found,) = contacts(tmp_path / "hits.db")
    assert found.peer.startswith("trunk@")
    assert "sip:+12025550100@" in found.claims["asserted_identity"]


ANSWERS = {  # what Asterisk makes of each: DIALSTATUS and the ISDN cause
    486: ("BUSY 17", 486),
    480: ("NOANSWER 19", 480),
    404: ("CHANUNAVAIL 1", 404),
    410: ("CHANUNAVAIL 22", 410),
    600: ("BUSY 17", 486),
    603: ("CHANUNAVAIL 21", 403),
}


def test_each_answer_is_understood_and_handed_on_to_the_caller(tmp_path: Path) -> None:
    port = free_port()
    with trunk("udp", port) as exchange:
        for answer, (_, hears) in ANSWERS.items():
            folder = tmp_path / str(answer)
            folder.mkdir()
            with running(folder, line(port, answer=answer)):
                call(exchange, NUMBER, hears=hears)
                assert len(contacts(folder / "hits.db")) == 1
        wait(lambda: exchange.records().count('"Hangup"') == len(ANSWERS))
        rows = [row for row in csv.reader(exchange.records().splitlines()) if row[USERFIELD]]
    assert [row[USERFIELD] for row in rows] == [status for status, _ in ANSWERS.values()]


def is_available(exchange: Exchange) -> bool:
    return "Avail" in exchange.command("pjsip show contacts").replace("Unavail", "")


def test_a_trunk_that_asks_whether_we_live_finds_us_available(tmp_path: Path) -> None:
    for transport in ("udp", "tcp"):
        folder = tmp_path / transport
        folder.mkdir()
        with running(folder, line(0)) as collector, trunk(transport, collector.port("sip"), qualify=1) as exchange:
            wait(partial(is_available, exchange))
            assert contacts(folder / "hits.db") == []


@pytest.mark.parametrize("more", ["100rel = required", "timers = required", "timers = always", "send_rpid = yes"])
def test_a_trunk_with_demands_of_its_own_hears_busy(more: str, tmp_path: Path) -> None:
    with running(tmp_path, line(0, ring_seconds=1)) as collector, trunk("udp", collector.port("sip"), more=more) as pbx:
        call(pbx, NUMBER)
        (found,) = contacts(tmp_path / "hits.db")
    assert found.peer == "+12025550100"


def test_a_caller_who_gives_up_while_it_rings_is_on_record_and_the_exchange_is_free_again(tmp_path: Path) -> None:
    with running(tmp_path, line(0, ring_seconds=60)) as collector, trunk("udp", collector.port("sip")) as exchange:
        with Phone(exchange.sip_port, timeout=PATIENCE_SECONDS) as phone:
            own = f"Contact: <sip:caller@127.0.0.1:{phone.port}>"
            uri = f"sip:{NUMBER}@127.0.0.1:{exchange.sip_port}"
            same = partial(request, uri=uri, call_id="gone@x", branch="z9hG4bKgone", port=phone.port)
            invite = same("INVITE", extra=(own,))
            phone.send(invite)
            while b" 180 " not in phone.receive():
                continue
            phone.send(same("CANCEL"))
            statuses, final = phone.until_final()
            while statuses[-1] != 487:
                statuses, final = phone.until_final()
            phone.acknowledge(invite, final)
        wait(lambda: "0 active channels" in exchange.command("core show channels"))
        (found,) = contacts(tmp_path / "hits.db")
    assert found.peer == "+12025550100"


def test_a_call_to_a_line_that_is_down_reaches_it_when_it_is_up_again(tmp_path: Path) -> None:
    """Over UDP Asterisk sends the call again for half a minute; over TCP it says at once that it cannot."""
    port = free_port()
    with trunk("udp", port) as exchange, Phone(exchange.sip_port, timeout=PATIENCE_SECONDS) as phone:
        own = f"Contact: <sip:caller@127.0.0.1:{phone.port}>"
        phone.send(request(uri=f"sip:{NUMBER}@127.0.0.1:{exchange.sip_port}", port=phone.port, extra=(own,)))
        wait(lambda: "PJSIP/line" in exchange.command("core show channels"))
        with running(tmp_path, line(port)):
            assert phone.until_final()[0][-1] == 486
            assert [one.peer for one in contacts(tmp_path / "hits.db")] == ["+12025550100"]


@BOTH
def test_nothing_is_lost_when_the_trunk_or_the_line_is_killed(transport: str, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "hits.db"
    callers = iter(f"+120255501{number}" for number in range(10, 60))
    heard: list[str] = []

    def ring(exchange: Exchange) -> None:
        for _ in range(5):
            heard.append(next(callers))
            call(exchange, NUMBER, caller=heard[-1])

    def kill(collector: Collector) -> None:
        collector.process.kill()
        collector.process.communicate(timeout=PATIENCE_SECONDS)

    with trunk(transport, port) as exchange:
        with running(tmp_path, line(port)) as collector:
            ring(exchange)
            exchange.stop(kill=True)
            exchange.start()
            ring(exchange)
            kill(collector)
        with running(tmp_path, line(port)):
            ring(exchange)
            heard_from(log, heard[-1])
    assert [one.peer for one in contacts(log)] == heard
