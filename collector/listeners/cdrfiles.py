"""Following the files an exchange writes, across rotation, truncation and our own restarts.

A `Batch` is read, recorded by the caller, then `accept`ed: only that moves the position, so whatever is read and not on
record is read again. Blocking file reads: call from a thread. Nothing here is ever written, moved or deleted.
"""

import glob
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

READ_BYTES = 256 << 10  # a batch of lines
MAX_LINE_BYTES = 64 << 10  # a call record has 200 to 500
MAX_DOCUMENT_BYTES = 512 << 10  # mod_json_cdr writes 5 to 50 KiB
MAX_DOCUMENTS = 200  # a batch
MARK_BYTES = 256  # of a file's beginning, which tell it from another that got its inode
MAX_ROTATED = 100  # older files looked at
COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")
SETTLE_SECONDS = 1.0  # a document younger than this may still be written
GRACE_SECONDS = 600  # documents may appear out of the order of their times

Position = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read and where that leaves us; `counts` holds what could not be read."""

    items: list[bytes]
    position: dict[str, Any]
    is_new: bool  # whether the position moved
    counts: dict[str, int] = field(default_factory=dict)


class Follower(Protocol):
    """Reads what is new."""

    def read(self) -> Batch:
        """Return what has come since the last accepted batch.

        Raises:
            OSError: it cannot be read.
        """

    def accept(self, batch: Batch) -> None:
        """Go on behind `batch`: it is on record."""

    def close(self) -> None:
        """Release files."""


Split = Callable[[bytes], tuple[list[bytes], int]]  # whole lines -> records, and how many bytes at the end are half one


def one_each(lines: bytes) -> tuple[list[bytes], int]:
    """Take each line for a record."""
    return lines.split(b"\n"), 0


class LineFollower:
    """The lines of a file that is appended to and rotated, as `tail -F` would give them; none twice, none left out."""

    def __init__(self, path: Path, position: Position, split: Split = one_each) -> None:
        self._path = path
        self._position = _file_position(position)
        self._split = split
        self._fd: int | None = None

    def read(self) -> Batch:
        """Return whole lines; of a file that was rotated away also a last one without end."""
        counts: dict[str, int] = {}
        if self._fd is None and not self._open(counts):
            return Batch([], self._position, is_new=False, counts=counts)
        fd = self._fd if self._fd is not None else -1
        position = dict(self._position)
        if os.fstat(fd).st_size < position["offset"] or not _is_marked(fd, position):
            counts["cdr.truncated"] = 1
            position |= {"offset": 0, "mark": "", "mark_bytes": 0}
        data = os.pread(fd, READ_BYTES, position["offset"])
        end = data.rfind(b"\n") + 1
        if not end and len(data) >= MAX_LINE_BYTES:
            counts["cdr.overlong"] = 1
            end, items = len(data), []  # its rest counts as malformed
        elif not end and self._is_rotated(fd):
            end, items = len(data), [data]
            position["is_finished"] = True
        else:
            items, left = self._split(data[:end])
            if left and len(data) < READ_BYTES and self._is_rotated(fd):  # nothing more comes
                items += data[end - left : end].split(b"\n")
                left = 0
            end -= left
        position["offset"] += end
        _mark(fd, position)
        good = [line for line in items if line.strip() and len(line) <= MAX_LINE_BYTES]
        overlong = sum(len(line) > MAX_LINE_BYTES for line in items)
        if overlong:
            counts["cdr.overlong"] = overlong
        return Batch(good, position, is_new=position != self._position, counts=counts)

    def accept(self, batch: Batch) -> None:
        """Go on behind the batch; at the end of a rotated file, with the next one."""
        self._position = batch.position
        if self._position["is_finished"]:
            self.close()

    def close(self) -> None:
        """Release the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self, counts: dict[str, int]) -> bool:
        """Open the file to go on with; False if there is none yet."""
        files = self._family()
        if self._position["inode"]:
            for at, file in enumerate(files):
                if file.stat().st_ino == self._position["inode"] and self._take_up(file):
                    if not self._position["is_finished"]:
                        return True
                    self.close()
                    return at + 1 < len(files) and self._begin(files[at + 1])
            if not self._position["is_finished"]:
                counts["cdr.rotated_away"] = 1  # with what was written to it after our last look
        return self._path.exists() and self._begin(self._path)

    def _take_up(self, file: Path) -> bool:
        self._fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        if _is_marked(self._fd, self._position) or not self._position["is_finished"]:
            return True
        self.close()
        return False

    def _begin(self, file: Path) -> bool:
        self._fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._position = {**_file_position({}), "inode": os.fstat(self._fd).st_ino}
        return True

    def _family(self) -> list[Path]:
        """Return the rotated files and the present one, oldest first."""
        pattern = glob.escape(self._path.name) + "[.-]*"
        rotated = [one for one in self._path.parent.glob(pattern) if one.is_file() and one.suffix not in COMPRESSED]
        rotated.sort(key=lambda one: one.stat().st_mtime_ns)
        return [*rotated[-MAX_ROTATED:], *([self._path] if self._path.is_file() else [])]

    def _is_rotated(self, fd: int) -> bool:
        try:
            return self._path.stat().st_ino != os.fstat(fd).st_ino
        except FileNotFoundError:  # between the two steps of a rotation
            return False


