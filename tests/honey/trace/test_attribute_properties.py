"""What must hold of every attribution, whatever the evidence: nobody is raised by nothing."""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Attribution, Release, Verdict
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.trace.attribute import MAX_COALITION, attribute
from honey.trace.inquiry import Inquiry, Settings

DECOYS = [DecoyId(f"d{at}") for at in range(10)]
ACCOUNTS = [AccountId(f"A{at}") for at in range(4)]
quick = settings(max_examples=100, deadline=None)

decoy_sets = st.frozensets(st.sampled_from(DECOYS), min_size=1, max_size=5)
chances = st.sampled_from([1e-12, 1e-9, 1e-6, 1e-4, 0.01, 0.3, 1.0, 5.0])


@st.composite
def sightings(draw: st.DrawFn, sets: st.SearchStrategy[frozenset[DecoyId]] = decoy_sets) -> tuple[Sighting, ...]:
    found = draw(st.lists(st.tuples(sets, chances), max_size=7))
    return tuple(
        Sighting(decoys, "recipient_phone", Match.EXACT, DumpPlace("d", row), chance)
        for row, (decoys, chance) in enumerate(found)
    )


@st.composite
def inquiries(draw: st.DrawFn, *, record: bool | None = None) -> Inquiry:
    has_record = draw(st.booleans()) if record is None else record
    found = draw(st.lists(st.tuples(st.sampled_from(ACCOUNTS), decoy_sets), max_size=6))
    releases = tuple(Release(account, ExportId(f"E{at}"), held) for at, (account, held) in enumerate(found))
    residents = {f"OUT-{at}": held for at, held in enumerate(draw(st.lists(decoy_sets, max_size=3, unique=True)))}
    counts = {one.account: draw(st.integers(1, 50)) for one in releases}
    told = Settings(
        accounts=draw(st.sampled_from([1, 4, 300, 41_200])),
        threshold=draw(st.sampled_from([0.9, 0.999])),
        no_leak_prior=0.5,
        unrecorded_prior=0.001 if has_record else 0.25,
        outlets=draw(st.sampled_from([0, 1, 40])),
        has_record=has_record,
        residents=draw(st.sampled_from([0, 900])),
    )
    return Inquiry(draw(sightings()), releases, residents, counts, told)


def figures(found: Attribution) -> dict[str, float]:
    return {one.account: one.probability for one in found.suspects}


def named(found: Attribution) -> set[str]:
    return set(figures(found)) if found.verdict is Verdict.IDENTIFIED else set()


def close(one: dict[str, float], other: dict[str, float]) -> bool:
    return set(one) == set(other) and all(math.isclose(one[name], other[name], rel_tol=1e-6) for name in one)


@quick
@given(inquiries())
def test_probabilities_lie_between_0_and_1_and_those_of_one_ranking_add_up(inquiry: Inquiry) -> None:
    found = attribute(inquiry)
    values = list(figures(found).values())
    assert all(0 <= one <= 1 for one in [*values, found.no_leak_probability])
    assert len(figures(found)) == len(found.suspects)  # nobody is listed twice
    if found.verdict is Verdict.SHORTLIST:
        assert math.fsum([*values, found.no_leak_probability]) <= 1 + 1e-9
    if found.verdict is Verdict.IDENTIFIED:
        assert len(values) <= MAX_COALITION
        assert min(values) >= inquiry.settings.threshold
        assert all(one.evidence for one in found.suspects)
    assert (found.verdict is Verdict.NONE) == (not found.suspects)


@quick
@given(inquiries(), st.lists(decoy_sets, min_size=1, max_size=5), st.sampled_from([1.0, 1.5, 1e9, math.inf]))
def test_evidence_that_chance_explains_moves_no_figure(
    inquiry: Inquiry, sets: list[frozenset[DecoyId]], chance: float
) -> None:
    idle = [Sighting(one, "recipient_phone", Match.EXACT, DumpPlace("d", 99), chance) for one in sets]
    before = attribute(inquiry)
    after = attribute(replace(inquiry, sightings=(*inquiry.sightings, *idle)))
    assert (after.verdict, figures(after)) == (before.verdict, figures(before))
    assert after.no_leak_probability == before.no_leak_probability


@quick
@given(inquiries(), decoy_sets.filter(lambda one: len(one) > 1), st.sampled_from([1e-12, 1e-9, 1e-3]))
def test_one_shared_value_alone_names_nobody(inquiry: Inquiry, shared: frozenset[DecoyId], chance: float) -> None:
    once = Sighting(shared, "recipient_phone", Match.EXACT, DumpPlace("d", 1), chance)
    assert attribute(replace(inquiry, sightings=(once, once))).verdict is not Verdict.IDENTIFIED


@quick
@given(inquiries(record=False), st.data())
def test_without_a_record_decoys_of_the_host_name_nobody(inquiry: Inquiry, data: st.DataObject) -> None:
    held = sorted(frozenset[DecoyId]().union(*inquiry.residents.values()) or {DECOYS[0]})
    sets = st.frozensets(st.sampled_from(held), min_size=1)
    found = data.draw(sightings(sets))
    residents = inquiry.residents or {"OUT-0": frozenset(held)}
    assert not named(attribute(replace(inquiry, sightings=found, residents=residents)))


@quick
@given(inquiries(), st.integers(0, 5))
def test_a_decoy_that_was_not_seen_never_helps_to_accuse(inquiry: Inquiry, at: int) -> None:
    if not inquiry.releases:
        return
    at %= len(inquiry.releases)
    account = inquiry.releases[at].account
    larger = replace(inquiry.releases[at], decoys=inquiry.releases[at].decoys | {DecoyId("never seen")})
    releases = (*inquiry.releases[:at], larger, *inquiry.releases[at + 1 :])
    before, after = attribute(inquiry), attribute(replace(inquiry, releases=releases))
    assert account not in named(after) - named(before)
    if before.verdict is after.verdict:
        assert figures(after).get(account, 0.0) <= figures(before).get(account, 1.0) + 1e-9


@quick
@given(inquiries(), st.randoms(use_true_random=False))
def test_the_order_of_sightings_and_releases_plays_no_part(inquiry: Inquiry, rng: random.Random) -> None:
    seen, releases, residents = list(inquiry.sightings), list(inquiry.releases), list(inquiry.residents.items())
    for one in (seen, releases, residents):
        rng.shuffle(one)
    again = attribute(replace(inquiry, sightings=tuple(seen), releases=tuple(releases), residents=dict(residents)))
    first = attribute(inquiry)
    assert again.verdict is first.verdict
    assert close(figures(again), figures(first))


@quick
@given(inquiries(), st.permutations(ACCOUNTS))
def test_what_an_account_is_called_plays_no_part(inquiry: Inquiry, others: Sequence[AccountId]) -> None:
    renamed = {old: AccountId(f"Z-{new}") for old, new in zip(ACCOUNTS, others, strict=True)}
    again = attribute(
        replace(
            inquiry,
            releases=tuple(replace(one, account=renamed[one.account]) for one in inquiry.releases),
            release_counts={renamed[name]: count for name, count in inquiry.release_counts.items()},
        )
    )
    first = attribute(inquiry)
    assert again.verdict is first.verdict
    assert close(figures(again), {renamed[AccountId(name)]: value for name, value in figures(first).items()})


@quick
@given(inquiries())
def test_an_inquiry_read_back_from_json_gives_the_same_verdict_to_the_last_digit(inquiry: Inquiry) -> None:
    again = Inquiry.from_json(json.loads(json.dumps(inquiry.to_json())))
    assert again == inquiry
    assert attribute(again) == attribute(inquiry)
