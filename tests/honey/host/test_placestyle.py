"""Place styles: which parts stand in own columns and how they are spelled."""

import pytest

from honey.host.placestyle import learn_places, plain
from honey.model.beacon import PostalAddress
from honey.model.waybill import Role, Row

OURS = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋")
PARTS = {Role.RECIPIENT_PROVINCE: "p", Role.RECIPIENT_CITY: "c", Role.RECIPIENT_DISTRICT: "d"}
ALL = {**PARTS, Role.RECIPIENT_ADDRESS: "a", Role.RECIPIENT_POSTCODE: "z", Role.RECIPIENT_COUNTRY: "n"}


def _row(province: str, city: str, district: str, address: str, **more: str) -> Row:
    return {"p": province, "c": city, "d": district, "a": address, **more}


def test_separate_columns_take_the_parts_and_the_address_only_the_rest() -> None:
    style = learn_places([_row("江苏省", "苏州市", "吴中区", "东吴南路2号")], ALL)
    written = style.write(OURS)
    assert [written[role] for role in PARTS] == ["浙江省", "杭州市", "余杭区"]
    assert written[Role.RECIPIENT_ADDRESS] == "文一西路969号3栋"


def test_an_address_that_repeats_its_parts_repeats_ours() -> None:
    style = learn_places([_row("江苏省", "苏州市", "吴中区", "江苏省苏州市吴中区东吴南路2号")], ALL)
    assert style.write(OURS)[Role.RECIPIENT_ADDRESS] == OURS.full


def test_one_column_takes_the_whole_address() -> None:
    style = learn_places([{"a": "江苏省苏州市吴中区东吴南路2号"}], {Role.RECIPIENT_ADDRESS: "a"})
    assert style.write(OURS)[Role.RECIPIENT_ADDRESS] == OURS.full


def test_parts_set_apart_by_spaces_are_set_apart() -> None:
    style = learn_places([{"a": "江苏省 苏州市 吴中区 东吴南路2号"}], {Role.RECIPIENT_ADDRESS: "a"})
    assert style.write(OURS)[Role.RECIPIENT_ADDRESS] == "浙江省 杭州市 余杭区 文一西路969号3栋"


def test_a_host_that_leaves_out_the_kinds_of_places_gets_bare_names() -> None:
    style = learn_places([_row("江苏", "苏州", "吴中", "东吴南路2号")], ALL)
    assert [style.write(OURS)[role] for role in PARTS] == ["浙江", "杭州", "余杭"]


def test_a_place_the_host_knows_is_spelled_its_way() -> None:
    style = learn_places([_row("浙江", "杭州", "余杭区", "a"), _row("江苏省", "苏州市", "吴中区", "b")], ALL)
    assert [style.write(OURS)[role] for role in PARTS] == ["浙江", "杭州", "余杭区"]


@pytest.mark.parametrize("city", ["北京城区", "市辖区", "北京市"])
def test_a_municipality_s_city_is_written_as_the_host_writes_it(city: str) -> None:
    style = learn_places([_row("北京市", city, "东城区", "东直门1号")], ALL)
    address = PostalAddress("北京市", "北京市", "朝阳区", "建国路1号")
    assert style.write(address)[Role.RECIPIENT_CITY] == city


def test_postcode_and_country_come_from_rows_of_the_same_city() -> None:
    rows = [
        _row("浙江省", "杭州市", "西湖区", "a", z="310000", n="CN"),
        _row("江苏省", "苏州市", "b", "c", z="2", n="XX"),
    ]
    written = learn_places(rows, ALL).write(OURS)
    assert (written[Role.RECIPIENT_POSTCODE], written[Role.RECIPIENT_COUNTRY]) == ("310000", "CN")


def test_a_city_of_the_same_name_in_another_province_gives_nothing() -> None:
    written = learn_places(
        [_row("吉林省", "杭州市", "b", "c", z="1", n="CN"), _row("a", "b", "c", "d", n="XX")], ALL
    ).write(OURS)
    assert (written[Role.RECIPIENT_POSTCODE], written[Role.RECIPIENT_COUNTRY]) == (None, None)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("江苏省苏州市吴中区东吴南路****", "浙江省杭州市余杭区文一西路****"),
        ("江苏省东吴南路**号*栋", "浙江省杭州市余杭区文一西路**号**栋"),
    ],
)
def test_an_export_that_hides_addresses_hides_ours(shown: str, expected: str) -> None:
    style = learn_places([{"a": shown}] * 3, {Role.RECIPIENT_ADDRESS: "a"})
    assert style.write(OURS)[Role.RECIPIENT_ADDRESS] == expected


def test_latin_addresses_run_from_the_house_to_the_province() -> None:
    style = learn_places([{"a": "1 High Street, London"}], {Role.RECIPIENT_ADDRESS: "a"})
    address = PostalAddress("Bayern", "Munich", "Au", "Lilienstr. 2")
    assert style.write(address)[Role.RECIPIENT_ADDRESS] == "Lilienstr. 2, Au, Munich, Bayern"


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("杭州市", "杭州"),
        ("广西壮族自治区", "广西"),
        ("北京城区", "北京"),
        ("Graz", "graz"),
        ("矿区", "矿区"),
        ("香港特别行政区", "香港"),
    ],
)
def test_plain_names_leave_out_the_kind_of_place(name: str, bare: str) -> None:
    assert plain(name) == bare
