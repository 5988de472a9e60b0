"""The event loop that every process of the collector runs, and how its tasks end."""

import asyncio
from collections.abc import Callable, Collection

try:
    import uvloop
except ImportError:  # as quick for UDP here, slower for mail
    LOOP_FACTORY: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    LOOP_FACTORY = uvloop.new_event_loop


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they are over, whatever they raise then."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
