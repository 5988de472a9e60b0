"""Starts a server, loads it, stops it, and compares what was answered with what is on record."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.collector import clients
from benchmarks.collector.clients import Load

CLIENTS: Mapping[str, Callable[[int, float], Load]] = {
    "dns": clients.query,
    "dns hot": partial(clients.query, is_hot=True),
    "web": clients.visit,
    "web hot": partial(clients.visit, is_hot=True),
    "webhooks": clients.call_back,
    "smtp": clients.mail,
}
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
KEEPS_NOTHING = ("nothing", "aiosmtpd")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one server."""

    rate: float  # answers a second
    p50_milliseconds: float
    p99_milliseconds: float
    cpu_microseconds: float  # of the server, for each answer
    recorded: float | None  # for each answer; None where the server keeps nothing


def measure(
    server: str, client: str, folder: Path, *, seconds: float, environment: Mapping[str, str] | None = None
) -> Measured:
    """Run `server` in `folder` under the load of `client`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.collector.serve", server, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        if process.stdout is None:
            raise AssertionError("no output")
        port = int(process.stdout.readline())
        before = cpu_seconds(process.pid)
        load = CLIENTS[client](port, seconds)
        used = cpu_seconds(process.pid) - before
        recorded = int(process.communicate("", timeout=60)[0])
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    keeps_nothing = server.endswith(KEEPS_NOTHING)
    return Measured(
        rate=load.rate,
        p50_milliseconds=load.percentile(0.5),
        p99_milliseconds=load.percentile(0.99),
        cpu_microseconds=used / load.messages * 1e6,
        recorded=None if keeps_nothing else recorded / load.messages,
    )


def cpu_seconds(pid: int) -> float:
    """Return what a process and its children have used of all cores so far (proc(5), utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS + sum(cpu_seconds(int(child)) for child in children)
