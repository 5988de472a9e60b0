"""Free text, chat logs, logs of programs: every line is a row of one cell."""

from collections.abc import Iterator

from honey.trace.read.decode import lines
from honey.trace.read.escapes import unescaped
from honey.trace.read.source import Batch, Cells, Lines, Progress, Readable, Source


def text_source(name: str, stream: Readable, encoding: str) -> Source:
    """Read `stream` line by line."""
    progress = Progress()

    def batches() -> Iterator[Batch | Lines]:
        for batch in lines(stream, encoding, progress):
            if isinstance(batch, Lines):
                plain = b"\\u" not in batch.utf8
                yield batch if plain else Batch(batch.first_row, [unescaped(text) for text in batch.texts])
            else:
                yield Batch(batch.first_row, [unescaped(text) for text in batch.texts], batch.part)

    return Source(name, "text", batches, lambda text: Cells((text,)), progress)
