"""The SIP line on real sockets: recorded, rung, turned away, and what floods and a full log change."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from collector.config.lines import SipConfig
from collector.config.value import Address
from collector.hit import Channel
from collector.listeners import sip as sip_module
from collector.listeners import sipcalls
from collector.listeners.sip import SipListener
from collector.sockets import listen_udp_and_tcp
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.sipclient import Phone, header, request, status

LOCAL = (ip_network("127.0.0.0/8"),)
SCENARIO = Path(__file__).parents[2] / "vectors" / "sipp" / "busy.xml"
BOTH = pytest.mark.parametrize("transport", ["udp", "tcp"])


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent again by the clock, however slow the machine, but where a test asks for it."""
    monkeypatch.setattr(sipcalls, "T1_SECONDS", 60.0)


def serve(
    records: Records,
    talk: Callable[[int], None],
    *,
    trusted: bool = True,
    ring_seconds: int = 0,
    answer: int = 486,
    numbers: tuple[str, ...] = (),
) -> None:
    """Run a listener on a free port while `talk` speaks to it from a thread."""

    async def run() -> None:
        config = SipConfig(
            (), LOCAL if trusted else (), numbers=numbers, country="86", answer=answer, ring_seconds=ring_seconds
        )
        udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "sip")
        listener = SipListener(config, records)
        await listener.start([udp], [tcp])
        try:
            await asyncio.to_thread(talk, int(udp.getsockname()[1]))
        finally:
            await listener.stop()

    asyncio.run(run())


@BOTH
def test_a_call_is_tried_rung_turned_away_and_on_record(records: Records, transport: str) -> None:
    def talk(port: int) -> None:
        with Phone(port, transport) as phone:
            invite = request(port=phone.port, call_id="one@x", transport=transport.upper())
            phone.send(invite)
            statuses, final = phone.until_final()
            assert statuses == [100, 180, 486]
            assert len(records.contacts()) == 1, "it is on disk when the final answer comes"
            assert ";tag=" in header(final, "To")
            assert f"rport={phone.port}" in header(final, "Via")
            phone.acknowledge(invite, final)

    serve(records, talk, ring_seconds=1)
    (contact,) = records.contacts()
    assert (contact.channel, contact.provider) == (Channel.CALL, "sip")
    assert (contact.beacon, contact.peer) == ("+8614012345678", "+12025550100")
    assert contact.claims["call_id"] == "one@x"
    assert contact.claims["transport"] == transport
    assert contact.raw.startswith(b"INVITE ")


