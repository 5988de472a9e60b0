"""Contacts fall into cases of one account each; a dump takes in the contacts that belong to it."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import HitPlace, Match, Sighting
from honey.trace.attribute import attribute
from honey.trace.cases import about, dump_inquiry, joining, partition, union
from honey.trace.inquiry import Inquiry, Settings, Stock

SETTINGS = Settings(
    accounts=200, threshold=0.999, no_leak_prior=0.5, unrecorded_prior=0.001, outlets=10, has_record=True, residents=600
)


def ids(names: Iterable[str]) -> frozenset[DecoyId]:
    return frozenset(DecoyId(name) for name in names)


def told(seq: int, names: str, chance: float = 1e-8) -> Sighting:
    return Sighting(ids(names.split()), "waybill_number", Match.EXACT, HitPlace(seq, "sms", "00c0ffee"), chance)


def took(account: str, export: str, names: str) -> Release:
    """An export; decoys that begin with r lay in the host, the others were drawn for it."""
    drawn = tuple(ids([name]) for name in names.split() if not name.startswith("r"))
    return Release(AccountId(account), ExportId(export), ids(names.split()), drawn=drawn)


def read(account: str, names: str) -> Release:
    return Release(AccountId(account), None, ids(names.split()))


def inquiry(sightings: Iterable[Sighting], releases: Iterable[Release]) -> Inquiry:
    return Inquiry(tuple(sightings), tuple(releases), {"OUT-1": ids(["r1", "r2", "r3"])}, {}, SETTINGS)


NAMES = ["a1", "a2", "b1", "b2", "b3", "r1", "r2", "x"]
RELEASES = [took("A", "E1", "a1 a2"), took("B", "E2", "b1 b2 b3")]


def test_contacts_on_two_accounts_decoys_make_two_cases() -> None:
    found = [told(1, "a1"), told(2, "b1"), told(3, "a2"), told(4, "b2")]
    parts = {frozenset(one.place.seq for one in case if isinstance(one.place, HitPlace))
             for case in partition(inquiry(found, RELEASES))}  # fmt: skip
    assert parts == {frozenset({1, 3}), frozenset({2, 4})}


def test_bare_contacts_open_no_case_and_join_none() -> None:
    assert partition(inquiry([told(1, "a1 b1", 1.0), told(2, "a2 b2", 1.0)], RELEASES)) == []
    assert partition(inquiry([told(1, "a1 b1", 1.0), told(2, "a2")], RELEASES)) == [(told(2, "a2"),)]


def test_a_surname_guessed_by_a_robocaller_opens_no_case() -> None:
    asked = inquiry([told(1, "a1 b1", 1 / 40)], RELEASES)
    assert partition(replace(asked, settings=replace(SETTINGS, accounts=41_200))) == []


def test_a_decoy_that_nobody_is_recorded_to_have_taken_still_opens_a_case() -> None:
    lost = (told(1, "r1"), told(2, "r2"))
    assert partition(inquiry(lost, RELEASES)) == [lost]
    assert partition(inquiry([*lost, told(3, "a1")], RELEASES)) == [(told(3, "a1"),), lost]


def test_a_chance_guess_that_nobody_explains_opens_no_case() -> None:
    assert partition(inquiry([told(1, "r1", 1 / 40)], RELEASES)) == []


def test_no_contacts_make_no_case() -> None:
    assert partition(inquiry([], RELEASES)) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3),
                  st.sampled_from([1e-9, 1e-4, 0.1, 1.0])),
        max_size=8,
    )
)  # fmt: skip
def test_no_contact_lies_in_two_cases_and_the_order_of_contacts_plays_no_part(
    found: list[tuple[frozenset[str], float]],
) -> None:
    sightings = [told(at, " ".join(sorted(names)), chance) for at, (names, chance) in enumerate(found)]
    cases = partition(inquiry(sightings, RELEASES))
    flat = [one for case in cases for one in case]
    assert len(flat) == len({one.place for one in flat})
    assert all(one.chance < 1 for one in flat)
    again = partition(replace(inquiry(sightings[::-1], RELEASES[::-1])))
    assert {frozenset(one.place for one in case) for case in again} == {
        frozenset(one.place for one in case) for case in cases
    }


def test_a_dump_takes_in_contacts_on_every_decoy_of_the_export_it_came_from() -> None:
    contacts = [told(1, "a2"), told(2, "b1"), told(3, "r1"), told(4, "a1 b2", 1.0)]
    assert joining(inquiry([told(9, "a1")], RELEASES), contacts) == [contacts[0], contacts[3]]
    assert joining(inquiry([told(9, "r1")], RELEASES), contacts) == [contacts[2]]
    assert joining(inquiry([], RELEASES), contacts) == []


def test_contacts_of_another_leak_stay_out_of_a_dump_that_may_show_one_of_its_decoys() -> None:
    """A masked row fits a decoy of A's export and one of B's, whose own leak rings: B is not named for this dump."""
    contacts = [told(at, name) for at, name in enumerate(["b1", "b2", "b3"], start=1)]
    dump = [told(8, "a1"), told(9, "a2"), told(10, "a1 b1")]
    assert joining(inquiry(dump, RELEASES), contacts) == []


def test_contacts_of_another_reader_of_the_same_rows_stay_out_of_a_dump() -> None:
    releases = [took("A", "E1", "a1 a2 r1"), took("B", "E2", "b1 b2 b3 r1")]
    contacts = [told(1, "b1"), told(2, "b2"), told(3, "r1"), told(4, "a2")]
    dump = [told(8, "a1"), told(9, "r1")]
    assert joining(inquiry(dump, releases), contacts) == [contacts[2], contacts[3]]


def judged(rows: str, contacts: str, releases: Iterable[Release]) -> Inquiry:
    """The inquiry of a dump that shows these rows whole while somebody sends messages that cite these decoys."""
    residents = {"OUT-1": ids(f"r{at}" for at in range(1, 31))}
    field = Inquiry((), tuple(releases), residents, {}, replace(SETTINGS, stock=Stock(waybill_numbers=100_000)))
    dump = [told(at, name, 1e-12) for at, name in enumerate(rows.split(), start=1)]
    return dump_inquiry(
        lambda asked: about(field, asked), dump, [told(at, name) for at, name in enumerate(contacts.split(), start=90)]
    )


def test_a_dump_that_fits_two_accounts_alike_takes_in_the_contacts_of_neither() -> None:
    """A read and sold rows that B had exported and sold, too: the calls on B's own decoys say nothing of A's file."""
    thief, other = read("A", "r1 r2 r3 r4 r5 r6 r7 r8"), took("B", "E2", "r1 r2 r3 b1 b2 b3 b4")
    asked = judged("r1 r2 r3", "b1 b2 b3 b4 r1", [thief, other])
    assert [one.decoys for one in asked.sightings] == [ids([name]) for name in ("r1", "r2", "r3", "r1")]
    found = attribute(asked)
    assert found.verdict is Verdict.SHORTLIST
    assert {one.account for one in found.suspects} == {"A", "B"}


def test_whoever_read_one_row_of_a_dump_and_what_others_are_called_for_is_not_named() -> None:
    """A sold r1, B is called on r2 and r3; C, who leads by a nose, read all three in the course of work."""
    sold, called = read("A", "r1 r4 r5 r6 r7 r8"), read("B", "r2 r3 r9 r10 r11 r12 r13")
    asked = judged("r1", "r2 r3", [sold, called, read("C", "r1 r2 r3 r14")])
    assert [one.decoys for one in asked.sightings] == [ids(["r1"])]
    assert attribute(asked).verdict is Verdict.SHORTLIST


def test_a_dump_that_makes_one_account_likely_takes_in_the_contacts_on_decoys_drawn_for_its_export() -> None:
    """Not those on a row of the host that the dump lacks: r3 lies in B's export as well, and B's may be ringing."""
    releases = [took("A", "E1", "r1 r2 r3 a1 a2"), took("B", "E2", "r1 r2 r3 b1 b2")]
    asked = judged("r1 r2 a1", "a2 b1 r2 r3", releases)
    assert [one.decoys for one in asked.sightings] == [ids([name]) for name in ("r1", "r2", "a1", "a2", "r2")]
    assert attribute(asked).suspects[0].account == "A"


def test_what_is_asked_about_some_sightings_knows_only_the_releases_they_touch() -> None:
    field = inquiry([], [*RELEASES, read("C", "r1")])
    counts = {AccountId("A"): 3, AccountId("B"): 2}
    found = about(replace(field, release_counts=counts), [told(1, "a1")])
    assert found.releases == (RELEASES[0],)
    assert found.release_counts == {"A": 3}
    assert not found.residents
    assert about(field, [told(1, "r1")]).residents == field.residents


def test_the_union_of_nothing_is_empty() -> None:
    assert union([]) == frozenset()
    assert union([ids(["a"]), ids(["b"])]) == ids(["a", "b"])
