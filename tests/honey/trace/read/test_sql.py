"""Rows of SQL dumps are told apart with their table and columns; nothing between them is lost."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.trace.read.source import MAX_LINE_BYTES, MAX_RECORD_CHARS
from honey.trace.read.sql import is_sql, sql_source
from tests.honey.trace.read import making

HOSTS = Path(__file__).parents[3] / "vectors" / "hosts"


def rows(text: str) -> list[tuple[int, tuple[str, ...], tuple[str, ...]]]:
    source = sql_source("x", io.BytesIO(text.encode("utf-8", "surrogatepass")), "utf-8", text[:65536])
    return [
        (batch.row(at), (cells := source.split(one)).values, cells.columns)
        for batch in source.batches()
        for at, one in enumerate(batch.texts)
    ]


LITERALS = [
    ("INSERT INTO t VALUES ('it''s');", "it's", "a doubled quote"),
    (r"INSERT INTO `t` VALUES ('it\'s');", "it's", "MySQL's escaped quote"),
    (r"INSERT INTO `t` VALUES ('a\\');", "a\\", "MySQL's backslash at the end"),
    (r"INSERT INTO t VALUES (N'C:\');", "C:\\", "a standard backslash at the end"),
    ("INSERT INTO t VALUES ('a),(b;');", "a),(b;", "signs of SQL in a string"),
    ("INSERT INTO t VALUES (N'王');", "王", "SQL Server's national string"),
    (r"INSERT INTO t VALUES (E'a\tb', N'x');", "a b", "PostgreSQL's escape string"),
    ("INSERT INTO t VALUES (_binary '王');", "王", "MySQL's introducer"),
    ("INSERT INTO t VALUES (0xE78E8B);", "王", "bytes in hexadecimal that are text"),
    ("INSERT INTO t VALUES (X'31');", "1", "a hexadecimal literal"),
    ("INSERT INTO t VALUES (NULL);", "", "NULL"),
    ("INSERT INTO t VALUES (14012345678);", "14012345678", "a number"),
    ('INSERT INTO `t` VALUES ("王");', "王", "double quotes"),
    ("INSERT INTO t VALUES ('王'::text);", "王", "a cast"),
    ("REPLACE INTO t VALUES ('王');", "王", "REPLACE"),
    ("insert ignore into t values ('王');", "王", "small letters"),
    ("INSERT [dbo].[t] ([a]) VALUES (N'王')", "王", "SQL Server without INTO"),
]


@pytest.mark.parametrize(("statement", "value", "_"), LITERALS, ids=[case[2] for case in LITERALS])
def test_literals_mean_their_value(statement: str, value: str, _: str) -> None:
    assert is_sql(statement)
    assert rows(statement)[0][1][0] == value


def test_rows_say_table_and_columns_from_the_statement_or_the_definition() -> None:
    table = [("id", "name"), ("1", "王"), ("2", "it's (a) 'trap', ok")]
    found = [row for row in rows(making.mysqldump(table).decode()) if "." in "".join(row[2])]
    assert [values for _, values, _ in found] == table[1:]
    assert {columns for _, _, columns in found} == {("waybill.id", "waybill.name")}
    assert len({line for line, _, _ in found}) == 1
    other = rows('INSERT INTO a.b (`x`, "y", [z]) VALUES (1, 2, 3),\n(4, 5, 6);')
    assert other == [
        (1, ("1", "2", "3"), ("a.b.x", "a.b.y", "a.b.z")),
        (2, ("4", "5", "6"), ("a.b.x", "a.b.y", "a.b.z")),
    ]
    assert rows("INSERT INTO t VALUES (1, 2);")[0][2] == ("t column 1", "t column 2")


def test_copy_blocks_are_rows_with_their_line_numbers() -> None:
    found = rows(making.pg_dump([("a", "b"), ("x\ty", "1"), ("\\N", "2")]).decode())
    assert ("x y", "1") in [values for _, values, _ in found]
    assert (9, ("\\N", "2"), ("public.waybill.a", "public.waybill.b")) in found


def test_what_is_no_row_is_searched_as_text() -> None:
    text = (
        "-- called 14012345678\nINSERT INTO t VALUES (1), (2) ON DUPLICATE KEY UPDATE a = '14012345679';\nSET x = 1;\n"
    )
    found = rows(text)
    assert [line for line, _, _ in found] == [1, 2, 2, 2, 3]
    assert "14012345678" in found[0][1][0]
    assert "14012345679" in found[3][1][0]


def test_a_broken_row_costs_no_other() -> None:
    found = rows("INSERT INTO t VALUES (1,'open);\nINSERT INTO t VALUES (2,'王');\n" + "-- x\n" * 5)
    assert any("open" in " ".join(values) for _, values, _ in found)
    assert any("王" in " ".join(values) for _, values, _ in found)


@pytest.mark.parametrize("name", ["mall.sql", "northwind.sql"])
def test_real_dumps_are_read_whole(name: str) -> None:
    text = (HOSTS / name).read_text("utf-8")
    found = rows(text)
    statements = text.count("\nINSERT INTO")
    assert len([columns for _, _, columns in found if columns]) >= statements > 50
    joined = "\n".join(" ".join(values) for _, values, _ in found)
    assert sum(joined.count(sign) for sign in "0123456789") >= sum(text.count(sign) for sign in "0123456789") * 0.99


def test_a_statement_longer_than_any_buffer_is_read_row_by_row() -> None:
    count = 3 * MAX_LINE_BYTES // 20
    found = rows("INSERT INTO t VALUES " + ",".join(f"({at},'王小红号')" for at in range(count)) + ";\n-- end")
    assert [values[0] for _, values, _ in found[:-1]] == [str(at) for at in range(count)]
    assert found[-1][0] == 2


def test_a_value_longer_than_any_buffer_is_bounded() -> None:
    found = rows(
        "INSERT INTO t VALUES (1,'" + "x" * (4 * MAX_LINE_BYTES) + "');\nINSERT INTO t VALUES ('14012345678');\n"
    )
    assert max(len(value) for _, values, _ in found for value in values) <= MAX_RECORD_CHARS
    assert found[-1][1] == ("14012345678",)


@given(
    st.text(alphabet="INSERTO VALUESCPYFMstdin (),;'\"`\\\n\t.1王", max_size=300),
    st.sampled_from(["INSERT INTO t VALUES (", "COPY t FROM stdin;\n", "CREATE TABLE t (", ""]),
)
@settings(derandomize=True)
def test_any_statement_is_read_and_keeps_its_digits(text: str, start: str) -> None:
    found = rows(start + text)
    assert sum("".join(values).count("1") for _, values, _ in found) == text.count("1")
    assert [line for line, _, _ in found] == sorted(line for line, _, _ in found)


@pytest.mark.parametrize("text", ["select the best", "insert coin", "你好", "copy that", "-- just a dash"])
def test_other_text_is_no_sql(text: str) -> None:
    assert not is_sql(text)
