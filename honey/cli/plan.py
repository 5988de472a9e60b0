"""honey plan."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from honey.cli.app import App, config_option, emit, example, json_option, opened, say
from honey.cli.plan_table import show_plan
from honey.codes.accuse import case_alpha, log_bar
from honey.config import Config
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.model.planting import PlantingState
from honey.model.waybill import Role
from honey.plan.assign import Order
from honey.plan.codebook import PHONES_PER_ACCOUNT
from honey.plan.evidence import Odds, Stock
from honey.plan.needs import Needs
from honey.plan.proving import Proving
from honey.plan.strength import Strength, figures, refusal, warnings
from honey.pools.stock import Pools
from honey.pools.template import Template
from honey.registry import accounts, beacons, cases, plantings
from honey.seed.prepare import plan_orders
from honey.trace import chances, proof
from honey.trace.match import MIN_ENDING
from honey.translation import _, joined, retold

_SHOWN_PREFIX, _SHOWN_SUFFIX = 3, 4  # digits of a masked number: 138****5678
ODDS = Odds(
    name_draw=proof.NAME_DRAW,
    household_draw=proof.HOUSEHOLD_DRAW,
    name=chances.EXACT_NAME,
    phone=chances.EXACT_PHONE,
    address=chances.FULL_ADDRESS,
    token=chances.UNIQUE_TOKEN,
    masked_phone=chances.masked_phone(_SHOWN_PREFIX, _SHOWN_SUFFIX),
    masked_name=chances.surname_share("王"),  # the commonest
    stated_name=chances.STATED_SHORT_NAME,  # two characters: said by chance most often
    stated_waybill=chances.STATED_WAYBILL,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the registry holds that a plan rests on."""

    accounts: int
    without: int  # accounts that have no decoy in their view
    orders: Sequence[Order]
    pools: Pools
    beacons: tuple[Beacon, ...]
    case: int  # which the next one will be


@click.command()
@click.option(
    "--decoys", type=click.IntRange(1, 10_000), help="Resident decoys per account, instead of the configured."
)
@config_option
@json_option
@example("honey plan --decoys 5")
def plan(config_path: Path | None, *, decoys: int | None, as_json: bool) -> None:
    """Show who lacks decoys, whether the beacons suffice, and what the plan can prove.

    Nothing is written. A plan that could name nobody even by a whole export found is refused.
    """
    with opened(config_path) as app:
        per_account = decoys or app.config.plan.decoys_per_account
        found, config = _find(app, per_account), app.config
    needs = Needs.of(config.host.columns if config.host else dict.fromkeys(Role, ""))
    document = _counted(found, needs) | _judged(found, needs, config, per_account)

    def show(console: Console) -> None:
        show_plan(console, document)

    emit(document, as_json=as_json, show=show)
    _exit_if_impossible(document["missing"], document["refused"])


def _counted(found: _Found, needs: Needs) -> dict[str, Any]:
    pools = _pools(found, needs)
    return {
        "accounts": found.accounts,
        "accounts_without_decoys": found.without,
        "decoys_to_plant": sum(order.count for order in found.orders),
        "pools": pools,
        "missing": {kind: one["needed"] - one["free"] for kind, one in pools.items() if one["needed"] > one["free"]},
        "orders": [{"account": one.account, "decoys": one.count} for one in found.orders],
    }


def _judged(found: _Found, needs: Needs, config: Config, per_account: int) -> dict[str, Any]:
    numbers, alpha = len(found.pools.phones), config.attribution.alpha
    held = min(PHONES_PER_ACCOUNT, numbers, per_account)
    strength = Strength(found.accounts, per_account, numbers, held, _control_numbers(found.beacons))
    stock = Stock.of(found.beacons, needs, ending=MIN_ENDING)
    bar = log_bar(found.accounts, case_alpha(found.case, alpha))
    proving = Proving(stock, ODDS, found.accounts, config.plan.decoys_per_export, bar)
    bars = {
        "bar_bits": round(math.log2(found.accounts / alpha), 1),
        "next_case": found.case,
        "next_case_bar_bits": round(bar / math.log(2), 1),
    }
    return {
        "strength": {**strength.to_json(), **bars, "exports": figures(proving)},
        "warnings": warnings(strength, proving),
        "refused": refusal(proving),
    }


def _find(app: App, per_account: int) -> _Found:
    with app.registry.begin() as session:
        count = accounts.count(session)
        known = accounts.all_accounts(session)
        alive = plantings.resident_counts(session)
        ever = plantings.resident_counts(session, tuple(PlantingState))
        return _Found(
            accounts=count,
            without=sum(1 for name in known if not alive.get(name)),
            orders=plan_orders(known, alive, ever, per_account),
            pools=beacons.pools(session),
            beacons=tuple(beacons.all_beacons(session).values()),
            case=cases.count(session) + 1,
        )


def _control_numbers(known: Iterable[Beacon]) -> int:
    numbers = (one for one in known if one.role is BeaconRole.CONTROL and one.kind is BeaconKind.PHONE)
    return sum(Template.parse(one.value).count for one in numbers)


def _pools(found: _Found, needs: Needs) -> dict[str, dict[str, int]]:
    wanted, stock = sum(order.count for order in found.orders), found.pools
    return {
        "phone": {"needed": min(1, wanted) if needs.phone else 0, "free": len(stock.phones)},
        "address": {"needed": wanted if needs.address else 0, "free": stock.addresses.free},
        "waybill_number": {"needed": wanted if needs.waybill_number else 0, "free": stock.waybill_numbers.free},
        "mail_domain": {"needed": min(1, wanted) if needs.email else 0, "free": len(stock.mail_domains)},
        "web_host or dns_zone": {
            "needed": min(1, wanted) if needs.link else 0,
            "free": len(stock.web_hosts) + len(stock.dns_zones),
        },
    }


def _exit_if_impossible(missing: Mapping[str, int], refused: str | None) -> None:
    """Say on one line what is wrong with the plan, and exit 1."""
    if missing:
        short = joined(
            ", ", (_("{count:,} of kind {kind}", count=count, kind=retold(kind)) for kind, count in missing.items())
        )
        say(_("error: beacons are missing: {short}: honey beacons import, or plan fewer decoys", short=short))
    elif refused:
        say(_("error: {said}", said=refused))
    if missing or refused:
        click.get_current_context().exit(1)
