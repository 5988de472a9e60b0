"""Numbers and chains the contacts of one transaction, and finds those that are on record already."""

from collections.abc import Sequence
from datetime import datetime

from collector.errors import HitError
from collector.hit import Contact, Hit, seal
from collector.hit.record import claims_text
from collector.hit.sealing import Batch, Sealer
from collector.hit.tokentag import TagKey
from collector.hitlog.rows import FIND_EVENT, Head, Row, hit_of, row_of
from collector.hitlog.sqlite import sqlite3

Hits = tuple[Hit, ...]
EventKey = tuple[str, str, str]


class Chain:
    """Numbers and chains the contacts of one transaction. Nothing of it counts until the commit."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        head: Head,
        sealer: Sealer | None = None,
        tags: TagKey | None = None,
    ) -> None:
        self._connection = connection
        self._sealer = sealer
        self._tags = tags
        self._batch: Batch | None = None
        self._events: dict[EventKey, Hit] = {}
        self._log, self._seq, self._prev = head.log, head.seq, head.hash
        self.rows: list[Row] = []  # of the hits that are new

    @property
    def head(self) -> Head:
        """Return the last hit so far."""
        return Head(self._log, self._seq, self._prev)

    def add(self, contacts: Sequence[Contact], received_at: datetime) -> Hits | HitError:
        """Return the group's hits, or why none of it can be recorded; the other groups go on."""
        seq, prev, rows_before = self._seq, self._prev, len(self.rows)
        try:
            return tuple([self._one(contact, received_at) for contact in contacts])
        except HitError as exc:
            self._seq, self._prev = seq, prev
            self._batch = None  # the numbers come again, and a key closes one text only
            self._events = {key: hit for key, hit in self._events.items() if hit.seq <= seq}
            del self.rows[rows_before:]
            return exc

    def _one(self, contact: Contact, received_at: datetime) -> Hit:
        sealer, seq, tag = self._sealer, self._seq + 1, None
        if contact.event_id is not None:
            tag = sealer.event_tag(contact) if sealer and not contact.sealed else None
            if (earlier := self._find(contact, tag)) is not None:
                return earlier
        is_tagged = self._tags is not None and self._tags.has_tag(contact)
        if sealer is not None and not contact.sealed:
            if self._batch is None:
                self._batch = sealer.batch()
            contact = self._batch.close(contact, tag, log=self._log, seq=seq)
        claims = claims_text(contact.claims)
        hit = seal(contact, seq=seq, received_at=received_at, log=self._log, prev=self._prev, claims=claims)
        self._seq, self._prev = seq, hit.hash
        self.rows.append(row_of(hit, claims, is_tagged=is_tagged))
        if contact.event_id is not None:
            self._events[_event_key(contact)] = hit
        return hit

    def _find(self, contact: Contact, tag: str | None) -> Hit | None:
        """Look for the event in the open and, where events are sealed, in its sealed form: a log may hold both."""
        keys = [_event_key(contact)]
        if tag is not None:
            keys.insert(0, (contact.channel.value, "", tag))
        for key in keys:
            if key in self._events:
                return self._events[key]
            row = self._connection.execute(FIND_EVENT, key).fetchone()
            if row is not None:
                return hit_of(row, self._log)
        return None


def _event_key(contact: Contact) -> EventKey:
    return contact.channel.value, contact.provider or "", contact.event_id or ""
