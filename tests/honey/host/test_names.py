"""What a column's name alone says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.host.names import read_name
from honey.host.rolewords import named_roles
from honey.model.waybill import Role

NAMES = {
    "waybill_no": Role.WAYBILL_NUMBER,
    "waybillNo": Role.WAYBILL_NUMBER,
    "waybill_code": Role.WAYBILL_NUMBER,
    "mailno": Role.WAYBILL_NUMBER,
    "tracking_number": Role.WAYBILL_NUMBER,
    "kuaidinum": Role.WAYBILL_NUMBER,
    "yundanhao": Role.WAYBILL_NUMBER,
    "LogisticCode": Role.WAYBILL_NUMBER,
    "deliverNo": Role.WAYBILL_NUMBER,
    "delivery_sn": Role.WAYBILL_NUMBER,
    "express_no": Role.WAYBILL_NUMBER,
    "运单号": Role.WAYBILL_NUMBER,
    "快递单号": Role.WAYBILL_NUMBER,
    "order_sn": Role.ORDER_NUMBER,
    "orderId": Role.ORDER_NUMBER,
    "OrderCode": Role.ORDER_NUMBER,
    "tradeNo": Role.ORDER_NUMBER,
    "订单编号": Role.ORDER_NUMBER,
    "courier_account": Role.ACCOUNT,
    "employee_id": Role.ACCOUNT,
    "operator": Role.ACCOUNT,
    "gonghao": Role.ACCOUNT,
    "快递员工号": Role.ACCOUNT,
    "outlet_code": Role.OUTLET,
    "shipping_branch_code": Role.OUTLET,
    "sourceDeptCode": Role.OUTLET,
    "网点编号": Role.OUTLET,
    "wangdian": Role.OUTLET,
    "create_time": Role.CREATED_AT,
    "gmt_create": Role.CREATED_AT,
    "createdAt": Role.CREATED_AT,
    "order_date": Role.CREATED_AT,
    "下单时间": Role.CREATED_AT,
    "goods_name": Role.GOODS,
    "cargo": Role.GOODS,
    "物品名称": Role.GOODS,
    "remark": Role.NOTE,
    "beizhu": Role.NOTE,
    "buyer_message": Role.NOTE,
    "tracking_url": Role.LINK,
    "receiver_name": Role.RECIPIENT_NAME,
    "recManName": Role.RECIPIENT_NAME,
    "consigneename": Role.RECIPIENT_NAME,
    "end_username": Role.RECIPIENT_NAME,
    "ship_to_name": Role.RECIPIENT_NAME,
    "收货人": Role.RECIPIENT_NAME,
    "收件人姓名": Role.RECIPIENT_NAME,
    "receiveTelephone": Role.RECIPIENT_PHONE,
    "receiverTel": Role.RECIPIENT_PHONE,
    "shou_tel": Role.RECIPIENT_PHONE,
    "collecter_phone": Role.RECIPIENT_PHONE,
    "consignee_mobile": Role.RECIPIENT_PHONE,
    "收件人手机号码": Role.RECIPIENT_PHONE,
    "consignee_email": Role.RECIPIENT_EMAIL,
    "receiver_state": Role.RECIPIENT_PROVINCE,
    "recProvince": Role.RECIPIENT_PROVINCE,
    "ReceiverProvinceName": Role.RECIPIENT_PROVINCE,
    "delivery_city": Role.RECIPIENT_CITY,
    "ReceiverExpAreaName": Role.RECIPIENT_PROVINCE,  # or district: the values decide
    "receiver_county": Role.RECIPIENT_DISTRICT,
    "receiver_detail_address": Role.RECIPIENT_ADDRESS,
    "recManPrintAddr": Role.RECIPIENT_ADDRESS,
    "end_address": Role.RECIPIENT_ADDRESS,
    "shou_dizhi": Role.RECIPIENT_ADDRESS,
    "收货地址": Role.RECIPIENT_ADDRESS,
    "receiver_post_code": Role.RECIPIENT_POSTCODE,
    "ship_postal_code": Role.RECIPIENT_POSTCODE,
    "ship_country": Role.RECIPIENT_COUNTRY,
    "sender_name": Role.SENDER_NAME,
    "ji_name": Role.SENDER_NAME,
    "jiname": Role.SENDER_NAME,
    "begin_username": Role.SENDER_NAME,
    "senter": Role.SENDER_NAME,
    "sendTelephone": Role.SENDER_PHONE,
    "sendManMobile": Role.SENDER_PHONE,
    "shipper_tel": Role.SENDER_PHONE,
    "ship_from_city": Role.SENDER_CITY,
    "寄件人地址": Role.SENDER_ADDRESS,
}

NOTHING = [
    "id", "bill_receiver_phone", "delivery_company", "total_amount", "receiver_city_id", "province_code", "ship_via",
    "member_username", "modify_time", "login_time", "receive_time", "order_status", "courier_phone", "outlet_address",
    "password", "fax", "goods_id", "receiver_id", "xyzzy", "", "123", "____",
]  # fmt: skip


@pytest.mark.parametrize(("name", "role"), NAMES.items(), ids=NAMES)
def test_a_name_suggests_its_role_first(name: str, role: Role) -> None:
    roles = named_roles(read_name(name))
    assert max(roles, key=lambda one: one.strength).role is role, roles


@pytest.mark.parametrize("name", NOTHING)
def test_a_name_about_something_else_suggests_nothing(name: str) -> None:
    assert named_roles(read_name(name)) == []


@pytest.mark.parametrize("name", ["receiver_area", "area", "收件地区"])
def test_a_region_may_be_a_province_or_a_district(name: str) -> None:
    roles = {one.role for one in named_roles(read_name(name)) if one.either}
    assert roles == {Role.RECIPIENT_PROVINCE, Role.RECIPIENT_DISTRICT}


@given(st.text(max_size=300))
def test_any_name_is_read_without_error(name: str) -> None:
    for one in named_roles(read_name(name)):
        assert 0.0 < one.strength <= 1.1


@pytest.mark.timeout(5)
def test_a_long_hostile_name_takes_bounded_time() -> None:
    assert read_name("shou" * 1_000_000).words
