"""Rows to fit decoys to: a Chinese waybill table made here, and the two third-party hosts as HostTable reads them.

All phone numbers are 1400..., which rings nobody.
"""

import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from honey.generate.identity import make_name
from honey.host.column import Column, ColumnType
from honey.host.namestyle import NameStyle
from honey.host.profile import Profile, learn
from honey.host.table import HostTable
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.model.waybill import Role, Row

VECTORS = Path(__file__).parents[2] / "vectors" / "hosts"
STREETS = {
    ("浙江省", "杭州市", "余杭区", "311100"): ("文一西路", "五常大道", "良睦路", "荆长大道"),
    ("浙江省", "宁波市", "鄞州区", "315100"): ("天童南路", "钱湖南路", "惠风东路"),
    ("江苏省", "苏州市", "吴中区", "215128"): ("东吴南路", "宝带东路", "吴中大道"),
    ("广东省", "深圳市", "福田区", "518000"): ("深南大道", "福强路", "新洲路"),
    ("河北省", "石家庄市", "长安区", "050000"): ("中山东路", "建设北大街", "和平东路"),
}
SHOPS = tuple((f"{word}旗舰店", f"1400099{ord(word):04d}"[:11]) for word in "云象晴风槿星")
GOODS = ("连衣裙", "女鞋", "婴儿奶粉", "手机壳", "图书", "护肤品", "文具", "白酒")
START = datetime(2026, 11, 1, 8, 0, 0)  # noqa: DTZ001 - the table writes local times without zone

ROLES = {
    Role.WAYBILL_NUMBER: "waybill_no",
    Role.ORDER_NUMBER: "order_no",
    Role.ACCOUNT: "courier_account",
    Role.OUTLET: "outlet_code",
    Role.SENDER_NAME: "sender_name",
    Role.SENDER_PHONE: "sender_phone",
    Role.RECIPIENT_NAME: "receiver_name",
    Role.RECIPIENT_PHONE: "receiver_phone",
    Role.RECIPIENT_PROVINCE: "receiver_province",
    Role.RECIPIENT_CITY: "receiver_city",
    Role.RECIPIENT_DISTRICT: "receiver_region",
    Role.RECIPIENT_ADDRESS: "receiver_detail_address",
    Role.RECIPIENT_POSTCODE: "receiver_postcode",
    Role.GOODS: "goods",
    Role.NOTE: "note",
    Role.CREATED_AT: "create_time",
}


@dataclass(frozen=True, repr=False)
class Sample:
    """A table as a test sees it."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    roles: dict[Role, str]
    profile: Profile


def sample_address(rng: random.Random) -> tuple[PostalAddress, str]:
    """Return an address on the sample's streets and its postcode."""
    (province, city, district, postcode), streets = rng.choice(list(STREETS.items()))
    detail = f"{rng.choice(streets)}{rng.randrange(1, 999)}号{rng.randrange(1, 20)}栋{rng.randrange(1, 4)}单元"
    return PostalAddress(
        province, city, district, f"{detail}{rng.randrange(1, 25)}{rng.randrange(1, 5):02d}室"
    ), postcode


def sample_rows(count: int, seed: int = 7) -> list[Row]:
    """Return waybills two minutes apart, a fifth of them sent by private persons."""
    rng = random.Random(seed)
    rows: list[Row] = []
    at = START
    for number in range(count):
        at += timedelta(seconds=rng.randrange(20, 240))
        sender = rng.choice(SHOPS) if rng.random() < 0.8 else (make_name(rng, NameStyle(), ()), _phone(rng))
        delivered = at + timedelta(seconds=rng.randrange(86_400, 200_000)) if rng.random() < 0.6 else None
        address, postcode = sample_address(rng)
        phone = _phone(rng)
        born = f"19{rng.randrange(60, 99)}0{rng.randrange(1, 9)}1{rng.randrange(9)}"
        rows.append(
            {
                "id": number + 1,
                "waybill_no": f"YT8{rng.randrange(10**12):012d}",
                "order_no": f"D{at:%Y%m%d}{rng.randrange(10**6):06d}",
                "courier_account": f"HB-{rng.randrange(12):04d}",
                "outlet_code": f"O{rng.randrange(4):02d}",
                "sender_name": sender[0],
                "sender_phone": sender[1],
                "receiver_name": make_name(rng, NameStyle(), ()),
                "receiver_phone": phone,
                "receiver_province": address.province,
                "receiver_city": address.city,
                "receiver_region": address.district,
                "receiver_detail_address": address.detail,
                "receiver_postcode": postcode,
                "buyer_phone": phone if rng.random() < 0.99 else _phone(rng),
                "signer_id": f"000000{born}{rng.randrange(10**4):04d}" if rng.random() < 0.5 else None,
                "goods": rng.choice(GOODS),
                "weight": round(rng.uniform(0.1, 20), 3),
                "status": "已签收" if delivered else rng.choice(["派件中", "运输中"]),
                "note": rng.choice([None, None, "请放门口", f"急件，打{_phone(rng)}"]),
                "create_time": f"{at:%Y-%m-%d %H:%M:%S}",
                "pickup_time": f"{at + timedelta(seconds=rng.randrange(600, 7200)):%Y-%m-%d %H:%M:%S}",
                "delivered_time": f"{delivered:%Y-%m-%d %H:%M:%S}" if delivered else None,
            }
        )
    return rows


