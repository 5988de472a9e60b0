"""A small workspace as a user would set it up, made once by the real commands and copied for each test.

Commands run as subprocesses with the workspace as working directory; nothing of `honey` is called from here.
"""

import csv
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors" / "hosts"
PLAN_KEY = bytes(range(32))
COMMAND_SECONDS = 120  # a command that takes longer hangs
SLOW_SECONDS = 900  # tests of dozens of commands: two minutes on two idle cores, many more on busy ones

HOST_TABLE = """
CREATE TABLE waybill (
    id INTEGER PRIMARY KEY AUTOINCREMENT, waybill_no VARCHAR(20) NOT NULL UNIQUE, courier_account VARCHAR(20),
    outlet_code VARCHAR(10), receiver_name VARCHAR(40) NOT NULL, receiver_phone VARCHAR(20) {phone},
    receiver_province VARCHAR(20), receiver_city VARCHAR(20), receiver_region VARCHAR(20),
    receiver_detail_address VARCHAR(200), goods VARCHAR(60), weight DECIMAL(8, 2), create_time DATETIME);
"""

HOST_SECTION = """
[host]
url = "sqlite:///waybills.db"
table = "waybill"

[host.columns]
waybill_number = "waybill_no"
account = "courier_account"
outlet = "outlet_code"
recipient_name = "receiver_name"
recipient_phone = "receiver_phone"
recipient_province = "receiver_province"
recipient_city = "receiver_city"
recipient_district = "receiver_region"
recipient_address = "receiver_detail_address"
goods = "goods"
created_at = "create_time"
"""

BEACONS = """\
kind,value,role,provider
phone,+86140123450{00-19},decoy,twilio
phone,+86140123459{00-09},control,twilio
address,浙江省/杭州市/余杭区/演示西路969号3栋{1-4}单元{1-18}{01-04}室,decoy,
mail_domain,mail.example.com,decoy,
dns_zone,t.example.net,decoy,
web_host,https://track.example.net,decoy,
waybill_number,YT80000000{00000-99999},decoy,
"""

OUTLETS = ("O01", "O02", "O03", "O04")
ACCOUNTS = {f"{outlet}-{letter}": outlet for outlet in OUTLETS for letter in "ABC"}
HOST_ROWS = 600
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴", "秀英丽娜芳伟敏静强磊洋艳勇军杰涛"
_DISTRICTS = ("余杭区", "滨江区", "萧山区", "西湖区")
_GOODS = ("奶粉", "运动鞋", "洗面奶", "坚果礼盒", "数据线", "四件套", "保温杯", "儿童绘本")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said on stderr."""
        return self.err.splitlines()

    def document(self) -> dict[str, Any]:
        """The JSON document on stdout; fails when the command did or printed anything else there."""
        assert self.code == 0, self.err
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def run(
    folder: Path,
    *arguments: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    module: str = "honey",
) -> Done:
    """Run one command as a user would; no configuration of the machine reaches it."""
    environment = {name: value for name, value in os.environ.items() if name != "HONEY_CONFIG"}
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=folder,
        env={**environment, **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    err = done.stderr.decode("utf-8")
    assert "Traceback" not in err, err
    assert b"Traceback" not in done.stdout
    return Done(done.returncode, done.stdout, err)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace; its host is `waybills.db` in it unless the configuration was changed."""

    folder: Path
    host_name: str = "waybills.db"

    @property
    def host(self) -> Path:
        """The host's database file."""
        return self.folder / self.host_name

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config" / "honey.toml"

    def honey(self, *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
        """Run a command in this workspace."""
        return run(self.folder, *arguments, stdin=stdin, env=env)

    def json(self, *arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
        """Run a command with --json that must succeed; returns its document."""
        return self.honey(*arguments, "--json", stdin=stdin).document()

    def fails(self, *arguments: str | Path, stdin: bytes = b"") -> str:
        """Run a command that must fail with one clear line; returns that line."""
        done = self.honey(*arguments, stdin=stdin)
        return stated(done)

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file into the workspace."""
        path = self.folder / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def change_config(self, old: str, new: str) -> None:
        """Replace a piece of the configuration that must be there."""
        text = self.config.read_text("utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), "utf-8")

    def host_rows(self, where: str = "1", *, table: str = "waybill") -> list[dict[str, Any]]:
        """Rows of the host table."""
        return query(self.host, f"SELECT * FROM {table} WHERE {where}")

    def host_dump(self) -> list[str]:
        """The whole host as SQL: equal dumps are equal hosts."""
        with closing(sqlite3.connect(self.host)) as connection:
            return list(connection.iterdump())

    def registry(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the registry holds, but for the journal of openings."""
        with closing(sqlite3.connect(self.folder / "var" / "registry.db")) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)
                for name in names
                if name != "opening"
            }

    def decoys(self) -> dict[str, list[dict[str, Any]]]:
        """The decoys in the host by account: rows whose waybill number is of the block set aside."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.host_rows("waybill_no LIKE 'YT80000000%' ORDER BY id"):
            found.setdefault(row["courier_account"], []).append(row)
        return found


def stated(done: Done) -> str:
    """Check that a command failed as promised, exit 1 and one clear line, and return that line."""
    assert done.code == 1, (done.code, done.out, done.err)
    errors = [line for line in done.lines if line.startswith("error: ")]
    others = [line for line in done.lines if not line.startswith(("error: ", "rejected", "warning: "))]
    assert len(errors) == 1, done.err
    assert not others, done.err
    assert len(errors[0]) > len("error: ") + 15
    return errors[0]


def query(database: Path, sql: str) -> list[dict[str, Any]]:
    """Rows of an SQLite file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None) -> str:
    """Rows as the CSV an application would write."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns or rows[0]), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def access_csv(events: Iterable[tuple[str, str, str, str, str]]) -> str:
    """An access record: at, account, action, export_id, waybill_number."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("at", "account", "action", "export_id", "waybill_number"))
    writer.writerows(events)
    return text.getvalue()


