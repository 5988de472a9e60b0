"""Which mangled rows are found: every form of `_mangling` alone and in pairs, through the whole scan, as a table.

`python -m benchmarks.mangled --rows 1000000 --write docs/mangled.md` makes the checked-in table.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from pathlib import Path

from benchmarks._mangling import BY_NAME, FORMS, Form, Waybill, combines
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.model.sighting import DumpPlace
from honey.trace import chances
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record
from honey.trace.read.files import open_dump
from honey.trace.read.source import Unreadable
from honey.trace.scan import scan
from honey.trace.search.kept import MAX_CHANCE

SEED = 20261122
DECOYS = 120
PLANTED = 24  # decoys in each file
RECALL = 0.99
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
SURVIVES = 1e-2  # expected accidents among all rows and decoys, at most, for a row to count as recoverable
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂红云飞鹏宇浩然轩梓涵诗雨晨曦萱俊豪婷"
_GIVEN_LATIN = ("james", "sarah", "peter", "laura", "kevin", "olivia", "daniel", "wendy", "henry", "grace")
_LAST_LATIN = ("smith", "brown", "taylor", "wilson", "clark", "evans", "young", "harris", "moore", "lewis")
_HEADS = tuple(f"{two}{digit}" for two in ("13", "15", "17", "18") for digit in range(10))  # shown masked only
_PLACES = tuple(
    (province, city, district, road)
    for province, cities in (
        ("浙江省", "杭州市 宁波市 温州市 嘉兴市"), ("江苏省", "南京市 苏州市 无锡市 扬州市"),
        ("广东省", "深圳市 广州市 东莞市 惠州市"), ("四川省", "成都市 绵阳市 乐山市 宜宾市"),
        ("河北省", "石家庄市 唐山市 保定市 邯郸市"), ("陕西省", "西安市 宝鸡市 汉中市 渭南市"),
    )
    for city, district, road in zip(
        cities.split(), ("城东区", "江宁区", "龙华区", "长安区"),
        ("文一西路", "双龙大道", "人民南路", "东兴街"), strict=True,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one combination of forms."""

    forms: tuple[Form, ...]
    innocent: int
    planted: int
    surviving: int  # rows that hold enough to tell
    recognised: int  # of those, by the matcher alone, whatever passes before it
    found: int  # of those
    alone: int  # of those found, the row names one decoy alone
    extra: int  # found though too little was expected to be left
    false: int  # sightings of rows without a decoy, or of another decoy


def _name(rng: random.Random, *, latin: bool) -> tuple[str, str]:
    if latin:
        last = rng.choice(_LAST_LATIN)
        return f"{rng.choice(_GIVEN_LATIN)} {last}", last
    surname = rng.choice(_SURNAMES)
    return surname + rng.choice(_GIVEN) + rng.choice(_GIVEN), surname


def _waybill(rng: random.Random, at: int, *, latin: bool) -> Waybill:
    """Return decoy number `at`, an innocent customer if it is negative; numbers beginning 1400 ring nobody."""
    name, surname = _name(rng, latin=latin)
    province, city, district, road = rng.choice(_PLACES)
    ours = at >= 0
    house = 901 + at if ours else rng.randrange(1, 900)
    building, unit, room = rng.randrange(1, 30), rng.randrange(1, 5), rng.randrange(2, 29) * 100 + rng.randrange(1, 9)
    phone = f"1400077{at % 60 * 137 + 1000:04d}" if ours else f"14009{rng.randrange(10**6):06d}"
    serial = at if ours else rng.randrange(1000, 10**8)
    number = f"YT8{'0' if ours else '1'}{serial:011d}" if serial % 2 else f"6{'2' if ours else '3'}{serial:010d}"
    detail = f"{road}{house}号{building}栋{unit}单元{room}室"
    head = "140" if ours else rng.choice((*_HEADS, "140"))
    return Waybill(number, name, phone, head, province, city, district, detail, surname)


def _decoy(row: Waybill, at: int) -> Decoy:
    return Decoy(
        DecoyId(f"D{at:04d}"), row.name, E164(f"+86{row.phone}"),
        PostalAddress(row.province, row.city, row.district, row.detail), None, row.waybill,
    )  # fmt: skip


