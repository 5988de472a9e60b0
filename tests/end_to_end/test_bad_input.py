"""Bad files, settings and hosts: one clear line each, nothing half-done, the rest of a batch taken."""

import fcntl
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.conftest import BEACONS, Workspace, build_host, run, stated, to_csv

Prepare = Callable[[Workspace], object]

EXPORT = ("export", "--account", "O01-A", "--export-id", "E-1", "--input", "rows.csv", "--output", "out.csv")
STAFF = ("accounts", "import", "x.csv")
NUMBERS = ("beacons", "import", "x.csv")


def file(name: str, content: str | bytes) -> Prepare:
    return lambda workspace: workspace.file(name, content)


def config(old: str, new: str) -> Prepare:
    return lambda workspace: workspace.change_config(old, new)


def sql(*statements: str) -> Prepare:
    def go(workspace: Workspace) -> None:
        with closing(sqlite3.connect(workspace.host)) as connection, connection:
            for one in statements:
                connection.execute(one)

    return go


def declared(old: str, new: str) -> Prepare:
    """Build the host anew with another declaration."""

    def go(workspace: Workspace) -> None:
        dump = "\n".join(workspace.host_dump())
        assert old in dump
        workspace.host.unlink()
        with closing(sqlite3.connect(workspace.host)) as connection:
            connection.executescript(dump.replace(old, new))

    return go


def rows(count: int = 40) -> Prepare:
    return lambda workspace: workspace.file("rows.csv", to_csv(workspace.host_rows(f"1 LIMIT {count}")))


