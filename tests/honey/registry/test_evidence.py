"""Hits, access record, releases, cases and the evidence log in the registry."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.hit import GENESIS, Channel, Contact, Hit, seal
from honey.errors import InputError
from honey.evidence.merkle import EMPTY_ROOT, Tree
from honey.intake.access import AccessEvent
from honey.model.account import Account, AccountId, ExportId
from honey.model.case import Case, CaseId, CaseState, Origin
from honey.model.decoy import Decoy, DecoyId
from honey.model.planting import Planting, PlantingKind, PlantingState
from honey.registry import access, accounts, cases, exports, hits, log, plantings, schema
from honey.registry.plantings import Placed
from honey.registry.store import Registry, Session

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def chain(count: int, log_name: str = "00c0ffee", text: str = "x") -> list[Hit]:
    found: list[Hit] = []
    for seq in range(1, count + 1):
        contact = Contact(Channel.SMS, "+8614000700000", "+12025550147", claims={"text": f"{text}{seq}"})
        found.append(seal(contact, seq=seq, received_at=AT, log=log_name, prev=found[-1].hash if found else GENESIS))
    return found


def test_hits_come_back_as_they_were_and_importing_them_again_adds_nothing(registry: Registry) -> None:
    found = chain(5)
    for part, new in ((found[:3], 3), (found, 2), (found[1:4], 0), ([], 0)):
        with registry.begin() as session:
            assert len(hits.add(session, part)) == new
    with registry.begin() as session:
        assert hits.all_hits(session) == found
        assert (hits.heads(session), hits.tally(session)) == ({"00c0ffee": 5}, {"sms": 5})


def test_two_logs_are_kept_apart(registry: Registry) -> None:
    one, other = chain(2), chain(3, "ffffffff")
    with registry.begin() as session:
        assert len(hits.add(session, [other[2], one[1], other[0], one[0], other[1]])) == 5  # in any order
        assert hits.heads(session) == {"00c0ffee": 2, "ffffffff": 3}


BROKEN: dict[str, Callable[[list[Hit]], list[Hit]]] = {
    "a first hit that is not the first": lambda found: found[1:],
    "a gap inside": lambda found: [*found[:2], *found[3:]],
    "one hit twice": lambda found: [*found, found[-1]],
    "a changed text": lambda found: [
        *found[:3], replace(found[3], contact=replace(found[3].contact, claims={"text": "王女士"})), found[4],
    ],
    "a tail of another log's chain": lambda found: [*found[:3], *chain(5, text="other")[3:]],
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_chain_stores_nothing_of_any_log(registry: Registry, name: str) -> None:
    broken = BROKEN[name](chain(5))
    with pytest.raises(InputError, match="log 00c0ffee"), registry.begin() as session:
        hits.add(session, [*chain(2, "00000000"), *broken])
    with registry.begin() as session:
        assert hits.all_hits(session) == []


def test_a_gap_after_what_is_stored_is_named(registry: Registry) -> None:
    found = chain(6)
    with registry.begin() as session:
        hits.add(session, found[:2])
        with pytest.raises(InputError, match="hits 3 to 4 are missing"):
            hits.add(session, found[4:])


def test_a_log_rewritten_after_its_hits_were_taken_over_is_noticed(registry: Registry) -> None:
    with registry.begin() as session:
        hits.add(session, chain(3))
        with pytest.raises(InputError, match="differs from the one stored earlier"):
            hits.add(session, chain(5, text="rewritten"))


def resident(at: int, outlet: str, *, planted_at: datetime | None = AT, removed_at: datetime | None = None) -> Placed:
    decoy = Decoy(DecoyId(f"D-{at}"), f"王{at}", waybill_number=f"YT{at}")
    planting = Planting(
        decoy.id, PlantingKind.RESIDENT, AccountId("OWNER"), outlet, planted_at=planted_at, removed_at=removed_at
    )
    return Placed(decoy, planting, PlantingState.CONFIRMED, None)


def event(account: str, *, number: str = "", export: str = "", outlet: str = "", at: datetime = AT) -> AccessEvent:
    return AccessEvent(
        0, at, AccountId(account), "export" if export else "read", ExportId(export) if export else None,
        number or None, None, outlet or None,
    )  # fmt: skip


def releases_of(session: Session, placed: Sequence[Placed], events: Sequence[AccessEvent]) -> dict[str, set[str]]:
    accounts.add(session, [Account(AccountId("OWNER"), "courier", "", "OUT-1")])
    plantings.add(session, placed)
    access.add(session, "ab" * 32, "a.csv", [replace(one, line=at) for at, one in enumerate(events)], AT)
    found = access.releases(session, plantings.find(session))
    return {f"{one.account}/{one.export or ''}": set(one.decoys) for one in found}


def test_who_read_is_a_release_and_who_owns_the_row_is_none(registry: Registry) -> None:
    events = [event("B", number="YT1"), event("B", number="YT2"), event("C", number="YT3", export="E-1"),
              event("D", number="no decoy")]  # fmt: skip
    with registry.begin() as session:
        found = releases_of(session, [resident(at, "OUT-1") for at in (1, 2, 3)], events)
    assert found == {"B/": {"D-1", "D-2"}, "C/E-1": {"D-3"}}


def test_an_export_told_by_its_outlet_holds_what_lay_there_then(registry: Registry) -> None:
    placed = [
        resident(1, "OUT-1"), resident(2, "OUT-2"), resident(3, "OUT-1", planted_at=AT + 2 * DAY),
        resident(4, "OUT-1", removed_at=AT), resident(5, "OUT-1", planted_at=None),
    ]  # fmt: skip
    with registry.begin() as session:
        found = releases_of(session, placed, [event("B", export="E-1", outlet="OUT-1", at=AT + DAY)])
    assert found == {"B/E-1": {"D-1"}}


def test_an_export_told_row_by_row_is_not_widened_by_its_summary_even_without_decoys(registry: Registry) -> None:
    events = [
        event("B", export="E-1", number="YT1", outlet="OUT-1"), event("B", export="E-1", outlet="OUT-1", at=AT + DAY),
        event("C", export="E-2", number="no decoy"), event("C", export="E-2", outlet="OUT-1", at=AT + DAY),
        event("D", export="E-1", outlet="OUT-1", at=AT + DAY),
    ]  # fmt: skip
    with registry.begin() as session:
        found = releases_of(session, [resident(at, "OUT-1") for at in (1, 2)], events)
    assert found == {"B/E-1": {"D-1"}, "D/E-1": {"D-1", "D-2"}}


def test_exports_through_honey_hold_their_own_decoys_and_those_they_carried(registry: Registry) -> None:
    export = Placed(
        Decoy(DecoyId("X-1"), "李1"),
        Planting(DecoyId("X-1"), PlantingKind.EXPORT, AccountId("OWNER"), "OUT-1", ExportId("E-1")),
        PlantingState.CONFIRMED, None,
    )  # fmt: skip
    with registry.begin() as session:
        exports.start(session, ExportId("E-1"), AccountId("OWNER"), AT)
        found = releases_of(session, [export, resident(1, "OUT-1")], [event("OWNER", export="E-1", number="YT1")])
        exports.mark_carried(session, ExportId("E-1"), [DecoyId("D-1")])
        again = access.releases(session, plantings.find(session))
        counts = access.release_counts(session)
    assert found == {"OWNER/E-1": {"X-1", "D-1"}}
    assert [(one.account, one.export, set(one.decoys), one.at) for one in again] == [
        ("OWNER", "E-1", {"X-1", "D-1"}, AT)
    ]
    assert counts == {"OWNER": 1}


def test_one_file_of_the_record_is_known_when_it_comes_again(registry: Registry) -> None:
    with registry.begin() as session:
        assert not access.has_record(session)
        assert access.add(session, "ab" * 32, "a.csv", [replace(event("B", number="YT1"), line=2)], AT) == 1
        assert access.known_file(session, "ab" * 32)
        assert not access.known_file(session, "cd" * 32)
        assert access.has_record(session)
    with pytest.raises(sa.exc.IntegrityError), registry.begin() as session:
        access.add(session, "ab" * 32, "a.csv", [], AT)


def a_case(name: CaseId, verdict: str = "none") -> Case:
    attribution = {"verdict": verdict, "suspects": []}
    return Case(name, Origin.DUMP, CaseState.OPEN, AT, AT, {"sightings": []}, attribution, {}, {"f": "00"})


def test_an_open_case_is_judged_anew_and_a_closed_one_stands_as_reported(registry: Registry) -> None:
    with registry.begin() as session:
        name = cases.new_id(session, AT)
        assert name == "C-20261122-0001"
        cases.save(session, a_case(name))
        cases.save(session, a_case(name, "shortlist"))
        cases.close(session, name, AT + DAY)
        with pytest.raises(InputError, match="is closed"):
            cases.save(session, a_case(name, "identified"))
        stored = cases.get(session, name)
        assert (stored.state, stored.attribution["verdict"]) == (CaseState.CLOSED, "shortlist")
        assert cases.new_id(session, AT) == "C-20261122-0002"
        assert cases.new_id(session, AT + DAY) == "C-20261123-0001"
        assert [one.id for one in cases.find(session, state=CaseState.CLOSED)] == [name]
        assert cases.find(session, origins=[Origin.CONTACT]) == []
        for call in (lambda: cases.get(session, CaseId("C-1")), lambda: cases.close(session, CaseId("C-1"), AT)):
            with pytest.raises(InputError, match="no case 'C-1'"):
                call()


def test_a_case_closed_twice_keeps_the_day_it_was_closed(registry: Registry) -> None:
    with registry.begin() as session:
        name = cases.new_id(session, AT)
        cases.save(session, a_case(name))
        for at in (AT, AT + DAY):
            cases.close(session, name, at)
        assert session.connection.execute(sa.select(schema.case.c.closed_at)).scalar() == AT


def test_the_log_grows_is_signed_once_per_size_and_proves_every_entry(registry: Registry) -> None:
    entries = [(f"s{at % 4}", log.new_entry("planting", {"at": at})) for at in range(9)]
    with registry.begin() as session:
        assert log.newest_checkpoint(session) is None
        assert log.checkpoint(session, KEY, AT).root == EMPTY_ROOT
        for at, part in enumerate((entries[:3], entries[3:4], [], entries[4:])):
            log.append(session, part)
            log.checkpoint(session, KEY, AT + at * DAY)
        points = log.checkpoints(session)
        assert [one.size for one in points] == [0, 3, 4, 9]
        leaves = [one.leaf for _, one in entries]
        assert [one.root for one in points] == [Tree(leaves[: one.size]).root() for one in points]
        for one in points:
            one.verify(KEY.public_key())
        proven = log.prove(session, {"s1", "s3", "none"}, 9)
        assert [one.position for one in proven] == [1, 3, 5, 7]
        for found in proven:
            found.verify(found.covering(points))
        assert [one.position for one in log.prove(session, {"s1"}, 4)] == [1]


def test_no_two_entries_share_a_salt() -> None:
    assert len({log.new_entry("hit", {}).leaf for _ in range(50)}) == 50