def _fields(forms: Sequence[Form], at: int) -> frozenset[str]:
    """Return which values a row holds: only what the forms are about, so that no other column finds it."""
    touched = {form.field for form in forms} - {"columns", "file"}
    if "columns: country code apart" in {form.name for form in forms}:
        touched.add("phone")
    if "columns: address split at the door" in {form.name for form in forms}:
        touched.add("address")
    if not touched:
        return (frozenset({"name", "phone"}), frozenset({"name", "address"}), frozenset({"waybill"}))[at % 3]
    if touched == {"name"}:
        return frozenset({"name", "phone"})
    return frozenset(touched | {"name"} if touched & {"phone", "address"} else touched)


def _mangled(row: Waybill, forms: Sequence[Form], fields: frozenset[str], rng: random.Random) -> tuple[str, float]:
    """Return one line of the dump, and how likely a stranger's line agrees as well."""
    touched = {form.field for form in forms}
    if fields == {"name", "phone"} and "name" in touched and "phone" not in touched:  # let the name decide
        forms = [BY_NAME["phone: four digits masked"], *forms]
    for form in forms:
        row = form.change(row, rng) if form.change else row
    if any(form.encoding == "big5hkscs" for form in forms):
        row = _in_big5(row, rng)
    cells = [row.waybill] if "waybill" in fields else []
    cells += [row.name] if "name" in fields else []
    cells += [cell for cell in (row.prefix, row.phone) if cell] if "phone" in fields else []
    if "address" in fields:
        cells += [row.province + row.city + row.district + row.detail]
    else:
        cells += [row.city]
    layout = next((form.layout for form in forms if form.layout), None)
    return layout(cells, rng) if layout else ",".join(cells), _left(row, fields)


def _in_big5(row: Waybill, rng: random.Random) -> Waybill:
    for name in ("name: traditional", "address: traditional"):
        change = BY_NAME[name].change
        row = change(row, rng) if change else row
    return row


def _left(row: Waybill, fields: frozenset[str]) -> float:
    pointers = {"waybill": row.waybill_left, "phone": row.phone_left, "address": row.address_left}
    left = [chance for field, chance in pointers.items() if field in fields and chance < 1]
    if not left:
        return 1.0
    name = max(row.name_left, 1 / len(_SURNAMES)) if row.name_left > 1e-3 else row.name_left
    city = 1.0 if "address" in fields else max(chances.CITY, 1 / len(_PLACES))
    return prod(left) * (name if "name" in fields else 1.0) * city


def measure(forms: Sequence[Form], folder: Path, *, live: int, seed: int = SEED) -> Outcome:
    """Write one dump in these forms, scan it, and compare with what was planted."""
    rng = random.Random(f"{seed}/{'/'.join(form.name for form in forms)}")
    latin = any("Latin" in form.name for form in forms)
    truth = [_waybill(rng, at, latin=latin) for at in range(DECOYS)]
    decoys = [_decoy(row, at) for at, row in enumerate(truth)]
    chosen = rng.sample(range(DECOYS), PLANTED)
    everyone = [*chosen, *[-1] * live]
    rng.shuffle(everyone)
    lines: list[str] = []
    survives: dict[int, bool] = {}
    for number, at in enumerate(everyone, start=1):
        row = truth[at] if at >= 0 else _waybill(rng, -1, latin=latin)
        line, left = _mangled(row, forms, _fields(forms, max(at, number % 3)), rng)
        lines.append(line)
        if at >= 0:
            survives[number] = left * len(everyone) * DECOYS <= SURVIVES
    encoding = next((form.encoding for form in forms if form.encoding), "utf-8")
    path = folder / "dump.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding, errors="strict")
    index = DecoyIndex.build(decoys)
    right: set[int] = set()
    alone: set[int] = set()
    false = 0
    for one in scan([path], index).sightings:
        number = one.place.row if isinstance(one.place, DumpPlace) else 0
        at = everyone[number - 1]
        if at < 0 or decoys[at].id not in one.decoys:
            false += 1
            continue
        right.add(number)
        alone |= {number} if len(one.decoys) == 1 else set()
    good = {number for number, enough in survives.items() if enough}
    wanted = {number: decoys[everyone[number - 1]].id for number in good}
    recognised = _recognised(path, index, wanted, rows=len(everyone))
    return Outcome(
        tuple(forms),
        live,
        PLANTED,
        len(good),
        recognised,
        len(good & right),
        len(good & alone),
        len(right - good),
        false,
    )


