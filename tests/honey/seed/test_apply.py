"""Planting and unplanting on a real database: cut short anywhere, nothing is lost, doubled or left behind."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import pytest

from honey.errors import HostError
from honey.host.table import HostTable, Identity, Key
from honey.model.waybill import Role, Row
from honey.seed import apply
from honey.seed.apply import Applied, plant, restore_counter, unplant
from honey.seed.journal import HostRow
from tests.honey.seed.conftest import ROLES, Host, Journal, PowerCut, decoy_rows, renamed


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "BATCH_ROWS", 4)


class Cut:
    """Raises at the n-th point it is asked at; `points` counts them."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.points = at, 0

    def __call__(self, _: str) -> None:
        self.points += 1
        if self.points == self.at:
            raise PowerCut


class CutTable(HostTable):
    """The real table, whose power can fail before and after each write."""

    cut = Cut()

    def insert(self, rows: Sequence[Row]) -> list[Key]:
        self.cut("before insert")
        keys = super().insert(rows)
        self.cut("after insert")
        return keys

    def delete(self, identities: Sequence[Identity]) -> int:
        self.cut("before delete")
        gone = super().delete(identities)
        self.cut("after delete")
        return gone


@contextmanager
def cutting(host: Host, journal: Journal, cut: Cut) -> Iterator[HostTable]:
    CutTable.cut = journal.cut = cut
    with CutTable.open(f"sqlite:///{host.path}", "waybill", ROLES) as table:
        yield table
    CutTable.cut = journal.cut = Cut()


def resume(host: Host, journal: Journal) -> Applied:
    with host.open() as table:
        return plant(table, journal.of("intended"), journal, resumed=True)


def take_out(host: Host, journal: Journal) -> Applied:
    with host.open() as table:
        done = unplant(table, journal.of("intended", "confirmed"), journal)
        restore_counter(table, journal.of("removed"))
        return done


def planted(host: Host) -> list[object]:
    return [name for (name,) in host.ask("select name from waybill where no like 'YT%' order by id")]


def test_rows_are_planted_confirmed_with_their_keys_and_counted(host: Host, journal: Journal) -> None:
    rows, steps = decoy_rows(10), list[int]()
    journal.intend(rows)
    with host.open() as table:
        done = plant(table, rows, journal, resumed=False, progress=steps.append)
    assert (done.planted, done.found, done.rejects) == (10, 0, ())
    assert steps == [4, 4, 2]
    assert set(journal.states.values()) == {"confirmed"}
    ids = {dict(one.key or {})["id"] for one in journal.of("confirmed")}
    assert ids == {one for (one,) in host.ask("select id from waybill where no like 'YT%'")}


def test_a_power_cut_at_any_point_of_planting_loses_and_doubles_nothing(host: Host) -> None:
    rows = decoy_rows(10)
    rows[5] = renamed(rows[5], "refused")
    before, wanted = host.dump(), [one.values["name"] for one in rows if one.values["name"] != "refused"]
    for at in count(1):
        journal, cut = Journal(), Cut(at)
        journal.intend(rows)
        finished = True
        with cutting(host, journal, cut) as table:
            try:
                plant(table, rows, journal, resumed=False)
            except PowerCut:
                finished = False
        resume(host, journal)
        assert planted(host) == wanted, f"cut at point {at}"
        assert sorted(journal.states.values()) == ["confirmed"] * 9 + ["rejected"]
        assert take_out(host, journal).lost == ()
        assert host.dump() == before, f"cut at point {at}"
        if finished:
            break
    assert at > 10  # it was cut in many places


def test_a_power_cut_at_any_point_of_unplanting_leaves_nothing_behind(host: Host) -> None:
    before = host.dump()
    for at in count(1):
        journal = Journal()
        rows = decoy_rows(10)
        journal.intend(rows)
        with host.open() as table:
            plant(table, rows, journal, resumed=False)
        finished = True
        with cutting(host, journal, Cut(at)) as table:
            try:
                unplant(table, journal.of("intended", "confirmed"), journal)
            except PowerCut:
                finished = False
        take_out(host, journal)
        assert host.dump() == before, f"cut at point {at}"
        assert set(journal.states.values()) == {"removed"}
        if finished:
            break
    assert at > 8


def test_a_second_cut_while_resuming_is_harmless_too(host: Host) -> None:
    rows = decoy_rows(6)
    for first, second in ((2, 2), (3, 1), (4, 3), (6, 2)):
        before, journal = host.dump(), Journal()
        journal.intend(rows)
        for at in (first, second):
            with cutting(host, journal, Cut(at)) as table, pytest.raises(PowerCut):
                plant(table, journal.of("intended"), journal, resumed=True)
        resume(host, journal)
        assert planted(host) == [one.values["name"] for one in rows]
        take_out(host, journal)
        assert host.dump() == before


