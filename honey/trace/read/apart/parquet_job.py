"""Parquet files by pyarrow (the extra `parquet`), row group by row group."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Note, Table
from honey.trace.read.cells import Losses, cell_text, one_line, row_text
from honey.trace.read.source import BATCH_ROWS, UnreadableError, stated
from honey.translation import _


def read(path: Path) -> Iterator[Frame]:
    """Yield the one table; raises UnreadableError if it is broken or encrypted."""
    losses = Losses()
    try:
        pa.set_cpu_count(1)
        with parquet.ParquetFile(path, memory_map=False, pre_buffer=False) as table:
            yield Table("", "parquet", tuple(one_line(name) for name in table.schema_arrow.names))
            row = 1
            for batch in table.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                columns = [[cell_text(value, losses) for value in column.to_pylist()] for column in batch.columns]
                yield from told.rows(map(row_text, zip(*columns, strict=True)), row)
                row += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError) as exc:
        raise UnreadableError(
            _("broken Parquet file ({reason}); copy it again, or save it as CSV", reason=stated(exc))
        ) from exc
    yield from map(Note, losses.notes())
