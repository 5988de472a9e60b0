"""A large dump of live customers with a few decoys in every mangled form, and the decoys. Pure but for the file."""

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks._mangling import BY_NAME, FORMS, Form, Waybill
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId

NUMBERS = 600  # shared by the decoys
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_GOODS = ("女装", "手机壳", "图书", "化妆品", "零食", "充电器", "童鞋", "保健品")
_PLACES = (
    ("浙江省", "杭州市", "余杭区", "文一西路"),
    ("江苏省", "南京市", "江宁区", "双龙大道"),
    ("广东省", "深圳市", "福田区", "彩田路"),
)
_HOUSES, _FLOORS, _ROOMS = 20, 28, 16  # of decoys: so many houses on each road, rooms on so many floors


def decoys(count: int, rng: random.Random) -> Iterator[Decoy]:
    """Yield decoys on NUMBERS numbers; names and waybill numbers are their own, rooms nearly so."""
    for at in range(count):
        province, city, district, road = _PLACES[at % len(_PLACES)]
        floor, room = at // 40 % _FLOORS + 2, at % _ROOMS + 1
        detail = f"{road}{969 + at % _HOUSES}号{at % 9 + 1}栋{at // 9 % 7 + 1}单元{floor}{room:02d}室"
        yield Decoy(
            DecoyId(f"D{at:07d}"), _name(rng), E164(f"+8614000{at % NUMBERS * 1607 % 10**6:06d}"),
            PostalAddress(province, city, district, detail), f"{rng.getrandbits(60):015x}@mail.example.com",
            f"YT80000{at:08d}",
        )  # fmt: skip


def values(decoy: Decoy) -> list[str]:
    """Return what somebody would grep for."""
    assert decoy.address
    return [str(decoy.waybill_number), str(decoy.phone)[3:], str(decoy.email), decoy.address.detail]


def _name(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_GIVEN)


def _address(rng: random.Random) -> str:
    province, city, district, road = rng.choice(_PLACES)
    house = f"{road}{rng.randrange(1, 900)}号{rng.randrange(1, 30)}栋{rng.randrange(1, 5)}单元"
    return f"{province},{city},{district},{house}{rng.randrange(101, 2800)}室"


def live_row(rng: random.Random) -> str:
    """Return a customer's row of about 250 bytes; numbers beginning 1400 ring nobody."""
    at = f"2026-11-{rng.randrange(1, 29):02d} 10:{rng.randrange(60):02d}:{rng.randrange(60):02d}"
    return (
        f"YT9{rng.randrange(10**12):012d},{_name(rng)},14009{rng.randrange(10**6):06d},{_address(rng)},"
        f"{_name(rng)},14008{rng.randrange(10**6):06d},{_address(rng)},{rng.choice(_GOODS)},"
        f"{rng.randrange(10, 900) / 100},{rng.randrange(400, 9000) / 100},{at},已签收"
    )


def planted_row(decoy: Decoy, form: Form, rng: random.Random) -> str:
    """Return a decoy's row in one form, in which no untouched column finds it alone."""
    assert decoy.address
    address, phone = decoy.address, str(decoy.phone)[3:]
    row = Waybill(
        str(decoy.waybill_number), str(decoy.name), phone, phone[:3], address.province, address.city,
        address.district, address.detail, str(decoy.name)[0],
    )  # fmt: skip
    mask = BY_NAME["phone: four digits masked"].change
    if form.field != "phone" and "country" not in form.name and mask:
        row = mask(row, rng)
    row = form.change(row, rng) if form.change else row
    where = row.province + row.city + row.district + row.detail
    cells = [row.waybill, row.name, row.city] if form.field == "waybill" else [row.name, row.prefix, row.phone, where]
    cells = [cell for cell in cells if cell]
    return form.layout(cells, rng) if form.layout else ",".join(cells)


def planted_forms() -> list[Form]:
    """Return the forms that a line of UTF-8 can have; with a name in Chinese characters and a number's digits left."""
    return [
        form
        for form in FORMS
        if not form.encoding and "Latin" not in form.name and form.name != "waybill: shortened 6.2E+11"
    ]


def write(path: Path, size_bytes: int, known: list[Decoy], rng: random.Random) -> list[Decoy]:
    """Write a dump of about `size_bytes`, with one decoy in every form at random places; return those."""
    forms = planted_forms()
    chosen = rng.sample(known, len(forms))
    pending = sorted(
        ((rng.randrange(size_bytes), planted_row(one, form, rng)) for one, form in zip(chosen, forms, strict=True)),
        reverse=True,
    )
    size = 0
    with path.open("w", encoding="utf-8") as file:
        while size < size_bytes or pending:
            row = pending.pop()[1] if pending and pending[-1][0] <= size else live_row(rng)
            file.write(row + "\n")
            size += len(row.encode()) + 1
    return chosen
