"""Names and values together decide the roles of a table's columns."""

from collections.abc import Mapping, Sequence

import pytest

from honey.host.roles import guess_roles
from honey.model.waybill import Role

PHONES = [f"1400000{n:04d}" for n in range(40)]
NAMES = ["王芳", "李小明", "张伟", "刘洋"] * 10
ADDRESSES = [f"文一西路{n}号3栋1单元{n:02d}02室" for n in range(40)]
TIMES = [f"2026-11-{n % 28 + 1:02d} 10:00:00" for n in range(40)]
NUMBERS = [f"YT80000000{n:05d}" for n in range(40)]
CONTACTS = [
    f"{name} {phone} 浙江省杭州市余杭区{address}" for name, phone, address in zip(NAMES, PHONES, ADDRESSES, strict=True)
]
PROVINCES, CITIES, DISTRICTS = ["浙江省"] * 40, ["杭州市"] * 40, ["余杭区", "西湖区"] * 20

Columns = Mapping[str, Sequence[object]]


def roles_of(columns: Columns, *, customers: bool = True) -> dict[str, str]:
    guesses = guess_roles(list(columns.items()), customers=customers)
    assert list(guesses) == list(columns)
    return {guess.role.value: name for name, guess in guesses.items() if guess.role is not None}


TABLES: dict[str, tuple[Columns, dict[str, str]]] = {
    "pinyin": (
        {
            "ydh": NUMBERS,
            "ji_name": NAMES,
            "ji_tel": PHONES,
            "shou_name": NAMES,
            "shou_tel": PHONES,
            "shou_dz": ADDRESSES,
        },
        {
            "waybill_number": "ydh",
            "sender_name": "ji_name",
            "sender_phone": "ji_tel",
            "recipient_name": "shou_name",
            "recipient_phone": "shou_tel",
            "recipient_address": "shou_dz",
        },
    ),
    "Chinese headers of an export": (
        {
            "运单号": NUMBERS,
            "收件人": NAMES,
            "收件电话": PHONES,
            "收件地址": ADDRESSES,
            "寄件人": NAMES,
            "备注": ["放门口"] * 40,
        },
        {
            "waybill_number": "运单号",
            "recipient_name": "收件人",
            "recipient_phone": "收件电话",
            "recipient_address": "收件地址",
            "sender_name": "寄件人",
            "note": "备注",
        },
    ),
    "one free text without a side": (
        {"order_no": NUMBERS, "user_address": CONTACTS, "create_time": TIMES},
        {"order_number": "order_no", "recipient": "user_address", "created_at": "create_time"},
    ),
    "a recipient in one text beside the phone": (
        {"收件人信息": CONTACTS, "收件电话": PHONES},
        {"recipient": "收件人信息", "recipient_phone": "收件电话"},
    ),
    "unsided columns that describe a customer": (
        {"name": NAMES, "mobile": PHONES, "province": PROVINCES, "address": ADDRESSES},
        {
            "recipient_name": "name",
            "recipient_phone": "mobile",
            "recipient_province": "province",
            "recipient_address": "address",
        },
    ),
    "unsided columns beside sided ones": (
        {"receiver_name": NAMES, "receiver_phone": PHONES, "phone": PHONES},
        {"recipient_name": "receiver_name", "recipient_phone": "receiver_phone"},
    ),
    "an unsided name alone": ({"name": NAMES, "price": [1.5] * 40}, {}),
    "a region beside a province": (
        {"rec_province": PROVINCES, "rec_region": DISTRICTS},
        {"recipient_province": "rec_province", "recipient_district": "rec_region"},
    ),
    "a region that holds provinces": (
        {"rec_region": PROVINCES, "rec_city": CITIES},
        {"recipient_province": "rec_region", "recipient_city": "rec_city"},
    ),
    "a region nobody can tell": ({"ship_region": ["Essex", "Táchira"]}, {"recipient_province": "ship_region"}),
    "area ids in place of names": (
        {"receiver_city": [330100] * 40, "receiver_address": ADDRESSES},
        {"recipient_address": "receiver_address"},
    ),
    "the mobile number before an empty landline": (
        {"receiver_tel": [None] * 40, "receiver_mobile": PHONES},
        {"recipient_phone": "receiver_mobile"},
    ),
    "masked phones": ({"receiver_phone": ["140****1234"] * 40}, {"recipient_phone": "receiver_phone"}),
    "a phone column of dates": ({"receiver_phone": TIMES}, {}),
    "encrypted phones": ({"receiver_phone": ["mD1xKq0Zb3a9==Q"] * 40}, {}),
    "empty columns trust their names": (
        {"receiver_phone": [], "waybill_no": []},
        {"recipient_phone": "receiver_phone", "waybill_number": "waybill_no"},
    ),
    "the carrier's code is no waybill number": ({"express_code": ["SF", "YTO"] * 20}, {}),
    "waybill numbers under a doubtful name": ({"express_id": NUMBERS}, {"waybill_number": "express_id"}),
    "a creation time in Unix seconds": (
        {"create_time": [1763800000 + n for n in range(40)]},
        {"created_at": "create_time"},
    ),
    "names that say nothing": (
        {"f1": NUMBERS, "f2": PHONES, "f3": NAMES},
        {"waybill_number": "f1", "recipient_phone": "f2"},
    ),
    "two opaque phone columns": ({"f1": PHONES, "f2": PHONES}, {}),
}


@pytest.mark.parametrize(("columns", "expected"), TABLES.values(), ids=TABLES)
def test_roles_are_proposed(columns: Columns, expected: dict[str, str]) -> None:
    assert roles_of(columns) == expected


def test_a_table_of_staff_has_no_recipients_unless_it_says_so() -> None:
    columns: Columns = {"name": NAMES, "phone": PHONES, "address": ADDRESSES, "x": CONTACTS, "receiver_name": NAMES}
    assert roles_of(columns, customers=False) == {"recipient_name": "receiver_name"}


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        pytest.param(
            {"receiver_phone": [*PHONES[:39], "none of it"]},
            "named like recipient phone, and 98 % of values look like phone numbers",
            id="name and values agree",
        ),
        pytest.param(
            {"receiver_phone": TIMES},
            "named like recipient phone, but 100 % of values look like times",
            id="the values veto the name",
        ),
        pytest.param(
            {"receiver_phone": [None, ""]},
            "named like recipient phone, and it holds no values to judge by",
            id="no values",
        ),
        pytest.param(
            {"receiver_city": ["Berlin", "Luleå"]},
            "named like recipient city, and nothing in its values speaks against it",
            id="values that say nothing",
        ),
        pytest.param(
            {"phone": PHONES},
            "named like recipient phone, but of whom neither it nor the table says",
            id="nobody's phone",
        ),
        pytest.param({"c7": PHONES}, "its name says nothing, but 100 % of values look like phone numbers", id="opaque"),
        pytest.param({"total_price": [1.5]}, "no role by its name, and 100 % of values look like amounts", id="none"),
    ],
)
def test_the_reason_is_one_clause(columns: Columns, why: str) -> None:
    [guess] = guess_roles(list(columns.items())).values()
    assert guess.why == why


def test_the_lesser_of_two_columns_is_told_why() -> None:
    guesses = guess_roles([("order_id", [1, 2]), ("order_no", ["A1", "A2"])])
    assert guesses["order_no"].role is Role.ORDER_NUMBER
    assert guesses["order_id"].why == "named like order number, but another column fits better"
