"""The command line: help with examples, JSON where it prints results, and every failure one line."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import collector
from collector.cli import cli
from collector.hit import Channel, Contact, parse_hit, verify_chain
from collector.hit.checkpoint import read_note, sign
from collector.hitlog.reader import HitReader
from collector.hitlog.signing import LogKey, Signing
from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import Duties, HitLog
from tests.collector.running import CONFIG, ENVIRONMENT, run_command, running

COMMANDS = ("run", "check", "tail", "verify", "export")
AT = datetime(2026, 11, 21, 8, 15, 30, tzinfo=UTC)
CONTACTS = [
    Contact(
        Channel.CALL,
        "+8614012345678",
        "+12025550100",
        event_id="CA1",
        provider="twilio",
        verified=True,
        claims={"text": "王女士\x1b[2J\n\u202e"},
    ),
    Contact(Channel.DNS, "x.t.example.net", "192.0.2.1"),
    Contact(Channel.WEB, "https://track.example.net/t/1", "203.0.113.9"),
]

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and a log of three hits."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "collector.toml").write_text(CONFIG)
    with HitLog.open(tmp_path / "hits.db", now=lambda: AT) as log:
        log.append_all(CONTACTS, AT).result(5)
        log.count("dns.lost", 2)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in that folder."""
    monkeypatch.chdir(folder)

    def invoke(*arguments: str) -> Result:
        return CliRunner(env=dict(ENVIRONMENT)).invoke(cli, arguments, catch_exceptions=False)

    return invoke


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(run: Run, command: str) -> None:
    """What the example names exists."""
    result = run(command, "--help")
    assert result.exit_code == 0
    (example,) = re.findall(r"Example: collector (\w+)(.*)", result.stdout)
    assert example[0] == command
    for option in re.findall(r"--?[a-z-]+", example[1]):
        assert re.search(rf"(^|\s){option}\b", result.stdout), option
    assert "--config" in result.stdout
    assert "COLLECTOR_CONFIG" in result.stdout
    assert ("--json" in result.stdout) is (command != "run")


