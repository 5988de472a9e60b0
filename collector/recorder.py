"""What listeners are handed: a way to record contacts and to count what they could not record."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from collector.errors import CollectorError
from collector.hit import Contact, Hit
from collector.hitlog.flood import Flood, Sorted
from collector.hitlog.writer import HitLog

Hits = tuple[Hit, ...]


class Recorder(Protocol):
    """Records contacts durably. Both methods may be called from any thread."""

    def record(self, contacts: Sequence[Contact]) -> Future[Hits]:
        """Record contacts that belong together; the future resolves once all are on disk.

        Raises:
            LogUnwritableError: also through the future. Nothing of the group is acknowledged then.
        """

    def count(self, name: str, number: int = 1) -> None:
        """Count what is not on record."""


class LogRecorder:
    """The recorder of `collector run`: adds the time of receipt and tells the operator which hits came.

    Under a flood it hands on the contacts that `flood` lets pass; what is left out is counted and answered as usual.
    """

    def __init__(
        self, log: HitLog, now: Callable[[], datetime], notice: Callable[[Hits], None], flood: Flood | None = None
    ) -> None:
        self._log = log
        self._now = now
        self._notice = notice
        self._flood = flood

    def record(self, contacts: Sequence[Contact]) -> Future[Hits]:
        """Record contacts under the caps of `limits`, all with the present time."""
        sorted_out = self._flood.sort(contacts, self._log.waiting) if self._flood is not None else None
        recorded = self._record_some(sorted_out) if sorted_out else self._log.append_all(contacts, self._now())
        recorded.add_done_callback(self._tell)
        return recorded

    def _record_some(self, found: Sorted) -> Future[Hits]:
        """Record what a flood leaves: first what must not be lost, ahead of all that waits, then the sample.

        The future is that of the first; what of the sample cannot be written is counted and holds up nobody.
        """
        at = self._now()
        first: Future[Hits] = Future()
        if found.first:
            first = self._log.append_all(found.first, at, is_urgent=True)
        else:
            first.set_result(())
        for channel, number in found.left_out.items():
            self._log.count(f"flood.left_out.{channel}", number)
        lost = Counter(contact.channel.value for contact in found.rest)

        def check(done: Future[Hits]) -> None:
            if done.exception() is None:
                self._tell(done)
                return
            for channel, number in lost.items():
                self._log.count(f"flood.lost.{channel}", number)

        if found.rest:
            try:
                self._log.append_all(found.rest, at).add_done_callback(check)
            except CollectorError as exc:
                refused: Future[Hits] = Future()
                refused.set_exception(exc)
                check(refused)
        return first

    def count(self, name: str, number: int = 1) -> None:
        """Count in the log's own table."""
        self._log.count(name, number)

    def _tell(self, recorded: Future[Hits]) -> None:
        if recorded.exception() is None:
            self._notice(recorded.result())


def record_unwaited(recorder: Recorder, contact: Contact, *, lost: str) -> None:
    """Record a contact that nobody is told about, and count it as `lost` if that fails. Returns at once."""

    def check(recorded: Future[Hits]) -> None:
        if recorded.exception() is not None:
            recorder.count(lost)

    try:
        recorder.record([contact]).add_done_callback(check)
    except CollectorError:
        recorder.count(lost)
