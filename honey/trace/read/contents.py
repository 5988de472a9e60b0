"""From one file's bytes to its sources: text here, everything else by a reader in a process apart, archives nested.

Owns the temporary files that members of archives are unpacked to where a reader needs a whole file; they are removed
as soon as they have been read.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from honey.trace.read import kinds
from honey.trace.read.apart.frames import Encoded, Lost, Member, Note, Piece, Rows, Table
from honey.trace.read.apart.process import Apart
from honey.trace.read.budget import MAX_DEPTH, MEND, Budget
from honey.trace.read.cells import split_placed
from honey.trace.read.plain import SAMPLE_BYTES, plain_source, text_of
from honey.trace.read.source import (
    BLOCK_BYTES,
    After,
    Batch,
    Progress,
    Readable,
    Source,
    Unreadable,
    UnreadableError,
    sample,
    stated,
)
from honey.translation import _

_ARCHIVES = ("zip", "sevenzip", "unpack")
MAX_SPOOLED_BYTES = 64 * 1024**3  # of a file unpacked to disk for a reader that needs the whole of it


@dataclass(frozen=True, slots=True)
class Entry:
    """A file on disk, in an archive or on standard input. `path` is set where it is a file of its own."""

    name: str
    stream: Readable
    budget: Budget
    path: Path | None = None
    depth: int = 0


def sources(entry: Entry) -> Iterator[Source | Unreadable]:
    """Yield what is in one file.

    Raises:
        UnreadableError: nothing more of it can be read; the message is the reason.
    """
    head = sample(entry.stream, SAMPLE_BYTES)
    job = kinds.job(head) or ("ocr" if kinds.is_photo(head) and has_ocr() else None)
    if job is None:
        if reason := kinds.unreadable(head):
            raise UnreadableError(reason)
        if not head and entry.name.lower().endswith(kinds.EXTENSIONS):
            raise UnreadableError(_("broken workbook (it is empty); copy it again from where it lay"))
        if kinds.is_markup(text_of(head)[1]):
            job = "html"
        else:
            yield plain_source(entry.name, head, entry.stream)
            return
    if job in _ARCHIVES and entry.depth >= MAX_DEPTH:
        raise UnreadableError(
            _("lies in {max_depth} archives, one in the other; {mend}", max_depth=MAX_DEPTH, mend=MEND)
        )
    with ExitStack() as stack:
        path = entry.path or stack.enter_context(_spooled(After(head, entry.stream)))
        child = stack.enter_context(Apart(job, path))
        yield from _told(entry, child, path.stat().st_size, archive=job in _ARCHIVES)


@cache
def has_ocr() -> bool:
    """Tell whether pictures can be read, without loading what reads them; a folder may hold thousands."""
    return find_spec("rapidocr") is not None


@contextmanager
def _spooled(stream: Readable) -> Iterator[Path]:
    """Write a stream to a file that only its owner can open, and that is gone when it has been read."""
    with tempfile.NamedTemporaryFile(prefix="honey-trace-") as file:
        size = 0
        while block := stream.read(BLOCK_BYTES):
            size += len(block)
            if size > MAX_SPOOLED_BYTES:
                raise UnreadableError(
                    _(
                        "is larger than {max_spooled_bytes:,} bytes; {mend}",
                        max_spooled_bytes=MAX_SPOOLED_BYTES,
                        mend=MEND,
                    )
                )
            try:
                file.write(block)
            except OSError as exc:
                raise UnreadableError(
                    _(
                        "could not be unpacked to {gettempdir} ({reason}); {mend}",
                        gettempdir=tempfile.gettempdir(),
                        reason=stated(exc),
                        mend=MEND,
                    )
                ) from exc
        file.flush()
        yield Path(file.name)


def _told(entry: Entry, child: Apart, size: int, *, archive: bool) -> Iterator[Source | Unreadable]:
    """Turn a reader's frames into sources; whatever a source left unread is passed over, and counted.

    Raises:
        UnreadableError: so much was passed over that the rest of an archive is left.
    """
    tables, member = 0, ""
    while (frame := child.take()) is not None and not entry.budget.spent_for:
        match frame:
            case Table():
                yield _table(entry, frame, child, 0 if tables else size)
                tables += 1
            case Member(member):
                yield from _member(entry, frame, child)
            case Lost(label, reason):
                yield Unreadable(_labelled(entry, label, "!" if archive and not tables else "#"), reason)
            case Piece(data) if member:
                entry.budget.take(len(data))
            case Piece():
                return  # the one file in a compressed file has been listed; nothing comes after it


def _labelled(entry: Entry, label: str, mark: str = "#") -> str:
    return f"{entry.name}{mark}{label}" if label else entry.name


def _table(entry: Entry, table: Table, child: Apart, size: int) -> Source:
    progress = Progress(bytes=size)

    def batches() -> Iterator[Batch]:
        while isinstance(frame := child.peek(), Rows | Note | Encoded) or _ends(frame, table):
            child.take()
            match frame:
                case Rows(first_row, texts, part):
                    entry.budget.take(sum(map(len, texts)))
                    yield Batch(first_row, texts, part)
                case Note(text):
                    progress.notes.append(text)
                case Encoded(name):
                    progress.encodings.add(name)
                case Lost(_, reason):
                    raise UnreadableError(reason)

    if table.kind != "html":
        progress.encodings.add(table.kind)
    name = _labelled(entry, table.label)
    return Source(name, table.kind, batches, lambda text: split_placed(text, table.columns), progress)


def _ends(frame: object, table: Table) -> bool:
    return isinstance(frame, Lost) and frame.label in {"", table.label}


def _member(entry: Entry, member: Member, child: Apart) -> Iterator[Source | Unreadable]:
    """Yield what is in one file of an archive; its errors are its own, but for the archive's spent allowance."""
    name = f"{entry.name}!{member.name}" if member.name else entry.name
    stream = _MemberStream(child, entry.budget)
    try:
        entry.budget.enter()
        yield from sources(Entry(name, stream, entry.budget, depth=entry.depth + 1))
        while not stream.broken and stream.read(BLOCK_BYTES):
            pass
    except UnreadableError as exc:
        yield Unreadable(name, exc.message)


class _MemberStream:
    """The bytes of one member as its reader tells them; every one is counted."""

    def __init__(self, child: Apart, budget: Budget) -> None:
        self._child = child
        self._budget = budget
        self._rest = b""
        self.broken = ""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; raises UnreadableError where the member is broken or unpacks to too much."""
        if self.broken and not self._rest:
            raise UnreadableError(self.broken)
        while not self._rest:
            frame = self._child.peek()
            if isinstance(frame, Lost):
                self._child.take()
                self.broken = frame.reason
                raise UnreadableError(frame.reason)
            if not isinstance(frame, Piece):
                return b""
            self._child.take()
            try:
                self._budget.take(len(frame.data))
            except UnreadableError as exc:
                self.broken = exc.message
                raise
            self._rest = frame.data
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken
