"""`collector run` as a process: what it binds and prints, how it stops, and what a full disk or taken port changes."""

import http.client
import smtplib
import socket
import threading
from pathlib import Path

import pytest

from collector.hit import Channel, parse_hit, verify_chain
from collector.hitlog.reader import HitReader
from tests.collector.running import CONFIG, free_port, run_command, running


def test_the_first_line_says_what_is_bound_and_every_channel_is_recorded(tmp_path: Path) -> None:
    with running(tmp_path) as collector:
        assert set(collector.bound) == {"log", "dns", "web", "smtp", "hooks", "manage"}
        assert collector.bound["hooks"] == collector.bound["web"], "webhooks share the pages' address"
        assert all(len(addresses) == 1 for name, addresses in collector.bound.items() if name != "log")
        collector.query("x7.t.example.net")
        assert collector.visit("/t/YT8") == 200
        assert collector.mail("token@mail.example.com") == {}
        assert collector.call("CA1") == 200
        assert collector.call("CA1") == 200
        assert collector.call("CA2", token="forged") == 403

        status, text = collector.manage("/hits?after=0")
        assert status == 200
        hits = [parse_hit(line) for line in text.splitlines()]
        assert [hit.contact.channel for hit in hits] == [Channel.DNS, Channel.WEB, Channel.MAIL, Channel.CALL]
        assert collector.manage("/hits", token="wrong")[0] == 401
        code, said = collector.stop()

    assert code == 0
    assert {"dns hit 1", "web hit 2", "mail hit 3", "call hit 4"} <= set(said.splitlines())
    assert not [content for content in ("x7.t.example", "YT8", "token@", "+1202") if content in said]
    assert "hook calls: forged request from 127.0.0.1" in said
    assert verify_chain(HitReader(tmp_path / "hits.db").stream_from(1)) == hits[-1].hash
    assert HitReader(tmp_path / "hits.db").counters() == {"hooks.calls.forged": 1}


def test_stopping_under_load_acknowledges_only_what_is_on_record(tmp_path: Path) -> None:
    acknowledged: list[str] = []

    def send(client: int) -> None:
        for number in range(10_000):
            try:
                status = collector.visit(f"/{client}-{number}")
            except (OSError, http.client.HTTPException):  # the server is going away
                return
            assert status == 200
            acknowledged.append(f"https://track.example.net/{client}-{number}")

    with running(tmp_path) as collector:
        senders = [threading.Thread(target=send, args=(client,)) for client in range(4)]
        for sender in senders:
            sender.start()
        while len(acknowledged) < 50:
            threading.Event().wait(0.01)
        code, _ = collector.stop()
        for sender in senders:
            sender.join(30)
    assert code == 0
    recorded = [hit.contact.beacon for hit in HitReader(tmp_path / "hits.db").stream_from(1)]
    assert set(acknowledged) <= set(recorded)


def test_webhooks_can_have_an_address_of_their_own(tmp_path: Path) -> None:
    with running(tmp_path, CONFIG + '[hooks]\nlisten = ["127.0.0.1:"]\n') as collector:
        assert collector.bound["hooks"] != collector.bound["web"]
        assert collector.call("CA1") == 200
        assert collector.visit("/hooks/calls") == 200, "for the pages it is an address like any other"
        assert collector.stop()[0] == 0
    channels = [hit.contact.channel for hit in HitReader(tmp_path / "hits.db").stream_from(1)]
    assert channels == [Channel.CALL, Channel.WEB]


def test_a_full_disk_acknowledges_nothing_and_is_counted_until_there_is_room(tmp_path: Path) -> None:
    """A real limit on the files of the process: webhooks 503, mail 451, names and pages as usual."""
    with running(tmp_path) as collector:
        assert collector.call("CA1") == 200
        collector.limit_file_size(4096)
        assert collector.call("CA2") == 503
        with pytest.raises(smtplib.SMTPDataError) as caught:
            collector.mail("token@mail.example.com")
        assert caught.value.smtp_code == 451
        assert collector.query("lost.t.example.net").answer
        assert collector.visit("/lost") == 200
        assert len(collector.manage("/hits")[1].splitlines()) == 1
        collector.limit_file_size(-1)
        assert collector.call("CA2") == 200
        assert collector.call("CA1") == 200
        assert collector.stop()[0] == 0
    reader = HitReader(tmp_path / "hits.db")
    assert [hit.contact.event_id for hit in reader.stream_from(1)] == ["CA1", "CA2"]
    reader.verify()
    assert reader.counters() == {"dns.lost": 1, "hooks.calls.unavailable": 1, "smtp.lost": 1, "web.lost": 1}


@pytest.mark.parametrize("section", ["dns", "web", "smtp", "manage"])
def test_a_port_that_is_taken_is_named_with_its_section(tmp_path: Path, section: str) -> None:
    """Exit 1 and one line, whichever listener it is; no log is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        at = CONFIG.index(f"[{section}]")
        config = CONFIG[:at] + CONFIG[at:].replace("127.0.0.1:", f"127.0.0.1:{port}", 1)
        (tmp_path / "collector.toml").write_text(config)
        done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"Error: cannot listen on 127.0.0.1:{port} for [{section}]: "
        "another program has it: stop that, or choose another port\n"
    )
    assert not (tmp_path / "hits.db").exists()


def test_a_second_collector_on_the_same_log_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as collector:
        done = run_command(tmp_path, "run", "--config", "collector.toml")
        assert done.returncode == 1
        assert f"another collector (process {collector.process.pid}) writes hits.db" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert collector.stop()[0] == 0


def test_a_taken_udp_port_is_found_too(tmp_path: Path) -> None:
    """Two collectors never share queries."""
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        (tmp_path / "collector.toml").write_text(
            f'[log]\npath="hits.db"\n[dns]\nlisten="127.0.0.1:{port}"\nzones=["t.example.net"]\n'
        )
        done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port} for [dns]" in done.stderr
