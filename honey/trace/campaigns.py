"""Group contacts into campaigns: what one caller, one template, one link or one mail sender brought. Pure.

Strangers come in campaigns: one storm rings hundreds of numbers. So contacts are counted by campaign, and a campaign
that touched a control worked from no list of ours. Contacts are chained: two that share a key within its time belong
together, and so does whoever shares another key with either. Work grows as contacts times their few keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.hit import Channel, Contact, Hit
from honey.trace.wording import Wording, wording_of

CAMPAIGN_DAYS = 7.0  # a spam caller is in use for 6.61 days (TouchPal, 2016)
# Autodiallers show neighbouring callers during one sweep (Prasad et al., USENIX Security 2020).
NEIGHBOUR_SECONDS = 3600.0
_NEIGHBOUR_DIGITS = 3
_MIN_CALLER_CHARS = 5
_DAY_SECONDS = 86_400.0
# What networks put in place of a withheld caller, and the keypad spelling of "anonymous".
_WITHHELD = frozenset({"anonymous", "unknown", "private", "restricted", "unavailable", "withheld", "+266696687"})
_SPOKEN = frozenset({Channel.CALL, Channel.SMS})
_WORDED = _SPOKEN | {Channel.MAIL}

_Key = tuple[str, str | int]


@dataclass(frozen=True, slots=True)
class Campaign:
    """Contacts that belong together, by their places in what was grouped, oldest first."""

    members: tuple[int, ...]
    background: bool  # it touched a control

    @property
    def repeated(self) -> bool:
        """Whether there is more than one contact."""
        return len(self.members) > 1


def campaigns_of(hits: Sequence[Hit], on_control: Sequence[bool]) -> list[Campaign]:
    """Group contacts, in order of their first; `on_control` says for each whether it reached a control."""
    parents = list(range(len(hits)))
    order = sorted(range(len(hits)), key=lambda at: (hits[at].received_at, hits[at].log, hits[at].seq))
    last: dict[_Key, tuple[int, datetime]] = {}
    for at in order:
        when = hits[at].received_at
        for key, seconds in _keys(hits[at].contact):
            before = last.get(key)
            if before and (when - before[1]).total_seconds() <= seconds:
                _join(parents, before[0], at)
            last[key] = at, when
    members: dict[int, list[int]] = {}
    for at in order:
        members.setdefault(_root(parents, at), []).append(at)
    return [Campaign(tuple(found), any(on_control[at] for at in found)) for found in members.values()]


def _keys(contact: Contact) -> Iterator[tuple[_Key, float]]:
    """Yield what ties a contact to others, and for how many seconds.

    An IP address ties nothing: resolvers, proxies and mail servers carry everybody's traffic.
    """
    lasting = CAMPAIGN_DAYS * _DAY_SECONDS
    parcel = contact.claims.get("waybill_number", "")
    if contact.channel is Channel.POST and parcel:  # entered by two clerks, or once more with a mistake mended
        yield ("parcel", parcel), lasting
    if contact.channel not in _WORDED:
        return
    if contact.channel in _SPOKEN:
        caller = contact.peer.strip().lower()
        if len(caller) >= _MIN_CALLER_CHARS and caller not in _WITHHELD:
            yield ("caller", caller), lasting
            yield ("neighbours", caller[:-_NEIGHBOUR_DIGITS]), NEIGHBOUR_SECONDS
    else:
        sender = contact.claims.get("mail_from", "").strip(" <>").lower()
        if sender:
            yield ("sender", sender), lasting
    said: Wording = wording_of(contact.claims)
    for link in said.links:
        yield ("link", link), lasting
    for entry in said.sketch:
        yield ("wording", entry), lasting


def _join(parents: list[int], one: int, other: int) -> None:
    first, second = _root(parents, one), _root(parents, other)
    parents[max(first, second)] = min(first, second)


def _root(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]  # path halving keeps this near constant
        at = parents[at]
    return at
