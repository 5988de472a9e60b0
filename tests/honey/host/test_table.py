"""The host table on real SQLite files: read, plant all or nothing, find, remove."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from honey.errors import HostError
from honey.host.column import ColumnType
from honey.host.table import HostRowError, HostTable
from honey.model.waybill import Role

MakeHost = Callable[[str], str]

ROLES = {
    Role.WAYBILL_NUMBER: "waybill_no",
    Role.ACCOUNT: "courier_account",
    Role.OUTLET: "outlet_code",
    Role.RECIPIENT_PHONE: "receiver_phone",
    Role.CREATED_AT: "create_time",
}


def dump(url: str) -> list[str]:
    """The host as SQL: what `sqlite3 host.db .dump` prints."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return list(connection.iterdump())


def decoy_row(number: str, **changes: object) -> dict[str, object]:
    """A complete row for the table `waybill`."""
    row: dict[str, object] = {
        "waybill_no": number,
        "courier_account": "HB-0003",
        "outlet_code": "O03",
        "receiver_name": "李娜",
        "receiver_phone": "14000009999",
        "weight": 1.5,
        "create_time": "2026-11-22 09:00:00",
    }
    return row | changes


def test_columns_carry_the_constraints_of_the_host(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        columns = {column.name: column for column in table.columns}
        assert table.primary_key == ("id",)
        assert columns["id"].autoincrement
        assert columns["id"].type is ColumnType.INTEGER
        assert columns["waybill_no"].unique
        assert not columns["waybill_no"].nullable
        assert columns["waybill_no"].max_length == 20
        assert columns["create_time"].type is ColumnType.DATETIME
        assert columns["weight"].sql_type == "DECIMAL(8, 2)"
        assert table.column(Role.OUTLET) == columns["outlet_code"]
        assert table.column(Role.NOTE) is None


@pytest.mark.parametrize(
    ("table", "roles", "said"),
    [
        pytest.param("waybil", {}, "nearest: waybill", id="a misspelt table names the nearest"),
        pytest.param("waybill", {Role.NOTE: "recever_name"}, "receiver_name", id="a misspelt column names the nearest"),
    ],
)
def test_opening_names_what_is_missing(waybills: str, table: str, roles: dict[Role, str], said: str) -> None:
    with pytest.raises(HostError, match=said):
        HostTable.open(waybills, table, roles)


def test_sample_is_half_newest_and_reaches_every_outlet(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        sample = table.sample(10)
        assert len(sample) == 10
        assert [row["id"] for row in sample[:5]] == [200, 199, 198, 197, 196]
        assert {row["outlet_code"] for row in table.sample(8)} == {"O00", "O01", "O02", "O03"}


def test_sample_without_outlets_is_spread_over_time(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", {Role.CREATED_AT: "create_time"}) as table:
        spread = [row["id"] for row in table.sample(4, newest=False)]
        assert spread == [200, 150, 100, 50]


def test_sample_larger_than_the_table_is_the_whole_table(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        assert len(table.sample(1000)) == table.count() == 200


def test_donors_come_from_the_account_then_the_outlet_then_anywhere(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        of_account = table.donors(account="HB-0003", outlet="O00", limit=2)
        assert [row["courier_account"] for row in of_account] == ["HB-0003", "HB-0003"]
        assert [row["id"] for row in of_account] == [196, 184]
        of_outlet = table.donors(account="HB-9999", outlet="O01", limit=2)
        assert [row["outlet_code"] for row in of_outlet] == ["O01", "O01"]
        anywhere = table.donors(account=None, outlet="nowhere", limit=2)
        assert [row["id"] for row in anywhere] == [200, 199]


def test_rows_without_a_creation_time_come_after_the_newest(make_host: MakeHost) -> None:
    url = make_host(
        "CREATE TABLE w (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO w VALUES (1, '2026-01-01'), (2, NULL);"
    )
    with HostTable.open(url, "w", {Role.CREATED_AT: "t"}) as table:
        assert [row["id"] for row in table.donors(account=None, outlet=None, limit=5)] == [1, 2]


def test_an_integer_account_column_is_searched_by_its_text(northwind: str) -> None:
    roles = {Role.ACCOUNT: "employee_id", Role.CREATED_AT: "order_date", Role.ORDER_NUMBER: "order_id"}
    with HostTable.open(northwind, "orders", roles) as table:
        assert {row["employee_id"] for row in table.donors(account="5", outlet=None, limit=9)} == {5}
        values = ["10248", "99999", "not a number", "9" * 30]
        assert table.existing(Role.ORDER_NUMBER, values) == {"10248"}


def test_existing_reports_only_values_that_occur(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        asked = [f"YT8000000{n:06d}" for n in range(190, 1500)]
        assert table.existing(Role.WAYBILL_NUMBER, asked) == set(asked[:10])
        assert table.existing(Role.NOTE, asked) == set()


def test_gap_after_gives_the_free_numbers_before_the_next(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE w (n INTEGER, t TEXT); INSERT INTO w (n) VALUES (1), (2), (10);")
    with HostTable.open(url, "w", {}) as table:
        assert table.gap_after("n", 1) is None
        assert table.gap_after("n", 2) == (3, 9)
        assert table.gap_after("n", 10) is None
        with pytest.raises(ValueError, match="holds no integers"):
            table.gap_after("t", 1)


def test_inserted_rows_are_found_by_their_keys_and_leave_no_trace_when_deleted(waybills: str) -> None:
    before = dump(waybills)
    with HostTable.open(waybills, "waybill", ROLES) as table:
        counted = table.counter()
        keys = table.insert([decoy_row("YT1"), decoy_row("YT2", id=None)])
        grown = table.counter()
        assert keys == [(("id", 201),), (("id", 202),)]
        [found] = table.find(dict(keys[0]))
        assert found.items() >= decoy_row("YT1").items()
        assert len(table.find_many("waybill_no", ["YT1", "YT2", "YT3"])) == 2
        assert table.delete([dict(key) for key in keys]) == 2
        table.restore_counter(counted, grown)
    assert dump(waybills) == before


def test_restore_counter_leaves_a_count_the_host_has_moved_on(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        before = table.counter()
        table.insert([decoy_row("YT1")])
        after = table.counter()
        table.insert([decoy_row("YT2")])
        table.restore_counter(before, after)
        assert table.counter() == 202


def test_restore_counter_forgets_a_count_that_did_not_exist(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE w (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);")
    before = dump(url)
    with HostTable.open(url, "w", {}) as table:
        assert table.counter() is None
        keys = table.insert([{"v": "x"}])
        assert table.counter() == 1
        table.delete([dict(keys[0])])
        table.restore_counter(None, 1)
    assert dump(url) == before


def test_a_table_without_autoincrement_has_no_counter(northwind: str) -> None:
    with HostTable.open(northwind, "orders", {}) as table:
        assert table.counter() is None


@pytest.mark.parametrize(
    ("bad", "said", "duplicate"),
    [
        pytest.param(decoy_row("YT8000000000007"), "UNIQUE.*waybill_no", True, id="a number already taken"),
        pytest.param(decoy_row("YT9", receiver_name=None), "NOT NULL.*receiver_name", False, id="a missing name"),
        pytest.param(decoy_row("YT9", weight=10**30), "too large", False, id="an integer beyond 64 bits"),
        pytest.param(decoy_row("YT\ud800"), "surrogates", False, id="text that is not Unicode"),
        pytest.param(decoy_row("YT9", receiver_name=["x"]), "type 'list'|not supported", False, id="a list"),
    ],
)
def test_one_bad_row_is_named_and_nothing_is_written(
    waybills: str, bad: dict[str, object], said: str, duplicate: bool
) -> None:
    before = dump(waybills)
    with HostTable.open(waybills, "waybill", ROLES) as table:
        for attempt in (table.insert, table.try_insert):
            with pytest.raises(HostRowError, match=said) as raised:
                attempt([decoy_row("YT1"), bad, decoy_row("YT2")])
            assert raised.value.index == 1
            assert raised.value.duplicate is duplicate
            assert "\n" not in str(raised.value)
    assert dump(waybills) == before


def test_an_unknown_column_in_a_row_is_named(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table, pytest.raises(HostError, match="'recever_name'"):
        table.insert([{"recever_name": "x"}])


def test_try_insert_leaves_nothing_behind(waybills: str) -> None:
    before = dump(waybills)
    with HostTable.open(waybills, "waybill", ROLES) as table:
        table.try_insert([decoy_row("YT1"), decoy_row("YT2")])
    assert dump(waybills) == before


def test_try_insert_notices_that_rows_could_not_be_removed_again(make_host: MakeHost) -> None:
    url = make_host(
        "CREATE TABLE w (a TEXT);CREATE TRIGGER keep BEFORE DELETE ON w BEGIN SELECT RAISE(ABORT, 'kept 3 years'); END;"
    )
    with HostTable.open(url, "w", {}) as table:
        with pytest.raises(HostError, match="kept 3 years"):
            table.try_insert([{"a": "x"}])
        assert table.count() == 0


def test_a_table_without_a_key_is_planted_and_restored_by_whole_rows(northwind: str) -> None:
    before = dump(northwind)
    with HostTable.open(northwind, "orders", {Role.CREATED_AT: "order_date"}) as table:
        donor = dict(table.donors(account=None, outlet=None, limit=1)[0])
        row = donor | {"order_id": 20000, "ship_name": "Old Mill Foods", "ship_region": None, "freight": 0.560000002}
        [key] = table.insert([row])
        assert dict(key) == row
        assert table.find(dict(key)) == [row]
        assert table.delete([dict(key)]) == 1
    assert dump(northwind) == before


def test_a_row_equal_to_a_real_one_is_refused_where_no_key_tells_them_apart(northwind: str) -> None:
    before = dump(northwind)
    with HostTable.open(northwind, "orders", {}) as table:
        twin = table.sample(1)[0]
        with pytest.raises(HostRowError, match="no key to tell them apart"):
            table.insert([twin])
    assert dump(northwind) == before


def test_delete_stops_when_more_rows_than_identities_would_go(northwind: str) -> None:
    before = dump(northwind)
    with HostTable.open(northwind, "orders", {}) as table:
        with pytest.raises(HostError, match="Nothing was deleted"):
            table.delete([{"ship_country": "Norway"}])
        with pytest.raises(ValueError, match="at least one column"):
            table.delete([{}])
        assert table.delete([{"order_id": 77}]) == 0
    assert dump(northwind) == before


def test_a_copied_row_of_the_shop_reads_back_as_it_was(mall: str) -> None:
    """Dates stay the text they are and prices keep their value."""
    before = dump(mall)
    with HostTable.open(mall, "oms_order", {Role.CREATED_AT: "create_time"}) as table:
        donor = dict(table.donors(account=None, outlet=None, limit=1)[0])
        [key] = table.insert([donor | {"id": None}])
        [copy] = table.find(dict(key))
        assert copy == donor | {"id": copy["id"]}
        assert copy["create_time"] == "2023-05-11 15:37:16"
        table.delete([dict(key)])
    assert dump(mall) == before


HARD_TABLES = {
    "a reserved and a Chinese name": (
        'CREATE TABLE "运单 %s" ("order" TEXT PRIMARY KEY, "收件人:姓名" TEXT, "50% (x)" TEXT, "a""b" TEXT)',
        "运单 %s",
        {"order": "1", "收件人:姓名": "王芳", "50% (x)": "x", 'a"b': "y"},
    ),
    "a table without rowid": ("CREATE TABLE w (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID", "w", {"k": "a", "v": "b"}),
    "a key of two columns": (
        "CREATE TABLE w (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b))",
        "w",
        {"a": "x", "b": 1, "v": "y"},
    ),
    "a key that is no rowid": ("CREATE TABLE w (k INT PRIMARY KEY, v TEXT)", "w", {"k": 7, "v": "b"}),
    "columns without types": ("CREATE TABLE w (a, b)", "w", {"a": "x", "b": 1.5}),
    "a date column with odd text": ("CREATE TABLE w (a DATETIME, b DATE)", "w", {"a": "昨天", "b": "11/22/2026"}),
    "a default": ("CREATE TABLE w (a TEXT, b TEXT NOT NULL DEFAULT 'x')", "w", {"a": "y"}),
    "a blob": ("CREATE TABLE w (a TEXT, b BLOB)", "w", {"a": "y", "b": b"\x00\xff"}),
}


@pytest.mark.parametrize(("script", "name", "row"), HARD_TABLES.values(), ids=HARD_TABLES)
def test_awkward_tables_are_planted_and_restored(
    make_host: MakeHost, script: str, name: str, row: dict[str, object]
) -> None:
    url = make_host(script)
    before = dump(url)
    with HostTable.open(url, name, {}) as table:
        [key] = table.insert([row])
        [found] = table.find(dict(key))
        assert found.items() >= row.items()
        assert table.sample(5) == [found]
        assert table.delete([dict(key)]) == 1
    assert dump(url) == before


def test_generated_columns_of_a_donor_are_left_to_the_host(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE w (id INTEGER PRIMARY KEY, a INT, b INT AS (a + 1) STORED, c INT AS (a + 2));")
    with HostTable.open(url, "w", {}) as table:
        assert [column.name for column in table.columns if column.computed] == ["b", "c"]
        [key] = table.insert([{"a": 1, "b": 99, "c": 99}])
        assert table.find(dict(key)) == [{"id": 1, "a": 1, "b": 2, "c": 3}]


def test_a_trigger_that_rewrites_a_row_without_key_is_noticed(make_host: MakeHost) -> None:
    url = make_host(
        "CREATE TABLE w (a TEXT); CREATE TRIGGER up AFTER INSERT ON w BEGIN UPDATE w SET a = upper(a); END;"
    )
    with HostTable.open(url, "w", {}) as table:
        assert table.triggers == ("up",)
        with pytest.raises(HostRowError, match="changed its values"):
            table.insert([{"a": "x"}])
        assert table.count() == 0


def test_a_trigger_that_refuses_a_row_is_quoted(make_host: MakeHost) -> None:
    url = make_host(
        "CREATE TABLE w (a TEXT); CREATE TRIGGER no BEFORE INSERT ON w BEGIN SELECT RAISE(ABORT, 'outlet closed'); END;"
    )
    with HostTable.open(url, "w", {}) as table, pytest.raises(HostRowError, match="outlet closed"):
        table.insert([{"a": "x"}])


def test_a_view_that_takes_no_rows_is_explained(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE w (a TEXT); CREATE VIEW v AS SELECT a FROM w;")
    with HostTable.open(url, "v", {}) as table:
        assert table.is_view
        with pytest.raises(HostError, match="name the table behind it"):
            table.insert([{"a": "x"}])


def test_a_dangling_reference_is_refused(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE o (id INTEGER PRIMARY KEY); CREATE TABLE w (a TEXT, o INT REFERENCES o (id));")
    with HostTable.open(url, "w", {}) as table:
        assert {column.name: column.foreign_key for column in table.columns} == {"a": "", "o": "o.id"}
        with pytest.raises(HostRowError, match="FOREIGN KEY"):
            table.insert([{"a": "x", "o": 9}])


def test_another_program_writing_between_two_reads_does_no_harm(waybills: str) -> None:
    with HostTable.open(waybills, "waybill", ROLES) as table:
        table.count()
        with closing(sqlite3.connect(waybills.removeprefix("sqlite:///"))) as other:
            other.execute("DELETE FROM waybill WHERE id = 200")
            other.commit()
        table.insert([decoy_row("YT1")])
        assert table.count() == 200


def test_text_that_is_not_utf8_does_not_stop_a_sample(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE w (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO w VALUES (1, CAST(x'cdf5' AS TEXT));")
    with HostTable.open(url, "w", {}) as table:
        assert table.sample(5) == [{"id": 1, "v": "\ufffd\ufffd"}]


def test_paths_with_odd_characters_open(tmp_path: Path) -> None:
    path = tmp_path / "运 单#50%.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE w (a TEXT)")
        connection.commit()
    with HostTable.open(f"sqlite:///{path}", "w", {}) as table:
        assert table.insert([{"a": "x"}]) == [(("a", "x"),)]
