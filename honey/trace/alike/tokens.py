"""Waybill numbers, mailboxes and links of decoys: each leads to its own decoy alone."""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt

from honey.model.decoy import Decoy
from honey.trace import normalise
from honey.trace.alike.codes import NOWHERE, Codes, Column, Partition, Single
from honey.trace.row import Row, shape

MIN_TOKEN = 6  # characters of a link part that can name a decoy; shorter ones are words like "t" or "track"
_WORD = re.compile(r"[0-9a-z_-]+")
_PLAIN_MAILBOX = re.compile(r"[0-9a-z._-]+@[0-9a-z.-]*[0-9a-z]")
_PLAIN_WAYBILL = re.compile("[0-9A-Z]*")
_PLAIN_LINK = re.compile("https?://([0-9A-Za-z.-]+)(/[0-9A-Za-z._~/-]*[0-9A-Za-z._~-])")
_WORD_MASK = (1 << 64) - 1  # longer numbers wrap round; what is found is compared in full
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
_NINE = np.uint8(9)
_AT_ONCE = 1 << 16  # texts
_SEVERAL = -1  # in place of a decoy's: a part of several decoys' links


@dataclass(frozen=True, slots=True, eq=False)
class Waybills:
    """One waybill number for each decoy, "" for none."""

    texts: Sequence[str]
    by_waybill: Single
    shapes: Codes[str]
    shape_at: Column

    @classmethod
    def of(cls, decoys: Iterable[Decoy]) -> "Waybills":
        """Normalise every number once."""
        texts: list[str] = []
        by_waybill, shapes, shape_at = Single(), Codes(""), array("i")
        for place, decoy in enumerate(decoys):
            text = waybill_of(decoy.waybill_number or "")
            texts.append(text)
            shape_at.append(shapes[shape(text)])
            if text:
                by_waybill.add(text, place)
        return cls(texts, by_waybill, shapes, np.array(shape_at, np.int32))

    def split(self, alike: Partition, places: Column, row: Row) -> None:
        """Tell these decoys apart by whether a number of the row looks like theirs."""
        shown = [code for one in row.shapes if (code := self.shapes.get(one))]
        if shown:
            codes = self.shape_at[places]
            alike.by(np.isin(codes, shown))


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """What of each decoy's link no other link has: the host and the fixed path are shared, the token is not.

    With a single link nothing can be compared, and its longest part is taken.
    """

    texts: Sequence[str]  # of each decoy, one part a line
    by_token: Single  # in lower case
    domains: frozenset[str]  # last two labels of every link's host

    @classmethod
    def of(cls, decoys: Sequence[Decoy]) -> "Links":
        """Compare all links."""
        owners, domains, linked = dict[str, int](), set[str](), 0
        for place, decoy in enumerate(decoys):
            if decoy.link:
                parts, domain = link_of(decoy.link)
                linked += bool(parts)
                for part in parts:
                    owners[part] = place if owners.get(part, place) == place else _SEVERAL
                domains.add(domain)
        if linked == 1:
            longest = max(owners, key=len)
            owners = {longest: owners[longest]}
        texts, by_token = [""] * len(decoys), Single()
        for part, place in owners.items():
            if place != _SEVERAL:
                texts[place] = f"{texts[place]}\n{part}" if texts[place] else part
                by_token.add(part, place)
        return cls(texts, by_token, frozenset(domains - {""}))


class DigitsInside:
    """Which decoys have a waybill number or a link part that holds given digits; digits of a few lengths only."""

    def __init__(self, kinds: Sequence[Sequence[str]], lengths: Iterable[int]) -> None:
        """`kinds` are texts of each decoy in turn."""
        self._kinds = kinds
        found = [
            _windows(texts[first : first + _AT_ONCE], length, first)
            for length, texts in product(sorted(set(lengths)), kinds)
            for first in range(0, len(texts), _AT_ONCE)
        ]
        values = np.concatenate([np.zeros(0, np.uint64), *(one for one, _ in found)])
        order = np.argsort(values, kind="stable")
        self._values = values[order]
        self._places = np.concatenate([NOWHERE, *(places for _, places in found)])[order]

    def holders(self, digits: str) -> list[int]:
        """Return the decoys that have these digits in them."""
        key = np.uint64(int(digits) & _WORD_MASK)
        first, last = (int(np.searchsorted(self._values, key, side)) for side in _SIDES)
        near = self._places[first:last].tolist()
        return [place for place in near if any(digits in texts[place] for texts in self._kinds)]


def _windows(texts: Sequence[str], length: int, first: int) -> tuple[npt.NDArray[np.uint64], Column]:
    """Return every stretch of so many digits, as a number of 64 bits, and the decoy it is of; `first` is the first."""
    signs = np.frombuffer("\0".join(["", *texts, ""]).encode(), np.uint8)
    digits = signs - np.uint8(ord("0"))  # what is no digit becomes 10 or more
    at = np.arange(len(signs), dtype=np.int32)
    ends = np.flatnonzero(at - np.maximum.accumulate(np.where(digits > _NINE, at, 0)) >= length)
    values = np.zeros(len(ends), np.uint64)
    for back in range(length - 1, -1, -1):
        values = values * np.uint64(10) + digits[ends - back]
    return values, (np.searchsorted(np.flatnonzero(signs == 0), ends) + (first - 1)).astype(np.int32)


def mailboxes(decoys: Iterable[Decoy]) -> Single:
    """Return which mailbox leads to which decoys."""
    found = Single()
    for place, decoy in enumerate(decoys):
        if decoy.email and (mailbox := mailbox_of(decoy.email)):
            found.add(mailbox, place)
    return found


def mailbox_of(written: str) -> str:
    """`normalise.mailbox`, sooner for what is so already."""
    return written if _PLAIN_MAILBOX.fullmatch(written) else normalise.mailbox(written)


def waybill_of(written: str) -> str:
    """`normalise.waybill`, sooner for what is so already."""
    return written if _PLAIN_WAYBILL.fullmatch(written) else normalise.waybill(written)


def link_of(link: str) -> tuple[list[str], str]:
    """Return the parts that may name a decoy, and the last two labels of the host.

    Parts of path and query; of a bare host name the first label (a name under one of our zones).
    """
    plain = _PLAIN_LINK.fullmatch(link)
    if plain:
        netloc = host = plain.group(1)
        text = plain.group(2)
    else:
        url = urlsplit(link if "://" in link else f"//{link}")
        netloc, host = url.netloc, url.hostname or ""
        beyond = url.path.strip("/") or url.query or url.fragment
        text = unquote(f"{url.path} {url.query} {url.fragment}") if beyond else ""
    found = _WORD.findall(text.lower()) if text else _WORD.findall(netloc.lower())[:1]
    domain = ".".join(host.lower().split(".")[-2:]) if "." in host else ""
    return [part for part in found if len(part) >= MIN_TOKEN], domain
