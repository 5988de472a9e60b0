"""A hit names decoys by what was reached and what was said; bare calls carry no weight, controls are background."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from collector.hit import Channel, Hit
from honey.model.decoy import Decoy
from honey.model.sighting import HitPlace, Match
from honey.trace.hits import resolve, resolve_all
from honey.trace.index import DecoyIndex

NONE: frozenset[str] = frozenset()
MakeHit = Callable[..., Hit]


def test_a_bare_call_names_all_decoys_on_the_number_and_weighs_nothing(
    a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    (sighting,) = resolve(a_hit(Channel.CALL, str(decoys[17].phone)), index, NONE).sightings
    assert sighting.decoys == {one.id for one in decoys if one.phone == decoys[17].phone}
    assert sighting.chance == 1.0
    assert sighting.place == HitPlace(1042, "call", "00c0ffee")


@pytest.mark.parametrize(
    ("text", "field", "how", "chance"),
    [
        ("{name}您好，您的快递", "recipient_name", Match.EXACT, 1e-5),
        ("您好{surname}女士，您的快递丢了", "recipient_name", Match.PARTIAL, 0.023),
        ("{surname}女士、钱女士、孔先生，您好", "recipient_name", Match.PARTIAL, 0.069),
        ("快递{waybill}理赔", "waybill_number", Match.EXACT, 1e-8),
        ("单号尾号{tail}的快递", "waybill_number", Match.PARTIAL, 1e-5),
        ("送到{detail}对吗", "recipient_address", Match.NORMALISED, 1e-6),
        ("您买的{goods}有质量问题", "goods", Match.EXACT, 1 / 20),
    ],
)
def test_what_a_text_cites_narrows_the_decoys(  # noqa: PLR0917 - one parameter a column of the table
    text: str, field: str, how: Match, chance: float, a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    decoy = decoys[117]
    assert decoy.address
    assert decoy.waybill_number
    said = text.format(
        name=decoy.name, surname=decoy.name[0], waybill=decoy.waybill_number, tail=decoy.waybill_number[-5:],
        detail=decoy.address.detail, goods=decoy.goods,
    )  # fmt: skip
    (sighting,) = resolve(a_hit(Channel.SMS, str(decoy.phone), text=said), index, NONE).sightings
    assert decoy.id in sighting.decoys
    assert (sighting.field, sighting.match) == (field, how)
    assert sighting.chance == pytest.approx(chance)


def test_several_stated_fields_multiply(a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex) -> None:
    hit = a_hit(Channel.CALL, str(decoys[117].phone), name=decoys[117].name, note=f"单号 {decoys[117].waybill_number}")
    (sighting,) = resolve(hit, index, NONE).sightings
    assert sighting.decoys == {decoys[117].id}
    assert sighting.chance == pytest.approx(1e-13)
    assert set(sighting.fields) == {"recipient_phone", "recipient_name", "waybill_number"}


def test_a_name_on_another_number_says_nothing(a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex) -> None:
    elsewhere = next(one for one in decoys if one.phone != decoys[17].phone)
    hit = a_hit(Channel.SMS, str(decoys[17].phone), text=f"{elsewhere.name} {elsewhere.waybill_number}")
    (sighting,) = resolve(hit, index, NONE).sightings
    assert sighting.chance == 1.0
    assert elsewhere.id not in sighting.decoys


def test_the_end_of_the_phone_number_is_not_the_end_of_the_waybill(
    a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    hit = a_hit(Channel.SMS, str(decoys[17].phone), text=f"尾号{str(decoys[17].phone)[-4:]}机主")
    (sighting,) = resolve(hit, index, NONE).sightings
    assert sighting.chance == 1.0


@pytest.mark.parametrize("written", ["14000770629", "0086 14000770629", "8614000770629"])
def test_a_number_is_recognised_as_the_provider_writes_it(
    written: str, a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    assert str(decoys[17].phone) == "+8614000770629"
    assert resolve(a_hit(Channel.CALL, written), index, NONE).sightings


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda text: text.replace("@", "+news@")])
def test_mail_is_resolved_by_its_recipient(
    change: Callable[[str], str], a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    (sighting,) = resolve(a_hit(Channel.MAIL, change(str(decoys[3].email))), index, NONE).sightings
    assert sighting.decoys == {decoys[3].id}
    assert sighting.chance <= 1e-12


def test_dns_is_resolved_by_any_label_and_web_by_token_or_waybill(
    a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    token = str(decoys[3].link).rpartition("/")[2]
    for channel, beacon in (
        (Channel.DNS, f"www.{token.upper()}.t.example.net"),
        (Channel.WEB, f"https://track.example.net/t/{token}?from=groupmessage"),
        (Channel.WEB, f"https://{token}.track.example.net/"),
        (Channel.WEB, f"https://track.example.net/query?no={decoys[3].waybill_number}"),
        (Channel.ACCESS, str(decoys[3].waybill_number)),
    ):
        (sighting,) = resolve(a_hit(channel, beacon), index, NONE).sightings
        assert sighting.decoys == {decoys[3].id}


def test_a_parcel_is_resolved_by_its_room_unless_it_names_somebody_else(
    a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    address = decoys[3].address
    assert address
    bare = resolve(a_hit(Channel.POST, address.full), index, NONE).sightings
    named = resolve(a_hit(Channel.POST, address.full, name=decoys[3].name), index, NONE).sightings
    assert [one.decoys for one in (*bare, *named)] == [{decoys[3].id}] * 2
    assert named[0].chance < bare[0].chance < 1
    assert resolve(a_hit(Channel.POST, address.full, name="钱多多"), index, NONE).sightings == ()


LABELS = [
    ({"name": "{surname}**"}, {"recipient_name": Match.MASKED}),
    ({"name": "{surname}女士"}, {"recipient_name": Match.PARTIAL}),
    ({"name": "{surname}**", "phone": "{phone}"}, {"recipient_name": Match.MASKED, "recipient_phone": Match.EXACT}),
    ({"name": "钱多多", "phone": "{phone}"}, {"recipient_phone": Match.EXACT}),
    ({"name": "{surname}**", "phone": "{masked}"}, {"recipient_name": Match.MASKED, "recipient_phone": Match.MASKED}),
    ({"barcodes": "SF1400000000001\n{waybill}"}, {"waybill_number": Match.EXACT}),
    ({"name": "钱**"}, None),
    ({"name": "钱多多", "phone": "14012349999"}, None),
]


@pytest.mark.parametrize(
    ("label", "named"),
    LABELS,
    ids=[
        *("a masked name", "a surname with a title", "a masked name and the number", "another name, our number"),
        *("both masked", "our waybill number in a barcode", "another masked name", "another name and number"),
    ],
)
def test_a_label_names_its_addressee_as_carriers_print_it(
    label: dict[str, str], named: dict[str, Match] | None, a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex
) -> None:
    decoy = decoys[3]
    assert decoy.address
    assert decoy.name
    national = str(decoy.phone)[3:]
    words = {"surname": decoy.name[0], "phone": national, "masked": f"{national[:3]}****{national[-4:]}"}
    claims = {key: value.format(**words, waybill=decoy.waybill_number) for key, value in label.items()}
    found = resolve(a_hit(Channel.POST, decoy.address.full, **claims), index, NONE).sightings
    if named is None:
        assert found == ()
        return
    (sighting,) = found
    assert sighting.decoys == {decoy.id}
    assert sighting.fields == {"recipient_address": Match.NORMALISED, **named}
    assert sighting.chance < 1e-2


@pytest.mark.parametrize(
    ("channel", "beacon"),
    [
        (Channel.CALL, "+8614099999999"),
        (Channel.MAIL, "info@quiet.example.org"),
        (Channel.DNS, "abc.quiet.example.org"),
        (Channel.WEB, "https://quiet.example.org/any"),
    ],
)
def test_a_hit_on_a_control_is_background(channel: Channel, beacon: str, a_hit: MakeHit, index: DecoyIndex) -> None:
    controls = frozenset({"+8614099999999", "quiet.example.org", "https://silent.example.org"})
    found = resolve(a_hit(channel, beacon), index, controls)
    assert found.background
    assert found.sightings == ()


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("beacon", ["", "unknown", "+8614011111111", "https://[bad", "@", "a.b", "\x00"])
def test_what_nobody_planted_is_unresolved(channel: Channel, beacon: str, a_hit: MakeHit, index: DecoyIndex) -> None:
    found = resolve(a_hit(channel, beacon, text="14011111111 王先生"), index, frozenset({"quiet.example.org"}))
    assert not found.background
    assert found.sightings == ()
    assert found.reason


def test_many_hits_are_resolved_as_each_alone(a_hit: MakeHit, decoys: list[Decoy], index: DecoyIndex) -> None:
    controls = frozenset({"+8614099999999"})
    hits = [
        a_hit(Channel.CALL, str(decoys[17].phone)),
        a_hit(Channel.CALL, str(decoys[17].phone)),
        a_hit(Channel.SMS, str(decoys[17].phone), text=f"{decoys[17].name}您好"),
        a_hit(Channel.CALL, str(decoys[17].phone), name=decoys[17].name),
        a_hit(Channel.CALL, "+8614099999999"),
        a_hit(Channel.CALL, "+8614011111111"),
    ]
    numbered = [replace(one, seq=at) for at, one in enumerate(hits)]
    assert resolve_all(numbered, index, controls) == [resolve(one, index, controls) for one in numbered]
