"""The lock that keeps a second writer out of a log; it ends with the process, however that ends."""

import fcntl
import os
from pathlib import Path
from typing import IO

from collector.errors import LogLockedError, LogUnwritableError
from collector.translation import _

LOCK_SUFFIX = ".lock"


def writer_of(path: Path) -> str | None:
    """Return the process id of the collector that writes the log at `path`, or None if none does."""
    try:
        with path.with_name(path.name + LOCK_SUFFIX).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return lock.read(20).strip() or "unknown"
    except OSError:
        return None
    return None


def take_lock(path: Path) -> IO[str]:
    """Take the lock.

    Raises:
        LogLockedError: another process holds it.
        LogUnwritableError: its file cannot be written.
    """
    lock_path = path.with_name(path.name + LOCK_SUFFIX)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    except OSError as exc:
        raise LogUnwritableError(
            _("cannot write beside {path} ({reason}): mend the folder or [log] path", path=path, reason=exc.strerror)
        ) from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        holder = lock.read(20).strip() or "unknown"
        lock.close()
        raise LogLockedError(
            _(
                "another collector (process {holder}) writes {path}: stop it, or give this one its own [log] path",
                holder=holder,
                path=path,
            )
        ) from exc
    try:
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
    except OSError as exc:
        lock.close()
        raise LogUnwritableError(
            _(
                "cannot write {lock_path} ({reason}): mend the disk or [log] path",
                lock_path=lock_path,
                reason=exc.strerror,
            )
        ) from exc
    return lock
