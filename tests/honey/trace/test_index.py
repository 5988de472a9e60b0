"""The index leads from every kind of value to its decoys, and says the same after a trip to another process."""

import pickle
from dataclasses import replace

from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record


def test_every_value_of_a_decoy_leads_to_it(decoys: list[Decoy], index: DecoyIndex) -> None:
    decoy = decoys[17]
    profile = index.profiles[decoy.id]
    phone = str(decoy.phone)
    assert profile.address
    assert profile.tokens
    for lookup, value in (
        (index.by_phone, phone[3:]),
        (index.by_e164, phone),
        (index.by_mask, f"{phone[3:6]}*{phone[-4:]}"),
        (index.by_mask, f"{phone[3:6]}*{phone[-2:]}"),
        (index.by_mask, f"{phone[3:10]}*"),
        (index.by_waybill, str(decoy.waybill_number)),
        (index.by_mailbox, str(decoy.email)),
        (index.by_token, profile.tokens[0]),
        (index.by_anchor, profile.address.anchor),
    ):
        assert profile in lookup[value]
        assert value in lookup
        assert value in set(lookup)


def test_what_is_nobodys_leads_nowhere(index: DecoyIndex) -> None:
    for lookup in (index.by_phone, index.by_mask, index.by_waybill, index.by_anchor, index.by_words):
        assert lookup.get("nobody", ()) == ()
        assert "" not in lookup


def test_an_anchor_is_known_in_traditional_characters_too(index: DecoyIndex) -> None:
    assert index.by_anchor["雙龍大道970"] == index.by_anchor["双龙大道970"]


def test_a_later_decoy_of_the_same_id_replaces_the_earlier(decoys: list[Decoy]) -> None:
    later = replace(decoys[0], name="司马小红")
    index = DecoyIndex.build([*decoys[:5], later])
    assert len(index) == len(index.profiles) == 5
    assert index.profiles[later.id].name == "司马小红"


def test_a_profile_holds_each_value_as_it_is_looked_for(decoys: list[Decoy], index: DecoyIndex) -> None:
    decoy = decoys[17]
    profile = index.profiles[decoy.id]
    assert decoy.address
    assert (profile.name, profile.surname, profile.goods) == (decoy.name, decoy.name[0], decoy.goods)
    assert (profile.waybill, profile.mailbox) == (decoy.waybill_number, decoy.email)
    assert profile.divisions == ("福田", "深圳", "广东")
    assert profile.anchor == (profile.address.anchor if profile.address else "")
    assert profile == index.profiles[decoy.id]
    assert profile != index.profiles[decoys[18].id]


def test_a_decoy_without_anything_but_a_name_is_held(decoys: list[Decoy]) -> None:
    index = DecoyIndex.build([Decoy(decoys[0].id, "王小红")])
    profile = index.profiles[decoys[0].id]
    assert (profile.phone, profile.address, profile.divisions, profile.anchor) == (None, None, None, "")
    assert (profile.waybill, profile.mailbox, profile.tokens, profile.goods) == ("", "", (), "")
    assert match_record(["王小红", "14000770000", "杭州市"], index) == []


def test_no_decoys_match_nothing() -> None:
    index = DecoyIndex.build([])
    assert match_record(["王小红", "14000770000", "文一西路969号", "x@y.example.com"], index) == []
    assert (len(index), index.phone_lengths, index.city) == (0, (), None)


def test_an_index_may_be_sent_to_another_process(decoys: list[Decoy], index: DecoyIndex) -> None:
    sent = pickle.loads(pickle.dumps(index))
    for decoy in decoys[:40]:
        record = [decoy.name[0] + "**", f"140****{str(decoy.phone)[-4:]}", decoy.address.full if decoy.address else ""]
        assert match_record(record, sent) == match_record(record, index)
