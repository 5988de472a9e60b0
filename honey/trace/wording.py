"""What a message says apart from what varies with its recipient: to see that two messages are one. Pure.

Names, numbers, links and mailboxes are masked out, the rest is sketched by min-hashing its three-character pieces
(Broder 1997), so that a template is recognised although words were swapped or characters put in. The sketch depends
on nothing secret: an attacker can make two messages look alike, which only makes them weigh less.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from honey.trace.normalise import fold

MAX_CHARS = 600  # of a message; templates differ long before
MAX_LINKS = 4
MAX_WORDS = 16
MIN_PIECES = 12  # of a masked message; shorter ones ("王女士您好") are everybody's
_BANDS, _ROWS = 6, 4  # messages sharing 85 % of their pieces meet in 99 % of cases, those sharing 30 % in 5 %
_SHORTENERS = frozenset({"t.cn", "dwz.cn", "url.cn", "suo.im", "bit.ly", "t.co", "tinyurl.com", "goo.gl", "is.gd"})
_TEXTS = ("text", "transcript", "subject", "note")  # claims that hold a message; see `hits.STATED`
_KEPT_WORDINGS = 4096  # of about 1 kB each: a campaign repeats itself

_LINK = re.compile(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?::[0-9]{1,5})?(/[!-~]{0,200})?")
_MAILBOX = re.compile(r"[0-9a-z._+-]{1,64}@[0-9a-z.-]{1,200}")
_TITLED = re.compile(r"([\u4e00-\u9fff]{1,2})(?:先生|女士|小姐|太太|老师|师傅)")
_NUMBER = re.compile(r"[a-z]{0,4}[0-9][0-9a-z]*")
_NOISE = re.compile(r"[^a-z\u4e00-\u9fff]+")
# splitmix64 (Steele, Lea, Flood 2014): one hash function a step of its state.
_STEPS = np.array([0x9E3779B97F4A7C15 * (at + 1) % 2**64 for at in range(_BANDS * _ROWS)], np.uint64)[:, None]
_MIXERS = (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Wording:
    """A message taken apart. `sketch`: two messages of one template share an entry; empty if there is too little."""

    sketch: tuple[int, ...] = ()
    links: tuple[str, ...] = ()  # hosts, or the whole link where a host serves everybody
    titled: frozenset[str] = frozenset()  # 王 of 王女士, and the character before
    numbers: frozenset[str] = frozenset()  # words with four digits or more


def wording_of(claims: Mapping[str, str]) -> Wording:
    """Take apart what the claims of a contact say."""
    return _wording("\n".join(claims[name][:MAX_CHARS] for name in _TEXTS if claims.get(name))[:MAX_CHARS])


@lru_cache(maxsize=_KEPT_WORDINGS)
def _wording(text: str) -> Wording:
    if not text:
        return Wording()
    folded = fold(text).lower()
    bare = _MAILBOX.sub(" ", folded)
    links = tuple(_link(found) for found in _first(_LINK, bare, MAX_LINKS))
    bare = _LINK.sub(" ", bare)
    titles = [found.group(1) for found in _first(_TITLED, bare, MAX_WORDS)]
    numbers = [found.group() for found in _first(_NUMBER, bare, MAX_WORDS)]
    masked = _NOISE.sub("", _NUMBER.sub(" ", _TITLED.sub(" ", bare)))
    return Wording(
        _sketch(masked),
        links,
        frozenset(form for title in titles for form in (title, title[-1])),
        frozenset(one for one in numbers if sum(map(str.isdigit, one)) >= 4),
    )


def _first(pattern: re.Pattern[str], text: str, most: int) -> list[re.Match[str]]:
    return [found for found, _ in zip(pattern.finditer(text), range(most), strict=False)]


def _link(found: re.Match[str]) -> str:
    host, path = found.group(1).removeprefix("www."), found.group(2) or ""
    return host + path if host in _SHORTENERS else host


def _sketch(masked: str) -> tuple[int, ...]:
    """Return one number a band: the least hashes of all pieces, several hash functions together."""
    points = np.frombuffer(masked.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    if len(points) < MIN_PIECES + 2:
        return ()
    pieces = points[:-2] << np.uint64(42) | points[1:-1] << np.uint64(21) | points[2:]
    hashes = pieces[None, :] + _STEPS
    for shift, factor in _MIXERS:
        hashes = (hashes ^ (hashes >> shift)) * factor
    least = hashes.min(axis=1).reshape(_BANDS, _ROWS)
    return tuple(hash((band, *map(int, row))) for band, row in enumerate(least))
