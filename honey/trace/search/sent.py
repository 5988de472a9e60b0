"""What is sent to the machines of a cluster: decoys and readers; each process builds its look-ups once. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from honey.model.decoy import Decoy
from honey.trace.index import DecoyIndex
from honey.trace.read_waybills import WaybillReader
from honey.trace.search.unit import Searched, Searcher, Unit, search_unit


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """One question, as it travels."""

    decoys: tuple[Decoy, ...]
    readers: Mapping[str, WaybillReader]

    @classmethod
    def of(cls, searcher: Searcher) -> "Sent":
        """Pack what a search was set up with."""
        return cls(tuple(one.decoy for one in searcher.index.profiles.values()), searcher.readers)


_unpacked: list[tuple[Sent, Searcher]] = []  # of this process; at most one


def search_sent(unit: Unit, sent: Sent) -> Searched:
    """Search one unit on a machine of a cluster."""
    if not _unpacked or _unpacked[0][0] is not sent:
        index = DecoyIndex.build(sent.decoys)
        _unpacked[:] = [(sent, Searcher.of(index, sent.readers))]
    return search_unit(unit, _unpacked[0][1])
