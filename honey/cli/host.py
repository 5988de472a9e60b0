"""honey host."""

from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import config_option, emit, example, json_option, say, table
from honey.config import find_config, load
from honey.host.check import Severity
from honey.host.check import check as check_host
from honey.host.inspect import Inspection
from honey.host.inspect import inspect as inspect_host
from honey.host.table import HostTable
from honey.translation import _, retold


@click.group()
def host() -> None:
    """The waybill system decoys are planted in."""


@host.command()
@click.argument("url", required=False)
@config_option
@json_option
@example("honey host inspect sqlite:///waybills.db")
def inspect(url: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Show tables and columns of a database, and propose the [host] section. Without URL, the configured host."""
    address = url or load(find_config(config_path)).require_host().url
    found = inspect_host(address)
    emit(found.to_json(), as_json=as_json, show=lambda console: _show(console, found, address))


@host.command()
@config_option
@json_option
@example("honey host check")
def check(config_path: Path | None, *, as_json: bool) -> None:
    """Check the configured host: columns, constraints, and a row written and rolled back."""
    configured = load(find_config(config_path)).require_host()
    with HostTable.open(configured.url, configured.table, configured.columns) as opened:
        findings = check_host(opened)
    document = {
        "usable": all(one.severity is not Severity.ERROR for one in findings),
        "findings": [{"severity": one.severity.value, "message": one.message} for one in findings],
    }

    def show(console: Console) -> None:
        for one in findings:
            console.print(f"{retold(one.severity.value)}: {retold(one.message)}", soft_wrap=True, markup=False)
        console.print(_("the host can be planted") if document["usable"] else _("the host cannot be planted as it is"))

    emit(document, as_json=as_json, show=show)
    if not document["usable"]:
        first = next(one.message for one in findings if one.severity is Severity.ERROR)
        say(_("error: {said}", said=first))
        click.get_current_context().exit(1)


def _show(console: Console, found: Inspection, url: str) -> None:
    document = found.to_json()
    proposed = document["proposed"] or {"table": None, "columns": {}}
    for one in document["tables"]:
        if one["name"] != proposed["table"]:
            console.print(
                _(
                    "{name}: {rows:,} rows, {count} columns",
                    name=one["name"],
                    rows=one["rows"],
                    count=len(one["columns"]),
                ),
                markup=False,
            )
    for one in document["tables"]:
        if one["name"] == proposed["table"]:
            rows = table(
                _("{name}: {rows:,} rows", name=one["name"], rows=one["rows"]),
                _("column"),
                _("type"),
                _("role"),
                _("why"),
            )
            for column in one["columns"]:
                rows.add_row(column["name"], column["type"], column["role"] or "", column["why"])
            console.print(rows)
    if not proposed["table"]:
        console.print(_("no table looks like one of waybills: name table and columns in [host] by hand"), markup=False)
        return
    console.print(_("put this into config/honey.toml, after a look:"), end="\n\n")
    lines = ["[host]", f'url = "{url}"', f'table = "{proposed["table"]}"', "", "[host.columns]"]
    lines += [f'{role} = "{column}"' for role, column in proposed["columns"].items()]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
