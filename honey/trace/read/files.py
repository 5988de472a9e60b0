"""From paths to readable sources: files, folders, standard input (`-`), and whatever lies in their archives.

Every file is either yielded as sources or as `Unreadable` with one reason; none is skipped in silence. A file is
open only while its sources are being read.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from honey.trace.read.budget import MAX_FILES, Budget
from honey.trace.read.contents import Entry, sources
from honey.trace.read.source import Readable, Source, Unreadable, UnreadableError, stated

STDIN = "-"


def open_dump(paths: Iterable[str | Path], *, stdin: BinaryIO | None = None) -> Iterator[Source | Unreadable]:
    """Yield every source under `paths` in order; `-` reads `stdin`, by default the process's own."""
    for path in paths:
        if str(path) == STDIN:
            yield from _from_stdin(stdin or sys.stdin.buffer)
        elif Path(path).is_dir():
            yield from _from_folder(Path(path))
        else:
            yield from _from_file(Path(path), str(path))


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


def _from_stdin(stream: BinaryIO) -> Iterator[Source | Unreadable]:
    budget = Budget(0)
    try:
        yield from sources(Entry(STDIN, _Counted(stream, budget), budget))
    except UnreadableError as exc:
        yield Unreadable(STDIN, str(exc))


def _from_folder(folder: Path) -> Iterator[Source | Unreadable]:
    """Yield what is in every file below; links to folders are told, not followed, so that no circle is walked."""
    refused: list[Unreadable] = []

    def refuse(exc: OSError) -> None:
        refused.append(Unreadable(str(exc.filename), f"cannot be opened ({exc.strerror}); change its permissions"))

    found: list[Path] = []
    for here, folders, files in os.walk(folder, onerror=refuse, followlinks=False):
        links = [name for name in folders if Path(here, name).is_symlink()]
        refused += [
            Unreadable(str(Path(here, name)), "is a link to a folder; trace that folder itself") for name in links
        ]
        found += [Path(here, name) for name in files]
        if len(found) > MAX_FILES:
            refused.append(
                Unreadable(str(folder), f"holds more than {MAX_FILES:,} files; trace its folders one by one")
            )
            break
    yield from refused
    for path in sorted(found[:MAX_FILES]):
        yield from _from_file(path, str(path))


def _from_file(path: Path, name: str) -> Iterator[Source | Unreadable]:
    try:
        if not path.is_file():
            yield Unreadable(name, "is no file" if path.exists() else "does not exist")
            return
        with path.open("rb") as stream:
            size = path.stat().st_size
            yield from sources(Entry(name, stream, Budget(size), path))
    except UnreadableError as exc:
        yield Unreadable(name, str(exc))
    except OSError as exc:
        yield Unreadable(name, f"cannot be opened ({stated(exc)})")