def build_host(path: Path, *, rows: int = HOST_ROWS, phone: str = "") -> None:
    """Write the sample host; `phone` is a constraint on its phone column. Everybody in it is invented."""
    rng = random.Random(7)
    accounts = list(ACCOUNTS.items())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(HOST_TABLE.format(phone=phone))
        for n in range(rows):
            account, outlet = accounts[n * 5 % len(accounts)]
            name = rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2))))
            at = f"2026-11-{1 + n // 40:02d} {8 + n // 4 % 10:02d}:{n % 4 * 15 + rng.randrange(15):02d}"
            row = (
                f"YT7{rng.randrange(10**11, 10**12)}", account, outlet, name, f"140{rng.randrange(10**8):08d}",
                "浙江省", "杭州市", rng.choice(_DISTRICTS), f"样本路{rng.randrange(1, 900)}号{rng.randrange(1, 20)}栋",
                rng.choice(_GOODS), round(rng.uniform(0.2, 8), 2), f"{at}:{rng.randrange(60):02d}",
            )  # fmt: skip
            marks = ",".join("?" * len(row))
            connection.execute(
                "INSERT INTO waybill (waybill_no, courier_account, outlet_code, receiver_name, receiver_phone, "
                "receiver_province, receiver_city, receiver_region, receiver_detail_address, goods, weight, "
                f"create_time) VALUES ({marks})",
                row,
            )


def staff_csv() -> str:
    """The accounts of the sample host."""
    lines = [f"{account},employee,counter {account[-1]},{outlet}" for account, outlet in ACCOUNTS.items()]
    return "\n".join(["account,kind,name,outlet", *lines, ""])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with host, accounts and beacons; nobody may change it."""
    workspace = make(tmp_path_factory.mktemp("made") / "workspace")
    build_host(workspace.host)
    workspace.config.write_text(workspace.config.read_text("utf-8") + HOST_SECTION, "utf-8")
    workspace.json("accounts", "import", workspace.file("staff.csv", staff_csv()))
    workspace.json("beacons", "import", workspace.file("numbers.csv", BEACONS))
    return workspace


@pytest.fixture(scope="session")
def made_seeded(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same with its decoys planted; nobody may change it."""
    workspace = copy(made, tmp_path_factory.mktemp("seeded"))
    workspace.json("seed")
    return workspace


def make(folder: Path, host_name: str = "waybills.db") -> Workspace:
    """A new workspace that plans the same decoys in every run: what a test finds must not hang on the draw of a key."""
    assert run(folder.parent, "init", folder).code == 0
    (folder / "keys" / "plan.key").write_text(PLAN_KEY.hex() + "\n", "ascii")
    return Workspace(folder, host_name)


def copy(workspace: Workspace, folder: Path) -> Workspace:
    """Copy a workspace with all its permissions."""
    return Workspace(Path(shutil.copytree(workspace.folder, folder / "workspace")), workspace.host_name)


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with host, accounts and beacons of one's own."""
    return copy(made, tmp_path)


@pytest.fixture
def seeded(made_seeded: Workspace, tmp_path: Path) -> Workspace:
    """A seeded workspace of one's own."""
    return copy(made_seeded, tmp_path)
