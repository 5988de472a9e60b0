"""`collector run` with [processes]: two processes share the ports, one writes the log."""

import http.client
import os
import resource
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dns.exception
import pytest

from collector.hit import Channel
from collector.hitlog.reader import HitReader
from tests.collector.running import ENVIRONMENT, TOKEN, TWO_LISTENERS, Collector, run_command, running

PATIENCE_SECONDS = 60.0
GONE = (OSError, http.client.HTTPException, smtplib.SMTPException, dns.exception.DNSException)


def until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends_at, "it did not come to be"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_every_channel_is_recorded_in_one_chain(tmp_path: Path) -> None:
    with running(tmp_path, TWO_LISTENERS) as collector:
        assert len(collector.listeners) == 2
        for number in range(10):
            collector.query(f"x{number}.t.example.net")
            assert collector.visit(f"/t/YT{number}") == 200
        assert collector.mail("token@mail.example.com") == {}
        assert collector.call("CA1") == 200
        assert collector.call("CA1") == 200, "whichever process takes the retry"
        assert collector.call("CA2", token="forged") == 403
        code, said = collector.stop()
    assert code == 0
    assert "hook calls: forged request from 127.0.0.1" in said
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    channels = [hit.contact.channel for hit in reader.stream_from(1)]
    assert [channels.count(one) for one in (Channel.DNS, Channel.WEB, Channel.MAIL, Channel.CALL)] == [10, 10, 1, 1]
    assert reader.counters() == {"hooks.calls.forged": 1}


def test_a_listener_that_is_killed_is_replaced_on_the_same_ports(tmp_path: Path) -> None:
    with running(tmp_path, TWO_LISTENERS) as collector:
        before = collector.listeners
        os.kill(before[0], signal.SIGKILL)
        for number in range(20):
            assert collector.query(f"x{number}.t.example.net").answer, "the other one goes on"
        until(lambda: len(set(collector.listeners) - set(before)) == 1)
        for pid in collector.listeners:
            if pid in before:
                os.kill(pid, signal.SIGKILL)
        until(lambda: _answers(collector))
        code, said = collector.stop()
    assert code == 0
    assert "a listener process ended (exit code -9): it is started again" in said
    counters = HitReader(tmp_path / "hits.db").counters()
    assert 1 <= counters["processes.restarted"] <= 2


def _answers(collector: Collector) -> bool:
    try:
        return bool(collector.query("y.t.example.net", timeout=1).answer)
    except GONE:
        return False


def test_what_a_listener_handed_over_before_it_was_killed_is_recorded(tmp_path: Path) -> None:
    """Even where the writer had not read it yet."""
    with running(tmp_path, TWO_LISTENERS) as collector:
        listeners, query = collector.listeners, dns.message.make_query("x.t.example.net", "A").to_wire()
        collector.process.send_signal(signal.SIGSTOP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(query, ("127.0.0.1", collector.port("dns")))
            time.sleep(1)
        for pid in listeners:
            os.kill(pid, signal.SIGKILL)
        time.sleep(1.5)  # beyond the writer's next look at them
        collector.process.send_signal(signal.SIGCONT)
        until(lambda: len(set(collector.listeners) - set(listeners)) == 2)
        assert collector.stop()[0] == 0
    assert HitReader(tmp_path / "hits.db").head().seq == 1


def test_a_listener_that_cannot_be_replaced_yet_is_replaced_later(tmp_path: Path) -> None:
    """No file, memory or task is left for a moment: the rest of the collector goes on, and tries again."""
    with running(tmp_path, TWO_LISTENERS) as collector:
        pid = collector.process.pid
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        number = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, usual[1]))
        before = collector.listeners
        os.kill(before[0], signal.SIGKILL)
        assert collector.process.stderr is not None
        lines = iter(collector.process.stderr.readline, "")
        assert any("cannot be started (Too many open files)" in line for line in lines)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
        until(lambda: len(set(collector.listeners) - set(before)) == 1)
        assert collector.stop()[0] == 0


def test_listeners_end_with_the_writer_and_give_the_ports_back(tmp_path: Path) -> None:
    with running(tmp_path, TWO_LISTENERS) as collector:
        listeners, port = collector.listeners, collector.port("web")
        collector.process.kill()
        collector.process.communicate()
        until(lambda: not any(is_alive(pid) for pid in listeners))
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))


def test_sigterm_to_the_whole_group_is_an_orderly_stop(tmp_path: Path) -> None:
    """As systemd does it: to every process of the service at once."""
    with running(tmp_path, TWO_LISTENERS) as collector:
        collector.query("x.t.example.net")
        for pid in collector.listeners:
            os.kill(pid, signal.SIGTERM)
        code, said = collector.stop()
    assert code == 0
    assert "ended" not in said
    assert HitReader(tmp_path / "hits.db").head().seq == 1


def test_sigterm_to_the_whole_group_while_it_starts_is_an_orderly_stop(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(TWO_LISTENERS)
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "run", "--config", "collector.toml"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    collector = Collector(process, {})
    try:
        until(lambda: len(collector.listeners) == 2)
        for pid in collector.listeners:
            os.kill(pid, signal.SIGTERM)
        assert collector.stop() == (0, "")
    finally:
        process.kill()
        process.communicate()


def test_a_full_disk_acknowledges_nothing_through_listeners_either(tmp_path: Path) -> None:
    with running(tmp_path, TWO_LISTENERS) as collector:
        assert collector.call("CA1") == 200
        collector.limit_file_size(4096)
        assert collector.call("CA2") == 503
        with pytest.raises(smtplib.SMTPDataError) as caught:
            collector.mail("token@mail.example.com")
        assert caught.value.smtp_code == 451
        assert collector.query("lost.t.example.net").answer
        assert collector.visit("/lost") == 200
        collector.limit_file_size(-1)
        assert collector.call("CA2") == 200
        assert collector.stop()[0] == 0
    reader = HitReader(tmp_path / "hits.db")
    assert [hit.contact.event_id for hit in reader.stream_from(1)] == ["CA1", "CA2"]
    assert reader.counters() == {"dns.lost": 1, "hooks.calls.unavailable": 1, "smtp.lost": 1, "web.lost": 1}


def test_a_listener_that_cannot_start_is_one_line_and_exit_1(tmp_path: Path) -> None:
    config = TWO_LISTENERS.replace('hosts = ["track', 'certificate = "no.pem"\nkey = "no.pem"\nhosts = ["track')
    (tmp_path / "collector.toml").write_text(config)
    done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Error: ")
    assert "no.pem" in done.stderr


def test_a_listener_knows_no_key_of_the_log_and_no_token(tmp_path: Path) -> None:
    """What is read out of a listener's memory opens neither the log nor the management address."""
    secret = "b" * 64
    config = TWO_LISTENERS.replace("[dns]", 'signing_key = { env = "HITS_KEY" }\n[dns]', 1)
    with running(tmp_path, config, {"HITS_KEY": secret}) as collector:
        for pid in collector.listeners:
            held = _memory(pid)
            assert b"mail.example.com" in held, "its memory can be read"
            for one in (bytes.fromhex(secret), secret.encode(), TOKEN.encode()):
                assert one not in held, "neither as a key nor as a variable of its environment"
        assert collector.stop()[0] == 0


def _memory(pid: int) -> bytes:
    """Read all that a process may write to."""
    held = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(one, 16) for one in span.split("-"))
            if "rw" in rights:
                memory.seek(start)
                try:
                    held.append(memory.read(end - start))
                except OSError:
                    continue
    return b"".join(held)
