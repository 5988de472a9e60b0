"""An inquiry goes through JSON unchanged, and refuses what could name an account without evidence."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from honey.errors import EvidenceError
from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, HitPlace, Match, Sighting
from honey.trace.inquiry import Inquiry, Settings

SETTINGS = Settings(accounts=3, threshold=0.999, no_leak_prior=0.5, unrecorded_prior=0.001, outlets=1, has_record=True)
INQUIRY = Inquiry(
    sightings=(
        Sighting(frozenset({DecoyId("d1"), DecoyId("d2")}), "recipient_phone", Match.MASKED,
                 DumpPlace("買.csv", 7, "电话", "140****0000"), 1.25e-07, {"recipient_phone": Match.MASKED}),
        Sighting(frozenset({DecoyId("d1")}), "recipient_name", Match.PARTIAL, HitPlace(9, "sms", "00c0ffee"), 0.1),
    ),
    releases=(
        Release(AccountId("A"), ExportId("E1"), frozenset({DecoyId("d1")}), datetime(2026, 11, 1, tzinfo=UTC)),
        Release(AccountId("B"), None, frozenset({DecoyId("d2")})),
    ),
    residents={"OUT-1": frozenset({DecoyId("d2")}), "": frozenset()},
    release_counts={AccountId("A"): 4},
    settings=SETTINGS,
)  # fmt: skip


def test_an_inquiry_is_equal_after_json_text() -> None:
    assert Inquiry.from_json(json.loads(json.dumps(INQUIRY.to_json()))) == INQUIRY


def test_an_evidence_item_has_the_keys_of_the_contract() -> None:
    dump, hit = (one.to_json() for one in INQUIRY.sightings)
    assert {"kind": "sighting", "decoy": None, "file": "買.csv", "row": 7, "match": "masked"}.items() <= dump.items()
    assert {"kind": "hit", "decoy": "d1", "seq": 9, "channel": "sms"}.items() <= hit.items()


@pytest.mark.parametrize(
    "broken",
    [
        {}, {"sightings": None}, {"releases": [{}]}, {"residents": []}, {"release_counts": {"A": "x"}},
        {"settings": {"accounts": 1}}, {"settings": {**INQUIRY.to_json()["settings"], "threshold": 0.5}},
        {"sightings": [{**INQUIRY.sightings[0].to_json(), "decoys": ["d1"], "row": float("inf")}]},
        {"sightings": [{**INQUIRY.sightings[0].to_json(), "decoys": ["d1"], "match": "certain"}]},
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_line(broken: dict[str, object]) -> None:
    document = {**INQUIRY.to_json(), **broken} if broken else {}
    with pytest.raises(EvidenceError, match="inquiry cannot be read"):
        Inquiry.from_json(document)


@pytest.mark.parametrize(
    "setting",
    [
        {"accounts": 0}, {"outlets": -1}, {"residents": -1}, {"threshold": 0.5}, {"threshold": 1.0},
        {"threshold": float("nan")}, {"no_leak_prior": 0.0}, {"unrecorded_prior": 0.0}, {"no_leak_prior": 0.999},
    ],
)  # fmt: skip
def test_settings_that_could_name_without_evidence_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"prior|threshold"):
        replace(SETTINGS, **setting)  # type: ignore[arg-type]  # a table of field values


def test_the_notes_say_what_the_figures_rest_on() -> None:
    assert "complete but for 0.001" in SETTINGS.notes()[0]
    assert "no access record" in replace(SETTINGS, has_record=False).notes()[0]
