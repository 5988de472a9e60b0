"""Accounts, beacons, exports, plantings and the seeding journal in the registry."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from honey.errors import InputError, RegistryError
from honey.model.account import Account, AccountId, ExportId
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.model.decoy import Decoy, DecoyId
from honey.model.planting import Planting, PlantingKind, PlantingState
from honey.pools.stock import Draw
from honey.registry import accounts, beacons, exports, plantings
from honey.registry.journal import RegistryJournal, commitment, host_rows
from honey.registry.plantings import Placed, TakenNames
from honey.registry.seal import Seal
from honey.registry.store import Registry
from honey.seed.journal import HostRow

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
HB1, HB2 = (Account(AccountId(name), "courier", name, "OUT-1") for name in ("HB-1", "HB-2"))
PHONE = Beacon(BeaconKind.PHONE, "+8614012345678", BeaconRole.DECOY)
BLOCK = Beacon(BeaconKind.WAYBILL_NUMBER, "YT80000{000-999}", BeaconRole.DECOY)


def placed(at: int, *, export: str | None = None, name: str = "", number: str = "") -> Placed:
    decoy = Decoy(DecoyId(f"D-{at}"), name or f"王{at}", waybill_number=number or f"YT80000{at:03d}")
    kind = PlantingKind.EXPORT if export else PlantingKind.RESIDENT
    planting = Planting(decoy.id, kind, HB1.id, "OUT-1", ExportId(export) if export else None)
    row = None if export else HostRow(decoy.id, {"no": decoy.waybill_number, "at": AT, "w": 1.5}).to_json()
    return Placed(decoy, planting, PlantingState.INTENDED, row)


def fill(registry: Registry, rows: Sequence[Placed]) -> None:
    with registry.begin() as session:
        accounts.add(session, [HB1, HB2])
        plantings.add(session, rows)


def test_accounts_are_added_changed_and_never_removed_by_an_import(registry: Registry) -> None:
    moved = Account(HB1.id, "courier", "new name", "OUT-9")
    with registry.begin() as session:
        assert accounts.add(session, [HB1, HB2]) == (2, 0)
        assert accounts.add(session, [HB1]) == (0, 0)
        assert accounts.add(session, [moved]) == (0, 1)
        assert list(accounts.all_accounts(session)) == [HB1.id, HB2.id]
        assert accounts.get(session, HB1.id) == moved
        assert accounts.count(session) == 2
        with pytest.raises(InputError, match="no account 'HB-9'"):
            accounts.get(session, AccountId("HB-9"))


def test_a_registry_without_accounts_says_what_to_import(registry: Registry) -> None:
    with registry.begin() as session, pytest.raises(RegistryError, match="honey accounts import"):
        accounts.count(session)


def test_a_known_beacon_keeps_its_number_and_its_uses(registry: Registry) -> None:
    with registry.begin() as session:
        assert beacons.add(session, [BLOCK]) == 1
        beacons.mark_used(session, [(DecoyId("D-1"), Draw(1, 7, "YT80000007"))])
        assert beacons.add(session, [PHONE, BLOCK, PHONE]) == 1
        assert beacons.all_beacons(session) == {1: BLOCK, 2: PHONE}
        assert beacons.usage(session) == {1: 1}
        assert beacons.pools(session).waybill_numbers.free == 999


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(Beacon(BeaconKind.PHONE, PHONE.value, BeaconRole.CONTROL), id="another role"),
        pytest.param(Beacon(BeaconKind.PHONE, "+861401234567{0-9}", BeaconRole.CONTROL), id="a control range over it"),
    ],
)
def test_a_beacon_that_may_be_planted_never_becomes_a_control(registry: Registry, second: Beacon) -> None:
    with registry.begin() as session:
        beacons.add(session, [PHONE])
    with registry.begin(keep=False) as session, pytest.raises(InputError, match=r"\+861401234567"):
        beacons.add(session, [second])
    with registry.begin() as session:
        assert beacons.all_beacons(session) == {1: PHONE}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("YT80000{000-999}", "YT8000{0000-0999}", id="the same block written otherwise"),
        pytest.param("YT80000{000-999}", "YT80000500", id="one number out of the block"),
        pytest.param("YT80000500", "YT80000{000-999}", id="a block around a number"),
        pytest.param("YT8{00000-99999}99", "YT80000{000-999}", id="blocks that cross"),
    ],
)
def test_waybill_numbers_that_two_beacons_share_are_refused(registry: Registry, first: str, second: str) -> None:
    """Two decoys with one number would show one account's leak as another's."""
    kinds = [Beacon(BeaconKind.WAYBILL_NUMBER, value, BeaconRole.DECOY) for value in (first, second)]
    with registry.begin(keep=False) as session, pytest.raises(InputError, match="overlaps"):
        beacons.add(session, kinds)


def test_blocks_side_by_side_are_no_overlap(registry: Registry) -> None:
    values = ["YT80000{000-499}", "YT80000{500-999}", "YT8000{1000-9999}", "YT80000{0-9}", "ZT80000{000-999}"]
    with registry.begin() as session:
        assert beacons.add(session, [Beacon(BeaconKind.WAYBILL_NUMBER, one, BeaconRole.DECOY) for one in values]) == 5


def test_one_contact_point_for_two_decoys_is_never_silent(registry: Registry) -> None:
    draw = Draw(1, 7, "YT80000007")
    with registry.begin(keep=False) as session:
        beacons.add(session, [BLOCK])
        beacons.mark_used(session, [(DecoyId("D-1"), draw)])
        with pytest.raises(sa.exc.IntegrityError):
            beacons.mark_used(session, [(DecoyId("D-2"), draw)])


def test_an_export_has_one_taker_and_the_same_id_reuses_it(registry: Registry) -> None:
    with registry.begin() as session:
        assert exports.start(session, ExportId("E-1"), HB1.id, AT)
        assert not exports.start(session, ExportId("E-1"), HB1.id, AT + timedelta(days=1))
        with pytest.raises(InputError, match="was made by account HB-1"):
            exports.start(session, ExportId("E-1"), HB2.id, AT)
        exports.finish(session, ExportId("E-1"), rows=7, output_sha256="ab" * 32)
        found = exports.find(session, ExportId("E-1"))
        assert found
        assert (found.account, found.at, found.state, found.rows) == (HB1.id, AT, "written", 7)
        assert exports.count(session) == 1


def test_a_passing_export_tells_resident_decoys_by_number_only(registry: Registry) -> None:
    fill(registry, [placed(1), placed(2, export="E-1")])
    with registry.begin() as session:
        bearer = exports.resident_test(session)
        assert [bearer(number) for number in ("YT80000001", "YT80000002", "YT1", "")] == ["D-1", None, None, None]
        exports.start(session, ExportId("E-9"), HB2.id, AT)
        for _ in range(2):
            exports.mark_carried(session, ExportId("E-9"), [DecoyId("D-1"), DecoyId("D-1")])


@pytest.mark.parametrize("again", [{"name": "王1"}, {"number": "YT80000001"}], ids=["name", "waybill number"])
def test_no_two_decoys_share_a_name_or_a_waybill_number(registry: Registry, again: dict[str, str]) -> None:
    fill(registry, [placed(1)])
    with registry.begin(keep=False) as session, pytest.raises(sa.exc.IntegrityError):
        plantings.add(session, [placed(2, **again)])


@pytest.mark.parametrize("asked", [1, 200])
def test_taken_names_are_those_planted_and_those_just_given_out(registry: Registry, asked: int) -> None:
    fill(registry, [placed(1)])
    with registry.begin() as session:
        taken = TakenNames(session)
        taken.add("李新")
        for _ in range(asked):
            assert "王1" in taken
            assert "李新" in taken
            assert "赵无" not in taken


def test_the_file_shows_no_decoy_without_the_key(registry: Registry, url: str) -> None:
    fill(registry, [placed(1, name="欧阳梓涵")])
    with registry.begin() as session:
        for table in ("decoy", "planting"):
            for row in session.connection.execute(sa.text(f"select * from {table}")):
                assert "欧阳梓涵" not in str(tuple(row))
                assert "YT80000001" not in str(tuple(row))
    with pytest.raises(RegistryError, match="cannot be opened"):
        Registry.open(url, Seal(b"\x06" * 32), command="x", now=AT)


def test_a_sealed_row_moved_to_another_decoy_is_refused(registry: Registry) -> None:
    fill(registry, [placed(1), placed(2)])
    swap = "update decoy set sealed = (select sealed from decoy where id = 'D-2') where id = 'D-1'"
    with registry.begin(keep=False) as session:
        session.connection.execute(sa.text(swap))
        with pytest.raises(RegistryError, match="decoy:D-1 cannot be opened"):
            plantings.find(session)


def test_the_journal_moves_plantings_and_keeps_what_they_were(registry: Registry) -> None:
    fill(registry, [placed(at) for at in range(4)])
    journal = RegistryJournal(registry, AT)
    with registry.begin() as session:
        rows = {one.decoy: one for one in host_rows(session, PlantingState.INTENDED)}
    assert rows[DecoyId("D-0")].values == {"no": "YT80000000", "at": AT, "w": 1.5}
    stands = HostRow(DecoyId("D-0"), rows[DecoyId("D-0")].values, {"id": 7})
    journal.confirmed([stands])
    journal.rejected(DecoyId("D-1"), "too long" * 200)
    journal.removed([DecoyId("D-2")])
    with registry.begin() as session:
        states = {one.decoy.id: one for one in plantings.find(session)}
        assert [states[DecoyId(f"D-{at}")].state.value for at in range(4)] == [
            "confirmed", "rejected", "removed", "intended",
        ]  # fmt: skip
        assert host_rows(session, PlantingState.CONFIRMED) == [stands]
        assert states[DecoyId("D-0")].planting.planted_at == AT
        assert states[DecoyId("D-2")].planting.removed_at == AT
        assert len(states[DecoyId("D-1")].reason) == 500
        assert plantings.resident_counts(session) == {HB1.id: 2}
        assert plantings.tally(session)["resident", "removed"] == 1
        assert {one.decoy.id for one in plantings.find(session, states=[PlantingState.REMOVED])} == {"D-2"}


def test_a_commitment_states_the_account_the_export_and_every_value() -> None:
    one = placed(1, export="E-1")
    assert commitment(one, 3) == {
        "decoy": "D-1", "values": one.decoy.to_json(), "kind": "export", "account": "HB-1", "outlet": "OUT-1",
        "export": "E-1", "epoch": 3,
    }  # fmt: skip
