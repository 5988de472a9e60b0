"""How many campaigns rang each number in a span of time. Pure: a campaign counts once on a number, storms or not."""

from collections.abc import Collection, Sequence
from datetime import datetime

from collector.hit import Channel, Hit
from honey.model.beacon import E164
from honey.trace.campaigns import Campaign
from honey.trace.phones import Number, plain

_SPOKEN = (Channel.CALL, Channel.SMS)


def rung(
    hits: Sequence[Hit],
    campaigns: Sequence[Campaign],
    numbers: Collection[E164],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    controls: bool = False,
) -> dict[E164, int]:
    """Return for each number how many campaigns rang it or wrote to it, from `since` to before `until`.

    Campaigns that touched a control are left out, unless the numbers are the `controls`.
    """
    dialled = _Dialled(numbers)
    found = dict.fromkeys(numbers, 0)
    for one in campaigns:
        if one.background and not controls:
            continue
        within = (hits[at] for at in one.members if hits[at].contact.channel in _SPOKEN)
        beacons = {
            hit.contact.beacon
            for hit in within
            if (since is None or since <= hit.received_at) and (until is None or hit.received_at < until)
        }
        for number in {dialled.number(beacon) for beacon in beacons}:
            if number is not None:
                found[number] += 1
    return found


class _Dialled:
    """Finds the number a beacon stands for, however the provider writes it."""

    def __init__(self, numbers: Collection[E164]) -> None:
        self._by_national = {Number.of(one).national: (Number.of(one), one) for one in numbers}
        self._lengths = sorted({len(one) for one in self._by_national}, reverse=True)
        self._known: dict[str, E164 | None] = {one: one for one in numbers}

    def number(self, beacon: str) -> E164 | None:
        if beacon not in self._known:
            self._known[beacon] = self._read(beacon)
        return self._known[beacon]

    def _read(self, beacon: str) -> E164 | None:
        digits = "".join(character for character in plain(beacon) if character.isdecimal())
        for length in self._lengths:
            number, found = self._by_national.get(digits[-length:], (None, None))
            if number and number.dialled_by(digits):
                return found
        return None
