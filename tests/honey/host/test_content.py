"""Recognising what a column holds from its values."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.host.content import MAX_CHARACTERS, Content, classify, is_phone, kinds_of

COLUMNS: dict[str, tuple[Content, list[object]]] = {
    "Chinese mobile numbers": (Content.PHONE, ["14012345678", "14012345679", "+8614012345678", "0086 140 1234 5678"]),
    "masked mobile numbers": (Content.PHONE, ["140****1234", "140******34", "140xxxx1234", "140＊＊＊＊1234"]),
    "full-width mobile numbers": (Content.PHONE, ["１４０１２３４５６７８", "１４０　１２３４　５６７８"]),
    "numbers kept as integers": (Content.PHONE, [14012345678, 14012345679]),
    "privacy numbers with extensions": (Content.PHONE, ["14012345678转8021", "14012345678-8021", "14012345678,8021"]),
    "landlines": (Content.PHONE, ["021-69777888", "02169777888", "(0571) 8888000"]),
    "E.164 numbers": (Content.PHONE, ["+12025550100", "+447700900123", "+1 202 555 0100"]),
    "European numbers": (
        Content.PHONE,
        [
            "030-0074321",
            "(5) 555-4729",
            "0921-12 34 65",
            "88.60.15.31",
            "(171) 555-7788",
            "0621-08460",
            "(91) 555 22 82",
        ],
    ),
    "mail addresses": (Content.EMAIL, ["a.b@example.com", "王@example.com", "li@mail.example.net"]),
    "Chinese people": (Content.PERSON_NAME, ["王芳", "李小明", "欧阳修", "阿依古丽·买买提", "张先生", "小李"]),
    "masked Chinese people": (Content.PERSON_NAME, ["王**", "*芳", "李*明", "张女士", "欧阳*"]),
    "Latin people": (Content.PERSON_NAME, ["Maria Anders", "Ana Trujillo", "Frédérique Citeaux", "J. O'Neil"]),
    "Chinese companies": (Content.COMPANY_NAME, ["上海云帆科技有限公司", "好又多超市", "王记五金经营部"]),
    "Latin companies": (Content.COMPANY_NAME, ["Ernst Handel", "Save-a-lot Markets", "Example Trading Ltd."]),
    "Chinese addresses": (
        Content.ADDRESS,
        ["文一西路969号3栋1单元502室", "东晓街道", "科兴科学园", "浙江省杭州市余杭区文一西路1号"],
    ),
    "Latin addresses": (Content.ADDRESS, ["Obere Str. 57", "120 Hanover Sq.", "24, place Kléber", "C/ Araquil, 67"]),
    "Chinese provinces": (Content.PROVINCE, ["浙江省", "广东", "内蒙古自治区", "上海市", "广西壮族自治区"]),
    "states by letters": (Content.PROVINCE, ["WA", "RJ", "BC", "SP", "OR"]),
    "Chinese cities": (Content.CITY, ["杭州市", "深圳市", "恩施土家族苗族自治州", "大兴安岭地区"]),
    "Chinese districts": (Content.DISTRICT, ["余杭区", "天宁区", "桐庐县", "东乌珠穆沁旗"]),
    "links": (Content.URL, ["https://t.example.net/a?b=1", "http://example.com", "www.example.com/x"]),
    "text moments": (Content.DATETIME, ["2018-09-15 12:24:27", "2026/1/2 3:04", "2026-11-21T08:15:30.123456Z"]),
    "moments": (Content.DATETIME, [datetime(2026, 11, 22, tzinfo=UTC)]),
    "text days": (Content.DATE, ["1996-09-17", "2026年11月2日", "20261122", "11/22/2026"]),
    "days": (Content.DATE, [date(2026, 11, 22)]),
    "waybill numbers of several carriers": (
        Content.WAYBILL_NUMBER,
        ["YT8000000000001", "SF1400000000001", "77316523125896", "JDVA11408814483", "AA123456785BR", "JT0006968326954"],
    ),
    "Chinese postcodes": (Content.POSTCODE, ["518000", "310000", "100000"]),
    "postcodes of many countries": (
        Content.POSTCODE,
        ["12209", "WA1 1DP", "S-958 22", "05487-020", "T2F 8M4", "97219-1234", "OX15 4NB", "1081 AB"],
    ),
    "countries": (Content.COUNTRY, ["Germany", "UK", "中国", "Brazil", "United Kingdom"]),
    "prices": (Content.MONEY, ["18732.00", "¥12", "1,234.50", "$ 5.00"]),
    "prices as numbers": (Content.MONEY, [0.56, Decimal("3.10")]),
    "switches": (Content.FLAG, [0, 1, 1, 0, 4]),
    "yes and no": (Content.FLAG, ["是", "否", "Y", "n"]),
    "identifiers": (Content.CODE, ["O01", "HB-0193", "201809150101000001", "VINET"]),
    "keys": (Content.CODE, [10248, 10249, 10250]),
    "prose": (Content.TEXT, ["leave at the door please", "满减优惠：满3000.00元，减300.00元", "放门口", "???"]),
    "photographs": (Content.BINARY, [b"\x00\x01"]),
    "one free text with everything": (
        Content.CONTACT,
        [
            "王芳 14012345678 浙江省杭州市余杭区文一西路969号",
            "浙江省杭州市余杭区五常街道 李娜(收) 140****5678",
            "John Doe, +1 202 555 0100, 12 Main Street",
        ],
    ),
    "nothing": (Content.EMPTY, [None, "", "  ", "NULL", "无"]),
    "no rows": (Content.EMPTY, []),
    "some junk rows among numbers": (Content.PHONE, ["14012345678"] * 8 + ["test", "aa", None, ""]),
}


@pytest.mark.parametrize(("content", "values"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_is_recognised(content: Content, values: list[object]) -> None:
    looks = classify(values)
    assert looks.content is content, looks.shares
    assert looks.share >= 0.75


@pytest.mark.parametrize(
    "value",
    ["2018-09-15", "12345-6789", "192.168.1.100", "1234.56", "201809150101000001", "12", "518000", "O-01", "05021"],
)
def test_these_are_not_phone_numbers(value: str) -> None:
    assert not is_phone(value)
    assert Content.PHONE not in set(kinds_of(value))


def test_empty_values_do_not_count() -> None:
    looks = classify(["14012345678", None, "", "14012345679"])
    assert (looks.values, looks.share) == (2, 1.0)


def test_shares_of_several_readings_are_kept() -> None:
    looks = classify(["518000", "310000", "not one"])
    assert looks.content is Content.TEXT
    assert looks.like(Content.POSTCODE) == pytest.approx(2 / 3)
    assert looks.like(Content.EMAIL, Content.URL) == 0.0


ANY_VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=400),
    st.binary(),
    st.dates(),
    st.datetimes(),
)


@given(st.lists(ANY_VALUE, max_size=20))
def test_any_values_are_read_without_error(values: list[object]) -> None:
    looks = classify(values)
    assert 0.0 <= looks.share <= 1.0
    assert looks.content in Content


@pytest.mark.parametrize("unit", ["1", "1-", "1 ", "王", "a ", "a@", "(", "1.", "号1", "*", "+1 "])
@pytest.mark.timeout(5)
def test_long_hostile_values_take_bounded_time(unit: str) -> None:
    assert classify([unit * 1_000_000] * 2000).values == 2000
    assert MAX_CHARACTERS <= 1000
