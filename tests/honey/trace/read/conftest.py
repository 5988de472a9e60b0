"""How tests read a dump: everything in it, taken apart, as an investigator would see it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest

from honey.trace.read.files import open_dump
from honey.trace.read.source import Cells, Source, UnreadableError


@dataclass(slots=True)
class Seen:
    """All that was read: rows by source, what each source was read as, and what was said."""

    rows: dict[str, list[tuple[int, Cells]]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    encodings: dict[str, set[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def values(self, name: str) -> list[tuple[str, ...]]:
        """The rows of one source without their places."""
        return [cells.values for _, cells in self.rows[name]]

    def places(self, name: str, wanted: str) -> list[tuple[int, str]]:
        """Where a value stands: row, column."""
        return [
            (row, cells.columns[at] if at < len(cells.columns) else str(at + 1))
            for row, cells in self.rows[name]
            for at, value in enumerate(cells.values)
            if value == wanted
        ]


Read = Callable[..., Seen]


@pytest.fixture(scope="session")
def read() -> Read:
    """Return `read(*paths)` and `read(stdin=...)`; names are given relative to the first path's folder."""

    def everything(*paths: Path, stdin: bytes | None = None) -> Seen:
        seen, root = Seen(), f"{paths[0].parent}/" if paths else ""
        for one in open_dump(paths or ["-"], stdin=BytesIO(stdin or b"")):
            if not isinstance(one, Source):
                name = one.file.removeprefix(root)
                assert name not in seen.unreadable, "two lines for one file"
                seen.unreadable[name] = one.reason
                continue
            name = one.name.removeprefix(root)
            rows = seen.rows.setdefault(name, [])
            try:
                for batch in one.batches():
                    rows += [(batch.row(at), one.split(text)) for at, text in enumerate(batch.texts)]
            except UnreadableError as exc:
                seen.unreadable[name] = str(exc)
            seen.kinds[name], seen.encodings[name] = one.kind, one.progress.encodings
            seen.notes[name] = one.progress.notes
        for reason in seen.unreadable.values():
            assert reason
            assert "\n" not in reason
        return seen

    return everything
