"""Which contact points are free. A phone number is shared by coding; everything else serves one decoy only."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from honey.errors import PoolExhaustedError
from honey.model.beacon import E164, Beacon, BeaconKind, BeaconRole
from honey.pools.template import Template
from honey.translation import _

_WORDS = {
    BeaconKind.PHONE: _("phone numbers"),
    BeaconKind.ADDRESS: _("postal addresses"),
    BeaconKind.MAIL_DOMAIN: _("mail domains"),
    BeaconKind.DNS_ZONE: _("DNS zones"),
    BeaconKind.WEB_HOST: _("web hosts"),
    BeaconKind.WAYBILL_NUMBER: _("waybill numbers"),
}
_GUESSES = 32  # draws before the free values are listed instead


@dataclass(frozen=True, slots=True)
class Draw:
    """One contact point taken for one decoy. `beacon` is the registry's number of the line it came from."""

    beacon: int
    index: int
    value: str


class Used(Protocol):
    """What earlier plantings took: asked value by value, so that one more export costs the same after a million."""

    def has(self, beacon: int, index: int) -> bool:
        """Whether this value of this beacon is taken."""

    def count(self, beacon: int) -> int:
        """How many values of this beacon are taken."""


class Pool:
    """The exclusive contact points of one kind; a drawn one is never drawn again."""

    def __init__(self, kind: BeaconKind, templates: Mapping[int, Template], used: Used) -> None:
        self.kind = kind
        self._templates = dict(sorted(templates.items()))
        self._used = used
        self._taken: set[tuple[int, int]] = set()
        self._free = {beacon: one.count - used.count(beacon) for beacon, one in self._templates.items()}

    @property
    def free(self) -> int:
        """How many contact points can still be drawn."""
        return sum(self._free.values())

    def require(self, wanted: int) -> None:
        """Raise PoolExhaustedError, saying how many are missing, unless `wanted` can be drawn."""
        require(self.kind, wanted, self.free)

    def take(self, rng: Random, *, suits: Callable[[str], bool] = lambda _: True, near: int | None = None) -> Draw:
        """Draw one free contact point, from a template that suits if one is free; PoolExhaustedError when none is.

        `near` is any number; equal ones lead to the same template as long as it is among the suitable ones.
        """
        self.require(1)
        open_ones = [beacon for beacon, free in self._free.items() if free]
        chosen = [beacon for beacon in open_ones if suits(self._templates[beacon].text)] or open_ones
        if near is not None:
            chosen = [chosen[near % len(chosen)]]
        beacon = rng.choices(chosen, [self._free[one] for one in chosen])[0]
        index = self._index(beacon, rng)
        self._taken.add((beacon, index))
        self._free[beacon] -= 1
        return Draw(beacon, index, self._templates[beacon].value(index))

    def _index(self, beacon: int, rng: Random) -> int:
        count = self._templates[beacon].count
        for _guess in range(_GUESSES):
            index = rng.randrange(count)
            if self._is_free(beacon, index):
                return index
        return rng.choice([index for index in range(count) if self._is_free(beacon, index)])

    def _is_free(self, beacon: int, index: int) -> bool:
        return (beacon, index) not in self._taken and not self._used.has(beacon, index)


@dataclass(frozen=True, slots=True)
class Pools:
    """Everything decoys are made from; controls are left out and stay unplanted."""

    phones: tuple[E164, ...]
    addresses: Pool
    waybill_numbers: Pool
    mail_domains: tuple[str, ...]
    dns_zones: tuple[str, ...]
    web_hosts: tuple[str, ...]


def stock(beacons: Mapping[int, Beacon], used: Used) -> Pools:
    """Sort the operator's beacons into pools."""
    decoys = {number: one for number, one in beacons.items() if one.role is BeaconRole.DECOY}

    def templates(kind: BeaconKind) -> dict[int, Template]:
        return {number: Template.parse(one.value) for number, one in decoys.items() if one.kind is kind}

    def values(kind: BeaconKind) -> tuple[str, ...]:
        return tuple(value for one in templates(kind).values() for value in expand(one))

    return Pools(
        phones=tuple(E164(value) for value in sorted(set(values(BeaconKind.PHONE)))),
        addresses=Pool(BeaconKind.ADDRESS, templates(BeaconKind.ADDRESS), used),
        waybill_numbers=Pool(BeaconKind.WAYBILL_NUMBER, templates(BeaconKind.WAYBILL_NUMBER), used),
        mail_domains=values(BeaconKind.MAIL_DOMAIN),
        dns_zones=values(BeaconKind.DNS_ZONE),
        web_hosts=values(BeaconKind.WEB_HOST),
    )


def controls(beacons: Iterable[Beacon]) -> frozenset[str]:
    """Every value that is never planted."""
    return frozenset(
        value for one in beacons if one.role is BeaconRole.CONTROL for value in expand(Template.parse(one.value))
    )


def expand(template: Template) -> list[str]:
    """Return every value of a template, in order."""
    return [template.value(at) for at in range(template.count)]


def require(kind: BeaconKind, wanted: int, free: int) -> None:
    """Raise PoolExhaustedError when fewer than `wanted` are free."""
    if free < wanted:
        raise PoolExhaustedError(
            _(
                "{wanted:,} {words} are needed and {free:,} are free: {missing:,} are missing; add them "
                "with honey beacons import, or plant fewer decoys",
                wanted=wanted,
                words=_WORDS[kind],
                free=free,
                missing=wanted - free,
            )
        )
