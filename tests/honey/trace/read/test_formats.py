"""Each format gives the same customers, with places that people recognise."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from tests.honey.trace.read import making
from tests.honey.trace.read.conftest import Read

TABLE = [
    ("收件人", "手機", "地址", "運單號"),
    ("王小明", "14012345678", "浙江省杭州市余杭西路969號3棟", "YT800000000001"),
    ("李文", "14012345679", "廣東省深圳市中山路8號", "YT800000000002"),
    ("張大成", "14012345680", "臺北市大同區民生路12號", "YT800000000003"),
]
NAMED = {"手機", "waybill.手機", "public.waybill.手機"}
PLACES = {
    "free.txt": "1",
    "letter.docx": "2",
    "letter.odt": "1",
    "list.pdf": "page 1 column 2",
}  # formats without headings


@pytest.mark.parametrize("name", making.FORMATS)
def test_every_format_gives_its_customers(name: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / name).write_bytes(making.FORMATS[name](TABLE))
    seen = read(tmp_path / name)
    assert not seen.unreadable
    (source,) = seen.rows
    rows = [" ".join(values) for values in seen.values(source)]
    for customer in TABLE[1:]:
        assert sum(all(value in row for value in customer) for row in rows) == 1


@pytest.mark.parametrize("name", sorted(set(making.FORMATS) - {"free.txt", "letter.odt"}))
def test_every_format_says_row_and_column(name: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / name).write_bytes(making.FORMATS[name](TABLE))
    seen = read(tmp_path / name)
    (source,) = seen.rows
    ((row, column),) = seen.places(source, "14012345679")
    assert column in NAMED or column == PLACES.get(name)
    if name.endswith((".csv", ".txt", ".xls", ".xlsx", ".ods", ".html", ".pdf")):
        assert row == 3  # the heading is row 1


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("utf8.csv", "utf-8"), ("bom.csv", "utf-8-sig"), ("utf16.txt", "utf-16"), ("gbk.csv", "gb18030"),
        ("big5.csv", "big5"), ("page.xls", "gb18030"), ("mysql.sql", "utf-8"), ("book.xlsx", "sheet"),
    ],
)  # fmt: skip
def test_the_encoding_is_said(name: str, encoding: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / name).write_bytes(making.FORMATS[name](TABLE))
    assert read(tmp_path / name).encodings == {name: {encoding}}


PACKS = ["gz", "bz2", "xz", "tar", "tar.gz", "7z", "zip in tar.xz"]


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        *((pack, name) for pack in ("zip", "-") for name in making.FORMATS),
        *((pack, name) for pack in PACKS for name in ("gbk.csv", "book.xlsx", "data.db")),
    ],
)
def test_every_format_is_read_from_archives_and_standard_input(
    name: str, pack: str, tmp_path: Path, read: Read
) -> None:
    content = making.FORMATS[name](TABLE)
    packed = {
        "gz": lambda: gzip.compress(content),
        "bz2": lambda: bz2.compress(content),
        "xz": lambda: lzma.compress(content),
        "zip": lambda: making.zipped({f"快递/{name}": content}),
        "tar": lambda: making.tarred({f"快递/{name}": content}, "w"),
        "tar.gz": lambda: making.tarred({f"快递/{name}": content}),
        "7z": lambda: making.sevenzipped({f"快递/{name}": content}),
        "zip in tar.xz": lambda: making.tarred({"快递.zip": making.zipped({f"快递/{name}": content})}, "w:xz"),
        "-": lambda: content,
    }[pack]()
    if pack == "-":
        seen, expected = read(stdin=packed), "-"
    else:
        (tmp_path / "a").write_bytes(packed)
        seen = read(tmp_path / "a")
        expected = {"gz": "a", "bz2": "a", "xz": "a", "zip in tar.xz": f"a!快递.zip!快递/{name}"}.get(
            pack, f"a!快递/{name}"
        )
    assert not seen.unreadable
    (source,) = seen.rows
    assert source == expected + ("#waybill" if name == "data.db" else "")
    assert sum("14012345679" in " ".join(values) for values in seen.values(source)) == 1
