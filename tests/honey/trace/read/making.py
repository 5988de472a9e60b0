"""A table of customers in every format dumps come in, written by each format's own library where there is one."""

import io
import json
import sqlite3
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from html import escape
from pathlib import Path

import openpyxl
import py7zr
import pyarrow as pa
from pyarrow import parquet

Table = Sequence[Sequence[str]]  # the first row is the heading


def separated(table: Table, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in table).encode(encoding)


def json_lines(table: Table, *, escaped: bool = False) -> bytes:
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    return "\n".join(json.dumps(row, ensure_ascii=escaped) for row in rows).encode()


def json_document(table: Table) -> bytes:
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    return json.dumps({"code": 0, "data": {"total": len(rows), "list": rows}}, ensure_ascii=False, indent=1).encode()


def _mysql(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def mysqldump(table: Table, name: str = "waybill") -> bytes:
    """As mysqldump 8.0 writes it: columns in CREATE TABLE alone, all rows in one line."""
    columns = ",\n".join(f"  `{column}` varchar(200) DEFAULT NULL COMMENT 'a, (b)'" for column in table[0])
    rows = ",".join(f"({','.join(map(_mysql, row))})" for row in table[1:])
    return f"""-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: express
-- ------------------------------------------------------
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;

DROP TABLE IF EXISTS `{name}`;
CREATE TABLE `{name}` (
{columns},
  KEY `idx_first` (`{table[0][0]}`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

LOCK TABLES `{name}` WRITE;
INSERT INTO `{name}` VALUES {rows};
UNLOCK TABLES;
-- Dump completed on 2026-11-21  8:00:00
""".encode()


def pg_dump(table: Table, name: str = "waybill") -> bytes:
    """As pg_dump 16 writes it."""

    def copied(value: str) -> str:
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")

    columns = ", ".join(f'"{column}"' for column in table[0])
    rows = "\n".join("\t".join(map(copied, row)) for row in table[1:])
    return f"""--
-- PostgreSQL database dump
--
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

COPY public.{name} ({columns}) FROM stdin;
{rows}
\\.

--
-- PostgreSQL database dump complete
--
""".encode()


def html(table: Table, encoding: str = "utf-8") -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in row)}</tr>\n" for row in table)
    return f"<html><head><style>td{{x:y}}</style></head><body><table>\n{rows}</table></body></html>".encode(encoding)


def xlsx(table: Table) -> bytes:
    book, raw = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in table:
        sheet.append(list(row))
    book.save(raw)
    return raw.getvalue()


_ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    "<office:{kind}>{content}</office:{kind}></office:body></office:document-content>"
)


_MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def _open_document(kind: str, content: str) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return zipped({"mimetype": mimetype, "META-INF/manifest.xml": _MANIFEST, "content.xml": content.encode()}, 0)


def ods(table: Table) -> bytes:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(cell.format(escape(value)) for value in row)}</table:table-row>" for row in table
    )
    content = _ODS.format(kind="spreadsheet", content=f'<table:table table:name="一">{rows}</table:table>')
    return _open_document("spreadsheet", content)


def odt(table: Table) -> bytes:
    lines = "".join(f"<text:p>{escape('，'.join(row))}</text:p>" for row in table)
    content = _ODS.format(kind="text", content=lines)
    return _open_document("text", content)


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def docx(table: Table, prologue: str = "") -> bytes:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"  # Word splits runs anywhere
    rows = "".join(
        "<w:tr>" + "".join(cell.format(escape(value[:2]), escape(value[2:])) for value in row) + "</w:tr>"
        for row in table
    )
    body = f"<w:body><w:p><w:r><w:t>今天的货</w:t></w:r></w:p><w:tbl>{rows}</w:tbl></w:body>"
    document = f'<?xml version="1.0"?>{prologue}<w:document xmlns:w="{_WORD}">{body}</w:document>'
    return zipped({"[Content_Types].xml": _TYPES.encode(), "word/document.xml": document.encode()})


