"""ZIP archives at the border: bombs refused on the way in, no clock readings on the way out."""

import os
import shutil
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from honey.errors import InputError
from honey.translation import _

if TYPE_CHECKING:
    from _typeshed import SizedBuffer

MAX_UNPACKED_BYTES = 2 * 1024**3  # a full sheet (1,048,576 rows) of 12 columns is 0.85 GB of XML
MAX_RATIO = 200  # honest sheets pack 6 to 30 times, a bomb 1,000 and more (deflate's limit is 1,032)
RATIO_FLOOR_BYTES = 16 * 1024 * 1024  # a small part may pack as well as it likes
MAX_ENTRIES = 10_000
PROLOG_BYTES = 1024  # where an XML document type would be declared

STILL = (1980, 1, 1, 0, 0, 0)  # the time Excel itself writes: the earliest the ZIP format knows


def refuse_bombs(archive: zipfile.ZipFile) -> None:
    """Raise `InputError` if an archive unpacks to more than any export, or declares XML entities.

    The sizes are those the archive states; `zipfile` never unpacks an entry past its stated size.
    """
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise InputError(
            _(
                "the workbook holds {count} parts, more than {max_entries}: it is no export",
                count=len(entries),
                max_entries=MAX_ENTRIES,
            )
        )
    total = sum(entry.file_size for entry in entries)
    if total > MAX_UNPACKED_BYTES:
        raise InputError(
            _(
                "the workbook unpacks to {total} bytes, more than {max_unpacked_bytes}: export as CSV",
                total=total,
                max_unpacked_bytes=MAX_UNPACKED_BYTES,
            )
        )
    for entry in entries:
        part = _("the workbook's part {name!r}", name=entry.filename[:100])
        if entry.file_size > RATIO_FLOOR_BYTES and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise InputError(
                _("{part} is packed over {max_ratio} times: it is no export", part=part, max_ratio=MAX_RATIO)
            )
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as stream:
                if b"<!DOCTYPE" in stream.read(PROLOG_BYTES):
                    raise InputError(_("{part} declares a document type: it is no export", part=part))


class StillZip(zipfile.ZipFile):
    """Writes every entry with one fixed time, so that equal content is equal bytes."""

    def __init__(self, target: BinaryIO) -> None:
        super().__init__(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True)

    def writestr(
        self, zinfo_or_arcname: str | zipfile.ZipInfo, data: "SizedBuffer | str", *_: object, **__: object
    ) -> None:
        """Write an entry from memory."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        super().writestr(self._entry(name), data)

    def write(
        self, filename: str | os.PathLike[str], arcname: str | os.PathLike[str] | None = None, *_: object, **__: object
    ) -> None:
        """Write an entry from a file."""
        path = Path(filename)
        entry = self._entry(str(arcname or path))
        entry.file_size = path.stat().st_size  # lets zipfile choose ZIP64 where it must
        source: IO[bytes]
        with path.open("rb") as source, self.open(entry, "w") as part:
            shutil.copyfileobj(source, part, 1024 * 1024)

    @staticmethod
    def _entry(name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, STILL)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry
