"""Values on their way into the host, and keys on their way through a journal."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.host.column import Column, ColumnType
from honey.host.values import Key, chunks, fits, key_from_json, key_to_json, to_driver

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
)


@given(st.lists(st.tuples(st.text(), VALUES), max_size=5))
def test_a_key_survives_a_journal(pairs: list[tuple[str, object]]) -> None:
    key: Key = tuple(pairs)
    again = key_from_json(json.loads(json.dumps(key_to_json(key))))
    assert again == key
    assert [type(value) for _, value in again] == [type(value) for _, value in key]


def test_a_key_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold a list"):
        key_to_json((("a", []),))
    with pytest.raises(ValueError, match="holds no list"):
        key_from_json([["a", "list", "[]"]])


@pytest.mark.parametrize(
    ("kind", "value", "sqlite", "expected"),
    [
        pytest.param(ColumnType.INTEGER, "0012", True, 12, id="digits for an integer column are a number"),
        pytest.param(ColumnType.INTEGER, "１２", True, "１２", id="full-width digits stay text"),
        pytest.param(ColumnType.TEXT, 12, False, "12", id="a number for a server's text column is text"),
        pytest.param(ColumnType.TEXT, 12, True, 12, id="SQLite converts it itself"),
        pytest.param(ColumnType.DATETIME, datetime(2026, 11, 22, 9, 0), True, "2026-11-22 09:00:00", id="a moment"),  # noqa: DTZ001 - hosts keep local time without a zone
        pytest.param(ColumnType.DATE, date(2026, 11, 22), True, "2026-11-22", id="a day"),
        pytest.param(ColumnType.DATE, date(2026, 11, 22), False, date(2026, 11, 22), id="a day on a server"),
        pytest.param(ColumnType.NUMBER, Decimal("3.10"), True, "3.10", id="an exact number"),
        pytest.param(ColumnType.OTHER, UUID(int=1), True, str(UUID(int=1)), id="a UUID"),
    ],
)
def test_values_are_changed_only_where_the_driver_would_refuse_them(
    kind: ColumnType, value: object, sqlite: bool, expected: object
) -> None:
    assert to_driver(Column("c", kind), value, sqlite=sqlite) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12", True), ("-1", True), ("12a", False), ("", False), ("9" * 19, False), ("9" * 20, False), (2**63, False)],
)
def test_an_integer_column_cannot_hold_everything(value: object, expected: bool) -> None:
    assert fits(Column("c", ColumnType.INTEGER), value) is expected


def test_chunks_keep_every_value_in_order() -> None:
    assert [len(part) for part in chunks(range(1100))] == [500, 500, 100]
    assert [value for part in chunks(range(1100)) for value in part] == list(range(1100))
    assert list(chunks([])) == []
