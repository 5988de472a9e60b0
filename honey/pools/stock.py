"""Which contact points are free. A phone number is shared by coding; everything else serves one decoy only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from honey.errors import PoolExhaustedError
from honey.model.beacon import E164, Beacon, BeaconKind, BeaconRole
from honey.pools.template import Template

_WORDS = {
    BeaconKind.PHONE: "phone numbers",
    BeaconKind.ADDRESS: "postal addresses",
    BeaconKind.MAIL_DOMAIN: "mail domains",
    BeaconKind.DNS_ZONE: "DNS zones",
    BeaconKind.WEB_HOST: "web hosts",
    BeaconKind.WAYBILL_NUMBER: "waybill numbers",
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
        self._templates = sorted(templates.items())
        self._used = used
        self._taken: set[tuple[int, int]] = set()
        self._spent = sum(used.count(beacon) for beacon in templates)
        self.count = sum(template.count for template in templates.values())

    @property
    def free(self) -> int:
        """How many contact points can still be drawn."""
        return self.count - self._spent - len(self._taken)

    def require(self, wanted: int) -> None:
        """Raise PoolExhaustedError, saying how many are missing, unless `wanted` can be drawn."""
        require(self.kind, wanted, self.free)

    def take(self, rng: Random) -> Draw:
        """Draw one free contact point; raises PoolExhaustedError when there is none."""
        self.require(1)
        for _ in range(_GUESSES):
            draw = self._draw(rng.randrange(self.count))
            if self._is_free(draw):
                break
        else:
            draw = rng.choice([one for one in map(self._draw, range(self.count)) if self._is_free(one)])
        self._taken.add((draw.beacon, draw.index))
        return draw

    def _is_free(self, draw: Draw) -> bool:
        return (draw.beacon, draw.index) not in self._taken and not self._used.has(draw.beacon, draw.index)

    def _draw(self, at: int) -> Draw:
        for beacon, template in self._templates:
            if at < template.count:
                return Draw(beacon, at, template.value(at))
            at -= template.count
        raise ValueError(f"no value {at} in the pool")


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
            f"{wanted:,} {_WORDS[kind]} are needed and {free:,} are free: {wanted - free:,} are missing; "
            f"add them with honey beacons import, or plant fewer decoys"
        )
