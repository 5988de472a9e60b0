"""choose_donors: recent, ordinary rows."""

import random

from honey.generate.row import choose_donors
from honey.host.column import Column
from honey.host.profile import learn
from honey.model.waybill import Role
from tests.honey.generate.conftest import SHOPS, Sample


def test_donors_come_from_the_most_recent_rows(chinese: Sample) -> None:
    donors = choose_donors(chinese.rows, chinese.profile, random.Random(1), 5)
    assert len({row["id"] for row in donors}) == 5
    assert all(int(str(row["id"])) > 1000 for row in donors)


def test_donors_are_sent_by_businesses_where_there_are_any(chinese: Sample) -> None:
    shops = {name for name, _ in SHOPS}
    donors = choose_donors(chinese.rows, chinese.profile, random.Random(1), 100)
    assert all(row["sender_name"] in shops for row in donors)


def test_more_donors_than_rows_repeat_rows(chinese: Sample) -> None:
    assert len(choose_donors(chinese.rows[:3], chinese.profile, random.Random(1), 10)) == 10


def test_no_rows_give_no_donors(chinese: Sample) -> None:
    assert choose_donors([], chinese.profile, random.Random(1), 10) == []


def test_deleted_orders_and_rows_typed_by_testers_are_no_donors() -> None:
    rows = [{"name": f"王小{chr(0x4E00 + at)}", "is_deleted": 0, "remark": "x"} for at in range(20)]
    rows += [{"name": f"李小{chr(0x4E00 + at)}", "is_deleted": 1, "remark": "x"} for at in range(20)]
    rows += [{"name": "test", "is_deleted": 0, "remark": "x"}, {"name": "", "is_deleted": 0, "remark": "x"}]
    columns = [Column("name"), Column("is_deleted"), Column("remark")]
    profile = learn(columns, rows, {Role.RECIPIENT_NAME: "name"})
    donors = choose_donors(rows, profile, random.Random(1), 40)
    assert all(str(row["name"]).startswith("王") for row in donors)


def test_mall_orders_that_were_never_shipped_are_no_donors(mall: Sample) -> None:
    assert all(row["delivery_sn"] for row in choose_donors(mall.rows, mall.profile, random.Random(1), 20))
