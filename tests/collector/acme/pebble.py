"""Let's Encrypt's test authority `pebble` as a process on loopback, and collectors that get certificates from it.

Pebble asks the collector's own name server and fetches from the collector's own ports: nothing else is in between.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from collector.certificates import TlsFiles
from tests.collector.issuing import issue
from tests.collector.running import Collector, free_port

WAIT_SECONDS = 120  # for what takes a second or two
needs_pebble = pytest.mark.skipif(shutil.which("pebble") is None, reason="pebble is not installed (Debian: pebble)")


@dataclass(frozen=True)
class Pebble:
    """A running authority, and the ports it looks for proofs at."""

    folder: Path
    port: int
    http_port: int
    dns_port: int
    ca_file: Path  # what signs its own TLS

    @property
    def directory(self) -> str:
        return f"https://localhost:{self.port}/dir"

    def said(self) -> str:
        return (self.folder / "pebble.log").read_text("utf-8", "replace")

    def accounts(self) -> int:
        """How many accounts were opened."""
        return self.said().count("accounts in memory")

    def orders(self) -> int:
        return self.said().count("Added order")

    def trust(self, management_port: int) -> ssl.SSLContext:
        """Return a client's trust in what this authority issues."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with urllib.request.urlopen(f"https://localhost:{management_port}/roots/0", timeout=30, context=context) as got:
            return ssl.create_default_context(cadata=got.read().decode())


def prepared(folder: Path) -> Pebble:
    """Return an authority that does not run yet."""
    folder.mkdir(parents=True)
    return Pebble(folder, free_port(), free_port(), free_port(), issue(folder / "own", "localhost").files.certificate)


@contextmanager
def authority(
    folder: Path,
    *,
    valid_seconds: int = 90 * 86_400,
    nonces_refused_percent: int = 0,
    accounts_for: dict[str, str] | None = None,
    takes_time: bool = False,
    again: Pebble | None = None,
) -> Iterator[tuple[Pebble, ssl.SSLContext]]:
    """Run pebble; yields it with a client's trust in its certificates. `again`: one that forgot everything."""
    pebble = again or prepared(folder)
    own = TlsFiles("pebble", pebble.ca_file, pebble.ca_file.with_name("key.pem"))
    management_port = free_port()
    config = {
        "listenAddress": f"127.0.0.1:{pebble.port}",
        "managementListenAddress": f"127.0.0.1:{management_port}",
        "certificate": str(own.certificate),
        "privateKey": str(own.key),
        "httpPort": pebble.http_port,
        "tlsPort": free_port(),
        "externalAccountBindingRequired": accounts_for is not None,
        "externalAccountMACKeys": accounts_for or {},
        "certificateValidityPeriod": valid_seconds,
    }
    (pebble.folder / "pebble.json").write_text(json.dumps({"pebble": config}))
    environment = {
        **os.environ,
        "PEBBLE_VA_NOSLEEP": "" if takes_time else "1",
        "PEBBLE_VA_SLEEPTIME": "6",  # at most so many seconds before it looks
        "PEBBLE_AUTHZREUSE": "0",
        "PEBBLE_WFE_NONCEREJECT": str(nonces_refused_percent),
    }
    command = [
        "pebble",
        "-config",
        str(pebble.folder / "pebble.json"),
        "-strict",
        "-dnsserver",
        f"127.0.0.1:{pebble.dns_port}",
    ]
    with (pebble.folder / "pebble.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    try:
        until(lambda: _answers(pebble.port) and _answers(management_port), "pebble does not start")
        yield pebble, pebble.trust(management_port)
    finally:
        process.kill()
        process.wait(30)


def config(pebble: Pebble, *, acme: str = "", more: str = "", http: bool = True) -> str:
    """Return a configuration whose [web] gets its certificate from the authority."""
    listen_http = f"127.0.0.1:{pebble.http_port}" if http else "127.0.0.1:"
    return f"""
[log]
path = "hits.db"
[dns]
listen = ["127.0.0.1:{pebble.dns_port}"]
zones = ["t.example.net"]
answers = ["127.0.0.1"]
[web]
listen = ["127.0.0.1:"]
listen_http = ["{listen_http}"]
hosts = ["track.example.net"]
certificate = "acme"
[acme]
directory = "{pebble.directory}"
agree_to_terms = true
folder = "acme"
ca_file = "{pebble.ca_file}"
{acme}
{more}
"""


def until(is_so: Callable[[], bool], otherwise: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(otherwise)
        time.sleep(0.2)


def shown(collector: Collector, part: str = "web") -> x509.Certificate:
    """Return the certificate that a client which trusts everybody is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", collector.port(part)), timeout=30)
    return x509.load_pem_x509_certificate(pem.encode())


def is_trusted(collector: Collector, trust: ssl.SSLContext, name: str, part: str = "web") -> bool:
    """Say whether a browser would open `name` at the collector: chain, name and dates are right."""
    try:
        with (
            socket.create_connection(("127.0.0.1", collector.port(part)), timeout=30) as plain,
            trust.wrap_socket(plain, server_hostname=name) as secure,
        ):
            return secure.version() is not None
    except ssl.SSLCertVerificationError:
        return False


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
