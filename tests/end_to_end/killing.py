"""Run honey commands in processes that kill themselves at a chosen database statement; a script for the crash tests.

Each command is a forked process that runs the real `honey` entry point and, at its n-th statement or commit on either
database, sends itself SIGKILL: nothing is flushed, closed or rolled back by us. Forking from a process that has
imported everything makes a kill at every single statement affordable.

usage: killing.py UNTOUCHED TEMPLATE SCRATCH COMMAND FIRST STEP [AGAIN]
UNTOUCHED is the workspace never seeded, TEMPLATE what each run starts from.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from honey.cli.main import main
from honey.seed import apply

BATCH_ROWS = 3  # several batches of a small plan: the boundaries between them are crash points too
MAX_STATEMENTS = 2_000


def kill_at(number: int) -> None:
    """Have this process killed just before its statement or commit of that number."""
    left = [number]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


def forked(folder: Path, command: list[str], before: Callable[[], None] = lambda: None) -> int:
    """Run `honey COMMAND` in a process of its own; returns its wait status."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.pop("HONEY_CONFIG", None)
        with (folder / "out.txt").open("wb") as out, (folder / "err.txt").open("wb") as err:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
        sys.argv = ["honey", *command]
        before()
        code = 70
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 0
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
            os._exit(code)
    return os.waitpid(child, 0)[1]


def state(folder: Path) -> dict[str, Any]:
    """What host and registry hold."""
    with closing(sqlite3.connect(folder / "waybills.db")) as host:
        decoys = dict(
            host.execute("SELECT courier_account, count(*) FROM waybill WHERE waybill_no LIKE 'YT80000000%' GROUP BY 1")
        )
        total = host.execute("SELECT count(*) FROM waybill").fetchone()[0]
    with closing(sqlite3.connect(folder / "var" / "registry.db")) as registry:
        tally = dict(registry.execute("SELECT state, count(*) FROM planting GROUP BY 1"))
    return {"decoys": decoys, "rows": total, "registry": tally}


def dump(folder: Path) -> list[str]:
    """The host as SQL."""
    with closing(sqlite3.connect(folder / "waybills.db")) as host:
        return list(host.iterdump())


def one_kill(run: "Run", number: int) -> dict[str, Any] | None:
    """Kill the command at one statement, finish it, take the decoys out; None when it had fewer statements."""
    folder = run.scratch / f"at-{number}"
    shutil.copytree(run.template, folder)
    if not os.WIFSIGNALED(forked(folder, [run.command], lambda: kill_at(number))):
        return None
    killed = state(folder)
    if run.again:
        forked(folder, [run.command], lambda: kill_at(number * 7 % 50))
    finished = forked(folder, [run.command, "--json"])
    after_finish, said = state(folder), (folder / "err.txt").read_text("utf-8")
    removed = forked(folder, ["unseed", "--json"])
    found = {
        "statement": number,
        "killed": killed,
        "finished": after_finish,
        "codes": [os.waitstatus_to_exitcode(finished), os.waitstatus_to_exitcode(removed)],
        "said": said + (folder / "err.txt").read_text("utf-8"),
        "removed": state(folder),
        "restored": dump(folder) == dump(run.untouched),
    }
    shutil.rmtree(folder)
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """Which command is killed, and where."""

    untouched: Path
    template: Path
    scratch: Path
    command: str
    again: bool  # the run that resumes is killed as well


def warm_up(run: Run) -> None:
    """Load in this process what the forked ones would each load again."""
    folder = run.scratch / "warm"
    shutil.copytree(run.template, folder)
    here = Path.cwd()
    os.chdir(folder)
    sys.argv = ["honey", run.command]
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main()
    os.chdir(here)


def run_all(run: Run, first: int, step: int) -> None:
    """Kill at statement `first`, `first` + `step`, ... until the command runs to its end; a JSON line for each."""
    apply.BATCH_ROWS = BATCH_ROWS
    warm_up(run)
    for number in range(first, MAX_STATEMENTS, step):
        found = one_kill(run, number)
        if found is None:
            return
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    untouched, template, scratch, command, first, step, *again = sys.argv[1:]
    run_all(Run(Path(untouched), Path(template), Path(scratch), command, bool(again)), int(first), int(step))
