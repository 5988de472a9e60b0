"""`collector run` as a real process on free ports, and clients that know what was acknowledged to them."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import resource
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import dns.message
import dns.query

TOKEN = "let-me-read-the-hits"
AUTH_TOKEN = "12345"
STANDARD_KEY = base64.b64encode(b"0123456789abcdef01234567").decode()
CONFIG = """
[log]
path = "hits.db"
[dns]
listen = ["127.0.0.1:"]
zones = ["t.example.net"]
answers = ["203.0.113.5"]
[web]
listen = ["127.0.0.1:"]
hosts = ["track.example.net"]
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
[webhooks.calls]
provider = "twilio"
key = { env = "TWILIO_AUTH_TOKEN" }
public_url = "https://hooks.example.net"
[webhooks.own]
provider = "standard"
key = { env = "STANDARD_KEY" }
[manage]
listen = "127.0.0.1:"
token = { env = "COLLECTOR_TOKEN" }
"""
ENVIRONMENT = {
    **os.environ,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "STANDARD_KEY": f"whsec_{STANDARD_KEY}",
    "COLLECTOR_TOKEN": TOKEN,
}

TWO_LISTENERS = CONFIG + "[processes]\nlisteners = 2\n"


@dataclass(frozen=True)
class Collector:
    """A running collector."""

    process: subprocess.Popen[str]
    bound: dict[str, list[str]]

    def port(self, name: str) -> int:
        return int(self.bound[name][0].rpartition(":")[2])

    @property
    def listeners(self) -> list[int]:
        """The processes that [processes] listeners asks for."""
        of = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [
            int(pid) for pid in of.read_text().split() if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def query(self, name: str, *, timeout: float = 5) -> dns.message.Message:
        return dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", timeout, self.port("dns"))

    def visit(self, path: str, **headers: str) -> int:
        return self._request("web", "GET", path, None, {"Host": "track.example.net", **headers})[0]

    def mail(self, *recipients: str) -> dict[str, object]:
        with smtplib.SMTP("127.0.0.1", self.port("smtp"), timeout=5) as client:
            return dict(client.sendmail("a@example.org", list(recipients), "Subject: x\r\n\r\nx\r\n"))

    def call(self, sid: str, *, token: str = AUTH_TOKEN) -> int:
        parameters = {"CallSid": sid, "From": "+12025550100", "To": "+12025550101"}
        signed = "https://hooks.example.net/hooks/calls" + "".join(key + parameters[key] for key in sorted(parameters))
        signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return self._request("hooks", "POST", "/hooks/calls", urlencode(parameters), headers)[0]

    def manage(self, path: str, token: str = TOKEN) -> tuple[int, str]:
        return self._request("manage", "GET", path, None, {"Authorization": f"Bearer {token}"})

    def stop(self) -> tuple[int, str]:
        """Stop it as systemd does and return its exit code and what it said on stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said

    def limit_file_size(self, size_bytes: int) -> None:
        """Let every file of the process stop growing there: a disk that is full, and with -1 one that is not."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))

    def _request(self, name: str, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port(name), timeout=10)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


def start(folder: Path, config: str = CONFIG, environment: Mapping[str, str] | None = None) -> Collector:
    """Start `collector run` in `folder` and wait until it says what it bound."""
    (folder / "collector.toml").write_text(config)
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "run", "--config", "collector.toml"],
        cwd=folder,
        env={**ENVIRONMENT, **(environment or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(f"collector run ended at once: {process.communicate()[1]}")
    return Collector(process, json.loads(line))


@contextmanager
def running(folder: Path, config: str = CONFIG, environment: Mapping[str, str] | None = None) -> Iterator[Collector]:
    """A collector that is killed at the end if the test did not stop it."""
    collector = start(folder, config, environment)
    try:
        yield collector
    finally:
        if collector.process.poll() is None:
            collector.process.kill()
            collector.process.communicate()


def run_command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one `collector` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "collector", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )


def free_port() -> int:
    """Return a port nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
