"""Frames on their way out of a reader: rows in batches of bounded size, and the one pipe they are written to."""

import signal
import sys
from collections.abc import Iterable, Iterator

from honey.trace.read.apart.frames import Frame, Rows, encode
from honey.trace.read.source import batched

MAX_SILENT_CPU_SECONDS = 120  # without a frame; a row takes milliseconds


def rows(texts: Iterable[str], first_row: int = 1) -> Iterator[Rows]:
    """Number rows and hand them over in batches; an over-long one in parts."""
    for batch in batched(iter(texts), first_row):
        yield Rows(batch.first_row, tuple(batch.texts), batch.part)


def write(frame: Frame) -> None:
    """Write one frame to the parent, and start the time without a frame anew."""
    sys.stdout.buffer.write(encode(frame))
    sys.stdout.buffer.flush()
    still_at_work()


def still_at_work() -> None:
    """Allow as many CPU seconds as between two frames; SIGPROF then ends the process."""
    signal.setitimer(signal.ITIMER_PROF, MAX_SILENT_CPU_SECONDS)
