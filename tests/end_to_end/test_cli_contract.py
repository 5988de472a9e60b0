"""The names, options and exit codes that users script against."""

import json
import shlex
from pathlib import Path

import pytest

from tests.end_to_end.conftest import SLOW_SECONDS, Workspace, run, stated

COMMANDS = [
    "init",
    "accounts import",
    "accounts list",
    "beacons import",
    "beacons list",
    "host inspect",
    "host check",
    "plan",
    "seed",
    "unseed",
    "status",
    "export",
    "access import",
    "hits import",
    "hits pull",
    "hits verify",
    "keys new",
    "keys list",
    "trace",
    "cases list",
    "cases show",
    "cases close",
    "report",
    "verify",
    "simulate",
    "demo",
]
GROUPS = ["", "accounts", "beacons", "host", "access", "hits", "keys", "cases"]
NO_CONFIG = {"init", "verify", "demo"}  # they need no workspace
COLLECTOR_COMMANDS = ["run", "check", "tail", "verify", "export"]

# Every command that prints results, in an order in which each can succeed in a seeded workspace.
PRINTING = [
    ("init elsewhere", {"workspace", "config"}),
    ("accounts import staff.csv", {"added", "changed", "rejected"}),
    ("accounts list", {"accounts"}),
    ("beacons import numbers.csv", {"added", "warnings", "rejected"}),
    ("beacons list", {"beacons"}),
    ("host inspect", {"tables", "proposed"}),
    ("host inspect sqlite:///waybills.db", {"tables", "proposed"}),
    ("host check", {"usable", "findings"}),
    ("plan --decoys 4", {"accounts", "decoys_to_plant", "pools", "missing", "strength", "orders"}),
    ("seed --dry-run --decoys 4", {"would_plant", "accounts", "rows"}),
    ("seed", {"planted", "resumed", "rejected"}),
    ("status", {"accounts", "beacons", "plantings", "exports", "hits", "open_cases", "checkpoint"}),
    ("access import access.csv", {"events", "rejected", "tripwire"}),
    ("export --account O01-A --export-id E-1 --input rows.csv --output out.csv", {"export", "rows_in", "rows_out"}),
    ("hits import hits.jsonl", {"hits", "new", "background", "unresolved", "cases"}),
    ("trace out.csv", {"case", "verdict", "no_leak_probability", "suspects", "sightings", "scanned"}),
    ("cases list", {"cases"}),
    ("cases show CASE", {"case", "verdict", "no_leak_probability", "suspects", "sightings", "scanned"}),
    ("report CASE --output bundle", {"case"}),
    ("verify bundle", set()),
    ("cases close CASE", {"case", "state"}),
    ("simulate --cases 20 --workers 1", {"seed", "cases", "false_accusations", "detected", "identified", "by"}),
    ("unseed", {"removed", "lost"}),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_json(command: str, tmp_path: Path) -> None:
    done = run(tmp_path, *command.split(), "--help")
    text = done.out.decode()
    assert done.code == 0
    assert f"Usage: python -m honey {command}" in text or f"Usage: honey {command}" in text
    example = text.partition("Example:")[2]
    assert f"honey {command}" in example
    assert "--json" in text
    assert ("--config" in text) is (command not in NO_CONFIG)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_lists_exactly_its_commands(group: str, tmp_path: Path) -> None:
    done = run(tmp_path, *group.split(), "--help")
    listed = {line.split()[0] for line in done.out.decode().partition("Commands:")[2].splitlines() if line.strip()}
    wanted = {one.removeprefix(group).split()[0] for one in COMMANDS if one.startswith(group)}
    assert done.code == 0
    assert wanted <= listed


@pytest.mark.parametrize("command", COLLECTOR_COMMANDS)
def test_every_collector_command_has_help_with_an_example(command: str, tmp_path: Path) -> None:
    done = run(tmp_path, command, "--help", module="collector")
    text = done.out.decode()
    assert done.code == 0
    assert f"collector {command}" in text.partition("Example:")[2]
    assert "--config" in text


@pytest.mark.timeout(SLOW_SECONDS)
def test_a_day_of_commands_prints_one_json_document_each_and_nothing_else(seeded: Workspace) -> None:
    seeded.file("hits.jsonl", "")
    seeded.file("access.csv", "at,account,action,waybill_number\n2026-11-21T08:00:00Z,O01-A,read,YT1\n")
    rows = seeded.host_rows("outlet_code = 'O01' LIMIT 50")
    seeded.file("rows.csv", "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows), ""]))
    case = ""
    for line, wanted in PRINTING:
        done = seeded.honey(*shlex.split(line.replace("CASE", case)), "--json")
        assert done.code == 0, (line, done.err)
        document = json.loads(done.out)  # exactly one document: anything before or after is an error
        assert done.out.count(b"\n") == 1, line
        assert isinstance(document, dict)
        assert wanted <= set(document), line
        case = document.get("case", case)


def test_host_inspect_keeps_the_shape_of_the_contract(made: Workspace) -> None:
    document = made.json("host", "inspect", f"sqlite:///{made.host}")
    table = next(one for one in document["tables"] if one["name"] == "waybill")
    assert table["rows"] == 600
    assert all(set(column) == {"name", "type", "role", "why"} for column in table["columns"])
    assert document["proposed"]["table"] == "waybill"
    assert document["proposed"]["columns"]["recipient_phone"] == "receiver_phone"


USAGE_ERRORS = [
    ("an unknown command", "plant"),
    ("an unknown option", "seed --twice"),
    ("a missing argument", "accounts import"),
    ("a missing required option", "export --export-id E-1"),
    ("a count that is no number", "plan --decoys many"),
    ("a count of nothing", "seed --decoys 0"),
    ("json on the stream where the rows go", "export --account O01-A --export-id E-1 --json"),
    ("a subcommand that does not exist", "cases reopen C-1"),
    ("an unknown export format", "export --account O01-A --export-id E-1 --format pdf"),
    ("no dump to trace", "trace"),
]


@pytest.mark.parametrize("line", [line for _, line in USAGE_ERRORS], ids=[name for name, _ in USAGE_ERRORS])
def test_wrong_usage_exits_2_and_says_so_on_stderr(made: Workspace, line: str) -> None:
    done = made.honey(*line.split())
    assert done.code == 2
    assert done.out == b""
    assert "Error:" in done.err


def test_the_configuration_is_the_option_else_the_variable_else_the_file_below_the_folder(
    made: Workspace, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert run(tmp_path, "init", other).code == 0
    option = run(tmp_path, "status", "--json", "--config", made.config, env={"HONEY_CONFIG": str(other / "nowhere")})
    variable = run(other, "status", "--json", env={"HONEY_CONFIG": str(made.config)})
    default = run(other, "status", "--json")
    assert option.document()["accounts"] == variable.document()["accounts"] == 12
    assert default.document()["accounts"] == 0
    assert "no configuration at config/honey.toml" in stated(run(tmp_path, "status"))


def test_a_result_for_people_goes_to_stdout_and_fits_a_file(made: Workspace) -> None:
    done = made.honey("accounts", "list")
    text = done.out.decode()
    assert done.code == 0
    assert done.err == ""
    assert "O04-C" in text
    assert "\x1b" not in text


def test_init_refuses_a_folder_that_is_a_workspace_already(made: Workspace) -> None:
    before = made.registry()
    assert "is a workspace" in made.fails("init", ".")
    assert made.registry() == before


def test_keys_and_registry_are_readable_by_their_owner_alone(made: Workspace) -> None:
    private = [made.folder / "keys", made.folder / "var", *(made.folder / "keys").iterdir()]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []
