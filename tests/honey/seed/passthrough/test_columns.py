"""What an export's columns are."""

from collections.abc import Callable

import pytest

from honey.errors import InputError
from honey.model.waybill import Role
from honey.seed.passthrough.columns import has_header, parse_columns, recognise

MakeRows = Callable[..., list[list[str]]]


def test_a_chinese_export_is_recognised(make_rows: MakeRows, header: list[str]) -> None:
    assert recognise(header, make_rows(50), {}, {}) == {
        Role.WAYBILL_NUMBER: "运单号",
        Role.OUTLET: "网点",
        Role.RECIPIENT_NAME: "收件人",
        Role.RECIPIENT_PHONE: "收件人手机",
        Role.RECIPIENT_PROVINCE: "省",
        Role.RECIPIENT_CITY: "市",
        Role.RECIPIENT_DISTRICT: "区",
        Role.RECIPIENT_ADDRESS: "详细地址",
        Role.GOODS: "物品",
        Role.CREATED_AT: "下单时间",
    }


def test_a_headerless_export_is_recognised_by_content(make_rows: MakeRows) -> None:
    found = recognise(None, make_rows(50), {}, {})
    assert found[Role.RECIPIENT_PHONE] == "4"
    assert found[Role.RECIPIENT_NAME] == "3"
    assert found[Role.RECIPIENT_ADDRESS] == "8"
    assert found[Role.WAYBILL_NUMBER] == "1"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param(["姓名", "电话"], ["王芳", "14000000001"], id="name and phone"),
        pytest.param(["x", "y"], ["王芳", "14000000001"], id="names that say nothing"),
        pytest.param(["收件人", "收件手机"], ["王*", "140****0001"], id="masked"),
    ],
)
def test_two_columns_are_enough(header: list[str], row: list[str]) -> None:
    found = recognise(header, [row] * 5, {}, {})
    assert found[Role.RECIPIENT_NAME] == header[0]
    assert found[Role.RECIPIENT_PHONE] == header[1]


def test_without_names_the_phone_that_varies_is_the_recipients() -> None:
    rows = [["14000000001", f"1400000{at:04d}"] for at in range(20)]
    assert recognise(None, rows, {}, {})[Role.RECIPIENT_PHONE] == "2"


def test_the_hosts_names_go_before_content_and_overrides_before_both(make_rows: MakeRows, header: list[str]) -> None:
    rows = make_rows(20)
    header[3], header[9] = "CONTACT_NO", "Note2"
    host = {Role.RECIPIENT_PHONE: "contact_no", Role.NOTE: "note2"}
    assert recognise(header, rows, host, {})[Role.RECIPIENT_PHONE] == "CONTACT_NO"
    found = recognise(header, rows, host, {Role.RECIPIENT_PHONE: "运单号", Role.NOTE: "4"})
    assert found[Role.RECIPIENT_PHONE] == "运单号"
    assert found[Role.NOTE] == "CONTACT_NO"


def test_an_override_that_names_no_column_is_refused(make_rows: MakeRows, header: list[str]) -> None:
    with pytest.raises(InputError, match=r"no column 'tel' in the export; it has 运单号, 网点"):
        recognise(header, make_rows(3), {}, {Role.RECIPIENT_PHONE: "tel"})


def test_a_name_without_a_party_goes_with_the_one_before_it() -> None:
    header = ["收件人", "手机", "地址", "寄件人", "手机", "地址"]
    row = ["王芳", "14000000001", "杭州市余杭区文一西路969号", "李伟", "14000000002", "上海市松江区荣乐路1号"]
    found = recognise(header, [row] * 5, {}, {})
    assert found[Role.RECIPIENT_PHONE] == "手机"
    assert found[Role.SENDER_PHONE] == "手机 (2)"
    assert found[Role.RECIPIENT_ADDRESS] == "地址"
    assert found[Role.SENDER_ADDRESS] == "地址 (2)"


def test_a_name_without_a_party_is_the_recipients_where_only_a_sender_is_named() -> None:
    found = recognise(["姓名", "手机", "寄件人"], [["王芳", "14000000001", "李伟"]] * 5, {}, {})
    assert found[Role.RECIPIENT_PHONE] == "手机"
    assert found[Role.RECIPIENT_NAME] == "姓名"


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([["运单号", "手机"], ["YT7000000000001", "14000000001"]], True, id="names over data"),
        pytest.param([["YT7000000000001", "14000000001"], ["YT7000000000002", "14000000002"]], False, id="data only"),
        pytest.param([["运单号", "手机"]], True, id="a header alone"),
        pytest.param([["YT7000000000001", "14000000001"]], False, id="one row alone"),
        pytest.param([["姓名", "城市"], ["王芳", "杭州"], ["李伟", "杭州"]], True, id="words over words"),
        pytest.param([["李伟", "杭州"], ["王芳", "杭州"], ["赵敏", "上海"]], False, id="words only"),
        pytest.param([["phone1", "id2"], ["14000000001", "1"], ["14000000002", "2"]], True, id="names with digits"),
    ],
)
def test_a_header_is_told_by_content(records: list[list[str]], expected: bool) -> None:
    assert has_header(records) is expected


def test_columns_are_parsed() -> None:
    assert parse_columns("recipient_phone=手机, waybill_number = No ,") == {
        Role.RECIPIENT_PHONE: "手机",
        Role.WAYBILL_NUMBER: "No",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("phone=x", "no role 'phone'; the roles are waybill_number, order_number", id="an unknown role"),
        pytest.param("recipient_phone", "'recipient_phone' is not role=name", id="no name"),
        pytest.param("note=a,note=b", "note is given twice", id="a role twice"),
    ],
)
def test_bad_columns_are_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_columns(text)
