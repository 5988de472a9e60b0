"""What a reader in a process apart tells its parent, and how that crosses the pipe. Pure.

The parent trusts nothing in a frame: it is text and sizes, never an object to unpickle.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

MAX_FRAME_BYTES = 32 * 1024 * 1024  # rows come in batches of 1 MiB of text, bytes in blocks
HEAD = struct.Struct(">cI")  # tag, length of the payload


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table follow; `label` names it within its file, "" where it is the whole of it."""

    label: str
    kind: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Consecutive rows of the last table; `part` as in `Batch`. No text holds a line end."""

    first_row: int
    texts: tuple[str, ...]
    part: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """The bytes of a file in an archive follow; "" is the one file in a compressed file."""

    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the last member."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """A table, a member ("" for the whole file) or the rest of it could not be read."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about the last table."""

    text: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """The encoding that the last table's text was in."""

    name: str


Frame = Table | Rows | Member | Piece | Lost | Note | Encoded


def encode(frame: Frame) -> bytes:
    """Return the frame as it is written to the pipe."""
    match frame:
        case Piece(data):
            return HEAD.pack(b"P", len(data)) + data
        case Rows(first_row, texts, part):
            payload = "\n".join((f"{first_row} {int(part)}", *texts))
            return _packed(b"R", payload)
        case _:
            return _packed(_TAGS[type(frame)], json.dumps(astuple(frame)))


def _packed(tag: bytes, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    return HEAD.pack(tag, len(data)) + data


def decode(tag: bytes, payload: bytes) -> Frame:
    """Return the frame of a payload; raises ValueError if there is no such frame."""
    if tag == b"P":
        return Piece(payload)
    if tag == b"R":
        first, *texts = payload.decode("utf-8").split("\n")
        row, _, part = first.partition(" ")
        return Rows(int(row), tuple(texts), part == "1")
    return _TOLD[tag](*_told(payload)) if tag in _TOLD else _unknown(tag)


def _told(payload: bytes) -> list[Any]:
    values = json.loads(payload)
    return [str(value) if not isinstance(value, list) else tuple(map(str, value)) for value in list(values)]


_TOLD: dict[bytes, Callable[..., Frame]] = {
    b"T": Table,
    b"M": Member,
    b"L": Lost,
    b"N": Note,
    b"E": Encoded,
}


_TAGS = {Table: b"T", Member: b"M", Lost: b"L", Note: b"N", Encoded: b"E"}


def _unknown(tag: bytes) -> Frame:
    raise ValueError(f"unknown frame {tag!r}")
