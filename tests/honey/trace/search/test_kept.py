"""The best candidates are kept, whoever found them; what cannot be reported any more takes no memory."""

from dataclasses import replace

from honey.model.decoy import DecoyId
from honey.model.sighting import Match
from honey.trace.match import Candidate, Field
from honey.trace.row import Found
from honey.trace.search.kept import MAX_CHANCE, MAX_PER_DECOYS, WEED_FROM, Kept, Place


def candidate(number: int, chance: float) -> Candidate:
    return Candidate(frozenset([DecoyId(f"D{number}")]), {"phone": Field(Match.MASKED, chance, Found(0, "x"))})


def place(row: int) -> Place:
    return Place("a.csv", row, ())


def test_weak_candidates_are_forgotten_once_there_are_many_and_counted() -> None:
    kept = Kept()
    for number in range(3 * WEED_FROM):
        kept.add(candidate(number, 1e-3 if number % 100 else 1e-9), place(number))
        kept.weed(1_000)
        assert len(kept.best) <= WEED_FROM + number // 100 + 1
    found = kept.all()
    strong = [one for one, _ in found if one.chance_per_row * 1_000 < MAX_CHANCE]
    assert len(strong) == -(-3 * WEED_FROM // 100)
    assert len(found) + kept.weak == 3 * WEED_FROM


def test_few_candidates_are_all_kept_however_weak() -> None:
    kept = Kept()
    kept.add(candidate(1, 0.5), place(1))
    kept.weed(10**9)
    assert len(kept.all()) == 1
    assert kept.weak == 0


def test_parts_put_together_in_order_are_the_whole() -> None:
    whole, first, second = Kept(), Kept(), Kept()
    for at in range(3 * MAX_PER_DECOYS):
        one = candidate(1, 1e-6 if at % 3 else 1e-7)
        whole.add(one, place(at + 1))
        (first if at < 25 else second).add(one, place(at + 1 if at < 25 else at - 24))
    second.renumber(25)
    first.merge(second)
    assert first.all() == whole.all()
    assert first.repeated == whole.repeated == 2 * MAX_PER_DECOYS
    assert replace(place(1), row=2) == place(2)
