"""Mailboxes and links in a block. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from honey.trace.block.keys import Hashes, KeySet, Places, mixed
from honey.trace.block.layout import Layout, Pair

_DOMAIN_BYTES = 4  # compared behind the at-sign: `a.bc` is the shortest domain
_LOCAL_BYTES = 6  # compared before it, at most
_TAG_LOOK = 48  # bytes before the at-sign; with a plus sign among them the mailbox is a tagged one
_LOWER = np.uint64(0x2020202020202020)
_KEEP_DOMAIN = np.uint64((1 << 8 * _DOMAIN_BYTES) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class MailTables:
    """Mailboxes by a few bytes on either side of the at-sign, and the domains of links."""

    boxes: KeySet
    domains: KeySet
    local_bytes: int
    first_bytes: bytes  # that domains begin with
    links: tuple[bytes, ...]

    @classmethod
    def of(cls, mailboxes: Iterable[str], links: Iterable[str]) -> "MailTables":
        """Take mailboxes in lower case, and domains as they are looked for."""
        parts = [mailbox.encode("utf-8", "replace").rpartition(b"@") for mailbox in mailboxes]
        width = min([_LOCAL_BYTES, *(len(local) for local, _, _ in parts)])
        domains = np.array([_word(domain[:_DOMAIN_BYTES]) for _, _, domain in parts], np.uint64)
        locals_ = np.array([_word(local[-width:]) for local, _, _ in parts], np.uint64)
        return cls(
            KeySet.of(mixed(domains, locals_, width)), KeySet.of(mixed(domains, np.zeros_like(domains), 0)),
            width, bytes({byte | 0x20 for _, _, domain in parts for byte in domain[:1]}),
            tuple(sorted({link.encode("utf-8", "replace") for link in links})),
        )  # fmt: skip

    def pairs(self) -> Iterator[tuple[Pair, Iterable[int], Iterable[int]]]:
        """Yield the at-sign before the domains of mailboxes, and the dot in those of links."""
        yield (Pair.MAIL, b"@", {case for first in self.first_bytes for case in (first, first & ~0x20)})
        yield from ((Pair.LINK, b".", link[link.rindex(b".") + 1 :][:1]) for link in self.links)


def _word(found: bytes) -> int:
    return int.from_bytes(bytes(byte | 0x20 for byte in found), "little")


def mail_in(layout: Layout, tables: MailTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the mailboxes or links."""
    dots = layout.are(Pair.LINK)
    for link in tables.links if dots.size else ():
        yield _standing(layout, dots, link)
    at = layout.are(Pair.MAIL)
    if not at.size:
        return
    domains = (layout.words[at + 1] | _LOWER) & _KEEP_DOMAIN
    ours = tables.domains.holds(mixed(domains, np.zeros_like(domains), 0))
    at, domains = at[ours], domains[ours]
    if at.size:
        locals_: Hashes = (layout.words[at - 8] | _LOWER) >> np.uint64(8 * (8 - tables.local_bytes))
        tagged = (layout.raw[at[:, None] + np.arange(-_TAG_LOOK, 0)] == 43).any(axis=1)
        yield at[tagged | tables.boxes.holds(mixed(domains, locals_, tables.local_bytes))]


def _standing(layout: Layout, at: Places, link: bytes) -> Places:
    """Return the places at which the domain of a link has its dot."""
    dot = link.rindex(b".")
    for offset, byte in enumerate(link, start=-dot):
        at = at[layout.raw[at + offset] == byte]
    return at