def test_the_program_lists_its_commands(run: Run) -> None:
    """Those of a log, the mail room's, notices, certificates, and nothing else."""
    listed = re.findall(r"^  (\w+) ", run("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted((*COMMANDS, "acme", "alerts", "mailroom"))


@pytest.mark.parametrize("command", ["check", "verify"])
def test_json_is_one_document_on_stdout(run: Run, command: str) -> None:
    """Messages go to stderr."""
    result = run(command, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["ok"] is True
    assert document["counters"] == {"dns.lost": 2}
    assert result.stderr == ""


def test_verify_prints_count_and_head(run: Run, folder: Path) -> None:
    """The head is what to keep elsewhere."""
    document = json.loads(run("verify", "--json").stdout)
    exported = [parse_hit(line) for line in run("export").stdout.splitlines()]
    assert (document["hits"], document["head"]) == (3, verify_chain(exported))
    assert f"3 hits, unbroken; head {document['head']}" in run("verify").stdout
    assert "not on record: dns.lost: 2" in run("verify").stdout


def test_export_prints_the_hits_after_a_number(run: Run) -> None:
    """One JSON object a line, with or without --json."""
    assert [json.loads(line)["seq"] for line in run("export", "--after", "1").stdout.splitlines()] == [2, 3]
    assert [json.loads(line)["seq"] for line in run("export", "--json", "--limit", "1").stdout.splitlines()] == [1]
    assert run("export", "--after", "99").stdout == ""


def test_tail_shows_the_newest_hits_escaped(run: Run) -> None:
    """A caller cannot write to the terminal of whoever looks."""
    result = run("tail", "-n", "2")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["2", "3"]
    shown = run("tail").stdout.splitlines()
    assert len(shown) == 3
    assert r"王女士\x1b[2J\n\u202e" in shown[0]
    assert "+8614012345678 <- +12025550100 verified" in shown[0]
    assert json.loads(run("tail", "--json", "-n", "1").stdout)["seq"] == 3
    assert run("tail", "-n", "0").stdout == ""


def test_check_names_what_it_looked_at(run: Run) -> None:
    """Log, chain, providers, token and every address."""
    document = json.loads(run("check", "--json").stdout)
    names = [one["name"] for one in document["checks"]]
    assert names[:3] == ["sqlite", "log", "chain"]
    assert {"webhooks.calls", "webhooks.own", "manage.token"} <= set(names)
    assert [name.split()[0] for name in names[-4:]] == ["dns", "web", "smtp", "manage"]


def test_check_beside_a_running_collector_disturbs_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as running_collector:
        done = run_command(tmp_path, "check", "--config", "collector.toml")
        assert done.returncode == 0, done.stderr
        assert f"written by process {running_collector.process.pid} now" in done.stdout
        running_collector.query("x.t.example.net")
        assert running_collector.stop()[0] == 0


def test_check_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first check leaves no log behind."""
    monkeypatch.chdir(tmp_path)
    Path("c.toml").write_text('[log]\npath = "var/hits.db"\n')
    result = CliRunner().invoke(cli, ["check", "--config", "c.toml"])
    assert result.exit_code == 0
    assert "will be made by the first run" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["c.toml"]


def break_chain(folder: Path) -> None:
    connection = sqlite3.connect(str(folder / "hits.db"))
    connection.execute("DROP TRIGGER hit_no_update")
    connection.execute("UPDATE hit SET beacon = '+8614000000000' WHERE seq = 1")
    connection.commit()
    connection.close()


def test_a_broken_chain_is_named_and_fails(run: Run, folder: Path) -> None:
    """verify and check exit 1 and name the hit."""
    break_chain(folder)
    result = run("verify")
    assert (result.exit_code, result.stderr) == (1, "Error: hit 1: was changed after it was recorded\n")
    result = run("check")
    assert result.exit_code == 1
    assert result.stderr == "Error: 1 of 15 checks failed (chain): see the details above\n"


FAILURES = {
    "no configuration": (("check", "--config", "none.toml"), 1, "cannot read none.toml"),
    "no log": (("tail", "--config", "empty.toml"), 1, "there is no hit log at none.db"),
    "no log to verify": (("verify", "--config", "empty.toml"), 1, "there is no hit log"),
    "no log to export": (("export", "--config", "empty.toml"), 1, "there is no hit log"),
    "a provider without its key": (("run", "--config", "plivo.toml"), 1, "webhooks.calls.key is missing"),
    "an unknown command": (("sing",), 2, "No such command 'sing'"),
    "an unknown option": (("tail", "--loud"), 2, "No such option"),
    "a number that is none": (("export", "--after", "x"), 2, "'x' is not a valid integer"),
    "a negative number": (("export", "--after", "-1"), 2, "-1 is not in the range"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_failures_are_one_line_and_wrong_usage_is_2(
    run: Run, folder: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    """Exit 1 for a stated failure, 2 for wrong usage, never a traceback."""
    (folder / "empty.toml").write_text('[log]\npath = "none.db"\n')
    (folder / "plivo.toml").write_text(
        '[log]\npath="none.db"\n[web]\nlisten="127.0.0.1:"\n[webhooks.calls]\nprovider="plivo"\n'
    )
    result = run(*arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""
    if code == 1:
        assert len(result.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named(run: Run, folder: Path) -> None:
    """Here a file stands where the folder should be."""
    (folder / "c.toml").write_text('[log]\npath = "hits.db/below/hits.db"\n')
    for command in ("run", "check"):
        result = run(command, "--config", "c.toml")
        assert result.exit_code == 1
        assert "Traceback" not in result.output


def test_the_package_alone_in_an_empty_folder_runs(tmp_path: Path) -> None:
    """A DMZ host gets `collector/` and nothing of `honey`."""
    source = Path(collector.__file__).parent
    shutil.copytree(source, tmp_path / "collector", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "collector.toml").write_text(CONFIG)
    program = (
        "import runpy, sys; sys.path[:] = [p for p in sys.path if not (__import__('os').path.isdir(p + '/honey'))];"
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f)];"
        "sys.path.insert(0, '.'); sys.argv = ['collector', 'check', '--config', 'collector.toml'];"
        "import collector; assert collector.__file__.startswith(__import__('os').getcwd()), collector.__file__;"
        "runpy.run_module('collector', run_name='__main__')"
    )
    for command in (
        [sys.executable, "-c", program],
        [sys.executable, "-m", "collector", "check", "--config", "collector.toml"],
    ):
        done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "twilio: ready" in done.stdout


@pytest.fixture
def signed(folder: Path) -> str:
    """The three hits are signed for; returns the checkpoint."""
    duties = Duties(signing=Signing(LogKey.of("01" * 32, "key"), every_hits=1, every_seconds=60))
    with HitLog.open(folder / "hits.db", now=lambda: AT, duties=duties):
        pass
    newest = HitReader(folder / "hits.db").newest_note()
    assert newest is not None
    return newest[0]


def test_a_checkpoint_is_exported_and_met(run: Run, folder: Path, signed: str) -> None:
    """What is kept elsewhere is what verify takes, with or without the key that signed it."""
    exported = run("export", "--checkpoint").stdout
    assert exported == signed
    (folder / "kept").write_text(exported)
    document = json.loads(run("export", "--checkpoint", "--json").stdout)
    assert (document["seq"], document["note"]) == (3, signed)
    verified = json.loads(run("verify", "--checkpoint", "kept", "--key", document["key"], "--json").stdout)
    assert (verified["checkpoints"], verified["kept"]) == (1, 1)
    assert "1 signed checkpoints and 1 kept elsewhere are met" in run("verify", "--checkpoint", "kept").stdout


def test_a_checkpoint_that_is_not_met_is_one_line(run: Run, folder: Path, signed: str) -> None:
    """Forged by another key, beyond the end, no checkpoint at all."""
    other = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
    beyond = replace(read_note(signed), seq=9)
    (folder / "kept").write_text(sign(beyond, other))
    result = run("verify", "--checkpoint", "kept")
    assert result.exit_code == 1
    assert "the log ends at hit 3, but 9 were signed for" in result.stderr
    key = json.loads(run("export", "--checkpoint", "--json").stdout)["key"]
    assert "signed by another key" in run("verify", "--checkpoint", "kept", "--key", key).stderr
    (folder / "kept").write_bytes(b"\xff")
    result = run("verify", "--checkpoint", "kept")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_a_log_that_signed_nothing_yet_says_so(run: Run) -> None:
    """Before the first run of this release, or before the first hit."""
    result = run("export", "--checkpoint")
    assert result.exit_code == 1
    assert "nothing is signed yet" in result.stderr


def test_check_says_who_signs_and_who_can_read(run: Run, folder: Path) -> None:
    """A key that others may read is a failure; hits in the open are a choice, which is named."""
    details = {one["name"]: one["detail"] for one in json.loads(run("check", "--json").stdout)["checks"]}
    assert details["log.signing_key"].endswith("hits.db.key: will be made by the first run")
    assert "honey keys new" in details["log.seal_to"]
    LogKey.beside(folder / "hits.db")
    (folder / "hits.db.key").chmod(0o644)
    path = folder / "config" / "collector.toml"
    path.write_text(path.read_text().replace("[dns]", f'seal_to = "x25519:{"ab" * 32}"\n[dns]', 1))
    result = run("check", "--json")
    checks = {one["name"]: one for one in json.loads(result.stdout)["checks"]}
    assert result.exit_code == 1
    assert not checks["log.signing_key"]["ok"]
    assert "chmod 600" in checks["log.signing_key"]["detail"]
    assert checks["log.seal_to"]["detail"].startswith("hits are sealed to key ")
