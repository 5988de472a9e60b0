"""A campaign weighs what it says once, on however many numbers; one that touched a control weighs nothing."""

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.hit import Channel, Contact, Hit
from honey.model.decoy import Decoy
from honey.model.sighting import HitPlace
from honey.trace import chances
from honey.trace.hits import resolve
from honey.trace.index import DecoyIndex
from honey.trace.statements import Weighed, weigh_campaigns

CONTROL = "+8614099999999"
CALLER = "+8617012345678"
START = datetime(2026, 11, 1, tzinfo=UTC)


def hits_of(said: Iterable[tuple[str | None, str]], *, peer: str = CALLER, first: int = 1) -> list[Hit]:
    """One caller's messages, a minute apart: (number, text)."""
    return [
        Hit(
            Contact(Channel.SMS, str(number), peer, claims={"text": text} if text else {}),
            seq,
            START + timedelta(minutes=seq),
            "00c0ffee",
            "00" * 32,
            "11" * 32,
        )
        for seq, (number, text) in enumerate(said, start=first)
    ]


def weighed(hits: Sequence[Hit], index: DecoyIndex) -> Weighed:
    return weigh_campaigns(hits, [resolve(one, index, frozenset({CONTROL})) for one in hits], index)


def log_weight(found: Weighed) -> float:
    """Everything a campaign's sightings weigh together; each set of decoys counts once."""
    best = {one.decoys: 0.0 for one in found.sightings}
    for one in found.sightings:
        best[one.decoys] = max(best[one.decoys], -math.log(one.chance))
    return sum(best.values())


def by_number(decoys: Sequence[Decoy]) -> dict[str, Decoy]:
    return {str(one.phone): one for one in decoys}


def test_a_contact_alone_weighs_what_it_says(decoys: list[Decoy], index: DecoyIndex) -> None:
    hits = hits_of([(decoys[117].phone, f"{decoys[117].name}您好")])
    (alone,) = resolve(hits[0], index, frozenset()).sightings
    assert weighed(hits, index).sightings == (alone,)


def test_callers_of_their_own_weigh_each_for_itself(decoys: list[Decoy], index: DecoyIndex) -> None:
    said = [(one.phone, f"{one.name}您好") for one in decoys[100:105]]
    hits = [hits_of([one], peer=f"+8617{at}0000000", first=at)[0] for at, one in enumerate(said, start=10)]
    assert log_weight(weighed(hits, index)) == pytest.approx(5 * -math.log(chances.STATED_NAME))


def test_a_caller_who_is_always_right_loses_nothing(decoys: list[Decoy], index: DecoyIndex) -> None:
    hits = hits_of((one.phone, f"{one.name}您好") for one in decoys[100:105])
    assert log_weight(weighed(hits, index)) == pytest.approx(5 * -math.log(chances.STATED_NAME))


def test_the_same_said_twice_to_one_decoy_counts_once(decoys: list[Decoy], index: DecoyIndex) -> None:
    hits = hits_of([(decoys[117].phone, f"{decoys[117].name}您好")] * 3)
    assert log_weight(weighed(hits, index)) == pytest.approx(-math.log(chances.STATED_NAME))


def test_a_storm_that_says_one_surname_everywhere_weighs_nothing(decoys: list[Decoy], index: DecoyIndex) -> None:
    hits = hits_of((number, "您好王女士") for number in by_number(decoys))
    assert sum(1 for one in hits if min(s.chance for s in resolve(one, index, frozenset()).sightings) < 1) > 3
    found = weighed(hits, index)
    assert found.sightings == ()
    assert found.bare == len(hits)


def test_one_surname_on_a_few_numbers_weighs_once(decoys: list[Decoy], index: DecoyIndex) -> None:
    wangs = by_number([one for one in decoys if one.name[0] == "王"])
    found = weighed(hits_of((number, "您好王女士") for number in list(wangs)[:3]), index)
    assert log_weight(found) == pytest.approx(-math.log(3 * chances.surname_share("王")))


