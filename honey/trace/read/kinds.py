"""Which reader a file is for, by its first bytes; never by its name, which lies. Pure.

`.xls` files are as often HTML or tab-separated text as they are workbooks.
"""

import re

from honey.translation import _

TAR_MARK = slice(257, 262)  # `ustar`, POSIX.1-1988
EXTENSIONS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")  # an empty one is broken, not empty
_JOBS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # an archive of nothing
    (b"PK00PK\x03\x04", "zip"),  # written in parts
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"7z\xbc\xaf\x27\x1c", "sevenzip"),
    (b"\x1f\x8b", "unpack"),
    (b"BZh", "unpack"),
    (b"\xfd7zXZ\x00", "unpack"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
)
_PICTURE = _("is a picture; paste the text that is on it into a text file and trace that")
_PHOTO = _("{picture}, or install waybill-honeytokens[ocr], which reads it", picture=_PICTURE)
_UNREADABLE = (
    (b"GIF87a", _PICTURE),
    (b"GIF89a", _PICTURE),
    (b"Rar!\x1a\x07", _("is a RAR archive; unpack it (unrar x) and trace the files")),
    (b"PARE", _("is an encrypted Parquet file; save it decrypted")),
    (b"PK\x07\x08", _("is one part of a ZIP archive in several; join the parts (zip -s 0) and trace the whole")),
    (b"\x28\xb5\x2f\xfd", _("is zstd-compressed; unpack it (zstd -d) and trace the file")),
    (b"\x04\x22\x4d\x18", _("is lz4-compressed; unpack it (lz4 -d) and trace the file")),
    (b"MSCF", _("is a CAB archive; unpack it (cabextract) and trace the files")),
    (b"{\\rtf", _("is an RTF document; save it as .docx or as text")),
    (b"\x37\x7f\x06", _("holds an SQLite database's newest changes; run PRAGMA wal_checkpoint on it, trace again")),
    (b"\x00\x01\x00\x00Standard ", _("is an Access database; export its tables as CSV")),
    (b"PGDMP", _("is a pg_dump archive; turn it into SQL (pg_restore -f dump.sql) and trace that")),
    (b"Obj\x01", _("is an Avro file; save it as CSV or JSON lines")),
    (b"ORC", _("is an ORC file; save it as CSV or Parquet")),
    (b"\x89HDF", _("is an HDF5 file; save it as CSV")),
)  # fmt: skip
_RECORDING = _("is a recording; write down what is said and trace that")
_PHOTOS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"BM")  # PNG, JPEG, TIFF, BMP
_RECORDINGS = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"#!AMR", b"#!SILK", b"\x02#!SILK")
_PDF_WITHIN = 1024  # bytes of rubbish that readers of PDF allow before its head (ISO 32000-1, annex H)
_MARKUP = re.compile(r"<(?:html|table|tr|row|workbook|ss:workbook|resultset)\b", re.IGNORECASE)


def job(head: bytes) -> str | None:
    """Return the reader in a process apart for a file that begins like this, None if it is none of theirs."""
    found = next((name for magic, name in _JOBS if head.startswith(magic)), None)
    if found == "unpack" and head.startswith(b"BZh") and not (head[3:4].isdigit() and head[4:10] in _BZIP2_BLOCKS):
        return None
    if found:
        return found
    if head[TAR_MARK] == b"ustar":
        return "unpack"
    return "pdf" if b"%PDF-" in head[:_PDF_WITHIN] and 0 not in head[: head.find(b"%PDF-")] else None


_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # of data, and the end of an empty file


def unreadable(head: bytes) -> str | None:
    """Return why a file that begins like this cannot be read, and what to do instead; None if it may be text."""
    for magic, reason in _UNREADABLE:
        if head.startswith(magic):
            return reason
    if is_photo(head):
        return _PHOTO
    if head[:4] == b"RIFF":
        return _RECORDING
    if head[4:8] == b"ftyp":
        return _PICTURE if head[8:12] in {b"heic", b"heix", b"mif1", b"avif"} else _RECORDING
    if any(head.startswith(magic) for magic in _RECORDINGS) and 0 in head[:64]:
        return _RECORDING
    return None


def is_photo(head: bytes) -> bool:
    """Tell the kinds of pictures that the extra `ocr` reads."""
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith(_PHOTOS) and (not head.startswith(b"BM") or 0 in head[:32])


def is_markup(text: str) -> bool:
    """Tell HTML, and XML with rows, from other text."""
    return text.lstrip()[:1] == "<" and _MARKUP.search(text) is not None