def pdf(table: Table, rows_a_page: int = 40) -> bytes:
    """Text in a Chinese font that every reader must know by name (Adobe-GB1), nothing embedded."""
    pages = [table[at : at + rows_a_page] for at in range(0, len(table), rows_a_page)]
    kids = " ".join(f"{6 + 2 * at} 0 R" for at in range(len(pages)))
    font = "/Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H /Encoding /UniGB-UCS2-H"
    descendant = "/Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light"
    collection = "<< /Registry (Adobe) /Ordering (GB1) /Supplement 0 >>"
    metrics = "/Flags 6 /Ascent 880 /Descent -120 /FontBBox [0 -120 1000 880] /ItalicAngle 0 /CapHeight 880 /StemV 93"
    resources = "<< /Font << /F1 3 0 R >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        f"<< {font} /DescendantFonts [4 0 R] >>",
        f"<< {descendant} /FontDescriptor 5 0 R /CIDSystemInfo {collection} >>",
        f"<< /Type /FontDescriptor /FontName /STSong-Light {metrics} >>",
    ]
    for at, page in enumerate(pages):
        shown = "\n".join(
            f"BT /F1 8 Tf {20 + 180 * column} {800 - 18 * line} Td <{value.encode('utf-16-be').hex()}> Tj ET"
            for line, row in enumerate(page)
            for column, value in enumerate(row)
        )
        content = f"/Contents {7 + 2 * at} 0 R /Resources {resources}"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 842] {content} >>",
            f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        ]
    return _pdf_file(objects)


def _pdf_file(objects: Sequence[str]) -> bytes:
    whole, starts = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        starts.append(len(whole))
        whole += f"{number} 0 obj\n{content}\nendobj\n".encode("ascii")
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    size = len(objects) + 1
    trailer = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>"
    return whole + f"{trailer}\nstartxref\n{len(whole)}\n%%EOF\n".encode("ascii")


def sqlite_file(table: Table, name: str = "waybill") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.db")
        with closing(sqlite3.connect(path)) as connection, connection:
            columns = ", ".join(f'"{column}" TEXT' for column in table[0])
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join("?" * len(table[0]))
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', table[1:])
        return path.read_bytes()


def parquet_file(table: Table) -> bytes:
    raw = io.BytesIO()
    columns = {name: [row[at] for row in table[1:]] for at, name in enumerate(table[0])}
    parquet.write_table(pa.table(columns), raw)
    return raw.getvalue()


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return raw.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=mode) as archive:  # type: ignore[call-overload]  # the mode is one of its own
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return raw.getvalue()


def sevenzipped(members: dict[str, bytes], password: str | None = None) -> bytes:
    raw = io.BytesIO()
    with py7zr.SevenZipFile(raw, "w", password=password) as archive:
        for name, content in members.items():
            archive.writestr(content, name)
    return raw.getvalue()


FORMATS: dict[str, Callable[[Table], bytes]] = {
    "utf8.csv": separated,
    "bom.csv": lambda table: separated(table, encoding="utf-8-sig"),
    "utf16.txt": lambda table: separated(table, "\t", "utf-16"),
    "gbk.csv": lambda table: separated(table, encoding="gb18030"),
    "big5.csv": lambda table: separated(table, encoding="big5"),
    "dashes.txt": lambda table: separated(table, "----"),
    "tabs.xls": lambda table: separated(table, "\t", "gb18030"),
    "free.txt": lambda table: "\n".join(f"老板，发给{'，'.join(row)}，收到请回" for row in table[1:]).encode(),
    "lines.jsonl": json_lines,
    "escaped.jsonl": lambda table: json_lines(table, escaped=True),
    "document.json": json_document,
    "mysql.sql": mysqldump,
    "postgresql.sql": pg_dump,
    "page.html": html,
    "page.xls": lambda table: html(table, "gb18030"),
    "book.xlsx": xlsx,
    "book.ods": ods,
    "letter.docx": docx,
    "letter.odt": odt,
    "list.pdf": pdf,
    "data.db": sqlite_file,
    "data.parquet": parquet_file,
}
