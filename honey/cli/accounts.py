"""honey accounts."""

from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import config_option, emit, example, json_option, opened, reject_and_exit, table
from honey.intake.accounts import read_accounts
from honey.registry import accounts as store
from honey.registry import plantings
from honey.translation import _, retold


@click.group()
def accounts() -> None:
    """Logins whose exports are traced."""


@accounts.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@json_option
@example("honey accounts import staff.csv        # account,kind,name,outlet\nHB-0193,employee,counter 3,XH-021")
def import_accounts(file: Path, config_path: Path | None, *, as_json: bool) -> None:
    """Add accounts, or change known ones, from a CSV: account,kind,name,outlet[,...]."""
    found, rejects = read_accounts(file)
    with opened(config_path) as app, app.registry.begin() as session:
        added, changed = store.add(session, found)
    document = {"added": added, "changed": changed, "rejected": [one.to_json() for one in rejects]}
    emit(
        document,
        as_json=as_json,
        show=lambda out: out.print(_("{added:,} accounts added, {changed:,} changed", added=added, changed=changed)),
    )
    reject_and_exit(rejects)


@accounts.command("list")
@config_option
@json_option
@example("honey accounts list --json")
def list_accounts(config_path: Path | None, *, as_json: bool) -> None:
    """Show every account and how many decoys lie in its view."""
    with opened(config_path) as app, app.registry.begin() as session:
        known, counts = store.all_accounts(session), plantings.resident_counts(session)
    document = [
        {"account": one.id, "kind": one.kind, "name": one.name, "outlet": one.outlet, "decoys": counts.get(one.id, 0)}
        for one in known.values()
    ]

    def show(console: Console) -> None:
        rows = table(
            _("{count:,} accounts", count=len(document)), _("account"), _("kind"), _("name"), _("outlet"), _("decoys")
        )
        for one in document:
            rows.add_row(*map(str, {**one, "kind": retold(str(one["kind"]))}.values()))
        console.print(rows)

    emit({"accounts": document}, as_json=as_json, show=show)
