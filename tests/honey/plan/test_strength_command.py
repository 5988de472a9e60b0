"""What `honey plan` prints: the figures, the warnings, and a refusal that changes nothing."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from honey.cli.judge import gather
from honey.config import load
from honey.demo.sample_host import beacons_csv
from honey.demo.steps import Names
from honey.intake.beacons import read_beacons
from honey.model.waybill import Role
from honey.plan.evidence import Stock
from honey.plan.needs import Needs
from honey.plan.strength import refusal
from honey.registry import beacons
from honey.registry.store import Registry
from honey.trace.match import MIN_ENDING
from honey.workspace import read_keys
from tests.end_to_end.conftest import BEACONS, Workspace, copy, make, stated
from tests.honey.plan.conftest import DEMO, plan_of

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
PHONE_ONLY = """
[host]
url = "sqlite:///waybills.db"
table = "waybill"
[host.columns]
recipient_phone = "receiver_phone"
"""


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Twelve accounts and twenty numbers; every column is taken to be there."""
    workspace = make(tmp_path_factory.mktemp("twelve") / "workspace")
    staff = "".join(f"A{at},employee,n,O1\n" for at in range(12))
    workspace.json("accounts", "import", workspace.file("staff.csv", "account,kind,name,outlet\n" + staff))
    workspace.json("beacons", "import", workspace.file("numbers.csv", BEACONS))
    return workspace


def _rows(workspace: Workspace) -> dict[str, int]:
    """Rows of each table of the registry, but for the journal of openings."""
    with closing(sqlite3.connect(workspace.folder / "var" / "registry.db")) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: connection.execute(f'select count(*) from "{name}"').fetchone()[0]
            for name in names
            if "open" not in name and "journal" not in name
        }


def test_the_document_holds_the_figures_a_machine_asks_for(twelve: Workspace) -> None:
    found = twelve.json("plan")
    strength = found["strength"]
    assert found["refused"] is None
    assert (strength["control_numbers"], strength["control_share"], strength["control_numbers_missing"]) == (
        10,
        0.3333,
        0,
    )
    assert (strength["bar_bits"], strength["next_case"], strength["next_case_bar_bits"]) == (23.5, 1, 24.2)
    needed = {one["kind"]: (one["for_one_leaker"], one["for_two_leakers"]) for one in strength["exports"]["evidence"]}
    assert needed["row"] == (1, 1)
    assert needed["masked_row"] == (None, None)
    assert needed["named_waybill_contact"] == (2, 2)


def test_people_read_the_same_figures_as_tables(twelve: Workspace) -> None:
    done = twelve.honey("plan")
    assert done.code == 0
    text = done.out.decode()
    for words in (
        "20 numbers, on each 1.8 accounts by resident decoys and 2.4 by those of exports; 10 controls, 33% of all",
        "it takes 23.5 bits to name an account, 24.2 in the next case, number 1",
        "a contact that cites name and waybill",
        "not alone",
        "warning: all 4 decoys of an export, each by a row found with number and name masked, name nobody",
    ):
        assert words in " ".join(text.split())


def test_a_plan_that_can_name_nobody_fails_with_one_line_and_changes_nothing(twelve: Workspace, tmp_path: Path) -> None:
    workspace = copy(twelve, tmp_path)
    workspace.config.write_text(workspace.config.read_text("utf-8") + PHONE_ONLY, "utf-8")
    before = _rows(workspace)
    done = workspace.honey("plan", "--json")
    assert "this plan can name nobody" in stated(done)
    assert "more phone numbers" in stated(done)
    assert _rows(workspace) == before


def test_the_stock_is_counted_as_verdicts_count_it(twelve: Workspace) -> None:
    config = load(twelve.config)
    with (
        Registry.open(config.registry_url, read_keys(config).seal, command="test", now=_NOW) as registry,
        registry.begin() as session,
    ):
        judged = gather(session, config).settings.stock
        known = beacons.all_beacons(session).values()
    planned = Stock.of(known, Needs.of(list(Role)), ending=MIN_ENDING)
    for name in ("phones", "phone_endings", "rooms", "waybill_numbers"):
        assert getattr(planned, name) == getattr(judged, name) > 0


def test_the_demo_is_counted_and_accepted(tmp_path: Path) -> None:
    names = Names("t.courier.example", "mail.courier.example", "track.courier.example", "https://hooks.courier.example")
    listed = tmp_path / "beacons.csv"
    listed.write_text(beacons_csv(names), "utf-8")
    columns = ("recipient_name", "recipient_phone", "recipient_address", "recipient_email", "link", "waybill_number")
    stock = Stock.of(read_beacons(listed)[0], Needs.of([Role(one) for one in columns]), ending=MIN_ENDING)
    assert stock == DEMO
    assert refusal(plan_of(stock, 120)) is None
