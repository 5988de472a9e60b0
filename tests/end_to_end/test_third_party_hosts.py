"""Two databases nobody made for us: inspected, planted, exported from, traced and restored by the real commands."""

import csv
import io
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import BEACONS, VECTORS, Workspace, access_csv, make, to_csv

CHINESE_ADDRESS = "浙江省/杭州市/余杭区/演示西路969号3栋{1-4}单元{1-18}{01-04}室"


@dataclass(frozen=True, slots=True)
class Host:
    """A database, what inspection must find in it, and the lists an operator would bring for it."""

    name: str
    table: str
    roles: dict[str, str]  # at least these
    accounts: tuple[tuple[str, str], ...]  # account, outlet
    beacons: str
    personal: tuple[str, ...]  # columns that hold what belongs to one customer
    created_at: str
    number: str  # the column an export is told by
    by_number: bool  # the access record names rows by it


MALL = Host(
    name="mall",
    table="oms_order",
    roles={
        "waybill_number": "delivery_sn",
        "order_number": "order_sn",
        "created_at": "create_time",
        "recipient_name": "receiver_name",
        "recipient_phone": "receiver_phone",
        "recipient_province": "receiver_province",
        "recipient_city": "receiver_city",
        "recipient_district": "receiver_region",
        "recipient_address": "receiver_detail_address",
    },
    accounts=tuple((f"HB-{n:04d}", f"X{n % 3}") for n in range(9)),
    beacons=BEACONS,
    personal=("receiver_name", "receiver_phone", "receiver_detail_address", "order_sn", "delivery_sn",
              "bill_receiver_phone", "bill_receiver_email"),
    created_at="create_time",
    number="delivery_sn",
    by_number=True,
)  # fmt: skip
NORTHWIND = Host(
    name="northwind",
    table="orders",
    roles={
        "account": "employee_id",
        "created_at": "order_date",
        "order_number": "order_id",
        "recipient_name": "ship_name",
        "recipient_address": "ship_address",
        "recipient_city": "ship_city",
        "recipient_province": "ship_region",
        "recipient_postcode": "ship_postal_code",
        "recipient_country": "ship_country",
    },
    accounts=tuple((str(n), f"X{n % 3}") for n in range(1, 10)),
    beacons=BEACONS.replace(CHINESE_ADDRESS, "/London//{1-300} Example Street"),
    personal=("ship_name", "ship_address", "order_id"),
    created_at="order_date",
    number="order_id",
    by_number=False,
)


@pytest.fixture(scope="module", params=[MALL, NORTHWIND], ids=lambda host: host.name)
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Host, Workspace, list[str]]:
    """A host seeded as inspection proposes, and its dump from before."""
    host: Host = request.param
    workspace = make(tmp_path_factory.mktemp(host.name) / "workspace", f"{host.name}.db")
    with closing(sqlite3.connect(workspace.host)) as connection:
        connection.executescript((VECTORS / f"{host.name}.sql").read_text("utf-8"))
    before = workspace.host_dump()
    configure(host, workspace)
    staff = "".join(f"{account},employee,n,{outlet}\n" for account, outlet in host.accounts)
    workspace.json("accounts", "import", workspace.file("staff.csv", "account,kind,name,outlet\n" + staff))
    workspace.json("beacons", "import", workspace.file("numbers.csv", host.beacons))
    assert workspace.json("host", "check")["usable"] is True
    assert workspace.json("plan")["missing"] == {}
    would = workspace.json("seed", "--dry-run")
    assert workspace.host_dump() == before
    assert would["would_plant"] == workspace.json("seed")["planted"] == 3 * len(host.accounts)
    return host, workspace, before


def configure(host: Host, workspace: Workspace) -> None:
    """Write [host] exactly as inspection proposes it, without a hint."""
    proposed = workspace.json("host", "inspect", f"sqlite:///{workspace.host}")["proposed"]
    assert proposed["table"] == host.table
    assert host.roles.items() <= proposed["columns"].items()
    columns = "".join(f'{role} = "{column}"\n' for role, column in proposed["columns"].items())
    section = f'[host]\nurl = "sqlite:///{workspace.host_name}"\ntable = "{host.table}"\n[host.columns]\n{columns}'
    workspace.config.write_text(workspace.config.read_text("utf-8") + section, "utf-8")


