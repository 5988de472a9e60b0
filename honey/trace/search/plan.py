"""Which units a dump is searched in: large text files in stretches, all others whole. Reads their beginnings."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from honey.trace.read.files import dump_files, is_divisible, size_of
from honey.trace.read.source import Unreadable
from honey.trace.read.spans import SPAN_BYTES, spans
from honey.trace.search.unit import STDIN, Unit


def plan(paths: Iterable[str | Path], *, span_bytes: int = SPAN_BYTES) -> Iterator[Unit | Unreadable]:
    """Yield the units of files, folders and URLs in order, the same for any number of processes."""
    for name in dump_files(paths):
        if isinstance(name, Unreadable):
            yield name
        elif name == STDIN:
            yield Unit(STDIN)
        else:
            size = size_of(name)
            if size > span_bytes and is_divisible(name):
                yield from (Unit(name, start, end, end - start) for start, end in spans(size, span_bytes))
            else:
                yield Unit(name, size=size)
