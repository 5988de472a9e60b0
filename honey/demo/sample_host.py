"""A sample waybill system: 20 outlets, 120 accounts, 60,000 waybills of two weeks. Everybody in it is invented.

Phone numbers are of the 140 range, which no numbering plan allows; roads do not exist; domains are reserved ones.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlite_utils

from honey.demo.steps import Names
from honey.generate.identity import engine

OUTLETS = 20
ACCOUNTS_PER_OUTLET = 6  # a manager, who exports, and five couriers
DAYS = 14
COURIERS = tuple("ABCDE")
_BUSINESSES_PER_OUTLET = 12

_PLACES = (
    ("浙江省", "杭州市", ("余杭区", "滨江区", "萧山区")),
    ("江苏省", "苏州市", ("吴中区", "相城区", "姑苏区")),
    ("河北省", "石家庄市", ("长安区", "裕华区", "新华区")),
    ("广东省", "深圳市", ("福田区", "南山区", "龙岗区")),
    ("四川省", "成都市", ("武侯区", "锦江区", "青羊区")),
)
_ROADS = ("示范路", "样本路", "演示大道", "示例一路", "示例二路", "样板街", "虚拟东路", "虚拟西路", "例文路", "模型街")
_ESTATES = ("", "示范花园", "样本雅苑", "演示公寓", "例文小区")
_SHOPS = ("母婴旗舰店", "鞋服专营店", "护肤品店", "零食铺子", "数码商行", "家居生活馆", "酒业直营店")
_STATUSES = ("已揽收", "运输中", "派件中", "已签收")


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the sample company."""

    account: str
    kind: str
    name: str
    outlet: str


def logins(rng: random.Random) -> list[Login]:
    """Return 120 accounts: per outlet one manager and five couriers."""
    names = engine(rng).han
    made = []
    for number in range(1, OUTLETS + 1):
        outlet = f"OUT-{number:02d}"
        made.append(Login(f"M{number:02d}", "manager", names.han_name(), outlet))
        made += [Login(f"C{number:02d}{letter}", "courier", names.han_name(), outlet) for letter in COURIERS]
    return made


def build(path: Path, rng: random.Random, *, rows: int, now: datetime) -> list[Login]:
    """Write the sample host to a new SQLite file; returns its accounts."""
    accounts = logins(rng)
    database = sqlite_utils.Database(path)
    table = database.table("waybill")
    table.create(_COLUMNS, pk="id", not_null={"waybill_no", "courier_account", "outlet_code", "receiver_name"})
    table.insert_all(_rows(rng, accounts, rows, now), batch_size=2_000)
    table.create_index(["waybill_no"], unique=True)
    table.create_index(["courier_account"])
    table.create_index(["outlet_code", "create_time"])
    database.close()
    return accounts


_COLUMNS: dict[str, type] = {
    "id": int,
    "waybill_no": str,
    "order_no": str,
    "courier_account": str,
    "outlet_code": str,
    "create_time": str,
    "receiver_name": str,
    "receiver_phone": str,
    "receiver_province": str,
    "receiver_city": str,
    "receiver_region": str,
    "receiver_detail_address": str,
    "receiver_email": str,
    "sender_name": str,
    "sender_phone": str,
    "goods_name": str,
    "weight_kg": float,
    "freight": float,
    "status": str,
    "label_url": str,
}


def _rows(rng: random.Random, accounts: list[Login], rows: int, now: datetime) -> Iterator[dict[str, object]]:
    couriers = [one for one in accounts if one.kind == "courier"]
    shops = {f"OUT-{number:02d}": _businesses(rng) for number in range(1, OUTLETS + 1)}
    start, step = now - timedelta(days=DAYS), timedelta(days=DAYS) / rows
    fake = engine(rng)
    for number in range(rows):
        at = start + step * number + step * rng.random()
        courier = rng.choice(couriers)
        province, city, districts = rng.choice(_PLACES)
        shop, shop_phone = rng.choice(shops[courier.outlet])
        name = fake.han.han_name()
        yield {
            "id": number + 1,
            "waybill_no": f"YT8{rng.randrange(10**11, 10**12)}",
            "order_no": f"{at:%Y%m%d}{rng.randrange(10**8):08d}",
            "courier_account": courier.account,
            "outlet_code": courier.outlet,
            "create_time": f"{at:%Y-%m-%d %H:%M:%S}",
            "receiver_name": name,
            "receiver_phone": _phone(rng),
            "receiver_province": province,
            "receiver_city": city,
            "receiver_region": rng.choice(districts),
            "receiver_detail_address": _detail(rng),
            "receiver_email": f"user{rng.randrange(10**7)}@example.com" if rng.random() < 0.4 else None,
            "sender_name": shop,
            "sender_phone": shop_phone,
            "goods_name": fake.goods.goods_han(),
            "weight_kg": round(rng.uniform(0.2, 8.0), 2),
            "freight": round(rng.choice((6.0, 8.0, 10.0, 12.0)) + rng.choice((0.0, 2.0)), 2),
            "status": rng.choices(_STATUSES, (1, 3, 2, 6))[0],
            "label_url": f"https://label.courier.example/t/{rng.getrandbits(64):016x}",
        }


def _businesses(rng: random.Random) -> list[tuple[str, str]]:
    names = engine(rng).han
    return [(f"{names.han_name()[0]}记{rng.choice(_SHOPS)}", _phone(rng)) for _ in range(_BUSINESSES_PER_OUTLET)]


def _phone(rng: random.Random) -> str:
    """Return an 11-digit number of 1400 0... to 1408 9...: the pool of the demo starts with 1409."""
    return f"140{rng.randrange(9)}{rng.randrange(10**7):07d}"


def _detail(rng: random.Random) -> str:
    road, estate = rng.choice(_ROADS), rng.choice(_ESTATES)
    unit = f"{rng.randrange(1, 29)}栋{rng.randrange(1, 5)}单元{rng.randrange(1, 31)}{rng.randrange(1, 7):02d}室"
    return f"{road}{rng.randrange(1, 1200)}号{estate}{unit}"


def beacons_csv(names: Names) -> str:
    """Return the demo's beacons: 50 numbers (one in five a control), addresses, a waybill block, domains."""
    lines = ["kind,value,role,provider"]
    lines += ["phone,+861409{0000000-0000039},decoy,twilio", "phone,+861409{0000040-0000049},control,twilio"]
    for number, (province, city, districts) in enumerate(_PLACES):
        road = _ROADS[number]
        for at, district in enumerate(districts):
            house = 300 + 97 * number + 13 * at
            lines.append(
                f"address,{province}/{city}/{district}/{road}{house}号示范花园{{3-9}}栋{{1-4}}单元{{1-18}}{{01-04}}室,decoy,"
            )
    lines += [
        "waybill_number,YT800{0000000000-0000099999},decoy,",
        f"mail_domain,{names.mail_domain},decoy,",
        f"dns_zone,{names.zone},decoy,",
        f"web_host,https://{names.web_host},decoy,",
    ]
    return "\n".join(lines) + "\n"
