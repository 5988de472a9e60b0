"""Opening a host: what cannot be opened is said in one line, and nothing is ever created."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from honey.errors import HostError
from honey.host import connection
from honey.host.connection import open_engine
from honey.host.table import HostTable

MakeHost = Callable[[str], str]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("sqlite:///absent.db", "no such file", id="an SQLite file that is not there"),
        pytest.param("sqlite:///file:absent.db?mode=rwc&uri=true", "unable to open", id="a URI that asks to create it"),
        pytest.param("sqlite://", "names no file", id="SQLite without a file"),
        pytest.param("sqlite:///:memory:", "names no file", id="SQLite in memory"),
        pytest.param("waybills.db", "not a database address", id="a path in place of a URL"),
        pytest.param("oracle://x/y", "sqlite, postgresql and mysql", id="another kind of database"),
        pytest.param("postgresql+nosuch://x/y", "no such driver", id="an unknown driver"),
        pytest.param("postgresql://u:secret@127.0.0.1:1/x", "cannot be reached", id="PostgreSQL that does not listen"),
        pytest.param("mysql://u:secret@127.0.0.1:1/x", "cannot be reached", id="MySQL that does not listen"),
    ],
)
def test_a_host_that_cannot_be_opened_is_explained(
    url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HostError, match=said) as raised:
        open_engine(url)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "host.db"
    path.write_text("waybill_no,name\n" * 100)
    with pytest.raises(HostError, match="no usable database"):
        HostTable.open(f"sqlite:///{path}", "waybill", {})


def test_a_read_only_host_is_explained(make_host: MakeHost) -> None:
    url = make_host("CREATE TABLE w (a TEXT);")
    with (
        HostTable.open(f"{url}?mode=ro", "w", {}) as table,
        pytest.raises(HostError, match=r"readonly.*right to insert and delete"),
    ):
        table.insert([{"a": "x"}])


def test_a_host_locked_by_another_program_is_waited_for(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 5)
    url = make_host("CREATE TABLE w (a TEXT);")
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    with closing(other), HostTable.open(url, "w", {}) as table:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        release.start()
        assert len(table.insert([{"a": "x"}])) == 1
        release.join()


def test_a_host_that_stays_locked_is_explained(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    url = make_host("CREATE TABLE w (a TEXT);")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with HostTable.open(url, "w", {}) as table, pytest.raises(HostError, match=r"locked.*try again"):
            table.insert([{"a": "x"}])


def test_waiting_is_bounded_on_servers_unless_the_url_says_otherwise() -> None:
    bounded = connection._connect_arguments(make_url("postgresql://x/y"))
    assert bounded == {"connect_timeout": 10, "options": "-c lock_timeout=10000"}
    own = connection._connect_arguments(make_url("mysql://x/y?connect_timeout=3"))
    assert set(own) == {"init_command", "charset"}
