"""Hits and tables as text for people. Everything a stranger sent is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from unicodedata import east_asian_width

from collector.alert import printable
from collector.hit import ErasedHit, Record
from collector.translation import _, shown

MAX_CLAIM_SHOWN_CHARS = 80


def hit_line(hit: Record) -> str:
    """Return one line: number, time, channel, beacon, peer and the claims, cut short."""
    if isinstance(hit, ErasedHit):
        return f"{hit.seq:>8} {hit.received_at:%Y-%m-%d %H:%M:%S}Z {hit.channel.value:<6} " + shown(_("(erased)"))
    contact = hit.contact
    if contact.sealed:
        return f"{hit.seq:>8} {hit.received_at:%Y-%m-%d %H:%M:%S}Z {contact.channel.value:<6} " + shown(_("(sealed)"))
    verified = shown(_(" verified")) if contact.verified else ""
    claims = "".join(f" {name}={_cut(value)}" for name, value in contact.claims.items())
    line = f"{hit.seq:>8} {hit.received_at:%Y-%m-%d %H:%M:%S}Z {contact.channel.value:<6} {contact.beacon or '-'}"
    return printable(f"{line} <- {contact.peer or '-'}{verified}{claims}")


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows in columns."""
    kept = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(map(_width, column)) for column in zip(*kept, strict=True)]
    return "\n".join("  ".join(map(_padded, row, widths)).rstrip() for row in kept)


def _width(text: str) -> int:
    """Return how many cells a terminal shows it in."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def counter_lines(counters: Mapping[str, int]) -> list[str]:
    """Return a line for each counter of what is not on record."""
    return [f"{name}: {value}" for name, value in counters.items()]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CLAIM_SHOWN_CHARS else f"{text[:MAX_CLAIM_SHOWN_CHARS]}…"
