"""honey access."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import (
    config_option,
    emit,
    example,
    json_option,
    opened,
    progress,
    reject_and_exit,
    say,
    table,
    utc_now,
)
from honey.errors import InputError
from honey.evidence.hashing import sha256_file
from honey.intake.access import AccessEvent, read_access
from honey.intake.rows import Reject
from honey.model.planting import PlantingKind
from honey.registry import access as store
from honey.registry import accounts, log, plantings
from honey.trace.access import foreign_reads
from honey.translation import _


@click.group()
def access() -> None:
    """The host's access record: who read or exported which rows."""


@access.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@json_option
@example("honey access import access.csv        # at,account,action,export_id,waybill_number[,rows,outlet]")
def import_access(file: Path, config_path: Path | None, *, as_json: bool) -> None:
    """Take over the access record (CSV or JSON lines); show who touched decoys outside their own outlet."""
    digest = sha256_file(file)
    rejects: list[Reject] = []
    with opened(config_path) as app:
        now = utc_now()
        with app.registry.begin() as session, progress(_("access record"), None, unit=_("events")) as step:
            if store.known_file(session, digest):
                raise InputError(_("{file} was imported before: nothing was changed", file=file))
            events = _kept(read_access(file, app.config.access_zone), rejects, step)
            count = store.add(session, digest, str(file), events, now)
            log.append(session, [(f"access:{digest}", log.new_entry("access", {"sha256": digest, "events": count}))])
            log.checkpoint(session, app.keys.evidence, now)
            known = accounts.all_accounts(session)
            residents = plantings.find(session, kind=PlantingKind.RESIDENT)
            outlets = {one.decoy.id: one.planting.outlet for one in residents}
            found = foreign_reads(store.touches(session, residents), outlets, known)
    document = {
        "events": count,
        "rejected": [one.to_json() for one in rejects],
        "tripwire": [one.to_json() for one in found],
    }

    def show(console: Console) -> None:
        console.print(_("{count:,} events taken over", count=count))
        if found:
            rows = table(
                _("decoys touched from outside their outlet"),
                _("account"),
                _("its outlet"),
                _("decoys"),
                _("of outlets"),
                _("exports"),
            )
            for one in found:
                rows.add_row(one.account, one.outlet, str(one.decoys), ", ".join(one.outlets), ", ".join(one.exports))
            console.print(rows)

    emit(document, as_json=as_json, show=show)
    reject_and_exit(rejects)
    if found and not as_json:
        say(_("an unusual read is no proof of a leak: honey trace and honey hits bring the evidence"))


def _kept(
    found: Iterator[AccessEvent | Reject], rejects: list[Reject], step: Callable[[int], None]
) -> Iterator[AccessEvent]:
    for one in found:
        step(1)
        if isinstance(one, Reject):
            rejects.append(one)
        else:
            yield one
