"""Traditional characters are read as simplified ones, and a road is looked for in every spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace.normalise import CHINESE_DIGITS, fold
from honey.trace.traditional import MAX_SPELLINGS, TO_SIMPLIFIED, spellings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("張曉麗", "张晓丽"),
        ("雙龍大道969號3棟2單元", "双龙大道969号3栋2单元"),
        ("廣東省深圳市寶安區臺灣路", "广东省深圳市宝安区台湾路"),
        ("鄭敏靜", "郑敏静"),
        ("衞裏", "卫里"),
    ],
)
def test_traditional_text_reads_as_simplified(written: str, meant: str) -> None:
    assert fold(written) == meant


def test_a_simplified_character_is_never_changed_again() -> None:
    for simplified in TO_SIMPLIFIED.values():
        assert simplified not in TO_SIMPLIFIED


def test_a_digit_stays_the_digit_it_is() -> None:
    for character, digit in CHINESE_DIGITS.items():
        assert CHINESE_DIGITS[fold(character)] == digit


@pytest.mark.parametrize("written", ["雙龍大道", "双龍大道", "雙龙大道", "双龙大道"])
def test_a_mixed_spelling_is_among_the_spellings(written: str) -> None:
    assert written in spellings("双龙大道")


@given(st.text(max_size=8))
def test_every_spelling_means_the_same(text: str) -> None:
    simplified = text.translate(TO_SIMPLIFIED)
    found = spellings(simplified)
    assert found[0] == simplified
    assert len(found) <= MAX_SPELLINGS
    assert {one.translate(TO_SIMPLIFIED) for one in found} == {simplified}
