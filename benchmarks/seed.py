"""Decoys planted per second, beside a bare executemany of rows as wide, and beside Faker making four of the fields."""

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from faker import Faker

from honey.demo import sample_host
from honey.demo.steps import Names
from honey.derive import PlanKey
from honey.host.inspect import inspect
from honey.host.table import HostTable
from honey.intake.accounts import parse_accounts
from honey.intake.beacons import parse_beacons
from honey.intake.rows import InputRow, read_rows
from honey.registry import accounts, beacons, plantings
from honey.registry.journal import RegistryJournal, intend
from honey.registry.seal import Seal
from honey.registry.store import Registry
from honey.seed.apply import plant
from honey.seed.prepare import Plan, plan_orders, prepare_residents

SIZES = (3_000, 6_000, 12_000)  # decoys; cost per decoy should not grow
HOST_ROWS = 20_000
NAMES = Names("t.courier.example", "mail.courier.example", "track.courier.example", "")


def timed(action: Callable[[], object]) -> float:
    """Return how long the action took, in seconds."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def seeded(folder: Path, decoys: int) -> tuple[float, int]:
    """Seed a fresh sample host; return the seconds from plan to read-back and the number of columns."""
    host, now = folder / "host.db", datetime.now(UTC)
    staff = sample_host.build(host, random.Random(1), rows=HOST_ROWS, now=now.replace(tzinfo=None))
    sheet = folder / "beacons.csv"
    sheet.write_text(sample_host.beacons_csv(NAMES), "utf-8")
    rows = (InputRow(n, {"account": one.account, "kind": one.kind, "name": one.name, "outlet": one.outlet})
            for n, one in enumerate(staff))  # fmt: skip
    found = inspect(f"sqlite:///{host}")
    registry = Registry.create(f"sqlite:///{folder / 'registry.db'}", Seal(bytes(32)))
    with HostTable.open(f"sqlite:///{host}", found.proposed_table, found.proposed_columns) as table:

        def run() -> None:
            with registry.begin() as session:
                accounts.add(session, parse_accounts(rows, "")[0])
                beacons.add(session, parse_beacons(read_rows(sheet, ("kind", "value", "role")), "")[0])
                known = accounts.all_accounts(session)
                plan = Plan(PlanKey(bytes(32)), 1, plan_orders(known, {}, {}, decoys // len(known)))
                drafts = prepare_residents(plan, table, known, beacons.pools(session), plantings.TakenNames(session))
                intend(session, drafts, epoch=1)
            plant(table, [one.row for one in drafts], RegistryJournal(registry, now), resumed=False)

        seconds = timed(run)
        width = len(table.columns)
    registry.close()
    return seconds, width


def bare(folder: Path, rows: int, width: int) -> float:
    """Insert as many rows of text as fast as SQLite takes them, in one transaction."""
    database = sqlite3.connect(folder / "bare.db")
    database.execute(f"create table t ({', '.join(f'c{n} text' for n in range(width))})")
    values = [tuple(f"value {row} {n}" for n in range(width)) for row in range(rows)]
    with database:
        seconds = timed(lambda: database.executemany(f"insert into t values ({', '.join('?' * width)})", values))
    database.close()
    return seconds


def faker(rows: int) -> float:
    """Make name, phone, address and mailbox with Faker alone."""
    fake = Faker("zh_CN")
    return timed(lambda: [(fake.name(), fake.phone_number(), fake.address(), fake.email()) for _ in range(rows)])


def main() -> None:
    """Print decoys per second for growing seedings, with the ratios to the bare insert and to Faker."""
    print(f"{'decoys':>8} {'planted/s':>10} {'bare insert/s':>14} {'Faker/s':>9} {'ours/bare':>10} {'ours/Faker':>11}")
    for decoys in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            seconds, width = seeded(folder, decoys)
            ours, limit, peer = decoys / seconds, decoys / bare(folder, decoys, width), decoys / faker(decoys)
        print(f"{decoys:8,} {ours:10,.0f} {limit:14,.0f} {peer:9,.0f} {ours / limit:10.4f} {ours / peer:11.2f}")
