"""The event loop that every process of the collector runs."""

import asyncio
from collections.abc import Callable

try:
    import uvloop
except ImportError:  # as quick for UDP here, slower for mail
    LOOP_FACTORY: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    LOOP_FACTORY = uvloop.new_event_loop
