"""What `collector check` says of [acme], from files alone."""

import json
import re
import stat
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.acme import overview
from collector.acme.keeper import Keeper
from collector.acme.pair import described
from collector.acme.places import AcmeError, write
from collector.acme.renewal import State, failed, fingerprint
from collector.acme.service import AcmeService
from collector.certificates import ServerTls
from collector.config.acme import AcmeConfig
from collector.config.file import Config, parse_config
from collector.errors import ConfigError
from tests.collector.acme.oddauthority import signed
from tests.collector.running import run_command

NAME = "track.example.net"
NOW = datetime.now(UTC).replace(microsecond=0)
LIFE = timedelta(days=90)


def configured(folder: Path, more: str = "") -> Config:
    return parse_config(tomllib.loads(text(folder, more)), {})


def text(folder: Path, more: str = "") -> str:
    return f"""
[log]
path = "{folder / "hits.db"}"
[web]
listen = ["127.0.0.1:"]
listen_http = ["127.0.0.1:"]
hosts = ["{NAME}"]
certificate = "acme"
[acme]
directory = "https://localhost:9/dir"
agree_to_terms = true
folder = "{folder / "acme"}"
{more}
"""


def acme(folder: Path, more: str = "") -> AcmeConfig:
    config = configured(folder, more).acme
    assert config is not None
    return config


def put(config: AcmeConfig, *, age: timedelta, state: State, name: str = NAME) -> None:
    write(config.places.certificate("web"), signed(name, begins_at=NOW - age, life=LIFE))
    write(config.places.state("web"), state.to_json().encode())


def trouble(config: AcmeConfig) -> State:
    plan = fingerprint(config.directory, config.certificates[0].names)
    return failed(State(directory=config.directory), "localhost cannot be reached", plan, now=NOW, chance=0.5)


def told(config: AcmeConfig) -> str:
    return overview.certificate(config, config.certificates[0], NOW)


def test_before_the_first_run_nothing_is_wrong(tmp_path: Path) -> None:
    config = acme(tmp_path)
    assert told(config) == "none yet: the next run gets one for track.example.net (http-01)"
    assert overview.account(config) == "localhost: the first run opens an account"
    assert not (tmp_path / "acme").exists(), "it changes nothing"


def test_a_good_one_is_told_with_its_renewal(tmp_path: Path) -> None:
    config = acme(tmp_path)
    put(config, age=timedelta(days=1), state=State(directory=config.directory))
    until, renewal = NOW + timedelta(days=89), NOW + timedelta(days=59)
    assert told(config) == (f"{NAME}; valid until {until:%Y-%m-%d}, 89 days, renewed from {renewal:%Y-%m-%d %H:%M} UTC")


def test_trouble_is_told_before_it_is_late_and_fails_when_it_is(tmp_path: Path) -> None:
    config = acme(tmp_path)
    put(config, age=timedelta(days=61), state=trouble(config))
    assert "; 1 tries failed, the last at " in told(config)
    put(config, age=timedelta(days=76), state=trouble(config))
    with pytest.raises(
        AcmeError, match=r"is not renewed: 1 tries failed, .*cannot be reached; the next is at .*acme now"
    ):
        told(config)
    put(config, age=timedelta(days=76), state=State(directory=config.directory))
    with pytest.raises(AcmeError, match="no collector has run since it was due"):
        told(config)


def test_another_name_is_got_by_the_next_run(tmp_path: Path) -> None:
    config = acme(tmp_path)
    put(config, age=timedelta(days=1), state=State(directory=config.directory), name="old.example.net")
    assert told(config).startswith(f"it is not for {NAME}: the next run gets one")
    put(config, age=timedelta(days=1), state=trouble(config), name="old.example.net")
    with pytest.raises(AcmeError, match=f"it is not for {NAME}, and no other could be had: 1 tries failed"):
        told(config)


def test_what_is_missing_for_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"acme\.ca_file: cannot read .*gone\.pem"):
        overview.account(acme(tmp_path, 'ca_file = "gone.pem"'))
    (tmp_path / "acme").write_text("")
    with pytest.raises(AcmeError, match=r"cannot write in .*acme: mend acme\.folder"):
        overview.account(acme(tmp_path))


def test_check_shows_it_in_its_table(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(text(tmp_path))
    done = run_command(tmp_path, "check", "--json", "--config", "collector.toml")
    rows = {one["name"]: one["detail"] for one in json.loads(done.stdout)["checks"]}
    assert rows["web.certificate"].startswith("none yet")
    assert rows["acme"].startswith("localhost:")


def test_a_temporary_certificate_opens_the_port_and_what_is_there_stays(tmp_path: Path) -> None:
    config = acme(tmp_path)
    keeper = Keeper.of(config, lambda: NOW, lambda: 0.5)
    path = config.certificates[0].files.certificate
    keeper.prepare()
    first = path.read_bytes()
    ServerTls(config.certificates[0].files)
    made = described(first)
    assert made is not None
    assert (made.is_temporary, made.names) == (True, frozenset([NAME]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keeper.prepare()
    assert path.read_bytes() == first, "clients that pinned it see the same one after a restart"
    Keeper.of(acme(tmp_path, '[acme.names]\nweb = ["a.example.net"]'), lambda: NOW, lambda: 0.5).prepare()
    assert path.read_bytes() != first, "for other names another one"
    put(config, age=timedelta(days=100), state=State())
    expired = path.read_bytes()
    keeper.prepare()
    assert path.read_bytes() == expired, "an expired one from the authority says more than a temporary one"
    path.write_bytes(b"half a file")
    keeper.prepare()
    assert path.read_bytes().count(b"BEGIN") == 2


def test_without_the_section_the_service_does_nothing(tmp_path: Path) -> None:
    config = parse_config(tomllib.loads(f'[log]\npath = "{tmp_path / "hits.db"}"'), {})
    with AcmeService(config, lambda: NOW):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((), r"\[acme\] is missing"), (("--section", "smtp"), r"smtp has no certificate from \[acme\]: there are web")],
)
def test_acme_now_says_what_it_cannot_do(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    config = text(tmp_path) if arguments else f'[log]\npath = "{tmp_path / "hits.db"}"'
    (tmp_path / "collector.toml").write_text(config)
    done = run_command(tmp_path, "acme", "now", "--config", "collector.toml", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert re.search(expected, done.stderr)


def test_acme_now_without_a_collector_says_that_nobody_answers(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(text(tmp_path))
    done = run_command(tmp_path, "acme", "now", "--json", "--config", "collector.toml")
    assert done.returncode == 1
    (one,) = json.loads(done.stdout)["certificates"]
    assert (one["section"], one["names"], one["new"], one["valid_until"]) == ("web", [NAME], False, None)
    assert one["error"].startswith("localhost cannot be reached")
    assert done.stderr.splitlines() == [
        "no collector runs on this log: nobody answers what the authority asks",
        "Error: 1 of 1 certificates could not be had: web",
    ]


@pytest.mark.parametrize("command", ["run", "check", "acme now"])
def test_without_the_extra_it_says_what_to_install(tmp_path: Path, command: str) -> None:
    (tmp_path / "collector.toml").write_text(text(tmp_path))
    script = (
        "import runpy, sys; sys.modules['acme'] = None; "
        f"sys.argv = ['collector', *{command.split()!r}, '--config', 'collector.toml']; "
        "runpy.run_module('collector', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'waybill-honeytokens[acme]'" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
