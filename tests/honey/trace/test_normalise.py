"""Names, waybill numbers and mailboxes come back from every disguise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace import normalise


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("王小红", "王小红", id="a plain name stays"),
        pytest.param(" 王 小 红 ", "王小红", id="spaces inside a Chinese name go"),
        pytest.param("王小红女士", "王小红", id="an honorific goes"),
        pytest.param("王小红(收)", "王小红", id="收 in brackets goes"),
        pytest.param("王小红（收）", "王小红", id="full-width brackets go too"),
        pytest.param("王小红 收", "王小红", id="收 after a space goes"),
        pytest.param("收件人：王小红", "王小红", id="a title before the name goes"),
        pytest.param("張小红", "张小红", id="a traditional surname is folded"),
        pytest.param("王小启", "王小启", id="a given name that ends in 启 stays"),
        pytest.param("王＊红", "王*红", id="a full-width mask becomes a star"),
        pytest.param("王XX", "王**", id="letters that hide a given name become stars"),
        pytest.param("Ms. Anna  Trujillo", "anna trujillo", id="a Latin name is lower-cased without title"),
        pytest.param("Max", "max", id="an x in a Latin name is no mask"),
    ],
)
def test_name(written: str, meant: str) -> None:
    assert normalise.name(written) == meant


@pytest.mark.parametrize(
    ("name", "surname"),
    [("王小红", "王"), ("欧阳小红", "欧阳"), ("欧阳", "欧"), ("Anna Trujillo", "trujillo"), ("", "")],
)
def test_surname(name: str, surname: str) -> None:
    assert normalise.surname(name) == surname


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("yt8000 0000 04321", "YT8000000004321", id="spaces and case"),
        pytest.param("'800000004321", "800000004321", id="the apostrophe of a spreadsheet"),
        pytest.param("800000004321.0", "800000004321", id="the .0 of a number column"),
        pytest.param("ＹＴ８０００００００４３２１", "YT800000004321", id="full-width letters and digits"),
    ],
)
def test_waybill(written: str, meant: str) -> None:
    assert normalise.waybill(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ab1+promo@Mail.Example.COM", "ab1@mail.example.com"),
        ("<mailto:ab1@mail.example.com>", "ab1@mail.example.com"),
        ("ab1＠mail.example.com.", "ab1@mail.example.com"),
        ("no mailbox", ""),
        ("@", ""),
    ],
)
def test_mailbox(written: str, meant: str) -> None:
    assert normalise.mailbox(written) == meant


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise.waybill(normalise.waybill(text)) == normalise.waybill(text)
    assert normalise.mailbox(normalise.mailbox(text)) == normalise.mailbox(text)
    normalise.name(text)
