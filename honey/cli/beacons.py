"""honey beacons."""

from collections.abc import Collection
from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import config_option, emit, example, json_option, opened, reject_and_exit, say, table
from honey.intake.beacons import read_beacons
from honey.model.beacon import Beacon, BeaconKind
from honey.model.planting import ALIVE
from honey.pools.template import Template
from honey.registry import beacons as store
from honey.registry import plantings
from honey.translation import _, retold


@click.group()
def beacons() -> None:
    """Contact points the operator owns."""


@beacons.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@json_option
@example("honey beacons import numbers.csv        # kind,value,role[,provider]\nphone,+8614012345678,decoy,twilio")
def import_beacons(file: Path, config_path: Path | None, *, as_json: bool) -> None:
    """Add beacons from a CSV: kind,value,role[,provider]. Braces hold ranges: YT80000000{00000-99999}."""
    found, warnings, rejects = read_beacons(file)
    with opened(config_path) as app, app.registry.begin() as session:
        added = store.add(session, found)
    for one in warnings:
        say(_("warning: {said}", said=one))
    document = {"added": added, "warnings": warnings, "rejected": [one.to_json() for one in rejects]}
    emit(document, as_json=as_json, show=lambda out: out.print(_("{added:,} beacons added", added=added)))
    reject_and_exit(rejects)


@beacons.command("list")
@config_option
@json_option
@example("honey beacons list")
def list_beacons(config_path: Path | None, *, as_json: bool) -> None:
    """Show every beacon, how many contact points it stands for, and how many are planted."""
    with opened(config_path) as app, app.registry.begin() as session:
        known, used = store.all_beacons(session), store.usage(session)
        phones = {one.decoy.phone for one in plantings.find(session, states=ALIVE)}
    document = [
        {
            "kind": one.kind.value,
            "value": one.value,
            "role": one.role.value,
            "provider": one.provider,
            "contact_points": Template.parse(one.value).count,
            "planted": _phones_in(one, phones) if one.kind is BeaconKind.PHONE else used.get(number, 0),
        }
        for number, one in known.items()
    ]

    def show(console: Console) -> None:
        rows = table(
            _("{count:,} beacons", count=len(document)),
            _("kind"),
            _("value"),
            _("role"),
            _("provider"),
            _("contact points"),
            _("planted"),
        )
        for one in document:
            kind, role = retold(str(one["kind"])), retold(str(one["role"]))
            rows.add_row(*map(str, {**one, "kind": kind, "role": role}.values()))
        console.print(rows)

    emit({"beacons": document}, as_json=as_json, show=show)


def _phones_in(beacon: Beacon, phones: Collection[str | None]) -> int:
    template = Template.parse(beacon.value)
    return sum(1 for one in phones if one and template.index_of(one) is not None)
