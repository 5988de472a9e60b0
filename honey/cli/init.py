"""honey init."""

from pathlib import Path

import click
from rich.console import Console

from honey import workspace
from honey.cli.app import emit, example, json_option
from honey.translation import _


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@json_option
@example("honey init leak-tracer && cd leak-tracer")
def init(folder: Path, *, as_json: bool) -> None:
    """Make a workspace: config/honey.toml, keys, an empty registry."""
    path = workspace.create(folder)

    def show(console: Console) -> None:
        console.print(_("workspace made in {folder}", folder=folder.resolve()), soft_wrap=True)
        console.print(
            _("1. back up {keys} apart from everything else: they cannot be made anew", keys=folder / "keys"),
            soft_wrap=True,
        )
        console.print(_("2. put the host into {path}: honey host inspect URL proposes it", path=path), soft_wrap=True)
        console.print(_("3. honey accounts import staff.csv, honey beacons import numbers.csv"), soft_wrap=True)

    emit({"workspace": str(folder.resolve()), "config": str(path.resolve())}, as_json=as_json, show=show)
