"""Units searched on this machine: one after the other, or by one process a core.

A process that dies (out of memory, killed) loses nothing: its units are searched again by others, and a unit that
kills its process every time is told as unreadable. Results come in the order of the units, whoever finished first.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from typing import BinaryIO

from honey.trace.search.unit import Searched, Searcher, Told, Unit, lost, search_unit
from honey.translation import _

MAX_TRIES = 3  # of a unit that was being searched when a process died
TELL_SECONDS = 0.2
WATCH_SECONDS = 1.0
AHEAD = 4  # units handed out for each process: none waits for work, few are lost when all stops


def search_serially(
    units: Sequence[Unit], searcher: Searcher, told: Told, stdin: BinaryIO | None = None
) -> Iterator[Searched]:
    """Search units one after the other in this process."""
    for unit in units:
        yield search_unit(unit, searcher, told=told, stdin=stdin)


@dataclass(slots=True)
class _Told:
    """What all processes have done so far, for the progress bar."""

    bytes: "Synchronized[int]"
    rows: "Synchronized[int]"
    reported: tuple[int, int] = (0, 0)

    def tell(self, told: Told) -> None:
        """Pass on what is new."""
        now = (self.bytes.value, self.rows.value)
        told(now[0] - self.reported[0], now[1] - self.reported[1])
        self.reported = now


@dataclass(slots=True)
class _Work:
    """Which units are under way, done, or to be tried again."""

    waiting: list[int]
    running: dict[Future[Searched], int] = field(default_factory=dict)
    done: dict[int, Searched] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)


def search_in_processes(units: Sequence[Unit], searcher: Searcher, told: Told, *, workers: int) -> Iterator[Searched]:
    """Search units in `workers` processes; yields in the order of `units`."""
    shared = _Told(multiprocessing.Value("q", 0), multiprocessing.Value("q", 0))
    work = _Work(list(range(len(units)))[::-1])
    yielded = 0
    while yielded < len(units):
        with ProcessPoolExecutor(
            workers, mp_context=_context(), initializer=_begin, initargs=(searcher, shared.bytes, shared.rows)
        ) as pool:
            try:
                while yielded < len(units):
                    _hand_out(pool, units, work, most=AHEAD * workers)
                    finished, _ = wait(work.running, timeout=TELL_SECONDS, return_when=FIRST_COMPLETED)
                    shared.tell(told)
                    for future in finished:
                        work.done[work.running[future]] = future.result()
                        del work.running[future]
                    while yielded in work.done:
                        yield work.done.pop(yielded)
                        yielded += 1
            except BrokenProcessPool:
                _try_again(units, searcher, work)
            finally:
                pool.shutdown(cancel_futures=True)


def _hand_out(pool: ProcessPoolExecutor, units: Sequence[Unit], work: _Work, *, most: int) -> None:
    while work.waiting and len(work.running) < most:
        at = work.waiting.pop()
        work.running[pool.submit(_search, units[at])] = at


def _try_again(units: Sequence[Unit], searcher: Searcher, work: _Work) -> None:
    """Put back what was under way when a process died; what did so too often is told and left."""
    for future, at in sorted(work.running.items(), key=lambda item: -item[1]):
        if future.done() and not future.cancelled() and future.exception() is None:
            work.done[at] = future.result()
            continue
        work.tries[at] = work.tries.get(at, 0) + 1
        if work.tries[at] < MAX_TRIES:
            work.waiting.append(at)
        else:
            reason = _(
                "the process that searched it died {max_tries} times (out of memory?); trace it alone",
                max_tries=MAX_TRIES,
            )
            work.done[at] = lost(units[at], searcher, reason)
    work.running.clear()


def _context() -> multiprocessing.context.BaseContext:
    """Fork where it is safe and usual: the index is then shared, not copied. Elsewhere it is sent to each process."""
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if "fork" in methods and os.uname().sysname == "Linux" else "spawn")


_state: list[tuple[Searcher, "Synchronized[int]", "Synchronized[int]"]] = []  # of a process of the pool


def _begin(searcher: Searcher, done_bytes: "Synchronized[int]", done_rows: "Synchronized[int]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _state[:] = [(searcher, done_bytes, done_rows)]


def _end_with(parent: int) -> None:
    """End when the parent was killed: nobody is left to take the results."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def _search(unit: Unit) -> Searched:
    searcher, done_bytes, done_rows = _state[0]

    def told(more_bytes: int, more_rows: int) -> None:
        with done_bytes.get_lock():
            done_bytes.value += more_bytes
        with done_rows.get_lock():
            done_rows.value += more_rows

    return search_unit(unit, searcher, told=told)
