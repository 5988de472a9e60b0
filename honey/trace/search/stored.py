"""What a unit came to, as JSON and back: for the journal of a scan that may be stopped. Values only."""

from typing import Any

from honey.model.decoy import DecoyId
from honey.model.sighting import Match
from honey.trace.background import Background
from honey.trace.match import Candidate, Field
from honey.trace.read.source import Unreadable
from honey.trace.row import Found
from honey.trace.search.kept import Kept, Place
from honey.trace.search.unit import Searched, Searcher


def searched_json(found: Searched) -> dict[str, Any]:
    """Return all that `searched_of` needs."""
    return {
        "key": found.key,
        "readers": {name: reader.to_json() for name, reader in found.readers.items()},
        "files": found.files,
        "rows": found.rows,
        "bytes": found.bytes,
        "rows_ended": found.rows_ended,
        "kept": [[_candidate_json(candidate), _place_json(place)] for candidate, place in found.kept.in_order()],
        "repeated": found.kept.repeated,
        "weak": found.kept.weak,
        "background": found.background.to_json(),
        "unreadable": [[one.file, one.reason] for one in found.unreadable],
        "encodings": {file: sorted(names) for file, names in found.encodings.items()},
        "notes": found.notes,
    }


def searched_of(stored: dict[str, Any], searcher: Searcher) -> Searched:
    """Return what `searched_json` said of a unit searched for the same decoys."""
    readers = {name: reader.empty() for name, reader in searcher.readers.items()}
    for name, reader in readers.items():
        reader.restore(stored["readers"][name])
    kept = Kept()
    for candidate, place in stored["kept"]:
        kept.add(_candidate(candidate), Place(place[0], place[1], tuple(place[2])))
    kept.repeated, kept.weak = stored["repeated"], stored["weak"]
    return Searched(
        stored["key"], readers, stored["files"], stored["rows"], stored["bytes"], stored["rows_ended"], kept,
        Background.restore(stored["background"]), [Unreadable(*one) for one in stored["unreadable"]],
        {file: set(names) for file, names in stored["encodings"].items()}, stored["notes"],
    )  # fmt: skip


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    return {
        "decoys": sorted(candidate.decoys),
        "fields": {
            role: [one.match.value, one.chance, one.found.cell, one.found.seen, one.common]
            for role, one in candidate.fields.items()
        },
        "conflicts": candidate.conflicts,
        "tried": candidate.tried,
    }


def _candidate(stored: dict[str, Any]) -> Candidate:
    fields = {
        role: Field(Match(match), chance, Found(cell, seen), common)
        for role, (match, chance, cell, seen, common) in stored["fields"].items()
    }
    decoys = frozenset(map(DecoyId, stored["decoys"]))
    return Candidate(decoys, fields, tuple(stored["conflicts"]), stored["tried"])


def _place_json(place: Place) -> list[Any]:
    return [place.file, place.row, place.columns]