@pytest.mark.parametrize("bad", [0, 3, 4, 9])
def test_a_row_the_host_refuses_is_rejected_with_its_reason_and_the_rest_planted(
    host: Host, journal: Journal, bad: int
) -> None:
    rows = decoy_rows(10)
    rows[bad] = renamed(rows[bad], "refused")
    journal.intend(rows)
    with host.open() as table:
        done = plant(table, rows, journal, resumed=False)
    assert done.planted == len(planted(host)) == 9
    assert [decoy for decoy, _ in done.rejects] == [rows[bad].decoy]
    assert "CHECK" in journal.reasons[rows[bad].decoy]


def test_a_batch_of_which_the_host_takes_nothing_is_rejected_whole(host: Host, journal: Journal) -> None:
    rows = [renamed(one, "refused") for one in decoy_rows(5)]
    journal.intend(rows)
    before = host.dump()
    with host.open() as table:
        done = plant(table, rows, journal, resumed=False)
    assert (done.planted, len(done.rejects)) == (0, 5)
    assert host.dump() == before


def test_a_real_customer_on_a_decoys_number_is_left_alone(host: Host, journal: Journal) -> None:
    """The look-up of an earlier run's rows must not take a customer's row for one of them."""
    host.run("INSERT INTO waybill (no, name, phone) VALUES ('YT000001', '真客户', '14000990001')")
    rows = decoy_rows(3)
    journal.intend(rows)
    before = host.dump()
    done = resume(host, journal)
    assert [decoy for decoy, _ in done.rejects] == ["D-1"]  # its number is taken, by constraint
    take_out(host, journal)
    assert host.dump() == before


@pytest.mark.parametrize("change", ["name = '改'", "no = 'YT999999'", "phone = ''"])
def test_a_row_the_host_changed_meanwhile_is_reported_lost_and_not_deleted(
    host: Host, journal: Journal, change: str
) -> None:
    rows = decoy_rows(5)
    journal.intend(rows)
    resume(host, journal)
    host.run(f"UPDATE waybill SET {change} WHERE no = 'YT000002'")
    done = take_out(host, journal)
    assert (done.removed, done.lost) == (4, (rows[2].decoy,))
    assert len(host.ask("select id from waybill")) == 21


def test_a_row_the_host_deleted_meanwhile_is_reported_lost(host: Host, journal: Journal) -> None:
    rows = decoy_rows(5)
    journal.intend(rows)
    resume(host, journal)
    host.run("DELETE FROM waybill WHERE no = 'YT000002'")
    assert take_out(host, journal).lost == (rows[2].decoy,)


def test_a_status_the_host_writes_into_a_planted_row_does_not_hide_it(host: Host, journal: Journal) -> None:
    host.run("ALTER TABLE waybill ADD COLUMN status TEXT")
    before = host.dump()
    rows = decoy_rows(5)
    journal.intend(rows)
    resume(host, journal)
    host.run("UPDATE waybill SET status = '已签收', outlet = 'OUT-9' WHERE no LIKE 'YT%'")
    assert take_out(host, journal).lost == ()
    assert host.dump() == before


def test_a_host_that_rewrites_identities_is_refused_and_left_as_it_was(host: Host, journal: Journal) -> None:
    host.run("CREATE TRIGGER t AFTER INSERT ON waybill BEGIN UPDATE waybill SET name = 'x', no = 'Z' || id "
             "WHERE id = NEW.id; END")  # fmt: skip
    before, rows = host.dump(), decoy_rows(3)
    journal.intend(rows)
    with host.open() as table, pytest.raises(HostError, match="differs from the one written"):
        plant(table, rows, journal, resumed=False)
    assert host.dump() == before
    assert set(journal.states.values()) == {"intended"}


def test_decoys_that_share_all_the_table_shows_get_a_row_each(host: Host, journal: Journal) -> None:
    """A journal resumed on a table of phone numbers alone must not give two decoys one row."""
    host.run(
        "CREATE TABLE thin (id INTEGER PRIMARY KEY AUTOINCREMENT, phone TEXT); INSERT INTO thin (phone) VALUES (1)"
    )
    before = host.dump()
    rows = [HostRow(one.decoy, {"phone": "14000990000"}) for one in decoy_rows(3)]
    journal.intend(rows)
    with HostTable.open(f"sqlite:///{host.path}", "thin", {Role.RECIPIENT_PHONE: "phone"}) as table:
        table.insert([one.values for one in rows])  # and the power is cut before they are confirmed
        assert plant(table, rows, journal, resumed=True).found == 3
        unplant(table, journal.of("confirmed"), journal)
        restore_counter(table, journal.of("removed"))
    assert host.dump() == before


def test_a_host_row_is_equal_after_json_text() -> None:
    row = HostRow(decoy_rows(1)[0].decoy, {"a": "x", "b": 7, "c": 1.5, "d": None, "e": b"\x00", "f": True}, {"id": 9})
    again = HostRow.from_json(row.decoy, json.loads(json.dumps(row.to_json())))
    assert again == row
    bare = HostRow(row.decoy, {"a": "x"})
    assert HostRow.from_json(bare.decoy, json.loads(json.dumps(bare.to_json()))) == bare
