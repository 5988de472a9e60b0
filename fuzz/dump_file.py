"""Dumps: any bytes are sources, files that are listed with one line, or UnreadableError; all of it bounded.

Readers that have a process of their own run in this one, so that the fuzzer sees their branches; what they tell crosses
the same encoding. A crash in one of their C libraries ends the fuzzer, but in service only the reader.
"""

import importlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest.mock import patch

from honey.trace.read import contents
from honey.trace.read.apart import worker
from honey.trace.read.apart.frames import HEAD, MAX_FRAME_BYTES, Frame, Lost, decode, encode
from honey.trace.read.budget import MAX_RATIO, Budget
from honey.trace.read.contents import Entry, sources
from honey.trace.read.source import MAX_RECORD_CHARS, Source, Unreadable, UnreadableError
from tests.honey.trace.read import making

LEFT_OUT = {"ocr", "sevenzip"}  # one takes seconds; the other writes its frames to the output of its process
for _job in set(worker.JOBS) - LEFT_OUT:  # in service they are imported when they are needed
    importlib.import_module(f"honey.trace.read.apart.{_job}_job")
FREE_CHARS = 1 << 20  # of output, whatever the input


class InProcess:
    """What `process.Apart` is, without a process."""

    def __init__(self, job: str, path: Path) -> None:
        self._frames = self._of(job, path)
        self._next: Frame | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def peek(self) -> Frame | None:
        """Return the next frame and leave it; None at the end."""
        if self._next is None:
            self._next = next(self._frames, None)
        return self._next

    def take(self) -> Frame | None:
        """Return the next frame; None at the end."""
        frame, self._next = self.peek(), None
        return frame

    @staticmethod
    def _of(job: str, path: Path) -> Iterator[Frame]:
        if job in LEFT_OUT:
            yield Lost("", "is left out here")
            return
        for frame in worker.frames_of(job, path):
            told = encode(frame)
            tag, length = HEAD.unpack_from(told)
            assert length == len(told) - HEAD.size <= MAX_FRAME_BYTES
            yield decode(tag, told[HEAD.size :])


def check(data: bytes) -> None:
    """Read the bytes as a file that is only given as a stream."""
    chars = 0
    with patch.object(contents, "Apart", InProcess):
        try:
            for one in sources(Entry("dump", BytesIO(data), Budget(len(data)))):
                chars += _listed(one) if isinstance(one, Unreadable) else _read(one)
        except UnreadableError as exc:
            _require_one_line(str(exc))
    assert chars <= FREE_CHARS + MAX_RATIO * len(data)


def _listed(one: Unreadable) -> int:
    _require_one_line(one.reason)
    assert one.file.startswith("dump")
    return len(one.reason)


def _read(source: Source) -> int:
    chars, row = 0, 0
    assert source.name.startswith("dump")
    try:
        for batch in source.batches():
            assert len(batch)
            texts = list(batch.texts)
            assert len(texts) == len(batch)
            assert texts == [batch.text(at) for at in range(len(batch))]
            assert batch.row(0) >= row
            row = batch.row(len(batch) - 1)
            batch.utf8.decode("utf-8", "surrogatepass")
            for text in texts:
                chars += len(text) + 1
                assert len(text) <= 2 * MAX_RECORD_CHARS
                cells = source.split(text)
                assert all(isinstance(value, str) for value in (*cells.values, *cells.columns))
    except UnreadableError as exc:
        _require_one_line(str(exc))
    for note in source.progress.notes:
        _require_one_line(note)
    return chars


def _require_one_line(text: str) -> None:
    assert text
    assert "\n" not in text


def seeds() -> Mapping[str, bytes]:
    """Return a small table in every format, and archives of such."""
    table = [("姓名", "手機", "地址"), ("王芳", "14012345678", "文一西路969"), ("李,明", "14012345679", "中山路1\n2")]
    plain = {name: make(table[:2] if "csv" in name else table) for name, make in making.FORMATS.items()}
    members = {"a.csv": plain["gbk.csv"], "b/c.jsonl": plain["lines.jsonl"]}
    archives = {
        "inner.zip": making.zipped({**members, "d.zip": making.zipped(members)}),
        "list.tar": making.tarred(members, "w"),
        "list.tar.xz": making.tarred(members, "w:xz"),
    }
    odd = {
        "quotes.csv": b'a,"b""c\nd",e\n"1,2\n3;4|5\t6\n',
        "chat.txt": "[2026-11-21 08:00] 王: 14012345678\n{x}\n".encode(),
        "nested.json": b'{"a":[{"b":"{\\"c\\":[1,2,{\\"d\\":\\"\\\\ud800\\"}]}"},[[[[[]]]]]],"e":1e999}',
        "picture.png": b"\x89PNG\r\n\x1a\n",
    }
    return {name.replace("/", "-"): data for name, data in {**plain, **archives, **odd}.items()}