def test_names_from_another_list_weigh_less_than_nothing_on_average(decoys: list[Decoy], index: DecoyIndex) -> None:
    """Surnames as common as among people; each three decoys in a row are one account's."""
    rng, numbers = random.Random(5), list(by_number(decoys))
    known = sorted({one.name[0] for one in decoys})
    shares = [chances.surname_share(one) for one in known]
    account = {one.id: at // 3 for at, one in enumerate(decoys)}
    total, storms = 0.0, 200
    for _ in range(storms):
        names = rng.choices([*known, "钱"], [*shares, 1 - sum(shares)], k=60)
        storm = zip(rng.sample(numbers, 60), (f"您好{one}女士" for one in names), strict=True)
        found = weighed(hits_of(storm), index)
        weights = dict.fromkeys(account.values(), 0.0)
        for one in found.sightings:
            for owner in {account[decoy] for decoy in one.decoys}:
                weights[owner] -= math.log(one.chance)
        total += sum(map(math.exp, weights.values())) / len(weights)
    assert total / storms < 1.2


def test_a_few_rows_of_ours_in_a_long_list_of_others_still_tell(decoys: list[Decoy], index: DecoyIndex) -> None:
    numbers = list(by_number(decoys).items())
    ours = [(number, f"{decoy.name}您好") for number, decoy in numbers[:4]]
    others = [(number, f"您好{'孔曾毛邱秦江史顾侯邵'[at % 10]}女士") for at, (number, _) in enumerate(numbers[4:44])]
    weight = log_weight(weighed(hits_of(ours + others), index))
    assert 4 * -math.log(chances.STATED_NAME) > weight > 2 * -math.log(chances.STATED_NAME)


def test_a_campaign_that_touched_a_control_is_background(decoys: list[Decoy], index: DecoyIndex) -> None:
    hits = hits_of(
        [*((one.phone, f"{one.name}您好") for one in decoys[100:105]), (CONTROL, ""), ("+8614011111111", "")]
    )
    found = weighed(hits, index)
    assert (found.sightings, found.background, found.bare, found.unresolved) == ((), 7, 0, 0)


def test_a_full_waybill_number_counts_even_if_its_callers_number_touched_a_control(
    decoys: list[Decoy], index: DecoyIndex
) -> None:
    hits = hits_of([(decoys[117].phone, f"快递{decoys[117].waybill_number}"), (decoys[3].phone, ""), (CONTROL, "")])
    found = weighed(hits, index)
    assert [one.decoys for one in found.sightings] == [{decoys[117].id}]
    assert found.background == 2


def test_bare_and_unresolved_contacts_are_counted(decoys: list[Decoy], index: DecoyIndex) -> None:
    found = weighed(hits_of([(decoys[3].phone, ""), ("+8614011111111", ""), ("+8614022222222", "")]), index)
    assert (found.sightings, found.bare, found.unresolved, found.background) == ((), 1, 2, 0)


SAYINGS = (
    "",
    "您好王女士",
    "{name}您好",
    "尾号{tail}的快递",
    "{waybill}",
    "{goods}有质量问题",
    "王女士李先生",
    "\x00" * 50,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(SAYINGS), st.integers(0, 3), st.booleans()), max_size=12),
)
def test_no_contact_gains_weight_by_its_campaign(
    decoys: list[Decoy], index: DecoyIndex, made: list[tuple[int, str, int, bool]]
) -> None:
    hits = []
    for seq, (at, saying, caller, on_control) in enumerate(made, start=1):
        one = decoys[at]
        said = saying.format(
            name=one.name, tail=str(one.waybill_number)[-4:], waybill=one.waybill_number, goods=one.goods
        )
        number = CONTROL if on_control and caller == 0 else str(one.phone)
        hits += hits_of([(number, said)], peer=f"+861701234{caller}000", first=seq)
    resolutions = {one.seq: resolve(one, index, frozenset({CONTROL})) for one in hits}
    found = weigh_campaigns(hits, list(resolutions.values()), index)
    for sighting in found.sightings:
        assert isinstance(sighting.place, HitPlace)
        before = [one.chance for one in resolutions[sighting.place.seq].sightings if one.decoys == sighting.decoys]
        assert before[0] <= sighting.chance < 1
    told = {sighting.place for sighting in found.sightings}
    assert len(told) + found.bare + found.background + found.unresolved == len(hits)
