"""Whose export codewords rang: gathers what `honey.trace.number_code` asks for out of the registry."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.hit import Hit
from honey.model.account import AccountId
from honey.model.beacon import E164, Beacon, BeaconKind, BeaconRole
from honey.pools.stock import expand
from honey.pools.template import Template
from honey.registry import beacons, exports
from honey.registry.plantings import Placed
from honey.registry.store import Session
from honey.trace.campaigns import Campaign
from honey.trace.number_code import Quiet, Window, bits_per_contact, contact_proof
from honey.trace.rung import rung

MAX_RANKED = 5  # accounts shown by the numbers that rang
_DAY = timedelta(days=1)
_LN10 = math.log(10.0)


@dataclass(frozen=True, slots=True)
class Rung:
    """What ringing alone says, on every epoch's codewords."""

    log_e_values: Mapping[AccountId, float]  # natural; of every account with exports
    bits_per_contact: float

    def to_json(self, log_bar: float) -> dict[str, Any]:
        """Return the strongest accounts beside the bar (natural logarithm), log10 as everywhere in JSON."""
        ranked = sorted(self.log_e_values.items(), key=lambda one: (-one[1], one[0]))[:MAX_RANKED]
        return {
            "log10_bar": log_bar / _LN10,
            "bits_per_contact": self.bits_per_contact,
            "accounts": [
                {"account": name, "log10_e_value": value / _LN10, "proven": value >= log_bar}
                for name, value in ranked
                if value > 0.0
            ],
        }


def numbers_rung(
    session: Session, placed: Collection[Placed], hits: Sequence[Hit], campaigns: Sequence[Campaign], now: datetime
) -> Rung | None:
    """Return what the numbers that rang say of each account; None while no export carries a number."""
    windows = _windows(session, placed, hits, campaigns, now)
    if not windows:
        return None
    return Rung(contact_proof(windows), max(map(bits_per_contact, windows)))


def _windows(
    session: Session, placed: Collection[Placed], hits: Sequence[Hit], campaigns: Sequence[Campaign], now: datetime
) -> list[Window]:
    """Return one window per epoch of the plan: its codewords were drawn independently of all others'."""
    made = exports.epochs(session)
    planted: dict[int, dict[AccountId, dict[E164, int]]] = {}
    for one in placed:
        if one.planting.export in made and one.decoy.phone:
            epoch = planted.setdefault(made[one.planting.export][0], {})
            held = epoch.setdefault(one.planting.account, {})
            held[one.decoy.phone] = held.get(one.decoy.phone, 0) + 1
    owned = beacons.all_beacons(session).values()
    pool, silent = _phones(owned, BeaconRole.DECOY), _phones(owned, BeaconRole.CONTROL)
    first = {
        epoch: min(at for found, at in made.values() if found == epoch) for epoch in planted
    }  # what rang before says nothing of these exports
    return [
        _window(planted[epoch], pool, silent, hits=hits, campaigns=campaigns, since=first[epoch], now=now)
        for epoch in sorted(planted)
    ]


def _window(
    planted: Mapping[AccountId, Mapping[E164, int]],
    pool: Sequence[E164],
    silent: Sequence[E164],
    *,
    hits: Sequence[Hit],
    campaigns: Sequence[Campaign],
    since: datetime,
    now: datetime,
) -> Window:
    numbers = tuple(sorted({*pool, *(number for held in planted.values() for number in held)}))
    began = min((one.received_at for one in hits), default=since)
    before = max(0.0, (since - began) / _DAY)
    quiet = Quiet(
        before=rung(hits, campaigns, numbers, until=since) if before else {},
        before_days=before,
        controls_before=rung(hits, campaigns, silent, until=since, controls=True) if before else {},
        controls_since=rung(hits, campaigns, silent, since=since, controls=True),
    )
    return Window(numbers, planted, rung(hits, campaigns, numbers, since=since), max(0.0, (now - since) / _DAY), quiet)


def _phones(owned: Collection[Beacon], role: BeaconRole) -> tuple[E164, ...]:
    found = {
        number
        for one in owned
        if one.kind is BeaconKind.PHONE and one.role is role
        for number in expand(Template.parse(one.value))
    }
    return tuple(E164(number) for number in sorted(found))
