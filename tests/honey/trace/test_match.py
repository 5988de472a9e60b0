"""What one row says of the decoys: every field that agrees, the conflicts, and which decoys it names."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.model.sighting import Match
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record
from honey.trace.prefilter import Prefilter

# The decoy in question: name, phone, address and so on of decoys[17].
CASES = [
    pytest.param("{waybill}", "waybill_number", Match.EXACT, id="a bare waybill number"),
    pytest.param("{waybill_spaced}", "waybill_number", Match.NORMALISED, id="a spaced waybill number in small letters"),
    pytest.param("{mail}", "recipient_email", Match.EXACT, id="a bare mailbox"),
    pytest.param("{mail_tagged}", "recipient_email", Match.NORMALISED, id="a mailbox in capitals with a tag"),
    pytest.param("{link}", "link", Match.EXACT, id="a link"),
    pytest.param("{address}", "recipient_address", Match.EXACT, id="a full address"),
    pytest.param("{address_dashes}", "recipient_address", Match.NORMALISED, id="the room as three numbers"),
    pytest.param("{name},{phone}", "recipient_phone", Match.EXACT, id="name and phone"),
    pytest.param("{name} +86 {phone_dashes}", "recipient_phone", Match.NORMALISED, id="a dialled number with a name"),
    pytest.param("{address}{name}{phone}", "recipient_address", Match.EXACT, id="address, name and phone in one cell"),
    pytest.param("{surname}**,{masked},{city}", "recipient_phone", Match.MASKED, id="masked name and phone, city"),
    pytest.param(
        "{surname}女士 {masked6} {house}", "recipient_address", Match.PARTIAL, id="the legal mask with a house"
    ),
]


def values(decoy: Decoy) -> dict[str, str]:
    assert decoy.address
    assert decoy.phone
    assert decoy.email
    assert decoy.waybill_number
    phone, detail = decoy.phone.removeprefix("+86"), decoy.address.detail
    house = detail[: detail.index("号") + 1]
    return {
        "waybill": decoy.waybill_number,
        "waybill_spaced": f"{decoy.waybill_number[:7]} {decoy.waybill_number[7:]}".lower(),
        "mail": decoy.email,
        "mail_tagged": decoy.email.upper().replace("@", "+X@"),
        "link": decoy.link or "",
        "address": decoy.address.full,
        "address_dashes": decoy.address.city + detail.replace("栋", "-").replace("单元", "-").replace("室", ""),
        "house": f"{decoy.address.city}{house}",
        "name": decoy.name,
        "surname": decoy.name[0],
        "phone": phone,
        "phone_dashes": f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
        "masked": f"{phone[:3]}****{phone[-4:]}",
        "masked6": f"{phone[:3]}******{phone[-2:]}",
        "city": decoy.address.city,
    }


@pytest.mark.parametrize(("template", "field", "how"), CASES)
def test_a_row_names_its_decoy_first(
    template: str, field: str, how: Match, decoys: list[Decoy], index: DecoyIndex
) -> None:
    decoy = decoys[17]
    line = template.format(**values(decoy))
    assert Prefilter(index).may_hold(line)
    for record in ([line], line.split(","), line.split(",")[::-1]):
        best = match_record(record, index)[0]
        assert decoy.id in best.decoys
        assert len(best.decoys) == 1
        assert best.fields[field].match is how
        assert best.deciding == field


def test_a_shared_number_alone_names_all_decoys_on_it_once(decoys: list[Decoy], index: DecoyIndex) -> None:
    found = match_record([str(decoys[17].phone)], index)
    assert [one.decoys for one in found] == [{one.id for one in decoys if one.phone == decoys[17].phone}]


def test_two_decoys_in_one_line_are_told_apart(decoys: list[Decoy], index: DecoyIndex) -> None:
    found = match_record([f"{decoys[1].waybill_number} {decoys[2].waybill_number}"], index)
    assert sorted(map(sorted, (one.decoys for one in found))) == [[decoys[1].id], [decoys[2].id]]


@pytest.mark.parametrize("text", ["{name}", "{name},{city}", "{city}", "{surname}**,{city}", "{surname}女士"])
def test_a_name_or_a_place_alone_points_at_nobody(text: str, decoys: list[Decoy], index: DecoyIndex) -> None:
    assert match_record(text.format(**values(decoys[17])).split(","), index) == []


@pytest.mark.parametrize(
    ("record", "conflict"),
    [
        pytest.param("{address},14009999999", "recipient_phone", id="another full phone"),
        pytest.param("{phone},YT8999999999999", "waybill_number", id="another waybill number of the same shape"),
        pytest.param("{masked},欧阳**", "recipient_name", id="a masked name with another surname"),
        pytest.param("{masked},石家庄市", "recipient_city", id="another city"),
        pytest.param("{house}3栋9单元999室", "recipient_address", id="another room of the house"),
    ],
)
def test_a_different_value_speaks_against(record: str, conflict: str, decoys: list[Decoy], index: DecoyIndex) -> None:
    cells = record.format(**values(decoys[17])).split(",")
    with_it = next(one for one in match_record(cells, index) if decoys[17].id in one.decoys)
    assert conflict in with_it.conflicts
    assert with_it.chance_per_row > min(one.chance for one in with_it.fields.values())


def test_our_own_waybill_number_is_no_other_phone(decoys: list[Decoy], index: DecoyIndex) -> None:
    assert match_record([str(decoys[3].waybill_number)], index)[0].conflicts == ()


def test_more_agreement_is_less_accidental(decoys: list[Decoy], index: DecoyIndex) -> None:
    parts = [
        "{masked}",
        "{masked},{surname}**",
        "{masked},{surname}**,{city}",
        "{masked},{surname}**,{house}",
        "{phone},{name}",
    ]
    chances = []
    for part in parts:
        found = match_record(part.format(**values(decoys[17])).split(","), index)
        chances.append(next(one.chance_per_row for one in found if decoys[17].id in one.decoys))
    assert chances == sorted(chances, reverse=True)


def with_latin_name(decoy: Decoy) -> Decoy:
    return replace(decoy, name="Sarah Jones")


@pytest.mark.parametrize(
    ("shown", "at_most"),
    [
        pytest.param("S*** J****", 1 / 36, id="initials"),
        pytest.param("Sa*** J***", 1 / 72, id="a letter more"),
        pytest.param("s*** j***", 1 / 36, id="small letters"),
    ],
)
def test_a_masked_latin_name_agrees_by_its_letters(shown: str, at_most: float, decoys: list[Decoy]) -> None:
    index = DecoyIndex.build([with_latin_name(decoys[17])])
    (found,) = match_record([values(decoys[17])["masked"], shown], index)
    assert found.fields["recipient_name"].match is Match.MASKED
    assert found.fields["recipient_name"].chance == pytest.approx(at_most)


@pytest.mark.parametrize("shown", ["S*** K****", "J*** S***", "S*** M*** J***"])
def test_another_masked_latin_name_speaks_against(shown: str, decoys: list[Decoy]) -> None:
    index = DecoyIndex.build([with_latin_name(decoys[17])])
    (found,) = match_record([values(decoys[17])["masked"], shown], index)
    assert found.conflicts == ("recipient_name",)


@pytest.mark.parametrize("name", ["李军婷", "李军婷女士", "欧女士", "寄件 李军婷"])
@pytest.mark.parametrize("value", ["{masked}", "{house}"])
def test_somebody_elses_name_speaks_against_what_is_not_whole(
    value: str, name: str, decoys: list[Decoy], index: DecoyIndex
) -> None:
    record = [value.format(**values(decoys[17])), name]
    assert all("recipient_name" in one.conflicts for one in match_record(record, index) if decoys[17].id in one.decoys)
    assert match_record([str(decoys[17].waybill_number), name], index)[0].conflicts == ()


@pytest.mark.parametrize("goods", ["高跟鞋子", "石家庄市", "马路街道", "女装", "王府井"])
def test_goods_and_places_are_nobodys_name(goods: str, decoys: list[Decoy], index: DecoyIndex) -> None:
    """王府井 begins with a surname and is three characters: it is taken for a name, and costs weight, never more."""
    found = next(
        one for one in match_record([values(decoys[17])["masked"], goods], index) if decoys[17].id in one.decoys
    )
    assert ("recipient_name" in found.conflicts) is (goods == "王府井")


@pytest.mark.parametrize(
    ("record", "field", "how"),
    [
        pytest.param(
            "{province},{road},{number},{rest}", "recipient_address", Match.NORMALISED, id="an address in cells"
        ),
        pytest.param("{road}{number},{rest}", "recipient_address", Match.NORMALISED, id="the room in the next cell"),
        pytest.param("{phone_b}", "recipient_phone", Match.NORMALISED, id="letters in a number with dashes"),
        pytest.param("{phone_spelt}", "recipient_phone", Match.NORMALISED, id="a number spelt with spaces"),
        pytest.param("{waybill_b}", "waybill_number", Match.NORMALISED, id="letters in a waybill number"),
        pytest.param("{mask_b}", "recipient_phone", Match.MASKED, id="letters beside a mask"),
        pytest.param("{mask_spelt}", "recipient_phone", Match.MASKED, id="Chinese digits beside a mask"),
    ],
)
def test_what_is_split_or_misread_is_put_together(
    record: str, field: str, how: Match, decoys: list[Decoy], index: DecoyIndex
) -> None:
    decoy = decoys[17]
    assert decoy.address
    assert decoy.waybill_number
    phone, (road, rest) = (decoy.phone and decoy.phone[3:]) or "", decoy.address.detail.split("号")
    at = next(at for at, sign in enumerate(road) if sign.isdigit())
    spelt = str.maketrans("0123456789", "零一二三四五六七八九")
    misread = str.maketrans("018", "OlB")
    cells = record.format(
        province=decoy.address.province + decoy.address.city, road=road[:at], number=road[at:] + "号", rest=rest,
        phone_b=f"{phone[:3].translate(misread)}-{phone[3:7]}-{phone[7:]}",
        phone_spelt=f"{phone[:3]} {phone[3:7]} {phone[7:]}".translate(spelt),
        waybill_b=decoy.waybill_number[:6].translate(misread) + decoy.waybill_number[6:],
        mask_b=f"{phone[:3]}****{phone[-4:]}".translate(misread),
        mask_spelt=f"{phone[:3]}****{phone[-4:]}".translate(spelt),
    ).split(",")  # fmt: skip
    found = next(one for one in match_record(cells, index) if decoy.id in one.decoys)
    assert found.fields[field].match is how


def test_a_flats_letter_beside_a_number_stays_a_letter() -> None:
    """3B before ten digits looks like a number with a letter for a digit."""
    home = PostalAddress("", "Springfield", "", "12 Example Street Flat 3B")
    decoy = Decoy(DecoyId("D1"), "Sarah Jones", E164("+12025550123"), home)
    (found,) = match_record(["Sarah Jones 12 Example Street Flat 3B 2025550123"], DecoyIndex.build([decoy]))
    assert found.fields["recipient_address"].match is Match.EXACT
    assert found.fields["recipient_phone"].match is Match.EXACT


def test_a_name_of_digits_beside_a_spelt_number_stays_a_name(decoys: list[Decoy]) -> None:
    decoy = replace(decoys[17], name="陆一")
    spelt = str(decoy.phone)[3:].translate(str.maketrans("0123456789", "零一二三四五六七八九"))
    (found,) = match_record([f"陆一 {spelt[:3]} {spelt[3:7]} {spelt[7:]}", "陆一"], DecoyIndex.build([decoy]))
    assert found.fields["recipient_name"].match is Match.EXACT


@given(st.lists(st.text(max_size=80), max_size=12))
def test_any_record_is_matched_without_failing(index: DecoyIndex, record: list[str]) -> None:
    for candidate in match_record(record, index):
        assert 0 < candidate.chance_per_row <= 1


@given(
    at=st.integers(0, 299),
    order=st.permutations(range(11)),
    kept=st.sets(st.integers(0, 10)),
    gap=st.sampled_from([",", "\t", " ", "----"]),
)
def test_whatever_is_matched_passes_the_prefilter(
    *,
    decoys: list[Decoy],
    index: DecoyIndex,
    planted_row: Callable[[Decoy], list[str]],
    at: int,
    order: list[int],
    kept: set[int],
    gap: str,
) -> None:
    row = planted_row(decoys[at])
    text = gap.join(row[column] for column in order if column in kept)
    if match_record([text], index):
        assert Prefilter(index).may_hold(text)
