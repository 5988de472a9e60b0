"""How fast a dump is searched, beside ripgrep and grep with as many patterns, counting its lines, and reading it.

`python -m benchmarks.trace --megabytes 500 --decoys 100000`; the dumps lie in a temporary folder and are deleted.
Every search runs in a process of its own: its seconds include setting up (not building the index, which is shown
apart), its memory is its own. `--growth` shows how time and memory grow with bytes and with decoys.
"""

import argparse
import gc
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import _dump
from honey.model.decoy import Decoy, DecoyId
from honey.trace.block import native
from honey.trace.index import DecoyIndex
from honey.trace.scan import Scan, scan
from honey.trace.search.local import search_in_processes, search_serially

SEED = 20261122
READ_BYTES = 4 * 1024 * 1024
GROWING_BYTES = (125, 250, 500)  # MB
GROWING_DECOYS = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Run:
    """One search: wall seconds, CPU seconds of all its processes, and the most memory one of them had."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    found: frozenset[DecoyId]
    wrong: int
    weak: int


def main() -> None:
    """Print the tables asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=50)
    options.add_argument("--decoys", type=int, default=10_000)
    options.add_argument("--growth", action="store_true")
    chosen, _ = options.parse_known_args()  # `python -m benchmarks trace` has arguments of its own
    with tempfile.TemporaryDirectory() as folder:
        if chosen.growth:
            _growth(Path(folder))
        else:
            _beside_others(Path(folder), chosen.megabytes, chosen.decoys)


def _beside_others(folder: Path, megabytes: int, count: int) -> None:
    known, index = _index(count)
    dump, patterns = folder / "dump.csv", folder / "patterns.txt"
    planted = _dump.write(dump, megabytes * 1_000_000, known, random.Random(SEED + 1))
    patterns.write_text("".join(f"{value}\n" for one in known for value in _dump.values(one)))
    size = dump.stat().st_size
    print(f"trace: {size / 1e6:.0f} MB of waybills, {count:,} decoys, one planted in each of {len(planted)} forms")
    expected = {one.id for one in planted}
    figures: dict[str, float] = {}
    for name, kernel, workers in _ways():
        run = _measured(dump, index, expected, kernel=kernel, workers=workers)
        figures[name] = run.seconds
        print(
            f"  {name}: {len(run.found)} of {len(planted)} found, {run.wrong} wrong sightings, {run.weak} too weak to "
            f"report; {run.cpu_seconds:.2f} s CPU, {run.peak_bytes / 1e6:.0f} MB at most"
        )
    figures |= _others(dump, patterns)
    peer = figures.get("rg -F -f (exact values)", 0.0)
    for name, seconds in figures.items():
        ratio = f"{peer / seconds:7.1f} x ripgrep" if peer else ""
        print(f"  {name:28} {size / 1e6 / seconds:8.0f} MB/s {seconds:8.2f} s {ratio}")


def _ways() -> list[tuple[str, str, int]]:
    ways = [("numpy, one core", "numpy", 1)]
    if native.available():
        ways += [("compiled, one core", "native", 1)]
    cores = len(os.sched_getaffinity(0))
    return [*ways, *((f"{name[:-8]}{cores} cores", kernel, cores) for name, kernel, _ in ways if cores > 1)]


def _growth(folder: Path) -> None:
    kernel = "native" if native.available() else "numpy"
    known, index = _index(100_000)
    print(f"growth with bytes, {len(known):,} decoys, {kernel}, one core")
    for megabytes in GROWING_BYTES:
        dump = folder / "dump.csv"
        expected = {one.id for one in _dump.write(dump, megabytes * 1_000_000, known, random.Random(SEED + 1))}
        run = _measured(dump, index, expected, kernel=kernel, workers=1)
        print(f"  {megabytes:>9,} MB {run.seconds:8.2f} s {megabytes / run.seconds:8.0f} MB/s {_memory(run)}")
    print(f"growth with decoys, {GROWING_BYTES[-1]} MB, {kernel}, one core")
    for count in GROWING_DECOYS:
        started = time.process_time()
        known, index = _index(count)
        built = time.process_time() - started
        run = _measured(folder / "dump.csv", index, set(), kernel=kernel, workers=1)
        print(
            f"  {count:>9,} decoys {run.seconds:8.2f} s {GROWING_BYTES[-1] / run.seconds:8.0f} MB/s {_memory(run)}, "
            f"index built in {built:.1f} s"
        )


def _memory(run: Run) -> str:
    return f"{run.peak_bytes / 1e6:6.0f} MB at most"


def _index(count: int) -> tuple[list[Decoy], DecoyIndex]:
    known = list(_dump.decoys(count, random.Random(SEED)))
    index = DecoyIndex.build(known)
    gc.freeze()  # as `honey trace` does
    return known, index


def _measured(dump: Path, index: DecoyIndex, planted: set[DecoyId], *, kernel: str, workers: int) -> Run:
    """Search in a process of its own."""
    receive, send = multiprocessing.Pipe(duplex=False)
    search = partial(_search, dump, index, planted, kernel=kernel, workers=workers, result=send)
    process = multiprocessing.get_context("fork").Process(target=search)
    process.start()
    send.close()
    run: Run = receive.recv()
    process.join()
    return run


def _search(
    dump: Path, index: DecoyIndex, planted: set[DecoyId], *, kernel: str, workers: int, result: Connection
) -> None:
    os.environ["HONEY_KERNEL"] = kernel
    run = partial(search_in_processes, workers=workers) if workers > 1 else search_serially
    started, cpu = time.perf_counter(), time.process_time()
    found: Scan = scan([dump], index, run=run)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    workers_used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, workers_used.ru_maxrss) * 1024
    seen = frozenset(planted.intersection(*[set().union(*(one.decoys for one in found.sightings))]))
    wrong = sum(1 for one in found.sightings if not one.decoys & planted)
    result.send(Run(seconds, cpu + workers_used.ru_utime + workers_used.ru_stime, peak, seen, wrong, found.weak))


def _others(dump: Path, patterns: Path) -> dict[str, float]:
    figures = {"wc -l": _run(["wc", "-l", str(dump)]), "read 4 MiB at a time": _timed(lambda: _read(dump))}
    figures["grep -F -f (exact values)"] = _run(["grep", "-a", "-c", "-F", "-f", str(patterns), str(dump)])
    if shutil.which("rg"):
        figures["rg -F -f (exact values)"] = _run(["rg", "-j", "1", "-c", "-F", "-f", str(patterns), str(dump)])
    else:
        print("  ripgrep is not installed; left out")
    return figures


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _read(dump: Path) -> None:
    buffer = bytearray(READ_BYTES)
    with dump.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def _run(command: list[str]) -> float:
    # grep answers 1 where nothing matched, which is an answer too; LC_ALL=C is its fast mode
    return _timed(
        lambda: subprocess.run(command, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, capture_output=True, check=False)
    )


if __name__ == "__main__":
    main()
