"""From all candidates of a scan to what is reported: only what chance does not explain, among as many rows. Pure."""

from honey.model.sighting import DumpPlace, Sighting
from honey.trace.background import Background
from honey.trace.match import Candidate
from honey.trace.search.kept import MAX_CHANCE, Place

# What rests on masked or cut values alone must also stand out among all decoys searched for: at most one in twenty of
# what is reported may be accidental (Benjamini and Hochberg 1995, the procedure for many tests at once).
MAX_FALSE_SHARE = 0.05
MAX_SEEN_CHARS = 120


def report(
    found: list[tuple[Candidate, Place]], background: Background, *, rows: int, decoys: int
) -> tuple[tuple[Sighting, ...], int]:
    """Return the matches that chance does not explain, best first, and how many were dropped."""
    measured = [(candidate.measured(background), place) for candidate, place in found]
    ranked = sorted(measured, key=lambda item: item[0].chance_per_row)  # stable: earlier rows win ties
    accepted = 0
    for rank, (candidate, _) in enumerate(ranked, start=1):
        expected = candidate.chance_per_row * rows * decoys / candidate.tried
        if expected <= MAX_FALSE_SHARE * rank:
            accepted = rank
    sightings = []
    for rank, (candidate, place) in enumerate(ranked, start=1):
        chance = candidate.chance_per_row * rows
        if chance < MAX_CHANCE and (rank <= accepted or candidate.rests_on_full_value):
            sightings.append(sighting(candidate, place, chance))
    return tuple(sightings), len(ranked) - len(sightings)


def sighting(candidate: Candidate, place: Place, chance: float) -> Sighting:
    """Return a candidate as a sighting; `chance` is that of all rows searched."""
    deciding = candidate.fields[candidate.deciding]
    at = deciding.found.cell
    column = place.columns[at] if at < len(place.columns) and place.columns[at] else str(at + 1)
    return Sighting(
        decoys=candidate.decoys,
        field=candidate.deciding,
        match=deciding.match,
        place=DumpPlace(place.file, place.row, column, deciding.found.seen[:MAX_SEEN_CHARS]),
        chance=chance,
        fields={role: one.match for role, one in candidate.fields.items()},
    )
