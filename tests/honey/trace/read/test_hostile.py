"""Files that were made to harm their reader: nothing in them is executed, followed or believed."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honey.trace.read.apart import frames, worker
from honey.trace.read.apart.process import Apart
from honey.trace.read.source import MAX_RECORD_CHARS, UnreadableError
from tests.honey.trace.read import making
from tests.honey.trace.read.conftest import Read

TABLE = [("name", "phone"), *((f"王{at}", f"140123456{at:02d}") for at in range(20))]


def database(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def test_every_table_of_a_database_is_read_under_its_name(tmp_path: Path, read: Read) -> None:
    database(
        tmp_path / "a.db",
        "CREATE TABLE one (phone REAL, note BLOB); INSERT INTO one VALUES (14012345678, x'E78E8B'), (NULL, x'00FF');"
        'CREATE TABLE "it""s; DROP TABLE one" (a); INSERT INTO "it""s; DROP TABLE one" VALUES (1.4012345679e10);',
    )
    seen = read(tmp_path / "a.db")
    assert seen.values("a.db#one") == [("14012345678", "王"), ("", "")]
    assert seen.places("a.db#one", "14012345678") == [(1, "phone")]
    assert seen.values('a.db#it"s; DROP TABLE one') == [("14012345679",)]
    assert seen.kinds["a.db#one"] == "sqlite"


def test_nothing_in_a_database_is_executed_and_nothing_is_written(tmp_path: Path, read: Read) -> None:
    database(
        tmp_path / "a.db",
        "CREATE TABLE t (a, b AS (hex(zeroblob(1000))) VIRTUAL, c AS (a || '!') STORED);"
        "INSERT INTO t (a) VALUES (1); CREATE VIEW v AS SELECT load_extension('evil'), writefile('x', a) FROM t;"
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT load_extension('evil'); END;"
        "CREATE VIRTUAL TABLE f USING fts5(words); INSERT INTO f VALUES ('王 14012345678');",
    )
    before = (tmp_path / "a.db").read_bytes()
    seen = read(tmp_path / "a.db")
    assert seen.values("a.db#t") == [("1", "1!")]
    assert not {"a.db#v", "a.db#f"} & set(seen.rows)
    assert any("14012345678" in " ".join(values) for values in seen.values("a.db#f_content"))
    assert (tmp_path / "a.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_document_reads_no_other_file_and_expands_no_entity(tmp_path: Path, read: Read) -> None:
    (tmp_path / "secret").write_text("SECRET")
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 12))
    doctype = f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "{tmp_path}/secret"><!ENTITY l0 "ha">{laughs}]>'
    (tmp_path / "a.docx").write_bytes(making.docx(TABLE, doctype))
    hostile = making.zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": f'<?xml version="1.0"?>{doctype}<d><p><t>14012345678 &x; &l11;</t></p></d>'.encode(),
        }
    )
    (tmp_path / "b.docx").write_bytes(hostile)
    assert len(read(tmp_path / "a.docx").rows["a.docx"]) == len(TABLE) + 1
    assert "SECRET" not in repr(read(tmp_path / "b.docx"))


def test_text_that_a_page_hides_is_left_and_what_follows_is_read(tmp_path: Path, read: Read) -> None:
    page = "<table><script>var a = '<tr>';</script><tr><td>a<td>b<tr><td>1&#49;<td>2<br>3</table><p>last"
    (tmp_path / "a.html").write_text(page, "utf-8")
    assert read(tmp_path / "a.html").values("a.html") == [("a", "b"), ("11", "2 3"), ("last",)]


def test_excel_xml_and_mysqldump_xml_are_tables(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.xls").write_text(
        '<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'
        '<Row><Cell><Data ss:Type="String">王</Data></Cell><Cell><Data ss:Type="Number">14012345678</Data></Cell></Row>'
        "</Table></Worksheet></Workbook>",
        "utf-8",
    )
    assert read(tmp_path / "a.xls").values("a.xls") == [("王", "14012345678")]


def test_a_page_of_pictures_is_said(tmp_path: Path, read: Read) -> None:
    content = making.pdf([*TABLE, ("", ""), ("", "")], rows_a_page=len(TABLE))
    (tmp_path / "a.pdf").write_bytes(content)
    seen = read(tmp_path / "a.pdf")
    assert len(seen.rows["a.pdf"]) == len(TABLE)
    assert seen.unreadable["a.pdf"].startswith("page 2: no text on it")


def test_an_encrypted_pdf_is_said(tmp_path: Path, read: Read) -> None:
    locked = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'01' * 32}> /U <{'02' * 32}> /P -4 >> /ID [<00> <00>]"
    (tmp_path / "a.pdf").write_bytes(making.pdf(TABLE).replace(b"/Root 1 0 R", f"/Root 1 0 R {locked}".encode()))
    seen = read(tmp_path / "a.pdf")
    assert "encrypted" in seen.unreadable["a.pdf"]
    assert not seen.rows["a.pdf"]


def test_a_workbook_says_which_digits_were_lost(read: Read) -> None:
    path = Path(__file__).parents[3] / "vectors" / "dumps" / "two-sheets.xls"
    seen = read(path)
    assert seen.places(path.name, "14012345678") == [(2, "手机")]
    assert seen.places(path.name, "14012345679") == [(3, "手机")]
    assert seen.places(path.name, "620000000001") == [(2, "运单号")]
    assert seen.places(f"{path.name}#二月", "14012345681") == [(3, "2")]
    assert len(seen.notes[path.name]) == 2
    assert "keeps 15" in seen.notes[path.name][0]


LONG = "x" * (MAX_RECORD_CHARS * 300) + "14012345678"


# A cell of a workbook holds 32,767 characters, and no page is as wide.
@pytest.mark.parametrize("name", sorted(set(making.FORMATS) - {"book.xlsx", "book.ods", "list.pdf"}))
def test_a_cell_of_a_mebibyte_comes_in_bounded_parts(name: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / name).write_bytes(making.FORMATS[name]([("a", "b"), ("1", LONG)]))
    seen = read(tmp_path / name)
    (source,) = seen.rows
    assert max(len("".join(values)) for values in seen.values(source)) <= MAX_RECORD_CHARS + 100
    assert any("14012345678" in "".join(values) for values in seen.values(source))


APART = (".html", "page.xls", ".odt", ".xlsx", ".ods", ".docx", ".pdf", ".db", ".parquet")
Change = tuple[int, bytes]


@pytest.mark.parametrize("name", sorted(making.FORMATS))
def test_a_damaged_file_of_any_format_is_read_or_listed(name: str, tmp_path: Path, read: Read) -> None:
    whole = making.FORMATS[name](TABLE)

    @given(
        changes=st.lists(st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=4)), max_size=6),
        cut=st.one_of(st.just(0), st.integers(0, len(whole) - 1)),
    )
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        deadline=None,
        derandomize=True,
        max_examples=8 if name.endswith(APART) else 60,
    )
    def check(changes: list[Change], cut: int) -> None:
        content = bytearray(whole)
        for at, value in changes:
            content[at : at + len(value)] = value
        (tmp_path / name).write_bytes(content[: len(content) - cut])
        seen = read(tmp_path / name)
        assert seen.rows or seen.unreadable

    check()


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGPROF, "took too long"), (signal.SIGKILL, "needed more memory"), (signal.SIGSEGV, "did not survive")],
)
def test_a_reader_that_dies_is_one_reason(number: int, reason: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    with Apart("unpack", tmp_path / "a") as child:  # it waits for the pipe
        os.kill(child.process_id, number)
        with pytest.raises(UnreadableError, match=reason):
            child.take()


LIMITS = {
    "memory": ("bytearray(5 << 30)", "MemoryError"),
    "files": ("open('written', 'wb', buffering=0).write(b'x')", "File too large"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_reader_takes_no_more_than_its_share(limit: str, tmp_path: Path) -> None:
    code, error = LIMITS[limit]
    script = (
        "import signal; from honey.trace.read.apart import worker; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"worker.limit(); {code}"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert error in done.stderr


@pytest.mark.parametrize(("job", "library"), [("sevenzip", "py7zr"), ("parquet", "pyarrow")])
def test_a_missing_extra_is_named(job: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"honey.trace.read.apart.{job}_job", raising=False)
    (lost,) = worker.frames_of(job, tmp_path / "a")
    assert isinstance(lost, frames.Lost)
    assert f"install waybill-honeytokens[{job}]" in lost.reason


def some_frames() -> Iterator[frames.Frame]:
    yield frames.Table("表", "sqlite", ("a", "b"))
    yield frames.Rows(7, ("a\tb", "", "王"), part=True)
    yield frames.Member("快递.csv")
    yield frames.Piece(b"\0\n\xff")
    yield frames.Lost("", "why")
    yield frames.Note("note")
    yield frames.Encoded("big5")


@pytest.mark.parametrize("frame", list(some_frames()), ids=lambda frame: type(frame).__name__)
def test_frames_come_back_as_they_went(frame: frames.Frame) -> None:
    encoded = frames.encode(frame)
    tag, length = frames.HEAD.unpack(encoded[: frames.HEAD.size])
    assert length == len(encoded) - frames.HEAD.size
    assert frames.decode(tag, encoded[frames.HEAD.size :]) == frame
