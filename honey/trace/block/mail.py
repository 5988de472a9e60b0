"""Mailboxes and links in a block. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from honey.trace.block.keys import WORD, KeySet, Places, mixed
from honey.trace.block.layout import Layout, Pair

_DOMAIN_BYTES = 4  # compared behind the at-sign: `a.bc` is the shortest domain
_LOCAL_BYTES = 8  # compared before it, at most
_BOX_SALT = 1  # apart from domains alone
_TAG_LOOK = 48  # bytes before the at-sign; with a plus sign among them the mailbox is a tagged one
_AT, _PLUS = 64, 43
_LOWER = np.uint64(0x2020202020202020)
_KEEP_DOMAIN = np.uint64((1 << 8 * _DOMAIN_BYTES) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class MailTables:
    """Mailboxes by a few bytes on either side of the at-sign, and the domains of links."""

    boxes: KeySet
    domains: KeySet
    widths: tuple[int, ...]  # bytes compared of local parts: all of short ones
    first_bytes: bytes  # that domains begin with
    links: tuple[bytes, ...]

    @classmethod
    def of(cls, mailboxes: Iterable[str], links: Iterable[str]) -> "MailTables":
        """Take mailboxes in lower case, and domains as they are looked for."""
        parts = [mailbox.encode("utf-8", "replace").rpartition(b"@") for mailbox in mailboxes]
        domains = np.array([_word(domain[:_DOMAIN_BYTES]) for _, _, domain in parts], np.uint64)
        locals_ = np.array([_word(local[-_LOCAL_BYTES:]) for local, _, _ in parts], np.uint64)
        widths = np.array([min(len(local), _LOCAL_BYTES) for local, _, _ in parts], np.uint64)
        return cls(
            KeySet.of(mixed(domains ^ widths, locals_, _BOX_SALT)),
            KeySet.of(mixed(domains, np.zeros_like(domains), 0)),
            tuple(sorted(set(widths.tolist()))), bytes({byte | 0x20 for _, _, domain in parts for byte in domain[:1]}),
            tuple(sorted({link.encode("utf-8", "replace") for link in links})),
        )  # fmt: skip

    def pairs(self) -> Iterator[tuple[Pair, Iterable[int], Iterable[int]]]:
        """Yield the at-sign before the domains of mailboxes, and the dot in those of links."""
        yield (Pair.DOMAIN, b"@", {case for first in self.first_bytes for case in (first, first & ~0x20)})
        yield from ((Pair.DOMAIN, b".", link[link.rindex(b".") + 1 :][:1]) for link in self.links)


def _word(found: bytes) -> int:
    return int.from_bytes(bytes(byte | 0x20 for byte in found), "little")


def mail_in(layout: Layout, tables: MailTables) -> Iterator[Places]:
    """Yield places in the lines that may hold one of the mailboxes or links."""
    signs = layout.are(Pair.DOMAIN)
    mail = layout.raw[signs] == _AT
    at, dots = signs[mail], signs[~mail]
    for link in tables.links if dots.size else ():
        yield _standing(layout, dots, link)
    if not at.size:
        return
    domains = (layout.words[at + 1] | _LOWER) & _KEEP_DOMAIN
    ours = tables.domains.may_hold(mixed(domains, np.zeros_like(domains), 0))
    at, domains = at[ours], domains[ours]
    if at.size:
        yield at[(layout.raw[at[:, None] + np.arange(-_TAG_LOOK, 0)] == _PLUS).any(axis=1)]
        before = layout.words[at - WORD] | _LOWER
        for width in tables.widths:
            locals_ = before >> np.uint64(8 * (WORD - width))
            yield at[tables.boxes.holds(mixed(domains ^ np.uint64(width), locals_, _BOX_SALT))]


def _standing(layout: Layout, at: Places, link: bytes) -> Places:
    """Return the places at which the domain of a link has its dot."""
    dot = link.rindex(b".")
    for offset, byte in enumerate(link, start=-dot):
        at = at[layout.raw[at + offset] == byte]
    return at
