"""Content-free notices for the operator: "call hit 1042". Nothing of what a contact said or where it came from.

At most one line per channel and second, so that a flood of queries is one line and not a flood of lines.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collector.hit import Channel, Hit

NOTICE_SECONDS = 1.0
MAX_LINES_PER_SECOND = 20  # of the program's log; what is beyond is counted in the next line


@dataclass(slots=True)
class _Span:
    first: int
    last: int
    count: int


class Notices:
    """Collects hits from the writer thread and prints a line for each channel, now or within a second."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._guard = threading.Lock()  # holds everything below
        self._spans: dict[Channel, _Span] = {}
        self._newest = 0
        self._flushed_at = clock() - NOTICE_SECONDS

    def add(self, hits: Iterable[Hit]) -> None:
        """Take note of hits; the earlier hit a retried webhook resolves to is no news."""
        with self._guard:
            for hit in hits:
                if hit.seq <= self._newest:
                    continue
                self._newest = hit.seq
                span = self._spans.setdefault(hit.contact.channel, _Span(hit.seq, hit.seq, 0))
                span.last = hit.seq
                span.count += 1
        self.flush()

    def flush(self, *, force: bool = False) -> None:
        """Print what has gathered, unless something was printed less than a second ago."""
        with self._guard:
            if not self._spans or (not force and self._clock() - self._flushed_at < NOTICE_SECONDS):
                return
            spans, self._spans = self._spans, {}
            self._flushed_at = self._clock()
        for channel, span in spans.items():
            if span.count == 1:
                self._write(f"{channel.value} hit {span.first}")
            else:
                self._write(f"{channel.value} hits {span.first} to {span.last} ({span.count})")


class OneLine(logging.Formatter):
    """One escaped line a record: a log line may name a peer, and a peer may try to write terminal codes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return printable(super().format(record))


class LineLimit(logging.Filter):
    """Lets `MAX_LINES_PER_SECOND` lines pass and says how many it held back: anybody can send forged webhooks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._second = -1
        self._passed = 0
        self._held_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line may pass."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._passed = second, 0
            if self._held_back:
                record.msg = f"{record.msg} ({self._held_back} lines before this one were left out)"
                self._held_back = 0
        self._passed += 1
        if self._passed > MAX_LINES_PER_SECOND:
            self._held_back += 1
            return False
        return True


def printable(text: str) -> str:
    """Return `text` on one line, with everything escaped that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "replace").decode() for one in text)


def log_to_stderr() -> None:
    """Have the program's log written line by line, not more than is good."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(LineLimit())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Under a flood waitress warns for every request that waits; the log's own counters say what was lost.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
