"""Values on their way into the host, and the key by which a planted row is found again.

Pure. Strings stay strings wherever the host keeps strings; only what a driver would refuse is changed.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar
from uuid import UUID

from honey.host.column import Column, ColumnType

Key: TypeAlias = tuple[tuple[str, object], ...]  # (column, value) pairs that name one row; dict(key) is an identity
Identity: TypeAlias = Mapping[str, object]

CHUNK_VALUES = 500  # per IN list: SQLite before 3.32 takes 999 variables, other servers plan short lists best
INT64 = range(-(2**63), 2**63)  # the widest integer column of all three databases

_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_T = TypeVar("_T")


def to_driver(column: Column, value: object, *, sqlite: bool) -> object:
    """Return `value` as the driver takes it for this column."""
    if column.type is ColumnType.INTEGER and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if column.type is ColumnType.TEXT and isinstance(value, int | float | Decimal) and not sqlite:
        return str(value)
    return _sqlite_value(value) if sqlite else value


def _sqlite_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)  # a column of numeric affinity makes a number of it
    return value


def fits(column: Column, value: object) -> bool:
    """False for a value that this column cannot possibly hold: a server would refuse to compare them."""
    if column.type is not ColumnType.INTEGER:
        return True
    if isinstance(value, str):
        return _INTEGER.fullmatch(value) is not None and int(value) in INT64
    return isinstance(value, int) and value in INT64


def folded(value: object) -> str:
    """Return the form in which a server may call two values equal: no padding (CHAR), no case (MySQL)."""
    return str(value).rstrip(" ").casefold()


def chunks(values: Collection[_T]) -> Iterator[Sequence[_T]]:
    """Cut `values` into lists of at most `CHUNK_VALUES`."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK_VALUES):
        yield listed[start : start + CHUNK_VALUES]


def key_to_json(key: Key) -> list[list[str]]:
    """Return `key` as [column, type, text] triples of JSON strings, for a journal; `key_from_json` reads it back."""
    return [[column, *_written(value)] for column, value in key]


def key_from_json(document: Sequence[Sequence[str]]) -> Key:
    """Read what `key_to_json` wrote. Raise `ValueError` for anything else."""
    return tuple((column, _read(kind, text)) for column, kind, text in document)


def _written(value: object) -> tuple[str, str]:
    if value is None:
        return ("none", "")
    if isinstance(value, bool):
        return ("bool", str(int(value)))
    if isinstance(value, datetime | date):
        return ("datetime" if isinstance(value, datetime) else "date", value.isoformat())
    if isinstance(value, bytes):
        return ("bytes", value.hex())
    for kind in (str, int, float, Decimal, UUID):
        if isinstance(value, kind):
            return (kind.__name__.lower(), repr(value) if kind is float else str(value))
    raise ValueError(f"a key cannot hold a {type(value).__name__}")


def _read(kind: str, text: str) -> object:
    readers: dict[str, Callable[[str], object]] = {
        "str": str,
        "int": int,
        "float": float,
        "decimal": Decimal,
        "uuid": UUID,
        "bytes": bytes.fromhex,
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
    }
    if kind == "none":
        return None
    if kind == "bool":
        return text == "1"
    if kind not in readers:
        raise ValueError(f"a key holds no {kind}")
    return readers[kind](text)
