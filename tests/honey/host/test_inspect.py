"""`honey host inspect` on hosts nobody here made, and on the shapes real hosts take."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from honey.errors import HostError
from honey.host.inspect import inspect
from honey.model.waybill import Role

MakeHost = Callable[[str], str]


def test_the_shop_is_read_without_hints(mall: str) -> None:
    inspection = inspect(mall)
    assert inspection.proposed_table == "oms_order"
    assert inspection.proposed_columns == {
        Role.WAYBILL_NUMBER: "delivery_sn",
        Role.ORDER_NUMBER: "order_sn",
        Role.CREATED_AT: "create_time",
        Role.NOTE: "note",
        Role.RECIPIENT_NAME: "receiver_name",
        Role.RECIPIENT_PHONE: "receiver_phone",
        Role.RECIPIENT_PROVINCE: "receiver_province",
        Role.RECIPIENT_CITY: "receiver_city",
        Role.RECIPIENT_DISTRICT: "receiver_region",
        Role.RECIPIENT_ADDRESS: "receiver_detail_address",
        Role.RECIPIENT_POSTCODE: "receiver_post_code",
    }


def test_the_trader_is_read_without_hints(northwind: str) -> None:
    inspection = inspect(northwind)
    assert inspection.proposed_table == "orders"
    assert inspection.proposed_columns == {
        Role.ORDER_NUMBER: "order_id",
        Role.ACCOUNT: "employee_id",
        Role.CREATED_AT: "order_date",
        Role.RECIPIENT_NAME: "ship_name",
        Role.RECIPIENT_PROVINCE: "ship_region",
        Role.RECIPIENT_CITY: "ship_city",
        Role.RECIPIENT_ADDRESS: "ship_address",
        Role.RECIPIENT_POSTCODE: "ship_postal_code",
        Role.RECIPIENT_COUNTRY: "ship_country",
    }


def test_the_example_of_the_configuration_is_proposed(waybills: str) -> None:
    inspection = inspect(waybills)
    assert inspection.proposed_table == "waybill"
    assert {role.value: column for role, column in inspection.proposed_columns.items()} == {
        "waybill_number": "waybill_no",
        "account": "courier_account",
        "outlet": "outlet_code",
        "created_at": "create_time",
        "recipient_name": "receiver_name",
        "recipient_phone": "receiver_phone",
        "recipient_province": "receiver_province",
        "recipient_city": "receiver_city",
        "recipient_district": "receiver_region",
        "recipient_address": "receiver_detail_address",
    }


OTHER_HOSTS = {
    "consignee columns": (
        (
            "CREATE TABLE tms_waybill (waybill_code TEXT, consignee_name TEXT, consignee_phone TEXT, "
            "consignee_address TEXT, gmt_create TEXT); INSERT INTO tms_waybill VALUES "
            "('YT8000000000001', '王芳', '14000000001', '浙江省杭州市余杭区文一西路1号', '2026-11-01 10:00:00');"
        ),
        "tms_waybill",
        {
            "waybill_number": "waybill_code",
            "created_at": "gmt_create",
            "recipient_name": "consignee_name",
            "recipient_phone": "consignee_phone",
            "recipient_address": "consignee_address",
        },
    ),
    "pinyin columns": (
        (
            "CREATE TABLE kuaidi (id INTEGER PRIMARY KEY, danhao TEXT, ji_name TEXT, ji_tel TEXT, shou_name TEXT, "
            "shou_tel TEXT, shou_address TEXT, addtime INTEGER); INSERT INTO kuaidi VALUES "
            "(1, '77316523125896', '李明', '14000000002', '王芳', '14000000001', '杭州市文一西路1号', 1763800000);"
        ),
        "kuaidi",
        {
            "waybill_number": "danhao",
            "created_at": "addtime",
            "recipient_name": "shou_name",
            "recipient_phone": "shou_tel",
            "recipient_address": "shou_address",
            "sender_name": "ji_name",
            "sender_phone": "ji_tel",
        },
    ),
    "one free text": (
        (
            "CREATE TABLE tb_newbee_mall_order (order_id INTEGER PRIMARY KEY, order_no TEXT, user_id INTEGER, "
            "user_address TEXT, create_time TEXT); INSERT INTO tb_newbee_mall_order VALUES "
            "(1, '15688187285093508', 1, '王芳 14000000001 浙江省杭州市余杭区文一西路1号', '2026-11-01 10:00:00');"
        ),
        "tb_newbee_mall_order",
        {"order_number": "order_no", "created_at": "create_time", "recipient": "user_address"},
    ),
    "a view and a copy of the table": (
        (
            "CREATE TABLE waybill (waybill_no TEXT, receiver_name TEXT, receiver_phone TEXT, create_time TEXT);"
            "INSERT INTO waybill VALUES ('YT8000000000001', '王芳', '14000000001', '2026-11-01 10:00:00');"
            "CREATE TABLE waybill_bak AS SELECT * FROM waybill; INSERT INTO waybill_bak SELECT * FROM waybill_bak;"
            "CREATE VIEW a_waybill AS SELECT * FROM waybill;"
        ),
        "waybill",
        {
            "waybill_number": "waybill_no",
            "created_at": "create_time",
            "recipient_name": "receiver_name",
            "recipient_phone": "receiver_phone",
        },
    ),
}


@pytest.mark.parametrize(("script", "table", "columns"), OTHER_HOSTS.values(), ids=OTHER_HOSTS)
def test_other_naming_is_understood(make_host: MakeHost, script: str, table: str, columns: dict[str, str]) -> None:
    inspection = inspect(make_host(script))
    assert inspection.proposed_table == table
    assert {role.value: column for role, column in inspection.proposed_columns.items()} == columns


def test_the_json_form_is_the_contracts(waybills: str) -> None:
    document = json.loads(json.dumps(inspect(waybills).to_json()))
    assert set(document) == {"tables", "proposed"}
    [table] = [table for table in document["tables"] if table["name"] == "waybill"]
    assert table["rows"] == 200
    assert table["columns"][5] == {
        "name": "receiver_phone",
        "type": "VARCHAR(20)",
        "role": "recipient_phone",
        "why": "named like recipient phone, and 100 % of values look like phone numbers",
    }
    assert table["columns"][0]["role"] is None
    assert document["proposed"]["table"] == "waybill"
    assert document["proposed"]["columns"]["recipient_phone"] == "receiver_phone"


def test_a_host_without_waybills_gets_no_proposal(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE empty_one (x TEXT);")
    assert inspect(url).to_json()["proposed"] == {"table": None, "columns": {}}


def test_only_a_sample_is_read(waybills: str) -> None:
    [table] = [table for table in inspect(waybills, sample_rows=2).tables if table.name == "waybill"]
    assert table.rows == 200


def test_awkward_hosts_are_read(make_host: MakeHost) -> None:
    """A broken view, a blob, an odd date, text that is not UTF-8 and quoted names stop nothing."""
    url = make_host(
        "CREATE TABLE gone (a TEXT); CREATE VIEW broken AS SELECT a FROM gone; DROP TABLE gone;"
        "CREATE TABLE photos (id INTEGER PRIMARY KEY, photo BLOB); INSERT INTO photos VALUES (1, zeroblob(100000));"
        'CREATE TABLE "运单 表" ("order" TEXT, "收件人" TEXT, "收件电话" TEXT, "收件地址" TEXT, "下单时间" DATETIME);'
        "INSERT INTO \"运单 表\" VALUES ('A1', CAST(x'cdf5' AS TEXT), '14000000001', '文一西路1号', '昨天');"
    )
    inspection = inspect(url)
    assert {table.name for table in inspection.tables} >= {"photos", "运单 表"}
    assert inspection.proposed_table == "运单 表"
    assert Role.CREATED_AT not in inspection.proposed_columns


def test_inspecting_changes_nothing(mall: str) -> None:
    def dump() -> list[str]:
        with closing(sqlite3.connect(mall.removeprefix("sqlite:///"))) as connection:
            return list(connection.iterdump())

    before = dump()
    inspect(mall)
    assert dump() == before


def test_a_missing_host_is_explained() -> None:
    with pytest.raises(HostError, match="no such file"):
        inspect("sqlite:///absent.db")
