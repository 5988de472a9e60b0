"""Numbers and chains the contacts of one transaction, and finds those that are on record already."""

from collections.abc import Sequence
from datetime import datetime

from collector.errors import HitError
from collector.hit import Contact, Hit, seal
from collector.hitrows import FIND_EVENT, Head, hit_of
from collector.sqlite import sqlite3

Hits = tuple[Hit, ...]
EventKey = tuple[str, str, str]


class Chain:
    """Numbers and chains the contacts of one transaction. Nothing of it counts until the commit."""

    def __init__(self, connection: sqlite3.Connection, head: Head) -> None:
        self._connection = connection
        self._events: dict[EventKey, Hit] = {}
        self.head = head
        self.fresh: list[Hit] = []

    def add(self, contacts: Sequence[Contact], received_at: datetime) -> Hits | HitError:
        """Return the group's hits, or why none of it can be recorded; the other groups go on."""
        head, fresh_before = self.head, len(self.fresh)
        try:
            return tuple([self._one(contact, received_at) for contact in contacts])
        except HitError as exc:
            self.head = head
            for hit in self.fresh[fresh_before:]:
                self._events.pop(_event_key(hit.contact), None)
            del self.fresh[fresh_before:]
            return exc

    def _one(self, contact: Contact, received_at: datetime) -> Hit:
        if contact.event_id is not None and (earlier := self._find(contact)) is not None:
            return earlier
        head = self.head
        hit = seal(contact, seq=head.seq + 1, received_at=received_at, log=head.log, prev=head.hash)
        self.head = Head(head.log, hit.seq, hit.hash)
        self.fresh.append(hit)
        if contact.event_id is not None:
            self._events[_event_key(contact)] = hit
        return hit

    def _find(self, contact: Contact) -> Hit | None:
        key = _event_key(contact)
        if key in self._events:
            return self._events[key]
        row = self._connection.execute(FIND_EVENT, key).fetchone()
        return None if row is None else hit_of(row, self.head.log)


def _event_key(contact: Contact) -> EventKey:
    return contact.channel.value, contact.provider or "", contact.event_id or ""
