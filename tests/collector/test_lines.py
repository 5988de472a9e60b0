"""Our own lines in `collector run` and `collector check`: bound, announced, recorded, and killed without loss."""

import json
import signal
import socket
import time
from pathlib import Path

import pytest

from collector.hit import Channel
from collector.hitlog.reader import HitReader
from tests.collector.listeners.sipclient import Phone, header, request
from tests.collector.running import run_command, running

SIP = """
[log]
path = "hits.db"
[sip]
listen = ["127.0.0.1:"]
trusted_peers = ["127.0.0.0/8"]
country = "86"
ring_seconds = 0
"""
ROW = b'"","14012340000","14012345678","in","","c","","","","","","",1,0,"BUSY","","1795248918.2",""\n'


def test_the_line_is_announced_answers_and_is_on_record(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_bytes(ROW)
    config = SIP + '[cdr]\npaths = "Master.csv"\ncountry = "86"\n'
    with running(tmp_path, config) as collector:
        assert set(collector.bound) == {"log", "sip"}
        for transport in ("udp", "tcp"):
            with Phone(collector.port("sip"), transport) as phone:
                invite = request(uri="tel:14012345678", port=phone.port)
                phone.send(invite)
                statuses, final = phone.until_final()
                assert statuses[-1] == 486
                phone.acknowledge(invite, final)
        wait_for(tmp_path, 3)
        code, said = collector.stop()
    assert code == 0
    assert "14012345678" not in said
    contacts = [hit.contact for hit in HitReader(tmp_path / "hits.db").stream_from(1)]
    assert {one.beacon for one in contacts} == {"+8614012345678"}
    assert {one.channel for one in contacts} == {Channel.CALL}
    assert sorted(str(one.provider) for one in contacts) == ["asterisk", "sip", "sip"]


def test_a_call_that_heard_busy_outlives_kill_9(tmp_path: Path) -> None:
    """Five times killed while calls come in: what was answered is on record once, and the chain verifies."""
    answered: list[str] = []
    for life in range(5):
        with running(tmp_path, SIP) as collector:
            with Phone(collector.port("sip")) as phone:
                for number in range(10):
                    call_id = f"{life}-{number}@x"
                    invite = request(port=phone.port, call_id=call_id)
                    phone.send(invite)
                    _, final = phone.until_final()
                    while header(final, "Call-ID") != call_id:  # an earlier one, sent again
                        _, final = phone.until_final()
                    answered.append(call_id)
                    phone.acknowledge(invite, final)
                phone.send(request(port=phone.port, call_id=f"{life}-last@x"))
            collector.process.send_signal(signal.SIGKILL)
            collector.process.communicate(timeout=20)
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    recorded = [hit.contact.claims["call_id"] for hit in reader.stream_from(1)]
    assert set(answered) <= set(recorded)
    assert len(recorded) == len(set(recorded))


def test_check_looks_at_the_lines_and_says_how_to_mend_them(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        (tmp_path / "collector.toml").write_text(
            SIP
            + '[cdr]\npaths = ["Master.csv", "missing/Master.csv"]\n'
            + f'[ami]\nconnect = "127.0.0.1:{port}"\nusername = "x"\nsecret = {{ env = "COLLECTOR_TOKEN" }}\n'
            + f'[ari]\nconnect = "127.0.0.1:{port}"\nusername = "x"\npassword = {{ env = "COLLECTOR_TOKEN" }}\n'
            + '[smpp]\nconnect = "127.0.0.1:1"\nsystem_id = "x"\npassword = { env = "COLLECTOR_TOKEN" }\n'
        )
        done = run_command(tmp_path, "check", "--json", "--config", "collector.toml")
    assert done.returncode == 1
    checks = {one["name"]: (one["ok"], one["detail"]) for one in json.loads(done.stdout)["checks"]}
    assert checks["sip 127.0.0.1:0"] == (True, "free")
    assert checks["sip.trusted_peers"] == (True, "1 networks")
    assert checks["cdr Master.csv"] == (True, "not there yet: it will be read from its beginning")
    assert checks["cdr missing/Master.csv"][0] is False
    assert checks[f"ami 127.0.0.1:{port}"][0] is True
    assert checks["ari"] == (True, "its package is installed")
    assert checks[f"ari 127.0.0.1:{port}"][0] is True
    assert checks["smpp 127.0.0.1:1"][0] is False
    assert "mend the address or the firewall" in checks["smpp 127.0.0.1:1"][1]


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["UDP", "TCP"])
def test_a_port_that_is_taken_is_named_with_its_section(tmp_path: Path, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "collector.toml").write_text(SIP.replace('"127.0.0.1:"', f'"127.0.0.1:{port}"'))
        done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port} for [sip]" in done.stderr


def wait_for(folder: Path, hits: int) -> None:
    end = time.monotonic() + 60
    while HitReader(folder / "hits.db").head().seq < hits:
        assert time.monotonic() < end
        time.sleep(0.05)
