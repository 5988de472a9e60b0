"""Attribution where the leak was a part of what somebody read, and somebody else took that very part."""

import pytest

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Attribution, Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.trace.attribute import attribute
from honey.trace.inquiry import Inquiry, Settings, Stock

SETTINGS = Settings(
    200, 0.999, 0.5, 0.001, 20, has_record=True, residents=600, stock=Stock(waybill_numbers=100_000, decoys=600)
)


def decoys(first: int, last: int) -> frozenset[DecoyId]:
    return frozenset(DecoyId(f"r{at}") for at in range(first, last))


def ask(*releases: Release, counts: dict[str, int] | None = None) -> Attribution:
    """Ask about a dump that holds decoys r0 to r9, whole."""
    seen = tuple(
        Sighting(frozenset([one]), "waybill_number", Match.EXACT, DumpPlace("d.csv", at), 1e-12)
        for at, one in enumerate(sorted(decoys(0, 10)), start=2)
    )
    given = {AccountId(name): count for name, count in (counts or {}).items()}
    return attribute(Inquiry(seen, releases, {"OUT-7": decoys(0, 30)}, given, SETTINGS))


def reads(account: str, held: frozenset[DecoyId]) -> Release:
    return Release(AccountId(account), None, held)


def exported(account: str, held: frozenset[DecoyId]) -> Release:
    return Release(AccountId(account), ExportId(f"E-{account}"), held)


@pytest.mark.parametrize("more_read", [11, 15, 29])
def test_an_export_of_just_the_leaked_rows_names_nobody_while_another_account_read_them_all(more_read: int) -> None:
    found = ask(reads("thief", decoys(0, more_read)), exported("innocent", decoys(0, 10)), counts={"innocent": 12})
    assert found.verdict is Verdict.SHORTLIST
    assert {one.account for one in found.suspects} == {"thief", "innocent"}


def test_two_accounts_that_read_more_than_the_leaked_rows_both_stay_on_the_shortlist() -> None:
    found = ask(
        reads("thief", decoys(0, 10) | decoys(20, 26)),
        reads("innocent", decoys(0, 10) | decoys(10, 16)),
        counts={"innocent": 11},
    )
    assert found.verdict is Verdict.SHORTLIST
    assert {one.account for one in found.suspects} == {"thief", "innocent"}


def test_an_account_that_lacks_one_of_the_leaked_rows_shields_nobody() -> None:
    found = ask(exported("thief", decoys(0, 10)), reads("colleague", decoys(1, 15)))
    assert [one.account for one in found.suspects] == ["thief"]
    assert found.verdict is Verdict.IDENTIFIED


def test_one_who_reads_the_whole_host_does_not_shield_the_thief_of_ten_rows() -> None:
    everything = decoys(0, 10) | decoys(100, 100_000)
    found = ask(exported("thief", decoys(0, 10)), reads("head office", everything))
    assert [one.account for one in found.suspects] == ["thief"]
    assert found.verdict is Verdict.IDENTIFIED


def test_an_export_is_named_once_though_all_and_part_of_it_are_weighed() -> None:
    found = ask(exported("A", decoys(0, 12)), exported("B", decoys(0, 10) | decoys(20, 23)))
    assert [len(one.exports) for one in found.suspects] == [1, 1]


def test_rows_of_further_exports_of_a_named_account_accuse_nobody_else_who_read_them() -> None:
    first = frozenset(DecoyId(f"x{at}") for at in range(4))
    seen = tuple(
        Sighting(frozenset([one]), "waybill_number", Match.EXACT, DumpPlace("d.csv", at), 1e-12)
        for at, one in enumerate(sorted(first | decoys(0, 4)), start=2)
    )
    releases = (
        Release(AccountId("thief"), ExportId("E-1"), first, drawn=tuple(frozenset([one]) for one in first)),
        Release(AccountId("thief"), ExportId("E-2"), decoys(0, 2) | decoys(10, 20)),
        Release(AccountId("thief"), ExportId("E-3"), decoys(2, 4) | decoys(20, 30)),
        reads("innocent", decoys(0, 4)),
    )
    found = attribute(Inquiry(seen, releases, {"OUT-7": decoys(0, 30)}, {}, SETTINGS))
    assert [one.account for one in found.suspects] == ["thief"]
