"""What every contact must be, whatever a stranger sent: a hit that can be written and is read back as it was."""

from collections.abc import Iterable
from datetime import UTC, datetime

from collector.hit import GENESIS, Contact, parse_record, seal

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def require(contacts: Iterable[Contact]) -> None:
    """Fail unless all of them can be recorded."""
    for contact in contacts:
        hit = seal(contact, seq=1, received_at=NOON, log="0123abcd", prev=GENESIS)
        assert parse_record(hit.to_line()) == hit
        assert hit.to_line().isascii()
        assert "\n" not in hit.to_line()