def all_of(*steps: Prepare) -> Prepare:
    return lambda workspace: [step(workspace) for step in steps]


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong, which command meets it, and what its line must say."""

    what: str
    prepare: Prepare
    command: tuple[str, ...]
    says: str


READ_ONLY = config("sqlite:///waybills.db", "sqlite:///waybills.db?mode=ro")
VIEW = all_of(sql("CREATE VIEW v AS SELECT * FROM waybill"), config('table = "waybill"', 'table = "v"'))
TOO_SHORT = declared("receiver_phone VARCHAR(20)", "receiver_phone VARCHAR(8)")
REAL_NUMBERS = sql("UPDATE waybill SET waybill_no = 'YT80000000' || printf('%05d', id - 1) WHERE id <= 600")
REFUSING = declared("VARCHAR(20) ,", "VARCHAR(20) CHECK (receiver_phone NOT LIKE '14012345%'),")
RUBBISH = b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)) * 20
BROKEN_XLSX = file("rows.csv", b"PK\x03\x04" + b"rubbish" * 90)
OLD_XLS = file("rows.csv", bytes.fromhex("d0cf11e0a1b11ae1") * 9)
SMALL_BLOCK = "{00000-00599}"

NOTHING_DONE = [
    Bad("a staff list with the wrong header", file("x.csv", "login,kind\nA,B\n"), STAFF, "header.*lacks account, name"),
    Bad("an empty staff list", file("x.csv", ""), STAFF, "empty, the first line must be a header"),
    Bad("a picture named like a staff list", file("x.csv", RUBBISH), STAFF, "UTF-8"),
    Bad("zero bytes named like a staff list", file("x.csv", b"\0" * 5000), STAFF, "no text, it holds zero bytes"),
    Bad("a staff list that is not there", file("y.csv", ""), STAFF, "x.csv: No such file"),
    Bad("a beacon list with the wrong header", file("x.csv", "number\n1\n"), NUMBERS, "lacks kind, value, role"),
    Bad("an unknown key", config("[plan]", "[plan]\ndecoy = 3"), ("status",), "unknown key plan.decoy; known are"),
    Bad("an unknown section", config("[plan]", "[plans]\n[plan]"), ("status",), "unknown key plans"),
    Bad("a configuration that is no TOML", config("[plan]", "[plan"), ("status",), r"honey.toml: .*line \d+"),
    Bad("a count written as text", config("account = 3", "account = '3'"), ("plan",), "decoys_per_account must be"),
    Bad("a threshold above one", config("= 0.999", "= 1.5"), ("plan",), "attribution.threshold = 1.5"),
    Bad("an unknown column role", config("recipient_phone =", "phone ="), ("seed",), "phone: unknown role; the roles"),
    Bad("no host at all", config("[host]\n", "[host]\n#"), ("seed",), "host.url is missing|no .host. section"),
    Bad("a missing host table", config('"waybill"', '"waybil"'), ("seed",), "no table 'waybil'; nearest: waybill"),
    Bad("a missing host column", config('"receiver_phone"', '"phone_no"'), ("seed",), "'phone_no': there is no such"),
    Bad("a missing host file", config("waybills.db", "waybils.db"), ("seed",), "no such file; correct .host. url"),
    Bad("a missing host file under check", config("waybills.db", "w.db"), ("host", "check"), "there is no such file"),
    Bad("a host file that is no database", config("waybills.db", "staff.csv"), ("seed",), "not a database.*correct"),
    Bad("a host of an unknown kind", config("sqlite:///waybills", "oracle://"), ("seed",), "plants in sqlite, post"),
    Bad("a read-only host", READ_ONLY, ("seed",), "readonly.*give this login"),
    Bad("a read-only host under check", READ_ONLY, ("host", "check"), "readonly.*give this login"),
    Bad("a view in place of a table", VIEW, ("seed",), "is a view that takes no rows"),
    Bad("a host without rows", sql("DELETE FROM waybill"), ("seed",), "the host table has no rows"),
    Bad("a phone column too short", TOO_SHORT, ("seed",), "'receiver_phone' holds 8 characters and decoy .* needs 11"),
    Bad("a dry run against a constraint", REFUSING,
        ("seed", "--dry-run"), "CHECK constraint failed: receiver_phone"),
    Bad("a pool too small for the plan", all_of(), ("seed", "--decoys", "30"), "288 are free: 72 are missing"),
    Bad("a pool too small, told by plan", all_of(), ("plan", "--decoys", "30"), "missing: 72 of kind address"),
    Bad("a pool too small for an export", rows(), (*EXPORT, "--decoys", "300"), "288 are free: 12 are missing"),
    Bad("an export that is a broken workbook", BROKEN_XLSX, EXPORT, "workbook is brok"),
    Bad("an export that is an old workbook", OLD_XLS, EXPORT, "save it as"),
    Bad("an export that is rubbish", file("rows.csv", RUBBISH), EXPORT, "in no known encoding"),
    Bad("an export without rows", file("rows.csv", "waybill_no,receiver_phone\n"), EXPORT, "has no rows"),
    Bad("an empty export", file("rows.csv", ""), EXPORT, "the export has no rows"),
    Bad("an export of nothing known", file("rows.csv", "a,b\n1,2\n3,4\n"), EXPORT, r"no column.*recognised.*--columns"),
    Bad("an export that is not there", all_of(), EXPORT, "rows.csv: No such file"),
    Bad("an export of an unknown account", rows(), (*EXPORT, "--account", "NOBODY"), "no account 'NOBODY'"),
    Bad("an export without a name", rows(), (*EXPORT, "--export-id", ""), "--export-id '': give a name"),
    Bad("an export into a missing folder", rows(), (*EXPORT, "--output", "no/out.csv"), "there is no folder no"),
    Bad("an unknown role for a column", rows(), (*EXPORT, "--columns", "phone=x"), "no role 'phone'; the roles are"),
    Bad("a role on a missing column", rows(), (*EXPORT, "--columns", "recipient_phone=x"), "no column 'x' in the"),
]  # fmt: skip


@pytest.mark.parametrize("bad", NOTHING_DONE, ids=[one.what for one in NOTHING_DONE])
def test_bad_input_is_one_clear_line_and_changes_nothing(workspace: Workspace, bad: Bad) -> None:
    bad.prepare(workspace)
    files, registry, host = names(workspace), workspace.registry(), workspace.host_dump()
    said = workspace.fails(*bad.command)
    assert re.search(bad.says, said), said
    assert workspace.registry() == registry
    assert workspace.host_dump() == host
    assert names(workspace) <= files | {"var/seed.lock"}


def names(workspace: Workspace) -> set[str]:
    found = {str(path.relative_to(workspace.folder)) for path in workspace.folder.rglob("*")}
    return {name for name in found if not name.startswith("var/registry.db-")}  # SQLite's own, beside its database


def test_a_password_in_a_database_url_is_never_shown(workspace: Workspace) -> None:
    workspace.change_config("sqlite:///waybills.db", "postgresql://honey:geheim@127.0.0.1:1/x")
    said = workspace.fails("seed")
    assert "127.0.0.1" in said
    assert "geheim" not in said


def test_a_block_of_numbers_that_real_waybills_bear_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    REAL_NUMBERS(workspace)
    fresh = another(workspace, tmp_path / "fresh", BEACONS.replace("{00000-99999}", SMALL_BLOCK))
    said = fresh.fails("seed")
    assert "waybill numbers of the pool stand in real rows" in said
    assert fresh.decoys().keys() <= {row["courier_account"] for row in workspace.host_rows()}
    assert len(fresh.host_rows()) == 600


def another(workspace: Workspace, folder: Path, beacons: str) -> Workspace:
    """A workspace on the same host with other beacons."""
    assert run(workspace.folder, "init", folder).code == 0
    fresh = Workspace(folder)
    fresh.config.write_bytes(workspace.config.read_bytes())
    fresh.host.write_bytes(workspace.host.read_bytes())
    fresh.json("accounts", "import", workspace.folder / "staff.csv")
    fresh.json("beacons", "import", fresh.file("numbers.csv", beacons))
    return fresh


ACCOUNTS = """account,kind,name,outlet
N-1,employee,a,O01
N-1,employee,b,O02
,employee,c,O01
N-2,a,b,c,d,e
"N\x07",a,b,c
N-3,employee,d,O02
"""
UNCLOSED = """account,kind,name,outlet
N-1,employee,a,O01
N-2,employee,"never closed,O02
N-3,employee,d,O02
"""
NUMBERS_CSV = """kind,value,role
phone,12ab,decoy
phone,+861401,decoy
fax,+8614012345999,decoy
phone,+8614012345998,bait
address,浙江省/杭州市/余杭区/演示路{1-4号,decoy
address,just here,decoy
mail_domain,no domain,decoy
web_host,ftp://x,decoy
waybill_number,a b,decoy
waybill_number,YT{9-1},decoy
phone,+8614012345997,decoy
phone,+86 140 1234 5997,decoy
"""
ACCESS = """at,account,action,export_id,waybill_number,rows
yesterday,A,read,,YT1,
2026-11-20 10:00:00,A,stole,,YT1,
2026-11-20 10:00:00,,read,,YT1,
2026-11-20 10:00:00,A,export,,YT1,
2026-11-20 10:00:00,A,read,,,
2026-11-20 10:00:00,A,read,,YT1,many
2026-11-20 10:00:00,O01-A,read,,YT1,
"""
ACCOUNT_REASONS = {
    3: "account 'N-1' stands in row 2 already",
    4: "the account is empty",
    5: "6 cells under 4 columns",
    6: "the account holds a control character",
}
NUMBER_REASONS = {
    2: "'12ab' is no phone number",
    3: "'\\+861401' is no phone number",
    4: "kind 'fax' is not one of phone",
    5: "role 'bait' is neither decoy nor control",
    6: ".*a brace is not closed",
    7: "address 'just here'",
    8: "'no domain' is no domain name",
    9: "web host 'ftp://x'",
    10: "waybill number 'a b'",
    11: ".*runs backwards",
    13: ".* stands in row 12 already",
}
ACCESS_REASONS = {
    2: "at 'yesterday' is no time",
    3: "action 'stole' is neither",
    4: "the account is empty",
    5: "an export without an export_id",
    6: "neither a waybill_number nor an outlet",
    7: "rows 'many' is no count",
}
PARTLY_TAKEN = [
    pytest.param("accounts", ACCOUNTS, 2, ACCOUNT_REASONS, id="duplicate and malformed accounts"),
    pytest.param("accounts", UNCLOSED, 1, {4: "no CSV row: unexpected end"}, id="an unclosed quote"),
    pytest.param("beacons", NUMBERS_CSV, 1, NUMBER_REASONS, id="malformed beacons"),
    pytest.param("access", ACCESS, 1, ACCESS_REASONS, id="malformed access events"),
]


@pytest.mark.parametrize(("group", "content", "taken", "reasons"), PARTLY_TAKEN)
def test_bad_rows_are_listed_with_reasons_and_all_others_are_taken(
    workspace: Workspace, group: str, content: str, taken: int, reasons: dict[int, str]
) -> None:
    table = {"accounts": "account", "beacons": "beacon", "access": "access_event"}[group]
    before = len(workspace.registry()[table])
    workspace.file("x.csv", content)
    done = workspace.honey(group, "import", "x.csv")
    assert f"{len(reasons)} rows were rejected" in stated(done)
    rejected = [line.removeprefix("rejected: x.csv ") for line in done.lines if line.startswith("rejected")]
    assert len(rejected) == len(reasons), rejected
    for (row, reason), line in zip(reasons.items(), rejected, strict=True):
        assert re.match(f"row {row}: {reason}", line), line
    assert len(workspace.registry()[table]) == before + taken


def test_the_same_access_record_twice_is_refused_and_counted_once(workspace: Workspace) -> None:
    workspace.file("access.csv", "at,account,action,waybill_number\n2026-11-20 10:00:00,O01-A,read,YT1\n")
    workspace.json("access", "import", "access.csv")
    before = workspace.registry()
    assert "imported before" in workspace.fails("access", "import", "access.csv")
    assert workspace.registry() == before


def test_decoys_the_host_refuses_are_named_and_all_others_stand(workspace: Workspace) -> None:
    workspace.host.unlink()
    build_host(workspace.host, phone="CHECK (receiver_phone NOT LIKE '140123450%' OR substr(receiver_phone, -1) < '8')")
    before = workspace.host_dump()
    done = workspace.honey("seed", "--json")
    assert "all others stand" in stated(done)
    refused = [line for line in done.lines if line.startswith("rejected by the host: decoy D-")]
    assert refused
    assert all("CHECK constraint failed: receiver_phone" in line for line in refused)
    assert sum(map(len, workspace.decoys().values())) == 36 - len(refused)
    assert workspace.json("status")["plantings"] == {
        "resident confirmed": 36 - len(refused),
        "resident rejected": len(refused),
    }
    workspace.json("unseed")
    assert workspace.host_dump() == before


REWRITES = "AFTER INSERT ON waybill BEGIN UPDATE waybill SET receiver_name = 'x' WHERE id = new.id"
SWALLOWS = "BEFORE INSERT ON waybill BEGIN SELECT RAISE(IGNORE)"


@pytest.mark.parametrize("event", [REWRITES, SWALLOWS], ids=["rewriting", "swallowing"])
def test_a_host_whose_triggers_change_rows_keeps_none_of_ours(workspace: Workspace, event: str) -> None:
    before = workspace.host_dump()
    sql(f"CREATE TRIGGER t {event}; END")(workspace)
    assert "look for a trigger" in workspace.fails("seed")
    sql("DROP TRIGGER t")(workspace)
    assert workspace.host_dump() == before
    assert workspace.json("seed")["planted"] == 36  # the intent is on record: mended, it goes on
    assert {len(rows) for rows in workspace.decoys().values()} == {3}


def test_an_export_id_belongs_to_the_account_that_used_it_first(workspace: Workspace) -> None:
    rows()(workspace)
    workspace.json(*EXPORT)
    before = workspace.registry()
    assert "was made by account O01-A" in workspace.fails(*EXPORT, "--account", "O01-B", "--output", "other.csv")
    assert workspace.registry() == before
    assert not (workspace.folder / "other.csv").exists()


def test_a_second_seeding_at_the_same_time_is_refused_at_once(workspace: Workspace) -> None:
    with (workspace.folder / "var" / "seed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another honey seed" in workspace.fails("seed")
    assert workspace.json("seed")["planted"] == 36


def test_a_closed_pipe_is_no_error_message(made: Workspace) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-m", "honey", "accounts", "list"], cwd=made.folder, stdout=writer,
                          stderr=subprocess.PIPE, check=False)  # fmt: skip
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode != 0
