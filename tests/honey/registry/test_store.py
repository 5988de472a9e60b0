"""Opening the registry: journalled, never made anew, never half-changed."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from honey.errors import HoneyError, RegistryError
from honey.model.account import Account, AccountId
from honey.registry import accounts, schema
from honey.registry.migrations import MIGRATIONS, migrate
from honey.registry.seal import Seal
from honey.registry.store import Registry
from tests.honey.registry.conftest import KEY

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
ONE = Account(AccountId("HB-1"), "courier", "x", "OUT-1")


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_every_opening_is_journalled_with_time_user_and_command(registry: Registry, url: str) -> None:
    for command in ("honey trace", "honey status " + "x" * 500):
        Registry.open(url, Seal(KEY), command=command, now=AT).close()
    with registry.begin() as session:
        rows = session.connection.execute(sa.select(schema.opening).order_by(schema.opening.c.number)).all()
    assert [(row.number, row.at, row.command) for row in rows] == [
        (1, AT, "honey trace"), (2, AT, ("honey status " + "x" * 500)[:200]),
    ]  # fmt: skip
    assert all(row.who for row in rows)


def test_an_existing_registry_is_never_overwritten(registry: Registry, url: str) -> None:
    before = file_of(url).read_bytes()
    with pytest.raises(RegistryError, match="exists already"):
        Registry.create(url, Seal(KEY))
    assert file_of(url).read_bytes() == before


def test_a_missing_registry_is_not_made_anew_by_opening(url: str) -> None:
    with pytest.raises(RegistryError, match="no registry at"):
        Registry.open(url, Seal(KEY), command="x", now=AT)
    assert not file_of(url).exists()


def test_the_registry_is_readable_by_its_owner_only(registry: Registry, url: str) -> None:
    with registry.begin() as session:
        accounts.add(session, [ONE])
    for one in file_of(url).parent.glob("registry.db*"):
        assert one.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"no database at all, only some text\n" * 40, b"\x00" * 5000])
def test_a_file_that_is_no_database_gives_one_clear_line(url: str, content: bytes) -> None:
    file_of(url).write_bytes(content)
    with pytest.raises(RegistryError, match="cannot be used"):
        Registry.open(url, Seal(KEY), command="x", now=AT)
    assert file_of(url).read_bytes() == content


@pytest.mark.parametrize("url", ["oracle7://x/y", "postgresql+nosuchdriver://h/d"])
def test_an_unknown_kind_of_database_gives_one_clear_line(url: str) -> None:
    with pytest.raises(HoneyError):
        Registry.open(url, Seal(KEY), command="x", now=AT)


def test_a_block_that_raises_leaves_nothing(registry: Registry) -> None:
    def half_way() -> None:
        with registry.begin() as session:
            accounts.add(session, [ONE])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half_way()
    with registry.begin() as session:
        assert accounts.all_accounts(session) == {}


def test_a_block_that_is_not_to_be_kept_leaves_nothing(registry: Registry) -> None:
    with registry.begin(keep=False) as session:
        accounts.add(session, [ONE])
        assert accounts.count(session) == 1
    with registry.begin() as session:
        assert accounts.all_accounts(session) == {}


def test_migrating_again_changes_nothing(registry: Registry, url: str) -> None:
    with closing(sqlite3.connect(file_of(url))) as database:
        before = list(database.iterdump())
    engine = sa.create_engine(url)
    assert migrate(engine) == migrate(engine) == len(MIGRATIONS)
    engine.dispose()
    with closing(sqlite3.connect(file_of(url))) as database:
        assert list(database.iterdump()) == before


def test_a_registry_of_a_later_release_is_refused_and_left_alone(registry: Registry, url: str) -> None:
    with closing(sqlite3.connect(file_of(url))) as database, database:
        database.execute("insert into migration (version, name) values (99, 'from the future')")
        before = list(database.iterdump())
    with pytest.raises(RegistryError, match="version 99, this release knows"):
        Registry.open(url, Seal(KEY), command="x", now=AT)
    with closing(sqlite3.connect(file_of(url))) as database:
        assert list(database.iterdump()) == before


def test_a_naive_time_is_never_stored(registry: Registry) -> None:
    naive = datetime(2026, 11, 22)  # noqa: DTZ001 - the subject of the test
    with pytest.raises(sa.exc.StatementError, match="naive"), registry.begin() as session:
        session.connection.execute(schema.opening.insert().values(number=1, at=naive, who="x", command="x"))
