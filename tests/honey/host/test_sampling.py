"""The statements are the same on every database, with every name quoted."""

import pytest
import sqlalchemy as sa

from honey.host import sampling
from honey.host.column import Column, ColumnType
from honey.host.reflection import AsStored, Shape
from honey.model.waybill import Role

ROLES = {Role.CREATED_AT: "order", Role.OUTLET: "网点"}


def dialect_of(driver: str) -> sa.Dialect:
    """The dialect an engine for this driver would use."""
    return sa.make_url(f"{driver}://").get_dialect()()


def shape(*, nullable: bool = False) -> Shape:
    """A table whose names are reserved words or Chinese."""
    columns = (
        Column("id", ColumnType.INTEGER, primary_key=True),
        Column("order", ColumnType.DATETIME, nullable=nullable),
        Column("网点"),
    )
    named = [sa.Column(sa.quoted_name(column.name, quote=True), AsStored()) for column in columns]
    return Shape(
        statement=sa.Table(sa.quoted_name("table", quote=True), sa.MetaData(), *named),
        columns=columns,
        primary_key=("id",),
        triggers=(),
        is_view=False,
        identity_always=frozenset(),
        inexact=frozenset(),
    )


@pytest.mark.parametrize(
    ("driver", "quote"),
    [
        pytest.param("sqlite", '"', id="SQLite"),
        pytest.param("postgresql+psycopg", '"', id="PostgreSQL"),
        pytest.param("mysql+pymysql", "`", id="MySQL"),
    ],
)
def test_statements_compile_for_every_database(driver: str, quote: str) -> None:
    dialect = dialect_of(driver)
    [newest] = sampling.newest(shape(), ROLES, 5)
    spread = sampling.spread(shape(), ROLES, 5, 100)
    for statement in (newest, spread):
        compiled = str(statement.compile(dialect=dialect))
        for name in ("table", "order", "网点"):
            assert f"{quote}{name}{quote}" in compiled
    assert f"ORDER BY {quote}table{quote}.{quote}order{quote} DESC" in str(newest.compile(dialect=dialect))


def test_rows_without_a_time_are_asked_for_separately() -> None:
    with_time, without = sampling.newest(shape(nullable=True), ROLES, 5)
    assert '"order" IS NOT NULL' in str(with_time)
    assert '"order" IS NULL' in str(without)


def test_a_value_is_compared_as_it_is() -> None:
    """PostgreSQL would not find a padded CHAR or a timestamp by a value cast to text."""
    target = shape().statement.c["网点"]
    statement = sa.select(target).where(target == "O01", target.in_(["a", "b"]))
    assert "::" not in str(statement.compile(dialect=dialect_of("postgresql+psycopg")))
