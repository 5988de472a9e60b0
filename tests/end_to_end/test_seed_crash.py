"""`kill -9` at every statement of a seeding or its removal: nothing lost, nothing doubled, the host restorable."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import BEACONS, HOST_SECTION, SLOW_SECONDS, Workspace, build_host, copy, make, staff_csv

pytestmark = pytest.mark.timeout(SLOW_SECONDS)

KILLING = Path(__file__).with_name("killing.py")
ACCOUNTS = ("O01-A", "O01-B", "O01-C", "O02-A")
EACH, HOST_ROWS = 2, 60
PLANTED = EACH * len(ACCOUNTS)


@dataclass(frozen=True, slots=True)
class Site:
    """A small workspace, never seeded and seeded."""

    untouched: Workspace
    seeded: Workspace


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Four accounts with two decoys each in a host of sixty rows."""
    folder = tmp_path_factory.mktemp("site")
    workspace = make(folder / "workspace")
    build_host(workspace.host, rows=HOST_ROWS)
    text = workspace.config.read_text("utf-8").replace("decoys_per_account = 3", f"decoys_per_account = {EACH}")
    workspace.config.write_text(text + HOST_SECTION, "utf-8")
    staff = "\n".join(staff_csv().splitlines()[: len(ACCOUNTS) + 1])
    workspace.json("accounts", "import", workspace.file("staff.csv", staff))
    workspace.json("beacons", "import", workspace.file("numbers.csv", BEACONS))
    seeded = copy(workspace, folder / "seeded")
    seeded.json("seed")
    return Site(workspace, seeded)


def kills(site: Site, template: Workspace, scratch: Path, *arguments: str) -> list[dict[str, Any]]:
    """What each kill and the run after it left behind."""
    command = [sys.executable, KILLING, site.untouched.folder, template.folder, scratch, *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for one in found:
        assert one["codes"] == [0, 0], one
        assert one["said"] == "", one
        assert one["removed"]["decoys"] == {}, one
        assert one["removed"]["registry"] == {"removed": PLANTED}, one
        assert one["restored"], one
    return found


@pytest.mark.parametrize("first", ["0", "1"], ids=["even statements", "odd statements"])
def test_a_seeding_killed_anywhere_goes_on_where_it_was_cut_short(site: Site, tmp_path: Path, first: str) -> None:
    found = kills(site, site.untouched, tmp_path, "seed", first, "2")
    for one in found:
        assert one["finished"]["decoys"] == dict.fromkeys(ACCOUNTS, EACH), one
        assert one["finished"]["rows"] == HOST_ROWS + PLANTED, one
        assert one["finished"]["registry"] == {"confirmed": PLANTED}, one
    # The kills fell where they must: before the intent, between intent and host, and in a half-planted host.
    left = [(one["killed"]["registry"], sum(one["killed"]["decoys"].values())) for one in found]
    assert ({}, 0) in left
    assert ({"intended": PLANTED}, 0) in left
    assert any(registry == {"intended": PLANTED} and planted for registry, planted in left)
    assert any("confirmed" in registry and 0 < planted < PLANTED for registry, planted in left)
    assert len(found) > 40


def test_a_seeding_whose_second_run_is_killed_too_still_comes_out_right(site: Site, tmp_path: Path) -> None:
    for one in kills(site, site.untouched, tmp_path, "seed", "60", "4", "again"):
        assert one["finished"]["decoys"] == dict.fromkeys(ACCOUNTS, EACH), one
        assert one["finished"]["registry"] == {"confirmed": PLANTED}, one


def test_a_removal_killed_anywhere_is_finished_by_the_next(site: Site, tmp_path: Path) -> None:
    found = kills(site, site.seeded, tmp_path, "unseed", "0", "1")
    for one in found:
        assert one["finished"]["decoys"] == {}, one
        assert one["finished"]["registry"] == {"removed": PLANTED}, one
    left = [(one["killed"]["registry"], sum(one["killed"]["decoys"].values())) for one in found]
    assert ({"confirmed": PLANTED}, PLANTED) in left
    assert any(0 < planted < PLANTED for _, planted in left)
    assert any("removed" in registry and "confirmed" in registry for registry, _ in left)
    assert len(found) > 20
