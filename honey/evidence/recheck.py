"""Does a sighting show the decoy it names? Asked again from the bundle alone. Pure."""

from collections.abc import Mapping

from collector.hit import Hit
from honey.errors import EvidenceError
from honey.model.decoy import Decoy, DecoyId
from honey.model.sighting import DumpPlace, Sighting
from honey.trace.hits import resolve
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record
from honey.translation import _

_ROUNDING = 1 - 1e-9  # libm differs in the last digits between machines


class Recheck:
    """Compares sightings with the opened decoys and the cited hits."""

    def __init__(self, decoys: Mapping[DecoyId, Decoy], hits: Mapping[tuple[str, int], Hit]) -> None:
        self._index = DecoyIndex.build(decoys.values())
        self._hits = hits

    def check(self, sighting: Sighting) -> None:
        """Raise EvidenceError unless the value seen, or the hit cited, names these decoys."""
        place = sighting.place
        if isinstance(place, DumpPlace):
            named = {decoy for one in match_record([place.seen], self._index) for decoy in one.decoys}
            where = _("{file} row {row}", file=place.file, row=place.row)
        else:
            hit = self._hits.get((place.log, place.seq))
            if hit is None:
                raise EvidenceError(
                    _("hit {seq} of log {log} is cited but not in the bundle", seq=place.seq, log=place.log)
                )
            where = _("hit {seq} of log {log}", seq=place.seq, log=place.log)
            shown = [one for one in resolve(hit, self._index, frozenset()).sightings if one.decoys <= sighting.decoys]
            named = {decoy for one in shown for decoy in one.decoys}
            if shown and sighting.chance < min(one.chance for one in shown) * _ROUNDING:
                raise EvidenceError(_("{where} says less than the case makes of it", where=where))
        if not sighting.decoys & named:
            raise EvidenceError(_("{where} does not show decoy {decoys}", where=where, decoys=min(sighting.decoys)))