def split(host: Host, workspace: Workspace, before: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The host's own rows and the planted ones."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("\n".join(before))
        known = set(connection.execute(f"SELECT * FROM {host.table}"))
    rows = workspace.host_rows(table=host.table)
    own = [row for row in rows if tuple(row.values()) in known]
    return own, [row for row in rows if tuple(row.values()) not in known]


def test_the_decoys_stand_among_the_rows_and_copy_no_customer(planted: tuple[Host, Workspace, list[str]]) -> None:
    host, workspace, before = planted
    own, decoys = split(host, workspace, before)
    assert len(decoys) == 3 * len(host.accounts)
    for column in host.personal:
        real = {row[column] for row in own} - {None, ""}
        assert not real & {row[column] for row in decoys}, column
    phones = {row[host.roles["recipient_phone"]] for row in decoys} if "recipient_phone" in host.roles else set()
    assert all(str(phone).startswith("140123450") for phone in phones)
    people = {str(row[column]) for row in own for column in host.personal if row[column] and len(str(row[column])) > 5}
    for row in decoys:
        everything = "|".join(str(value) for value in row.values())
        assert not [one for one in people if one in everything]


def test_the_decoys_are_dated_and_filled_like_the_rows_around_them(
    planted: tuple[Host, Workspace, list[str]],
) -> None:
    host, workspace, before = planted
    own, decoys = split(host, workspace, before)
    dates = sorted(str(row[host.created_at]) for row in own)
    assert all(dates[0][:4] <= str(row[host.created_at]) <= dates[-1] + "~" for row in decoys)
    for column in own[0]:
        if all(row[column] is not None for row in own):
            assert all(row[column] is not None for row in decoys), column
        if all(row[column] is None for row in own):
            assert all(row[column] is None for row in decoys), column
    assert len({row[host.roles["recipient_name"]] for row in decoys}) == len(decoys)
    assert len({row[host.roles["recipient_address"]] for row in decoys}) == len(decoys)
    if "account" in host.roles:
        owners = [str(row[host.roles["account"]]) for row in decoys]
        assert {owners.count(account) for account, _ in host.accounts} == {3}


def test_an_export_carries_its_own_decoys_and_leads_to_its_taker(planted: tuple[Host, Workspace, list[str]]) -> None:
    host, workspace, before = planted
    own, _ = split(host, workspace, before)
    taker, original = host.accounts[4][0], to_csv(own).encode("utf-8")
    command = ("export", "--account", taker, "--export-id", f"E-{host.name}")
    done = workspace.honey(*command, stdin=original)
    assert done.code == 0, done.err
    kept, added = subtract(done.out, original)
    assert kept == original
    assert len(list(csv.reader(io.StringIO(added.decode("utf-8"))))) == 4
    traced = workspace.json("trace", workspace.file("leaked.csv", done.out))
    assert traced["verdict"] == "identified"
    assert [one["account"] for one in traced["suspects"]] == [taker]
    assert traced["suspects"][0]["exports"] == [f"E-{host.name}"]
    assert traced["suspects"][0]["decoys"] == 4


def subtract(longer: bytes, original: bytes) -> tuple[bytes, bytes]:
    """The lines of `longer` that continue the original in order, and those put between them."""
    left, kept, added = original.splitlines(keepends=True), b"", b""
    for line in longer.splitlines(keepends=True):
        if left and line == left[0]:
            kept += left.pop(0)
        else:
            added += line
    return kept, added


def test_rows_read_by_another_account_accuse_the_reader_and_not_the_owner(
    planted: tuple[Host, Workspace, list[str]],
) -> None:
    host, workspace, before = planted
    own, decoys = split(host, workspace, before)
    owner, reader = host.accounts[0], host.accounts[7]
    assert owner[1] != reader[1]
    at = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    if host.by_number:  # every second row of the table, whoever's it is
        stolen = [*decoys, *own][::2]
        numbers = [str(row[host.number]) for row in stolen if row[host.number]]
        record = access_csv((at, reader[0], "export", "E-STOLEN", number) for number in numbers)
        record += access_csv((at, owner[0], "read", "", number) for number in numbers[:1]).partition("\n")[2]
    else:  # the host's log knows only whole exports: of the outlet whose rows they were
        lines = [f"{at},{reader[0]},export,E-STOLEN,,{len(own)},X0", f"{at},{owner[0]},export,E-OWN,,9,X1"]
        record = "\n".join(["at,account,action,export_id,waybill_number,rows,outlet", *lines, ""])
        outlet = {account for account, outlet in host.accounts if outlet == "X0"}
        stolen = [row for row in decoys if str(row[host.roles["account"]]) in outlet] + own
    found = workspace.json("access", "import", workspace.file("access.csv", record))
    assert reader[0] in {one["account"] for one in found["tripwire"]}
    traced = workspace.json("trace", workspace.file("dump.csv", to_csv(stolen)))
    # An outlet's rows all together may also have left past the record: then the reader leads a shortlist.
    assert traced["verdict"] == ("identified" if host.by_number else "shortlist")
    assert [one["account"] for one in traced["suspects"]] == [reader[0]]
    assert traced["suspects"][0]["exports"] == ["E-STOLEN"]
    assert traced["suspects"][0]["probability"] > 0.95


def test_unseeding_leaves_the_host_as_it_was(planted: tuple[Host, Workspace, list[str]], tmp_path: Path) -> None:
    host, workspace, before = planted
    assert workspace.host_dump() != before
    assert workspace.json("unseed") == {"removed": 3 * len(host.accounts), "lost": []}
    assert workspace.host_dump() == before
