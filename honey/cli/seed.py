"""honey seed, honey unseed and honey status."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from honey.cli.app import (
    App,
    config_option,
    emit,
    example,
    json_option,
    opened,
    opened_host,
    progress,
    say,
    table,
    utc_now,
)
from honey.cli.lock import seeding_lock
from honey.host.table import HostRowError, HostTable
from honey.model.planting import PlantingState
from honey.registry import access, accounts, beacons, cases, exports, hits, log, plantings
from honey.registry.journal import RegistryJournal, host_rows, intend
from honey.registry.store import Session
from honey.seed.apply import Applied, plant, restore_counter, unplant
from honey.seed.compose import Draft
from honey.seed.prepare import Plan, plan_orders, prepare_residents
from honey.translation import _, retold

_SHOWN_ROWS = 12


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be planted; the host is tried and left as it was.")
@click.option(
    "--decoys", type=click.IntRange(1, 10_000), help="Resident decoys per account, instead of the configured."
)
@config_option
@json_option
@example("honey seed --dry-run\nhoney seed")
def seed(config_path: Path | None, *, dry_run: bool, decoys: int | None, as_json: bool) -> None:
    """Plant resident decoys in every account's view; goes on where an earlier run was cut short."""
    with opened(config_path) as app, seeding_lock(app.config.workspace), opened_host(app.config) as host:
        per_account = decoys or app.config.plan.decoys_per_account
        if dry_run:
            drafts = _try(app, host, per_account)
            _show_dry_run(drafts, as_json=as_json)
            return
        now = utc_now()
        resumed = _resume(app, host, now)
        drafts = _intend(app, host, per_account, now)
        with progress(_("planting"), len(drafts)) as step:
            journal = RegistryJournal(app.registry, now)
            applied = plant(host, [one.row for one in drafts], journal, resumed=False, progress=step)
    rejects = [*resumed.rejects, *applied.rejects]
    document = {
        "planted": applied.planted + resumed.planted,
        "resumed": resumed.planted + resumed.found,
        "rejected": [{"decoy": decoy, "reason": reason} for decoy, reason in rejects],
    }

    def show(console: Console) -> None:
        if document["resumed"]:
            console.print(
                _(
                    "an earlier run was cut short: {resumed:,} of its decoys are settled now",
                    resumed=document["resumed"],
                )
            )
        console.print(_("{planted:,} decoys planted and read back", planted=document["planted"]))

    emit(document, as_json=as_json, show=show)
    if rejects:
        for decoy, reason in rejects[:_SHOWN_ROWS]:
            say(_("rejected by the host: decoy {decoy}: {reason}", decoy=decoy, reason=reason))
        say(
            _(
                "error: the host refused {count:,} decoys, all others stand: mend [host.columns] or the beacons",
                count=len(rejects),
            )
        )
        click.get_current_context().exit(1)


@click.command()
@config_option
@json_option
@example("honey unseed")
def unseed(config_path: Path | None, *, as_json: bool) -> None:
    """Take every resident decoy out of the host again; leaks made before can still be traced."""
    with opened(config_path) as app, seeding_lock(app.config.workspace), opened_host(app.config) as host:
        with app.registry.begin() as session:
            rows = host_rows(session, PlantingState.INTENDED, PlantingState.CONFIRMED)
            ever = [*rows, *host_rows(session, PlantingState.REMOVED)]
        with progress(_("removing"), len(rows)) as step:
            applied = unplant(host, rows, RegistryJournal(app.registry, utc_now()), progress=step)
        with app.registry.begin() as session:
            ever = host_rows(session, PlantingState.REMOVED)
        restore_counter(host, ever)
        with app.registry.begin() as session:  # the host may give these keys to rows of its own from now on
            plantings.save_rows(session, {one.decoy: replace(one, key=None).to_json() for one in ever if one.key})
    document = {"removed": applied.removed, "lost": list(applied.lost)}

    def show(console: Console) -> None:
        console.print(_("{removed:,} decoys removed from the host", removed=applied.removed))
        if applied.lost:
            console.print(
                _("{count:,} were no longer there: the host deleted or changed them itself", count=len(applied.lost))
            )

    emit(document, as_json=as_json, show=show)


