"""Phone styles: reading how a host writes numbers, and writing ours the same way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.host.phonestyle import PhoneStyle, learn_phones, split_number, template_of
from honey.model.beacon import E164

CHINA, AMERICA, BRITAIN = E164("+8614012345678"), E164("+12025550123"), E164("+447700900123")


@pytest.mark.parametrize(
    ("phone", "seen", "written"),
    [
        (AMERICA, "(202) 555-0100", "(202) 555-0123"),
        (AMERICA, "202-555-0100", "202-555-0123"),
        (AMERICA, "+1 202 555 0100", "+1 202 555 0123"),
        (BRITAIN, "07700 900999", "07700 900123"),
        (BRITAIN, "+44 7700 900999", "+44 7700 900123"),
        (BRITAIN, "0044 7700 900999", "0044 7700 900123"),
        (CHINA, "014000000001", "014012345678"),
        (CHINA, "140-0000-0001", "140-1234-5678"),
        (CHINA, "140xxxx0001", "140xxxx5678"),
        (AMERICA, "14000000001", "+12025550123"),
        (AMERICA, "140****0001", "+120****0123"),
        (CHINA, "0571-88880001", "14012345678"),
    ],
)
def test_a_number_is_written_in_the_host_s_style_or_plainly(phone: E164, seen: str, written: str) -> None:
    style = learn_phones([seen])
    assert style is not None
    assert style.write(phone, seen) == written


def test_a_landline_donor_still_gives_the_column_s_mobile_style() -> None:
    style = learn_phones(["140 0000 0001", "140 0000 0002", "0571-88880001"])
    assert style is not None
    assert style.write(CHINA, "0571-88880001") == "140 1234 5678"


def test_without_any_example_a_chinese_number_is_national_and_another_international() -> None:
    assert PhoneStyle(()).write(CHINA) == "14012345678"
    assert PhoneStyle(()).write(AMERICA) == "+12025550123"


@pytest.mark.parametrize("text", ["", "abc", "12345", "YT8000000000001", "2026-11-20 10:00:00", None, 1.5])
def test_what_is_no_phone_number_has_no_template(text: object) -> None:
    assert template_of(text) is None


@pytest.mark.parametrize(
    ("phone", "code"), [(CHINA, "86"), (AMERICA, "1"), (BRITAIN, "44"), (E164("+3531234567"), "353")]
)
def test_calling_codes_are_split_off(phone: E164, code: str) -> None:
    assert split_number(phone)[0] == code


@given(st.text(max_size=40))
def test_any_text_is_read_without_error(text: str) -> None:
    style = learn_phones([text])
    assert style is None or style.write(CHINA, text)
