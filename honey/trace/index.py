"""Every decoy, ready to be looked for: one look-up per kind of value. Frozen once built.

`prefilter` decides which rows are worth a look, `match` and `hits` read the look-ups. Holds no account and no
planting: what it says is which decoy, never whose.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from honey.model.decoy import Decoy, DecoyId
from honey.trace import normalise
from honey.trace.addresses import AddressKey, unit_key
from honey.trace.phones import Number, mask_keys
from honey.trace.traditional import spellings

MIN_TOKEN = 6  # characters of a link part that can name a decoy; shorter ones are words like "t" or "track"
_WORD = re.compile(r"[0-9a-z_-]+")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One decoy with every value in the form it is looked for in; the same only as itself."""

    id: DecoyId
    decoy: Decoy
    name: str
    surname: str
    phone: Number | None
    address: AddressKey | None
    mailbox: str
    waybill: str
    tokens: frozenset[str]  # parts of its link that no other decoy's link has
    goods: str

    @classmethod
    def of(cls, decoy: Decoy, tokens: frozenset[str]) -> "Profile":
        """Normalise each value once."""
        name = normalise.name(decoy.name)
        return cls(
            id=decoy.id,
            decoy=decoy,
            name=name,
            surname=normalise.surname(name),
            phone=Number.of(decoy.phone) if decoy.phone else None,
            address=AddressKey.of(decoy.address) if decoy.address else None,
            mailbox=normalise.mailbox(decoy.email or ""),
            waybill=normalise.waybill(decoy.waybill_number or ""),
            tokens=tokens,
            goods=normalise.fold(decoy.goods or "").strip(),
        )


Lookup = Mapping[str, tuple[Profile, ...]]


@dataclass(frozen=True, slots=True)
class DecoyIndex:
    """Look-ups from a normalised value to the decoys that carry it."""

    profiles: Mapping[DecoyId, Profile]
    by_phone: Lookup  # national digits
    by_e164: Lookup
    by_mask: Lookup  # `phones.mask_key`
    by_waybill: Lookup
    by_mailbox: Lookup
    by_token: Lookup  # part of a link's host, path or query, lower case
    by_name: Lookup
    by_anchor: Lookup  # end of the road and the house number, see `AddressKey.anchor`; in traditional characters too
    by_unit: Lookup  # one room of it, see `addresses.unit_key`
    by_words: Lookup  # a whole address outside China, as words
    phone_lengths: tuple[int, ...]
    city: re.Pattern[str] | None  # any decoy's city, unless it is part of a road's name (南京西路)
    link_domains: frozenset[str]  # last two labels of every link's host

    @classmethod
    def build(cls, decoys: Iterable[Decoy]) -> "DecoyIndex":
        """Index all decoys of a registry; a later decoy with an id already seen replaces the earlier one."""
        known = {decoy.id: decoy for decoy in decoys}
        tokens = _own_tokens(known.values())
        profiles = {id_: Profile.of(decoy, tokens[id_]) for id_, decoy in known.items()}
        all_ = profiles.values()
        by_phone = _lookup((one.phone.national, one) for one in all_ if one.phone)
        addressed = [(one.address, one) for one in all_ if one.address]
        return cls(
            profiles=profiles,
            by_phone=by_phone,
            by_e164=_lookup((f"+{one.phone.country}{one.phone.national}", one) for one in all_ if one.phone),
            by_mask=_lookup((key, one) for one in all_ if one.phone for key in mask_keys(one.phone.national)),
            by_waybill=_lookup((one.waybill, one) for one in all_ if one.waybill),
            by_mailbox=_lookup((one.mailbox, one) for one in all_ if one.mailbox),
            by_token=_lookup((token, one) for one in all_ for token in one.tokens),
            by_name=_lookup((one.name, one) for one in all_ if one.name),
            by_anchor=_lookup(
                (spelling, one) for key, one in addressed if key.anchor for spelling in spellings(key.anchor)
            ),
            by_unit=_lookup((unit_key(key.anchor, key.numbers[1:]), one) for key, one in addressed if key.anchor),
            by_words=_lookup((words, one) for key, one in addressed for words in {key.words, key.base_words} if words),
            phone_lengths=tuple(sorted({len(national) for national in by_phone}, reverse=True)),
            city=_any_city({key.city for key, _ in addressed}),
            link_domains=frozenset(_domains(known.values())),
        )

    def __len__(self) -> int:
        return len(self.profiles)


def _lookup(pairs: Iterable[tuple[str, Profile]]) -> Lookup:
    found: defaultdict[str, dict[DecoyId, Profile]] = defaultdict(dict)
    for key, profile in pairs:
        found[key][profile.id] = profile
    return {key: tuple(profiles.values()) for key, profiles in found.items()}


def link_parts(link: str) -> Iterator[str]:
    """Yield the labels, path segments and query values of a URL or host name, in lower case, decoded once."""
    url = urlsplit(link if "://" in link else f"//{link}")
    for part in (url.netloc.rpartition("@")[2], url.path, url.query, url.fragment):
        yield from _WORD.findall(unquote(part).lower())


def _token_parts(link: str) -> list[str]:
    """Parts of path and query; of a bare host name the first label (a name under one of our zones)."""
    url = urlsplit(link if "://" in link else f"//{link}")
    text = f"{url.path} {url.query} {url.fragment}" if url.path.strip("/") or url.query or url.fragment else ""
    found = _WORD.findall(unquote(text).lower()) if text else _WORD.findall(url.netloc.lower())[:1]
    return [part for part in found if len(part) >= MIN_TOKEN]


def _own_tokens(decoys: Iterable[Decoy]) -> dict[DecoyId, frozenset[str]]:
    """Keep of each link what no other link has: the host and the fixed path are shared, the token is not.

    With a single link nothing can be compared, and its longest part is taken.
    """
    parts = {decoy.id: set(_token_parts(decoy.link or "")) for decoy in decoys}
    owners = Counter(part for found in parts.values() for part in found)
    if sum(1 for found in parts.values() if found) == 1:
        return {id_: frozenset([max(found, key=len)] if found else []) for id_, found in parts.items()}
    return {id_: frozenset(part for part in found if owners[part] == 1) for id_, found in parts.items()}


def _any_city(cities: set[str]) -> re.Pattern[str] | None:
    words = sorted((re.escape(city) for city in cities if len(city) >= 2), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(words)})(?!.{{0,2}}[路街道])") if words else None


def _domains(decoys: Iterable[Decoy]) -> Iterator[str]:
    for decoy in decoys:
        link = decoy.link or ""
        host = urlsplit(link if "://" in link else f"//{link}").hostname or ""
        if "." in host:
            yield ".".join(host.lower().split(".")[-2:])