def _phone(rng: random.Random) -> str:
    return f"1400{rng.randrange(10**7):07d}"


def sample_columns() -> tuple[Column, ...]:
    """Return the sample table's columns with their constraints."""
    sizes = {"receiver_detail_address": 60, "receiver_name": 20, "note": 40}
    made = []
    for name, value in sample_rows(1)[0].items():
        kind = {int: ColumnType.INTEGER, float: ColumnType.NUMBER}.get(type(value), ColumnType.TEXT)
        made.append(
            Column(
                name,
                kind,
                sql_type=kind.value,
                nullable=name in {"note", "delivered_time", "signer_id"},
                max_length=sizes.get(name, 32) if kind is ColumnType.TEXT else None,
                primary_key=name == "id",
                autoincrement=name == "id",
                unique=name in {"id", "waybill_no", "order_no"},
            )
        )
    return tuple(made)


def make_decoy(rng: random.Random, taken: set[str] | None = None) -> Decoy:
    """Return a decoy such as the pools would give."""
    name = make_name(rng, NameStyle(), taken or ())
    return Decoy(
        id=DecoyId(f"D{rng.randrange(10**9)}"),
        name=name,
        phone=E164(f"+861400{rng.randrange(10**7):07d}"),
        address=sample_address(rng)[0],
        email=f"x{rng.randrange(10**12)}@mail.example.com",
        waybill_number=f"YT8{rng.randrange(10**12):012d}",
        goods=rng.choice(GOODS),
    )


@pytest.fixture(scope="session")
def chinese() -> Sample:
    """1,200 waybills of the Chinese sample table."""
    columns, rows = sample_columns(), sample_rows(1200)
    return Sample(columns, tuple(rows), dict(ROLES), learn(columns, rows, ROLES))


@pytest.fixture(scope="session")
def as_export(chinese: Sample) -> Callable[[Sequence[str]], Sample]:
    """Return a function that makes the sample an export of some columns: all text, no types, no constraints."""

    def make(names: Sequence[str]) -> Sample:
        rows = [{name: "" if row[name] is None else str(row[name]) for name in names} for row in chinese.rows]
        columns = tuple(Column(name) for name in names)
        roles = {role: name for role, name in chinese.roles.items() if name in names}
        return Sample(columns, tuple(rows), roles, learn(columns, rows, roles))

    return make


def open_host(folder: Path, script: str, table: str, roles: dict[Role, str]) -> Sample:
    """Load a third-party host into SQLite and read it as honey does."""
    path = folder / f"{table}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((VECTORS / script).read_text(encoding="utf-8"))
    with HostTable.open(f"sqlite:///{path}", table, roles) as host:
        columns, rows = tuple(host.columns), tuple(host.sample(1000))
    return Sample(columns, rows, roles, learn(columns, rows, roles))


@pytest.fixture(scope="session")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The Chinese shop's orders."""
    roles = {
        Role.RECIPIENT_NAME: "receiver_name",
        Role.RECIPIENT_PHONE: "receiver_phone",
        Role.RECIPIENT_POSTCODE: "receiver_post_code",
        Role.RECIPIENT_PROVINCE: "receiver_province",
        Role.RECIPIENT_CITY: "receiver_city",
        Role.RECIPIENT_DISTRICT: "receiver_region",
        Role.RECIPIENT_ADDRESS: "receiver_detail_address",
        Role.CREATED_AT: "create_time",
        Role.ORDER_NUMBER: "order_sn",
        Role.WAYBILL_NUMBER: "delivery_sn",
        Role.NOTE: "note",
    }
    return open_host(tmp_path_factory.mktemp("mall"), "mall.sql", "oms_order", roles)


@pytest.fixture(scope="session")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The English and European trader's orders."""
    roles = {
        Role.RECIPIENT_NAME: "ship_name",
        Role.RECIPIENT_ADDRESS: "ship_address",
        Role.RECIPIENT_CITY: "ship_city",
        Role.RECIPIENT_PROVINCE: "ship_region",
        Role.RECIPIENT_POSTCODE: "ship_postal_code",
        Role.RECIPIENT_COUNTRY: "ship_country",
        Role.CREATED_AT: "order_date",
        Role.ORDER_NUMBER: "order_id",
    }
    return open_host(tmp_path_factory.mktemp("northwind"), "northwind.sql", "orders", roles)
