"""Copied text without people in it."""

import pytest

from honey.generate.scrub import Scrubber
from honey.model.decoy import Decoy, DecoyId
from honey.model.waybill import Role

DONOR = {"name": "王小明", "phone": "14000000001", "address": "文一西路1号", "sender": "李雷"}
ROLES = {
    Role.RECIPIENT_NAME: "name",
    Role.RECIPIENT_PHONE: "phone",
    Role.RECIPIENT_ADDRESS: "address",
    Role.SENDER_NAME: "sender",
}


def test_a_business_that_stays_may_be_named() -> None:
    kept = Scrubber(Decoy(DecoyId("D"), "周晓岚"), DONOR, ROLES, sender_kept=True)
    assert kept.clean("寄件人李雷", None) == "寄件人李雷"


def test_a_short_latin_name_inside_another_word_is_left_alone() -> None:
    donor = {**DONOR, "name": "Lee"}
    assert Scrubber(Decoy(DecoyId("D"), "Eva Kling"), donor, ROLES).clean("Leeds depot", None) == "Leeds depot"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("请放门口", "请放门口"),
        ("签收人：王小明", "签收人：周晓岚"),
        ("王小明", None),
        ("电联14000000001", None),
        ("派件员电话 14000009999", None),
        ("发到 a@mail.example.com", None),
        ("身份证000000199001011234", None),
        ("寄件人李雷", None),
        ("送到文一西路1号3楼", None),
        ("", ""),
        (7, 7),
    ],
)
def test_no_one_s_values_pass_but_the_decoy_s(text: object, cleaned: object) -> None:
    assert Scrubber(Decoy(DecoyId("D"), "周晓岚"), DONOR, ROLES).clean(text, None) == cleaned
