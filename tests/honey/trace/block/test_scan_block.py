"""The search of raw blocks names every line that the search of single rows passes, whatever the values look like."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.index import DecoyIndex
from honey.trace.prefilter import Prefilter

pytestmark = pytest.mark.usefixtures("kernel")

Rows = Callable[[int, int], Iterator[list[str]]]
WIDE = str.maketrans(
    "0123456789@abcdefghijklmnopqrstuvwxyz",
    "０１２３４５６７８９＠ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ",
)
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "〇壹贰叁肆伍陆柒捌玖")
SPOKEN = str.maketrans("0123456789", "零幺两三四五六七八九")
LETTERS = str.maketrans("01", "Ol")
MISREAD = str.maketrans("0184", "OlB4")
JOINTS = (
    *(",", ", ", "\t", "|", ";", "----", '","', "', '", ",,", " " * 40, "：", "，", " | ", "</td><td>", "\r\n"),
    *('", "c3": "', '","房号":"', '","c3":"","c4":"', '", "house_number_of_the_customer": "', '"，门牌号："'),
)
MASKS = "*＊#●•×○◯﹡xX"


def phone_forms(phone: str) -> Iterator[str]:
    yield from (phone, f"+86{phone}", f"0086{phone}", f"86-{phone}", f"0{phone}", f"{phone}.0", f"'{phone}")
    for gap in (" ", "-", ".", "_", " - ", ")", "'"):
        yield f"{phone[:3]}{gap}{phone[3:7]}{gap}{phone[7:]}"
        yield f"l40{gap}{phone[3:7]}{gap}{phone[7:]}"
        yield f"14O{gap}{phone[3:7].translate(MISREAD)}{gap}{phone[7:]}"
        yield f"{phone[:3]}{gap}{phone[3:7]}{gap}{phone[7:].translate(MISREAD)}"
        yield f"+86 ({phone[:3]}){gap}{phone[3:]}"
        yield gap.join(phone)
    for table in (WIDE, CHINESE, FORMAL, SPOKEN, LETTERS, MISREAD):
        yield phone.translate(table)
        yield phone[:5] + phone[5:].translate(table)
        yield phone[:7].translate(table) + phone[7:]
        yield phone[:4] + phone[4:6].translate(table) + phone[6:]
    yield f"1.{phone[1:]}e10"
    for mask in MASKS:
        yield f"{phone[:3]}{mask * 4}{phone[-4:]}"
        yield f"{phone[:3]}{mask * 6}{phone[-2:]}"
        yield f"l4O{mask * 4}{phone[-4:].translate(MISREAD)}"
        yield f"{phone[:7]}{mask * 4}"
        yield from (
            f"{phone[:3]}-{phone[3:7]}-{mask * 4}",
            f"{phone[:7]} {mask * 4}",
            f"{phone[:3]} {phone[3:7]}{mask * 2}",
        )
        yield f"+86 {phone[:3]}-{mask * 4}-{phone[-4:]}"
        yield f"0086{phone[:3]}{mask * 4}{phone[-4:]}"
        yield f"86{phone[:7]}{mask * 3}{phone[-1]}"


def address_forms(detail: str) -> Iterator[str]:
    before, _, rest = detail.partition("号")
    road, house = before[:-3], before[-3:]
    spelt = f"{house[0]}百{house[1]}十{house[2].strip('0')}".translate(CHINESE)
    yield detail
    for number in (house, f" {house}", house.translate(WIDE), house.translate(CHINESE), spelt, f"　{house}"):
        yield f"{road}{number}号{rest}"
        yield f"{road}{number}號***"
        yield f"{road}{number}-3-2-1203"
        for joint in JOINTS:
            yield f"{road}{joint}{number}号{rest}"


def other_forms(decoy: Decoy) -> Iterator[str]:
    number, mail, link = str(decoy.waybill_number), str(decoy.email), str(decoy.link)
    yield from (number, number.lower(), number[2:], number.translate(WIDE), f"{number}.0", f"A{number}", f"x{number}x")
    yield from (number.translate(LETTERS), number.translate(MISREAD), f"YTB{number[3:]}", f"YT80OO{number[6:]}")
    yield from (
        " ".join((number[:4], number[4:8], number[8:])),
        "-".join((number[:7], number[7:])),
        number[:9] + "*" * 6,
    )
    yield from (mail, mail.upper(), mail.replace("@", "+tag@"), mail.translate(WIDE), f"<{mail}>", f"mailto:{mail}.")
    yield from (link, link.upper(), link.replace("https://", ""), link.replace("/", "\\/"), "track.example.net")


def forms(decoy: Decoy) -> list[str]:
    assert decoy.phone
    assert decoy.address
    return [
        *phone_forms(decoy.phone.removeprefix("+86")), *address_forms(decoy.address.detail), *other_forms(decoy),
    ]  # fmt: skip


def one_by_one(prefilter: Prefilter, texts: Sequence[str]) -> list[int]:
    return [at for at, text in enumerate(texts) if prefilter.may_hold(text)]


FRAMES = [
    *("{}", ",{},", "王芳{}收", "a{}b", "2026-11-11 11:11:11 {} 2026-11-12"),
    *('"{}"', "单号{}电话", "{}\t14009123456", "1{}", "{}1"),
]


@pytest.mark.parametrize("frame", FRAMES)
def test_every_form_in_every_frame_is_named(frame: str, decoys: list[Decoy], index: DecoyIndex) -> None:
    prefilter = Prefilter(index)
    texts = [frame.format(form) for decoy in decoys[::41] for form in forms(decoy)]
    expected = one_by_one(prefilter, texts)
    assert [texts[at] for at in prefilter.select(texts)] == [texts[at] for at in expected]
    assert len(expected) > len(texts) / 3


def test_every_form_alone_in_its_block_is_named(decoys: list[Decoy], index: DecoyIndex, abroad: DecoyIndex) -> None:
    for prefilter in (Prefilter(index), Prefilter(abroad)):
        for text in [*forms(decoys[0]), *forms(decoys[77]), *forms_abroad()]:
            for cut in (0, 3, len(text) // 2):
                part = text[cut:]
                assert list(prefilter.select([part])) == one_by_one(prefilter, [part]), part


def test_live_rows_are_judged_as_one_by_one(decoys: list[Decoy], index: DecoyIndex, live_rows: Rows) -> None:
    rng, prefilter = random.Random(5), Prefilter(index)
    texts = [",".join(row) for row in live_rows(3000, 21)]
    for at in range(0, len(texts), 9):
        cut = rng.randrange(len(texts[at]))
        texts[at] = texts[at][:cut] + rng.choice(forms(rng.choice(decoys))) + texts[at][cut:]
    assert list(prefilter.select(texts)) == one_by_one(prefilter, texts)


def test_damaged_forms_are_judged_as_one_by_one(decoys: list[Decoy], index: DecoyIndex) -> None:
    """Characters swapped, dropped and put in, so that every edge of every form is met."""
    rng, prefilter = random.Random(6), Prefilter(index)
    inserted = "0189 -*xX.,'()_+@#●＊×１一十oOlIB号路道　\n\t\\u4e00王é"
    texts = []
    for _ in range(20_000):
        text = list(rng.choice(forms(rng.choice(decoys[:30]))))
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice(inserted)
        texts.append("".join(text))
    assert [texts[at] for at in prefilter.select(texts)] == [texts[at] for at in one_by_one(prefilter, texts)]


_PIECES = st.sampled_from(
    [
        *("1400077", "140", "0037", "86", "+86 ", "0086", "****", "●●", "-", " ", "x", "文一西路", "双龙大道", "969"),
        *("号", "一", "七", "零", "０", "@", "mail.example.com", "example.net", "YT80000000", "00017", "\n", ",", "王"),
        *("\\u", "O", "l", "B", "14O", "l4O", "ＹＴ", "\ud800", '":', '"', "\t", "  "),
    ]
)


@settings(max_examples=300, deadline=timedelta(seconds=20), derandomize=True)
@given(st.lists(st.lists(_PIECES, max_size=12).map("".join), max_size=20))
def test_any_texts_are_judged_as_one_by_one(index: DecoyIndex, texts: list[str]) -> None:
    prefilter = Prefilter(index)
    assert list(prefilter.select(texts)) == one_by_one(prefilter, texts)


_SNIPPETS = [
    b"14000770000",
    b"1400",
    b"-",
    b"**",
    b"\xe8\xb7\xaf",
    b"969",
    b"@mail.ex",
    b"12 Exam",
    b"\n",
    b"O",
    b"\xef\xbc",
    b"\x91",
]


@settings(max_examples=300, deadline=timedelta(seconds=20), derandomize=True)
@given(st.lists(st.one_of(st.binary(max_size=9), st.sampled_from(_SNIPPETS)), max_size=30).map(b"".join))
def test_any_bytes_are_searched(index: DecoyIndex, abroad: DecoyIndex, block: bytes) -> None:
    for prefilter in (Prefilter(index), Prefilter(abroad)):
        lines = list(prefilter.lines(block))
        assert lines == sorted(set(lines))
        assert set(lines) <= set(range(block.count(b"\n") + 1))


def test_blocks_of_every_size_are_judged_alike(decoys: list[Decoy], index: DecoyIndex) -> None:
    """One row longer than a block between many short ones."""
    prefilter, value = Prefilter(index), str(decoys[3].waybill_number)
    texts = ["清" * 300_000 + value, *["x" * 200] * 5000, value, *["y"] * 5000, value]
    assert list(prefilter.select(texts)) == [0, 5001, 10_002]


STREETS = (
    "12 Example Street",
    "Musterstraße 14",
    "221B Baker Street",
    "7 rue de l'Exemple",
    "5 Änderungsweg",
    "Åsgård 18",
)
SHORT_NUMBERS = ("AB12CD34", "7QX19", "LONGNUMBER1X2X3X4X5X", "12345X", "A1B2C3D4E5")


@pytest.fixture(scope="module")
def abroad(decoys: list[Decoy]) -> DecoyIndex:
    """Addresses outside China and waybill numbers of few digits among the others."""
    others = [
        Decoy(
            DecoyId(f"F{at}"), f"Alex Sample{at}", E164(f"+1202555{100 + at:04d}" if at % 2 else f"+447700900{at:03d}"),
            PostalAddress("", "London", "", street), f"alex{at:04d}@mail.example.com", number,
        )
        for at, (street, number) in enumerate(zip(STREETS, (*SHORT_NUMBERS, None), strict=True))
    ]  # fmt: skip
    return DecoyIndex.build([*decoys, *others])


def forms_abroad() -> Iterator[str]:
    for street in STREETS:
        yield from (street, street.upper(), street.lower(), street.replace(" ", ", "), street.replace(" ", " . "))
        yield from (f"{street}, Flat 3", f"A{street}", f"{street}0", street.replace("ß", "ss"), street.translate(WIDE))
        yield from (street.replace(" ", ""), street.replace(" ", "    "), street[:-2], f"9{street}")
        yield from (street.replace(" ", space) for space in ("\u3000", "\u00a0", ",\u2003", " \u3000 "))
    for number in SHORT_NUMBERS:
        yield from (number, number.lower(), number.title(), f"{number}X", f"X{number}", f"-{number}_", number[1:])
    yield from ("+1 (202) 555-0101", "202 555 0103", "07700 900 002", "+44 7700 900 004", "20255501", "07700-900-009")


@pytest.mark.parametrize("frame", FRAMES)
def test_values_from_abroad_in_every_frame_are_named(frame: str, abroad: DecoyIndex) -> None:
    prefilter = Prefilter(abroad)
    texts = [frame.format(form) for form in forms_abroad()]
    expected = one_by_one(prefilter, texts)
    assert [texts[at] for at in prefilter.select(texts)] == [texts[at] for at in expected]
    assert expected


def test_damaged_values_from_abroad_are_judged_as_one_by_one(abroad: DecoyIndex, decoys: list[Decoy]) -> None:
    rng, prefilter, texts = random.Random(8), Prefilter(abroad), []
    known = [*forms_abroad(), *forms(decoys[0])]
    for _ in range(10_000):
        text = list(rng.choice(known))
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice("019 -.,aAsSöÖßxX\n\t王\u3000\u00a0")
        texts.append("".join(text))
    assert [texts[at] for at in prefilter.select(texts)] == [texts[at] for at in one_by_one(prefilter, texts)]


def test_live_rows_are_stopped_in_blocks(abroad: DecoyIndex, live_rows: Rows) -> None:
    block = "\n".join(",".join(row) for row in live_rows(3000, 22)).encode()
    assert len(Prefilter(abroad).lines(block)) < 30


@pytest.mark.parametrize("text", ['{"a": "\\u6587\\u4e00"}', "C:\\\\x", "①②", "⒀", "𝟙", "ａ", "Ｚ", "９", "＠"])
def test_a_line_that_reads_otherwise_once_opened_is_named(text: str, index: DecoyIndex) -> None:
    assert list(Prefilter(index).lines(f"x\n{text}\ny，（：\uff0d".encode())) == [1]
