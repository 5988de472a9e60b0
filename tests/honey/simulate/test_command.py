"""honey simulate keeps its contract."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from honey.cli.main import cli
from honey.errors import ConfigError
from honey.simulate.judge import Method
from honey.simulate.scenarios import SCENARIOS

SMALL = ["--accounts", "30", "--outlets", "3", "--numbers", "40", "--workers", "1"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", *arguments])


def test_json_has_the_keys_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no workspace, no configuration
    done = run("--cases", "56", "--seed", "3", *SMALL, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert {"seed", "cases", "false_accusations", "detected", "identified", "settings", "by"} <= set(document)
    assert (document["seed"], document["cases"], document["settings"]["accounts"]) == (3, 56, 30)
    assert len(document["by"]) == len(SCENARIOS) * len(Method)
    assert {one["method"] for one in document["by"]} == {"ours", "guilt", "comp", "tardos", "owner"}
    for one in document["by"]:
        assert {"scenario", "method", "cases", "identified", "false_accusations"} <= set(one)
    mine = [one for one in document["by"] if one["method"] == "ours"]
    for key in ("cases", "detected", "identified", "false_accusations"):
        assert document[key] == sum(one[key] for one in mine)


def test_the_table_shows_every_scenario_and_the_picture_is_written(tmp_path: Path) -> None:
    picture = tmp_path / "p.svg"
    done = run("--cases", "28", *SMALL, "--picture", str(picture))
    assert done.exit_code == 0, done.output
    assert all(one.name in done.stdout for one in SCENARIOS)
    assert "of 28 cases" in done.stdout
    ET.parse(picture)


def test_chosen_scenarios_alone_are_played() -> None:
    done = run("--cases", "4", *SMALL, "--scenario", "export", "--scenario", "no leak, storm", "--json")
    by = json.loads(done.stdout)["by"]
    assert {(one["scenario"], one["cases"]) for one in by} == {("export", 2), ("no leak, storm", 2)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--scenario", "x"], "no scenario 'x'", id="an unknown scenario"),
        pytest.param(["--numbers", "3"], "use more numbers", id="too few numbers"),
        pytest.param(["--threshold", "1"], "threshold = 1.0", id="a threshold nobody reaches"),
    ],
)
def test_wrong_counts_are_refused_in_one_line(arguments: list[str], said: str) -> None:
    done = run("--cases", "1", *arguments)
    assert isinstance(done.exception, ConfigError)  # `main` turns it into one line and exit code 1
    assert said in str(done.exception)


@pytest.mark.parametrize("arguments", [["--cases", "0"], ["--seed", "-1"], ["--workers", "0"], ["--cases", "many"]])
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_help_states_the_defaults_and_an_example() -> None:
    said = run("--help").stdout
    assert "honey simulate --cases 28000 --seed 1 --picture results.svg" in said
    assert "[default: 200]" in said


def test_a_workspace_gives_its_counts(tmp_path: Path) -> None:
    accounts, numbers = tmp_path / "staff.csv", tmp_path / "numbers.csv"
    lines = [f"A-{at},employee,Staff {at},OUT-{at % 4}" for at in range(24)]
    accounts.write_text("\n".join(["account,kind,name,outlet", *lines]) + "\n", "utf-8")
    numbers.write_text(
        "kind,value,role\nphone,+861400000{1000-1049},decoy\nphone,+861400000{2000-2009},control\n", "utf-8"
    )
    config = tmp_path / "shop" / "config" / "honey.toml"
    for arguments in (
        ["init", str(tmp_path / "shop")],
        ["accounts", "import", str(accounts), "--config", str(config)],
        ["beacons", "import", str(numbers), "--config", str(config)],
    ):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, (arguments, done.output, done.exception)
    asked = ["--cases", "2", "--workers", "1", "--config", str(config), "--export-decoys", "7", "--json"]
    settings = json.loads(run(*asked).stdout)["settings"]
    assert (settings["accounts"], settings["outlets"], settings["numbers"]) == (24, 4, 50)
    assert (settings["export_decoys"], settings["control_share"]) == (7, 0.0)
