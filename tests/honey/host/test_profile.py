"""learn: what a table's rows teach about its columns."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from honey.host.column import Column, ColumnType
from honey.host.columnprofile import Treatment
from honey.host.namestyle import Script
from honey.host.personal import PersonalKind
from honey.host.profile import Profile, learn
from honey.host.table import HostTable
from honey.model.waybill import Role

MALL_ROLES = {
    Role.RECIPIENT_NAME: "receiver_name",
    Role.RECIPIENT_PHONE: "receiver_phone",
    Role.RECIPIENT_PROVINCE: "receiver_province",
    Role.RECIPIENT_CITY: "receiver_city",
    Role.RECIPIENT_DISTRICT: "receiver_region",
    Role.RECIPIENT_ADDRESS: "receiver_detail_address",
    Role.CREATED_AT: "create_time",
    Role.ORDER_NUMBER: "order_sn",
}
NORTHWIND_ROLES = {
    Role.RECIPIENT_NAME: "ship_name",
    Role.RECIPIENT_ADDRESS: "ship_address",
    Role.RECIPIENT_CITY: "ship_city",
    Role.RECIPIENT_COUNTRY: "ship_country",
    Role.CREATED_AT: "order_date",
    Role.ORDER_NUMBER: "order_id",
}


def _learnt(url: str, table: str, roles: Mapping[Role, str]) -> Profile:
    with HostTable.open(url, table, roles) as host:
        return learn(host.columns, host.sample(1000), roles)


def _treatments(profile: Profile) -> dict[str, Treatment]:
    return {one.column.name: one.treatment for one in profile.columns}


def test_mall_s_columns_are_treated_by_what_they_hold(mall: str) -> None:
    profile = _learnt(mall, "oms_order", MALL_ROLES)
    treatments = _treatments(profile)
    assert treatments["id"] is Treatment.OMIT
    assert treatments["order_sn"] is Treatment.ANEW
    assert {name for name, one in treatments.items() if one is Treatment.TIME} == {
        "create_time", "payment_time", "delivery_time", "receive_time", "modify_time",
    }  # fmt: skip
    assert {treatments[name] for name in ("status", "pay_type", "delivery_company", "total_amount")} == {Treatment.COPY}
    assert profile.script is Script.HAN


def test_mall_s_order_numbers_begin_with_the_date_of_the_order(mall: str) -> None:
    column = _learnt(mall, "oms_order", MALL_ROLES).column("order_sn")
    assert column is not None
    assert [(one.stamp.start, one.stamp.format) for one in column.shapes if one.stamp] == [(0, "%Y%m%d")]


def test_northwind_is_latin_and_its_order_numbers_run_on(northwind: str) -> None:
    profile = _learnt(northwind, "orders", NORTHWIND_ROLES)
    column = profile.column("order_id")
    assert profile.script is Script.LATIN
    assert column is not None
    assert column.rising is not None
    assert column.rising.step == 1
    assert profile.places.cities["graz"].country == "Austria"


def test_northwind_s_amounts_are_moved_and_its_dates_are_whole_days(northwind: str) -> None:
    profile = _learnt(northwind, "orders", NORTHWIND_ROLES)
    assert _treatments(profile)["freight"] is Treatment.MEASURE
    assert all(one.times is not None and one.times.coarse for one in profile.times)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-11-20 10:00:01", "2026-11-20 11:00:00"], "%Y-%m-%d %H:%M:%S"),
        (["2026-11-20T10:00:01.000123"], "%Y-%m-%dT%H:%M:%S.%6f"),
        (["2026-11-20 10:00:01.120"], "%Y-%m-%d %H:%M:%S.%3f"),
        (["2026-11-20T10:00:01+08:00"], "%Y-%m-%dT%H:%M:%S+08:00"),
        (["2026-11-20T10:00:01Z"], "%Y-%m-%dT%H:%M:%SZ"),
        (["2026-11-20"], "%Y-%m-%d"),
        (["2026/11/20 10:00", "2026/1/5 9:03"], "%Y/%-m/%-d %-H:%M"),
        (["2026/11/20", "2026/01/05"], "%Y/%m/%d"),
        (["20261120100001"], "%Y%m%d%H%M%S"),
        (["20261120"], "%Y%m%d"),
        (["2026年11月20日"], "%Y年%m月%d日"),
        (["2026.11.20 10:00:00"], "%Y.%m.%d %H:%M:%S"),
        (["11/20/2026", "01/05/2026"], "%m/%d/%Y"),
        (["20/11/2026"], "%d/%m/%Y"),
    ],
)
def test_a_written_time_is_read_and_written_back_as_it_was(values: list[str], expected: str) -> None:
    profile = learn([Column("create_time")], [{"create_time": value} for value in values], {})
    times = profile.columns[0].times
    assert times is not None
    assert times.styles[0].format == expected
    for value in values:
        found = times.read(value)
        assert found is not None
        assert found[1].write(found[0], value) == value


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 20, 10, 0, 1, 5),  # noqa: DTZ001 - databases hand these out
        date(2026, 11, 20),
        1795168801,
        1795168801123,
        "1795168801",
    ],
)
def test_time_objects_and_epoch_numbers_survive_reading_and_writing(value: object) -> None:
    times = learn([Column("create_time")], [{"create_time": value}], {}).columns[0].times
    assert times is not None
    found = times.read(value)
    assert found is not None
    assert found[1].write(found[0], value) == value
    assert type(found[1].write(found[0], value)) is type(value)


@pytest.mark.parametrize("values", [["1199965242414"], ["YT2026"], ["2026-13-40"], ["14000000001"], ["12:30"]])
def test_numbers_and_codes_are_no_times(values: list[str]) -> None:
    assert learn([Column("code")], [{"code": value} for value in values], {}).columns[0].times is None


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("contact_tel", ["14000000001", "14000000002"], PersonalKind.PHONE),
        ("tel2", ["140****0001", "140****0002"], PersonalKind.PHONE),
        ("ext", ["a@mail.example.com"], PersonalKind.EMAIL),
        ("col7", ["王小明", "李雷", "韩梅梅", "欧阳雪"], PersonalKind.NAME),
        ("col7", ["王*", "李*", "张**"], PersonalKind.NAME),
        ("contact_name", ["Maria Anders", "Ana Trujillo"], PersonalKind.NAME),
        ("idno", ["000000199001011234", "00000019910203123X"], PersonalKind.ID_NUMBER),
        ("col8", ["浙江省杭州市余杭区文一西路969号", "江苏省苏州市吴中区东吴南路2号"], PersonalKind.ADDRESS),
        ("status", ["已签收", "派件中", "运输中"], None),
        ("carrier", ["圆通快递", "顺丰速运", "中通快递"], None),
        ("goods", ["连衣裙", "女鞋", "白酒", "手机壳"], None),
        ("city", ["杭州市", "石家庄市", "常州市"], None),
        ("ship_city", ["Rio de Janeiro", "San Francisco", "New York"], None),
        ("order_no", ["YT8000000000001", "YT8000000000002"], None),
        ("weight", [1.25, 13.5], None),
    ],
)
def test_people_s_values_are_known_by_their_content(
    column: str, values: list[object], kind: PersonalKind | None
) -> None:
    profile = learn([Column(column)], [{column: value} for value in values], {})
    assert profile.columns[0].personal is kind


def test_a_sender_with_three_recipients_is_a_business_and_one_with_two_is_not() -> None:
    senders = ["云朵旗舰店"] * 3 + ["王小明"] * 2
    rows = [{"sender": name, "name": f"李小{chr(0x4E00 + at)}"} for at, name in enumerate(senders)]
    roles = {Role.SENDER_NAME: "sender", Role.RECIPIENT_NAME: "name"}
    assert set(learn([Column("sender"), Column("name")], rows, roles).senders) == {("云朵旗舰店",)}


def test_a_sender_who_writes_three_times_to_one_recipient_is_no_business() -> None:
    rows = [{"sender": "王小明", "name": "李雷"}] * 3
    roles = {Role.SENDER_NAME: "sender", Role.RECIPIENT_NAME: "name"}
    assert learn([Column("sender"), Column("name")], rows, roles).senders == {}


def test_two_columns_that_say_the_same_are_kept_alike() -> None:
    rows = [{"waybill_no": f"YT{at:013d}", "tracking": f"YT{at:013d}"} for at in range(30)]
    profile = learn([Column("waybill_no"), Column("tracking")], rows, {Role.WAYBILL_NUMBER: "waybill_no"})
    assert [one.mirrors for one in profile.columns] == ["", "waybill_no"]


def test_amounts_that_add_up_are_kept_and_a_lone_one_is_moved() -> None:
    rows = [{"goods": at * 3.17, "freight": at * 0.49, "total": at * 3.66, "weight": at * 1.03} for at in range(1, 40)]
    columns = [Column(name, ColumnType.NUMBER) for name in ("goods", "freight", "total", "weight")]
    assert _treatments(learn(columns, rows, {})) == {
        "goods": Treatment.COPY, "freight": Treatment.COPY, "total": Treatment.COPY, "weight": Treatment.MEASURE,
    }  # fmt: skip


def test_a_foreign_key_is_copied_though_its_values_are_all_different() -> None:
    rows = [{"member_id": at} for at in range(40)]
    column = Column("member_id", ColumnType.INTEGER, foreign_key="member.id")
    assert learn([column], rows, {}).columns[0].treatment is Treatment.COPY


def test_the_typical_step_and_the_direction_of_an_export_are_learnt() -> None:
    start = datetime(2026, 11, 20)  # noqa: DTZ001 - a table of local times
    rows = [{"at": str(start - timedelta(minutes=5 * step))} for step in range(20)]
    profile = learn([Column("at")], rows, {Role.CREATED_AT: "at"})
    assert (profile.gap, profile.descending) == (timedelta(minutes=5), True)


def test_an_empty_table_teaches_nothing_and_breaks_nothing() -> None:
    profile = learn([Column("name"), Column("at", ColumnType.DATETIME)], [], {Role.RECIPIENT_NAME: "name"})
    assert profile.sampled == 0
    assert [one.distinct_share for one in profile.columns] == [0.0, 0.0]
