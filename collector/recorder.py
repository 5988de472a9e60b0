"""What listeners are handed: a way to record contacts and to count what they could not record."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from collector.errors import CollectorError
from collector.hit import Contact, Hit
from collector.hitlog import HitLog

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
    """The recorder of `collector run`: adds the time of receipt and tells the operator which hits came."""

    def __init__(self, log: HitLog, now: Callable[[], datetime], notice: Callable[[Hits], None]) -> None:
        self._log = log
        self._now = now
        self._notice = notice

    def record(self, contacts: Sequence[Contact]) -> Future[Hits]:
        """Record contacts under the caps of `limits`, all with the present time."""
        recorded = self._log.append_all(contacts, self._now())
        recorded.add_done_callback(self._tell)
        return recorded

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
