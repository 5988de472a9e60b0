"""What a notice says: how many contacts on how many beacons, by which channel; no number, no name, no text. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came by one channel; `beacons` is 0 where it cannot be known, because contacts are sealed or erased."""

    channel: str
    contacts: int
    beacons: int


@dataclass(frozen=True, slots=True)
class Digest:
    """What came since a target was last told: hits `first` to `last`, of the channels it asked for."""

    arrivals: tuple[Arrival, ...]
    first: int
    last: int

    @property
    def contacts(self) -> int:
        """How many contacts came."""
        return sum(one.contacts for one in self.arrivals)


def title_of(digest: Digest) -> str:
    """Return the first line."""
    return f"Waybill collector: {_counted(digest.contacts, 'new contact')}"


def body_of(digest: Digest, *, log: str, notice: int, given_up: int = 0) -> str:
    """Return the rest. The notice's number tells a receiver that the same one came twice.

    `given_up` is how many notices never arrived since the last one that did.
    """
    hits = f"hit {digest.first}" if digest.first == digest.last else f"hits {digest.first} to {digest.last}"
    earlier = [f"{_counted(given_up, 'earlier notice')} given up: see `collector alerts`"] if given_up else []
    return "\n".join([*lines_of(digest.arrivals), *earlier, f"{hits} of log {log}, notice {notice}"])


def lines_of(arrivals: Sequence[Arrival]) -> list[str]:
    """Return a line for each channel."""
    return [
        _counted(one.contacts, "new contact")
        + (f" on {_counted(one.beacons, 'beacon')}" if one.beacons else "")
        + f", channel {one.channel}"
        for one in arrivals
    ]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
