"""From a parcel at a decoy address to a verdict: entered on the mail room's command line, pulled, attributed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import SLOW_SECONDS, Workspace, run
from tests.end_to_end.test_collector_to_verdict import EXPORT, SECRETS, TAKER, collecting, pull, set_up

pytestmark = pytest.mark.timeout(SLOW_SECONDS)

PASSWORD = {**SECRETS, "MAILROOM_WANG": "correct horse battery"}


@dataclass(frozen=True, slots=True)
class Story:
    """The decoys, and what was pulled after each round of parcels."""

    workspace: Workspace
    decoys: list[dict[str, str]]
    junk: dict[str, Any]
    fraud: dict[str, Any]


def enter(workspace: Workspace, decoy: dict[str, str], **stated: str) -> int:
    """Enter a parcel as the clerk at the decoy's address would, before any collector runs."""
    columns = ("receiver_province", "receiver_city", "receiver_region", "receiver_detail_address")
    address = "".join(decoy[column] for column in columns)
    options = [part for key, value in stated.items() for part in (f"--{key.replace('_', '-')}", value)]
    command = ("mailroom", "add", "--json", "--address", address, *options)
    done = run(workspace.folder, *command, env=PASSWORD, module="collector")
    assert done.code == 0, done.err
    return int(json.loads(done.out)["seq"])


@pytest.fixture(scope="module")
def story(made_seeded: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Post for former tenants first; then cash-on-delivery parcels to the names of one export."""
    workspace, decoys = set_up(made_seeded, tmp_path_factory.mktemp("mailroom"))
    for number, decoy in enumerate(decoys):
        enter(workspace, decoy, kind="letter", name="钱多多", sender="银行", id=f"junk {number}")
    with collecting(workspace.folder) as running:
        junk = pull(workspace, running)
    for number, decoy in enumerate(decoys):
        parcel = {"name": decoy["receiver_name"], "cod_amount": "99", "waybill_number": f"JT140000000000{number}"}
        for _ in range(2):  # entered twice under one id
            assert (
                enter(workspace, decoy, **parcel, sender="义乌发货仓", id=f"fraud {number}") == len(decoys) + number + 1
            )
    with collecting(workspace.folder) as running:
        fraud = pull(workspace, running)
    return Story(workspace, decoys, junk, fraud)


def test_post_for_a_former_tenant_opens_no_case(story: Story) -> None:
    assert story.junk["new"] == len(story.decoys)
    assert story.junk["cases"] == []


def test_parcels_to_the_names_of_an_export_lead_to_it(story: Story) -> None:
    assert story.fraud["new"] == len(story.decoys)
    (case,) = story.fraud["cases"]
    assert [(one["account"], one["exports"]) for one in case["suspects"]] == [(TAKER, [EXPORT])]
    assert {one["channel"] for one in case["suspects"][0]["evidence"]} == {"post"}
    assert case["verdict"] == "identified"


def test_the_bundle_of_such_a_case_verifies(story: Story, tmp_path: Path) -> None:
    story.workspace.json("report", story.fraud["cases"][0]["case"], "--output", tmp_path / "bundle")
    assert run(tmp_path, "verify", "bundle", "--json").document()["verified"] is True
