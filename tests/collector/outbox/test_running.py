"""Alerts of `collector run`: refused, hung and killed between, every contact is told; its state can be seen."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collector.outbox.receiver import HANG, REFUSE, Receiver, receiving
from tests.collector.running import CONFIG, ENVIRONMENT, run_command, running

ALERTS = """
[alerts]
every_minutes = 0
retry_seconds = 1
[alerts.targets.ops]
url = { env = "ALERT_URL" }
[alerts.targets.names]
url = { env = "OTHER_URL" }
channels = ["dns"]
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as made:
        monkeypatch.setitem(ENVIRONMENT, "ALERT_URL", made.url)
        monkeypatch.setitem(ENVIRONMENT, "OTHER_URL", "json://127.0.0.1:1/")
        yield made


def told(server: Receiver) -> dict[int, tuple[int, int]]:
    """First and last hit of each notice taken; the same number always means the same hits."""
    found: dict[int, tuple[int, int]] = {}
    for taken in server.taken:
        match = re.search(r"hits? (\d+)(?: to (\d+))? of log \w{8}, notice (\d+)$", taken["message"])
        assert match, taken
        span = int(match[1]), int(match[2] or match[1])
        assert found.setdefault(int(match[3]), span) == span
    return found


def state(folder: Path) -> dict[str, Any]:
    done = run_command(folder, "alerts", "--config", "collector.toml", "--json")
    assert done.returncode == 0, done.stderr
    targets = {one["target"]: one for one in json.loads(done.stdout)["targets"]}
    return dict(targets["ops"])


def test_refused_hung_killed_and_taken_at_last(tmp_path: Path, server: Receiver) -> None:
    """Three lives of a collector; every call is in exactly one notice, none of which was lost."""
    server.mood = REFUSE
    with running(tmp_path, CONFIG + ALERTS) as collector:
        for number in range(5):
            assert collector.call(f"CAa{number}") == 200
        server.wait_for(asked=2)
        collector.process.kill()
        collector.process.communicate()
    (waiting,) = [one for one in state(tmp_path)["notices"] if one["state"] == "queued"]
    assert waiting["tries"] >= 1
    server.mood = HANG
    asked = server.asked
    with running(tmp_path) as nothing_configured:
        assert nothing_configured.call("CAb") == 200
        nothing_configured.stop()
    with running(tmp_path, CONFIG + ALERTS) as collector:
        assert collector.call("CAc") == 200
        server.wait_for(asked=asked + 1)
        collector.process.kill()
        collector.process.communicate()
    server.mood = "accept"
    with running(tmp_path, CONFIG + ALERTS) as collector:
        assert collector.call("CAd") == 200
        for taken in range(1, 10):
            server.wait_for(taken=taken)
            if max(last for _, last in told(server).values()) == 8:
                break
        status = json.loads(collector.manage("/status")[1])
        code, said = collector.stop()
    assert code == 0
    spans = sorted(told(server).values())
    assert spans[0][0] == 1
    assert [first for first, _ in spans[1:]] == [last + 1 for _, last in spans[:-1]]
    assert spans[-1][1] == 8
    for secret in ("hookuser", "s3samepw", "k3yk3yk3y", "14012345678", "12025550100"):
        assert secret not in said + json.dumps(status) + str([one["message"] for one in server.taken])
    assert [one["target"] for one in status["alerts"]] == ["ops", "names"]
    ops = state(tmp_path)
    assert (ops["queued"], ops["dead"], ops["waiting"]["contacts"]) == (0, 0, 0)
    assert ops["sent"] == len(spans)


def test_a_target_that_hangs_holds_up_neither_the_other_nor_the_answers(tmp_path: Path, server: Receiver) -> None:
    with receiving() as stuck:
        stuck.mood = HANG
        ENVIRONMENT["OTHER_URL"] = stuck.url.replace("rto=1", "rto=60")
        with running(tmp_path, CONFIG + ALERTS) as collector:
            collector.query("a.t.example.net")
            stuck.wait_for(asked=1)
            assert collector.call("CAa") == 200
            server.wait_for(taken=1)
            collector.query("b.t.example.net")
            assert collector.stop()[0] == 0


def test_a_test_notice_and_the_check_say_whether_targets_are_right(tmp_path: Path, server: Receiver) -> None:
    (tmp_path / "collector.toml").write_text(CONFIG + ALERTS)
    done = run_command(tmp_path, "alerts", "--config", "collector.toml", "--test", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["ok"] is False
    assert document["targets"]["ops"] is None
    assert "onnection" in document["targets"]["names"]
    assert "1 of 2 targets did not take it: names" in done.stderr
    assert [one["title"] for one in server.taken] == ["Waybill collector: test"]
    checks = run_command(tmp_path, "check", "--config", "collector.toml", "--json")
    found = {one["name"]: one for one in json.loads(checks.stdout)["checks"]}
    assert found["alerts ops"]["ok"] is True
    ENVIRONMENT["OTHER_URL"] = "nonsense://s3samepw"
    checks = run_command(tmp_path, "check", "--config", "collector.toml", "--json")
    found = {one["name"]: one for one in json.loads(checks.stdout)["checks"]}
    assert found["alerts names"]["ok"] is False
    assert "s3samepw" not in checks.stdout + checks.stderr


def test_without_alerts_the_command_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(CONFIG)
    done = run_command(tmp_path, "alerts", "--config", "collector.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "[alerts] is missing" in done.stderr
