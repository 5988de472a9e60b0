"""Every decoy, ready to be looked for: one look-up per kind of value. Frozen once built.

`prefilter` decides which rows are worth a look, `match` and `hits` read the look-ups. Holds no account and no
planting: what it says is which decoy, never whose. Profiles are made when asked for; a bounded number is remembered.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from honey.model.decoy import Decoy, DecoyId
from honey.trace import normalise
from honey.trace.addresses import AddressKey
from honey.trace.alike.codes import Column, Shared, Single
from honey.trace.alike.columns import Columns
from honey.trace.alike.goods import folded
from honey.trace.alike.tokens import MIN_TOKEN
from honey.trace.phones import Number

__all__ = ["MIN_TOKEN", "DecoyIndex", "Lookup", "Profile"]

_REMEMBERED = 1 << 16  # profiles, about 1 KiB each
_REMEMBERED_IDS = 1 << 21  # in sets of decoys: rows that show one number name the same ones


class Profile:
    """One decoy with every value in the form it is looked for in; equal to any profile of the same decoy.

    `divisions` are district, city and province without 区, 市 and 省, None without an address; `anchor` is that of
    `AddressKey`, "" for none.
    """

    def __init__(self, decoy: Decoy, place: int, columns: Columns) -> None:
        """Take what the index has normalised of the decoy at this place."""
        self.id = decoy.id
        self.decoy = decoy
        self.name = columns.names.texts[place]
        self.waybill = columns.waybills.texts[place]
        self.divisions, self.anchor = columns.addresses.of_decoy(place)
        self._tokens = columns.links.texts[place]

    @cached_property
    def surname(self) -> str:
        """The part of the name that a title follows."""
        return normalise.surname(self.name)

    @cached_property
    def phone(self) -> Number | None:
        """Its number, split by the country code."""
        return Number.of(self.decoy.phone) if self.decoy.phone else None

    @cached_property
    def address(self) -> AddressKey | None:
        """Its address, ready to be compared."""
        return AddressKey.of(self.decoy.address) if self.decoy.address else None

    @cached_property
    def mailbox(self) -> str:
        """Its mailbox in lower case, "" for none."""
        return normalise.mailbox(self.decoy.email or "")

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Parts of its link that no other decoy's link has, in order."""
        return tuple(self._tokens.split())

    @cached_property
    def goods(self) -> str:
        """What it is said to receive, "" for nothing."""
        return folded(self.decoy.goods or "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


class Lookup(Mapping[str, tuple[Profile, ...]]):
    """From a normalised value to the decoys that carry it."""

    def __init__(self, held: Single | Shared, profile_at: Callable[[int], Profile]) -> None:
        """Make profiles of the places that are held."""
        self._held = held
        self._profile_at = profile_at

    def __getitem__(self, value: str) -> tuple[Profile, ...]:
        if value not in self._held:
            raise KeyError(value)
        return tuple(self._profile_at(int(place)) for place in self._held.places(value))

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and value in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class _Profiles(Mapping[DecoyId, Profile]):
    def __init__(self, places: Mapping[DecoyId, int], profile_at: Callable[[int], Profile]) -> None:
        self._places = places
        self._profile_at = profile_at

    def __getitem__(self, decoy: DecoyId) -> Profile:
        return self._profile_at(self._places[decoy])

    def __iter__(self) -> Iterator[DecoyId]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class DecoyIndex:
    """Look-ups from a normalised value to the decoys that carry it.

    `by_phone` takes national digits, `by_mask` a `phones.mask_key`, `by_token` part of a link's host, path or query in
    lower case, `by_anchor` the end of a road and the house number (`AddressKey.anchor`, in traditional characters
    too), `by_words` a whole address outside China as words.
    """

    def __init__(self, decoys: Sequence[Decoy]) -> None:
        """Index decoys of which no two have one id."""
        self._decoys = decoys
        self._ids = [decoy.id for decoy in decoys]
        self._made: dict[int, Profile] = {}
        self._sets: dict[bytes, frozenset[DecoyId]] = {}
        self._ids_left = _REMEMBERED_IDS
        self.columns = columns = Columns.of(decoys)
        numbers, addresses = columns.numbers, columns.addresses
        self.profiles: Mapping[DecoyId, Profile] = _Profiles(
            {id_: place for place, id_ in enumerate(self._ids)}, self.profile
        )
        self.by_phone = Lookup(numbers.by_phone, self.profile)
        self.by_e164 = Lookup(numbers.by_e164, self.profile)
        self.by_mask = Lookup(numbers.by_mask, self.profile)
        self.by_waybill = Lookup(columns.waybills.by_waybill, self.profile)
        self.by_mailbox = Lookup(columns.by_mailbox, self.profile)
        self.by_token = Lookup(columns.links.by_token, self.profile)
        self.by_anchor = Lookup(addresses.by_anchor, self.profile)
        self.by_words = Lookup(addresses.by_words, self.profile)
        self.phone_lengths: tuple[int, ...] = numbers.lengths
        self.city: re.Pattern[str] | None = addresses.divisions.any_city
        self.link_domains: frozenset[str] = columns.links.domains

    @classmethod
    def build(cls, decoys: Iterable[Decoy]) -> "DecoyIndex":
        """Index all decoys of a registry; a later decoy with an id already seen replaces the earlier one.

        Decoys on numbers that end alike are put side by side: masks leave the last digits, so those that a row points
        at lie together in memory.
        """
        known = {decoy.id: decoy for decoy in decoys}
        return cls(sorted(known.values(), key=lambda decoy: (decoy.phone or "")[::-1]))

    def __len__(self) -> int:
        return len(self._decoys)

    def profile(self, place: int) -> Profile:
        """Return the profile of the decoy at one position, counted from 0."""
        made = self._made.get(place)
        if made is None:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            made = self._made[place] = Profile(self._decoys[place], place, self.columns)
        return made

    def ids(self, places: Column) -> frozenset[DecoyId]:
        """Return the ids of decoys at these positions; the same object for the same decoys as a rule."""
        key = places.tobytes()
        found = self._sets.get(key)
        if found is None:
            found = frozenset(map(self._ids.__getitem__, places.tolist()))
            self._ids_left -= len(found)
            if self._ids_left < 0:
                self._sets.clear()
                self._ids_left = _REMEMBERED_IDS
            self._sets[key] = found
        return found