class FolderFollower:
    """The documents of a folder into which each call is written as a file of its own, oldest first."""

    def __init__(self, path: Path, position: Position, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._now_ns = now_ns
        self._position = _folder_position(position)

    def read(self) -> Batch:
        """Return the documents that have come and are no longer written to."""
        settled = self._now_ns() - int(SETTLE_SECONDS * 1e9)
        fresh = []
        with os.scandir(self._path) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    if self._since() <= stat.st_mtime_ns <= settled and not self._is_seen(entry.name, stat.st_mtime_ns):
                        fresh.append((stat.st_mtime_ns, entry.name))
        fresh.sort()
        return self._batch(fresh[:MAX_DOCUMENTS])

    def accept(self, batch: Batch) -> None:
        """Go on behind the batch."""
        self._position = batch.position

    def close(self) -> None:
        """Nothing is held open."""

    def _batch(self, fresh: list[tuple[int, str]]) -> Batch:
        items, overlong = [], 0
        for _, name in fresh:
            with (self._path / name).open("rb") as file:
                document = file.read(MAX_DOCUMENT_BYTES + 1)
            if len(document) > MAX_DOCUMENT_BYTES:
                overlong += 1
            else:
                items.append(document)
        seen = {**self._position["seen"], **{name: at for at, name in fresh}}
        newest = max([self._position["newest_ns"], *(at for at, _ in fresh)])
        recent = {name: at for name, at in seen.items() if at >= newest - GRACE_SECONDS * 10**9}
        position = {"newest_ns": newest, "seen": recent}
        return Batch(items, position, is_new=bool(fresh), counts={"cdr.overlong": overlong} if overlong else {})

    def _since(self) -> int:
        return int(self._position["newest_ns"]) - GRACE_SECONDS * 10**9

    def _is_seen(self, name: str, at: int) -> bool:
        return bool(self._position["seen"].get(name) == at)


# --- inside ----------------------------------------------------------------------------------------------------------


def _file_position(stored: Position) -> dict[str, Any]:
    """Return a position with every key of its kind; what is not one is a beginning."""
    numbers = {key: stored.get(key) for key in ("inode", "offset", "mark_bytes")}
    is_sound = all(type(value) is int and value >= 0 for value in numbers.values()) and isinstance(
        stored.get("mark"), str
    )
    if not is_sound:
        return {"inode": 0, "offset": 0, "mark": "", "mark_bytes": 0, "is_finished": False}
    return {**numbers, "mark": stored["mark"], "is_finished": stored.get("is_finished") is True}


def _folder_position(stored: Position) -> dict[str, Any]:
    newest, seen = stored.get("newest_ns"), stored.get("seen")
    if type(newest) is not int or not isinstance(seen, dict):
        return {"newest_ns": 0, "seen": {}}
    return {"newest_ns": newest, "seen": {str(name): at for name, at in seen.items() if type(at) is int}}


def _is_marked(fd: int, position: Position) -> bool:
    size = min(int(position["mark_bytes"]), MARK_BYTES)
    return not size or hashlib.sha256(os.pread(fd, size, 0)).hexdigest() == position["mark"]


def _mark(fd: int, position: dict[str, Any]) -> None:
    size = min(position["offset"], MARK_BYTES)
    position["mark_bytes"] = size
    position["mark"] = hashlib.sha256(os.pread(fd, size, 0)).hexdigest() if size else ""
