"""Real clusters on this machine, of several workers, come to what one process finds, one worker killed meanwhile."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

from honey.errors import InputError
from honey.trace.index import DecoyIndex
from honey.trace.read_waybills import Shape, WaybillReader
from honey.trace.scan import Scan, scan
from honey.trace.search.dask import search_on_dask
from honey.trace.search.spark import search_on_spark

SPAN_BYTES = 30_000
START_SECONDS = 120
POLL_SECONDS = 0.02


def readers() -> dict[str, WaybillReader]:
    return {"seen": WaybillReader([Shape("YT", 13, digits=True)], exhaustive=True)}


def timeless(found: Scan) -> Scan:
    return replace(found, seconds=0.0, readers={})


@pytest.fixture(scope="module")
def dask() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


def test_dask_workers_come_to_the_same_though_one_is_killed(
    dask: LocalCluster, many_units: Path, index: DecoyIndex, expected: Scan
) -> None:
    killed: list[int] = []

    def kill_one(*_: int) -> None:
        if not killed:
            killed.append(dask.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    run = partial(search_on_dask, address=dask.scheduler_address)
    found = scan([many_units], index, run=run, told=kill_one, readers=readers(), span_bytes=SPAN_BYTES)
    assert killed
    assert timeless(found) == expected
    alone = scan([many_units], index, readers=readers(), span_bytes=SPAN_BYTES)
    assert found.readers["seen"].numbers == alone.readers["seen"].numbers


def test_no_dask_scheduler_is_one_line(many_units: Path, index: DecoyIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honey.trace.search.dask.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        scan([many_units], index, run=partial(search_on_dask, address="tcp://127.0.0.1:9"), span_bytes=SPAN_BYTES)


@contextmanager
def executor_killer(killed: list[int]) -> Iterator[None]:
    """Kill the first executor that has begun to search."""
    stop = threading.Event()

    def watch() -> None:
        end = time.monotonic() + START_SECONDS
        while not stop.is_set() and time.monotonic() < end:
            for process in psutil.Process().children(recursive=True):
                try:
                    searching = any("pyspark" in " ".join(one.cmdline()) for one in process.children())
                    if searching and "CoarseGrainedExecutorBackend" in " ".join(process.cmdline()):
                        killed.append(process.pid)
                        process.kill()
                        return
                except psutil.Error:
                    continue
            stop.wait(POLL_SECONDS)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark runs on Java")
def test_spark_executors_come_to_the_same_though_one_is_killed(
    many_units: Path, index: DecoyIndex, expected: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    killed: list[int] = []
    run = partial(search_on_spark, master="local-cluster[2,1,1024]")
    with executor_killer(killed):
        found = scan([many_units], index, run=run, readers=readers(), span_bytes=SPAN_BYTES)
    assert killed
    assert timeless(found) == expected


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark runs on Java")
def test_no_spark_master_is_one_line(many_units: Path, index: DecoyIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with pytest.raises(InputError, match="Spark"):
        scan([many_units], index, run=partial(search_on_spark, master="nonsense"), span_bytes=SPAN_BYTES)
