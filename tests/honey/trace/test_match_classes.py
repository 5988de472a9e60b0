"""Weighing decoys by classes gives what weighing each of them gives: same candidates, same chances, same groups."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.addresses import Agreement, compare_house, word_stretches
from honey.trace.background import Background
from honey.trace.index import DecoyIndex, Profile
from honey.trace.match import Candidate, match_record, weigh
from honey.trace.phones import mask_key
from honey.trace.row import Row
from honey.trace.search.kept import MAX_CHANCE, Place
from honey.trace.search.report import report

SURNAMES = ("王", "王", "王", "李", "李", "张", "欧阳", "司马", "司徒", "林")
GIVEN = "伟芳娜敏红"
LATIN = ("Sarah Jones", "Sam Jones", "Sue James", "Ann Lee", "Joann Leeds", "Bo")
ODD_NAMES = ("陆一", "小红", "王", "欧阳", "李*红", "山田太郎", "")
PLACES = (
    ("浙江省", "杭州市", "余杭区"), ("浙江省", "杭州市", "西湖区"), ("浙江省", "宁波市", "鼓楼区"),
    ("江苏省", "南京市", "鼓楼区"), ("河北省", "石家庄市", "长安区"), ("", "Springfield", ""), ("市", "县", "区"),
    ("", "", ""),
)  # fmt: skip
ROADS = ("文一西路", "双龙大道", "南京西路", "路", "人民南路")
WORDED = (
    "光明镇幸福新村东头第二家",
    "光明镇幸福新村东头第三家",
    "幸福里",
    "12号",
    "12 Example Street",
    "14 Example Street",
    "12 Example Street Flat 3B",
    "12 example street, Flat 4",
    "14 Example Street Apt 12, rear",
)


def a_name(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(LATIN if kind < 0.12 else ODD_NAMES)
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.choice([1, 2, 2, 2])))


def an_address(rng: Random) -> PostalAddress | None:
    kind, place = rng.random(), rng.choice(PLACES)
    if kind < 0.1:
        return None
    if kind < 0.25:
        return PostalAddress(*place, rng.choice(WORDED))
    building, unit, room = rng.randrange(1, 4), rng.randrange(1, 3), rng.randrange(201, 204)
    rest = rng.choice(
        ["", f"{building}栋", f"{building}栋{unit}单元{room}室", f"{building}-{unit}-{room}", "1-2-3-4-5-6-7-8", "0号"]
    )
    return PostalAddress(*place, f"{rng.choice(ROADS)}{rng.choice([969, 970, 9])}号{rest}")


def a_phone(rng: Random) -> E164 | None:
    kind = rng.random()
    if kind < 0.08:
        return None
    if kind < 0.2:
        at = rng.randrange(3)
        return E164(rng.choice([f"+1202555010{at}", f"+44770090000{at}", f"+14000770{at:03d}", f"+1400077{at:04d}"]))
    return E164(f"+8614000{rng.randrange(2):02d}{rng.choice([1234, 1235, 2234, 34, 1134]):04d}")


def some_decoys(rng: Random, count: int) -> Iterator[Decoy]:
    """Yield decoys that share numbers, houses, surnames and much else, and lack some values."""
    for at in range(count):
        waybill = rng.choice([None, f"YT1400001123{at % 7}4", *(f"{head}80000{at:08d}" for head in ("YT", "SF", "7"))])
        link = rng.choice([None, f"https://t.example.net/t/{rng.getrandbits(40):010x}",
                           f"https://t.example.net/shared{at % 5}aa/{at:07d}x"])  # fmt: skip
        mail = rng.choice([None, f"u{at}@mail.example.com", f"S{at % 50}@x.example.com"])
        goods = rng.choice([None, "女装", "婴儿连体衣", "x", "Shoes", "女 装"])
        yield Decoy(DecoyId(f"D{at}"), a_name(rng), a_phone(rng), an_address(rng), mail, waybill, link, goods)


def values(rng: Random, decoy: Decoy) -> Iterator[list[str]]:
    """Yield, kind by kind, how a row may show a decoy or somebody like it."""
    national = str(decoy.phone or "+8614000999999")[3 if str(decoy.phone).startswith("+86") else 2 :]
    head, tail = national[:3], national[-4:]
    name = decoy.name or "王"
    home = decoy.address or PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号")
    house = home.city + home.detail[: home.detail.find("号") + 1]
    yield [national, str(decoy.phone), "0086" + national, f"{head}-{national[3:7]}-{national[7:]}"]
    yield [f"{head}****{tail}", f"{head}****{tail} {head}******{national[-2:]}"]
    yield [f"{head}******{national[-2:]}", f"{national[:7]}****", f"{national[:4]}***{tail}", f"{national[:5]}******",
           f"{head}***{national[-5:]}", f"{national[:6]}****{national[-1:]}"]  # fmt: skip
    yield [name, f"寄件 {name}", f"{name}{national}", "李红红", "钱多多"]
    yield [f"{name[0]}**", f"{name[0]}*{name[-1]}", f"*{name[1:]}", f"**{name[-1]}", f"{name[:2]}*", "某某"]
    yield [f"{name[0]}先生", f"{name[:2]}女士", f"{name}小姐", "欧阳先生"]
    yield [" ".join(f"{word[: rng.choice([1, 1, 2])]}***" for word in name.split()), "S*** J***", "Joann Leeds"]
    yield [home.full, home.detail, f"{home.full}{name}{national}"]
    yield [home.city, home.province, home.district, home.province + home.city, home.city.rstrip("市"), "南京西路1号"]
    yield [
        house + rest for rest in ("", "***", "3栋***", "2栋1单元9室", "1栋2单元201室", "3-2-2**", "7-8-9-10-11-12-13")
    ]
    yield [decoy.waybill_number or "YT8000011111111", "YT8999999999999", "YT14000011234"]
    yield [decoy.email or "q@x.example.com", decoy.link or "zz", decoy.goods or "女装"]
    yield ["14000011234", "14009999999", "2025550101", "7700900001", "14000010034 14000011234"]


def a_record(rng: Random, decoys: list[Decoy]) -> list[str]:
    """Return one to seven values, mostly of one decoy, in cells or in one text."""
    one, other = rng.choice(decoys), rng.choice(decoys)
    shown = [one if rng.random() < 0.7 else other for _ in range(rng.choice([1, 2, 3, 3, 4, 5, 7]))]
    cells = [rng.choice(rng.choice(list(values(rng, decoy)))) for decoy in shown]
    return cells if rng.random() < 0.8 else [rng.choice([" ", ",", "", "----"]).join(cells)]


def pointed_at(row: Row, index: DecoyIndex) -> Iterator[Profile]:
    """Yield every decoy that a value of the row leads to."""
    for digits in row.phones:
        for length in index.phone_lengths:
            yield from index.by_phone.get(digits[-length:], ()) if len(digits) >= length else ()
    for found, lookup in (
        (row.words, index.by_waybill),
        (row.mailboxes, index.by_mailbox),
        (row.tokens, index.by_token),
    ):
        for value in found:
            yield from lookup.get(value, ())
    for prefix, suffix in row.masked_phones:
        yield from index.by_mask.get(mask_key(prefix, suffix) or "", ())
    for anchor, houses in row.houses.items():
        here = [(one, one.address) for one in index.by_anchor.get(anchor, ()) if one.address]
        exact = [
            one for one, key in here
            if not key.numbers[1:] or any(compare_house(key, house) is Agreement.FULL for house in houses)
        ]  # fmt: skip
        yield from exact or (one for one, _ in here)
    for stretch in (stretch for words in row.latin for stretch in word_stretches(words)):
        yield from index.by_words.get(stretch, ())


def exhaustively(record: list[str], index: DecoyIndex) -> list[Candidate]:
    """Weigh every decoy that is pointed at, one by one, and compare each with each."""
    row = Row.of(record)
    names_city = bool(index.city and index.city.search(row.text))
    each = [
        replace(weigh(one, row, names_city=names_city), decoys=frozenset([one.id]))
        for one in dict.fromkeys(pointed_at(row, index))
    ]
    each = [one for one in each if one.fields]
    sharing = Counter(value for one in each for value in one.evidence)
    kept: list[Candidate] = []
    for one in sorted(each, key=lambda one: one.chance_per_row):
        better = next((other for other in kept if one.evidence <= other.evidence), None)
        if better is None:
            own = [value for value in one.evidence if value[1]] or list(one.evidence)
            kept.append(replace(one, tried=max(sharing[value] for value in own)))
        elif one.evidence == better.evidence and one.conflicts == better.conflicts and kinds(one) == kinds(better):
            kept[kept.index(better)] = replace(better, decoys=better.decoys | one.decoys)
    return [one for one in kept if one.chance_per_row < 1]


def kinds(one: Candidate) -> dict[str, str]:
    return {role: field.match for role, field in one.fields.items()}


@pytest.mark.parametrize(("seed", "count"), [(1, 5), (2, 40), (3, 200), (4, 200), (5, 600), (6, 600)])
def test_classes_give_what_weighing_each_gives(seed: int, count: int) -> None:
    rng = Random(seed)
    decoys = list(some_decoys(rng, count))
    index = DecoyIndex.build(decoys)
    named = 0
    for _ in range(120):
        record = a_record(rng, decoys)
        found = match_record(record, index)
        assert found == exhaustively(record, index), record
        named += bool(found)
    assert named > 60


def test_a_thousand_decoys_of_a_number_that_agree_alike_are_one_candidate() -> None:
    """A masked number and somebody else's name: nothing tells them apart, and each was a chance to agree."""
    decoys = [Decoy(DecoyId(f"D{at}"), f"王{GIVEN[at % 5]}{at}", E164("+8614000771234")) for at in range(1000)]
    (found,) = match_record(["李军婷", "140****1234"], DecoyIndex.build(decoys))
    assert found.decoys == {one.id for one in decoys}
    assert (found.tried, found.conflicts) == (1000, ("recipient_name",))


