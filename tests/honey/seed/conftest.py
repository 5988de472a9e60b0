"""A waybill host in a real SQLite file, and a journal in memory that can be cut short."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from honey.host.table import HostTable
from honey.model.decoy import DecoyId
from honey.model.waybill import Role
from honey.seed.journal import HostRow

ROLES = {
    Role.WAYBILL_NUMBER: "no", Role.ACCOUNT: "account", Role.OUTLET: "outlet", Role.RECIPIENT_NAME: "name",
    Role.RECIPIENT_PHONE: "phone", Role.CREATED_AT: "at",
}  # fmt: skip
TABLE = """
CREATE TABLE waybill (
    id INTEGER PRIMARY KEY AUTOINCREMENT, no VARCHAR(20) NOT NULL UNIQUE, account VARCHAR(20), outlet VARCHAR(10),
    name VARCHAR(40) NOT NULL CHECK (name <> 'refused'), phone VARCHAR(20), at DATETIME);
CREATE TABLE other (id INTEGER PRIMARY KEY AUTOINCREMENT, x);
INSERT INTO other (x) VALUES (1);
"""


class PowerCut(Exception):  # noqa: N818 - what it is
    """The run ends here."""


@dataclass
class Journal:
    """The protocol in memory; `cut` raises before or after a call, as a power cut would."""

    states: dict[DecoyId, str] = field(default_factory=dict)
    rows: dict[DecoyId, HostRow] = field(default_factory=dict)
    reasons: dict[DecoyId, str] = field(default_factory=dict)
    cut: Callable[[str], None] = lambda _: None

    def intend(self, rows: Sequence[HostRow]) -> None:
        for one in rows:
            self.states[one.decoy], self.rows[one.decoy] = "intended", one

    def confirmed(self, rows: Sequence[HostRow]) -> None:
        self.cut("before confirmed")
        for one in rows:
            assert one.key is not None
            self.states[one.decoy], self.rows[one.decoy] = "confirmed", one
        self.cut("after confirmed")

    def rejected(self, decoy: DecoyId, reason: str) -> None:
        self.cut("before rejected")
        self.states[decoy], self.reasons[decoy] = "rejected", reason
        self.cut("after rejected")

    def removed(self, decoys: Sequence[DecoyId]) -> None:
        self.cut("before removed")
        self.states.update(dict.fromkeys(decoys, "removed"))
        self.cut("after removed")

    def of(self, *states: str) -> list[HostRow]:
        return [self.rows[name] for name, state in self.states.items() if state in states]


@dataclass
class Host:
    """The host's file, as the waybill application itself would use it."""

    path: Path

    def run(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            database.executescript(script)

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as database:
            return list(database.iterdump())

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path)) as database:
            return list(database.execute(query))

    def real(self, count: int, start: int = 0) -> None:
        """The application writes rows of its own."""
        self.run("".join(
            f"INSERT INTO waybill (no, account, outlet, name, phone, at) VALUES ('R{at:06d}', 'HB-{at % 3}', "
            f"'OUT-{at % 2}', '客户{at}', '1400000{at:04d}', '2026-11-01 08:00:00');"
            for at in range(start, start + count)
        ))  # fmt: skip

    def open(self) -> HostTable:
        return HostTable.open(f"sqlite:///{self.path}", "waybill", ROLES)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Twenty real rows."""
    made = Host(tmp_path / "host.db")
    made.run(TABLE)
    made.real(20)
    return made


@pytest.fixture
def journal() -> Journal:
    """An empty journal."""
    return Journal()


def decoy_rows(count: int, start: int = 0) -> list[HostRow]:
    """Rows to plant; every fifth number is shared, as phone numbers are."""
    return [
        HostRow(
            DecoyId(f"D-{at}"),
            {"no": f"YT{at:06d}", "account": f"HB-{at % 3}", "outlet": f"OUT-{at % 2}", "name": f"诱饵{at}",
             "phone": f"1400099{at % 5:04d}", "at": "2026-11-02 09:00:00"},
        )
        for at in range(start, start + count)
    ]  # fmt: skip


def renamed(row: HostRow, name: str) -> HostRow:
    return replace(row, values={**row.values, "name": name})
