"""Writes a text export: the original bytes in their order, composed decoy records between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from honey.seed.passthrough.charset import Charset, FromUtf8
from honey.seed.passthrough.delimited import line_end
from honey.seed.passthrough.spool import Sink, copy_range
from honey.seed.passthrough.table import Insert, Record, Table

NEIGHBOURS = 5  # rows on each side whose habits a decoy record takes on


class Composer(Protocol):
    """Writes one record the way the file does."""

    def compose(self, cells: Sequence[str], donor: Record, neighbours: Sequence[Record]) -> bytes:
        """Return a record without its line end, in the file's encoding."""


def neighbours(table: Table, after: int) -> list[Record]:
    """Return the rows around the place after row `after`."""
    return table.between(after - NEIGHBOURS + 1, after + NEIGHBOURS + 1)


@dataclass(frozen=True, slots=True)
class TextWriter:
    """Writes one table. `charset` is the export's own; the table's file is UTF-8 where that is a wide one."""

    table: Table
    composer: Composer
    charset: Charset

    def write(self, target: BinaryIO, inserts: Sequence[Insert]) -> None:
        """Write the export with `inserts`, which are in order of place.

        Taking the inserted stretches out of the output again leaves the input, byte for byte.
        """
        sink: Sink = FromUtf8(target, self.charset) if self.charset.wide else target
        done = 0
        for insert in inserts:
            offset, piece = self._piece(insert)
            copy_range(self.table.file, sink, done, offset)
            sink.write(piece)
            done = offset
        copy_range(self.table.file, sink, done, None)

    def _piece(self, insert: Insert) -> tuple[int, bytes]:
        """Return where a decoy goes and what is written there."""
        donor = self.table.row(insert.donor)
        record = self.composer.compose(insert.cells, donor, neighbours(self.table, insert.after))
        if insert.after < 0:
            first = self.table.row(0)
            mark = self._mark_bytes() if not first.offset else 0  # nothing goes before the byte order mark
            return first.offset + mark, record + (line_end(first.raw) or self._usual_end())
        before = self.table.row(insert.after)
        if end := line_end(before.raw):
            return before.end, record + end
        return before.end, self._usual_end() + record  # the file's last line has no end, and will have none

    def _usual_end(self) -> bytes:
        first = next(iter(self.table.read(self.table.file, 0, 1)))
        return line_end(first.raw) or b"\n"

    def _mark_bytes(self) -> int:
        if not self.charset.bom:
            return 0
        return len("\ufeff".encode()) if self.charset.wide else len(self.charset.bom)
