"""Attribution by example: who is named, who is only listed, and who is left alone."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Attribution, Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, HitPlace, Match, Sighting
from honey.trace.attribute import MAX_COALITION, attribute, support
from honey.trace.inquiry import Inquiry, Settings, Stock

STRONG = 1e-12  # a whole row
WHOLE_ROW = dict.fromkeys(("recipient_phone", "recipient_name", "recipient_address", "waybill_number"), Match.EXACT)
STOCK = Stock(phones=160, phone_endings=100, rooms=288, waybill_numbers=100_000, decoys=3000)
RECORD = Settings(
    accounts=1000, threshold=0.999, no_leak_prior=0.5, unrecorded_prior=0.001, outlets=40, has_record=True,
    residents=3000, stock=STOCK,
)  # fmt: skip


def ids(*names: str) -> frozenset[DecoyId]:
    return frozenset(DecoyId(name) for name in names)


def seen(*names: str, chance: float = STRONG, row: int = 2) -> Sighting:
    """A whole row when it names one decoy, else the number that several share."""
    place = DumpPlace("dump.csv", row)
    return Sighting(ids(*names), "recipient_phone", Match.EXACT, place, chance, WHOLE_ROW if len(names) == 1 else {})


def took(account: str, export: str | None, *names: str) -> Release:
    """All but r, x and y were drawn for the export; those lay in the host."""
    drawn = tuple(ids(name) for name in names if export and name[0] not in "rxy")
    return Release(AccountId(account), ExportId(export) if export else None, ids(*names), drawn=drawn)


def ask(
    sightings: Iterable[Sighting],
    releases: Iterable[Release],
    *,
    residents: Mapping[str, frozenset[DecoyId]] | None = None,
    counts: Mapping[str, int] | None = None,
    settings: Settings = RECORD,
) -> Attribution:
    given = {AccountId(name): count for name, count in (counts or {}).items()}
    return attribute(Inquiry(tuple(sightings), tuple(releases), residents or {}, given, settings))


def names(found: Attribution) -> list[str]:
    return [one.account for one in found.suspects]


def unrecorded(accounts: int = RECORD.accounts, outlets: int = RECORD.outlets) -> Settings:
    """The settings honey uses when no access record was ever imported."""
    return replace(RECORD, has_record=False, unrecorded_prior=0.25, accounts=accounts, outlets=outlets)


def test_one_export_decoy_seen_alone_names_its_account_and_export() -> None:
    found = ask([seen("a1")], [took("A", "E1", "a1", "a2"), took("B", "E2", "b1", "b2")])
    assert found.verdict is Verdict.IDENTIFIED
    assert names(found) == ["A"]
    assert found.suspects[0].exports == ("E1",)
    assert found.no_leak_probability < 1e-3


def test_without_evidence_nobody_is_listed_and_no_leak_is_certain() -> None:
    found = ask([], [took("A", "E1", "a1")])
    assert (found.verdict, found.no_leak_probability, found.suspects) == (Verdict.NONE, 1.0, ())


@pytest.mark.parametrize("accounts", [1, 2, 50, 41_200])
def test_bare_contacts_open_no_verdict_however_many_and_however_few_accounts(accounts: int) -> None:
    calls = [
        Sighting(ids(f"a{at}", f"b{at}"), "recipient_phone", Match.EXACT, HitPlace(at, "call"), 1.0) for at in range(50)
    ]
    release = took("A", "E1", *(f"a{at}" for at in range(50)))
    found = ask(calls, [release], settings=replace(RECORD, accounts=accounts))
    assert (found.verdict, found.suspects) == (Verdict.NONE, ())


def test_a_bare_call_on_the_number_of_unseen_decoys_does_not_excuse_them() -> None:
    releases = [took("A", "E1", "a1", "a2", "a3", "a4")]
    alone = ask([seen("a1", chance=1e-6)], releases)
    called = ask([seen("a1", chance=1e-6), seen("a2", "a3", "a4", "x9", chance=1.0, row=9)], releases)
    assert called.suspects[0].probability == alone.suspects[0].probability
    assert called.suspects[0].log10_likelihood_ratio == alone.suspects[0].log10_likelihood_ratio


@pytest.mark.parametrize(
    "others",
    [
        pytest.param(["b1"], id="two accounts of one decoy each"),
        pytest.param([f"b{at}" for at in range(1000)], id="the other account took a thousand decoys"),
    ],
)
def test_one_shared_number_names_nobody(others: list[str]) -> None:
    found = ask([seen("a1", others[0])], [took("A", "E1", "a1"), took("B", "E2", *others)])
    assert found.verdict is not Verdict.IDENTIFIED


def test_one_shared_number_names_nobody_when_the_other_account_exports_every_hour() -> None:
    releases = [took("A", "E1", "a1"), took("B", "E2", "b1")]
    found = ask([seen("a1", "b1")], releases, counts={"A": 1, "B": 9000})
    assert found.verdict is Verdict.SHORTLIST
    assert names(found)[0] == "A"
    assert found.missing
    assert found.missing.bits > 0


def test_one_shared_number_names_nobody_when_only_one_of_its_decoys_ever_left() -> None:
    found = ask([seen("a1", "r1")], [took("A", "E1", "a1")], settings=replace(RECORD, accounts=1))
    assert found.verdict is not Verdict.IDENTIFIED


def test_one_number_seen_whole_and_masked_is_still_one_number() -> None:
    found = ask(
        [seen("a1", "b1"), seen("a1", "b1", "c1", chance=1e-6, row=3)],
        [took("A", "E1", "a1"), took("B", "E2", *(f"b{at}" for at in range(5000)))],
        counts={"B": 9000},
    )
    assert found.verdict is not Verdict.IDENTIFIED


def test_two_shared_numbers_rank_the_one_account_that_has_both_first_and_name_nobody() -> None:
    """Two of 160 numbers are drawn together too often for a thousand accounts."""
    found = ask(
        [seen("a1", "b1"), seen("a2", "c1", row=3)],
        [took("A", "E1", "a1", "a2"), took("B", "E2", "b1", "b2"), took("C", "E3", "c1", "c2")],
    )
    assert (found.verdict, names(found)[0]) == (Verdict.SHORTLIST, "A")


def test_two_leakers_in_one_dump_are_both_named() -> None:
    found = ask(
        [seen("a1"), seen("a2", row=3), seen("b1", row=4), seen("b2", row=5)],
        [took("A", "E1", "a1", "a2"), took("B", "E2", "b1", "b2"), took("C", "E3", "c1", "c2")],
    )
    assert found.verdict is Verdict.IDENTIFIED
    assert sorted(names(found)) == ["A", "B"]


def test_an_innocent_account_whose_export_overlaps_is_not_named_with_two_leakers() -> None:
    overlapping = took("C", "E3", "r1", "r2", "c1", "c2", "c3")
    found = ask(
        [seen("a1"), seen("r1", row=3), seen("b1", row=4), seen("r2", row=5)],
        [took("A", "E1", "a1", "r1"), took("B", "E2", "b1", "r2"), overlapping],
    )
    assert sorted(names(found)) == ["A", "B"]


def test_more_leakers_than_a_coalition_holds_are_cut_at_the_cap_with_a_note() -> None:
    count = MAX_COALITION + 2
    found = ask(
        [seen(f"d{at}", row=at + 2) for at in range(count)], [took(f"A{at}", f"E{at}", f"d{at}") for at in range(count)]
    )
    assert len(found.suspects) == MAX_COALITION
    assert any("not explained" in note for note in found.notes)


def test_an_account_that_leaked_two_exports_is_listed_once_with_both() -> None:
    found = ask([seen("a1"), seen("a2", row=3)], [took("A", "E1", "a1"), took("A", "E2", "a2"), took("B", "E3", "b1")])
    assert names(found) == ["A"]
    assert sorted(found.suspects[0].exports) == ["E1", "E2"]
    assert found.suspects[0].decoys == ids("a1", "a2")
    assert found.suspects[0].probability <= 1.0


def test_an_account_named_through_fifty_alike_exports_still_shows_its_evidence() -> None:
    exports = [took("A", f"E{at:02d}", "r1", "r2") for at in range(50)]
    found = ask([seen("r1"), seen("r2", row=3)], exports, counts={"A": 50})
    assert names(found) == ["A"]
    assert len(found.suspects[0].evidence) == 2
    assert set(found.suspects[0].exports) == {one.export for one in exports}


@pytest.mark.parametrize("ties", [2, 3, 20])
def test_ties_give_a_shortlist_in_even_parts(ties: int) -> None:
    found = ask([seen("r1"), seen("r2", row=3)], [took(f"A{at:02d}", None, "r1", "r2") for at in range(ties)])
    assert found.verdict is Verdict.SHORTLIST
    assert len({round(one.probability, 12) for one in found.suspects}) == 1
    assert names(found) == sorted(names(found))
    assert len(found.suspects) == ties


@pytest.mark.parametrize("swapped", [False, True])
def test_two_exports_alike_but_for_their_names_are_equally_likely(swapped: bool) -> None:
    first, second = ("B", "A") if swapped else ("A", "B")
    found = ask([seen("r1")], [took(first, "E1", "r1", "a1"), took(second, "E2", "r1", "b1")])
    assert found.suspects[0].probability == pytest.approx(found.suspects[1].probability)


def test_the_reader_of_another_outlet_is_named_and_the_rows_own_outlet_is_not() -> None:
    """The YTO case: the outlet whose rows leaked did not read them."""
    resident = {"OUT-12": ids(*(f"r{at}" for at in range(12)))}
    thief = took("C07B", "E7731", *(f"r{at}" for at in range(5)))
    sightings = [seen(f"r{at}", row=at + 2) for at in range(5)]
    assert names(ask(sightings, [thief], residents=resident)) == ["C07B"]


def test_rows_of_an_outlet_that_nobody_is_recorded_to_have_read_accuse_nobody() -> None:
    found = ask([seen("r1"), seen("r2", row=3)], [], residents={"OUT-12": ids("r1", "r2", "r3")})
    assert (found.verdict, found.suspects) == (Verdict.NONE, ())
    assert any("gap" in note for note in found.notes)


@pytest.mark.parametrize("accounts", [1, 2, 1000])
@pytest.mark.parametrize("outlets", [1, 2, 5000])
def test_without_a_record_resident_decoys_name_nobody_whatever_the_counts(accounts: int, outlets: int) -> None:
    decoys = ids(*(f"r{at}" for at in range(8)))
    found = ask(
        [seen(one, row=at) for at, one in enumerate(sorted(decoys))],
        [Release(AccountId("OWNER"), None, decoys)],
        residents={"OUT-12": decoys},
        settings=unrecorded(accounts=accounts, outlets=outlets),
    )
    assert found.verdict is not Verdict.IDENTIFIED


def test_without_a_record_the_one_export_that_carried_two_outlets_residents_names_nobody() -> None:
    found = ask(
        [seen("x1"), seen("y1", row=3)],
        [took("A", "E1", "x1", "y1")],
        residents={"X": ids("x1"), "Y": ids("y1")},
        settings=unrecorded(accounts=2, outlets=2),
    )
    assert found.verdict is not Verdict.IDENTIFIED


def test_without_a_record_an_export_decoy_still_names_its_account() -> None:
    found = ask(
        [seen("a1"), seen("x1", row=3)],
        [took("A", "E1", "a1", "a2", "x1"), Release(AccountId("OWNER"), None, ids("x1", "x2"))],
        residents={"X": ids("x1", "x2")},
        settings=unrecorded(outlets=1),
    )
    assert (found.verdict, names(found)) == (Verdict.IDENTIFIED, ["A"])


def test_a_stolen_copy_of_the_whole_host_does_not_name_the_account_that_reads_everything() -> None:
    residents = {f"O{outlet}": ids(*(f"r{outlet}.{at}" for at in range(10))) for outlet in range(20)}
    everything = frozenset[DecoyId]().union(*residents.values())
    settings = replace(RECORD, accounts=20, outlets=20, residents=200)
    found = ask(
        [seen(one, row=at) for at, one in enumerate(sorted(everything))],
        [Release(AccountId("HQ"), None, everything)],
        residents=residents,
        settings=settings,
    )
    assert found.verdict is not Verdict.IDENTIFIED


def test_an_export_of_a_few_rows_of_many_outlets_is_told_from_a_copy_of_the_host() -> None:
    residents = {f"O{outlet}": ids(*(f"r{outlet}.{at}" for at in range(10))) for outlet in range(20)}
    stolen = ids(*(f"r{outlet}.0" for outlet in range(20)))
    found = ask(
        [seen(one, row=at) for at, one in enumerate(sorted(stolen))],
        [Release(AccountId("A"), ExportId("E1"), stolen)],
        residents=residents,
        settings=replace(RECORD, residents=200, outlets=20),
    )
    assert names(found) == ["A"]


def test_an_account_with_scope_and_exports_gets_no_more_prior_than_one_account() -> None:
    releases = [took("A", f"E{at}", f"a{at}", "r") for at in range(4)] + [took("B", "E9", "b", "r")]
    found = ask([seen("r"), seen("r", row=3)], releases, counts={"A": 1, "B": 1})
    by_name = {str(one.account): one.probability for one in found.suspects}
    assert by_name["A"] == pytest.approx(by_name["B"])


def test_the_same_value_seen_a_thousand_times_counts_once() -> None:
    releases = [took("A", "E1", "a1", "a2")]
    once = ask([seen("a1", chance=0.01)], releases)
    often = ask([seen("a1", chance=0.01, row=at) for at in range(1000)], releases)
    assert once.suspects[0].probability == often.suspects[0].probability if once.suspects else not often.suspects


def test_a_threshold_just_missed_gives_a_shortlist_with_the_bits_missing() -> None:
    found = ask([seen("a1", chance=1e-5)], [took("A", "E1", "a1", "a2")])
    assert found.verdict is Verdict.SHORTLIST
    assert "bits of evidence are missing" in found.notes[-1]


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (-1.0, "none"), (0.0, "weak"), (0.99, "weak"), (1.0, "moderate"), (2.0, "moderately strong"), (3.0, "strong"),
        (4.0, "very strong"), (6.0, "extremely strong"), (300.0, "extremely strong"),
    ],
)  # fmt: skip
def test_support_uses_the_verbal_scale_of_ensfi(ratio: float, words: str) -> None:
    assert support(ratio) == words


def test_cost_grows_in_line_with_the_number_of_releases() -> None:
    def seconds(count: int) -> float:
        releases = [took(f"A{at}", f"E{at}", "r", f"a{at}") for at in range(count)]
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            ask([seen("r"), seen("a1", row=3)], releases, settings=replace(RECORD, accounts=20_000))
            best = min(best, time.process_time() - started)
        return best

    small, large = seconds(1000), seconds(8000)
    assert large < small * 8 * 4  # eight times the releases; quadratic would be 64 times
