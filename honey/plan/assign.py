"""Draw the beacons of each decoy from the pools.

Pure but for the pools, which remember what was drawn. Every draw comes from a stream keyed by account and ordinal,
so the same key and stock give the same plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from honey.derive import PlanKey, digest, stream, token
from honey.errors import PoolExhaustedError
from honey.model.account import AccountId
from honey.model.beacon import E164, BeaconKind, PostalAddress
from honey.model.decoy import DecoyId
from honey.plan.codebook import PHONES_PER_ACCOUNT, codeword
from honey.plan.needs import Needs
from honey.pools.parse import parse_address
from honey.pools.stock import Draw, Pools, require
from honey.translation import _


@dataclass(frozen=True, slots=True)
class Assignment:
    """The beacons of one decoy, before it has a name. `draws` are to be marked as used."""

    decoy: DecoyId
    account: AccountId
    phone: E164 | None
    address: PostalAddress | None
    waybill_number: str | None
    mail_domain: str | None
    link_base: str | None  # a web host URL, or a DNS zone
    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """How many decoys one account gets, and in what context (an epoch, or one export).

    `numbers` is the size of the codeword they walk through: see `codebook.export_size`.
    """

    account: AccountId
    count: int
    context: str  # "resident", or "export" and its id: keeps the streams of different plantings apart
    first: int = 0  # ordinal of the first decoy
    cities: frozenset[str] = frozenset()  # where the customers around it live; empty when that is unknown
    numbers: int = PHONES_PER_ACCOUNT


def assign(key: PlanKey, epoch: int, orders: Sequence[Order], pools: Pools, needs: Needs) -> list[Assignment]:
    """Draw beacons for every order; raises PoolExhaustedError, saying how many are missing, before any is drawn."""
    total = sum(order.count for order in orders)
    _require_stock(total, pools, needs)
    return [
        _assign_one(key, epoch, order, ordinal, pools=pools, needs=needs)
        for order in orders
        for ordinal in range(order.first, order.first + order.count)
    ]


def _require_stock(total: int, pools: Pools, needs: Needs) -> None:
    if not total:
        return
    if not (needs.phone or needs.address or needs.waybill_number or needs.email or needs.link):
        raise PoolExhaustedError(_("no mapped column can carry a beacon: map recipient_phone or recipient_address"))
    if needs.phone:
        require(BeaconKind.PHONE, 1, len(pools.phones))
    if needs.address:
        pools.addresses.require(total)
    if needs.waybill_number:
        pools.waybill_numbers.require(total)
    if needs.email:
        require(BeaconKind.MAIL_DOMAIN, 1, len(pools.mail_domains))
    if needs.link:
        require(BeaconKind.WEB_HOST, 1, len(pools.web_hosts) + len(pools.dns_zones))


def _assign_one(key: PlanKey, epoch: int, order: Order, ordinal: int, *, pools: Pools, needs: Needs) -> Assignment:
    rng = stream(key, "assign", epoch, order.account, order.context, ordinal)
    draws: list[Draw] = []
    address = number = None
    phone = _phone(key, epoch, order, ordinal, pools.phones) if needs.phone else None
    if needs.address:
        # Those who share a number live in one building where it is local to the account: strangers would be a tell.
        home = int.from_bytes(digest(key, "home", epoch, phone)[:4], "big") if phone else None
        draws.append(pools.addresses.take(rng, suits=lambda text: parse_address(text).city in order.cities, near=home))
        address = parse_address(draws[-1].value)
    if needs.waybill_number:
        draws.append(pools.waybill_numbers.take(rng))
        number = draws[-1].value
    return Assignment(
        decoy=DecoyId("D-" + token(key, "decoy", epoch, order.account, order.context, ordinal, length=16)),
        account=order.account,
        phone=phone,
        address=address,
        waybill_number=number,
        mail_domain=rng.choice(pools.mail_domains) if needs.email else None,
        link_base=rng.choice(pools.web_hosts + pools.dns_zones) if needs.link else None,
        draws=tuple(draws),
    )


def _phone(key: PlanKey, epoch: int, order: Order, ordinal: int, phones: Sequence[E164]) -> E164:
    """Walk through the account's codeword of this class; each context starts at its own place, so all k get used."""
    kind = order.context.partition(" ")[0]
    numbers = codeword(key, epoch, order.account, phones, order.numbers, kind=kind)
    start = int.from_bytes(digest(key, "start", epoch, order.account, order.context)[:4], "big")
    return numbers[(start + ordinal) % len(numbers)]
