"""What somebody enters about a parcel: checked, and turned into one contact."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.hit import Channel, Contact
from collector.mailroom.entry import FIELDS, Entry, EntryError
from collector.mailroom.photo import Barcode, Photo

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SITES = {"north": "浙江省杭州市余杭区文一西路969号"}
ADDRESS = "浙江省杭州市余杭区文一西路969号3栋2单元501室"
STATED = {
    "address": ADDRESS,
    "name": "王小红",
    "phone": "14012345678",
    "sender": "义乌发货仓 +1 202 555 0147",
    "carrier": "圆通",
    "waybill_number": "yt 8000 0000 0123 4",
    "cod_amount": "199,50",
    "goods": "购物卡",
    "remark": "the room is empty",
    "site": "north",
    "received": "2026-11-22T16:30",
}
PHOTO = Photo(b"\xff\xd8\xff", "a1" * 32, {"photo_sha256": "a1" * 32}, (Barcode("Code 128", "YT8000000005678", True),))


def entry(**changes: str) -> Entry:
    return Entry.of({**STATED, **changes}, sites=SITES, zone=ZoneInfo("Asia/Shanghai"), now=NOW)


def contact(made: Entry, photo: Photo | None = PHOTO, entry_id: str = "e1") -> Contact:
    return made.contact(photo, entry_id=entry_id, entered_by="wang", way="page")


def test_an_entry_becomes_a_contact_of_the_channel_post() -> None:
    """The address is the beacon, the sender the peer, everything else a claim."""
    made = contact(entry())
    assert (made.channel, made.beacon, made.peer) == (Channel.POST, ADDRESS, STATED["sender"])
    assert made.occurred_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert (made.provider, made.verified, made.raw) == ("mailroom", True, PHOTO.raw)
    assert made.claims == {
        "kind": "parcel",
        "name": "王小红",
        "phone": "14012345678",
        "carrier": "圆通",
        "waybill_number": "YT8000000001234",
        "cod_amount": "199.50",
        "cod_currency": "CNY",
        "goods": "购物卡",
        "remark": "the room is empty",
        "photo_sha256": "a1" * 32,
        "site": "north",
        "entered_by": "wang",
        "entered_through": "page",
    }


def test_a_number_that_was_left_out_is_taken_from_the_barcode() -> None:
    made = contact(entry(waybill_number=""))
    assert (made.claims["waybill_number"], made.claims["waybill_number_from"]) == ("YT8000000005678", "barcode")
    assert "waybill_number" not in contact(entry(waybill_number=""), None).claims


def test_the_same_entry_is_the_same_contact_and_any_change_makes_another() -> None:
    """A form that is sent twice is one hit; a form gone back to for the next parcel is not swallowed."""
    once = contact(entry()).event_id
    assert once == contact(entry()).event_id
    others = {
        contact(entry(), entry_id="e2").event_id,
        contact(entry(name="王小")).event_id,
        contact(entry(), None).event_id,
        contact(entry(), Photo(b"", "b2" * 32)).event_id,
    }
    assert len(others - {once}) == 4


REFUSED = {
    "no address": ({"address": " "}, "address: enter the address"),
    "an address without room": ({"address": SITES["north"]}, "address: add the room"),
    "an unknown kind": ({"kind": "bomb"}, "kind: must be one of parcel, letter"),
    "an unknown mail room": ({"site": "south"}, "site: south is not in"),
    "an unknown field": ({"colour": "red"}, "'colour' is not a field"),
    "an amount in words": ({"cod_amount": "viel"}, "cod_amount: must be a number"),
    "a negative amount": ({"cod_amount": "-1"}, "cod_amount: must be a number"),
    "a currency sign": ({"cod_currency": "¥"}, "cod_currency: must be three letters"),
    "a number with signs": ({"waybill_number": "<script>"}, "waybill_number: must be"),
    "a name that is too long": ({"name": "王" * 201}, "name: takes at most 200 characters"),
    "control characters": ({"sender": "a\x1b[2Jb"}, "sender: holds control characters"),
    "direction marks": ({"text": "a\u202eb"}, "text: holds control characters"),
    "a time that is none": ({"received": "yesterday"}, "received: must be a time"),
    "the future": ({"received": "2026-11-24T00:00"}, "received: lies in the future"),
    "the distant past": ({"received": "1999-01-01T00:00"}, "received: lies in the future, or before 2000"),
    "the end of time": ({"received": "9999-12-31T23:59-10:00"}, "received: "),
}


@pytest.mark.parametrize(("changes", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_stand_is_refused_by_the_name_of_its_field(changes: dict[str, str], why: str) -> None:
    with pytest.raises(EntryError, match=why):
        entry(**changes)


def test_lines_are_kept_in_long_texts_and_nowhere_else() -> None:
    made = entry(text="领奖\r\n  电话  1400 ", name="王\n小红")
    assert (made.fields["text"], made.fields["name"]) == ("领奖\n电话 1400", "王 小红")


@given(st.dictionaries(st.sampled_from(list(FIELDS)), st.text(max_size=60)))
def test_any_texts_give_a_contact_under_the_caps_or_the_one_error(stated: dict[str, str]) -> None:
    try:
        made = contact(Entry.of(stated, sites=SITES, zone=None, now=NOW))
    except EntryError:
        return
    assert made == made.bounded()
    assert len(made.claims) <= limits.MAX_CLAIMS
    "".join(made.claims.values()).encode()
