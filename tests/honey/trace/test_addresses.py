"""An address is recognised after what sellers do to it, and a neighbour's is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.model.beacon import PostalAddress
from honey.trace.addresses import (
    AddressKey,
    Agreement,
    compare_house,
    compare_words,
    houses_in,
    latin,
    short,
    squash,
    word_stretches,
)

OURS = AddressKey.of(PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋2单元1203室"))
FOREIGN = AddressKey.of(PostalAddress("", "Berlin", "", "12 Example Street, Flat 3"))


def agreement(text: str, key: AddressKey = OURS) -> Agreement:
    if not key.anchor:
        return compare_words(key, squash(text), latin(text))
    houses = [house for anchor, house in houses_in(squash(text), 0) if anchor == key.anchor]
    return max((compare_house(key, house) for house in houses), default=Agreement.NONE)


@pytest.mark.parametrize(
    "text",
    [
        "浙江省杭州市余杭区文一西路969号3栋2单元1203室", "文一西路969号3栋2单元1203室",
        "文一西路 969 号 3 栋 2 单元 1203 室",
        "文一西路９６９号３栋２单元１２０３室", "文一西路969号3幢2单元1203", "文一西路969-3-2-1203",
        "文一西路969号3-2-1203",
        "文一西路九百六十九号三栋二单元一二〇三室", "文一西路九六九號三棟二單元1203室", "文一西路969号3号楼2单元1203室",
        "杭州市杭州市余杭区，文一西路969号，3栋，2单元，1203室", "地址:文一西路969号3栋2单元1203室 王小红14012345678",
        "文一西路969号3栋02单元1203室",
    ],
)  # fmt: skip
def test_the_whole_address_is_recognised(text: str) -> None:
    assert agreement(text) is Agreement.FULL


@pytest.mark.parametrize(
    "text",
    [
        "文一西路969号",
        "文一西路969号3栋",
        "文一西路969号3栋2单元",
        "文一西路969号3栋***",
        "文一西路969号 14012345678",
        "杭州文一西路969号3栋**单元****室",
    ],
)
def test_a_cut_or_masked_unit_leaves_the_house(text: str) -> None:
    assert agreement(text) is Agreement.BASE


@pytest.mark.parametrize(
    "text", ["文一西路969号3栋2单元1204室", "文一西路969号4栋2单元1203室", "文一西路969号3栋1单元"]
)
def test_another_room_of_the_house_is_somebody_else(text: str) -> None:
    assert agreement(text) is Agreement.OTHER_UNIT


@pytest.mark.parametrize(
    "text", ["", "文一西路96号", "文一西路9690号3栋2单元1203室", "文二西路969号3栋2单元1203室", "1203室"]
)
def test_other_addresses_do_not_agree(text: str) -> None:
    assert agreement(text) is Agreement.NONE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 EXAMPLE STREET FLAT 3", Agreement.FULL), ("12, Example Street; Flat 3, Berlin", Agreement.FULL),
        ("12 Example Street", Agreement.BASE), ("112 Example Street", Agreement.NONE),
        ("13 Example Street", Agreement.NONE),
    ],
)  # fmt: skip
def test_an_address_outside_china_is_compared_by_its_words(text: str, expected: Agreement) -> None:
    assert agreement(text, FOREIGN) is expected


@pytest.mark.parametrize(
    ("division", "name"),
    [
        ("浙江省", "浙江"),
        ("杭州市", "杭州"),
        ("余杭区", "余杭"),
        ("城区", "城区"),
        ("广西壮族自治区", "广西"),
        ("", ""),
    ],
)
def test_a_division_loses_its_suffix(division: str, name: str) -> None:
    assert short(division) == name


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text: str) -> None:
    squashed = squash(text)
    assert len(list(houses_in(squashed, 0))) <= 4 * len(squashed)
    assert len(word_stretches(latin(text))) <= 4000


@given(st.integers(1, 9), st.integers(1, 4), st.integers(101, 2899))
def test_numerals_and_digits_mean_the_same_room(building: int, unit: int, room: int) -> None:
    digits = "零一二三四五六七八九"
    key = AddressKey.of(PostalAddress("浙江省", "杭州市", "余杭区", f"文一西路969号{building}栋{unit}单元{room}室"))
    spelt = "".join(digits[int(digit)] for digit in str(room))
    assert agreement(f"文一西路969号{digits[building]}栋{digits[unit]}单元{spelt}室", key) is Agreement.FULL