def _recognised(path: Path, index: DecoyIndex, wanted: Mapping[int, DecoyId], *, rows: int) -> int:
    """Count the rows that `match` alone gives their decoy."""
    found: set[int] = set()
    for source in open_dump([path]):
        if isinstance(source, Unreadable):
            continue
        for batch in source.batches():
            for at, text in enumerate(batch.texts):
                decoy = wanted.get(batch.row(at))
                candidates = match_record(source.split(text).values, index) if decoy else []
                if any(decoy in one.decoys and one.chance_per_row * rows < MAX_CHANCE for one in candidates):
                    found.add(batch.row(at))
    return len(found)


def all_forms() -> Iterator[tuple[Form, ...]]:
    """Yield every form alone, then every pair that can stand in one row; phone signs and masks before digits."""
    yield from ((form,) for form in FORMS)
    for first, second in combinations(FORMS, 2):
        if combines(first, second):
            yield (second, first) if first.field == second.field == "phone" else (first, second)


def main(arguments: Sequence[str] = ()) -> None:
    """Measure every form and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="innocent rows, over all files")
    parser.add_argument("--write", type=Path, help="document whose table is replaced")
    asked = parser.parse_args(arguments)
    forms = list(all_forms())
    live = -(-asked.rows // len(forms))
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [measure(one, Path(folder), live=live) for one in forms]
    text = table(outcomes)
    print(text)
    if asked.write:
        before, begin, rest = asked.write.read_text("utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        asked.write.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as Markdown: forms alone, then each form in all its pairs together."""
    counted = ("enough left", "recognised", "found", "false")
    head = ["form", "rows planted", *counted, *(f"pairs: {name}" for name in counted)]
    lines = [f"| {' | '.join(head)} |", "| --- " + "| ---: " * (len(head) - 1) + "|"]
    for form in FORMS:
        alone = [one for one in outcomes if one.forms == (form,)]
        pairs = [one for one in outcomes if len(one.forms) == 2 and form in one.forms]
        lines.append(f"| {form.name} | {sum(one.planted for one in alone)} | {_sums(alone)} | {_sums(pairs)} |")
    return "\n".join([*lines, "", *_summary(outcomes)]).strip()


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield (
        f"All {len(outcomes)} files together: {sum(one.innocent for one in outcomes):,} rows without a decoy, "
        f"{sum(one.planted for one in outcomes):,} planted, {sum(one.surviving for one in outcomes):,} of them with "
        f"enough left, {sum(one.recognised for one in outcomes):,} recognised, {sum(one.found for one in outcomes):,} "
        f"found ({sum(one.alone for one in outcomes):,} name one decoy alone), {sum(one.extra for one in outcomes):,} "
        f"more found with less left; **{sum(one.false for one in outcomes)} false**."
    )
    missed = [one for one in outcomes if one.found < RECALL * one.surviving]
    if missed:
        yield f"\n{len(missed)} files are below 99 %:\n"
    for one in missed:
        yield f"- {_names(one)}: {one.found} of {one.surviving}, recognised {one.recognised}"


def _sums(outcomes: Sequence[Outcome]) -> str:
    surviving, recognised = sum(one.surviving for one in outcomes), sum(one.recognised for one in outcomes)
    found, false = sum(one.found for one in outcomes), sum(one.false for one in outcomes)
    return f"{surviving} | {recognised} | {found} | {false}"


def _names(outcome: Outcome) -> str:
    return " + ".join(form.name for form in outcome.forms)


if __name__ == "__main__":
    main(sys.argv[1:])
