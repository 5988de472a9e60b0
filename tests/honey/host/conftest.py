"""Real SQLite files: two third-party hosts and small ones built by the test."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[2] / "vectors" / "hosts"

MakeHost = Callable[[str], str]

WAYBILL_TABLE = """
CREATE TABLE waybill (
    id INTEGER PRIMARY KEY AUTOINCREMENT, waybill_no VARCHAR(20) NOT NULL UNIQUE, courier_account VARCHAR(20),
    outlet_code VARCHAR(10), receiver_name VARCHAR(40) NOT NULL, receiver_phone VARCHAR(20),
    receiver_province VARCHAR(20), receiver_city VARCHAR(20), receiver_region VARCHAR(20),
    receiver_detail_address VARCHAR(200), weight DECIMAL(8, 2), create_time DATETIME);
"""


def waybill_rows(count: int, outlets: int = 4) -> str:
    """INSERT statements: row n is of outlet n modulo `outlets`, a minute after row n - 1."""
    return "".join(
        "INSERT INTO waybill (waybill_no, courier_account, outlet_code, receiver_name, receiver_phone, "
        "receiver_province, receiver_city, receiver_region, receiver_detail_address, weight, create_time) VALUES "
        f"('YT8000000{n:06d}', 'HB-{n % 12:04d}', 'O{n % outlets:02d}', '王小{chr(0x4E00 + n % 500)}', "
        f"'1400000{n:04d}', '浙江省', '杭州市', '余杭区', '文一西路{n}号', {n % 50 + 0.5}, "
        f"'2026-11-{1 + n // 1440:02d} {n // 60 % 24:02d}:{n % 60:02d}:00');\n"
        for n in range(count)
    )


def load(path: Path, script: str) -> str:
    """Run `script` in a new SQLite file and return its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return f"sqlite:///{path}"


@pytest.fixture
def make_host(tmp_path: Path) -> MakeHost:
    """Return a function that makes a host database of an SQL script and returns its URL."""

    def make(script: str) -> str:
        return load(tmp_path / f"host{len(list(tmp_path.iterdir()))}.db", script)

    return make


@pytest.fixture
def mall(tmp_path: Path) -> str:
    """URL of the Chinese shop's database."""
    return load(tmp_path / "mall.db", (VECTORS / "mall.sql").read_text(encoding="utf-8"))


@pytest.fixture
def northwind(tmp_path: Path) -> str:
    """URL of the English and European trader's database."""
    return load(tmp_path / "northwind.db", (VECTORS / "northwind.sql").read_text(encoding="utf-8"))


@pytest.fixture
def waybills(make_host: MakeHost) -> str:
    """URL of a host with one table `waybill` of 200 rows."""
    return make_host(WAYBILL_TABLE + "BEGIN;" + waybill_rows(200) + "COMMIT;")
