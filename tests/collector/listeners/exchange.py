"""A real Asterisk on loopback: its folder, its configuration, its life, and a manager that makes it place calls."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.collector.listeners.patience import PATIENCE_SECONDS
from tests.collector.running import free_port

FETCHED = Path(__file__).parents[3] / "build" / "asterisk"  # where .ci/run puts it
SECRET = "exchange-secret-1"
MODULES = (  # what the tests use of it, and what that uses
    *("res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_timing_timerfd", "res_timing_pthread"),
    *("res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_endpoint_identifier_ip", "res_pjsip_caller_id"),
    *("res_pjsip_diversion", "res_pjsip_messaging", "res_pjsip_pubsub", "res_pjsip_sdp_rtp", "res_pjsip_header_funcs"),
    *("res_rtp_asterisk", "chan_pjsip", "bridge_simple", "codec_ulaw", "pbx_config", "app_dial", "app_stack"),
    *("app_verbose", "func_callerid", "func_cdr", "cdr_csv", "cdr_manager", "res_http_websocket"),
    *("res_websocket_client", "res_stasis", "res_stasis_answer", "res_stasis_playback", "res_stasis_recording"),
    *("res_stasis_snoop", "app_stasis", "res_ari", "res_ari_model", "res_ari_events", "res_ari_channels"),
)
FILES = {
    "asterisk.conf": """
[directories]
astetcdir => {folder}/etc
astmoddir => {modules}
astvarlibdir => {folder}/lib
astdbdir => {folder}/lib
astkeydir => {folder}/lib
astdatadir => {data}
astagidir => {folder}/lib
astspooldir => {folder}/spool
astrundir => {folder}/run
astlogdir => {folder}/log
[options]
nocolor = yes
verbose = 3
""",
    "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error\nfull => notice,warning,error,verbose\n",
    "manager.conf": """
[general]
enabled = yes
bindaddr = 127.0.0.1
port = {ami}
[honey]
secret = {secret}
read = call,cdr
deny = 0.0.0.0/0
permit = 127.0.0.1/32
[tester]
secret = {secret}
read = all
write = all
""",
    "http.conf": "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {http}\n",
    "ari.conf": "[general]\nenabled = yes\n[honey]\ntype = user\nread_only = yes\npassword = {secret}\n",
    "cdr.conf": """
[general]
enable = yes
unanswered = yes
[csv]
loguniqueid = yes
loguserfield = yes
newcdrcolumns = yes
""",
    "cdr_manager.conf": "[general]\nenabled = yes\n",
    "rtp.conf": "[general]\nrtpstart = 20000\nrtpend = 20998\n",
    "pjproject.conf": "",
    "pjsip.conf": """
[global]
type = global
[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{sip}
[tcp]
type = transport
protocol = tcp
bind = 127.0.0.1:{sip}
""",
}


def program() -> Path | None:
    """Return the Asterisk to start: the one ASTERISK_FOLDER holds, the one that was fetched, the one installed."""
    folder = Path(os.environ.get("ASTERISK_FOLDER", FETCHED))
    if (folder / "asterisk").is_file():
        return folder / "asterisk"
    installed = shutil.which("asterisk")
    return Path(installed) if installed else None


needs_asterisk = pytest.mark.skipif(program() is None, reason="no Asterisk: .ci/asterisk build/asterisk fetches one")


@dataclass
class Exchange:
    """One Asterisk and the folder it lives in; it may be stopped and started again."""

    folder: Path
    lines: str  # of pjsip.conf, behind the transports udp and tcp
    dialplan: str
    sip_port: int = field(default_factory=free_port)
    ami_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def cdr(self) -> Path:
        return self.folder / "log" / "cdr-csv" / "Master.csv"

    def records(self) -> str:
        """Return the call records it has written."""
        return self.cdr.read_text("utf-8", "replace") if self.cdr.exists() else ""

    def start(self) -> None:
        """Start it and wait until it says that it is up."""
        found = program()
        assert found is not None
        self._configure(found)
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [str(found), "-f", "-n", "-C", str(self.folder / "etc" / "asterisk.conf")],
                cwd=self.folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._is_up():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return (self.folder / "output").read_text("utf-8", "replace")[-4000:]

    def stop(self, *, kill: bool = False) -> None:
        """Stop it as systemd does, or as a power cut does."""
        if self.process is None:
            return
        self.process.kill() if kill else self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None

    def do(self, action: str, **fields: str) -> str:
        """Do one action of the manager interface and return its answer."""
        with socket.create_connection(("127.0.0.1", self.ami_port), PATIENCE_SECONDS) as connection:
            stream = connection.makefile("rwb")
            login = {"Username": "tester", "Secret": SECRET, "Events": "off"}
            answer = ""
            for name, given in (("Login", login), (action, fields)):
                lines = [f"Action: {name}", "ActionID: 7", *(f"{key}: {value}" for key, value in given.items())]
                stream.write(("\r\n".join(lines) + "\r\n\r\n").encode())
                stream.flush()
                answer = _answer(stream)
            return answer

    def command(self, line: str) -> str:
        """Do one command of Asterisk's console and return what it says."""
        return self.do("Command", Command=line)

    def _is_up(self) -> bool:
        try:
            return "fully booted" in self.command("core waitfullybooted")
        except OSError:
            return False

    def _configure(self, found: Path) -> None:
        etc = self.folder / "etc"
        for name in ("etc", "lib", "spool", "run", "log/cdr-csv"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        system = found.parent if (found.parent / "usr").is_dir() else Path("/")
        modules = next(iter(sorted(system.glob("usr/lib/**/asterisk/modules"))))
        ports = {"sip": self.sip_port, "ami": self.ami_port, "http": self.http_port, "secret": SECRET}
        places = {"folder": self.folder, "modules": modules, "data": system / "usr" / "share" / "asterisk"}
        wanted = [name for name in MODULES if (modules / f"{name}.so").exists()]
        contents = {
            **FILES,
            "pjsip.conf": FILES["pjsip.conf"] + self.lines,
            "extensions.conf": self.dialplan,
            "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in wanted),
        }
        for name, content in contents.items():
            (etc / name).write_text(_filled(content, {**ports, **places}), "utf-8")


def _filled(text: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))  # not format(): the dialplan has braces of its own
    return text


def _answer(stream: Iterable[bytes]) -> str:
    """Return the next answer; greetings and events come before it."""
    lines: list[str] = []
    for line in stream:
        text = line.decode("utf-8", "replace").strip()
        if text:
            lines.append(text)
        elif any(one.startswith("Response:") for one in lines):
            return "\n".join(lines)
        else:
            lines.clear()
    return "\n".join(lines)


@contextmanager
def running_exchange(lines: str, dialplan: str) -> Iterator[Exchange]:
    """An Asterisk that is stopped at the end. Its folder's name is short: it holds a UNIX socket."""
    folder = Path(tempfile.mkdtemp(prefix="pbx"))
    exchange = Exchange(folder, lines, dialplan)
    try:
        exchange.start()
        yield exchange
    finally:
        exchange.stop()
        shutil.rmtree(folder, ignore_errors=True)
