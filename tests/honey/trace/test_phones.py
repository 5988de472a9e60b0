"""A phone number is read however it was typed, exported or masked; other numbers are not."""

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from honey.trace.phones import Number, mask_key, mask_keys, phones_in, plain

OURS = Number.of("+8614012345678")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
LETTERS = str.maketrans("01", "ol")


def reads(text: str, number: Number = OURS) -> bool:
    return any(number.dialled_by(seen.digits) for seen in phones_in(plain(text)) if not seen.masked)


@pytest.mark.parametrize(
    "text",
    [
        "14012345678", "+8614012345678", "+86 140-1234-5678", "0086-14012345678", "8614012345678", "014012345678",
        "(+86)14012345678", "17951 14012345678", "1795114012345678", "12593014012345678", "140 1234 5678",
        "140-1234-5678", "140.1234.5678", "'14012345678", "14012345678.0", "14012345678-8021", "14012345678转8021",
        "14012345678,8021", "１４０１２３４５６７８", "１４０-１２３４-５６７８", "一四零一二三四五六七八",
        "壹肆零壹贰叁肆伍陆柒捌", "幺四零幺二三四五六七八", "壹肆零12345678", "l40l2345678", "1401234567８",
        "电话:14012345678 地址", "2026-11-18 14012345678", "王小红14012345678浙江省杭州市", "14012345678 3 2",
    ],
)  # fmt: skip
def test_every_way_to_write_it_is_read(text: str) -> None:
    assert reads(text)


@pytest.mark.parametrize(
    "text",
    [
        "14012345679", "1401234567", "140123456789", "914012345678", "99914012345678", "1401234567814012345679",
        "140****5678", "", "2026-11-18 14:01:23",
    ],
)  # fmt: skip
def test_other_numbers_are_not_taken_for_it(text: str) -> None:
    assert not reads(text)


@pytest.mark.parametrize(
    ("e164", "country", "national"),
    [
        ("+8614012345678", "86", "14012345678"),
        ("+12025550123", "1", "2025550123"),
        ("+447700900123", "44", "7700900123"),
        ("+85290000000", "852", "90000000"),
    ],
)
def test_a_number_is_split_by_its_country_code(e164: str, country: str, national: str) -> None:
    assert Number.of(e164) == Number(country, national)


@pytest.mark.parametrize(
    ("e164", "text"),
    [("+447700900123", "07700 900123"), ("+12025550123", "(202) 555-0123"), ("+12025550123", "1-202-555-0123")],
)
def test_foreign_numbers_are_read_in_their_own_habits(e164: str, text: str) -> None:
    assert reads(text, Number.of(e164))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("140****5678", True), ("140******78", True), ("+86 140****5678", True), ("86140****5678", True),
        ("140＊＊＊＊5678", True), ("140xxxx5678", True), ("140 **** 5678", True), ("140-****-5678", True),
        ("1401234****", True), ("140****5679", False), ("141****5678", False), ("140******88", False),
        ("1**********", False), ("14012345678", False),
    ],
)  # fmt: skip
def test_the_visible_ends_of_a_masked_number_decide(text: str, *, fits: bool) -> None:
    seen = [one for one in phones_in(plain(text)) if one.masked]
    assert any(OURS.fits(one.digits, one.suffix) for one in seen) is fits
    if fits:
        keys = {mask_key(one.digits, one.suffix) for one in seen if OURS.fits(one.digits, one.suffix)}
        assert keys & set(mask_keys(OURS.national))


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, str]:
    """A number and one of its disguises."""
    national = "1400" + draw(st.text("0123456789", min_size=7, max_size=7))
    table = draw(st.sampled_from([{}, CHINESE, FORMAL, WIDE, LETTERS]))
    gap = draw(st.sampled_from(["", " ", "-", "."])) if not table or table is WIDE else ""
    prefix = draw(st.sampled_from(["", "+86", "86", "0086", "0", "17951"])) if table is not LETTERS else ""
    suffix = draw(st.sampled_from(["", ".0", "转8021", " 收", "\t浙江省"]))
    if table is LETTERS:
        suffix = ""
        assume(sum(character not in "01" for character in national) >= 4)  # else it is a word
    body = gap.join((national[:3], national[3:7], national[7:])).translate(table)
    return national, f"{prefix}{gap}{body}{suffix}" if prefix else f"{body}{suffix}"


@given(mangled())
def test_a_mangled_number_normalises_to_itself(case: tuple[str, str]) -> None:
    national, text = case
    assert reads(text, Number("86", national))


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    assert len(list(phones_in(plain(text)))) <= 40 * (len(text) + 1)


@given(st.text(alphabet="0123456789oOlIB零一二壹幺陆 -.*xX#王号YT", max_size=120))
def test_numbers_in_disguise_are_read_without_failing(text: str) -> None:
    for seen in phones_in(plain(text)):
        assert seen.digits.isdigit()


@settings(derandomize=True)
@given(
    st.from_regex("140[0-9]{8}", fullmatch=True),
    st.sampled_from(["", " ", "-", ". "]),
    st.randoms(use_true_random=False),
)
def test_letters_for_some_digits_change_nothing(number: str, gap: str, rng: random.Random) -> None:
    letters = {"0": "O", "1": "l", "8": "B"}
    places = [at for at, digit in enumerate(number) if digit in letters]
    wrong = set(rng.sample(places, min(len(places), 4)))
    written = [letters[digit] if at in wrong else digit for at, digit in enumerate(number)]
    text = gap.join(["".join(written[:3]), "".join(written[3:7]), "".join(written[7:])])
    assert number in {seen.digits for seen in phones_in(plain(text))}
