"""Keeping a connection to somebody else's server: again and again, waiting longer after each failure."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from collector.recorder import Recorder

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0  # operators lock accounts that knock more often than every few minutes
STEADY_SECONDS = 60.0  # a connection that lasted so long was a good one: the waits begin anew

_logger = logging.getLogger("collector")


class ConnectionEndedError(Exception):
    """The connection cannot be used any longer; the message says why and holds nothing of its content."""


async def keep_connected(
    name: str, target: str, connect_once: Callable[[], Awaitable[None]], recorder: Recorder
) -> None:
    """Run `connect_once` until cancelled. Each end is counted as `NAME.disconnected` and said in the log."""
    wait = FIRST_WAIT_SECONDS
    while True:
        began = time.monotonic()
        try:
            await connect_once()
            reason = "the server closed the connection"
        except (OSError, TimeoutError, EOFError, ConnectionEndedError) as exc:
            reason = str(exc) or type(exc).__name__
        except Exception as exc:  # noqa: BLE001 - a fault of ours; a task that died would go unnoticed
            recorder.count(f"{name}.errors")
            reason = type(exc).__name__  # its text may hold content
        recorder.count(f"{name}.disconnected")
        if time.monotonic() - began >= STEADY_SECONDS:
            wait = FIRST_WAIT_SECONDS
        _logger.warning("%s %s: %s; trying again in %.0f s", name, target, reason, wait)
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)
