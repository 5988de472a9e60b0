"""Decoys and live rows for the tests of the scan: 1400 numbers ring nobody in China."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from collector.hit import Channel, Contact, Hit
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.index import DecoyIndex

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂红云飞鹏宇浩然轩梓涵诗雨晨曦"
PLACES = (
    ("浙江省", "杭州市", "余杭区", "文一西路"),
    ("江苏省", "南京市", "江宁区", "双龙大道"),
    ("广东省", "深圳市", "福田区", "彩田路"),
    ("四川省", "成都市", "武侯区", "人民南路"),
    ("河北省", "石家庄市", "长安区", "中山东路"),
)


def a_name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(2))


@pytest.fixture(scope="session")
def decoys() -> list[Decoy]:
    """300 decoys on 100 numbers; names and rooms are their own, places shared with live rows."""
    rng = random.Random(7)
    found = []
    for at in range(300):
        province, city, district, road = PLACES[at % len(PLACES)]
        detail = f"{road}{969 + at % 7}号{at % 9 + 1}栋{at % 4 + 1}单元{at // 16 + 2}{at % 16 + 1:02d}室"
        found.append(
            Decoy(
                DecoyId(f"D{at:04d}"),
                a_name(rng),
                E164(f"+861400077{at % 100 * 37:04d}"),
                PostalAddress(province, city, district, detail),
                f"{rng.getrandbits(60):012x}@mail.example.com",
                f"YT80000000{at:05d}",
                f"https://track.example.net/t/{rng.getrandbits(60):015x}",
                f"婴儿连体衣{at}",
            )
        )
    return found


@pytest.fixture(scope="session")
def index(decoys: list[Decoy]) -> DecoyIndex:
    return DecoyIndex.build(decoys)


@pytest.fixture(scope="session")
def live_rows() -> Callable[[int, int], Iterator[list[str]]]:
    """Return `rows(count, seed)`: customers that are nobody's decoy, in the same cities and number block."""

    def rows(count: int, seed: int) -> Iterator[list[str]]:
        rng = random.Random(seed)
        for _ in range(count):
            province, city, district, road = rng.choice(PLACES)
            house, building, unit = rng.randrange(1, 900), rng.randrange(1, 30), rng.randrange(1, 5)
            detail = f"{road}{house}号{building}栋{unit}单元{rng.randrange(101, 2800)}室"
            phone, other = f"14009{rng.randrange(10**6):06d}", f"14008{rng.randrange(10**6):06d}"
            at = f"2026-11-{rng.randrange(1, 29):02d} {rng.randrange(24):02d}:{rng.randrange(60):02d}:00"
            number = f"YT9{rng.randrange(10**12):012d}"
            yield [number, a_name(rng), phone, province, city, district, detail, a_name(rng), other, "女装", at]

    return rows


@pytest.fixture(scope="session")
def planted_row() -> Callable[[Decoy], list[str]]:
    """Return `row(decoy)`: the decoy as a waybill row like the live ones."""

    def row(decoy: Decoy) -> list[str]:
        assert decoy.address
        assert decoy.phone
        assert decoy.waybill_number
        address = decoy.address
        return [
            decoy.waybill_number, decoy.name, decoy.phone.removeprefix("+86"), address.province, address.city,
            address.district, address.detail, "钱多多", "14008123456", decoy.goods or "", "2026-11-11 11:11:00",
        ]  # fmt: skip

    return row


@pytest.fixture(scope="session")
def a_hit() -> Callable[..., Hit]:
    """Return `hit(channel, beacon, **claims)`."""

    def hit(channel: Channel, beacon: str, **claims: str) -> Hit:
        contact = Contact(channel, beacon, "+8614012300000", claims=claims)
        return Hit(contact, 1042, datetime(2026, 11, 21, tzinfo=UTC), "00c0ffee", "00" * 32, "11" * 32)

    return hit
