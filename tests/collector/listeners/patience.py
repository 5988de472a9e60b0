"""Waiting for something to become true, without a stated time."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0  # only a failing test waits so long


async def until(is_so: Callable[[], bool]) -> None:
    """Return once `is_so` is true; it is asked in a thread, so the loop goes on."""
    await asyncio.to_thread(wait_until, is_so)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return once `is_so` is true, for tests without a loop."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("it did not come to be")
        time.sleep(0.01)
