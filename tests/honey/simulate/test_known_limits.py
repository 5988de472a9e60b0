"""The false accusations that simulation finds, in their smallest form, and what keeps them back.

They rest on the access record: on the assumption that every verdict states, that it shows all but `unrecorded_prior`
of leaks, or on how the best explanation without an account is looked for.
"""

from collections.abc import Iterable

import pytest

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Attribution, Basis, Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, HitPlace, Match, Sighting
from honey.trace.attribute import attribute
from honey.trace.inquiry import Inquiry, Settings


def ask(*, unrecorded_prior: float) -> Attribution:
    """Rows of an outlet were taken past the record; one colleague is recorded to have read just these."""
    seen = [DecoyId(f"r{at}") for at in range(1, 5)]
    outlet = frozenset(DecoyId(f"r{at}") for at in range(1, 31))
    reader = Release(AccountId("innocent"), None, frozenset(DecoyId(f"r{at}") for at in range(1, 6)))
    other = Release(AccountId("colleague"), None, frozenset(DecoyId(f"r{at}") for at in (2, 7, 8, 9, 10, 11)))
    settings = Settings(200, 0.999, 0.5, unrecorded_prior, 20, has_record=True, residents=600)
    sightings = tuple(
        Sighting(frozenset([one]), "waybill_number", Match.EXACT, DumpPlace("d", at), 1e-12)
        for at, one in enumerate(seen)
    )
    counts = {AccountId("innocent"): 1, AccountId("colleague"): 1}
    return attribute(Inquiry(sightings, (reader, other), {"OUT-1": outlet}, counts, settings))


def test_rows_taken_past_the_record_accuse_the_one_account_recorded_with_them() -> None:
    found = ask(unrecorded_prior=0.001)
    assert found.verdict is Verdict.IDENTIFIED
    assert [one.account for one in found.suspects] == ["innocent"]
    assert any("complete but for 0.001" in note for note in found.notes)


@pytest.mark.parametrize("unrecorded_prior", [0.01, 0.05, 0.2])
def test_a_record_that_is_trusted_less_names_nobody_on_them(unrecorded_prior: float) -> None:
    found = ask(unrecorded_prior=unrecorded_prior)
    assert found.verdict is Verdict.SHORTLIST
    assert found.missing
    assert found.missing.bits > 0


def rows(at: Iterable[int]) -> frozenset[DecoyId]:
    return frozenset(DecoyId(f"r{one}") for one in at)


def test_two_leaks_that_are_called_accuse_the_one_account_that_exported_just_those_rows() -> None:
    """ "two called, same rows", seed 20261122, case 22724, at its smallest: an export and another's reads.

    Twice in 15,500 such cases; `best_without` takes the likeliest single explanation first, and so not always the best.
    """
    releases = (
        Release(AccountId("innocent"), ExportId("E1"), rows(range(1, 8))),
        Release(AccountId("thief"), ExportId("E2"), rows([1, 2, 3])),
        Release(AccountId("other thief"), None, rows([4, 5, 11, 12, 13, 14])),
    )
    said = tuple(
        Sighting(rows([at]), "waybill_number", Match.EXACT, HitPlace(at, "sms"), 1e-9) for at in range(1, 6)
    )  # fmt: skip
    settings = Settings(200, 0.999, 0.5, 0.001, 20, has_record=True, residents=600)
    counts = {one.account: 1 for one in releases}
    found = attribute(Inquiry(said, releases, {"OUT-1": rows(range(1, 31))}, counts, settings))
    assert [(one.account, one.basis) for one in found.suspects] == [("innocent", Basis.RECORD)]
    assert found.verdict is Verdict.IDENTIFIED