def test_the_one_of_a_thousand_whose_name_fits_is_told_apart() -> None:
    decoys = [Decoy(DecoyId(f"D{at}"), f"王{chr(0x4E00 + at)}", E164("+8614000771234")) for at in range(1000)]
    (found,) = match_record([decoys[700].name, "140****1234"], DecoyIndex.build(decoys))
    assert (found.decoys, found.tried) == (frozenset([DecoyId("D700")]), 1000)


def test_more_decoys_than_fit_a_hand_are_all_looked_at() -> None:
    """Two digits of a number lead to all decoys of many numbers, the last of them too."""
    decoys = [Decoy(DecoyId(f"D{at}"), f"王{at}", E164(f"+8614000{at % 100:04d}34")) for at in range(12_000)]
    rare = replace(decoys[-1], name="司马小红")
    (found,) = match_record(["司马小红", "140******34"], DecoyIndex.build([*decoys[:-1], rare]))
    assert (found.decoys, found.tried) == (frozenset([rare.id]), 12_000)


def test_what_is_left_out_could_neither_be_reported_nor_help_another() -> None:
    """A neighbour's row: another room, number and name. Twenty such candidates a row would be needed to matter."""
    home = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋2单元1203室")
    index = DecoyIndex.build([Decoy(DecoyId("D1"), "王小红", E164("+8614000771234"), home)])
    record = ["李军婷", "14009999999", "杭州市文一西路969号7栋1单元101室"]
    assert match_record(record, index) == []
    left_out = weigh(index.profiles[DecoyId("D1")], Row.of(record), names_city=True)
    assert left_out.chance_per_row == 1
    weak = match_record(["140****1234"], index)[0]
    place = Place("dump.csv", 1, ())
    rows = 2000
    assert weak.chance_per_row * rows < MAX_CHANCE
    for count in (1, 19, 19 * rows):
        alone = report([(weak, place)], Background(), rows=rows, decoys=100)[0]
        beside = report([(weak, place), *[(left_out, place)] * count], Background(), rows=rows, decoys=100)[0]
        assert beside == alone == ()
