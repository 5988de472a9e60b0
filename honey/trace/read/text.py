"""Free text, SQL dumps, chat logs: every line is a row of one cell."""

from honey.trace.read.decode import lines
from honey.trace.read.source import Cells, Progress, Readable, Source


def text_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read `stream` line by line."""
    progress = Progress()
    return Source(name, "text", lambda: lines(stream, encoding, progress), lambda text: Cells((text,)), progress)
