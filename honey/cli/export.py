"""honey export: rows pass through, decoys of this one export go with them."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click

from honey.cli.app import App, config_option, emit, example, json_option, opened, say, utc_now
from honey.derive import digest
from honey.errors import InputError
from honey.model.account import Account, AccountId, ExportId
from honey.model.decoy import Decoy
from honey.model.planting import Planting, PlantingKind, PlantingState
from honey.model.waybill import ColumnRoles, Role
from honey.plan.assign import Order, assign
from honey.plan.codebook import EXPORT, EXPORTS_PER_EPOCH, export_size
from honey.plan.needs import Needs
from honey.registry import accounts, beacons, exports, log, plantings
from honey.registry.journal import commitment
from honey.registry.plantings import Placed
from honey.registry.store import Session
from honey.seed.compose import compose
from honey.seed.passthrough.columns import parse_columns
from honey.seed.passthrough.formats import Format
from honey.seed.passthrough.passthrough import Prepared, prepare
from honey.translation import _, shown

_MAX_ID_CHARACTERS = 120  # what the registry's column holds


@click.command()
@click.option("--account", required=True, help="The login that takes the export.")
@click.option("--export-id", required=True, help="The export's own name; the same id gives the same decoys.")
@click.option("--input", "source", type=click.Path(dir_okay=False, path_type=Path), help="[default: standard input]")
@click.option("--output", "target", type=click.Path(dir_okay=False, path_type=Path), help="[default: standard output]")
@click.option("--format", "form", type=click.Choice([one.value for one in Format]), help="[default: by content]")
@click.option("--columns", default="", help="role=name,... where neither the host's names nor the content tell.")
@click.option("--decoys", type=click.IntRange(1, 10_000), help="Decoys in this export, instead of the configured.")
@config_option
@json_option
@example("honey export --account HB-0193 --export-id E-20261120-0007 < rows.csv > rows-out.csv")
def export(
    account: str,
    export_id: str,
    source: Path | None,
    target: Path | None,
    form: str | None,
    columns: str,
    decoys: int | None,
    config_path: Path | None,
    *,
    as_json: bool,
) -> None:
    """Pass an export through (CSV, JSON lines, XLSX) and add decoys of this account and export.

    The original rows stay byte for byte as they are (CSV, JSON lines); nothing is written unless all of it can be.
    """
    if as_json and target is None:
        raise click.UsageError(shown(_("--json prints on standard output, where the rows go: give --output FILE")))
    overrides = parse_columns(columns) if columns else {}
    _require_usable(export_id, target)
    with opened(config_path) as app, ExitStack() as stack:
        with app.registry.begin() as session:
            owner = accounts.get(session, AccountId(account))
        ready = stack.enter_context(_prepare(app, source, export_id, form, overrides, stack))
        made = _intend(app, owner, ExportId(export_id), ready, decoys or app.config.plan.decoys_per_export)
        passed = ready.write(target or sys.stdout.buffer, made)
        with app.registry.begin() as session:
            plantings.mark(session, [one.id for one in made], PlantingState.CONFIRMED, planted_at=utc_now())
            exports.finish(session, ExportId(export_id), rows=passed.rows_out, output_sha256=passed.output_sha256)
    document = {
        "export": export_id,
        "account": account,
        "rows_in": passed.rows_in,
        "rows_out": passed.rows_out,
        "output_sha256": passed.output_sha256,
        "columns": {role.value: name for role, name in passed.columns.items()},
    }
    if as_json:
        emit(document, as_json=True, show=lambda _: None)
    else:
        say(
            _(
                "export {export_id} of {account}: {rows_in:,} rows in, {rows_out:,} out",
                export_id=export_id,
                account=account,
                rows_in=passed.rows_in,
                rows_out=passed.rows_out,
            )
        )


def _require_usable(export_id: str, target: Path | None) -> None:
    """Raise InputError before anything is recorded for an export that could not be named or written."""
    if not export_id.strip() or not export_id.isprintable() or len(export_id) > _MAX_ID_CHARACTERS:
        raise InputError(
            _(
                "--export-id {export_id!r}: give a name of 1 to {max_id_characters} printable characters",
                export_id=export_id[:40],
                max_id_characters=_MAX_ID_CHARACTERS,
            )
        )
    if target and not target.parent.is_dir():
        raise InputError(_("{target}: there is no folder {parent}: make it first", target=target, parent=target.parent))


def _prepare(
    app: App, source: Path | None, export_id: str, form: str | None, overrides: ColumnRoles, stack: ExitStack
) -> Prepared:
    try:
        file: BinaryIO = stack.enter_context(source.open("rb")) if source else sys.stdin.buffer
    except OSError as error:
        raise InputError(_("{source}: {reason}: give a readable file", source=source, reason=error.strerror)) from error
    return prepare(
        file,
        rng_key=digest(app.keys.plan, "passthrough", export_id),
        format=Format(form) if form else None,
        host_roles=app.config.host.columns if app.config.host else {},
        overrides=overrides,
        name=source.name if source else None,
    )


def _intend(app: App, owner: Account, export_id: ExportId, ready: Prepared, count: int) -> list[Decoy]:
    """Record export, decoys and commitments before a byte is written; a known export gets its own decoys again."""
    now = utc_now()
    with app.registry.begin() as session:
        if exports.start(session, export_id, owner.id, now, epoch=app.config.plan.epoch):
            _plant(app, session, owner, export_id, ready, count)
        bearer = exports.resident_test(session)
        carried = (bearer(number) for number in ready.values(Role.WAYBILL_NUMBER))
        exports.mark_carried(session, export_id, (one for one in carried if one))
        log.checkpoint(session, app.keys.evidence, now)
        return [one.decoy for one in plantings.find(session, export=export_id)]


def _plant(app: App, session: Session, owner: Account, export_id: ExportId, ready: Prepared, count: int) -> None:
    needs, epoch, key = Needs.of(ready.roles), app.config.plan.epoch, app.keys.plan
    pools, planned = beacons.pools(session), app.config.plan.decoys_per_export * EXPORTS_PER_EPOCH
    order = Order(
        owner.id,
        count,
        f"{EXPORT} {export_id}",
        numbers=export_size(len(pools.phones), accounts.count(session), planned),
    )
    assignments = assign(key, epoch, [order], pools, needs)
    taken, link = plantings.TakenNames(session), next(ready.values(Role.LINK), None)
    placed = [
        Placed(
            compose(one, needs, ready.profile, taken, key=key, link_like=link),
            Planting(one.decoy, PlantingKind.EXPORT, owner.id, owner.outlet, export_id),
            PlantingState.INTENDED,
            None,
        )
        for one in assignments
    ]
    plantings.add(session, placed)
    beacons.mark_used(session, ((one.decoy, draw) for one in assignments for draw in one.draws))
    log.append(session, [(one.decoy.id, log.new_entry("planting", commitment(one, epoch))) for one in placed])
