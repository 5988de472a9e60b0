"""`scan`: the search of `block.scan` by a small C library, where one was built when this package was installed.

It answers as `scan_block` does: every line that `Prefilter.may_hold` passes is named, others rarely. The library is
loaded with ctypes, so that no lock is held while it works. Without it, or with one built from other sources, the numpy
search is used. The environment variable HONEY_KERNEL (`numpy` or `native`) forces one of the two.
"""

import ctypes
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from honey.errors import ConfigError
from honey.trace.block import native_signs, native_tables
from honey.trace.block.native_tables import Keys, Mail, Masks, Roads, Sought
from honey.translation import _

LIBRARY = Path(__file__).with_name("_kernel.so")  # hatch_build.py builds it
SOURCES = Path(__file__).with_name("kernel")
VARIABLE = "HONEY_KERNEL"
_ROOM = 4096  # lines named at first; a block that names more is searched again
_SETS = (
    "numbers", "houses", "tails", "house_numbers", "mailboxes", "domains", "links", "words", "pairs", "pair_numbers",
)  # fmt: skip
_BUFFERS = ("firsts", "ends4", "ends2", "heads7", "beginnings", "kinds", "marks", "folded", "spots", "latin")
_NUMBERS = (
    "length_count", "shortest", "road_widths", "link_before", "link_behind", "any_mask", "letter_roads", "has_words",
    "has_pairs", "has_mail", "wide_mail", "has_links",
)  # fmt: skip
Lines = npt.NDArray[np.uint32]
_Array = npt.NDArray[np.generic]


class _KeysStruct(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("bits", "heads", "hashes")),
        *((name, ctypes.c_uint32) for name in ("bits_shift", "heads_shift")),
    )


class _TablesStruct(ctypes.Structure):
    _fields_ = (
        *((name, _KeysStruct) for name in _SETS),
        *((name, ctypes.c_void_p) for name in _BUFFERS),
        ("word_lengths", ctypes.c_uint64),
        ("lengths", ctypes.c_uint32 * native_tables.MAX_LENGTH),
        *((name, ctypes.c_uint32) for name in _NUMBERS),
    )


@dataclass(frozen=True, slots=True, eq=False)
class NativeTables:
    """The kernel's tables, and the buffers they point into."""

    struct: _TablesStruct
    buffers: tuple[_Array, ...]

    @classmethod
    def of(cls, sought: Sought) -> "NativeTables":
        """Build the tables; `sought.fits` must hold."""
        roads, mail = Roads.of(sought.anchors), Mail.of(sought.mailboxes, sought.links)
        masks, (pairs, pair_numbers) = Masks.of(sought.masks), native_tables.pair_keys(sought.pairs)
        other_ends = [last for last in roads.lasts if ord(last) not in native_signs.CHINESE]
        marks = native_signs.road_marks(roads.lasts)
        numbers = Keys.of(native_tables.hashes([number.encode() for number in sought.numbers]))
        sets = (
            numbers, roads.houses, roads.tails, roads.numbers, mail.boxes, mail.domains, mail.links,
            native_tables.word_keys(sought.words), pairs, pair_numbers,
        )  # fmt: skip
        buffers: tuple[_Array, ...] = (
            masks.firsts, masks.ends4, masks.ends2, masks.heads7, native_tables.beginnings(sought.numbers),
            native_signs.kinds(last.encode("utf-8", "replace")[-1] for last in other_ends), marks,
            native_signs.folded(), native_signs.spots(marks), native_signs.latin(),
        )  # fmt: skip
        lengths = sorted({len(number) for number in sought.numbers})
        struct = _TablesStruct(
            **{name: _keys(keys) for name, keys in zip(_SETS, sets, strict=True)},
            **{name: buffer.ctypes.data for name, buffer in zip(_BUFFERS, buffers, strict=True)},
            word_lengths=sum(1 << length for length in {len(one) for one in sought.words}),
            lengths=tuple(lengths), length_count=len(lengths), shortest=min(lengths, default=0),
            road_widths=roads.widths, link_before=mail.link_before, link_behind=mail.link_behind,
            any_mask=masks.any_mask, letter_roads=bool(other_ends), has_words=bool(sought.words),
            has_pairs=bool(sought.pairs), has_mail=bool(sought.mailboxes), wide_mail=mail.wide,
            has_links=bool(sought.links),
        )  # fmt: skip
        return cls(struct, (*buffers, *(array for keys in sets for array in keys.arrays)))


def _keys(keys: Keys) -> _KeysStruct:
    return _KeysStruct(*(array.ctypes.data for array in keys.arrays), keys.bits_shift, keys.heads_shift)


def checksum() -> int:
    """Return the CRC-32 of the kernel's sources: a library says which it was built from."""
    return zlib.crc32(b"".join(path.read_bytes() for path in sorted(SOURCES.glob("*.[ch]"))))


def available(library: Path = LIBRARY) -> bool:
    """Whether the library was built, from the sources that are here."""
    return _library(library) is not None


def chosen(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to search with the library; raises ConfigError if it is asked for and not there."""
    match environment.get(VARIABLE, ""):
        case "":
            return available()
        case "numpy":
            return False
        case "native" if available():
            return True
        case "native":
            raise ConfigError(
                _(
                    "{variable}=native, but {library} is not built: reinstall where there is a C compiler",
                    variable=VARIABLE,
                    library=LIBRARY.name,
                )
            )
        case other:
            raise ConfigError(
                _(
                    '{variable} is "numpy" or "native", not {other!r}; leave it out to take what there is',
                    variable=VARIABLE,
                    other=other,
                )
            )


def scan(block: bytes, tables: NativeTables, *, path: Path = LIBRARY) -> Lines:
    """Return the numbers, from 0, of the lines that may hold a decoy value: each once, in order."""
    library = _library(path)
    if library is None:
        raise RuntimeError("the library is not there; ask available() first")
    lines = np.empty(_ROOM, np.uint32)
    named = _call(library, block, tables, lines)
    if named > len(lines):
        lines = np.empty(named, np.uint32)
        _call(library, block, tables, lines)
    return lines[:named]


def _call(library: ctypes.CDLL, block: bytes, tables: NativeTables, lines: Lines) -> int:
    found: int = library.honey_kernel_scan(
        block, len(block), ctypes.byref(tables.struct), lines.ctypes.data, len(lines)
    )
    return found


@cache
def _library(path: Path) -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(str(path))
        library.honey_kernel_sources.restype = ctypes.c_uint32
        if library.honey_kernel_sources() != checksum():
            return None
    except (OSError, AttributeError):  # not built, for another machine, or no library of ours
        return None
    library.honey_kernel_scan.restype = ctypes.c_int64
    library.honey_kernel_scan.argtypes = (
        ctypes.c_char_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
    )  # fmt: skip
    return library
