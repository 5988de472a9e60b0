"""What is left of root and of capabilities once the ports are bound, read from the kernel."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import pytest

import collector
from collector.config.file import ProcessesConfig
from collector.errors import PrivilegeError
from collector.hitlog.reader import HitReader
from collector.privileges import look_at, user_of
from tests.collector.running import run_command

NOBODY = "nobody"
ROOT_FOLDER = Path(collector.__file__).parent.parent
SETPRIV = shutil.which("setpriv")


def _is_open(path: Path) -> bool:
    """Say whether everybody may reach a path."""
    return path.exists() and all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _reachable_python() -> str | None:
    """An interpreter of this version that another user may run: this one may lie in root's own folder."""
    if not (_is_open(ROOT_FOLDER / "collector") and _is_open(Path(sysconfig.get_path("purelib")))):
        return None
    for path in filter(lambda one: _is_open(Path(one)), (sys.executable, "/usr/bin/python3")):
        ask = [path, "-c", "import sys; print(sys.version_info[:2])"]
        if subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip() == str(sys.version_info[:2]):
            return path
    return None


PYTHON = _reachable_python()
needs_root = pytest.mark.skipif(os.getuid() != 0 or PYTHON is None, reason="needs root, and a Python that all may run")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of nobody's, on a path that nobody may walk: pytest's own are for root alone."""
    with tempfile.TemporaryDirectory(prefix="collector-") as name:
        shutil.chown(name, NOBODY)
        yield Path(name)


@contextmanager
def started(folder: Path, config: str, before: Sequence[str] = ()) -> Iterator[tuple[int, list[int]]]:
    """Run a collector; yield its DNS port and its processes."""
    (folder / "collector.toml").write_text(config)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT_FOLDER}:{sysconfig.get_path('purelib')}"}
    process = subprocess.Popen(
        [*before, str(PYTHON), "-m", "collector", "run", "--config", "collector.toml"],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield int(json.loads(line)["dns"][0].rpartition(":")[2]), [process.pid, *map(int, children)]
    finally:
        process.terminate()
        process.communicate(timeout=60)


def low_port() -> int:
    """A port that takes a capability to bind, free for UDP and TCP."""
    taken = {line.split()[1].rpartition(":")[2] for name in ("udp", "tcp") for line in _table(name)}
    return next(port for port in range(1023, 512, -1) if f"{port:04X}" not in taken)


def _table(name: str) -> list[str]:
    return Path(f"/proc/net/{name}").read_text().splitlines()[1:]


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def config(listeners: int, user: str = "") -> str:
    return (
        f'[log]\npath = "hits.db"\n[processes]\nlisteners = {listeners}\nuser = "{user}"\n'
        f'[dns]\nlisten = "127.0.0.1:{low_port()}"\nzones = ["t.example.net"]\nanswers = ["203.0.113.5"]\n'
    )


def assert_nothing_is_left(pids: Sequence[int]) -> None:
    for pid in pids:
        seen = status(pid)
        assert seen["Uid"].split() == ["65534"] * 4
        assert "0" not in seen["Gid"].split() + seen["Groups"].split()
        assert {int(seen[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
        assert seen["NoNewPrivs"] == "1"


@needs_root
@pytest.mark.parametrize("listeners", [0, 2])
def test_root_becomes_the_user_once_the_ports_are_bound(folder: Path, listeners: int) -> None:
    with started(folder, config(listeners, NOBODY)) as (port, pids):
        assert port < 1024
        assert len(pids) >= 1 + listeners
        assert_nothing_is_left(pids)
        assert dns.query.udp(dns.message.make_query("x.t.example.net", "A"), "127.0.0.1", 60, port).answer
    path = folder / "hits.db"
    assert path.stat().st_uid == 65534
    assert HitReader(path).head().seq == 1


@needs_root
@pytest.mark.skipif(SETPRIV is None, reason="needs setpriv (util-linux)")
@pytest.mark.parametrize("listeners", [0, 1])
def test_the_capability_that_systemd_gives_is_given_up(folder: Path, listeners: int) -> None:
    """As with User= and AmbientCapabilities=CAP_NET_BIND_SERVICE."""
    grant = ("--inh-caps", "-all,+net_bind_service", "--ambient-caps", "-all,+net_bind_service")
    user = ("--reuid", NOBODY, "--regid", "nogroup", "--clear-groups")
    with started(folder, config(listeners), [str(SETPRIV), *user, *grant]) as (port, pids):
        assert port < 1024
        assert_nothing_is_left(pids)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_a_user_that_is_not_there_is_one_line_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(config(0, "no-such-user"))
    done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert done.stderr == ("Error: processes.user: there is no user no-such-user here: useradd --system no-such-user\n")
    assert not (tmp_path / "hits.db").exists()


def test_root_is_no_user_to_become() -> None:
    with pytest.raises(PrivilegeError, match="is root"):
        user_of("root")
    with pytest.raises(PrivilegeError, match="no user"):
        look_at("no-such-user")


def test_by_default_nobody_else_is_become() -> None:
    assert ProcessesConfig().user == ""
    assert look_at("")