@click.command()
@config_option
@json_option
@example("honey status --json")
def status(config_path: Path | None, *, as_json: bool) -> None:
    """Show what is planted, what came in, and the newest checkpoint of the evidence log to hand out."""
    with opened(config_path) as app, app.registry.begin() as session:
        document = _status(app, session)

    def show(console: Console) -> None:
        rows = table(_("status"), _("what"), _("how many"))
        for name, value in document.items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            rows.add_row(retold(name.replace("_", " ")), ", ".join(_status_part(key, one) for key, one in parts))
        console.print(rows)

    emit(document, as_json=as_json, show=show)


def _status_part(name: str, value: object) -> str:
    """Return one figure with its words, each in the user's language: "resident confirmed 12"."""
    return " ".join([*map(retold, name.split(" ")), retold(str(value))] if name else [retold(str(value))])


def _status(app: App, session: Session) -> dict[str, Any]:
    newest = log.newest_checkpoint(session)
    known = accounts.all_accounts(session)
    counts = plantings.resident_counts(session)
    return {
        "accounts": len(known),
        "accounts_without_decoys": sum(1 for name in known if not counts.get(name)),
        "beacons": len(beacons.all_beacons(session)),
        "plantings": {f"{kind} {state}": count for (kind, state), count in sorted(plantings.tally(session).items())},
        "exports": exports.count(session),
        "access_record": access.has_record(session),
        "hits": hits.tally(session),
        "open_cases": sum(1 for one in cases.find(session) if one.state.value == "open"),
        "checkpoint": newest.to_json() if newest else {},
        "registry": app.config.registry_url.partition("://")[0],
    }


def _try(app: App, host: HostTable, per_account: int) -> list[Draft]:
    """Make the plan in a transaction that is thrown away, and have the host check the rows likewise."""
    with app.registry.begin(keep=False) as session:
        drafts = _drafts(app, host, per_account, session)
    host.try_insert([one.row.values for one in drafts])
    return drafts


def _resume(app: App, host: HostTable, now: datetime) -> Applied:
    with app.registry.begin() as session:
        rows = host_rows(session, PlantingState.INTENDED)
    return plant(host, rows, RegistryJournal(app.registry, now), resumed=True) if rows else Applied()


def _intend(app: App, host: HostTable, per_account: int, now: datetime) -> list[Draft]:
    with app.registry.begin() as session:
        drafts = _drafts(app, host, per_account, session)
        _require_writable(host, drafts)
        intend(session, drafts, epoch=app.config.plan.epoch)
        log.checkpoint(session, app.keys.evidence, now)
    return drafts


def _require_writable(host: HostTable, drafts: Sequence[Draft]) -> None:
    """Raise HostError before anything is journalled when the host takes no rows at all."""
    if drafts:
        with suppress(HostRowError):  # a row of its own fault is rejected by name later, all others go in
            host.try_insert([drafts[0].row.values])


def _drafts(app: App, host: HostTable, per_account: int, session: Session) -> list[Draft]:
    accounts.count(session)
    known = accounts.all_accounts(session)
    alive, ever = plantings.resident_counts(session), plantings.resident_counts(session, tuple(PlantingState))
    orders = plan_orders(known, alive, ever, per_account)
    plan = Plan(app.keys.plan, app.config.plan.epoch, orders)
    return prepare_residents(plan, host, known, beacons.pools(session), plantings.TakenNames(session))


def _show_dry_run(drafts: list[Draft], *, as_json: bool) -> None:
    document = {
        "would_plant": len(drafts),
        "accounts": len({one.planting.account for one in drafts}),
        "rows": [{name: str(value) for name, value in one.row.values.items()} for one in drafts[:_SHOWN_ROWS]],
    }

    def show(console: Console) -> None:
        console.print(
            _(
                "{count:,} decoys for {accounts:,} accounts would be planted; the host takes them",
                count=len(drafts),
                accounts=document["accounts"],
            )
        )
        if drafts:
            shown = [name for name, value in drafts[0].row.values.items() if value not in (None, "")][:10]
            rows = table(_("the first {count}", count=min(len(drafts), _SHOWN_ROWS)), *shown)
            for one in drafts[:_SHOWN_ROWS]:
                rows.add_row(*(str(one.row.values.get(name, "")) for name in shown))
            console.print(rows)

    emit(document, as_json=as_json, show=show)
