"""SQL dumps: every row of INSERT ... VALUES and of COPY blocks, with the table's and columns' names.

Rows are numbered by the line of the file they stand on. Whatever is no such row (comments, other statements, broken
ones) is searched line by line as text. Nothing is ever executed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from honey.trace.read import sqltokens as tokens
from honey.trace.read.cells import PLACE, one_line, row_text, split_row
from honey.trace.read.decode import blocks
from honey.trace.read.source import (
    BATCH_ROWS,
    MAX_LINE_BYTES,
    MAX_RECORD_CHARS,
    Batch,
    Cells,
    Progress,
    Readable,
    Source,
    pieces,
)

MAX_TABLES = 10_000  # whose columns are remembered
_GAP = " \t\r\n,"  # between the tuples of an INSERT


def is_sql(sampled: str) -> bool:
    """Tell whether a text holds rows in SQL, or is the head of a dump whose rows come later."""
    return tokens.HEADS.search(sampled) is not None


def sql_source(name: str, stream: Readable, encoding: str, sampled: str) -> Source:
    """Read `stream` statement by statement; `sampled` is its beginning."""
    progress = Progress()
    columns: dict[str, tuple[str, ...]] = {}

    def batches() -> Iterator[Batch]:
        reader = _Reader(tokens.backslash_escapes(sampled), columns)
        for text in blocks(stream, encoding, progress):
            yield from reader.feed(text)
        yield from reader.feed("", final=True)

    def split(text: str) -> Cells:
        table, mark, values = text.partition(PLACE)
        return split_row(values, columns.get(table, ()), table) if mark else Cells((text,))

    return Source(name, "sql", batches, split, progress)


@dataclass(slots=True)
class _Reader:
    """Where in the dump the reader stands; `rest` is what has not been read for want of its end."""

    backslash: bool
    columns: dict[str, tuple[str, ...]]
    rest: str = ""
    line: int = 1
    insert: str | None = None  # the table of the INSERT whose tuples come next
    copy: str | None = None  # the table of the COPY whose lines come next
    found: list[tuple[int, str]] = field(default_factory=list)  # line, text

    def feed(self, text: str, *, final: bool = False) -> Iterator[Batch]:
        """Take more text and yield the rows that are complete."""
        self.rest += text
        at = 0
        while at < len(self.rest):
            step = self._tuple if self.insert else self._copied if self.copy else self._statement
            end = step(at, may_wait=not final and len(self.rest) - at < MAX_LINE_BYTES)
            if end is None:
                break
            if self.rest.find("\n", at, end) >= 0:
                self.line += self.rest.count("\n", at, end)
            at = end
            if len(self.found) >= BATCH_ROWS:
                yield from self._flush()
        self.rest = self.rest[at:]
        yield from self._flush()

    def _flush(self) -> Iterator[Batch]:
        found, self.found = self.found, []
        return grouped(found)

    def _add(self, text: str) -> None:
        parts = [text] if len(text) <= MAX_RECORD_CHARS else pieces(text)
        self.found += [(self.line, part) for part in parts]

    def _statement(self, at: int, *, may_wait: bool) -> int | None:
        """Read the head of a statement, or one line of anything else."""
        if tokens.STARTS.match(self.rest, at):
            if head := tokens.insert_head(self.rest, at):
                self.insert = self._named(head)
                return head.end
            if head := tokens.copy_head(self.rest, at):
                self.copy = self._named(head)
                return head.end
            if head := tokens.create_head(self.rest, at):
                self._named(head)
                return self._lines(at, head.end)
            if may_wait:
                return None
        return self._line(at, may_wait=may_wait)

    def _named(self, head: tokens.Head) -> str:
        if head.columns and len(self.columns) < MAX_TABLES:
            self.columns[head.table] = head.columns
        return head.table or "table"

    def _lines(self, at: int, end: int) -> int:
        """Search a whole statement as text, line by line."""
        for number, text in enumerate(self.rest[at:end].split("\n")):
            self.found += [(self.line + number, part) for part in pieces(text)]
        return end

    def _line(self, at: int, *, may_wait: bool) -> int | None:
        newline = self.rest.find("\n", at)
        if newline < 0 and may_wait:
            return None
        end = newline + 1 if newline >= 0 else len(self.rest)
        if text := self.rest[at:end].strip():
            self._add(one_line(text))
        return end

    def _tuple(self, at: int, *, may_wait: bool) -> int | None:
        """Read one tuple, or what stands between two."""
        found = tokens.row(self.rest, at, backslash=self.backslash) if self.rest[at] == "(" else None
        if found:
            values = [tokens.literal(item, backslash=self.backslash) for item in found[1]]
            self._add(row_text(values, self.insert or ""))
            return found[0]
        if self.rest[at] in _GAP:
            return at + 1
        if self.rest[at] == "(" and may_wait:
            return None
        self.insert = None
        if self.rest[at] == ";":
            return at + 1
        return self._line(at, may_wait=False)

    def _copied(self, at: int, *, may_wait: bool) -> int | None:
        newline = self.rest.find("\n", at)
        if newline < 0 and may_wait:
            return None
        end = newline + 1 if newline >= 0 else len(self.rest)
        text = self.rest[at:end].rstrip("\r\n")
        if text == "\\.":
            self.copy = None
            return end
        values = [tokens.unescaped(one) if "\\" in one else one for one in text.split("\t")]
        self._add(row_text(values, self.copy or ""))
        return end


def grouped(found: Iterable[tuple[int, str]]) -> Iterator[Batch]:
    """Yield rows with their line numbers as few batches: many on one line, or one on each of many lines."""
    texts, first, part = list[str](), 0, False
    for line, text in found:
        same, following = line == first, line == first + len(texts)
        if texts and not (same and (part or len(texts) == 1)) and not (following and not part):
            yield Batch(first, texts, part)
            texts = []
        if not texts:
            first, part = line, False
        elif line == first:
            part = True
        texts.append(text)
    if texts:
        yield Batch(first, texts, part)
