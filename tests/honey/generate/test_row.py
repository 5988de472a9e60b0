"""fit_row: a donor's row with every trace of its customer replaced."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.errors import HostError
from honey.generate.row import Around, fit_row, has_room
from honey.host.column import Column, ColumnType
from honey.host.profile import learn
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.model.waybill import Role, Row
from tests.honey.generate.conftest import SHOPS, Sample, make_decoy, sample_rows

PERSONAL = ("receiver_name", "receiver_phone", "receiver_detail_address", "buyer_phone", "signer_id", "waybill_no")
DONOR = st.integers(min_value=0, max_value=1199)
SEED = st.integers(min_value=0, max_value=2**32)


@given(donor=DONOR, seed=SEED)
@settings(max_examples=150, deadline=None)
def test_any_donor_gives_a_row_that_keeps_the_table_s_constraints(chinese: Sample, donor: int, seed: int) -> None:
    rng = random.Random(seed)
    row = fit_row(make_decoy(rng), chinese.rows[donor], chinese.profile, rng)
    assert "id" not in row
    assert set(row) == {column.name for column in chinese.columns} - {"id"}
    for column in chinese.columns:
        value = row.get(column.name)
        if column.name == "id":
            continue
        assert value is not None or column.nullable, column.name
        if column.max_length is not None and value is not None:
            assert isinstance(value, str), column.name
            assert len(value) <= column.max_length, column.name
        if column.unique:
            assert value not in {other[column.name] for other in chinese.rows}, column.name


@given(donor=DONOR, seed=SEED)
@settings(max_examples=150, deadline=None)
def test_nothing_of_the_donor_s_customer_survives(chinese: Sample, donor: int, seed: int) -> None:
    rng = random.Random(seed)
    theirs = chinese.rows[donor]
    row = fit_row(make_decoy(rng), theirs, chinese.profile, rng)
    text = " ".join(str(value) for name, value in row.items() if name != "receiver_name")
    for name in PERSONAL:
        assert theirs[name] is None or str(theirs[name]) not in text, name
    shops = {phone for _, phone in SHOPS}
    if theirs["sender_phone"] not in shops:
        assert str(theirs["sender_phone"]) not in text
    assert row["sender_phone"] in shops
    assert row["note"] in {None, "请放门口"}


@given(donor=DONOR, seed=SEED)
@settings(max_examples=150, deadline=None)
def test_times_keep_their_order_and_distances(chinese: Sample, donor: int, seed: int) -> None:
    rng = random.Random(seed)
    theirs = chinese.rows[donor]
    row = fit_row(make_decoy(rng), theirs, chinese.profile, rng)
    created, picked = _time(row["create_time"]), _time(row["pickup_time"])
    assert picked - created == _time(theirs["pickup_time"]) - _time(theirs["create_time"])
    assert (row["delivered_time"] is None) == (theirs["delivered_time"] is None)
    if row["delivered_time"] is not None:
        assert picked < _time(row["delivered_time"])
        assert str(row["delivered_time"]) <= max(str(other["delivered_time"] or "") for other in chinese.rows)


def _time(value: object) -> datetime:
    return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the sample writes no zone


def test_the_date_in_an_order_number_is_the_row_s_own(chinese: Sample) -> None:
    for seed in range(50):
        rng = random.Random(seed)
        row = fit_row(make_decoy(rng), chinese.rows[seed], chinese.profile, rng)
        assert str(row["order_no"])[1:9] == str(row["create_time"])[:10].replace("-", "")


def test_columns_that_describe_the_parcel_agree_as_in_the_donor(chinese: Sample) -> None:
    rng = random.Random(1)
    donor = chinese.rows[100]
    row = fit_row(make_decoy(rng), donor, chinese.profile, rng)
    for name in ("courier_account", "outlet_code", "status"):
        assert row[name] == donor[name]


def test_the_same_stream_gives_the_same_row(chinese: Sample) -> None:
    decoy = make_decoy(random.Random(5))
    first = fit_row(decoy, chinese.rows[3], chinese.profile, random.Random(9))
    assert first == fit_row(decoy, chinese.rows[3], chinese.profile, random.Random(9))


def test_the_postcode_is_that_of_the_city(chinese: Sample) -> None:
    address = PostalAddress("广东省", "深圳市", "福田区", "福强路1号")
    decoy = replace(make_decoy(random.Random(2)), address=address)
    assert fit_row(decoy, chinese.rows[0], chinese.profile, random.Random(1))["receiver_postcode"] == "518000"


def test_a_postcode_the_host_never_showed_is_left_blank(chinese: Sample) -> None:
    address = PostalAddress("四川省", "成都市", "武侯区", "天府大道1号")
    decoy = replace(make_decoy(random.Random(2)), address=address)
    assert fit_row(decoy, chinese.rows[0], chinese.profile, random.Random(1))["receiver_postcode"] == ""


def test_an_address_too_long_for_its_column_is_refused_by_name(chinese: Sample) -> None:
    address = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路" * 20)
    decoy = replace(make_decoy(random.Random(2)), address=address)
    with pytest.raises(HostError, match=r"receiver_detail_address.*holds 60 characters"):
        fit_row(decoy, chinese.rows[0], chinese.profile, random.Random(1))


def test_a_private_sender_becomes_the_decoy_where_no_business_sends() -> None:
    rows = [{**row, "sender_name": f"李{chr(0x4E00 + at)}", "sender_phone": f"1400001{at:04d}"}
            for at, row in enumerate(sample_rows(60))]  # fmt: skip
    roles = {Role.SENDER_NAME: "sender_name", Role.SENDER_PHONE: "sender_phone", Role.RECIPIENT_NAME: "receiver_name"}
    columns = [Column(name, nullable=False) for name in ("sender_name", "sender_phone", "receiver_name")]
    decoy = make_decoy(random.Random(3))
    row = fit_row(decoy, rows[0], learn(columns, rows, roles), random.Random(1))
    assert (row["sender_name"], row["sender_phone"]) == (decoy.name, str(decoy.phone).removeprefix("+86"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("14000000001", "14012345678"),
        ("+8614000000001", "+8614012345678"),
        ("+86 140-0000-0001", "+86 140-1234-5678"),
        ("0086 140 0000 0001", "0086 140 1234 5678"),
        ("8614000000001", "8614012345678"),
        ("140****0001", "140****5678"),
        ("140******01", "140******78"),
        (14000000001, 14012345678),
    ],
)
def test_a_phone_number_is_written_as_the_rows_around_it_write_theirs(written: object, expected: object) -> None:
    rows = [{"tel": written, "name": f"王小{chr(0x4E00 + at)}"} for at in range(12)]
    profile = learn([Column("tel"), Column("name")], rows, {Role.RECIPIENT_PHONE: "tel", Role.RECIPIENT_NAME: "name"})
    decoy = Decoy(DecoyId("D1"), "周晓岚", E164("+8614012345678"))
    assert fit_row(decoy, rows[0], profile, random.Random(1))["tel"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王小明 14000000001 浙江省杭州市余杭区文一西路1号", "周晓岚 14012345678 浙江省杭州市余杭区文一西路969号"),
        ("14000000001，王小明，浙江省杭州市文一西路1号", "14012345678，周晓岚，浙江省杭州市余杭区文一西路969号"),
        (
            "收件人：王小明 电话：14000000001 地址：浙江省 杭州市 文一西路1号",
            "收件人：周晓岚 电话：14012345678 地址：浙江省杭州市余杭区文一西路969号",
        ),
    ],
)
def test_one_column_for_the_whole_recipient_keeps_its_order_and_labels(text: str, expected: str) -> None:
    profile = learn([Column("user_address")], [{"user_address": text}] * 3, {Role.RECIPIENT: "user_address"})
    address = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号")
    decoy = Decoy(DecoyId("D1"), "周晓岚", E164("+8614012345678"), address)
    assert fit_row(decoy, {"user_address": text}, profile, random.Random(1))["user_address"] == expected


EXPORT = ("id", "order_no", "receiver_name", "receiver_phone", "receiver_detail_address", "weight", "create_time")


@given(place=st.integers(min_value=0, max_value=1198), donor=DONOR, seed=SEED)
@settings(max_examples=100, deadline=None)
def test_a_sorted_export_stays_sorted(
    as_export: Callable[[Sequence[str]], Sample], place: int, donor: int, seed: int
) -> None:
    export = as_export(EXPORT)
    around = Around(export.rows[place], export.rows[place + 1])
    rng = random.Random(seed)
    row = fit_row(make_decoy(rng), export.rows[donor], export.profile, rng, around=around)
    before, after = export.rows[place]["create_time"], export.rows[place + 1]["create_time"]
    assert str(before) <= str(row["create_time"]) <= str(after)
    assert all(isinstance(value, str) for value in row.values())


def test_running_numbers_lie_between_those_of_the_rows_around(
    as_export: Callable[[Sequence[str]], Sample],
) -> None:
    export = as_export(EXPORT)
    rows = [dict(row, id=str(int(str(row["id"])) * 50)) for row in export.rows]
    profile = learn(export.columns, rows, export.roles)
    around = Around(rows[10], rows[11])
    assert has_room(profile, around)
    made = fit_row(make_decoy(random.Random(1)), rows[5], profile, random.Random(1), around=around)
    assert 550 < int(str(made["id"])) < 600


def test_consecutive_numbers_leave_room_only_at_the_end(as_export: Callable[[Sequence[str]], Sample]) -> None:
    export = as_export(EXPORT)
    assert not has_room(export.profile, Around(export.rows[10], export.rows[11]))
    last = Around(export.rows[-1], None)
    assert has_room(export.profile, last)
    made = fit_row(make_decoy(random.Random(1)), export.rows[5], export.profile, random.Random(1), around=last)
    assert int(str(made["id"])) in {1201, 1202}
    assert str(made["create_time"]) > str(export.rows[-1]["create_time"])


def test_a_file_sorted_newest_first_stays_so(as_export: Callable[[Sequence[str]], Sample]) -> None:
    export = as_export(EXPORT)
    rows = [dict(row) for row in reversed(export.rows)]
    profile = learn(export.columns, rows, export.roles)
    assert profile.descending
    made = fit_row(make_decoy(random.Random(1)), rows[5], profile, random.Random(1), around=Around(rows[-1], None))
    assert str(made["create_time"]) < str(rows[-1]["create_time"])


MALL_TIMES = ("payment_time", "delivery_time", "receive_time", "modify_time")


def _steps(row: Row) -> list[object]:
    """Return how long after the order each later time of it lies."""
    created = _time(row["create_time"])
    return [row[name] and _time(row[name]) - created for name in MALL_TIMES]


@pytest.mark.parametrize("seed", range(20))
def test_a_mall_order_agrees_with_itself(mall: Sample, seed: int) -> None:
    rng = random.Random(seed)
    donor = mall.rows[seed]
    decoy = make_decoy(rng)
    row = fit_row(decoy, donor, mall.profile, rng)
    assert "id" not in row
    assert row["receiver_name"] == decoy.name
    assert row["receiver_phone"] == str(decoy.phone).removeprefix("+86")
    assert str(row["order_sn"])[:8] == str(row["create_time"])[:10].replace("-", "")
    assert (row["total_amount"], row["pay_amount"]) == (donor["total_amount"], donor["pay_amount"])
    assert _steps(row) == _steps(donor)
    assert str(donor["receiver_phone"]) not in str(row)


def test_a_northwind_order_takes_country_and_postcode_from_rows_of_its_city(northwind: Sample) -> None:
    decoy = Decoy(DecoyId("D1"), "Ernst Kling Feinkost", None, PostalAddress("Tirol", "Graz", "", "Wiener Str. 12"))
    row = fit_row(decoy, northwind.rows[0], northwind.profile, random.Random(1))
    assert row["ship_country"] == "Austria"
    assert row["ship_postal_code"] == "8010"
    assert row["ship_region"] is None
    assert row["ship_address"] == "Wiener Str. 12"


@pytest.mark.parametrize("seed", range(20))
def test_a_northwind_order_keeps_its_dates_in_order_and_on_week_days(northwind: Sample, seed: int) -> None:
    rng = random.Random(seed)
    donor = northwind.rows[seed * 7]
    decoy = Decoy(DecoyId("D1"), "Kling & Co", None, PostalAddress("", "Graz", "", "Wiener Str. 12"))
    row = fit_row(decoy, donor, northwind.profile, rng)
    assert str(row["order_date"]) < str(row["required_date"])
    assert (
        datetime.fromisoformat(str(row["order_date"])).weekday()
        == datetime.fromisoformat(str(donor["order_date"])).weekday()
    )
    assert row["order_id"] not in {other["order_id"] for other in northwind.rows}


def test_a_computed_column_is_left_to_the_host() -> None:
    columns = [Column("name"), Column("label", computed=True), Column("n", ColumnType.INTEGER, autoincrement=True)]
    rows = [{"name": "王小明", "label": "王小明!", "n": 1}]
    row = fit_row(
        Decoy(DecoyId("D"), "李雷"), rows[0], learn(columns, rows, {Role.RECIPIENT_NAME: "name"}), random.Random(1)
    )
    assert row == {"name": "李雷"}
