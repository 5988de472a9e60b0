"""Under a flood: names with a valid check tag first and all of them, of the rest one in so many, all of it counted.

Looks at DNS and web contacts only. Who sends calls, messages and mail tries again when the log is full, so nothing of
those is left out here.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from collector.hit import Channel, Contact
from collector.hit.tokentag import TagKey

SAMPLED = frozenset((Channel.DNS, Channel.WEB))
CLAIM = "sampled"  # of a contact that stands for others: "1 in 100"


@dataclass(frozen=True, slots=True)
class FloodConfig:
    """[log.flood]: from when on, and what share of names without a tag is kept."""

    contacts_per_second: int = 5000  # DNS and web together
    waiting: int = 2000  # contacts that are not on disk yet; DNS hands over all that came during the last commit
    keep_one_in: int = 100


@dataclass(slots=True)
class Sorted:
    """One group of contacts, sorted: all of `first`, `rest` as a sample, and how many were left out by channel."""

    first: list[Contact] = field(default_factory=list)
    rest: list[Contact] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


class Flood:
    """Counts what comes and sorts it while it is too much. May be used from any thread."""

    def __init__(self, config: FloodConfig, tags: TagKey, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._tags = tags
        self._clock = clock
        self._guard = threading.Lock()  # holds everything below
        self._second = -1
        self._seen = 0
        self._untagged = 0

    def sort(self, contacts: Sequence[Contact], waiting: int) -> Sorted | None:
        """Take note of contacts; return them sorted while there are too many, else None: all are to be recorded.

        Of the names without a tag every `keep_one_in`-th is kept: the share is exact, and does not depend on who asks.
        """
        if not self._is_flood(sum(contact.channel in SAMPLED for contact in contacts), waiting):
            return None
        found = Sorted()
        for contact in contacts:
            if contact.channel not in SAMPLED or self._tags.has_tag(contact):
                found.first.append(contact)
            elif self._is_kept():
                claims = {**contact.claims, CLAIM: f"1 in {self._config.keep_one_in}"}
                found.rest.append(replace(contact, claims=claims))
            else:
                found.left_out[contact.channel.value] += 1
        return found

    def _is_flood(self, number: int, waiting: int) -> bool:
        second = int(self._clock())
        with self._guard:
            if second != self._second:
                self._second, self._seen = second, 0
            self._seen += number
            return self._seen > self._config.contacts_per_second or waiting + number > self._config.waiting

    def _is_kept(self) -> bool:
        with self._guard:
            self._untagged += 1
            return self._untagged % self._config.keep_one_in == 0
