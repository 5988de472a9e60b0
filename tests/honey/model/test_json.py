"""Values go through JSON unchanged and say what the contract names."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Attribution, Suspect, Verdict
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.model.planting import Planting, PlantingKind
from honey.model.sighting import DumpPlace, HitPlace, Match, Sighting

AT = datetime(2026, 11, 1, tzinfo=UTC)
PLACE = PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号")
FULL = Decoy(
    DecoyId("D-1"), "王小明", E164("+8614012345678"), PLACE, "x@mail.example.com", "YT1", "https://t.example", "女装"
)


@pytest.mark.parametrize("decoy", [FULL, Decoy(DecoyId("D-2"), "王")])
def test_a_decoy_is_equal_after_json_text(decoy: Decoy) -> None:
    assert Decoy.from_json(json.loads(json.dumps(decoy.to_json()))) == decoy


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (PLACE, "浙江省杭州市余杭区文一西路969号"),
        (PostalAddress("上海市", "上海市", "黄浦区", "福州路1号"), "上海市黄浦区福州路1号"),
        (PostalAddress("", "杭州市", "", "文一西路1号"), "杭州市文一西路1号"),
        (PostalAddress("Bavaria", "Munich", "", "Example Street 1"), "Example Street 1, Munich, Bavaria"),
    ],
)
def test_an_address_is_one_line_in_the_order_of_its_script(address: PostalAddress, line: str) -> None:
    assert address.full == line


def test_an_attribution_has_the_keys_of_the_contract() -> None:
    shared = Sighting(frozenset({DecoyId("a"), DecoyId("b")}), "recipient_phone", Match.EXACT, HitPlace(7, "call"), 0.1)
    alone = Sighting(frozenset({DecoyId("a")}), "recipient_name", Match.PARTIAL, DumpPlace("f.csv", 2), 0.01)
    suspect = Suspect(AccountId("HB-1"), 0.9, 3.5, "strong", (ExportId("E-1"),), (shared, alone))
    found = Attribution(Verdict.SHORTLIST, 0.1, (suspect,), 2, ("a note",)).to_json()
    contract = {"verdict", "no_leak_probability", "suspects", "sightings"}
    assert set(found) == contract | {"notes", "log10_bar", "missing"}
    (one,) = found["suspects"]
    assert (one["account"], one["exports"], one["decoys"], one["support"]) == ("HB-1", ["E-1"], 1, "strong")
    assert [item["decoy"] for item in one["evidence"]] == [None, "a"]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("planted", "removed", "asked", "lay"),
    [
        (None, None, 0, False), (0, None, 0, True), (1, None, 0, False), (0, 2, 2, True), (0, 2, 3, False),
        (0, 2, 1, True),
    ],
)  # fmt: skip
def test_a_planting_lies_there_from_planting_to_removal(
    planted: int | None, removed: int | None, asked: int, lay: bool
) -> None:
    def day(number: int | None) -> datetime | None:
        return None if number is None else AT + timedelta(days=number)

    one = Planting(DecoyId("D-1"), PlantingKind.RESIDENT, AccountId("A"), "OUT-1", None, day(planted), day(removed))
    assert one.lay_there(AT + timedelta(days=asked)) is lay
