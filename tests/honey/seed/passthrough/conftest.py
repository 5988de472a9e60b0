"""Made-up exports and decoys: 1400... numbers ring nobody, example.com mailboxes reach nobody."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId

HEADER = ["运单号", "网点", "收件人", "收件人手机", "省", "市", "区", "详细地址", "物品", "重量", "下单时间"]
NAMES = ["王芳", "李秀英", "张伟", "刘洋"]


@pytest.fixture
def header() -> list[str]:
    return list(HEADER)


@pytest.fixture
def make_decoys() -> Callable[..., list[Decoy]]:
    def make(count: int, **changed: object) -> list[Decoy]:
        return [
            Decoy(
                **{
                    "id": DecoyId(f"d{at}"),
                    "name": NAMES[at % 4],
                    "phone": E164(f"+8614012345{at:03d}"),
                    "address": PostalAddress("浙江省", "杭州市", "余杭区", f"文一西路969号3栋{at + 1}单元0102室"),
                    "email": f"box{at}@mail.example.com",
                    "waybill_number": f"YT80000000{at:05d}",
                    **changed,
                }  # type: ignore[arg-type]  # the tests change what they know
            )
            for at in range(count)
        ]

    return make


@pytest.fixture
def make_rows() -> Callable[..., list[list[str]]]:
    def make(count: int, seed: int = 1) -> list[list[str]]:
        rng = random.Random(seed)
        at = datetime(2026, 11, 1, 8)  # noqa: DTZ001 - exports write local times
        rows = []
        for _ in range(count):
            at += timedelta(seconds=rng.randrange(5, 200))
            street = rng.choice(["文三路", "学院路", "天目山路"]) + f"{rng.randrange(1, 500)}号"
            rows.append(
                [
                    f"YT{7000000000000 + rng.randrange(10**9)}",
                    f"HZ-0{rng.randrange(3)}",
                    rng.choice("赵钱孙李周吴郑王") + rng.choice("芳伟敏静丽强磊军洋勇"),
                    f"1400{rng.randrange(10**7):07d}",
                    "浙江省",
                    "杭州市",
                    rng.choice(["西湖区", "余杭区"]),
                    f"{street}{rng.randrange(1, 20)}栋{rng.randrange(1, 9)}0{rng.randrange(5)}室",
                    rng.choice(["女鞋", "奶粉", "护肤品"]),
                    f"{rng.uniform(0.2, 4):.2f}",
                    str(at),
                ]
            )
        return rows

    return make


@pytest.fixture
def to_csv() -> Callable[..., str]:
    def write(rows: Sequence[Sequence[str]], **dialect: object) -> str:
        text = io.StringIO()
        csv.writer(text, **dialect).writerows(rows)  # type: ignore[arg-type]  # csv's own options
        return text.getvalue()

    return write
