"""Free text, chat logs, logs of programs: every line is a row of one cell."""

from honey.trace.read.decode import lines
from honey.trace.read.escapes import all_unescaped
from honey.trace.read.source import Cells, Progress, Readable, Source


def text_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read `stream` line by line."""
    progress = Progress()
    return Source(
        name, "text", lambda: all_unescaped(lines(stream, encoding, progress)), lambda text: Cells((text,)), progress
    )
