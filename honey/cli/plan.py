"""honey plan."""

from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import config_option, emit, example, json_option, opened, table
from honey.model.planting import PlantingState
from honey.model.waybill import Role
from honey.plan.codebook import PHONES_PER_ACCOUNT
from honey.plan.needs import Needs
from honey.plan.strength import CONFIDENCE, Strength
from honey.registry import accounts, beacons, plantings
from honey.seed.prepare import plan_orders


@click.command()
@click.option(
    "--decoys", type=click.IntRange(1, 10_000), help="Resident decoys per account, instead of the configured."
)
@config_option
@json_option
@example("honey plan --decoys 5")
def plan(config_path: Path | None, *, decoys: int | None, as_json: bool) -> None:
    """Show who lacks decoys, whether the beacons suffice, and what the plan can prove."""
    with opened(config_path) as app, app.registry.begin() as session:
        accounts.count(session)
        known = accounts.all_accounts(session)
        alive = plantings.resident_counts(session)
        ever = plantings.resident_counts(session, tuple(PlantingState))
        stock = beacons.pools(session)
        per_account = decoys or app.config.plan.decoys_per_account
        roles = app.config.host.columns if app.config.host else dict.fromkeys(Role, "")
    orders = plan_orders(known, alive, ever, per_account)
    wanted = sum(order.count for order in orders)
    needs = Needs.of(roles)
    strength = Strength(
        len(known), per_account, len(stock.phones), min(PHONES_PER_ACCOUNT, len(stock.phones), per_account)
    )
    pools = {
        "phone": {"needed": min(1, wanted) if needs.phone else 0, "free": len(stock.phones)},
        "address": {"needed": wanted if needs.address else 0, "free": stock.addresses.free},
        "waybill_number": {"needed": wanted if needs.waybill_number else 0, "free": stock.waybill_numbers.free},
        "mail_domain": {"needed": min(1, wanted) if needs.email else 0, "free": len(stock.mail_domains)},
        "web_host or dns_zone": {
            "needed": min(1, wanted) if needs.link else 0,
            "free": len(stock.web_hosts) + len(stock.dns_zones),
        },
    }
    missing = {kind: one["needed"] - one["free"] for kind, one in pools.items() if one["needed"] > one["free"]}
    document = {
        "accounts": len(known),
        "accounts_without_decoys": sum(1 for name in known if not alive.get(name)),
        "decoys_to_plant": wanted,
        "pools": pools,
        "missing": missing,
        "strength": strength.to_json(),
        "orders": [{"account": one.account, "decoys": one.count} for one in orders],
    }

    def show(console: Console) -> None:
        _show(console, document, strength)

    emit(document, as_json=as_json, show=show)
    if missing:
        short = ", ".join(f"{count:,} of kind {kind}" for kind, count in missing.items())
        click.echo(f"error: beacons are missing: {short}: honey beacons import, or plan fewer decoys", err=True)
        click.get_current_context().exit(1)


def _show(console: Console, document: dict[str, object], strength: Strength) -> None:
    console.print(
        f"{document['accounts']:,} accounts, {document['accounts_without_decoys']:,} without a decoy in their view; "
        f"{document['decoys_to_plant']:,} decoys to plant"
    )
    rows = table("beacons", "kind", "needed", "free")
    pools = document["pools"]
    assert isinstance(pools, dict)  # noqa: S101 - built above
    for kind, one in pools.items():
        rows.add_row(kind, f"{one['needed']:,}", f"{one['free']:,}")
    console.print(rows)
    proof = table("what it can prove", "evidence", "what follows")
    proof.add_row("one row of an honey export found", "that export of that account, alone")
    proof.add_row(
        "resident rows found", "the account whose recorded reads and exports fit them; needs the access record"
    )
    proof.add_row("a call or SMS that states a decoy's name, waybill or address", "as one row found")
    proof.add_row("a bare call", f"nothing: {strength.accounts_per_number:.1f} accounts share each number")
    proof.add_row(
        f"a leak of {strength.smallest_share:.0%} of an account's rows",
        f"holds one of its {strength.decoys} decoys with probability {CONFIDENCE}",
    )
    console.print(proof)
