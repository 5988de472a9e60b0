"""The whole seeding on a real registry and a real host, cut short between every two steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from honey.derive import PlanKey
from honey.model.account import Account, AccountId
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.model.planting import PlantingState
from honey.registry import accounts, beacons, log, plantings
from honey.registry.journal import RegistryJournal, host_rows, intend
from honey.registry.seal import Seal
from honey.registry.store import Registry
from honey.seed.apply import plant, restore_counter, unplant
from honey.seed.prepare import Plan, plan_orders, prepare_residents
from tests.honey.seed.conftest import Host

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
KEY = PlanKey(bytes(range(32)))


@contextmanager
def opened(path: Path) -> Iterator[Registry]:
    url, seal = f"sqlite:///{path}", Seal(b"\x05" * 32)
    with Registry.open(url, seal, command="test", now=AT) if path.exists() else Registry.create(url, seal) as found:
        yield found


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with opened(tmp_path / "registry.db") as made:
        with made.begin() as session:
            known = [Account(AccountId(f"HB-{at}"), "courier", "", f"OUT-{at % 2}") for at in range(3)]
            accounts.add(session, known)
            beacons.add(session, [
                Beacon(BeaconKind.PHONE, "+86140000000{00-49}", BeaconRole.DECOY),
                Beacon(BeaconKind.WAYBILL_NUMBER, "YT8{0000-0099}", BeaconRole.DECOY),
            ])  # fmt: skip
        yield made


def intended(registry: Registry, host: Host, per_account: int = 2, epoch: int = 1) -> None:
    with host.open() as table, registry.begin() as session:
        known = accounts.all_accounts(session)
        alive = plantings.resident_counts(session)
        ever = plantings.resident_counts(session, tuple(PlantingState))
        plan = Plan(KEY, epoch, plan_orders(known, alive, ever, per_account))
        drafts = prepare_residents(plan, table, known, beacons.pools(session), plantings.TakenNames(session))
        intend(session, drafts, epoch=epoch)


def planted(registry: Registry, host: Host, at: datetime = AT) -> None:
    with registry.begin() as session:
        rows = host_rows(session, PlantingState.INTENDED)
    with host.open() as table:
        plant(table, rows, RegistryJournal(registry, at), resumed=True)


def removed(registry: Registry, host: Host) -> None:
    with registry.begin() as session:
        rows = host_rows(session, PlantingState.INTENDED, PlantingState.CONFIRMED)
    with host.open() as table:
        unplant(table, rows, RegistryJournal(registry, AT + timedelta(days=1)))
        with registry.begin() as session:
            ever = host_rows(session, PlantingState.REMOVED)
        restore_counter(table, ever)


def test_the_intent_is_whole_before_the_host_is_touched(registry: Registry, host: Host) -> None:
    before = host.dump()
    intended(registry, host)
    assert host.dump() == before
    with registry.begin() as session:
        assert plantings.tally(session) == {("resident", "intended"): 6}
        assert beacons.usage(session) == {2: 6}
        log.checkpoint(session, Ed25519PrivateKey.generate(), AT)
        names = {one.decoy.id for one in plantings.find(session)}
        assert {one.entry.document["decoy"] for one in log.prove(session, names, 6)} == names


def test_an_intent_that_fails_leaves_neither_decoys_nor_uses_nor_entries(registry: Registry, host: Host) -> None:
    with pytest.raises(InterruptedError):
        _intend_and_stop(registry, host)
    with registry.begin() as session:
        assert plantings.find(session) == []
        assert beacons.usage(session) == {}


def _intend_and_stop(registry: Registry, host: Host) -> None:
    with host.open() as table, registry.begin() as session:
        known = accounts.all_accounts(session)
        plan = Plan(KEY, 1, plan_orders(known, {}, {}, 2))
        drafts = prepare_residents(plan, table, known, beacons.pools(session), plantings.TakenNames(session))
        intend(session, drafts, epoch=1)
        raise InterruptedError


def test_seeding_again_adds_only_what_is_missing_and_draws_nothing_twice(registry: Registry, host: Host) -> None:
    for per_account in (2, 2, 3):
        intended(registry, host, per_account)
        planted(registry, host)
    with registry.begin() as session:
        found = plantings.find(session)
    assert len(found) == len({one.decoy.waybill_number for one in found}) == len({one.decoy.name for one in found}) == 9
    assert len(host.ask("select 1 from waybill")) == 29


def test_a_registry_reopened_after_a_cut_knows_what_to_finish(host: Host, registry: Registry, tmp_path: Path) -> None:
    intended(registry, host)
    with registry.begin() as session:
        rows = host_rows(session, PlantingState.INTENDED)
    with host.open() as table:
        table.insert([one.values for one in rows[:4]])  # written to the host, and the power is cut
    registry.close()
    with opened(tmp_path / "registry.db") as again:
        planted(again, host)
        with again.begin() as session:
            assert plantings.tally(session) == {("resident", "confirmed"): 6}
    assert len(host.ask("select 1 from waybill")) == 26


def test_unseeding_leaves_the_host_byte_for_byte_and_every_decoy_traceable(registry: Registry, host: Host) -> None:
    before = host.dump()
    for epoch in (1, 2):
        intended(registry, host, epoch=epoch)
        planted(registry, host)
        removed(registry, host)
        assert host.dump() == before
    with registry.begin() as session:
        found = plantings.find(session)
    assert len(found) == 12
    assert {one.state for one in found} == {PlantingState.REMOVED}
    assert all(one.planting.planted_at == AT and one.planting.removed_at == AT + timedelta(days=1) for one in found)
