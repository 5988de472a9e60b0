"""From paths to readable sources: files, folders, URLs, standard input (`-`), and whatever lies in their archives.

Every file is either yielded as sources or as `Unreadable` with one reason; none is skipped in silence. A file is
open only while its sources are being read.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from honey.trace.read import kinds, remote
from honey.trace.read.budget import MAX_FILES, Budget
from honey.trace.read.contents import Entry, sources
from honey.trace.read.plain import SAMPLE_BYTES, reading_of, stretch_source, text_of
from honey.trace.read.source import Readable, Source, Unreadable, UnreadableError, sample, stated
from honey.translation import _

STDIN = "-"


def open_dump(paths: Iterable[str | Path], *, stdin: BinaryIO | None = None) -> Iterator[Source | Unreadable]:
    """Yield every source under `paths` in order; `-` reads `stdin`, by default the process's own."""
    for found in dump_files(paths):
        if isinstance(found, Unreadable):
            yield found
        else:
            yield from open_stdin(stdin) if found == STDIN else open_file(found)


def dump_files(paths: Iterable[str | Path]) -> Iterator[str | Unreadable]:
    """Yield the name of every file under `paths` in order, as given or below a folder given; `-` as it is."""
    for path in paths:
        name = str(path)
        if name != STDIN and not remote.is_url(name) and Path(name).is_dir():
            yield from _in_folder(Path(name))
        else:
            yield name


def open_file(name: str, start: int = 0, end: int | None = None) -> Iterator[Source | Unreadable]:
    """Yield what is in one file, or the rows that begin in a stretch of a divisible one."""
    try:
        if remote.is_url(name):
            with remote.opened(name) as (stream, size):
                yield from _opened(Entry(name, stream, Budget(size)), stream, start, end)
            return
        path = Path(name)
        if not path.is_file():
            yield Unreadable(name, _("is no file") if path.exists() else _("does not exist"))
            return
        with path.open("rb") as stream:
            yield from _opened(Entry(name, stream, Budget(path.stat().st_size), path), stream, start, end)
    except UnreadableError as exc:
        yield Unreadable(name, exc.message)
    except OSError as exc:
        yield Unreadable(name, _("cannot be opened ({reason})", reason=stated(exc)))


def _opened(entry: Entry, stream: BinaryIO, start: int, end: int | None) -> Iterator[Source | Unreadable]:
    if end is None:
        yield from sources(entry)
    else:
        yield stretch_source(entry.name, stream, start, end)


def size_of(name: str) -> int:
    """Return the bytes of a file; 0 where that is not known."""
    try:
        if remote.is_url(name):
            with remote.opened(name) as (_, size):
                return size
        return Path(name).stat().st_size
    except (OSError, UnreadableError):
        return 0


def is_divisible(name: str) -> bool:
    """Tell whether stretches of the file can be read by themselves: text whose rows are lines."""
    try:
        with remote.opened(name) if remote.is_url(name) else remote.local(name) as (stream, _):
            head = sample(stream, SAMPLE_BYTES)
            if kinds.job(head) or kinds.unreadable(head) or kinds.is_markup(text_of(head)[1]):
                return False
            return reading_of(head).divisible
    except (OSError, UnreadableError):
        return False


class _Counted:
    """Standard input: what has come so far is what a packed file may unpack in proportion to."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes."""
        block = self._stream.read(size)
        self._budget.packed_bytes += len(block)
        return block


def open_stdin(stream: BinaryIO | None = None) -> Iterator[Source | Unreadable]:
    """Yield what comes in on standard input, by default the process's own."""
    budget = Budget(0)
    try:
        yield from sources(Entry(STDIN, _Counted(stream or sys.stdin.buffer, budget), budget))
    except UnreadableError as exc:
        yield Unreadable(STDIN, exc.message)


def _in_folder(folder: Path) -> Iterator[str | Unreadable]:
    """Yield every file below; links to folders are told, not followed, so that no circle is walked."""
    refused: list[Unreadable] = []

    def refuse(exc: OSError) -> None:
        refused.append(
            Unreadable(str(exc.filename), _("cannot be opened ({reason}); change its permissions", reason=exc.strerror))
        )

    found: list[Path] = []
    for here, folders, files in os.walk(folder, onerror=refuse, followlinks=False):
        links = [name for name in folders if Path(here, name).is_symlink()]
        refused += [
            Unreadable(str(Path(here, name)), _("is a link to a folder; trace that folder itself")) for name in links
        ]
        found += [Path(here, name) for name in files]
        if len(found) > MAX_FILES:
            refused.append(
                Unreadable(
                    str(folder),
                    _("holds more than {max_files:,} files; trace its folders one by one", max_files=MAX_FILES),
                )
            )
            break
    yield from refused
    yield from map(str, sorted(found[:MAX_FILES]))
