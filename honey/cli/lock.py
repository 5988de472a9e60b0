"""One seeding at a time: two would draw the same plan twice."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from honey.errors import RegistryError
from honey.translation import _


@contextmanager
def seeding_lock(workspace: Path) -> Iterator[None]:
    """Hold the workspace's seeding lock; raises RegistryError at once when another process has it.

    The kernel drops the lock when its holder dies, however it dies.
    """
    folder = workspace / "var"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "seed.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RegistryError(_("another honey seed or unseed is running here: wait for it")) from None
        yield
