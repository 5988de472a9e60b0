"""AUTOINCREMENT: after unplanting the host counts on as if nothing had been planted, and never gives a number twice."""

import pytest

from honey.seed.apply import plant, restore_counter, unplant
from tests.honey.seed.conftest import Host, Journal, decoy_rows


def seed(host: Host, journal: Journal, count: int, start: int = 0) -> None:
    rows = decoy_rows(count, start)
    journal.intend(rows)
    with host.open() as table:
        plant(table, rows, journal, resumed=False)


def unseed(host: Host, journal: Journal) -> None:
    with host.open() as table:
        unplant(table, journal.of("intended", "confirmed"), journal)
        restore_counter(table, journal.of("removed"))


def counter(host: Host) -> object:
    return host.ask("select seq from sqlite_sequence where name = 'waybill'")[0][0]


def test_nothing_came_between(host: Host, journal: Journal) -> None:
    before = host.dump()
    seed(host, journal, 5)
    unseed(host, journal)
    assert host.dump() == before


def test_seeded_and_unseeded_over_and_over(host: Host, journal: Journal) -> None:
    before = host.dump()
    for at in range(4):
        seed(host, journal, 3, start=10 * at)
        seed(host, journal, 2, start=10 * at + 5)
        unseed(host, journal)
        assert host.dump() == before


def test_real_rows_after_ours_keep_their_numbers_and_the_count(host: Host, journal: Journal) -> None:
    seed(host, journal, 5)
    host.real(3, start=100)
    unseed(host, journal)
    assert [one for (one,) in host.ask("select id from waybill where id > 20")] == [26, 27, 28]
    assert counter(host) == 28


def test_real_rows_between_ours_stop_the_count_where_they_stand(host: Host, journal: Journal) -> None:
    seed(host, journal, 5)
    host.real(3, start=100)
    without_the_second = host.dump()
    seed(host, journal, 4, start=50)
    with host.open() as table:
        unplant(table, [one for one in journal.of("confirmed") if one.values["no"] >= "YT000050"], journal)  # type: ignore[operator]  # text
        restore_counter(table, journal.of("removed"))
    assert host.dump() == without_the_second


def test_a_real_row_that_came_and_went_after_ours_keeps_its_number_used(host: Host, journal: Journal) -> None:
    seed(host, journal, 5)
    host.real(1, start=100)
    host.run("DELETE FROM waybill WHERE no = 'R000100'")
    unseed(host, journal)
    assert counter(host) == 26


def test_numbers_given_back_and_taken_by_real_rows_are_not_given_back_again(host: Host, journal: Journal) -> None:
    seed(host, journal, 5)
    unseed(host, journal)
    host.real(3, start=100)  # takes 21 to 23, which our rows had
    before = host.dump()
    seed(host, journal, 4, start=50)
    unseed(host, journal)
    assert host.dump() == before
    assert counter(host) == 23


def test_an_unseed_cut_short_and_run_again_still_gives_all_numbers_back(host: Host, journal: Journal) -> None:
    before = host.dump()
    seed(host, journal, 6)
    with host.open() as table:
        unplant(table, journal.of("confirmed")[3:], journal)  # and the power is cut before the count is restored
    unseed(host, journal)
    assert host.dump() == before


def test_another_tables_count_is_left_alone(host: Host, journal: Journal) -> None:
    seed(host, journal, 5)
    host.run("INSERT INTO other (x) VALUES (2)")
    unseed(host, journal)
    assert host.ask("select seq from sqlite_sequence where name = 'other'") == [(2,)]


@pytest.mark.parametrize(
    "define",
    [
        pytest.param("id INTEGER PRIMARY KEY, no TEXT UNIQUE", id="a key without AUTOINCREMENT"),
        pytest.param("id TEXT, no TEXT", id="no key at all"),
        pytest.param("no TEXT PRIMARY KEY", id="the waybill number as key"),
        pytest.param("no TEXT, PRIMARY KEY (outlet, no)", id="a key of two columns"),
    ],
)
def test_tables_that_keep_no_count_are_left_byte_for_byte_too(host: Host, journal: Journal, define: str) -> None:
    others = "account TEXT, outlet TEXT, name TEXT, phone TEXT, at TEXT"
    head, comma, constraint = define.partition(", PRIMARY")
    host.run(f"DROP TABLE waybill; CREATE TABLE waybill ({head}, {others}{comma}{constraint})")
    host.real(20)
    before = host.dump()
    seed(host, journal, 5)
    assert len(host.ask("select 1 from waybill")) == 25
    unseed(host, journal)
    assert host.dump() == before
