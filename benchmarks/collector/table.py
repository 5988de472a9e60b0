"""The table: every channel beside its limit, one run after the other, in rounds."""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.collector import log, slowdisk, stored
from benchmarks.collector.measured import Measured, measure

ROUNDS = 2
SECONDS = 1.0  # of load on one server
STORED = (10_000, 1_000_000)
# Line -> server and client. A limit stands below what is compared with it.
LINES: Mapping[str, tuple[str, str]] = {
    "DNS, any type, committed": ("dns-process", "dns"),
    "DNS, one hot name": ("dns-process", "dns hot"),
    "DNS, one process for all": ("dns-log", "dns"),
    "  bare uvloop-to-SQLite": ("dns-uvloop", "dns"),
    "  bare socket, unread echo": ("dns-echo", "dns"),
    "canary links, committed": ("web-process", "web"),
    "canary links, one hot link": ("web-process", "web hot"),
    "canary links, one process": ("web-log", "web"),
    "  same server, nothing kept": ("web-nothing", "web"),
    "webhooks (Flask), committed": ("webhooks-process", "webhooks"),
    "webhooks, one process for all": ("webhooks-log", "webhooks"),
    "  same server, no log": ("webhooks-nothing", "webhooks"),
    "mail, committed": ("smtp-process", "smtp"),
    "mail, one process for all": ("smtp-log", "smtp"),
    "  aiosmtpd, nothing kept": ("smtp-aiosmtpd", "smtp"),
}
RATIOS = (  # what, beside what, and what is asked of the ratio
    ("DNS, any type, committed", "  bare uvloop-to-SQLite", 0.7),
    ("DNS, any type, committed", "  bare socket, unread echo", None),
    ("DNS, one hot name", "DNS, any type, committed", None),
    ("DNS, one process for all", "  bare uvloop-to-SQLite", None),
    ("canary links, committed", "  same server, nothing kept", None),
    ("canary links, one hot link", "canary links, committed", None),
    ("webhooks (Flask), committed", "  same server, no log", 0.7),
    ("webhooks, one process for all", "  same server, no log", 0.7),
    ("mail, committed", "  aiosmtpd, nothing kept", 0.8),
    ("mail, one process for all", "  aiosmtpd, nothing kept", 0.8),
)
SLOW = tuple(line for line in LINES if "hot" not in line and "echo" not in line)  # of these on a slow disk
Runs = dict[str, list[Measured]]


def once(server: str, client: str, environment: Mapping[str, str] | None = None) -> Measured:
    with tempfile.TemporaryDirectory(prefix="collector-") as folder:
        return measure(server, client, Path(folder), seconds=SECONDS, environment=environment)


def rounds(lines: Sequence[str], number: int, environment: Mapping[str, str] | None = None) -> Runs:
    """Run each line once a round, so that all of a round meet the same machine."""
    runs: Runs = {line: [] for line in lines}
    for _ in range(number):
        for line in lines:
            runs[line].append(once(*LINES[line], environment))
    return runs


def show(runs: Runs) -> None:
    print(f"{'':30}{'per second':>12}{'lowest':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}  recorded/answered")
    for line, found in runs.items():
        rates = [one.rate for one in found]
        p50, p99, cpu = (
            statistics.median(values)
            for values in (
                [one.p50_milliseconds for one in found],
                [one.p99_milliseconds for one in found],
                [one.cpu_microseconds for one in found],
            )
        )
        kept = {one.recorded for one in found}
        said = "-" if kept == {None} else " ".join(f"{one:.3f}" for one in kept if one is not None)
        print(f"{line:30}{statistics.median(rates):12,.0f}{min(rates):9,.0f}{p50:9.1f}{p99:9.1f}{cpu:9.1f}  {said}")
        if not kept <= {None, 1.0}:
            raise AssertionError(f"{line}: recorded / answered is {kept}")


def show_ratios(runs: Runs) -> None:
    print(f"{'ratios':66}{'rate':>6}{'CPU':>6}{'asked':>7}")
    for ours, limit, asked in RATIOS:
        if ours in runs and limit in runs:
            pairs = list(zip(runs[ours], runs[limit], strict=True))
            rate = statistics.median(one.rate / other.rate for one, other in pairs)
            cpu = statistics.median(other.cpu_microseconds / one.cpu_microseconds for one, other in pairs)
            print(f"{f'{ours} / {limit.strip()}':66}{rate:6.2f}{cpu:6.2f}{asked or '':>7}")


def show_stored(sizes: Sequence[int]) -> None:
    print("with so many hits on record already:")
    for size in sizes:
        runs: Runs = {}
        with tempfile.TemporaryDirectory(prefix="collector-") as folder:
            stored.fill(Path(folder), size)
            for line in ("DNS, any type, committed", "webhooks (Flask), committed"):
                runs[f"{size:,} | {line.partition(',')[0]}"] = [measure(*LINES[line], Path(folder), seconds=SECONDS)]
        show(runs)


def show_log() -> None:
    print("the log alone, contacts a second:")
    measurements: Mapping[str, Callable[[Path], float]] = {
        "256 threads, each waiting": log.waiting_producers,
        "groups of 256": log.groups,
        "  bare SQLite, 256 a commit": log.bare_batches,
    }
    for name, count in measurements.items():
        with tempfile.TemporaryDirectory(prefix="collector-") as folder:
            print(f"{name:30}{count(Path(folder)):12,.0f}", flush=True)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; fail where what is on record is not what was answered."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collector")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--stored", type=int, nargs="*", default=STORED, help="such as 10000 10000000 (3 GB of disk)")
    chosen = parser.parse_args(arguments)
    started_at = time.perf_counter()
    print(
        "collector: what is on disk when it is answered, WAL with synchronous=FULL; server and client on one machine;"
    )
    print("a process that listens and one that writes, as in config/collector.toml, where it does not say one process")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    runs = rounds(tuple(LINES), chosen.rounds)
    show(runs)
    show_ratios(runs)
    print(f"\nthe same with an fsync that takes {slowdisk.MILLISECONDS} ms more:")
    with tempfile.TemporaryDirectory(prefix="collector-") as folder:
        slow = slowdisk.environment(Path(folder))
        if slow is None:
            print("left out: there is no C compiler here")
        else:
            slow_runs = rounds(SLOW, 1, slow)
            show(slow_runs)
            show_ratios(slow_runs)
    print()
    show_stored(chosen.stored)
    print()
    show_log()
    print(f"{time.perf_counter() - started_at:.0f} s, load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main(sys.argv[1:])
