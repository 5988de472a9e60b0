"""What the sample staff did after seeding: daily work, and one rented account that exported another outlet."""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlite_utils

STOLEN_HOURS = (22, 4)  # ago: from one afternoon to the next morning, so no manager's daily export holds the same rows
_HEADER = ("at", "account", "action", "export_id", "waybill_number")


@dataclass(frozen=True, slots=True)
class Theft:
    """The truth of the replayed case: who took whose rows."""

    account: str
    own_outlet: str
    victim_outlet: str
    export_id: str


def write_access_log(host: Path, target: Path, theft: Theft, rng: random.Random, now: datetime) -> int:
    """Write a complete access record: couriers read their rows, managers export each day, one account steals."""
    rows = _query(host, "select waybill_no, courier_account, outlet_code, create_time from waybill")
    count = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for line in _events(rows, theft, rng, now):
            writer.writerow(line)
            count += 1
    return count


def stolen_rows(host: Path, theft: Theft, now: datetime) -> list[dict[str, Any]]:
    """Return what the rented account exported: recent rows of the other outlet."""
    return _query(
        host,
        "select * from waybill where outlet_code = ? and create_time between ? and ?",
        (theft.victim_outlet, *_window(now)),
    )


def _query(host: Path, sql: str, parameters: Sequence[str] = ()) -> list[dict[str, Any]]:
    database = sqlite_utils.Database(host)
    rows = list(database.query(sql, parameters))
    database.close()
    return rows


def _events(rows: list[dict[str, Any]], theft: Theft, rng: random.Random, now: datetime) -> Iterator[tuple[str, ...]]:
    by_day: dict[tuple[str, str], list[str]] = defaultdict(list)
    start, end = _window(now)
    stolen = []
    for row in rows:
        number, outlet, day = row["waybill_no"], row["outlet_code"], row["create_time"][:10]
        yield _at(now, rng), row["courier_account"], "read", "", number
        by_day[outlet, day].append(number)
        if outlet == theft.victim_outlet and start <= row["create_time"] <= end:
            stolen.append(number)
    for (outlet, day), numbers in sorted(by_day.items()):
        at = _at(now, rng)
        for number in numbers:
            yield at, f"M{outlet[-2:]}", "export", f"E-{outlet}-{day}", number
    for _ in range(400):  # head office looks into complaints, one waybill at a time, anywhere
        row = rng.choice(rows)
        yield _at(now, rng), f"M{rng.randrange(1, 21):02d}", "read", "", row["waybill_no"]
    at = _at(now, rng)
    for number in stolen:
        yield at, theft.account, "export", theft.export_id, number


def _window(now: datetime) -> tuple[str, str]:
    first, last = (f"{now - timedelta(hours=hours):%Y-%m-%d %H:%M:%S}" for hours in STOLEN_HOURS)
    return first, last


def _at(now: datetime, rng: random.Random) -> str:
    return (now + timedelta(seconds=rng.random() * 3600)).isoformat(timespec="seconds")