def test_an_acknowledged_answer_is_not_sent_again(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            invite = request(port=phone.port)
            phone.send(invite)
            phone.acknowledge(invite, phone.until_final()[1])
            phone.send(invite)
            assert status(phone.ask(request("OPTIONS", port=phone.port))) == 200

    serve(records, talk)
    assert len(records.contacts()) == 1


@BOTH
def test_an_invite_sent_again_is_one_hit_and_gets_the_same_answer(records: Records, transport: str) -> None:
    def talk(port: int) -> None:
        with Phone(port, transport) as phone:
            invite = request(port=phone.port)
            phone.send(invite)
            _, first = phone.until_final()
            phone.send(invite)
            assert phone.receive() == first
            phone.acknowledge(invite, first)

    serve(records, talk)
    assert len(records.contacts()) == 1


def test_the_same_call_after_its_transaction_is_still_one_hit(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            for branch in ("z9hG4bKa", "z9hG4bKb"):
                invite = request(port=phone.port, call_id="same@x", branch=branch)
                phone.send(invite)
                phone.acknowledge(invite, phone.until_final()[1])

    serve(records, talk)
    assert len(records.contacts()) == 1


def test_one_call_id_for_two_of_our_numbers_is_two_hits(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            for number in ("+8614012345678", "+8614012345679"):
                invite = request(uri=f"sip:{number}@x.example", port=phone.port, call_id="same@x")
                phone.send(invite)
                phone.acknowledge(invite, phone.until_final()[1])

    serve(records, talk)
    assert [one.beacon for one in records.contacts()] == ["+8614012345678", "+8614012345679"]


def test_a_final_answer_that_nobody_acknowledges_is_sent_again_on_udp(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sipcalls, "T1_SECONDS", 0.02)

    def talk(port: int) -> None:
        with Phone(port) as phone:
            phone.send(request(port=phone.port))
            _, final = phone.until_final()
            assert phone.receive() == final
            assert phone.receive() == final

    serve(records, talk, answer=603)


def test_a_stranger_gets_few_copies_of_a_final_answer(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one packet with a forged source would draw a dozen on its victim."""
    monkeypatch.setattr(sipcalls, "T1_SECONDS", 0.02)

    def talk(port: int) -> None:
        with Phone(port) as phone:
            phone.send(request(port=phone.port))
            _, final = phone.until_final()
            assert [phone.receive(), phone.receive()] == [final, final]
            assert phone.is_silent(1.0)

    serve(records, talk, trusted=False)


def test_a_cancelled_call_is_on_record_and_ended(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            phone.send(request(port=phone.port, branch="z9hG4bKc", call_id="c@x"))
            assert [status(phone.receive()), status(phone.receive())] == [100, 180]
            phone.send(request("CANCEL", port=phone.port, branch="z9hG4bKc", call_id="c@x"))
            answers = [phone.receive(), phone.receive()]
            assert [(status(one), header(one, "CSeq")) for one in answers] == [(200, "1 CANCEL"), (487, "1 INVITE")]

    serve(records, talk, ring_seconds=60)
    assert len(records.contacts()) == 1


@pytest.mark.parametrize(
    ("method", "expected"),
    [("OPTIONS", 200), ("REGISTER", 403), ("BYE", 481), ("CANCEL", 481), ("MESSAGE", 405), ("SUBSCRIBE", 405)],
)
def test_what_is_no_call_gets_its_answer_and_is_counted(records: Records, method: str, expected: int) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            answer = phone.ask(request(method, port=phone.port))
            assert status(answer) == expected
            assert (expected not in (200, 405)) or "INVITE" in header(answer, "Allow")

    serve(records, talk)
    assert records.contacts() == []
    assert records.counters_after_close() == {"sip.requests_not_calls": 1}


def test_an_invite_inside_a_dialog_is_refused_because_there_are_none(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            answer = phone.ask(request(port=phone.port, to="<sip:+8614012345678@x>;tag=old"))
            assert status(answer) == 481

    serve(records, talk)
    assert records.contacts() == []


def test_an_unknown_ack_and_answers_of_others_are_left_alone(records: Records) -> None:
    """An answer to an answer could go round for ever."""

    def talk(port: int) -> None:
        with Phone(port) as phone:
            phone.send(request("ACK", port=phone.port))
            phone.send(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n")
            phone.send(b"\r\n\r\n")
            assert status(phone.ask(request("OPTIONS", port=phone.port))) == 200

    serve(records, talk)
    assert records.counters_after_close() == {"sip.requests_not_calls": 1, "sip.responses_ignored": 1}


def test_a_number_that_is_not_ours_is_not_found_and_counted(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            assert status(phone.ask(request(uri="sip:+442079460000@x.example", port=phone.port))) == 404
            phone.send(request(uri="sip:014012345678@x.example", port=phone.port))
            assert phone.until_final()[0][-1] == 486

    serve(records, talk, numbers=("+8614012*", "95338"))
    assert [one.beacon for one in records.contacts()] == ["+8614012345678"]
    assert records.counters_after_close() == {"sip.other_numbers": 1}


def test_malformed_requests_get_400_where_they_can_be_answered_and_are_counted(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            assert status(phone.ask(request(port=phone.port, cseq="1 BYE"))) == 400
            phone.send(b"INVITE sip:x SIP/2.0\r\nVia: nonsense\r\n\r\n")
            phone.send(b"\x80\x81\x82 not sip at all")
            assert status(phone.ask(request("OPTIONS", port=phone.port))) == 200

    serve(records, talk)
    assert records.contacts() == []
    assert records.counters_after_close() == {"sip.malformed": 3, "sip.requests_not_calls": 1}


def test_the_answer_goes_to_the_port_of_the_via_where_rport_is_not_asked_for(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as sender, Phone(port) as receiver:
            sender.send(request("OPTIONS", port=receiver.port, rport=""))
            assert status(receiver.receive()) == 200

    serve(records, talk)


def test_a_full_log_says_503_and_counts_the_loss(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port) as phone:
            records.fail()
            invite = request(port=phone.port, call_id="again@x")
            phone.send(invite)
            statuses, final = phone.until_final()
            assert statuses == [100, 503]
            assert header(final, "Retry-After") == "10"
            phone.acknowledge(invite, final)
            records.fail(on=False)
            phone.send(request(port=phone.port, call_id="again@x"))
            assert phone.until_final()[0] == [100, 180, 486]

    serve(records, talk, ring_seconds=1)
    assert len(records.contacts()) == 1
    assert records.counters_after_close() == {"sip.lost": 1}


def test_a_flood_from_a_stranger_is_cut_and_counted(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sipcalls, "STRANGER_BURST", 5)
    monkeypatch.setattr(sipcalls, "STRANGER_PER_SECOND", 0.0)

    def talk(port: int) -> None:
        with Phone(port) as phone:
            for _ in range(5):
                assert status(phone.ask(request("OPTIONS", port=phone.port))) == 200
            for _ in range(3):
                phone.send(request(port=phone.port))
            assert phone.is_silent(0.5)

    serve(records, talk, trusted=False)
    assert records.counters_after_close() == {"sip.rate_limited": 3, "sip.requests_not_calls": 5}


def test_calls_beyond_the_cap_hear_503_and_are_counted(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sipcalls, "MAX_CALLS", 2)

    def talk(port: int) -> None:
        with Phone(port) as phone:
            for _ in range(2):
                phone.send(request(port=phone.port))
                assert [status(phone.receive()), status(phone.receive())] == [100, 180]
            assert status(phone.ask(request(port=phone.port))) == 503

    serve(records, talk, ring_seconds=60)
    assert len(records.contacts()) == 2
    assert records.counters_after_close() == {"sip.calls_refused": 1}


def test_stopping_gives_ringing_calls_their_final_answer(records: Records) -> None:
    phones: list[Phone] = []

    def talk(port: int) -> None:
        phone = Phone(port)
        phones.append(phone)
        phone.send(request(port=phone.port))
        assert [status(phone.receive()), status(phone.receive())] == [100, 180]

    serve(records, talk, ring_seconds=60)
    with phones[0] as phone:
        assert status(phone.receive()) == 486


def test_one_connection_carries_several_calls_and_keep_alives(records: Records) -> None:
    def talk(port: int) -> None:
        with Phone(port, "tcp") as phone:
            phone.send(request("OPTIONS", body=b"ignored") + request("OPTIONS"))
            assert [status(phone.receive()), status(phone.receive())] == [200, 200]
            phone.send(b"\r\n\r\n")
            assert phone._socket.recv(10) == b"\r\n"
            folded = request(extra=("Subject: one", "  two"))
            phone.send(folded[:20])
            phone.send(folded[20:])
            phone.until_final()

    serve(records, talk)
    assert records.contacts()[0].claims["subject"] == "one two"


@pytest.mark.parametrize(
    "sent",
    [
        b"INVITE sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"X: " + b"a" * 100_000,
    ],
    ids=["a body that is too large", "a length that is none", "a head without end"],
)
def test_a_stream_without_frame_is_closed_and_counted(records: Records, sent: bytes) -> None:
    def talk(port: int) -> None:
        with Phone(port, "tcp") as phone:
            try:
                phone.send(sent)
                assert phone.receive() == b""
            except (ConnectionResetError, BrokenPipeError):
                pass

    serve(records, talk)
    assert records.counters_after_close() == {"sip.malformed": 1}


def test_a_message_that_never_ends_is_given_up(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_module, "MESSAGE_SECONDS", 0.05)

    def talk(port: int) -> None:
        with Phone(port, "tcp") as phone:
            phone.send(b"INVITE sip:x")
            assert phone.receive() == b""

    serve(records, talk)


def test_connections_beyond_the_cap_are_closed_and_counted(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_module, "MAX_STRANGER_CONNECTIONS", 1)

    def talk(port: int) -> None:
        with Phone(port, "tcp") as first:
            assert status(first.ask(request("OPTIONS"))) == 200
            with Phone(port, "tcp") as second:
                assert second.receive() == b""

    serve(records, talk, trusted=False)
    assert records.counters_after_close() == {"sip.connections_refused": 1, "sip.requests_not_calls": 1}


@BOTH
@pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed (Debian: sip-tester)")
def test_sipp_makes_calls_and_every_one_is_on_record(records: Records, tmp_path: Path, transport: str) -> None:
    """The reference load generator takes us for a busy line."""
    calls = 100

    def talk(port: int) -> None:
        command = ["sipp", f"127.0.0.1:{port}", "-sf", str(SCENARIO), "-m", str(calls), "-r", "50", "-nostdin"]
        command += [
            "-i",
            "127.0.0.1",
            "-s",
            "+8614012345678",
            "-timeout",
            "60",
            "-t",
            {"udp": "u1", "tcp": "t1"}[transport],
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]

    serve(records, talk)
    contacts = records.contacts()
    assert len(contacts) == calls
    assert {one.beacon for one in contacts} == {"+8614012345678"}
