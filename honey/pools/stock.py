"""Which contact points are free. A phone number is shared by coding; everything else serves one decoy only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

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


class Pool:
    """The exclusive contact points of one kind; a drawn one is never drawn again."""

    def __init__(
        self, kind: BeaconKind, templates: Mapping[int, Template], used: Iterable[tuple[int, int]] = ()
    ) -> None:
        self.kind = kind
        self._templates = sorted(templates.items())
        known = set(templates)
        self._used = {one for one in used if one[0] in known}
        self.count = sum(template.count for _, template in self._templates)

    @property
    def free(self) -> int:
        """How many contact points can still be drawn."""
        return self.count - len(self._used)

    def require(self, wanted: int) -> None:
        """Raise PoolExhaustedError, saying how many are missing, unless `wanted` can be drawn."""
        require(self.kind, wanted, self.free)

    def take(self, rng: Random) -> Draw:
        """Draw one free contact point; raises PoolExhaustedError when there is none."""
        self.require(1)
        for _ in range(_GUESSES):
            draw = self._locate(rng.randrange(self.count))
            if (draw.beacon, draw.index) not in self._used:
                return self._mark(draw)
        free = [at for at in range(self.count) if self._key(at) not in self._used]
        return self._mark(self._locate(rng.choice(free)))

    def _mark(self, draw: Draw) -> Draw:
        self._used.add((draw.beacon, draw.index))
        return draw

    def _key(self, at: int) -> tuple[int, int]:
        for beacon, template in self._templates:
            if at < template.count:
                return beacon, at
            at -= template.count
        raise ValueError(f"no value {at} in the pool")

    def _locate(self, at: int) -> Draw:
        beacon, index = self._key(at)
        template = next(template for number, template in self._templates if number == beacon)
        return Draw(beacon, index, template.value(index))


@dataclass(frozen=True, slots=True)
class Pools:
    """Everything decoys are made from; controls are left out and stay unplanted."""

    phones: tuple[E164, ...]
    addresses: Pool
    waybill_numbers: Pool
    mail_domains: tuple[str, ...]
    dns_zones: tuple[str, ...]
    web_hosts: tuple[str, ...]


def stock(beacons: Mapping[int, Beacon], used: Sequence[tuple[int, int]] = ()) -> Pools:
    """Sort the operator's beacons into pools. `used` lists (beacon, index) pairs already planted."""
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
